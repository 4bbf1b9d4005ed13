"""Which of the allowed values a few words mean: case, plurals, hyphens, abbreviations and synonyms aside."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS, related, stem
from taskmatrix.mcfm.embedded.values.code_forms import choose_code
from taskmatrix.mcfm.embedded.values.currencies import currency_code
from taskmatrix.mcfm.embedded.values.measuring import unit
from taskmatrix.mcfm.embedded.values.numerals import read_number

MAX_LENGTH = 300
MAX_CHOICES = 1_000
"""Choices behind these are only taken as they are written."""
MANY = 100
"""Of more choices only so many are compared, which share words or their first letters with what is said."""
_BEGINNING = 3
_NOTHING = frozenset("none null nothing no any nil unset".split())
_YES = frozenset("yes true on enabled enable y".split())
_SYSTEMS = {
    "metric": frozenset("celsius kilometre metre centimetre millimetre kilogram gram litre millilitre".split()),
    "imperial": frozenset(("fahrenheit", "mile", "foot", "inch", "pound", "ounce", "gallon")),
}
"""Systems of units as APIs call them, with units that are said for them."""
_SIZES = {
    "xs": ("extra small", "x-small"),
    "s": ("small",),
    "m": ("medium",),
    "l": ("large",),
    "xl": ("extra large", "x-large"),
    "xxl": ("double xl", "2xl", "extra extra large", "xx-large"),
    "xxxl": ("triple xl", "3xl", "xxx-large"),
}
"""Sizes of clothes as they are written and said."""
_NO = frozenset("no false off disabled disable n not without".split())


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the allowed values (which may be None), and how sure that it is the one meant (0…1)."""

    value: JsonValue
    sure: float


def chosen_value(text: str, parameter: ParameterView) -> JsonValue:
    """Return the choice of a parameter that words name, or whose meaning they say; None for none."""
    chosen = choose(text, parameter.choices)
    if chosen is None and parameter.meanings:
        meant = choose(text, list(parameter.meanings.values()))
        return next((c for c in parameter.choices if meant and parameter.meanings.get(str(c)) == meant.value), None)
    return chosen.value if chosen else None


def choose(text: str, choices: Sequence[JsonValue]) -> Choice | None:
    """Return the choice that a span says; None where none is said, or two are said equally well."""
    said = text[:MAX_LENGTH].strip(" \t\n\"'“”‘’`.,;:!?")
    if not said:
        return None
    if len(choices) > MAX_CHOICES:
        choices = [said] if said in choices else choices[:MAX_CHOICES]
    if all(isinstance(choice, str) for choice in choices):
        return _remembered(said, tuple(choices))
    return _choose(said, choices)


def _choose(said: str, choices: Sequence[JsonValue]) -> Choice | None:
    code = choose_code(said, choices)
    if code:
        return Choice(code, 1.0 if said == code else 0.95)
    if len(choices) > MANY:
        choices = _alike(said, choices)
    scored = [Choice(choice, _score(said, choice)) for choice in choices]
    best = max(scored, key=lambda c: c.sure, default=None)
    if best is None or best.sure <= 0:
        return None
    rivals = [c for c in scored if c.sure == best.sure and c.value != best.value]
    return None if rivals and best.sure < 0.98 else best


@lru_cache(maxsize=4_096)
def _remembered(said: str, choices: tuple[str, ...]) -> Choice | None:
    """The same, remembered: many parameters have the same long list (only texts: True and 1 are equal as keys)."""
    return _choose(said, choices)


def _alike(said: str, choices: Sequence[JsonValue]) -> list[JsonValue]:
    """The texts that share most words with what is said, then its first letters; and all choices that are no text."""
    texts = tuple(c for c in choices if isinstance(c, str))
    by_word, by_beginning = _index(texts)
    shared = Counter(i for word in _stems(said) for i in by_word.get(word, ()))
    begins = by_beginning.get(_bare(said)[:_BEGINNING], ())
    near = sorted({*shared, *begins}, key=lambda i: (-shared[i], i))
    return [*(texts[i] for i in near[:MANY]), *(c for c in choices if not isinstance(c, str))]


@lru_cache(maxsize=64)
def _index(texts: tuple[str, ...]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Which of the texts hold a word, and which begin with some letters."""
    by_word, by_beginning = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for place, text in enumerate(texts):
        by_beginning[_bare(text)[:_BEGINNING]].append(place)
        for word in _stems(text):
            by_word[word].append(place)
    return dict(by_word), dict(by_beginning)


def _score(said: str, choice: JsonValue) -> float:
    if choice is None:
        return 0.9 if said.lower() in _NOTHING else 0.0
    if isinstance(choice, bool):
        return 0.9 if said.lower() in (_YES if choice else _NO) else 0.0
    if isinstance(choice, int | float):
        number = read_number(said)
        return (
            0.9
            if number is not None and number == choice
            else 0.5 * (str(choice) in re.findall(r"-?\d+(?:\.\d+)?", said))
        )
    if not isinstance(choice, str):
        return 0.0
    if said == choice:
        return 1.0
    bare, wanted = _bare(said), _bare(choice)
    if not bare or not wanted:
        return 0.0
    return 0.98 if bare == wanted else _by_words(said, choice) or _by_table(said, choice) or _by_letters(bare, wanted)


def _by_words(said: str, choice: str) -> float:
    """All words of the one among those of the other; the more words, the surer."""
    one, other = _stems(said), _stems(choice)
    if not one or not other:
        return 0.0
    if one == other:
        return 0.95
    if other <= one:
        return 0.85 + 0.01 * min(5, len(other))
    if one <= other:
        return 0.7 + 0.05 * len(one) / len(other)
    if all(any(related(o, s) for s in one) for o in other) or all(any(related(s, o) for o in other) for s in one):
        return 0.55
    return 0.0


def _by_table(said: str, choice: str) -> float:
    """Units, currencies, sizes of clothes, and numbers said in words."""
    if said.lower() in _SIZES.get(choice.lower(), ()):
        return 0.9
    code = currency_code(said)
    if code and code == currency_code(choice.upper() if len(choice) == 3 else choice):
        return 0.8
    for one, other in ((said, choice), (choice, said)):
        if unit(one.replace("°", "")) and unit(one.replace("°", "")) == unit(other.replace("°", "").title()):
            return 0.8
    if (measure := unit(said.replace("°", ""))) and measure in _SYSTEMS.get(choice.lower(), ()):
        return 0.8
    number = read_number(said)
    return 0.8 if number is not None and number == read_number(choice) else 0.0


def _by_letters(bare: str, wanted: str) -> float:
    """Beginnings (`F`, `asc`, `med`) and initials (`NY`)."""
    shorter, longer = sorted((bare, wanted), key=len)
    return 0.6 if longer.startswith(shorter) and (len(shorter) >= 3 or len(shorter) == 1) else 0.0


@lru_cache(maxsize=16_384)
def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


@lru_cache(maxsize=16_384)
def _stems(text: str) -> frozenset[str]:
    words = [w for part in re.findall(r"[^\W_]+", text) for w in names.words(part)]
    solid = [w for w in words if w.lower() not in STOP_WORDS]
    return frozenset(stem(w) for w in solid or words)
