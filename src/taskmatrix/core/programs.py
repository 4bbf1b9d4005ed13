"""Action code, and what a check of it found."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from taskmatrix.core.triggers import Trigger

Severity = Literal["error", "warning"]

FileWay = Literal["read", "write", "name"]
"""What a call does with a file. One that it only names is left to a later call to write, there or elsewhere."""

Backend = Literal["monty", "cpython"]
"""What runs a program: a small Python that can be paused anywhere, or the whole language in a confined process."""


class Argument(BaseModel):
    """Where one argument of a planned call came from: the user can see what was guessed."""

    model_config = ConfigDict(frozen=True)

    api: str
    parameter: str
    origin: Literal["said", "event", "result", "default", "guess"]
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
    backend: Backend = Field(default="monty", description="what it needs to run, by its check")
    uses: tuple[ApiUse, ...] = ()
    arguments: tuple[Argument, ...] = ()
    notes: tuple[str, ...] = Field(default=(), description="what the writer wants the user to know")
    trigger: Trigger | None = Field(default=None, description="what it waits for, where it is not to run now")

    def on(self, backend: Backend) -> "Program":
        """Return the program as one that needs this to run."""
        return self if self.backend == backend else self.model_copy(update={"backend": backend})


class PlannedStep(BaseModel):
    """A step of the outline as a check sees it: `apis` may be called for it, one of `must` has to be."""

    model_config = ConfigDict(frozen=True)

    text: str
    apis: tuple[str, ...] = ()
    must: tuple[str, ...] = ()


class Flow(BaseModel):
    """That what the API `source` gives may be given for a parameter of another, since the user said so."""

    model_config = ConfigDict(frozen=True)

    source: str
    api: str
    parameter: str


class Plan(BaseModel):
    """What a program is meant to do: every call that changes something must belong to a step.

    `said` are the user's own words: what is written so may be written into the world so. `before` are the APIs that
    were called before the program starts, by earlier turns or rounds, in the order of their last calls. `untrusted`
    are texts that came with the event which started the run; they are `placed` where they were put into the program
    by somebody who knew none of them, and so could not be led by them.
    """

    model_config = ConfigDict(frozen=True)

    said: str = ""
    steps: tuple[PlannedStep, ...] = ()
    permitted: tuple[Flow, ...] = ()
    before: tuple[str, ...] = ()
    untrusted: tuple[str, ...] = ()
    placed: bool = False


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


class PlannedFile(BaseModel):
    """A file that a call in a program would read, write or name for a later call to write.

    `path` is as the program says it; empty where only running tells, `code` is then its expression, if it has one.
    `stated` says that the API's document tells what it does with the file; else its effect and a name tell.
    """

    model_config = ConfigDict(frozen=True)

    api: str
    line: int
    way: FileWay
    stated: bool = False
    path: str = ""
    code: str = ""


class CheckReport(BaseModel):
    """The result of checking a program before it runs."""

    model_config = ConfigDict(frozen=True)

    findings: tuple[Finding, ...] = ()
    calls: tuple[str, ...] = Field(default=(), description="`package.name` of each call site, in text order")
    lines: tuple[int, ...] = Field(default=(), description="the line of each call site, 1-based")
    effects: dict[str, str] = Field(default_factory=dict, description="API → effect of every call that is no read")
    files: tuple[PlannedFile, ...] = Field(default=(), description="what its calls would read and write")
    backend: Backend = Field(default="monty", description="what the program needs to run")

    @property
    def ok(self) -> bool:
        """Whether the program may run."""
        return not any(f.severity == "error" for f in self.findings)
