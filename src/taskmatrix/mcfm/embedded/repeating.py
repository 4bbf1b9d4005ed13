"""Several calls of one API: one for each item of a list, one for each value of a kind.

`the weather in Paris and Rome` is two calls, `2 and 3 copies of page 5 and 7` two with a pair of values each.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, asks
from taskmatrix.mcfm.embedded.instruction.language import stem
from taskmatrix.mcfm.embedded.instruction.segments import meets
from taskmatrix.mcfm.embedded.linking import points_back
from taskmatrix.mcfm.embedded.plan import Argument, PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import VERBATIM, Candidate
from taskmatrix.mcfm.embedded.values.codes import country, us_state

MOST_CALLS = 8
_SEARCHED = frozenset((stem("query"), stem("search")))
"""What is searched for in plain words is one thing: `play the fox and the hound`."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NUMBERS = frozenset("one two three four five six first second third fourth fifth sixth".split())
TELLING = VERBATIM | {"id", "formula"}
"""Kinds of values that somebody says only to have something done with them."""

Convert = Callable[[Candidate, ParameterView], JsonValue]
"""(item, parameter) → the value that it stands for, None where it stands for none."""


def span_of(argument: Argument) -> tuple[int, int] | None:
    """Return the place of an argument in the instruction; None for one that stands nowhere in it."""
    source = argument.source if isinstance(argument, Filled) else None
    return (source.start, source.end) if source is not None and source.start >= 0 else None


def places_of(call: PlannedCall) -> dict[str, tuple[int, int]]:
    """Return the places in the instruction that the arguments of a call were read from, by parameter."""
    return {n: s for n, a in call.arguments.items() if (s := span_of(a)) is not None}


def moved(value: Candidate, by: int) -> Candidate:
    """Return a value with its places moved; one that would begin before the text has none."""
    at = value.start + by
    start, end = (at, value.end + by) if at >= 0 else (-1, -1)
    return replace(value, start=start, end=end, items=tuple(moved(i, by) for i in value.items))


def placed(filled: Filled, by: int) -> Filled:
    """Return an argument with its place moved; what would begin before the text has none."""
    source = filled.source
    if source is None or source.start < 0:
        return filled
    return Filled(filled.value, moved(replace(source, items=()), by), filled.confidence)


def is_same(one: PlannedCall, other: PlannedCall) -> bool:
    """Whether a call gives its API the same values as another, or only some of them, from the same words."""

    def values(call: PlannedCall) -> dict[str, object]:
        return {n: a.value for n, a in call.arguments.items() if isinstance(a, Filled)}

    own, others = values(one), values(other)
    if one.view is not other.view or not own.items() <= others.items():
        return False
    places = places_of(one)
    return len(own) == len(others) or (bool(places) and places.items() <= places_of(other).items())


def spread(call: PlannedCall, lists: Sequence[Candidate], convert: Convert, *, likely: bool) -> list[PlannedCall]:
    """Return one call for each item where lists stand in the place of single values; none where they do not.

    Several lists of one length go together, item by item; all else is shared. `likely`: whether more than one call is
    likely. Without that only lists that go together are taken apart.
    """
    places = places_of(call)
    found = {n: v for n, s in places.items() if (v := _list_of(call, n, s, lists)) is not None}
    columns: dict[str, Candidate] = {}
    for name, values in found.items():
        others = [s for n, s in places.items() if n != name and n not in found]
        others += [(v.start, v.end) for n, v in found.items() if n != name]
        if not any(i.start < o[1] and o[0] < i.end for i in values.items for o in others):
            columns[name] = values
    for values in list(columns.values()):
        columns |= _amounts(call, values, places)
    for first in columns.values():
        together = {n: v for n, v in columns.items() if len(v.items) == len(first.items)}
        if not likely and len(together) < 2:
            continue
        rows = [_converted(call, n, v, convert) for n, v in together.items()]
        if all(row and len(set(map(repr, row))) == len(row) for row in rows[:1]) and all(rows):
            return [
                _with(call, {n: (row[i], v.items[i]) for (n, v), row in zip(together.items(), rows, strict=True)})
                for i in range(len(first.items))
            ]
    return []


def _amounts(call: PlannedCall, values: Candidate, places: Mapping[str, tuple[int, int]]) -> dict[str, Candidate]:
    """The numbers before the items of a list, by the parameter that takes the first: `21 PLN, 64 CZK and 9 RON`."""
    first, *others = values.items
    numbers = [_NUMBER.match(item.text) for item in others]
    for parameter in (p for p in call.view.parameters if p.type in ("int", "float") and p.name in places):
        start, end = places[parameter.name]
        if first.start - 1 <= end <= first.start and all(numbers):
            items = [replace(first, start=start, end=end)]
            items += [replace(i, end=i.start + m.end(), text=m[0]) for i, m in zip(others, numbers, strict=True) if m]
            return {parameter.name: replace(values, start=start, items=tuple(items))}
    return {}


def in_sequence(call: PlannedCall, lists: Sequence[Candidate], convert: Convert) -> None:
    """Give the items of a list to parameters that are numbered alike, in place: `the sides 3, 4 and 5`.

    There must be as many of them as items, and one of them must have been read as an item.
    """
    places = places_of(call)
    lists_taken = [places[p.name] for p in call.view.parameters if p.type == "list" and p.name in places]
    for values in lists:
        spans = [(item.start, item.end) for item in values.items]
        held = [n for n, place in places.items() if place in spans]
        if any(place not in spans and meets(place, spans) for place in lists_taken):
            continue  # a list that goes beyond the items
        family = _numbered_alike(call, held[0]) if held else []
        if len(family) < 2 or len(family) != len(spans) or len({*spans}) < len(spans) or not {*held} <= {*family}:
            continue
        row = list(zip(family, values.items, strict=True))
        made = [convert(item, p) if (p := call.view.parameter(n)) else None for n, item in row]
        if None not in made:
            sure = [a.confidence for n in held if isinstance(a := call.arguments[n], Filled)]
            for (name, item), value in zip(row, made, strict=True):
                call.arguments[name] = Filled(value, item, min(sure))
            call.missing = tuple(name for name in call.missing if name not in family)
            if call.doubt is not None and call.doubt.parameter in family:
                call.doubt = None  # the order says which is which


def _numbered_alike(call: PlannedCall, name: str) -> list[str]:
    """The parameters of one type whose names differ in a number or a letter only: `side1`, `side2`; `a`, `b`, `c`."""
    kinds = {p.name: (p.type, *_without_number(p.name)) for p in call.view.parameters}
    numbered = name in kinds and len(kinds[name]) - 1 < len(names.words(name))
    return [n for n, kind in kinds.items() if kind == kinds[name]] if numbered else []


def _without_number(name: str) -> list[str]:
    return [word for word in names.words(name) if word not in _NUMBERS and len(word) > 1 and not word.isdigit()]


def _list_of(call: PlannedCall, name: str, place: tuple[int, int], lists: Sequence[Candidate]) -> Candidate | None:
    """The list that a single value stands in, or that stands in its place."""
    parameter = call.view.parameter(name)
    if parameter is None or parameter.type in ("list", "dict", "bool"):
        return None
    searched = bool({*parameter.name_stems} & _SEARCHED)
    for values in (v for v in lists if not (searched and any(i.kind == "phrase" for i in v.items))):
        whole = place == (values.start, values.end) or _is_several(place, values.items)
        regions = [bool(country(item.text) or us_state(item.text)) for item in values.items]
        if any(regions) and not all(regions):
            continue  # a town with its country or state: `Rome, Italy`
        if whole and len({(i.start, i.end) for i in values.items}) == len(values.items):
            return values
    return None


def _is_several(place: tuple[int, int], items: Sequence[Candidate]) -> bool:
    """Whether a place holds one or more whole items, and not a town with its country or state: `Rome, Italy`."""
    held = [item for item in items if place[0] <= item.start and item.end <= place[1]]
    exact = bool(held) and place == (held[0].start, held[-1].end)
    return exact and not any(country(item.text) or us_state(item.text) for item in held[1:])


def _converted(call: PlannedCall, name: str, values: Candidate, convert: Convert) -> list[JsonValue]:
    parameter = call.view.parameter(name)
    found = [convert(item, parameter) for item in values.items] if parameter is not None else []
    return [] if None in found else found


def _with(call: PlannedCall, items: Mapping[str, tuple[JsonValue, Candidate]]) -> PlannedCall:
    arguments = dict(call.arguments)
    for name, (value, item) in items.items():
        known = call.arguments[name]
        arguments[name] = Filled(value, item, known.confidence if isinstance(known, Filled) else 1.0)
    return replace(call, arguments=arguments, place=min(i.start for _, i in items.values()), doubt=None)


def in_order(calls: Sequence[PlannedCall]) -> None:
    """Deal the values of several calls of one API out in the order of the text, in place.

    Where every call has its own value of a parameter, the first call takes the first of them, the second the second.
    """
    if len(calls) < 2:
        return
    for name in calls[0].arguments:
        given = [call.arguments[name] for call in calls if name in call.arguments]
        places = [span_of(argument) for argument in given]
        if None in places or len(set(places)) < len(calls):
            continue
        for call, (_, argument) in zip(calls, sorted(zip(places, given, strict=True), key=_start), strict=True):
            call.arguments[name] = argument
    for call in calls:
        call.place = min((start for start, _ in places_of(call).values()), default=call.place)


def _start(placed: tuple[tuple[int, int] | None, Argument]) -> int:
    return placed[0][0] if placed[0] is not None else -1


def left_over(
    call: PlannedCall, values: Sequence[Candidate], taken: Sequence[tuple[int, int]], base: int, *, likely: bool
) -> dict[str, list[tuple[int, int]]]:
    """Return, by parameter, the places of values that no call takes and that are of the kind it takes here.

    Only kinds that are said for nothing else count, or all where another call is `likely`. `values` begin at `base`.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    here = [(v.start - base, v.end - base, v.kind) for v in values if v.start >= base and v.kind != "list"]
    for name, argument in call.arguments.items():
        place = span_of(argument)
        kinds = {k for start, end, k in here if place and start <= place[0] and place[1] <= end <= place[1] + 1}
        kinds = kinds - {"phrase"} if likely else kinds & TELLING
        twins = [(start, end) for start, end, kind in here if kind in kinds]
        twins = [t for t in twins if not meets(t, taken)]
        if place and twins:
            found[name] = twins
    return found


def stay_home(
    call: PlannedCall, before: Sequence[PlannedCall], clauses: Sequence[Clause], step: Callable[[int], int]
) -> None:
    """Leave out what a call need not have and that stands in the clause of an earlier call of its API."""
    if not before:
        return
    theirs = {s for c in before for s in places_of(c).values()}
    spans = places_of(call)
    home = {step(s[0]) for s in spans.values() if s not in theirs}
    own = [c for i, c in enumerate(clauses, 1) if i in home]
    if any(not asks(c) or points_back(c) for c in own):
        return  # `… and also in Rome`, `then the same for Rome`: it goes on from the clause before
    for name, span in spans.items():
        parameter = call.view.parameter(name)
        optional = parameter is not None and not parameter.required
        if optional and home and span in theirs and step(span[0]) not in home:
            del call.arguments[name]
