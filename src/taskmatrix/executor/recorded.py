"""What the journal of a run holds of its program: which calls it made, what each came to, what is still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    CallDone,
    CallFailed,
    CallIntended,
    CallRetried,
    CallSent,
    Event,
    Printed,
    RoundStarted,
    RunFinished,
    RunPaused,
)


@dataclass(slots=True)
class RecordedCall:
    """A call as the journal tells it; `last` is the newest event of it.

    `asked` are its questions in order, each with the answer, None where there is none yet.
    """

    intended: CallIntended
    last: Event
    attempts: int = 0
    asked: list[tuple[ApprovalRequested, str | None]] = field(
        default_factory=list[tuple[ApprovalRequested, str | None]]
    )

    @property
    def open(self) -> bool:
        """Whether the program has no answer to it yet."""
        return not isinstance(self.last, CallDone | CallFailed)

    @property
    def question(self) -> ApprovalRequested | None:
        """What is asked about it now."""
        return self.last if isinstance(self.last, ApprovalRequested) else None


@dataclass(slots=True)
class Recorded:
    """The calls of a run by number, their outcomes in the order in which the program got them, what it printed.

    `calls` are those of all rounds, all else is of the last one: its program's calls are numbered on from `before`.
    """

    calls: dict[int, RecordedCall] = field(default_factory=dict[int, RecordedCall])
    before: int = 0
    outcomes: list[CallDone | CallFailed] = field(default_factory=list[CallDone | CallFailed])
    printed: int = 0
    finished: bool = False
    paused: RunPaused | None = None
    _at_pause: tuple[int, int] = (0, 0)

    @property
    def current(self) -> dict[int, RecordedCall]:
        """The calls of the last round."""
        return {number: call for number, call in self.calls.items() if number > self.before}

    @property
    def questions(self) -> tuple[ApprovalRequested, ...]:
        """What the run waits for, by call; nothing once it has ended."""
        waiting = () if self.finished else (call.question for _, call in sorted(self.current.items()))
        return tuple(question for question in waiting if question is not None)

    def done_before(self) -> Sequence[tuple[str, Mapping[str, JsonValue]]]:
        """Return API and arguments of the calls that earlier rounds made, or may have."""
        earlier = (call for number, call in self.calls.items() if number <= self.before)
        return [
            (call.intended.api, call.intended.arguments)
            for call in earlier
            if isinstance(call.last, CallDone | CallSent) or (isinstance(call.last, CallFailed) and call.last.unsure)
        ]

    def since_pause(self) -> "Recorded":
        """Return the same without the outcomes and the output that the program saved at the last pause knows."""
        outcomes, printed = self._at_pause
        return Recorded(self.calls, self.before, self.outcomes[outcomes:], self.printed - printed)


def read_recorded(events: Sequence[Event]) -> Recorded:
    """Read a journal."""
    recorded = Recorded()
    for event in events:
        match event:
            case CallIntended():
                recorded.calls[event.call] = RecordedCall(event, event)
            case CallSent() | CallRetried() | ApprovalRequested() | ApprovalAnswered() | CallDone() | CallFailed():
                if event.call in recorded.calls:
                    _take(recorded, event)
            case Printed():
                recorded.printed += len(event.text)
            case RunPaused():
                recorded.paused = event
                recorded._at_pause = (len(recorded.outcomes), recorded.printed)  # pyright: ignore[reportPrivateUsage]
            case RoundStarted():
                recorded = Recorded(recorded.calls, max(recorded.calls, default=0))
            case RunFinished():
                recorded.finished = True
            case _:
                pass
    return recorded


def _take(
    recorded: Recorded,
    event: CallSent | CallRetried | ApprovalRequested | ApprovalAnswered | CallDone | CallFailed,
) -> None:
    call = recorded.calls[event.call]
    call.last = event
    match event:
        case CallSent():
            call.attempts += 1
        case ApprovalRequested():
            call.asked.append((event, None))
        case ApprovalAnswered() if call.asked:
            call.asked[-1] = (call.asked[-1][0], event.answer)
        case CallDone() | CallFailed():
            recorded.outcomes.append(event)
        case _:
            pass
