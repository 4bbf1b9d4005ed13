"""Several calls of one API, each told in a part of the instruction of its own.

`Las Meninas by Velázquez and The Night Watch by Rembrandt`: of several ways to part the words, that is meant whose
parts read best. Each is read with what is said for all of them and without the others, and should tell of one call.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from taskmatrix.mcfm.embedded.encoder.cross_encoder import Evidence
from taskmatrix.mcfm.embedded.instruction.segments import Place, meets, pieces, segments, sentences
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.repeating import MOST_CALLS, TELLING, is_same
from taskmatrix.mcfm.embedded.values.candidates import LITERALS, Candidate

LIKELY, LIKELIER = 1e-3, 0.05
"""A value must be at least as likely as one of these to be that of its part."""
MOST_READ, LONGEST = 24, 4_000
"""Parts that are read; characters of a text that is parted."""
LEFT = 0.5
"""What is left of how good the parts are for each value like theirs that no part takes."""
TYPED = LITERALS | {"name", "list"}
"""Kinds that show by their form: where one stands in a part, another one may stand in another part."""
_CLOSED = LITERALS - {"formula", "color", "id"}
_ALONE = TYPED - {"number", "percent", "formula", "list", "name"}
"""Of these kinds, what a part says takes the place of what is said for all parts."""

Read = Callable[[tuple[Place, ...]], tuple[PlannedCall, float] | None]
"""Parts of the text → the call that is told without them, and how likely another one is; None where the API does not
fit what is left."""
Places = Callable[[PlannedCall], Mapping[str, Place]]
"""Where the arguments of a call stand in the text, by parameter."""


@dataclass(frozen=True, slots=True)
class Dealt:
    """A call for each part of a text, and how well the parts read (0…1); no calls where there are not several."""

    calls: list[PlannedCall] = field(default_factory=list[PlannedCall])
    worth: float = 0.0


def deal(
    text: str,
    within: Place,
    evidence: Evidence,
    taken: Mapping[str, Place],
    values: Sequence[Candidate],
    read: Read,
    places: Places,
) -> Dealt:
    """Return a call for each part of `text[within]` that tells of one.

    `taken` are the places of what was read of all of it, by parameter; `values` are the typed values of the text.
    """
    best, seen, left = Dealt(), set[tuple[Place, ...]](), MOST_READ
    for rows in _ways(text, within, evidence, taken, values):
        if tuple(rows) in seen or not 1 < len(rows) <= min(left, MOST_CALLS):
            continue
        seen.add(tuple(rows))
        left -= len(rows)
        made = _told(rows, taken, values, read, places)
        made = replace(made, worth=made.worth * LEFT ** _left(made, within, taken, values, places))
        best = made if made.worth > best.worth else best
    return best


def _left(dealt: Dealt, within: Place, taken: Mapping[str, Place], values: Sequence[Candidate], places: Places) -> int:
    """How many values no call takes that are like one that is taken and stand in the words for nothing else."""
    own = {(v.start, v.end): _form(v) for v in values if v.kind in TELLING and _inside(within, [(v.start, v.end)])}
    forms = {own[place] for place in taken.values() if place in own}
    used = [place for call in dealt.calls for place in places(call).values()]
    return sum(form in forms and not meets(place, used) for place, form in own.items())


def told_elsewhere(
    text: str, within: Place, taken: Mapping[str, Sequence[Place]], values: Sequence[Candidate]
) -> Mapping[str, list[Place]]:
    """Return by name the parts of `text[within]` in which others take values and it takes none."""
    told = {f"{name} {n}": place for name, places in taken.items() for n, place in enumerate(places)}
    parts = pieces(text, within, _closed(values, told)) if within[1] - within[0] <= LONGEST else []
    homes = {
        name: {n for n, part in enumerate(parts) for p in places if part[0] <= p[0] < part[1]}
        for name, places in taken.items()
    }
    others = {name: set[int]().union(*(h for o, h in homes.items() if o != name)) for name in homes}
    return {name: [parts[n] for n in sorted(others[name] - mine)] for name, mine in homes.items()}


def _ways(
    text: str, within: Place, evidence: Evidence, taken: Mapping[str, Place], values: Sequence[Candidate]
) -> Iterator[Sequence[Place]]:
    """Ways to part the text: around the values of one parameter, the most and the first first; by its sentences."""
    if within[1] - within[0] > LONGEST:
        return
    closed, whole = _closed(values, taken), sentences(text, within)
    parts = pieces(text, within, closed)
    found: list[tuple[Place, ...]] = []
    for some, least, alone in ((values, LIKELY, True), (values, LIKELY, False), ((), LIKELIER, False)):
        columns = _columns(evidence, taken, parts, some, least, alone=alone)
        found += columns.values()
        for name, column in columns.items():
            home = next((s for s in whole if _inside(s, [taken[name]])), within)
            found.append(_inside(home, column))
    for anchors in sorted({*found}, key=lambda column: (-len(column), column)):
        rows = segments(text, within, closed, anchors)
        yield rows
        if rows:  # what the first one begins with may be said of it alone: `the height of A and the depth of B`
            first = next((part[0] for part in parts if part[0] <= rows[0][0] < part[1]), rows[0][0])
            yield [(first, rows[0][1]), *rows[1:]]
    held = [*taken.values(), *(place for column in found for place in column)]
    yield [s for s in whole if _inside(s, held)]


def _closed(values: Sequence[Candidate], taken: Mapping[str, Place]) -> list[Place]:
    """What is not parted: values that show by their form, and lists like one that is taken whole."""
    forms = {_form(v) for v in values if v.kind == "list" and (v.start, v.end) in taken.values()}
    return [(v.start, v.end) for v in values if v.kind in _CLOSED or (v.kind == "list" and _form(v) in forms)]


def _told(
    rows: Sequence[Place], taken: Mapping[str, Place], values: Sequence[Candidate], read: Read, places: Places
) -> Dealt:
    """The calls that the rows tell; nothing where one of them tells of none."""
    between = [(one[1], other[0]) for one, other in pairwise(rows)]
    found: list[PlannedCall] = []
    odds = 0.0
    for row in rows:
        others = [other for other in rows if other != row]
        told = read((*others, *between, *_replaced(row, rows, taken, values)))
        if told is None:
            return Dealt()
        call, more = told
        own = _inside(row, places(call).values())
        whole = own and not call.missing and not _is_doubled(call, values, places)
        if not whole or any(is_same(call, other) for other in found):
            return Dealt()
        odds += math.log(max((call.joint or 0.0) * (1 - more), 1e-9))
        found.append(call)
    return Dealt(found, math.exp(odds / len(rows)))


def _is_doubled(call: PlannedCall, values: Sequence[Candidate], places: Places) -> bool:
    """Whether a call takes one number twice: what it lacks is told in another part."""
    numbers = {(v.start, v.end) for v in values if v.kind == "number"}
    taken = [place for place in places(call).values() if place in numbers]
    return len({*taken}) < len(taken)


def _replaced(
    row: Place, rows: Sequence[Place], taken: Mapping[str, Place], values: Sequence[Candidate]
) -> list[Place]:
    """What is said for all rows, where this one says its own: `of SKU A in Rome and in Oslo, and SKU B in Oslo`."""
    own = {v.kind for v in values if row[0] <= v.start and v.end <= row[1]} & _ALONE
    shared = [p for p in taken.values() if not meets(p, rows)]
    return [p for p in shared if own & {v.kind for v in values if (v.start, v.end) == p}]


def _columns(
    evidence: Evidence,
    taken: Mapping[str, Place],
    parts: Sequence[Place],
    values: Sequence[Candidate],
    least: float,
    *,
    alone: bool,
) -> Mapping[str, tuple[Place, ...]]:
    """By parameter the likeliest place of its value in each part that has one, in order.

    `alone`: what the call takes for another parameter is no value of this one.
    """
    found: dict[str, tuple[Place, ...]] = {}
    for slot in evidence.slots:
        own = taken.get(slot.parameter.name)
        if own is None or slot.parameter.type in ("dict", "bool"):
            continue
        forms = {_form(v) for v in values if own[0] <= v.start and v.end == own[1] and v.kind in TYPED}
        likely = {(s.start, s.end): s.probability for s in slot.spans if s.probability >= least}
        alike = {(v.start, v.end): 0.0 for v in values if _form(v) in forms}
        others = [p for n, p in taken.items() if n != slot.parameter.name and alone]
        places = {p: chance for p, chance in (alike | likely).items() if not meets(p, others)} | {own: 2.0}
        column = tuple(min(some, key=lambda p: (-places[p], p)) for part in parts if (some := _inside(part, places)))
        if len(column) > 1:
            found[slot.parameter.name] = column
    return found


def _form(value: Candidate) -> tuple[str, str, bool, str]:
    """What values of one column have in common: their kind, and of numbers the unit, the sign and whether in words."""
    if value.kind == "list":
        return "list", f"{len(value.items)} {value.items[0].kind if value.items else ''}", False, ""
    number = value.kind == "number"
    sign = value.text[:1] if number and not value.text[:1].isalnum() else ""
    return value.kind, value.unit if number else "", number and value.text[-1:].isalpha(), sign


def _inside(part: Place, places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(p for p in places if part[0] <= p[0] and p[1] <= part[1])
