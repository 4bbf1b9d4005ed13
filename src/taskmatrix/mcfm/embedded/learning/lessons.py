"""From examples to rows for the classifiers: which APIs a unit asks for, and what each of their parameters is given.

What a parameter is given is one of: left out, words of the unit, a value by name, the same as a parameter of an
earlier call, the result of an earlier call. Several may be right at once; the classifier finds what explains most.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.instruction.language import stem
from taskmatrix.mcfm.embedded.learning.classifying import Labelled
from taskmatrix.mcfm.embedded.learning.examples import Example, RightCall
from taskmatrix.mcfm.embedded.learning.meaning import meaning
from taskmatrix.mcfm.embedded.learning.roles import VALUE, Roles, constant, is_said, role, roles_of, said_at
from taskmatrix.mcfm.embedded.learning.saying import Text
from taskmatrix.mcfm.embedded.learning.tagging import tag_model, tag_rows
from taskmatrix.mcfm.embedded.learning.units import (
    Names,
    Unit,
    compact,
    links,
    masked,
    named_as,
    steps,
    whole,
    words_of,
)

if TYPE_CHECKING:
    import numpy as np

Meant = Callable[[Unit], "np.ndarray | None"]
OMITTED, SAID = "@omit", "@said"
COPY, RESULT = "@copy ", "@result "
MOST_CONTRASTS, WEIGHT_OF_CONTRASTS = 300, 3
OFTEN = 3
"""A value that stands in the words is also remembered by name once so many examples have it."""


@dataclass(frozen=True, slots=True)
class Past:
    """A call before, as far as arguments are known."""

    api: str
    values: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


@dataclass(frozen=True, slots=True)
class Lesson:
    """A row of a classifier with the unit it comes from; `model` names the classifier."""

    model: str
    row: Labelled
    unit: int
    example: int
    is_extra: bool = False
    """It teaches, but is not measured."""


@dataclass(slots=True)
class Lessons:
    """All rows of some examples, and the units that they are about with their tags."""

    rows: list[Lesson] = field(default_factory=list[Lesson])
    units: list[Unit] = field(default_factory=list[Unit])
    tags: list[list[str]] = field(default_factory=list[list[str]])


def apis_model(unit: Unit) -> str:
    """The name of the classifier that says which APIs a unit asks for."""
    return "apis step" if unit.is_step else "apis whole"


def program_class(apis: Sequence[str]) -> str:
    """The class of a program: its APIs in order."""
    return "|".join(apis)


def units_of(example: Example) -> list[tuple[Unit, tuple[RightCall, ...]]]:
    """Return the units of an example with their calls: the steps, where there is one for each call."""
    if example.outline and len(example.outline) == len(example.calls):
        return [(u, (c,)) for u, c in zip(steps(example.instruction, example.outline), example.calls, strict=True)]
    return [(whole(example.instruction, example.turns), example.calls)]


def apis_features(unit: Unit, before: Sequence[str]) -> tuple[str, ...]:
    """Features for choosing the APIs of a unit; `before` are those already called."""
    if not unit.is_step:
        return unit.features
    last = [*["<none>"] * 2, *before][-2:]
    return (*unit.features, f"a:{last[1]}", f"aa:{last[0]} {last[1]}")


def argument_features(unit: Unit, api: str, place: int, many: int, past: Sequence[Past]) -> tuple[str, ...]:
    """Features for choosing what a parameter is given, in call `place` of `many` of the unit."""
    found = [*unit.features, f"A:{api}"]
    if many > 1:
        found += [f"k:{place}", *(f"k{place}:{w}" for w in unit.words)]
    for back, call in enumerate(reversed(past[-2:])):
        found += [f"v{back}:{call.api}.{n}={json.dumps(v, sort_keys=True)[:60]}" for n, v in call.values.items()]
    return tuple(found)


def given_feature(name: str, given: str) -> str:
    """Return what a parameter was given as a feature for those after it: of a call they hang together."""
    return f"g:{name} {given}"


def copies(past: Sequence[Past]) -> dict[str, JsonValue]:
    """Return the classes that repeat an argument of the latest call of each earlier API, and their values."""
    return {f"{COPY}{call.api}.{n}": v for call in past for n, v in call.values.items()}


def results(past: Sequence[Past]) -> set[str]:
    """Return the classes that take the result of an earlier call."""
    return {f"{RESULT}{call.api}" for call in past}


@lru_cache(maxsize=128)
def names_of(classes: tuple[str, ...]) -> Names:
    """Return the names of the classes that are texts by name."""
    return named_as({c: compact(c[2:-1]) for c in classes if c.startswith(f'{VALUE}"')})


def evidence(unit: Unit, names: Names, same: Mapping[str, JsonValue]) -> dict[str, list[int]]:
    """Return what speaks for classes: names among the words, and (kind 5) what a copy would repeat."""
    found = links(unit, names)
    for value in same.values():
        found.setdefault(constant(value), []).append(5)
    return found


@lru_cache(maxsize=64)
def _name_stems(classes: tuple[str, ...]) -> dict[str, tuple[frozenset[str], ...]]:
    """The stems of the names in each program class, without words that nearly all names of many hold."""
    apis = {api for c in classes for api in c.split("|") if api}
    stems = {api: frozenset(stem(w) for w in names.words(api.rpartition(".")[2])) for api in apis}
    counts = Counter(s for found in stems.values() for s in found)
    hollow = {s for s, n in counts.items() if len(apis) >= 5 and n >= 0.8 * len(apis)}
    return {c: tuple(stems[a] - hollow for a in c.split("|") if a) for c in classes}


def named(unit: Unit, classes: tuple[str, ...]) -> dict[str, list[int]]:
    """Return the program classes whose APIs' names the words say. Kinds: 0 all words of them, 1 half, 2 some."""
    said = {w[2:] for w in unit.words if w.startswith("w:")}
    found: dict[str, list[int]] = {}
    for label, parts in _name_stems(classes).items():
        shares = [len(part & said) / len(part) for part in parts if part]
        least = min(shares, default=0.0)
        kinds = [kind for kind, enough in enumerate((1.0, 0.5, 0.01)) if least >= enough]
        if kinds:
            found[label] = kinds
    return found


def make_lessons(
    examples: Sequence[Example], documents: Mapping[str, ApiDocument], *, with_meaning: bool = True
) -> Lessons:
    """Return the rows of all examples, and of the documents that stand against them.

    Without the meaning of instructions, which takes milliseconds each, rows have words only.
    """
    meant = meaning if with_meaning else _without
    named: dict[str, set[str]] = defaultdict(set)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        for call in example.calls:
            named[call.api].update(call.arguments)
            for name, accepted in call.arguments.items():
                counts[role(call.api, name)].update({constant(value) for value in accepted})
    for api in named:
        # What no example gives is left out, as far as these go.
        named[api].update(p.name for p in (documents[api].parameters if api in documents else ()))
    roles = roles_of(examples)
    words = Counter(w.stem for example in examples for w in words_of(example.instruction))
    rare = frozenset(w for w, n in words.items() if n < OFTEN)
    made = Lessons()
    for index, example in enumerate(examples):
        _add(made, index, example, named, counts, meant, roles)
        _tag(made, index, example, roles, rare)
    made.rows += contrasts(documents, meant)
    _bar(made)
    _name(made)
    return made


def _tag(made: Lessons, index: int, example: Example, roles: Roles, rare: frozenset[str]) -> None:
    """Add which words each parameter is given that takes what is said."""
    at = len(made.units) - 1
    if not example.calls or made.units[at].is_step:
        return
    text = Text(example.instruction)
    for call in example.calls:
        given: dict[str, tuple[int, int]] = {}
        for name, accepted in call.arguments.items():
            if role(call.api, name) not in roles.open | roles.numbers | roles.closed:
                continue
            places = [s for v in accepted for s in said_at(v, text)]
            free = [s for s in places if not any(s[0] < e and b < s[1] for b, e in given.values())]
            given |= {name: free[0]} if free else {}
        rows = tag_rows(
            example.instruction, call.api, given, rare, {n for n in given if role(call.api, n) in roles.open}
        )
        made.rows += [Lesson(tag_model(call.api), row, at, index, is_extra=True) for row in rows]


def _name(made: Lessons) -> None:
    """Add to each row that chooses APIs which names its words say."""
    for model in ("apis whole", "apis step"):
        classes = tuple(sorted({c for r in made.rows if r.model == model for c in r.row.right}))
        for n, lesson in enumerate(made.rows):
            if lesson.model == model:
                unit = Unit("", tuple(lesson.row.features), ()) if lesson.unit < 0 else made.units[lesson.unit]
                made.rows[n] = replace(lesson, row=replace(lesson.row, links=named(unit, classes)))


def contrasts(documents: Mapping[str, ApiDocument], meant: Meant) -> list[Lesson]:
    """Return rows in which each API is asked for in the words of its own document."""
    found: list[Lesson] = []
    for api, document in list(documents.items())[:MOST_CONTRASTS]:
        unit = whole(f"{' '.join(names.words(document.name))}. {document.description[:200]}")
        row = Lesson(
            apis_model(unit), Labelled(unit.features, frozenset((api,)), vector=meant(unit)), -1, -1, is_extra=True
        )
        found += [row] * WEIGHT_OF_CONTRASTS
    return found


def _add(
    made: Lessons,
    index: int,
    example: Example,
    named: Mapping[str, set[str]],
    counts: Mapping[str, Counter[str]],
    meant: Meant,
    roles: Roles,
) -> None:
    past: list[Past] = []
    ids: dict[str, str] = {}
    for unit, calls in units_of(example):
        at = len(made.units)
        made.units.append(unit)
        label = program_class([c.api for c in calls])
        tags = [apis_model(unit), f"program {label}", *(f"calls {c.api}" for c in calls)]
        row = Labelled(apis_features(unit, [p.api for p in past]), frozenset((label,)), vector=meant(unit))
        made.rows.append(Lesson(apis_model(unit), row, at, index))
        made.rows += _without_values(made.rows[-1], calls)
        text = Text(unit.text if unit.is_step else "\n".join([*(t.text for t in example.turns), unit.text]))
        for place, call in enumerate(calls):
            features = argument_features(unit, call.api, place, len(calls), past)
            same = copies(past)
            given: list[str] = []
            opened = replace(
                call, arguments={n: v for n, v in call.arguments.items() if role(call.api, n) in roles.open}
            )
            for name in sorted(named[call.api]):
                key = role(call.api, name)
                right = _right(call.arguments.get(name), text, counts[key], same, ids, is_closed=key in roles.closed)
                row = Labelled(
                    (*features, *given),
                    frozenset(right),
                    frozenset({*same, *results(past)}),
                    evidence(unit, names_of(tuple(counts[key])), same),
                    meant(unit),
                )
                made.rows.append(Lesson(key, row, at, index))
                if opened.arguments:
                    made.rows += _without_values(_unknown(made.rows[-1], key in roles.open), [opened])
                given.append(given_feature(name, next(iter(sorted(right)))))
                tags += [key, f"{key} {call.api}"]
            past.append(Past(call.api, {n: v[0] for n, v in call.arguments.items() if not _is_result(v[0])}))
            ids[call.id] = call.api
        made.tags.append(tags)


def _without(unit: Unit) -> None:
    return None


def _unknown(lesson: Lesson, is_open: bool) -> Lesson:
    """The row as it is where the words say a value that no example has, such as the name of another room."""
    if not is_open:
        return lesson
    right = frozenset((SAID,)) if SAID in lesson.row.right else lesson.row.right
    return replace(lesson, row=replace(lesson.row, right=right, links={}))


def _without_values(lesson: Lesson, calls: Sequence[RightCall]) -> list[Lesson]:
    """The same row without the words of its values: what is meant must not hang on which lamp or room it is."""
    values = [v for c in calls for accepted in c.arguments.values() for v in accepted]
    stems = {s for v in values if isinstance(v, str) for s in masked(v)}
    kept = tuple(f for f in lesson.row.features if not stems & set(f.partition(":")[2].split("_")))
    if not calls or len(kept) in (0, len(lesson.row.features)):
        return []
    return [replace(lesson, row=replace(lesson.row, features=kept), is_extra=True)]


def signature(example: Example) -> str:
    """What an example's values are that stand for a kind of case, without its APIs: the texts among them."""
    values = {v for c in example.calls for accepted in c.arguments.values() for v in accepted if isinstance(v, str)}
    spoken = "".join(ch for ch in example.instruction.lower() if ch.isalnum())
    return " ".join(sorted(v for v in values if compact(v) not in spoken))


def _bar(made: Lessons) -> None:
    """Exclude from each row the copies and results that were not there to take (until now: those that were)."""
    every: dict[str, set[str]] = defaultdict(set)
    for lesson in made.rows:
        every[lesson.model].update(c for c in lesson.row.right if c.startswith((COPY, RESULT)))
    for n, lesson in enumerate(made.rows):
        absent = frozenset(every[lesson.model] - lesson.row.excluded)
        made.rows[n] = replace(lesson, row=replace(lesson.row, excluded=absent))


def _right(
    accepted: Sequence[JsonValue] | None,
    text: Text,
    counts: Counter[str],
    same: Mapping[str, JsonValue],
    ids: Mapping[str, str],
    *,
    is_closed: bool,
) -> set[str]:
    if not accepted:
        return {OMITTED}
    found: set[str] = set()
    for value in accepted:
        if _is_result(value) and isinstance(value, dict):
            found.add(f"{RESULT}{ids.get(str(value['$ref']), '')}")
            continue
        found.update(copy for copy, known in same.items() if known == value)
        said = not is_closed and is_said(value, text)
        if said:
            found.add(SAID)
        if not said or counts[constant(value)] >= OFTEN:
            found.add(constant(value))
    return found


def _is_result(value: JsonValue) -> bool:
    return isinstance(value, dict) and "$ref" in value
