"""What a run leaves open for the next turn of its conversation, by its journal alone.

A run that is done leaves everything as it is. One that failed or was stopped leaves what it saved: a package's state
counts as of the last file that the package wrote, else as before the run, so that half-made changes are not built
upon, and files never go back behind what they hold. One that was taken back leaves what was open before it. Files
that any of them wrote are the conversation's own all the same: replacing them asks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.core.events import (
    ArtifactMade,
    CallDone,
    CallIntended,
    Event,
    ProgramChecked,
    Run,
    RunStarted,
    Session,
    UndoFinished,
)
from taskmatrix.executor.restoring import RESTORE_FILE

MOST_FILES = 1_000
"""Files that a session knows; of more the newest, and replacing another asks."""

MOST_CALLED = 200
"""APIs that a session remembers to have been called."""

_State = dict[str, JsonValue]


def session_of(run: Run) -> Session | None:
    """Return what a run left open; None where there is nothing."""
    before = _before(run)
    claims, owned = dict(before.claims), dict(before.owned)
    now = saved = _Open(dict(before.states), before.called)
    packages, calls = _packages(run.events), dict[int, CallIntended]()
    for event in run.events:
        call = calls.get(event.call) if isinstance(event, CallDone | ArtifactMade) else None
        api = call.api if call is not None else ""
        match event:
            case CallIntended():
                calls[event.call] = event
            case CallDone() if call is not None and api == RESTORE_FILE.id:
                _put(owned, {str(call.arguments["path"]): str(call.arguments["before"])})
            case CallDone():
                _put(claims, event.claims or {})
                _put(owned, event.owned)
                now = now.after(api, packages.get(api), event.state)
            case ArtifactMade():
                _put(owned, {event.artifact.path: event.artifact.digest} if event.artifact.path else {})
                saved = saved.with_package(packages.get(api), now)
            case _:
                pass
    left = _Open(before.states, before.called) if is_taken_back(run.events) else now if run.status == "done" else saved
    found = Session(states=left.states, claims=_newest(claims), owned=_newest(owned), called=left.called)
    return found if found != Session() else None


def session_after(runs: Sequence[Run]) -> Session | None:
    """Return what turns left open, oldest first, some of which were taken back after the last one had begun.

    Each package is as the last turn left it that called it, was not taken back, and was built on none that was; else
    as it was before all of them. Files that were put back meanwhile are known as they are now.
    """
    newest = runs[-1]
    left = session_of(newest) or Session()
    if len(runs) == 1:
        return left if left != Session() else None
    before = _before(runs[0])
    now, owned = _Open(dict(before.states), before.called), dict(left.owned)
    gone: dict[str, datetime] = {}  # package → when what was done in it was taken back
    for run in runs:
        packages, ended = _packages(run.events), session_of(run) or Session()
        called = {packages.get(event.api, "") for event in run.events if isinstance(event, CallIntended)}
        if is_taken_back(run.events):
            gone |= dict.fromkeys(called, run.events[-1].at or newest.started)
            _put(owned, _put_back(run.events, newest.started) if run is not newest else {})
            continue
        for package in called:
            if package not in gone or gone[package] < run.started:
                now = now.with_package(package or None, _Open(ended.states, ended.called))
    found = Session(states=now.states, claims=left.claims, owned=_newest(owned), called=now.called)
    return found if found != Session() else None


def called_before(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the APIs whose calls a program that is written now can rest on: of earlier turns, then of this run.

    Each once, in the order of their last calls.
    """
    called: dict[str, str] = {}
    apis: dict[int, str] = {}
    for event in events:
        match event:
            case RunStarted() if event.session is not None:
                _put(called, dict.fromkeys(event.session.called, ""))
            case CallIntended():
                apis[event.call] = event.api
            case CallDone():
                _put(called, {apis.get(event.call, ""): ""})
            case _:
                pass
    return tuple(called)


@dataclass(frozen=True, slots=True)
class _Open:
    """Packages' states, and the APIs that led to them."""

    states: dict[str, _State]
    called: tuple[str, ...]

    def after(self, api: str, package: str | None, state: _State | None) -> "_Open":
        """Return what is open after a call; an empty state is none."""
        called = (*(name for name in self.called if name != api), api)[-MOST_CALLED:] if package else self.called
        if state is None or package is None:
            return _Open(self.states, called)
        others = {name: kept for name, kept in self.states.items() if name != package}
        return _Open({**others, package: state} if state else others, called)

    def with_package(self, package: str | None, now: "_Open") -> "_Open":
        """Return the same with a package's state, and its calls, as they are now."""
        if package is None:
            return self
        others = {name: kept for name, kept in self.states.items() if name != package}
        own = {package: now.states[package]} if package in now.states else {}
        called = tuple(name for name in now.called if name in self.called or name.startswith(f"{package}."))
        return _Open({**others, **own}, called)


def _packages(events: Sequence[Event]) -> dict[str, str]:
    """Return API → its package, for what the run's programs were checked against."""
    checked = (event for event in events if isinstance(event, ProgramChecked))
    return {f"{v.package}.{v.name}": v.package for event in checked for v in event.versions}


def is_taken_back(events: Sequence[Event]) -> bool:
    """Whether something of what a run did was taken back."""
    finished = (event for event in events if isinstance(event, UndoFinished))
    return any(step.state == "undone" for event in finished for step in event.steps)


def _before(run: Run) -> Session:
    return next((e.session for e in run.events if isinstance(e, RunStarted) and e.session), Session())


def _put_back(events: Sequence[Event], since: datetime) -> dict[str, str]:
    """Return path → digest of the files that a run's undo put back after a time."""
    calls = {e.call: e for e in events if isinstance(e, CallIntended) and e.api == RESTORE_FILE.id}
    done = (e for e in events if isinstance(e, CallDone) and e.call in calls and e.at is not None and e.at > since)
    return {str(calls[e.call].arguments["path"]): str(calls[e.call].arguments["before"]) for e in done}


def _put(known: dict[str, str], new: dict[str, str]) -> None:
    """Take up what is new, at the end."""
    for path, value in new.items():
        known.pop(path, None)
        known[path] = value


def _newest(known: dict[str, str]) -> dict[str, str]:
    return dict(list(known.items())[-MOST_FILES:])
