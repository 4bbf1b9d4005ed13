"""One way to fill a parameter, and what two of them cost together: two parameters seldom take the same words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.values.candidates import Candidate

SHARED = math.log(0.03)
"""What it costs that two parameters take overlapping words, and what it costs that they take the same."""
SAME = math.log(0.1)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to fill a parameter: `filled` is None where it is left out, asked for, or takes a result."""

    parameter: ParameterView
    kind: int
    probability: float
    filled: Filled | None = None


def conflict(option: Option, taken: Sequence[Option]) -> float:
    """Return what it costs, as a log probability, to take this way where others are taken."""
    source = option.filled.source if option.filled else None
    if source is None or source.start < 0:
        return 0.0
    cost = 0.0
    for other in taken:
        before = other.filled.source if other.filled else None
        if before is not None and before.start >= 0 and before.overlaps(source):
            if (before.start, before.end) != (source.start, source.end):
                cost += 0.0 if _is_part(option, other) or _is_part(other, option) else SHARED
            elif _is_same(option, other):
                cost += SAME  # not where the day and the month are read from one date
    return cost


def _is_part(inner: Option, outer: Option) -> bool:
    """Whether one stands inside the words of the other, whose value has nothing of it: 2024 in `May 2024`, month 5."""
    one, other = (option.filled and option.filled.source for option in (inner, outer))
    if one is None or other is None or outer.filled is None or not other.start <= one.start <= one.end <= other.end:
        return False
    return one.text.casefold() not in str(outer.filled.value).casefold()


def is_in(option: Option, places: Sequence[Candidate | None]) -> bool:
    """Return whether a way takes words of one of some places."""
    source = option.filled.source if option.filled else None
    return source is not None and source.start >= 0 and any(s is not None and s.overlaps(source) for s in places)


def _is_same(option: Option, other: Option) -> bool:
    one, two = option.filled, other.filled
    return one is not None and two is not None and str(one.value) == str(two.value)
