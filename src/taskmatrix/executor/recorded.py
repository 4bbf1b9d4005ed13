"""What the journal of a run holds of its program: which calls it made, what each came to, what is still open."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    """The calls of a run by number, their outcomes in the order in which the program got them, what it printed."""

    calls: dict[int, RecordedCall] = field(default_factory=dict[int, RecordedCall])
    outcomes: list[CallDone | CallFailed] = field(default_factory=list[CallDone | CallFailed])
    printed: int = 0
    finished: bool = False
    paused: RunPaused | None = None
    _before: tuple[int, int] = (0, 0)

    @property
    def questions(self) -> tuple[ApprovalRequested, ...]:
        """What the run waits for, by call; nothing once it has ended."""
        waiting = () if self.finished else (call.question for _, call in sorted(self.calls.items()))
        return tuple(question for question in waiting if question is not None)

    def since_pause(self) -> "Recorded":
        """Return the same without the outcomes and the output that the program saved at the last pause knows."""
        outcomes, printed = self._before
        return Recorded(self.calls, self.outcomes[outcomes:], self.printed - printed)


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
                recorded._before = (len(recorded.outcomes), recorded.printed)  # pyright: ignore[reportPrivateUsage]
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
