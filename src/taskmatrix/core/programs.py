"""Action code, what a check of it found, and templates made from finished runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Severity = Literal["error", "warning"]


class Argument(BaseModel):
    """Where one argument of a planned call came from: the user can see what was guessed."""

    model_config = ConfigDict(frozen=True)

    api: str
    parameter: str
    origin: Literal["said", "result", "default", "guess"]
    text: str = Field(default="", description="the words of the instruction it was read from")
    confidence: float = 1.0


class ApiUse(BaseModel):
    """An API that a program uses for a step of the outline (1-based; 0 for the program as a whole), and why."""

    model_config = ConfigDict(frozen=True)

    step: int
    api: str
    why: str = ""


class Program(BaseModel):
    """Action code over API packages, with what its writer knows about it.

    `code` is Python; `apis` are the `package.name` of the APIs it may call; `confidence` is the writer's own
    probability that the program does what was asked (1.0 where the writer gives none).
    """

    model_config = ConfigDict(frozen=True)

    code: str
    apis: tuple[str, ...] = ()
    author: str = ""
    confidence: float = 1.0
    uses: tuple[ApiUse, ...] = ()
    arguments: tuple[Argument, ...] = ()
    notes: tuple[str, ...] = Field(default=(), description="what the writer wants the user to know")


class Finding(BaseModel):
    """One thing a check found: where, which rule, and in words what is wrong."""

    model_config = ConfigDict(frozen=True)

    rule: str
    message: str
    line: int = Field(default=0, description="1-based; 0 means the program as a whole")
    column: int = 0
    severity: Severity = "error"
    hint: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.message} [{self.rule}]" + (f"; {self.hint}" if self.hint else "")


class CheckReport(BaseModel):
    """The result of checking a program before it runs."""

    model_config = ConfigDict(frozen=True)

    findings: tuple[Finding, ...] = ()
    calls: tuple[str, ...] = Field(default=(), description="`package.name` of each call site, in text order")
    effects: dict[str, str] = Field(default_factory=dict, description="API → effect of every call that is no read")

    @property
    def ok(self) -> bool:
        """Whether the program may run."""
        return not any(f.severity == "error" for f in self.findings)


class Template(BaseModel):
    """A finished outline and program with slots, to be run again with other values."""

    model_config = ConfigDict(frozen=True)

    name: str
    instruction: str
    code: str
    slots: dict[str, JsonValue] = Field(default_factory=dict)
