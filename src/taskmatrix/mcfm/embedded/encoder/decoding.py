"""From what the cross-encoder says of one API to its arguments: the likeliest that fit together, n-best.

A value must convert to the parameter's type, a required parameter is not left out for nothing, and two parameters
seldom take the same words. Within these limits a small beam keeps the likeliest combinations.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.encoder.borrowing import Borrowing
from taskmatrix.mcfm.embedded.encoder.choices import more_likely, said_choice
from taskmatrix.mcfm.embedded.encoder.cross_encoder import (
    CHOICE,
    FALSE,
    OMIT,
    OTHER,
    RESULT,
    SPAN,
    TRUE,
    Evidence,
    Slot,
    Span,
)
from taskmatrix.mcfm.embedded.encoder.denying import denied_values
from taskmatrix.mcfm.embedded.encoder.limits import bound_of, said_bound, stated_bounds
from taskmatrix.mcfm.embedded.encoder.options import Option, conflict, is_in
from taskmatrix.mcfm.embedded.encoder.stating import (
    STATED,
    Convert,
    is_no_number,
    stated_values,
    unit_owners,
    without_earlier_moments,
)
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems, tokenize
from taskmatrix.mcfm.embedded.values.amounts import asked_units
from taskmatrix.mcfm.embedded.values.candidates import Candidate, said_in_words
from taskmatrix.mcfm.embedded.values.converting import takes_moments
from taskmatrix.mcfm.embedded.values.halves import Half, half_of, takers_of_halves
from taskmatrix.mcfm.embedded.values.measuring import read_quantity
from taskmatrix.mcfm.embedded.values.numerals import read_number
from taskmatrix.mcfm.embedded.values.told_numbers import said_number

_IN_PARTS = frozenset(("date", "time", "name", "number"))
_CLOSED = frozenset(("quote", "date", "time", "number", "percent", "url", "email", "path", "id", "formula"))

BEAM, OPTIONS, TRIED = 8, 8, 6
SAID = 10.0
"""A choice whose very words are said, or the unit of a number, is meant this much more often than the model thinks."""
DOUBTED = 0.1
"""That a required value stands nowhere counts this much where the model does not even think it likely."""
NEARLY = 0.25
"""A name is taken whole where that is at least this much as likely as a part of it."""
AWAY = 0.03
"""What is left of a likelihood where another parameter is named after the unit that was said, and of a number where a
unit, a city or the like is wanted."""
QUANTITY = 40
"""Characters in which a number and its unit are looked for."""
LISTED = 0.3
"""Choices of a list are all taken that are this much as likely as the likeliest: each of `k` has a share of 1 / k."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """One reading of a call: what each parameter is given, and the probability of all of it together."""

    filled: Mapping[str, Filled] = field(default_factory=dict[str, Filled])
    from_results: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    probability: float = 1.0

    @property
    def chances(self) -> dict[tuple[int, int], float]:
        """Where the values stand, and how likely each is."""
        placed = [(f.source, f.confidence) for f in self.filled.values() if f.source and f.source.start >= 0]
        return {(source.start, source.end): chance for source, chance in placed}

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where the values stand."""
        return [(f.source.start, f.source.end) for f in self.filled.values() if f.source and f.source.start >= 0]


Shared = tuple[int, int, float]
"""A stretch `start:end` that a call of another API takes, and what it costs (a log probability) to take it too."""

Blend = Callable[[ParameterView, Sequence[Option]], list[Option]]
"""(parameter, the ways to fill it) → the ways with what examples say of it; none: they say nothing."""


def decode(
    evidence: Evidence,
    text: str,
    convert: Convert,
    *,
    has_results: bool = False,
    blend: Blend | None = None,
    values: Sequence[Candidate] = (),
    shared: Sequence[Shared] = (),
    within: tuple[int, int] | None = None,
) -> list[Arguments]:
    """Return readings of one call, the likeliest first; there is at least one.

    `values` are the typed values of the text: a span that holds a part of one is taken to mean all of it. `shared` is
    what calls of other APIs take. `within` is where the instruction stands in the text, by default all of it.
    """
    beams: list[tuple[float, tuple[Option, ...]]] = [(0.0, ())]
    order = sorted(evidence.slots, key=lambda s: -max(s.kinds))
    owners = unit_owners([s.parameter for s in evidence.slots])
    within = within or (0, len(text))
    convert = without_earlier_moments(convert, text, within)
    parameters = [s.parameter for s in evidence.slots]
    stated = denied_values(parameters, text, within) | stated_values(parameters, text, values, within, convert)
    stated |= stated_bounds(evidence.slots, text, within, convert)
    # What is said for certain is not for examples to say: `half a minute` is 30 seconds, and no minutes.
    owned = {name for takers in owners.values() for name in takers}
    settled = {*stated, *(owned if owned & {*stated} else ())}
    if owners:  # `1 hour and 15 minutes` is taken in parts
        values = [v for v in values if not said_in_words(v)]
    halves = takers_of_halves(parameters)
    for slot in order:
        half = halves.get(slot.parameter.name)
        read, near = (slot, values) if half is None else _in_half(slot, values, text, half)
        options = _options(read, text, convert, has_results, near, owners)
        options = _as_meant(options, slot, text, within)
        options = _as_stated(options, slot, stated, owned if slot.parameter.name in owned else set())
        if blend is not None and slot.parameter.name not in settled:
            options = blend(slot.parameter, options)[:OPTIONS] or options
        grown = [
            (score + math.log(max(o.probability, 1e-9)) + conflict(o, taken) + _sharing(o, shared), (*taken, o))
            for score, taken in beams
            for o in options
        ]
        beams = sorted(grown, key=lambda b: -b[0])[:BEAM]
    # What is shared says which reading is meant, not how sure it is.
    made = [_arguments(evidence, t, math.exp(score - sum(_sharing(o, shared) for o in t))) for score, t in beams]
    borrowing = Borrowing(parameters, text, within)
    return [replace(arguments, filled=borrowing.without(arguments.filled)) for arguments in made]


def _at_home(option: Option, owners: Mapping[str, Sequence[str]], text: str) -> Option:
    """The option, by the unit in its words: likely if this parameter alone is named after it, hardly if another is."""
    source = option.filled.source if option.filled else None
    if not owners or source is None or source.start < 0 or not asked_units(option.parameter):
        return option
    quantity = read_quantity(text[source.start : source.start + QUANTITY])
    named = owners.get(quantity.unit, ()) if quantity is not None else ()
    if not named:
        return option
    alone = SAID if len(named) == 1 else 1.0
    return replace(option, probability=option.probability * (alone if option.parameter.name in named else AWAY))


def _within_bounds(options: list[Option], text: str) -> list[Option]:
    """The options, by the words around their numbers: `over 20` is no maximum, and likely a minimum."""
    bound = bound_of(options[0].parameter) if options else ""
    if not bound:
        return options
    found: list[Option] = []
    lost = 0.0
    for option in options:
        source = option.filled.source if option.filled else None
        said = said_bound(text, source.start, source.end) if source is not None and source.start >= 0 else ""
        chance = option.probability * (SAID if said == bound else AWAY if said else 1.0)
        lost += max(0.0, option.probability - chance)
        found.append(replace(option, probability=chance))
    return [replace(o, probability=o.probability + lost) if o.filled is None else o for o in found]


def _options(
    slot: Slot,
    text: str,
    convert: Convert,
    has_results: bool,
    values: Sequence[Candidate],
    owners: Mapping[str, Sequence[str]],
) -> list[Option]:
    """The ways to fill one parameter, by probability; those that cannot be are left out and the rest scaled up."""
    parameter, kinds = slot.parameter, slot.kinds
    found: list[Option] = []
    if not parameter.required:
        found.append(Option(parameter, OMIT, kinds[OMIT] + 0.5 * kinds[OTHER]))
    else:
        # A required value that stands nowhere is asked for, or has a default.
        nowhere = kinds[OTHER] + kinds[OMIT]
        found.append(Option(parameter, OTHER, max(nowhere if nowhere > 0.5 else DOUBTED * nowhere, 1e-4)))
    if parameter.type == "bool":
        for kind, value in ((TRUE, True), (FALSE, False)):
            found.append(Option(parameter, kind, kinds[kind], _named(value, kinds[kind])))
    else:
        said = said_choice(slot, text) if parameter.type != "list" else None
        if said is not None:
            kinds = tuple(p * SAID if kind == CHOICE else p for kind, p in enumerate(kinds))
            slot = replace(slot, kinds=kinds, choices=more_likely(slot.choices, said, SAID))
        found += _together([*(_chosen(slot, text) if parameter.choices else []), *_spans(slot, text, convert, values)])
    if has_results and parameter.type != "bool":
        found.append(Option(parameter, RESULT, kinds[RESULT]))
    found = _within_bounds([_at_home(o, owners, text) for o in found], text)
    total = sum(o.probability for o in found)
    scaled = [_scaled(o, total) for o in found if total > 0]
    return sorted(scaled, key=lambda o: -o.probability)[:OPTIONS]


def _as_meant(options: list[Option], slot: Slot, text: str, within: tuple[int, int]) -> list[Option]:
    """The options, where words say what the document has a number for: that one, unless a number is said.

    `0 means nonstop only` and `a nonstop flight`.
    """
    parameter = slot.parameter
    found = said_number(parameter, text, within)
    if found is None or (options and options[0].kind == SPAN):
        return options
    value, source = found
    chance = max(STATED * (1 - slot.kinds[SPAN]), 0.5)
    best = Option(parameter, SPAN, chance, Filled(value, source, chance))
    return [best, *(_scaled(o, 1 / (1 - chance)) for o in options)]


def _as_stated(
    options: list[Option], slot: Slot, stated: Mapping[str, Filled], owned: Collection[str]
) -> list[Option]:
    """The options, where the words say for certain which it is: that one, and hardly another.

    Of the parameters that share one length of time (`owned`) those without a part of it are left out. A number that
    says what another parameter counts is hardly taken.
    """
    known = stated.get(slot.parameter.name)
    if known is None:
        lengths = [stated[name].source for name in owned if name in stated]
        if any(is_in(o, lengths) for o in options):
            options = [replace(o, probability=max(o.probability, STATED)) if o.kind == OMIT else o for o in options]
        numbers = [f.source for f in stated.values() if f.source and f.source.kind == "number"]
        away = [*lengths, *numbers]
        return [replace(o, probability=o.probability * AWAY) if is_in(o, away) else o for o in options]
    chance = max([known.confidence, *(o.probability for o in options if o.filled and o.filled.value == known.value)])
    others = [o for o in options if o.filled is None or o.filled.value != known.value]
    best = Option(slot.parameter, SPAN, chance, replace(known, confidence=chance))
    return [best, *(_scaled(o, 1 / (1 - chance)) for o in others if chance < 1)]


def _scaled(option: Option, total: float) -> Option:
    chance = option.probability / total
    filled = option.filled and Filled(option.filled.value, option.filled.source, chance)
    return Option(option.parameter, option.kind, chance, filled)


def _chosen(slot: Slot, text: str) -> list[Option]:
    parameter, found = slot.parameter, list[Option]()
    share = slot.kinds[CHOICE]
    if parameter.type == "list":
        least = LISTED * max((p for _, p in slot.choices), default=0.0)
        said = {t.stem: t.start for t in reversed(tokenize(text))}
        taken = sorted((_place(parameter.choices[i], said), i) for i, p in slot.choices if p >= least)
        values = [parameter.choices[i] for _, i in taken]
        return [Option(parameter, CHOICE, share, _named(values, share))] if values else []
    for index, chance in slot.choices[:3]:
        found.append(Option(parameter, CHOICE, share * chance, _named(parameter.choices[index], share * chance)))
    return found


def _place(choice: JsonValue, said: Mapping[str, int]) -> float:
    """Where the first word of a choice is said, of the places of all stems; behind them where none is."""
    words = str(choice).replace("_", " ")
    stems = content_stems(words) or [t.stem for t in tokenize(words)]
    return min((said[s] for s in stems if s in said), default=math.inf)


def _named(value: JsonValue, chance: float) -> Filled:
    return Filled(value, Candidate(-1, -1, str(value), value, "phrase"), chance)


def _spans(slot: Slot, text: str, convert: Convert, values: Sequence[Candidate]) -> list[Option]:
    """Spans that stand for a value of the parameter's type."""
    parameter, found = slot.parameter, list[Option]()
    for span in slot.spans[:TRIED] if parameter.choices else slot.spans:
        start, end = _whole(span, slot, values)
        value = convert(start, end, parameter)
        if value is not None:
            odd = is_no_number(parameter) and read_number(text[start:end]) is not None
            chance = slot.kinds[SPAN] * span.probability * (AWAY if odd else 1.0)
            source = Candidate(start, end, text[start:end], value, "phrase")
            found.append(Option(parameter, SPAN, chance, Filled(value, source, chance)))
    return found


def _whole(span: Span, slot: Slot, values: Sequence[Candidate]) -> tuple[int, int]:
    """The span, or what it is a part of: a date, a figure, a quote; a list where a list is wanted."""
    best = (span.start, span.end)
    for value in values:
        if value.kind == "path" and value.text.startswith("/") and span.start < value.start < value.end == span.end:
            return value.start, value.end
        if not (value.start <= span.start and span.end <= value.end) or value.end - value.start <= best[1] - best[0]:
            continue
        if value.kind == "list":
            kinds = {item.kind for item in value.items}
            begins = kinds != {"phrase"} or any(item.start == span.start for item in value.items)
            part = slot.parameter.type == "list" and len(kinds) == 1 and begins  # `milk, eggs` of `buy milk, eggs`
        elif value.kind == "name":
            as_likely = (s.probability for s in slot.spans if (s.start, s.end) == (value.start, value.end))
            part = max(as_likely, default=0.0) >= NEARLY * span.probability
        else:
            part = value.kind in _CLOSED and not (value.kind == "id" and slot.parameter.type in ("int", "float"))
            part = part and (value.kind != "date" or slot.parameter.type != "str" or takes_moments(slot.parameter))
        best = (value.start, value.end) if part else best
    return best


def _in_half(slot: Slot, values: Sequence[Candidate], text: str, half: Half) -> tuple[Slot, Sequence[Candidate]]:
    """The slot and the values of the text, of `March 14th at 7 pm` only the day or the time."""
    spans: list[Span] = []
    for span in slot.spans:
        start, end = half_of(text, span.start, span.end, half)
        spans.append(replace(span, start=start, end=end))
    halved: list[Candidate] = []
    for value in values:
        if value.kind in _IN_PARTS:
            start, end = half_of(text, value.start, value.end, half)
            value = replace(value, start=start, end=end)
        halved.append(value)
    return replace(slot, spans=tuple(spans)), halved


def _together(options: Sequence[Option]) -> list[Option]:
    """Ways that give the same value count together."""
    found: dict[str, Option] = {}
    for option in options:
        if option.filled is None:
            continue
        value = option.filled.value
        key = repr(value).casefold()
        known = found.get(key)
        if known is not None and known.filled is not None:
            chance = known.probability + option.probability
            one, other = known.filled.source, option.filled.source
            source = one if one is not None and one.start >= 0 else other
            option = Option(option.parameter, known.kind, chance, Filled(known.filled.value, source, chance))
        found[key] = option
    return list(found.values())


def _sharing(option: Option, shared: Sequence[Shared]) -> float:
    source = option.filled.source if option.filled else None
    if source is None or source.start < 0:
        return 0.0
    return min((cost for start, end, cost in shared if source.start < end and start < source.end), default=0.0)


def _arguments(evidence: Evidence, taken: Sequence[Option], probability: float) -> Arguments:
    by_name = {o.parameter.name: o for o in taken}
    options = [by_name[s.parameter.name] for s in evidence.slots]
    return Arguments(
        {o.parameter.name: o.filled for o in options if o.filled is not None},
        tuple(o.parameter.name for o in options if o.kind == RESULT),
        tuple(o.parameter.name for o in options if o.kind == OTHER),
        probability,
    )
