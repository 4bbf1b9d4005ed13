"""Showing a run while it happens: finished lines above, what is going on below."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from taskmatrix.cli import rendering
from taskmatrix.cli.outcomes import outcome
from taskmatrix.cli.terminal import silence_output, visible
from taskmatrix.core.events import (
    ApisSelected,
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallRetried,
    Event,
    LimitReached,
    ModelWriting,
    OutcomeChecked,
    OutlineProposed,
    Printed,
    ProgramChecked,
    ProgramWritten,
    QuestionAnswered,
    QuestionAsked,
    RoundStarted,
    RunFinished,
    RunQueued,
    RunStarted,
    UndoFinished,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType
    from rich.progress import Progress, TaskID

    from taskmatrix.core.artifacts import Artifact

_NEXT = {
    "run_started": "outlining",
    "outline_proposed": "selecting APIs",
    "apis_selected": "writing the program",
    "program_written": "checking the program",
    "program_checked": "running",
    "call_done": "running",
    "call_failed": "running",
    "approval_answered": "running",
    "question_answered": "planning with the answer",
    "round_started": "planning anew",
}


class RunDisplay:
    """Prints each event; on a terminal, a line below says what is going on and for how long.

    If whoever reads the output goes away, the run goes on and the display falls silent.
    """

    def __init__(self, out: "Console", *, live: bool | None = None) -> None:
        self._out = out
        self._live = out.is_terminal if live is None else live
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._calls: dict[int, CallIntended] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._files: list[Event] = []
        self._running = False
        self._written = 0
        self._gone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def recall(self, events: "Iterable[Event]") -> None:
        """Know what a run did before it goes on here, without showing it: its calls may end here."""
        for event in events:
            self._keep(event)

    def watch(self, event: Event) -> None:
        """Show one event."""
        if self._gone:
            return
        try:
            self._show(event)
            self._follow(event)
        except BrokenPipeError:
            self._gone = True
            silence_output()

    def pause(self) -> None:
        """Take the live line away and restore the terminal: at the end, and before somebody is asked."""
        progress, self._progress, self._task = self._progress, None, None
        if progress is not None:
            progress.stop()

    def _keep(self, event: Event) -> None:
        match event:
            case CallIntended():
                self._calls[event.call] = event
            case CallDone() | ApprovalRequested() | ApprovalAnswered():
                self._files.append(event)
            case ArtifactMade():
                self._files.append(event)
                self._artifacts[event.artifact.path or event.artifact.digest] = event.artifact
            case _:
                pass

    def _show(self, event: Event) -> None:
        self._keep(event)
        if isinstance(event, RunFinished):
            self._finish(event)
            return
        shown = self._renderable(event)
        if shown is not None:
            self._begin_running(event)
            self._out.print(shown)

    def _renderable(self, event: Event) -> "RenderableType | None":
        match event:
            case RunQueued() | RunStarted():
                return rendering.started(event)
            case RoundStarted():
                self._running = False
                return rendering.round_started(event)
            case OutlineProposed():
                return rendering.outline(event)
            case ApisSelected():
                return rendering.selected(event)
            case ProgramWritten():
                return rendering.program(event, coloured=self._out.is_terminal)
            case ProgramChecked():
                return rendering.checked(event)
            case QuestionAsked():
                return rendering.question(event)
            case ApprovalAnswered() | QuestionAnswered():
                return rendering.answered(event)
            case _:
                return self._renderable_while_running(event)

    def _renderable_while_running(self, event: Event) -> "RenderableType | None":
        match event:
            case CallDone() if event.call in self._calls:
                return rendering.call_done(self._calls[event.call], event)
            case CallRetried():
                return rendering.retried(event)
            case CallFailed() if event.call in self._calls:
                return rendering.call_failed(self._calls[event.call], event)
            case ApprovalRequested():
                return rendering.approval(event)
            case Printed():
                return visible(event.text.rstrip("\n"))
            case LimitReached():
                return rendering.limit_reached(event)
            case OutcomeChecked():
                return outcome(event)
            case UndoFinished():
                return rendering.undo_steps(event.steps)
            case _:
                return None

    def _begin_running(self, event: Event) -> None:
        if not self._running and isinstance(event, CallDone | CallFailed | Printed):
            self._running = True
            self._out.print(rendering.heading("Run"))

    def _finish(self, event: RunFinished) -> None:
        self.pause()
        if self._artifacts:
            from taskmatrix.conversation import opened_files

            opened = opened_files(self._files)
            self._out.print(rendering.artifacts(list(self._artifacts.values()), opened))
        if event.status == "done":
            self._out.print(rendering.finished(event))

    def _follow(self, event: Event) -> None:
        """Say on the live line what comes next."""
        if not self._live:
            return
        if isinstance(event, ApprovalRequested | QuestionAsked | RunFinished):
            self.pause()
            return
        doing = visible(event.api) if isinstance(event, CallIntended) else _NEXT.get(event.type)
        if isinstance(event, ModelWriting):
            self._written += len(event.text)
            doing = f"the model writes the {event.purpose}: {self._written:,} characters"
        else:
            self._written = 0
        if doing is None:
            return
        if isinstance(event, CallIntended):
            doing = f"call {event.call}: {doing}"
        if self._progress is None or self._task is None:
            self._start(doing)
        else:
            self._progress.update(self._task, description=doing, refresh=True)

    def _start(self, doing: str) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._out,
            transient=True,
        )
        self._task = self._progress.add_task(doing, total=None)
        self._progress.start()
