"""A run in brief: what its journal says now, gathered from the events."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import (
    ApisSelected,
    ApiVersion,
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallIntended,
    Event,
    OutlineProposed,
    ProgramChecked,
    ProgramWritten,
    QuestionAnswered,
    QuestionAsked,
    Run,
    RunFinished,
    RunStarted,
    StepChoices,
)
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import CheckReport, Program


class RunError(BaseModel):
    """Why a run failed: the stable code, what happened, what to do."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    hint: str | None = None


INTERRUPTED = RunError(
    code="interrupted",
    message="its process ended before the run did",
    hint="files are as the last finished save left them; run the instruction again",
)
"""What became of a run whose process is gone."""


class RunSummary(Run):
    """A run with what a reader looks for first; `--json` prints this."""

    model: str = ""
    directory: str = ""
    outline: Outline | None = None
    steps: tuple[StepChoices, ...] = ()
    program: Program | None = None
    check: CheckReport | None = None
    versions: tuple[ApiVersion, ...] = Field(default=(), description="the documents the program was checked against")
    calls: tuple[CallIntended, ...] = ()
    artifacts: tuple[Artifact, ...] = Field(default=(), description="the last one written to each path")
    pending: ApprovalRequested | None = Field(default=None, description="the approval that the run waits for")
    question: QuestionAsked | None = Field(default=None, description="the question whose answer the run waits for")
    answer: str = ""
    error: RunError | None = None

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs that the program may call."""
        called = self.check.calls if self.check else ()
        stated = self.program.apis if self.program else ()
        return tuple(dict.fromkeys([*called, *stated]))

    def with_event(self, event: Event) -> Self:
        """Return the summary after one more event."""
        return self.model_copy(update=_change(self, event))


def summarize(run: Run) -> RunSummary:
    """Gather a run's summary from its events."""
    summary = RunSummary.model_validate(dict(run))
    for event in run.events:
        summary = summary.with_event(event)
    return summary.model_copy(update={"error": INTERRUPTED}) if run.status == "interrupted" else summary


def _change(now: RunSummary, event: Event) -> dict[str, object]:
    match event:
        case RunStarted():
            return {"model": event.model, "directory": event.directory}
        case OutlineProposed():
            return {"outline": event.outline}
        case ApisSelected():
            return {"steps": event.steps}
        case ProgramWritten():
            return {"program": event.program, "check": None, "versions": ()}
        case ProgramChecked():
            return {"check": event.report, "versions": event.versions}
        case CallIntended():
            return {"calls": (*now.calls, event)}
        case ArtifactMade():
            kept = (a for a in now.artifacts if a.path is None or a.path != event.artifact.path)
            return {"artifacts": (*kept, event.artifact)}
        case ApprovalRequested():
            return {"pending": event}
        case QuestionAsked():
            return {"question": event}
        case ApprovalAnswered() | QuestionAnswered():
            return {"pending": None, "question": None}
        case RunFinished():
            return _finish(event)
        case _:
            return {}


def _finish(event: RunFinished) -> dict[str, object]:
    error = None
    if event.code or event.message:
        error = RunError(code=event.code or event.status, message=event.message or event.status, hint=event.hint)
    return {"pending": None, "question": None, "answer": event.answer, "error": error}
