"""The cases of an evaluation set, as they stand in `cases.jsonl`."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from taskmatrix.core.calls import Order
from taskmatrix.core.matching import ExpectedCall
from taskmatrix.core.protocols import Turn

Identifier = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class RetrievalCase(_Line):
    """A query and the APIs that answer it."""

    id: Identifier
    query: str
    relevant: tuple[str, ...]


class CaseMessage(_Line):
    """One message of a dialogue."""

    role: Literal["user", "assistant", "tool"]
    content: str


class CaseCall(_Line):
    """One expected call; see `core.matching.ExpectedCall`."""

    api: str
    id: Identifier | None = None
    arguments: dict[str, list[JsonValue]] = Field(default_factory=dict[str, list[JsonValue]])
    optional: tuple[str, ...] = ()

    def expected(self) -> ExpectedCall:
        """Return the call in the form that is compared."""
        return ExpectedCall(self.api, self.arguments, frozenset(self.optional), self.id)


class PlanningCase(_Line):
    """An instruction, or a dialogue, and the calls it asks for; none means that no call may be made.

    With `apis` exactly those are on offer, else the selector finds them. Cases of one `session` are one
    conversation, in file order.
    """

    id: Identifier
    instruction: str | None = None
    messages: tuple[CaseMessage, ...] = ()
    outline: tuple[str, ...] = ()
    """Steps in words that came with the instruction, as a user may write them."""
    apis: tuple[str, ...] | None = None
    expected: tuple[CaseCall, ...]
    order: Order = "any"
    split: str | None = None
    session: Identifier | None = None
    now: AwareDatetime | None = None
    """The clock that "today" is read against, in ISO 8601 with its offset; without it, this machine's."""

    @model_validator(mode="after")
    def _says_something(self) -> "PlanningCase":
        if self.instruction is None and not any(m.role == "user" for m in self.messages):
            raise ValueError("neither an instruction nor a user message")
        return self

    @property
    def request(self) -> str:
        """The instruction, or the last thing the user said."""
        if self.instruction is not None:
            return self.instruction
        return next(m.content for m in reversed(self.messages) if m.role == "user")

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The dialogue without the message that is the request."""
        last = max((i for i, m in enumerate(self.messages) if m.role == "user"), default=-1)
        keep = self.instruction is not None
        return tuple(Turn(m.role, m.content) for i, m in enumerate(self.messages) if keep or i != last)

    @property
    def relevant(self) -> tuple[str, ...]:
        """The distinct APIs expected, for retrieval."""
        return tuple(dict.fromkeys(call.api for call in self.expected))
