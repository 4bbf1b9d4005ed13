"""Templates: the outline and program of a finished run with slots for what was said, to be done again without a model.

The code of a template is a program in which the slots are names that it gives no value. Its instruction and steps say
`{slot}` where a value goes; a brace that is none is doubled.
"""

import keyword
import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, field_validator, model_validator

from taskmatrix.core import names
from taskmatrix.core.documents import Parameter
from taskmatrix.core.event_parts import ApiVersion
from taskmatrix.core.outlines import Step

PACKAGE = "templates"
"""The package in which templates are found beside APIs, and from which programs import them."""

KIND = "template"
"""The kind of the source of such a document; its key `template` names the template."""

LONGEST_NAME = 64
LONGEST_DESCRIPTION = 1_024
"""Characters, as Agent Skills have it."""

LONGEST_CODE = 100_000
MOST_SLOTS = 50
MOST_STEPS = 200
MOST_APIS = 200
MOST_CASES = 50
MOST_CALLS = 2_000

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLOT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _plain(text: object) -> object:
    """Make line breaks one kind, and let no character through that only steers."""
    if not isinstance(text, str):
        return text
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _code(text: object) -> object:
    """Refuse what `_plain` would replace: in a program it may stand in a text."""
    if not isinstance(text, str):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if found := _CONTROL.search(text):
        raise ValueError(f"the code holds the character U+{ord(found[0]):04X}; write it as an escape")
    return text


def _one_line(text: object) -> object:
    return " ".join(str(_plain(text)).split()) if isinstance(text, str) else text


Line = Annotated[str, BeforeValidator(_one_line)]
"""A text of one line."""

Lines = Annotated[str, BeforeValidator(_plain)]
"""A text of many lines, without control characters."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Slot(Parameter):
    """What a template is given: a parameter, with the value that the run had. One without a default must be given."""

    model_config = ConfigDict(extra="forbid")

    description: Line = ""
    required: bool = True
    example: JsonValue = None

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not _SLOT.fullmatch(name) or keyword.iskeyword(name) or name in names.BUILTINS:
            raise ValueError(f"{name[:80]!r} is no name for a slot: use letters, digits and underscores")
        return name

    def as_parameter(self) -> Parameter:
        """Return the slot as a parameter of the template's API."""
        return Parameter(name=self.name, description=self.description, required=self.required, schema=self.type)


class CaseCall(_Part):
    """A call that a program made, and what came of it: its result, or the error that it raised."""

    api: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    result: JsonValue = None
    error: str | None = None


class Case(_Part):
    """Values, and the calls that the program makes of them: the first of a template is the run that it comes from."""

    values: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    calls: tuple[CaseCall, ...] = Field(default=(), max_length=MOST_CALLS)


class TemplateStep(Step):
    """A step of the outline, each of its texts one line."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Line, Field(min_length=1)]
    needs: tuple[Annotated[Line, Field(min_length=1)], ...] = Field(default=(), max_length=MOST_SLOTS)
    yields: Line = ""


class Template(_Part):
    """A finished outline and program with slots. `apis` are the versions that it was checked against.

    `license` and `metadata` are those of Agent Skills; nothing here reads them.
    """

    name: str
    description: Annotated[Line, Field(min_length=1, max_length=LONGEST_DESCRIPTION)]
    instruction: Annotated[Lines, Field(min_length=1, max_length=40_000)]
    steps: tuple[TemplateStep, ...] = Field(default=(), max_length=MOST_STEPS)
    code: Annotated[str, BeforeValidator(_code), Field(min_length=1, max_length=LONGEST_CODE)]
    slots: tuple[Slot, ...] = Field(default=(), max_length=MOST_SLOTS)
    apis: tuple[ApiVersion, ...] = Field(default=(), max_length=MOST_APIS)
    cases: tuple[Case, ...] = Field(default=(), max_length=MOST_CASES)
    license: Annotated[Line, Field(max_length=LONGEST_DESCRIPTION)] = ""
    metadata: dict[str, str] = Field(default_factory=dict[str, str], max_length=MOST_SLOTS)

    @field_validator("name")
    @classmethod
    def _is_a_skill_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            raise ValueError(
                f"{name[:80]!r} is no name for a template: use small letters, digits and single hyphens between them, "
                f"{LONGEST_NAME} characters at most"
            )
        return name

    @model_validator(mode="after")
    def _slots_are_distinct(self) -> Self:
        named = [slot.name for slot in self.slots]
        double = next((name for name in named if named.count(name) > 1), None)
        if double is not None:
            raise ValueError(f"the slot {double!r} is there twice")
        return self

    @property
    def function(self) -> str:
        """The name of its API, and of the function that programs import."""
        return self.name.replace("-", "_")

    @property
    def api(self) -> str:
        """Its API as `package.name`."""
        return f"{PACKAGE}.{self.function}"

    def slot(self, name: str) -> Slot | None:
        """Return the slot of that name, or None."""
        return next((slot for slot in self.slots if slot.name == name), None)


class KeptTemplate(_Part):
    """A template, with what is known of its use. `used` counts its runs."""

    template: Template
    created: datetime
    used: int = 0
    last: datetime | None = Field(default=None, description="when it was used last")


class CaseReport(_Part):
    """What became of a check case: `why` says what was otherwise."""

    number: int
    ok: bool
    why: str = ""


class TemplateReport(_Part):
    """What a check of a template found. One whose APIs were `changed` may run; one that lacks some (`missing`) not."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    findings: tuple[str, ...] = Field(default=(), description="what its program does not pass the check for")
    cases: tuple[CaseReport, ...] = ()

    @property
    def runnable(self) -> bool:
        """Whether the template can be run."""
        return not self.missing and not self.findings

    @property
    def ok(self) -> bool:
        """Whether it can be run, and does what its cases say."""
        return self.runnable and all(case.ok for case in self.cases)

    @property
    def state(self) -> Literal["ready", "not-runnable", "other-calls"]:
        """What can be said of it in a word: it runs, it does not, or it makes other calls than its cases say."""
        return "ready" if self.ok else "other-calls" if self.runnable else "not-runnable"
