"""What events hold: values that more than one of them, or their readers, speak of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

FactState = Literal["verified", "false", "unverified"]

UndoState = Literal["can-be-undone", "undone", "not-undone", "cannot-be-undone", "unknown"]
"""`not-undone` was tried and failed; of what is `unknown` nobody knows whether it happened, or was taken back."""


UndoExtent = Literal["no", "partly", "all"]
"""How much of what a run changed was taken back."""


class Session(BaseModel):
    """What earlier turns of a conversation left open, as a later one finds it.

    `states` are the packages' session states, as in `CallDone.state`; `claims` and `owned` as there. `called` are the
    APIs (`package.name`) whose calls led there, each once, in the order of their last calls.
    """

    model_config = ConfigDict(frozen=True)

    states: dict[str, dict[str, JsonValue]] = Field(default_factory=dict[str, dict[str, JsonValue]])
    claims: dict[str, str] = Field(default_factory=dict[str, str])
    owned: dict[str, str] = Field(default_factory=dict[str, str])
    called: tuple[str, ...] = ()


class Choice(BaseModel):
    """One API the selector offers for a step: how well it fits (0…1) and which evidence says so."""

    model_config = ConfigDict(frozen=True)

    api: str
    score: float
    why: str = ""


class StepChoices(BaseModel):
    """The APIs offered for one step, best first; empty means that nothing fits."""

    model_config = ConfigDict(frozen=True)

    step: str
    choices: tuple[Choice, ...]


class ApiVersion(BaseModel):
    """One version of an API's document, by its content."""

    model_config = ConfigDict(frozen=True)

    package: str
    name: str
    digest: str


class Irreversible(BaseModel):
    """An API that a program may call and that nothing takes back; `lines` are those of its calls, `why` in words."""

    model_config = ConfigDict(frozen=True)

    api: str
    lines: tuple[int, ...] = ()
    why: str


class Fact(BaseModel):
    """One thing that should be so after a run, in words, and whether it was found to be; `call` is what it is of.

    `why` says what was found instead, or why it could not be looked up.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    state: FactState
    call: int = 0
    api: str = ""
    why: str = ""


class UndoStep(BaseModel):
    """What can become, or became, of one call that changed something; `by` says what takes it back."""

    model_config = ConfigDict(frozen=True)

    call: int
    api: str
    state: UndoState
    by: str = ""
    why: str = ""
    restores: str = Field(default="", description="which files it is about, and what comes back of them, in words")


def extent_of(steps: Iterable[UndoStep]) -> UndoExtent:
    """Return how much of what these calls changed is taken back."""
    undone = [step.state == "undone" for step in steps]
    return "no" if not any(undone) else "all" if all(undone) else "partly"


class JournalEvent(BaseModel):
    """What all events have."""

    model_config = ConfigDict(frozen=True)

    seq: int = Field(default=0, description="1, 2, 3 … within the run; set by the journal")
    at: datetime | None = Field(default=None, description="UTC; set by the journal")
