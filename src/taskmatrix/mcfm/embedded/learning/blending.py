"""What the cross-encoder says of a parameter and what examples say of it, as one distribution over its values."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CHOICE, OMIT, OTHER, RESULT, SPAN
from taskmatrix.mcfm.embedded.encoder.decoding import Convert
from taskmatrix.mcfm.embedded.encoder.options import Option
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.learning import lessons as told
from taskmatrix.mcfm.embedded.learning.memory import Guess
from taskmatrix.mcfm.embedded.learning.tagging import Heard
from taskmatrix.mcfm.embedded.learning.units import compact
from taskmatrix.mcfm.embedded.values.candidates import Candidate

LEAST = 0.003


Read = Callable[[int, int, ParameterView], Filled | None]
"""(start, end in the unit, parameter) → what the words say, as the parameter wants it."""
AGREE, ODDS = 0.8, 1.0
"""How much the words that examples tag weigh beside those that the cross-encoder points to (as far as a guess is
believed), and beside the guess whether words are given at all."""
FLOOR = 0.01
"""A probability counts as no less than this where probabilities are multiplied."""
NEW = 0.1
"""How much less likely a text is that no example gives, where examples give one of a few texts."""


@dataclass(slots=True)
class _Share:
    option: Option
    chance: float


def blend(
    parameter: ParameterView,
    options: Sequence[Option],
    guess: Guess,
    same: Mapping[str, JsonValue],
    said: Sequence[str],
) -> list[Option]:
    """Return the options, likeliest first, each with the probability that the two agree on.

    `same` are the values that copies repeat, `said` the classes whose name stands in the words.
    """
    if not guess.chances or guess.trust <= 0:
        return list(options)
    shares: dict[str, _Share] = {}
    is_closed = told.SAID not in guess.chances
    values = [c[len(told.VALUE) :] for c in guess.chances if c[0] == told.VALUE] if is_closed else []
    known = {_key(constant(parameter, json.loads(value))) for value in values}
    for option in options:
        # Where no example gives what is said, the parameter takes one of a few texts, hardly ever a new one.
        is_new = option.kind == SPAN and is_closed and _key(option) not in known
        new = 1 - guess.trust * (1 - NEW) if is_new else 1.0
        _give(shares, _key(option), option, (1 - guess.trust) * new * option.probability)
    for label, chance in guess.chances.items():
        if chance < LEAST:
            continue
        for option, part in _meant(parameter, label, options, guess, same, said):
            _give(shares, _key(option), option, guess.trust * chance * part)
    total = sum(s.chance for s in shares.values())
    if total <= 0:
        return list(options)
    found = [_with(s.option, s.chance / total) for s in shares.values()]
    if is_closed:
        found = [_unplaced(o) if _key(o) in known else o for o in found]
    return sorted(found, key=lambda o: -o.probability)


def reader_of(text: str, base: int, convert: Convert, used: Sequence[tuple[int, int]] = ()) -> Read:
    """Return what reads words of a unit that begins at `base` of all that was said, but for those that are used."""

    def read(first: int, last: int, parameter: ParameterView) -> Filled | None:
        place = base + first, base + last
        is_used = any(place[0] < end and start < place[1] for start, end in used)
        value = None if is_used else convert(*place, parameter)
        return None if value is None else Filled(value, Candidate(*place, text[slice(*place)], value, "phrase"), 0.0)

    return read


def weigh(
    parameter: ParameterView,
    options: Sequence[Option],
    guess: Guess,
    heard: Heard,
    said: Sequence[str],
    read: Read,
) -> tuple[Guess, list[Option]]:
    """Return the guess and the options, both as likely as the words that examples tag make them."""
    guess = _as_likely(guess, heard.nothing[parameter.name], said)
    spans = {_key(o): o for o in options if o.kind == SPAN and o.filled is not None}
    share = sum(o.probability for o in spans.values())
    tagged: dict[str, float] = {}
    for stretch in heard.stretches[parameter.name]:
        filled = read(stretch.start, stretch.end, parameter)
        if filled is None:
            continue
        option = Option(parameter, SPAN, 0.0, filled)
        spans.setdefault(_key(option), option)
        tagged[_key(option)] = tagged.get(_key(option), 0.0) + stretch.probability
    if not tagged:
        return guess, list(options)
    agree = AGREE * guess.trust
    worth = {
        k: max(FLOOR, o.probability / share if share > 0 else 1.0) ** (1 - agree)
        * max(FLOOR, tagged.get(k, 0.0)) ** agree
        for k, o in spans.items()
    }
    whole = sum(worth.values())
    share = max(share, FLOOR)
    weighed = [_with(o, share * worth[k] / whole) for k, o in spans.items()]
    return guess, [*(o for o in options if o.kind != SPAN or o.filled is None), *weighed]


def _as_likely(guess: Guess, nothing: float, said: Sequence[str]) -> Guess:
    """The guess, as likely as words are given or none."""
    told_so = {
        c: max(FLOOR, 1 - nothing if c == told.SAID or c in said else nothing) ** ODDS * p
        for c, p in guess.chances.items()
    }
    total = sum(told_so.values())
    return replace(guess, chances={c: p / total for c, p in told_so.items()})


def _meant(
    parameter: ParameterView,
    label: str,
    options: Sequence[Option],
    guess: Guess,
    same: Mapping[str, JsonValue],
    said: Sequence[str],
) -> list[tuple[Option, float]]:
    """The options that a class stands for, with the share of each."""
    if label == told.OMITTED:
        return [(Option(parameter, OTHER if parameter.required else OMIT, 0.0), 1.0)]
    if label.startswith(told.RESULT):
        return [(Option(parameter, RESULT, 0.0), 1.0)]
    if label in same:
        return [(constant(parameter, same[label]), 1.0)]
    if label.startswith(told.VALUE):
        return [(constant(parameter, json.loads(label[len(told.VALUE) :])), 1.0)]
    if label != told.SAID:
        return []
    found = [o for o in options if o.filled is not None and o.kind == SPAN]
    total = sum(o.probability for o in found)
    if total > 0:
        return [(o, o.probability / total) for o in found]
    known = [c for c in said if guess.chances.get(c, 0) > 0]
    total = sum(guess.chances[c] for c in known)
    return [(constant(parameter, json.loads(c[len(told.VALUE) :])), guess.chances[c] / total) for c in known]


def constant(parameter: ParameterView, value: JsonValue) -> Option:
    """Return the option of a value that stands nowhere in the words, in a list where the parameter takes one."""
    if parameter.type == "list" and not isinstance(value, list):
        value = [value]
    return Option(parameter, CHOICE, 0.0, Filled(value, Candidate(-1, -1, str(value), value, "phrase"), 0.0))


def _key(option: Option) -> str:
    if option.filled is None:
        return f"kind {OMIT if option.kind in (OMIT, OTHER) else option.kind}"
    value = option.filled.value
    return (
        f"text {compact(value) or value}" if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    )


def _unplaced(option: Option) -> Option:
    """The option without a claim to its words: `sensor` says a domain and is a part of the name `pond sensor`."""
    filled = option.filled
    if filled is None or not isinstance(filled.value, str) or filled.source is None:
        return option
    return replace(option, filled=replace(filled, source=replace(filled.source, start=-1, end=-1)))


def _give(shares: dict[str, _Share], key: str, option: Option, chance: float) -> None:
    """Add to the share of a value. Of two ways to write it that of the example stands, the words stay its source."""
    known = shares.get(key)
    if known is None:
        shares[key] = _Share(option, chance)
        return
    known.chance += chance
    if option.filled is not None and known.option.filled is not None and option.kind == CHOICE:
        known.option = replace(known.option, filled=replace(known.option.filled, value=option.filled.value))


def _with(option: Option, chance: float) -> Option:
    filled = option.filled and replace(option.filled, confidence=chance)
    return replace(option, probability=chance, filled=filled)
