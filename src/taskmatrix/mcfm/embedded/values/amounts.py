"""A number as a parameter wants it: whole or broken, percent or fraction, in the unit its document names."""

import re

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import is_ordinal, number_word, stem, tokenize
from taskmatrix.mcfm.embedded.values.durations import Duration, find_durations, read_duration
from taskmatrix.mcfm.embedded.values.measuring import (
    Quantity,
    converted,
    measures,
    name_measures,
    read_quantity,
    same_kind,
)
from taskmatrix.mcfm.embedded.values.numerals import calculated

MAX_LENGTH, MAX_TEXT = 120, 4_000
_FRACTION = re.compile(
    r"\bas (?:a )?(?:decimal|fraction)|\bdecimal\b(?! places?)|\bfraction\b|\b(?:0|0\.0) (?:to|and|-) (?:1|1\.0)\b",
    re.I,
)
_SHARE = re.compile(r"(?<![\d.])0\.\d")
_HUNDREDS = re.compile(r"\bper ?cent|\bpercentage|%|\b0 ?(?:to|and|-) ?100\b|\bpct\b", re.I)
_CENTS = re.compile(
    r"\bin (?:the )?(?:US )?(?:cents|pence|(?:smallest|minor) (?:currency )?units?)\b|_cents\b|Cents\b"
)
_MONEY = re.compile(r"\s?(?:dollars?|bucks|euros?|pounds|US dollars|[$€£]|(?:USD|EUR|GBP)\b)", re.I)
_SIGNS = ("$", "€", "£")
_FIGURES = re.compile(r"-?\d{1,18}")
_KELVIN = re.compile(r"(?<=\d)\s?K\b")
_WARMTH = frozenset(stem(w) for w in "temperature temp kelvin".split())
_TIMES = frozenset(("second", "minute", "hour", "day", "week", "millisecond", "month", "year"))

_COUNTED = re.compile(
    r"(?:^|\b(?:the|total|maximum|minimum|max|min)\s+)number of (?!the\b|an?\b|your\b|this\b)|\bhow many\b|"
    r"\bamount of money\b|\bstar rating\b|"
    r"\b(?:length|duration)\b[^.]{0,30} in (?:seconds|minutes|hours|days|nights|weeks|months|years)\b",
    re.I,
)
"""A text that says how many or how long."""


def asked_units(parameter: ParameterView) -> frozenset[str]:
    """Return the units that a parameter's name or, failing that, its description asks for."""
    return name_measures(names.words(parameter.name)) or measures(parameter.text)


def in_asked_unit(value: int | float, said: str, parameter: ParameterView) -> int | float | None:
    """Return a value of the unit `said` (empty for none) in the unit asked for.

    None where the document measures otherwise, or leaves open which of several units it wants.
    """
    asked = asked_units(parameter) if said else frozenset[str]()
    if not asked or said in asked or (said == "mile" and "nmi" in asked):  # at sea all miles are nautical ones
        return value
    fitting = [unit for unit in asked if same_kind(said, unit)]
    if len(fitting) == 1:
        return converted(value, said, fitting[0])
    return None if fitting or measures(parameter.text) else value


def fits_percent(value: int | float, parameter: ParameterView) -> int | float:
    """Return `value` percent as the document wants it, 20 or 0.2; a fraction where it says nothing."""
    said = f"{' '.join(names.words(parameter.name))} {parameter.text[:4_000]}"
    share = _FRACTION.search(said) or (_SHARE.search(said) and not re.search(r"\b\d{1,3}(?:\.\d+)?\s?%", said))
    if parameter.type == "int" or (_HUNDREDS.search(said) and not share):
        return value
    return calculated(value / 100) or 0


def in_cents(text: str, start: int, end: int, parameter: ParameterView) -> int | float | None:
    """Return an amount of dollars or the like that stands at `start:end` in cents, where a document asks for them."""
    if not _CENTS.search(f"{parameter.name} {parameter.text[:MAX_LENGTH]}"):
        return None
    span = text[start:end].strip()
    signed = text[max(0, start - 2) : end].strip()[:1] in _SIGNS
    quantity = _only_quantity(span) if signed or _MONEY.match(text, end) or _MONEY.search(span) else None
    value = calculated(quantity.value * 100) if quantity else None
    return None if value is None else whole(value, parameter.type)


def whole(value: int | float, kind: str) -> int | float | None:
    """Return a number as its type wants it; None for a broken number where a whole one is wanted."""
    if kind != "int" or isinstance(value, int):
        return value
    return int(value) if value.is_integer() else None


def read_amount(text: str, parameter: ParameterView) -> int | float | None:
    """Return the one number that a span says, as the parameter wants it; None where it says none, or two."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        return None
    if _FIGURES.fullmatch(text):
        return int(text)
    if _WARMTH & {*parameter.name_stems, *parameter.stems}:
        text = _KELVIN.sub(" kelvin", text)  # no thousands
    times = [u for u in asked_units(parameter) if u in _TIMES]
    length = read_duration(text) or _only_duration(text) if times else None
    if length is not None:
        found = [v for u in times if (v := length.in_unit(u)) is not None]
        exact = length.smallest if length.smallest in times else ""
        value = length.in_unit(exact) if exact else found[0] if len(found) == 1 else None
        return None if value is None else whole(value, parameter.type)
    quantity = _only_quantity(text)
    if quantity is None:
        return None
    if quantity.percent:
        return whole(fits_percent(quantity.value, parameter), parameter.type)
    if _is_share(quantity, text) and _HUNDREDS.search(parameter.text) and fits_percent(100, parameter) == 100:
        return whole(calculated(100 * quantity.value) or 0, parameter.type)
    value = in_asked_unit(quantity.value, quantity.unit, parameter)
    if value is None and quantity.currency:
        value = quantity.value  # pounds are also money
    return None if value is None else whole(value, parameter.type)


def is_counted(parameter: ParameterView) -> bool:
    """Return whether a text says how many or how long, which is given in digits."""
    return _COUNTED.search(parameter.text[:MAX_TEXT]) is not None


def read_count(text: str, parameter: ParameterView) -> str | None:
    """Return how many a span says, in digits; a word that is no number says none."""
    counted = read_amount(text, parameter)
    if counted is None:
        return None if text.isalpha() else text
    return str(counted)


def _is_share(quantity: Quantity, text: str) -> bool:
    """Whether a share is said in words: `half`, `a quarter`."""
    return 0 < quantity.value < 1 and not quantity.unit and not any(c.isdigit() for c in text)


def _only_duration(text: str) -> Duration | None:
    """The one length of time that a text says in several words, among others: `make it half an hour`."""
    found = list(find_durations(text, tokenize(text)))
    return (
        found[0].length
        if len(found) == 1 and not re.search(r"\d", text[: found[0].start] + text[found[0].end :])
        else None
    )


_START = re.compile(r"(?<![\w.])(?=[\w+\-−.$€£¥₹½¼¾])")


def _only_quantity(text: str) -> Quantity | None:
    """The amount that a text says among other words: `size 10`, `about 20 pages`, `the third one`."""
    found: Quantity | None = None
    place = 0
    while (start := _START.search(text, place)) is not None:
        quantity = read_quantity(text[start.start() :])
        if quantity is not None:
            if found is not None:
                return None
            found, place = quantity, max(len(text) - len(quantity.rest), start.start() + 1)
        else:
            word = re.compile(r"\w+|.").match(text, start.start())
            place = word.end() if word else start.start() + 1
    return found if found is not None and not text.lower().endswith(" one") else _place_in_order(text) or found


def _place_in_order(text: str) -> Quantity | None:
    """The place that a text says, as an ordinal: `the third one`."""
    values = [v for w in re.findall(r"[A-Za-z0-9]+", text) if is_ordinal(w) and (v := number_word(w)) is not None]
    return Quantity(values[0]) if len(values) == 1 else None
