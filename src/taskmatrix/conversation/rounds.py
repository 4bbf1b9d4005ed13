"""Another round: what a program came to that did not work, as the model is told of it, and when it is worth it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pydantic import JsonValue

from taskmatrix.conversation.secrecy import hidden_in
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
from taskmatrix.policy.redaction import Redactor

MOST_ROUNDS = 3
"""After so many plans that did not work the user is asked."""

LAST_ROUND = 8
"""Whatever the user answers."""

_LONGEST = 8_000
_LONGEST_CALL, _LONGEST_MESSAGE, _LONGEST_VALUE = 1_000, 600, 400


class NoOtherWayError(NothingFitsError):
    """The model has no other outline than the one that did not work."""


@dataclass(frozen=True, slots=True)
class _Line:
    """What is told of a call, and whether it changed something, or may have; None for the beginning of a round."""

    text: str
    changed: bool | None = None


def is_mendable(error: TaskMatrixError) -> bool:
    """Whether another plan may do what this one could not. What somebody refused or stopped is not tried again."""
    if isinstance(error, OutcomeError):
        return not error.beyond
    hopeless = NoOtherWayError | LimitError | RunDivergedError | SandboxUnavailableError
    return isinstance(error, ApiError | SandboxError | NothingFitsError) and not isinstance(error, hopeless)


def learned_from(events: Sequence[Event], error: TaskMatrixError, documents: Mapping[str, ApiDocument]) -> str:
    """Return what was done in the round that went wrong, call by call, and what went wrong, for model and user."""
    secrets = Redactor(hidden_in(events, documents))
    lines = list(_calls(events, secrets))
    wrong = f"It went wrong: {_cut(secrets.text(error.message), _LONGEST_MESSAGE)}"
    if not lines:
        return f"Nothing was done.\n{wrong}"
    kept = _fitting(lines)
    left = [line.changed for i, line in enumerate(lines) if i not in kept and line.changed is not None]
    note = [f"({len(left)} calls left out, {sum(left)} of which changed something)"] if left else []
    return "\n".join(["Done already:", *note, *(lines[i].text for i in sorted(kept)), wrong])


def is_under_way(events: Sequence[Event]) -> bool:
    """Whether the program of the last round has begun."""
    since = next((i for i in range(len(events) - 1, -1, -1) if isinstance(events[i], RoundStarted)), 0)
    return any(isinstance(event, CallIntended | StatesRead) for event in events[since:])


def _fitting(lines: Sequence[_Line]) -> set[int]:
    """Return which lines are told: the newest of what changed something, then of the rest, as far as there is room."""
    wanted = sorted(range(len(lines)), key=lambda i: (lines[i].changed is not False, i), reverse=True)
    sizes = accumulate(len(lines[i].text) for i in wanted)
    return {i for i, size in zip(wanted, sizes, strict=True) if size <= _LONGEST}


def _calls(events: Sequence[Event], secrets: Redactor) -> Iterator[_Line]:
    made: dict[int, CallIntended] = {}
    for event in events:
        match event:
            case RoundStarted():
                yield _Line(f"(round {event.round})")
            case CallIntended() if event.undoes is None:
                made[event.call] = event
            case CallDone() if event.call in made:
                intended = made[event.call]
                text = f"- {_call(intended, secrets)} gave {_short(event.result, secrets)}"
                yield _Line(text, intended.effect != "read")
            case CallFailed() if event.call in made:
                why = _cut(secrets.text(event.message), _LONGEST_MESSAGE)
                yield _Line(f"- {_call(made[event.call], secrets)} failed: {why}", event.unsure)
            case _:
                pass


def _call(intended: CallIntended, secrets: Redactor) -> str:
    given = ", ".join(f"{name}={_short(value, secrets)}" for name, value in intended.arguments.items())
    return f"{intended.api}({_cut(given, _LONGEST_CALL)})"


def _short(value: JsonValue, secrets: Redactor) -> str:
    return _cut(json.dumps(secrets.value(value), ensure_ascii=False), _LONGEST_VALUE)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} …"
