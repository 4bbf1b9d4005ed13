"""How far a run has come: what a new process needs besides the saved interpreter, all of it in the journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import SandboxError, TaskMatrixError
from taskmatrix.core.events import (
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Event,
    ProgramChecked,
    RunStarted,
)
from taskmatrix.core.protocols import BlobStore, Raised
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.payloads import restore


@dataclass(slots=True)
class Progress:
    """Session state by package, claims on files, the errors that calls have raised, the money they have cost."""

    states: dict[str, dict[str, JsonValue]] = field(default_factory=dict[str, dict[str, JsonValue]])
    claims: Claims = field(default_factory=Claims)
    raised: dict[str, TaskMatrixError] = field(default_factory=dict[str, TaskMatrixError])
    spent: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    def raise_in_program(self, error: TaskMatrixError) -> Raised:
        """Return how the program sees an error, and remember which it was."""
        message = f"{error.code}: {error.message}"
        self.raised[message] = error
        return Raised(message)

    def cause(self, error: SandboxError) -> TaskMatrixError:
        """Return the call's own error if that is what ended the program, else the program's."""
        return self.raised.get(error.message.removeprefix("RuntimeError: "), error)


def replay(events: Sequence[Event], documents: Sequence[ApiDocument], blobs: BlobStore) -> Progress:
    """Return how far a run has come by its journal: from what earlier turns of its conversation left open."""
    packages = {document.id: document.package for document in documents}
    progress, apis = Progress(), dict[int, str]()
    for event in events:
        match event:
            case RunStarted() if event.session is not None:
                progress.claims.update(event.session.claims, event.session.owned)
                progress.states |= {name: _state(kept, blobs) for name, kept in event.session.states.items()}
            case ProgramChecked():
                packages |= {f"{v.package}.{v.name}": v.package for v in event.versions}
            case CallIntended():
                apis[event.call] = event.api
            case CallSent() if event.cost is not None:
                spent = progress.spent.get(event.cost.currency, Decimal(0))
                progress.spent[event.cost.currency] = spent + event.cost.amount
            case CallDone():
                progress.claims.update(event.claims, event.owned)
                package = packages.get(apis.get(event.call, ""))
                if event.state is not None and package is not None:
                    progress.states[package] = _state(event.state, blobs)
            case CallFailed():
                progress.raise_in_program(error_of(event))
            case ArtifactMade() if event.artifact.path is not None:
                progress.claims.update(None, {event.artifact.path: event.artifact.digest})
            case _:
                pass
    return progress


def _state(kept: dict[str, JsonValue], blobs: BlobStore) -> dict[str, JsonValue]:
    """Return a package's session state as it was. Raises NotFoundError."""
    state = restore(kept, blobs)
    return state if isinstance(state, dict) else {}


def error_of(event: CallFailed) -> TaskMatrixError:
    """Return the error that a call raised, as its event tells it."""
    kind = next((k for k in _kinds(TaskMatrixError) if k.code == event.code), TaskMatrixError)
    return kind(event.message, hint=event.hint)


def _kinds(kind: type[TaskMatrixError]) -> Iterator[type[TaskMatrixError]]:
    """Yield the tree of errors from the root, each kind before its own kinds."""
    level = [kind]
    while level:
        yield from level
        level = [child for parent in level for child in parent.__subclasses__()]
