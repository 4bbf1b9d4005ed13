"""What of a conversation fits: the newest turns whole, older ones in a line each, the oldest as a summary.

Whatever its length, no more than `MOST_TURNS` runs are read for the next turn, and what it is told of them fits into a
prompt. See docs/design/conversations.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from taskmatrix.conversation.secrecy import NO_SECRETS
from taskmatrix.conversation.turns import line_of, short_turns_of, turns_of
from taskmatrix.core.events import Run, Session
from taskmatrix.core.protocols import Call, Context, Turn
from taskmatrix.policy.redaction import Redactor

WHOLE = 5_000
"""Characters of the turns that are told whole; the others are told in a line each."""

MOST_TURNS = 24
"""When more turns than this are not in the summary yet, it takes all but the newest `KEPT_TURNS`."""

KEPT_TURNS = 8

LONGEST_SUMMARY = 4_000
_LEFT_OUT = "(earlier turns left out)"


@dataclass(frozen=True, slots=True)
class Summary:
    """What the turns up to `reaches` were about, in words; 0 for none of them."""

    text: str = ""
    reaches: int = 0


def context_of(
    runs: Sequence[Run],
    now: datetime | None,
    summary: str = "",
    session: Session | None = None,
    secrets: Redactor = NO_SECRETS,
) -> Context:
    """Return the context of the turn that follows these runs, oldest first: those after what the summary tells.

    What led to the `session` and is in none of these turns any more is named first. `secrets` are told of none.
    """
    turns = fit(runs, secrets)
    shown = {call.api for turn in turns for call in turn.calls}
    older = tuple(Call(api) for api in (session.called if session else ()) if api not in shown)
    opening = (Turn("tool", "still in force from earlier turns", older),) if older else ()
    return Context(turns=(*opening, *turns), now=now, summary=summary)


def fit(runs: Sequence[Run], secrets: Redactor = NO_SECRETS, whole: int = WHOLE) -> tuple[Turn, ...]:
    """Return the turns of runs, oldest first: the newest `whole` characters as they are, the others in a line each.

    The newest run is always told whole.
    """
    shown: list[tuple[Turn, ...]] = []
    for run in reversed(runs):
        turns = turns_of(run, secrets)
        whole -= _size(turns)
        shown.append(turns if whole >= 0 or not shown else short_turns_of(run, secrets))
    return tuple(turn for turns in reversed(shown) for turn in turns)


def needs_summary(summary: Summary, turns: int) -> bool:
    """Whether so many turns have been taken that the summary has to be extended before the next."""
    return turns - summary.reaches > MOST_TURNS


def to_summarize(summary: Summary, turns: int) -> range:
    """Return the turns that an extended summary is to tell of besides.

    Of very many that no summary tells of only the last are read: more than they would not fit into it.
    """
    last = turns - KEPT_TURNS
    first = max(summary.reaches + 1, last - LONGEST_SUMMARY // 40)
    return range(first, last + 1)


def extend_summary(summary: Summary, runs: Mapping[int, Run], reaches: int, secrets: Redactor = NO_SECRETS) -> Summary:
    """Return the summary with a line for each run, by turn: what can be told without a model. The oldest lines go.

    It then `reaches` up to that turn, also where there are no runs for some.
    """
    told = (f"{turn}. {line_of(run, secrets)}" for turn, run in sorted(runs.items()))
    lines = [*summary.text.splitlines(), *told]
    return Summary(clip_summary("\n".join(lines)), max(summary.reaches, reaches))


def clip_summary(text: str) -> str:
    """Return a summary that is not too long: its first lines go."""
    if len(text) <= LONGEST_SUMMARY:
        return text
    kept = text[-(LONGEST_SUMMARY - len(_LEFT_OUT) - 1) :]
    whole = kept.partition("\n")[2] or kept
    return f"{_LEFT_OUT}\n{whole}"


def _size(turns: Sequence[Turn]) -> int:
    called = (f"{call.api}{dict(call.arguments)}" for turn in turns for call in turn.calls)
    return sum(len(turn.text) for turn in turns) + sum(map(len, called))
