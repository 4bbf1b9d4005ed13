"""A run in brief: what its journal says now, gathered from the events."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from taskmatrix.conversation.usage import ModelUsage
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.event_parts import UndoExtent, extent_of
from taskmatrix.core.events import (
    ApisSelected,
    ApiVersion,
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    Event,
    ModelReplied,
    OutcomeChecked,
    OutlineProposed,
    ProgramChecked,
    ProgramWritten,
    QuestionAnswered,
    QuestionAsked,
    RoundStarted,
    Run,
    RunFinished,
    RunStarted,
    StepChoices,
    UndoFinished,
    UndoStep,
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
    hint="files are as the last finished save left them; go on with it: taskmatrix runs resume RUN",
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
    versions: tuple[ApiVersion, ...] = Field(default=(), description="the documents of the program and its check")
    earlier: tuple[ApiVersion, ...] = Field(default=(), description="the documents of programs of earlier rounds")
    rounds: int = 1
    conversation: str = ""
    turn: int = 0
    calls: tuple[CallIntended, ...] = ()
    artifacts: tuple[Artifact, ...] = Field(default=(), description="the last one written to each path")
    approvals: tuple[ApprovalRequested, ...] = Field(default=(), description="what is to be approved, by call")
    pending: ApprovalRequested | None = Field(default=None, description="the approval that is to be given first")
    question: QuestionAsked | None = Field(default=None, description="the question whose answer the run waits for")
    usage: ModelUsage = Field(default=ModelUsage(), description="what the chat model took")
    outcome: OutcomeChecked | None = Field(default=None, description="what was verified after the program")
    answer: str = ""
    error: RunError | None = None
    undo: tuple[UndoStep, ...] = Field(default=(), description="what became of its calls when they were taken back")
    undone: UndoExtent = Field(default="no", description="how much of what it changed was taken back")

    overtaken_by: str = Field(
        default="", description="the run of the last turn, where this one was broken off and its conversation went on"
    )

    def overtaken(self, later: str, hint: str) -> Self:
        """Return the summary of a turn that was broken off, and that nothing goes on with any more."""
        error = RunError(code="overtaken", message=f"{INTERRUPTED.message}; its conversation went on", hint=hint)
        return self.model_copy(update={"overtaken_by": later, "error": error})

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs that the program may call."""
        called = self.check.calls if self.check else ()
        stated = self.program.apis if self.program else ()
        return tuple(dict.fromkeys([*called, *stated]))

    def with_event(self, event: Event) -> Self:
        """Return the summary after one more event."""
        change = _change(self, event)
        return self.model_copy(update=change) if change else self


def summarize(run: Run) -> RunSummary:
    """Gather a run's summary from its events."""
    summary = RunSummary.model_validate(dict(run))
    for event in run.events:
        summary = summary.with_event(event)
    if run.status != "interrupted":
        return summary
    return summary.model_copy(update={"error": INTERRUPTED.model_copy(update={"hint": _hint(run.id)})})


def _hint(run_id: str) -> str:
    return (INTERRUPTED.hint or "").replace("RUN", run_id)


def _change(now: RunSummary, event: Event) -> dict[str, object]:
    match event:
        case CallIntended() if event.undoes is None:
            return {"calls": (*now.calls, event)}
        case ArtifactMade():
            kept = (a for a in now.artifacts if a.path is None or a.path != event.artifact.path)
            return {"artifacts": (*kept, event.artifact)}
        case ApprovalRequested() | ApprovalAnswered() | CallDone() | CallFailed():
            return _approvals(now, event)
        case OutcomeChecked():
            return {"outcome": event}
        case RunFinished() | UndoFinished():
            return _finish(event)
        case _:
            return _planned(now, event)


def _planned(now: RunSummary, event: Event) -> dict[str, object]:
    """Return what an event of steps 1 to 4 says."""
    match event:
        case RunStarted():
            told = {"model": event.model, "directory": event.directory}
            return {**told, "conversation": event.conversation, "turn": event.turn}
        case RoundStarted():
            earlier = tuple(dict.fromkeys((*now.earlier, *now.versions)))
            return {"earlier": earlier, "rounds": event.round, "program": None, "check": None, "versions": ()}
        case OutlineProposed():
            return {"outline": event.outline}
        case ApisSelected():
            return {"steps": event.steps}
        case ProgramWritten():
            return {"program": event.program, "check": None, "versions": event.versions}
        case ProgramChecked():
            program = now.program.on(event.report.backend) if now.program is not None else None
            return {"program": program, "check": event.report, "versions": event.versions}
        case ModelReplied():
            return {"usage": now.usage + event}
        case QuestionAsked():
            return {"question": event}
        case QuestionAnswered():
            return {"question": None}
        case _:
            return {}


def _approvals(
    now: RunSummary, event: ApprovalRequested | ApprovalAnswered | CallDone | CallFailed
) -> dict[str, object]:
    """Return what is to be approved once a call is asked about, or is no longer."""
    if now.finished is not None:  # what is asked when a run is taken back, nothing waits for
        return {}
    asked = (event,) if isinstance(event, ApprovalRequested) else ()
    if not asked and all(a.call != event.call for a in now.approvals):
        return {}
    left = tuple(sorted((*(a for a in now.approvals if a.call != event.call), *asked), key=lambda a: a.call))
    return {"approvals": left, "pending": left[0] if left else None}


def _finish(event: RunFinished | UndoFinished) -> dict[str, object]:
    if isinstance(event, UndoFinished):
        return {"undo": event.steps, "undone": event.extent or extent_of(event.steps)}
    error = None
    if event.code or event.message:
        error = RunError(code=event.code or event.status, message=event.message or event.status, hint=event.hint)
    return {"approvals": (), "pending": None, "question": None, "answer": event.answer, "error": error}
