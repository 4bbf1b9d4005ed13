"""Which turn of a conversation is taken back next, and whether one may be before those that came after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import ArtifactMade, CallDone, CallIntended, CallSent, Event, ProgramChecked, Run, UndoStep


@dataclass(frozen=True, slots=True)
class TurnDone:
    """A turn that has ended, and what can become of each of its calls that changed something."""

    turn: int
    run: Run
    steps: Sequence[UndoStep]

    @property
    def stands(self) -> bool:
        """Whether something of it is still as it left it."""
        return any(step.state != "undone" for step in self.steps)


def next_to_take_back(turns: Iterable[TurnDone]) -> TurnDone | None:
    """Return the last turn of which something can be taken back, of turns newest first; None where none is left.

    Turns that changed nothing, and those that were taken back, are passed over. Raises UsageError at one that changed
    something which nothing takes back: it may rest on what came before it.
    """
    for one in turns:
        states = {step.state for step in one.steps}
        if "can-be-undone" in states:
            return one
        if one.stands and "undone" not in states:
            stays = next(step for step in one.steps if step.state != "undone")
            raise UsageError(
                f"turn {one.turn} cannot be taken back: {stays.api}: {stays.why}",
                hint="name an earlier turn: /undo TURN" if one.turn > 1 else None,
            )
    return None


def check_later(run: Run, turn: int, later: Iterable[TurnDone]) -> None:
    """Raise UsageError where a later turn, newest first, changed what a turn changed, and still stands."""
    things = things_of(run)
    for one in later:
        common = sorted(things & things_of(one.run)) if one.stands else []
        if common:
            raise UsageError(
                f"turn {turn} cannot be taken back alone: turn {one.turn} changed {', '.join(common[:3])} after it",
                hint=f"take that back first: /undo {one.turn}",
            )


def things_of(run: Run) -> frozenset[str]:
    """Return what a run changed: the paths of its files, and packages in which it changed something else.

    A call that wrote files and left its package no other state changed these files alone.
    """
    packages = {
        f"{v.package}.{v.name}": v.package for e in run.events if isinstance(e, ProgramChecked) for v in e.versions
    }
    made = {e.call: e.artifact.path for e in run.events if isinstance(e, ArtifactMade) and e.artifact.path}
    kept = {e.call for e in run.events if isinstance(e, CallDone) and e.state is not None}
    changed = {
        packages.get(api, api) for call, api in _changing(run.events).items() if call in kept or call not in made
    }
    return frozenset(made.values()) | changed


def _changing(events: Sequence[Event]) -> dict[int, str]:
    """Return the calls that changed something, or may have, with their APIs."""
    sent = {event.call for event in events if isinstance(event, CallSent)}
    made = (event for event in events if isinstance(event, CallIntended) and event.undoes is None)
    return {event.call: event.api for event in made if event.effect != "read" and event.call in sent}
