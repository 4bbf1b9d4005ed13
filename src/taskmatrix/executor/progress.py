"""How far a run has come: what a new process needs besides the saved interpreter, all of it in the journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import SandboxError, TaskMatrixError, UsageError
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Event,
    RunFinished,
    RunPaused,
)
from taskmatrix.core.protocols import BlobStore, Raised
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.payloads import restore


@dataclass(slots=True)
class Progress:
    """Calls so far, session state by package, claims on files, and the errors that calls have raised."""

    calls: int = 0
    states: dict[str, dict[str, JsonValue]] = field(default_factory=dict[str, dict[str, JsonValue]])
    claims: Claims = field(default_factory=Claims)
    raised: dict[str, TaskMatrixError] = field(default_factory=dict[str, TaskMatrixError])

    def raise_in_program(self, error: TaskMatrixError) -> Raised:
        """Return how the program sees an error, and remember which it was."""
        message = f"{error.code}: {error.message}"
        self.raised[message] = error
        return Raised(message)

    def cause(self, error: SandboxError) -> TaskMatrixError:
        """Return the call's own error if that is what ended the program, else the program's."""
        return self.raised.get(error.message.removeprefix("RuntimeError: "), error)


@dataclass(frozen=True, slots=True)
class Settled:
    """A file that was in the way of a call, and the answer."""

    path: str
    answer: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What a paused run waits for: the question, its snapshot, and how far the call had come.

    `settled` are the files that this very call met before, with what was answered about each.
    """

    request: ApprovalRequested
    snapshot: str
    attempt: int
    settled: tuple[Settled, ...] = ()


def replay(events: Sequence[Event], documents: Sequence[ApiDocument], blobs: BlobStore) -> Progress:
    """Return how far a run has come by its journal."""
    packages = {document.id: document.package for document in documents}
    progress, apis = Progress(), dict[int, str]()
    for event in events:
        match event:
            case CallIntended():
                apis[event.call] = event.api
                progress.calls = max(progress.calls, event.call)
            case CallDone():
                progress.claims.update(event.claims, event.owned)
                package = packages.get(apis.get(event.call, ""))
                if event.state is not None and package is not None:
                    state = restore(event.state, blobs)
                    progress.states[package] = state if isinstance(state, dict) else {}
            case CallFailed():
                progress.raise_in_program(_error(event))
            case ArtifactMade() if event.artifact.path is not None:
                progress.claims.update(None, {event.artifact.path: event.artifact.digest})
            case _:
                pass
    return progress


def find_pending(events: Sequence[Event]) -> Pending:
    """Return what a run waits for. Raises UsageError if it waits for nothing."""
    paused = next((e for e in reversed(events) if isinstance(e, RunPaused)), None)
    after = events[events.index(paused) + 1 :] if paused is not None else ()
    if paused is None or any(isinstance(e, ApprovalAnswered | RunFinished | CallIntended) for e in after):
        raise UsageError("the run does not wait for an answer", hint="see `taskmatrix runs list`")
    requests = [e for e in events if isinstance(e, ApprovalRequested) and e.call == paused.call]
    if not requests:
        raise UsageError("the journal holds no question for the call the run waits at")
    answers = [e.answer for e in events if isinstance(e, ApprovalAnswered) and e.call == paused.call]
    return Pending(
        request=requests[-1],
        snapshot=paused.snapshot,
        attempt=sum(isinstance(e, CallSent) and e.call == paused.call for e in events),
        settled=tuple(Settled(r.path, a) for r, a in zip(requests, answers, strict=False) if r.path is not None),
    )


def _error(event: CallFailed) -> TaskMatrixError:
    kind = next((k for k in _kinds(TaskMatrixError) if k.code == event.code), TaskMatrixError)
    return kind(event.message, hint=event.hint)


def _kinds(kind: type[TaskMatrixError]) -> Iterator[type[TaskMatrixError]]:
    """Yield the tree of errors from the root, each kind before its own kinds."""
    level = [kind]
    while level:
        yield from level
        level = [child for parent in level for child in parent.__subclasses__()]
