"""Units of measure, and amounts with what they are amounts of: `5 km`, `20 °C`, `90 minutes`, `7.5%`, `$1,200`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from taskmatrix.mcfm.embedded.values.currencies import currency_code, currency_symbols
from taskmatrix.mcfm.embedded.values.numerals import calculated, read_figure


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: `value * factor + offset` is the value in the unit that its dimension counts in."""

    name: str
    dimension: str
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts: at most one of a percent sign, a unit, a currency (ISO 4217) and other words."""

    value: int | float
    percent: bool = False
    unit: str = ""
    currency: str = ""
    rest: str = ""


_TABLE: tuple[tuple[str, str, float, float], ...] = (
    ("inch inches", "length", 0.0254, 0),
    ("centimetre centimetres centimeter centimeters cm cms", "length", 0.01, 0),
    ("millimetre millimetres millimeter millimeters mm", "length", 0.001, 0),
    ("metre metres meter meters m", "length", 1, 0),
    ("kilometre kilometres kilometer kilometers km kms", "length", 1000, 0),
    ("mile miles mi", "length", 1609.344, 0),
    ("foot feet ft", "length", 0.3048, 0),
    ("yard yards yd", "length", 0.9144, 0),
    ("nmi", "length", 1852, 0),
    ("litre litres liter liters", "volume", 1, 0),
    ("decilitre decilitres deciliter deciliters dl", "volume", 0.1, 0),
    ("centilitre centilitres centiliter centiliters cl", "volume", 0.01, 0),
    ("millilitre millilitres milliliter milliliters ml", "volume", 0.001, 0),
    ("cup cups", "cup", 1, 0),
    ("tablespoon tablespoons tbsp", "tablespoon", 1, 0),
    ("teaspoon teaspoons tsp", "teaspoon", 1, 0),
    ("hectare hectares", "area", 10_000, 0),
    ("acre acres", "area", 4046.8564224, 0),
    ("milligram milligrams mg", "mass", 1e-6, 0),
    ("gram grams gramme grammes g", "mass", 1e-3, 0),
    ("kilogram kilograms kilo kilos kg kgs", "mass", 1, 0),
    ("tonne tonnes", "mass", 1000, 0),
    ("ounce ounces oz", "mass", 0.028349523125, 0),
    ("pound pounds lb lbs", "mass", 0.45359237, 0),
    ("millisecond milliseconds msec ms", "time", 0.001, 0),
    ("second seconds sec secs s", "time", 1, 0),
    ("minute minutes min mins", "time", 60, 0),
    ("hour hours hr hrs h", "time", 3600, 0),
    ("day days d", "time", 86_400, 0),
    ("week weeks wk wks", "time", 604_800, 0),
    ("fortnight fortnights", "time", 1_209_600, 0),
    ("month months", "calendar", 1, 0),
    ("year years yr yrs", "calendar", 12, 0),
    ("celsius centigrade c", "temperature", 1, 273.15),
    ("fahrenheit f", "temperature", 5 / 9, 459.67 * 5 / 9),
    ("kelvin kelvins k", "temperature", 1, 0),
    ("volt volts", "voltage", 1, 0),
    ("millivolt millivolts", "voltage", 0.001, 0),
    ("kilovolt kilovolts kv", "voltage", 1000, 0),
    ("ampere amperes amp amps", "current", 1, 0),
    ("milliampere milliamperes milliamp milliamps", "current", 0.001, 0),
    ("ohm ohms ω", "resistance", 1, 0),
    ("kilohm kilohms kiloohm kiloohms kω", "resistance", 1000, 0),
    ("watt watts", "power", 1, 0),
    ("kilowatt kilowatts kw", "power", 1000, 0),
    ("megawatt megawatts", "power", 1e6, 0),
    ("joule joules", "energy", 1, 0),
    ("kilojoule kilojoules kj", "energy", 1000, 0),
    ("megajoule megajoules", "energy", 1e6, 0),
    ("kilocalorie kilocalories kcal", "energy", 4184, 0),
    ("kwh", "energy", 3.6e6, 0),
    ("newton newtons", "force", 1, 0),
    ("kilonewton kilonewtons", "force", 1000, 0),
    ("pascal pascals", "pressure", 1, 0),
    ("kilopascal kilopascals kpa", "pressure", 1000, 0),
    ("hertz hz", "frequency", 1, 0),
    ("kilohertz khz", "frequency", 1000, 0),
    ("megahertz mhz", "frequency", 1e6, 0),
    ("gigahertz ghz", "frequency", 1e9, 0),
    ("point points pt", "point", 1, 0),
    ("pixel pixels px", "pixel", 1, 0),
    ("unit units", "unit", 1, 0),
)
_UNITS = {
    word: Unit(words.split()[0], dimension, factor, offset)
    for words, dimension, factor, offset in _TABLE
    for word in words.split()
}
_UNITS.update({"nautical mile": _UNITS["nmi"], "nautical miles": _UNITS["nmi"]})
_SYMBOLS = {"V": "volt", "A": "ampere", "W": "watt", "J": "joule", "N": "newton", "Pa": "pascal", "L": "litre"}
"""Symbols that are units only as they are written."""
_BY_NAME = {u.name: u for u in _UNITS.values()}
_OFTEN_OTHERWISE = frozenset("in min mi sec m g s h d c f k second minute hour day week month year pound".split())
"""Words that name a unit in a document only where the words around them say so."""
_ASKED = re.compile(r"((?<![A-Za-z])(?:in |per |/ ?|\()|(?<![A-Za-z]))((?:nautical )?[A-Za-zΩ]+)(?=( ?/|\)|))", re.I)
_CAPITAL_ONLY = frozenset("cfk")


def unit(word: str) -> str:
    """Return the name of the unit of measure that a word behind a number stands for; empty for any other word."""
    if word in _SYMBOLS:
        return _SYMBOLS[word]
    lower = word.lower()
    found = _UNITS.get(lower)
    return "" if found is None or (lower in _CAPITAL_ONLY and word == lower) else found.name


def same_kind(one: str, other: str) -> bool:
    """Whether two units (their names) measure the same: kilometres and miles."""
    return one in _BY_NAME and other in _BY_NAME and _BY_NAME[one].dimension == _BY_NAME[other].dimension


@lru_cache(maxsize=8_192)
def measures(text: str) -> frozenset[str]:
    """Return the names of the units of measure that a document's words speak of."""
    text = text[:4_000].replace("°", "")
    if (sole := text.strip(" .,()[]")) in _SYMBOLS:
        return frozenset((_SYMBOLS[sole],))
    found: set[str] = set()
    for match in _ASKED.finditer(text):
        before, word, after = match.groups()
        told = before.lower() == "in " or (before == "(" and after == ")")
        known = _BY_NAME[_SYMBOLS[word]] if told and word in _SYMBOLS else _UNITS.get(word.lower())
        if known is None or word.lower() == "in" or "/" in after or before.strip().lower() in ("per", "/"):
            continue
        if told or word.lower() not in _OFTEN_OTHERWISE:
            found.add(known.name)
    return frozenset(found)


def name_measures(words: Sequence[str]) -> frozenset[str]:
    """Return the unit that the last word of a parameter's name gives: `timeout_ms`, `weightKg`, `temp_c`.

    Of `hours_per_day` it is hours.
    """
    last = words[-1].lower() if len(words) > 1 else ""
    if len(words) > 2 and words[-2].lower() == "per" and same_kind(unit(last), unit(words[-3])):
        last = words[-3].lower()
    last = "nmi" if len(words) > 1 and words[-2].lower() == "nautical" and last in ("mile", "miles") else last
    known = None if last in ("in", "d", "k", "point", "unit") else _UNITS.get(last)
    return frozenset() if known is None else frozenset((known.name,))


def converted(value: int | float, said: str, asked: str) -> int | float | None:
    """Return a value of the unit `said` in the unit `asked`; None where they measure different things."""
    if not same_kind(said, asked):
        return None
    one, other = _BY_NAME[said], _BY_NAME[asked]
    exact = (value * one.factor + one.offset - other.offset) / other.factor
    return calculated(float(f"{exact:.12g}"))


_BEHIND = re.compile(
    r"[\s-]?(?:(%|per\s?cent\b|percentage\b|pct\b)|(?:°\s?|degrees?\s+)?((?:nautical )?[A-Za-zΩ]+)|[°])?"
)
_COMPOUND = re.compile(r"/\(|[*·]\s?[A-Za-z]")
"""What makes a unit one of several: `J/(kg*K)`."""
_PREFIX = re.compile(rf"\s*([-−])?\s?(US\$|A\$|C\$|[A-Za-z]{{3}}\b|{currency_symbols()})\s?(?=[-−\d.])")
_MONEY_SCALE = re.compile(r"\s?m\b(?!\w)", re.I)


def read_quantity(text: str) -> Quantity | None:
    """Return the amount that a text starts with. `rest` is what is left; None where it starts with no number."""
    prefix = _PREFIX.match(text)
    code = currency_code(prefix[2]) if prefix else ""
    found = read_figure(text[prefix.end() :] if prefix and code else text)
    if found is None:
        return None
    value = -found.value if prefix and code and prefix[1] else found.value
    end = found.end + (prefix.end() if prefix and code else 0)
    if code:
        million = _MONEY_SCALE.match(text, end)
        scaled = calculated(value * 1_000_000) if million else value
        return (
            None if scaled is None else Quantity(scaled, currency=code, rest=text[million.end() if million else end :])
        )
    behind = _BEHIND.match(text, end)
    if behind is None:
        return Quantity(value, rest=text[end:])
    if behind[1]:
        return Quantity(value, percent=True, rest=text[behind.end() :])
    symbol = re.compile(rf"\s?({currency_symbols()}|US dollars?\b|[A-Za-z]{{3,9}}\b)").match(text, end)
    money = currency_code(symbol[1]) if symbol else ""
    word = behind[2] or ""
    if money and symbol and not (unit(word) and word.lower() != "pounds"):
        said = unit(word) if word.lower() in ("pounds", "pound") else ""
        return Quantity(value, currency=money, unit=said, rest=text[symbol.end() :])
    if unit(word) and not _COMPOUND.match(text, behind.end()):
        return Quantity(value, unit=unit(word), rest=text[behind.end() :])
    return Quantity(value, rest=text[end:])
