"""The calls of a run that changed something, or may have: what an outcome is held against."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.events import (
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Event,
    OutcomeChecked,
    RoundStarted,
    RunStarted,
)
from taskmatrix.executor.compensations import Find

State = Mapping[str, JsonValue]
Restore = Callable[[JsonValue], JsonValue]


@dataclass(slots=True)
class Deed:
    """A call that was sent, as the journal tells it; large values stand in it as the journal holds them.

    `session` is what its package remembered after it, `earlier` before it. `done` says that it came to an answer; else
    nobody knows whether it happened. `undoing` says that it took another back, `told` that a fact of it
    was false and another round was planned from that.
    """

    number: int
    document: ApiDocument
    arguments: Mapping[str, JsonValue]
    earlier: State
    undoing: bool
    session: State = field(default_factory=dict[str, JsonValue])
    result: JsonValue = None
    done: bool = False
    undone: bool = False
    told: bool = False

    @property
    def changes(self) -> tuple[str, ...] | None:
        """What it may change, by its document; a call that only reads, and says nothing, changes nothing."""
        stated = self.document.changes
        return () if stated is None and self.document.effects.kind == "read" else stated


@dataclass(frozen=True, slots=True)
class Deeds:
    """The calls in order, and the session of each package as it is after them.

    `failed` are packages of which a call failed that might have changed something: it promised nothing, and may have
    left something behind.
    """

    calls: Sequence[Deed]
    sessions: Mapping[str, State]
    failed: frozenset[str] = frozenset()

    def of(self, package: str) -> Sequence[Deed]:
        """Return the calls of one package."""
        return [deed for deed in self.calls if deed.document.package == package]


def read_deeds(events: Sequence[Event], find: Find, restore: Restore) -> Deeds:
    """Read the calls of a run from its journal: no refused ones, and none that surely failed.

    Raises NotFoundError where a session is gone.
    """
    sessions: dict[str, State] = {}
    open_calls: dict[int, tuple[CallIntended, Deed]] = {}
    found: dict[int, Deed] = {}
    failed: set[str] = set()
    told = _told(events)
    for event in events:
        match event:
            case RunStarted() if event.session is not None:
                sessions |= {name: _object(restore(state)) for name, state in event.session.states.items()}
            case CallIntended() if (document := find(event.api)) is not None:
                earlier = sessions.get(document.package, {})
                undoing = event.undoes is not None
                open_calls[event.call] = event, Deed(event.call, document, event.arguments, earlier, undoing, earlier)
            case CallSent() if event.call in open_calls:
                found[event.call] = open_calls[event.call][1]
            case CallFailed() if not event.unsure and event.call in found:
                deed = found.pop(event.call)
                if deed.changes != ():
                    failed.add(deed.document.package)
            case CallDone() if event.call in open_calls:
                intended, deed = open_calls[event.call]
                deed.earlier = sessions.get(deed.document.package, {})  # others may have run meanwhile
                if event.state is not None:
                    sessions[deed.document.package] = _object(restore(event.state))
                deed.session, deed.result, deed.done = sessions.get(deed.document.package, {}), event.result, True
                deed.told = event.call in told
                if intended.undoes in found:
                    found[intended.undoes].undone = True
            case _:
                pass
    return Deeds(tuple(found[number] for number in sorted(found)), sessions, frozenset(failed))


def _told(events: Sequence[Event]) -> AbstractSet[int | None]:
    """Return the calls of which something was false before another round."""
    wrong: set[int | None] = set()
    told: set[int | None] = set()
    for event in events:
        if isinstance(event, OutcomeChecked):
            wrong |= {fact.call for fact in event.facts if fact.state == "false"}
        elif isinstance(event, RoundStarted):
            told |= wrong
    return told


def _object(value: JsonValue) -> State:
    return value if isinstance(value, dict) else {}
