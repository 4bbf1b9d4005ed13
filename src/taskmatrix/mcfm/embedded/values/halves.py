"""A day and a time of the day in one breath (`March 14th at 7 pm`), for parameters that take one of the two each."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.date_forms import asked_form
from taskmatrix.mcfm.embedded.values.moments import EPOCH, read_moment
from taskmatrix.mcfm.embedded.values.times import find_time

Half = Literal["day", "clock"]

_DAY, _CLOCK = frozenset(("date", "day")), frozenset(("time", "hour"))
_BOTH = re.compile(r"date\s?-?time|date and time|time and date|timestamp", re.I)
_BEFORE = re.compile(r"(?:[\s,]|\b(?:on|at|by|for|from|of|the)\b)*", re.I)
_AFTER = re.compile(r"(?:[\s,]|\b(?:on|at|by|around)\b)*$", re.I)


def takers_of_halves(parameters: Sequence[ParameterView]) -> Mapping[str, Half]:
    """Return which parameters take the day alone and which the time alone, by name; none unless there are both."""
    found: dict[str, Half] = {p.name: half for p in parameters if (half := _half(p)) is not None}
    return found if len(set(found.values())) == 2 else {}


def half_of(text: str, start: int, end: int, half: Half) -> tuple[int, int]:
    """Return where in `text[start:end]` the day or the time of the day stands; all of it unless it says both."""
    said = text[start:end]
    moment = read_moment(said, EPOCH)
    clock = find_time(said)
    if clock is None or moment is None or moment.day is None or moment.clock is None:
        return start, end
    if half == "clock":
        return start + clock.start, start + clock.end
    sides = [(0, clock.start), (clock.end, len(said))]
    days = [side for one in sides if (side := _without_edges(said, *one))[0] < side[1]]
    return (start + days[0][0], start + days[0][1]) if len(days) == 1 else (start, end)


def _half(parameter: ParameterView) -> Half | None:
    if parameter.type not in ("str", "Any"):
        return None
    form = asked_form(parameter)
    if form is not None:
        return None if form.has_day == form.has_time else "day" if form.has_day else "clock"
    stems = set(parameter.name_stems)
    if bool(stems & _DAY) == bool(stems & _CLOCK) or _BOTH.search(parameter.text[:400]):
        return None
    return "day" if stems & _DAY else "clock"


def _without_edges(said: str, start: int, end: int) -> tuple[int, int]:
    part = said[start:end]
    first = _BEFORE.match(part)
    last = _AFTER.search(part, first.end() if first else 0)
    return start + (first.end() if first else 0), start + (last.start() if last else len(part))
