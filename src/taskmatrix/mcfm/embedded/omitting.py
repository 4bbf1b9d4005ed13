"""Dates and times that an instruction states and the calls lose: `tomorrow`, where an API takes only a time.

Numbers, quotes and files that no call takes are asked about in any case. A day or a time is asked about where
something is changed, else named in a note; and so it is where the time alone means that day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import Plan
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.impossible import impossible_moment
from taskmatrix.mcfm.embedded.values.moments import Moment, read_moment
from taskmatrix.mcfm.embedded.values.times import find_time


@dataclass(frozen=True, slots=True)
class Lost:
    """Words that say when, of which no call knows. `implied`: the time that a call was given means that day anyway."""

    words: str
    implied: bool = False


def name_lost_moments(plan: Plan, values: Sequence[Candidate], now: datetime | None) -> None:
    """Add the dates and times that no call of a plan knows of to what is unused, or to its notes.

    `values` are those of the instruction; `now` is the clock that they were read against, by default this machine's.
    """
    now = now or datetime.now().astimezone()
    changes = any(call.document.effects.kind != "read" for call in (c.view for c in plan.calls()))
    for lost in _lost_moments(plan, values, now):
        if changes and not lost.implied:
            plan.unused = (*(u for u in plan.unused if u not in lost.words), lost.words)
        else:
            plan.notes.append(f"no call takes {lost.words!r}")


def _lost_moments(plan: Plan, values: Sequence[Candidate], now: datetime) -> list[Lost]:
    stated = [v for v in values if v.kind in ("date", "time")]
    longest = [v for v in stated if not any(o.contains(v) and (o.start, o.end) != (v.start, v.end) for o in stated)]
    given = [a for a in plan.values() if isinstance(a, Filled) and a.source is not None]
    said = [m for a in given if (m := _read(a, now)) is not None]
    answered = any(a.source is not None and a.source.start < 0 and _read(a, now) is not None for a in given)
    found: list[Lost] = []
    for value in longest:
        takers = [a for a in given if a.source is not None and _takes(a, a.source, value)]
        if value.moment is not None:
            found += _lost_parts(value, value.moment, [_read(a, now) for a in takers], said, now)
        elif not takers and not answered and impossible_moment(value.text):
            found.append(Lost(value.text))
    return found


def _lost_parts(
    value: Candidate, moment: Moment, carried: Sequence[Moment | None], said: Sequence[Moment], now: datetime
) -> list[Lost]:
    """What is lost of one moment: the day, the time of the day, or both. A value that is no moment has all of it, and
    of those `said` anywhere one may have its day: `tomorrow from 2 to 3 pm`.
    """
    if None in carried:
        return []
    kept = [m for m in carried if m is not None]
    known = {m.day for m in said} | {now.date()}
    day = moment.day is not None and moment.day not in known and not any(m.day for m in kept)
    clock = moment.clock is not None and not moment.loose and not any(m.clock for m in kept)
    point_now = moment.day == now.date() and moment.relative and moment.clock is None
    if point_now or not (day or clock):
        return []
    if day and clock:
        return [Lost(value.text)]
    place = find_time(value.text)
    if clock:
        return [Lost(value.text[place.start : place.end] if place else value.text)]
    words = f"{value.text[: place.start]} {value.text[place.end :]}" if place else value.text
    implied = any(m.point().date() == moment.day for m in said if m.day is None and m.clock is not None)
    return [Lost(" ".join(words.split()).removesuffix(" at"), implied)]


def _takes(argument: Filled, source: Candidate, value: Candidate) -> bool:
    """Whether an argument stands where a value does, or is a choice that its words name."""
    named = source.start < 0 and isinstance(argument.value, str) and argument.value.strip()
    return source.overlaps(value) or (bool(named) and str(argument.value).casefold() in value.text.casefold())


def _read(argument: Filled, now: datetime) -> Moment | None:
    """The moment that a value is; None for one that is something else, and so has taken the words as they are."""
    return read_moment(argument.value, now, loose=True) if isinstance(argument.value, str) else None
