"""Another round: what a program came to that did not work, as the model is told of it, and when it is worth it."""

import json
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import (
    ApiError,
    LimitError,
    NothingFitsError,
    OutcomeError,
    RunDivergedError,
    SandboxError,
    SandboxUnavailableError,
    TaskMatrixError,
)
from taskmatrix.core.events import CallDone, CallFailed, CallIntended, Event, RoundStarted, StatesRead
from taskmatrix.core.sensitivity import marks, of_parameter

MOST_ROUNDS = 3
"""After so many plans that did not work the user is asked."""

LAST_ROUND = 8
"""Whatever the user answers."""

_LONGEST = 8_000
_LONGEST_VALUE = 400


class NoOtherWayError(NothingFitsError):
    """The model has no other outline than the one that did not work."""


def is_mendable(error: TaskMatrixError) -> bool:
    """Whether another plan may do what this one could not. What somebody refused or stopped is not tried again."""
    if isinstance(error, OutcomeError):
        return not error.beyond
    hopeless = NoOtherWayError | LimitError | RunDivergedError | SandboxUnavailableError
    return isinstance(error, ApiError | SandboxError | NothingFitsError) and not isinstance(error, hopeless)


def learned_from(events: Sequence[Event], error: TaskMatrixError, documents: Mapping[str, ApiDocument]) -> str:
    """Return what was done in the round that went wrong, call by call, and what went wrong, for model and user."""
    lines = list(_calls(events, documents))
    wrong = f"It went wrong: {error.message}"
    room = _LONGEST - len(wrong)
    kept: list[str] = []
    for line in reversed(lines):
        if len(line) > room:
            kept.append(f"({len(lines) - len(kept)} earlier calls left out)")
            break
        room -= len(line)
        kept.append(line)
    done = ["Done already:", *reversed(kept)] if kept else ["Nothing was done."]
    return "\n".join([*done, wrong])


def is_under_way(events: Sequence[Event]) -> bool:
    """Whether the program of the last round has begun."""
    since = next((i for i in range(len(events) - 1, -1, -1) if isinstance(events[i], RoundStarted)), 0)
    return any(isinstance(event, CallIntended | StatesRead) for event in events[since:])


def _calls(events: Sequence[Event], documents: Mapping[str, ApiDocument]) -> Iterator[str]:
    made: dict[int, CallIntended] = {}
    for event in events:
        match event:
            case RoundStarted():
                yield f"(round {event.round})"
            case CallIntended() if event.undoes is None:
                made[event.call] = event
            case CallDone() if event.call in made:
                yield f"- {_call(made[event.call], documents)} gave {_result(made[event.call], event, documents)}"
            case CallFailed() if event.call in made:
                yield f"- {_call(made[event.call], documents)} failed: {event.message}"
            case _:
                pass


def _call(intended: CallIntended, documents: Mapping[str, ApiDocument]) -> str:
    document = documents.get(intended.api)
    secret = {p.name for p in document.parameters if of_parameter(p) == "secret"} if document else set[str]()
    given = ", ".join(f"{n}={'(secret)' if n in secret else _short(v)}" for n, v in intended.arguments.items())
    return f"{intended.api}({given})"


def _result(intended: CallIntended, done: CallDone, documents: Mapping[str, ApiDocument]) -> str:
    document = documents.get(intended.api)
    if document is not None and any(mark.kind == "secret" for mark in marks(document.returns)):
        return "something secret"
    return _short(done.result)


def _short(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} …"
