"""Instructions with several calls as the embedded MCFM reads them once more: with blanks where others are told.

`mcfm/embedded/dealing` says how the text is parted there. Here the gold values say which way is right.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from taskmatrix.mcfm.embedded.dealing import told_elsewhere
from taskmatrix.mcfm.embedded.instruction.segments import Place, meets, segments
from taskmatrix.mcfm.embedded.learning.aligning import Target
from taskmatrix.mcfm.embedded.values.candidates import Candidate

Told = Mapping[str, Target]
"""What a call gives each of its parameters."""


def parts_of_others(text: str, calls: Sequence[Told]) -> list[tuple[Place, ...]]:
    """Return what to leave out for each of several calls of one API, which stand in the order of the text.

    Empty where no parameter has a value for each call around which the text could be parted, so that the other values
    of a call stand in its own part or outside of all.
    """
    places = [{name: t.spans[0] for name, t in told.items() if len(t.spans) == 1} for told in calls]
    for name in places[0]:
        anchors = [own[name] for own in places if name in own]
        if len(anchors) < len(calls) or any(b[0] < a[1] for a, b in pairwise(anchors)):
            continue
        rows = segments(text, (0, len(text)), (), anchors)
        if rows and all(_in_order(own.values(), row, rows) for own, row in zip(places, rows, strict=True)):
            between = [(a[1], b[0]) for a, b in pairwise(rows)]
            return [(*(other for other in rows if other != row), *between) for row in rows]
    return []


def parts_of_other_apis(
    text: str, calls: Mapping[str, Sequence[Told]], values: Sequence[Candidate]
) -> Mapping[str, Sequence[Place]]:
    """Return by API the parts in which only others take values."""
    taken = {
        api: [t.spans[0] for told in some for t in told.values() if len(t.spans) == 1] for api, some in calls.items()
    }
    return told_elsewhere(text, (0, len(text)), taken, values) if all(taken.values()) else {}


def _in_order(places: Collection[Place], row: Place, rows: Sequence[Place]) -> bool:
    """Whether each place is inside its row or outside of all."""
    return all((row[0] <= p[0] and p[1] <= row[1]) or not meets(p, rows) for p in places)
