"""Values as a parameter wants them: what a span of the text says, in the type, the unit and the form of the document.

`convert` takes a candidate that `find_values` made; `convert_span` any span at all.
"""

import json
import re
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue, TypeAdapter

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import stem
from taskmatrix.mcfm.embedded.values.amounts import (
    asked_units,
    fits_percent,
    in_asked_unit,
    in_cents,
    is_counted,
    read_amount,
    read_count,
    whole,
)
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.choosing import chosen_value
from taskmatrix.mcfm.embedded.values.code_forms import asked_code, write_code
from taskmatrix.mcfm.embedded.values.currencies import currency_code
from taskmatrix.mcfm.embedded.values.date_forms import (
    asked_form,
    is_written,
    speaks_of_dates,
    takes_relative,
    write_moment,
)
from taskmatrix.mcfm.embedded.values.date_parts import is_dated, part_of, read_part, year_in_short
from taskmatrix.mcfm.embedded.values.dates import MONTHS
from taskmatrix.mcfm.embedded.values.durations import read_duration
from taskmatrix.mcfm.embedded.values.edges import QUOTES, is_question, trim, whole_span
from taskmatrix.mcfm.embedded.values.formulas import asks_for_python, is_formula, is_word_for_formula, python_formula
from taskmatrix.mcfm.embedded.values.halves import takes_city, takes_currency, takes_currency_code, takes_place
from taskmatrix.mcfm.embedded.values.impossible import impossible_moment
from taskmatrix.mcfm.embedded.values.items import (
    MAX_DEPTH,
    MAX_ITEMS,
    split_items,
    without_brackets,
    without_name,
)
from taskmatrix.mcfm.embedded.values.joining import asked_joint
from taskmatrix.mcfm.embedded.values.measuring import read_quantity, same_kind
from taskmatrix.mcfm.embedded.values.moments import Moment, Placed, find_periods, last_time, read_moment
from taskmatrix.mcfm.embedded.values.numerals import read_number
from taskmatrix.mcfm.embedded.values.ranging import read_range, split_range, spread, takes_ends
from taskmatrix.mcfm.embedded.values.signs import is_below_zero, with_sign
from taskmatrix.mcfm.embedded.values.us_cities import city_and_state, full_name, name_of_city, named_state

MAX_LENGTH = 20_000
"""A longer span is text and nothing else."""
_OBJECT = TypeAdapter(dict[str, JsonValue])
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
_AROUND = 120
_YES = frozenset("true yes on enabled enable with y 1".split())
_NO = frozenset("false no off disabled disable without not never n 0".split())
_SPOKEN = re.compile(r"\b(?:half|quarter|past|to|in the|o['’]?clock)\b", re.I)
"""A time of the day in words: no API takes it so."""
_NAMED_DAY = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?\b.*\b(?:{MONTHS})\b|\b(?:{MONTHS})\b.*\b\d{{1,2}}(?:st|nd|rd|th)?\b", re.I
)
"""A day with its month as a word; the next one where no year is said."""
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_IDENTIFYING = frozenset(stem(w) for w in "id number no tag sku code ref reference phone".split())
_WITH_ITS_NAME = re.compile(r"(?:[a-z]+ ){1,2}#?((?=\S*\d)[\w-]+)")
"""An identifier behind what it is one of: `laptop LT-0932`."""
_WRITTEN = frozenset(stem(w) for w in "text body message content note caption question".split())
"""What somebody is to read, as it was said."""
_ONE = re.compile(r"an?\s", re.I)
_EXTRA = 10
_FIRST = frozenset(
    stem(w) for w in "start starting begin beginning from since depart departure arrival checkin in".split()
)
_PERIODS = frozenset(stem(w) for w in "period range timeframe frame timespan span window".split())
_LAST = frozenset(stem(w) for w in "end ending to until till finish return checkout".split())


def convert(value: Candidate, parameter: ParameterView) -> JsonValue:
    """Return the value in the parameter's type; None where it has no such form, or is measured otherwise."""
    kind = parameter.type
    if value.kind in ("number", "percent"):
        if is_color_name(parameter.name):
            return None
        number = _number(value, parameter)
        if number is None and (kind in ("int", "float") or value.unit):
            return None
        if kind in ("int", "float"):
            return number
        return _list(value, parameter) if kind == "list" else _other(value, number, kind)
    if kind in ("int", "float"):
        return _of_moment(value.moment, parameter) if value.moment else None
    if kind == "list":
        return _list(value, parameter)
    return None if value.kind == "list" else _text(value, parameter) if kind in ("str", "Any") else None


def _other(value: Candidate, number: int | float | None, kind: str) -> JsonValue:
    if kind == "str":
        return str(number) if value.unit and number is not None and number != value.value else value.text
    return value.value if kind in ("Any", "None") else None


def _number(value: Candidate, parameter: ParameterView) -> int | float | None:
    number = value.value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    if value.kind == "percent":
        return whole(fits_percent(number, parameter), parameter.type)
    if value.factor and number < 1 and parameter.type == "int":
        return None
    exact = in_asked_unit(number, value.unit, parameter)
    return None if exact is None else whole(exact, parameter.type if parameter.type == "int" else "float")


def _text(value: Candidate, parameter: ParameterView) -> JsonValue:
    said = value.value if isinstance(value.value, str) else value.text
    if value.kind in ("date", "time") and value.moment is None and takes_moments(parameter):
        return None if impossible_moment(said) else said
    return said if value.moment is None else write_as_asked(value.moment, said, parameter)


def _list(value: Candidate, parameter: ParameterView) -> JsonValue:
    items = value.items or (value,)
    inner = parameter.item_type
    if inner in ("int", "float"):
        if any(i.kind not in ("number", "percent") for i in items):
            return None
        return [i.value for i in items]
    if inner in ("list", "dict", "bool"):
        return None
    if inner == "str":
        return [i.value if isinstance(i.value, str) else i.text for i in items]
    return [i.value for i in items]


def convert_span(text: str, start: int, end: int, parameter: ParameterView, now: datetime | None = None) -> JsonValue:
    """Return what `text[start:end]` says, as a parameter wants it; None where it says no such thing.

    Quotes, articles and marks at the edges are cut off as fits the type, and brackets and quotes of which the span
    lacks one side are completed from the text. `now` is the clock that dates are read
    against, by default this machine's. Never raises.
    """
    clock = now or datetime.now().astimezone()
    start, end = whole_span(text, start, end)
    end = _end_of_unit(text, start, end, parameter)
    span = text[start:end].strip()
    if parameter.type in ("int", "float"):
        span = with_sign(text, start, span)
    if not span or (impossible_moment(span) and takes_moments(parameter)):
        return None
    bare = trim(span)
    if parameter.choices and parameter.type != "list":
        return chosen_value(bare, parameter)
    if parameter.type == "str" and _WRITTEN & {*parameter.name_stems} and is_question(text, start, end):
        return f"{bare}?"
    if parameter.type in ("int", "float") and is_below_zero(text, start, end, parameter):
        amount = read_amount(bare, parameter)
        return None if amount is None else -abs(amount)
    if (year := year_in_short(text, start, end, clock)) and part_of(parameter) == "year":
        return year if parameter.type == "int" else str(year)
    if parameter.type in ("str", "Any") and speaks_of_dates(parameter):
        part = _part_of_period(text, start, end, parameter, clock)
        if part is not None:
            return write_as_asked(replace(part.moment, day=part.moment.day or part.day), part.said, parameter)
    cents = in_cents(text, start, end, parameter) if parameter.type in ("int", "float") else None
    return _read(span, parameter, clock, 0) if cents is None else cents


def takes_moments(parameter: ParameterView) -> bool:
    """Whether a parameter takes a date or a time, or a part of one."""
    return speaks_of_dates(parameter) or bool(part_of(parameter))


def _end_of_unit(text: str, start: int, end: int, parameter: ParameterView) -> int:
    """The end of a number with the unit behind it, where another one is asked for: `2` of `2 hours` in minutes."""
    if parameter.type not in ("int", "float") or not (asked := asked_units(parameter)):
        return end
    quantity = read_quantity(text[start : start + _AROUND])
    if quantity is None or quantity.unit in asked or not any(same_kind(quantity.unit, unit) for unit in asked):
        return end
    return max(end, start + len(text[start : start + _AROUND]) - len(quantity.rest))


def _part_of_period(text: str, start: int, end: int, parameter: ParameterView, now: datetime) -> Placed | None:
    """The full date that a span means within a range: the 3 of `from 3 to 7 May`, or one end of the whole range."""
    first = max(0, start - _AROUND)
    inside = [
        p for p in find_periods(text[first : end + _AROUND], now) if start <= first + p.start and first + p.end <= end
    ]
    if len(inside) == 1:
        return inside[0] if end - start - (inside[0].end - inside[0].start) <= _EXTRA else None
    if len(inside) != 2 or end - start > _AROUND:
        return None
    stems = set(parameter.name_stems)
    return inside[1] if stems & _LAST else inside[0] if stems & _FIRST else None


def _read(span: str, parameter: ParameterView, now: datetime, depth: int) -> JsonValue:
    kind, bare = parameter.type, trim(span, with_article=bool(_WRITTEN & {*parameter.name_stems}))
    if _ONE.match(span) and read_duration(span) is not None:
        bare = span.strip(" .,;")  # `an hour and a half`: the article counts
    if parameter.choices and kind != "list":
        return chosen_value(bare, parameter)
    if kind == "list":
        return _read_list(span, parameter, now, depth)
    if kind == "bool":
        return _read_flag(bare)
    if kind == "dict":
        return _read_object(span)
    if kind == "int" and part_of(parameter) and not _counts_dates(parameter):
        part = read_part(bare, parameter, now)
        if is_dated(bare) or (part is not None and read_amount(bare, parameter) is None):
            return part
    if kind in ("int", "float"):
        amount = read_amount(bare.removesuffix("."), parameter)
        moment = None if amount is not None and not _counts_dates(parameter) else read_moment(bare, now, loose=True)
        dated = _of_moment(moment, parameter) if moment else None
        return amount if dated is None else dated
    return _read_text(span, bare, parameter, now)


def _read_text(span: str, bare: str, parameter: ParameterView, now: datetime) -> JsonValue:
    if len(span) > MAX_LENGTH:
        return bare
    if is_word_for_formula(bare, parameter.name_stems):
        return None
    if parameter.type == "Any" and (number := read_number(bare)) is not None:
        return number
    if parameter.type == "Any" and asked_units(parameter) and (quantity := read_quantity(bare)) and quantity.unit:
        return read_amount(bare, parameter)
    joint = asked_joint(parameter)
    if joint:
        items = split_items(span if without_brackets(span) is not None else bare) or []
        if len(items) > 1:
            return joint.join(str(_read_one(item, trim(item), parameter, now)) for item in items)
    return _read_one(span, bare, parameter, now)


def _read_one(span: str, bare: str, parameter: ParameterView, now: datetime) -> JsonValue:
    """One text, or one of several that are joined, in the form that the document asks for."""
    bare = _identifier(bare, parameter)
    bare = (takes_city(parameter) and full_name(bare)) or (takes_place(parameter) and name_of_city(bare)) or bare
    bare = city_and_state(bare, parameter) or named_state(bare, parameter) or bare
    code = asked_code(parameter)
    if code is not None and (written := write_code(bare, code)):
        return written
    if part_of(parameter) and asked_form(parameter) is None and (part := read_part(bare, parameter, now)) is not None:
        return part
    if takes_currency(parameter) or (asked_joint(parameter) and "currenc" in parameter.text[:4_000].lower()):
        amount = read_quantity(bare)
        code = currency_code(bare) or (amount.currency if amount else "")
        if code:
            return code
        if takes_currency_code(parameter) and not _CURRENCY.fullmatch(bare):
            return None
    if asks_for_duration(parameter) and (length := read_duration(bare)) is not None:
        return length.iso() or bare
    if speaks_of_dates(parameter) and not (span[0] in QUOTES and asked_form(parameter) is None):
        form = asked_form(parameter)
        moment = read_moment(bare, now, day_first=bool(form and form.day_first), loose=True)
        if moment is not None:
            return write_as_asked(moment, bare, parameter)
        if form is not None and form.strict:
            return bare if is_written(bare, form) else None
    if not _PLAIN.fullmatch(bare) and is_counted(parameter):
        return read_count(bare, parameter)
    if is_formula(bare) and asks_for_python(f"{parameter.text} {parameter.parameter.type.get('example', '')}"):
        return python_formula(bare, parameter.text)
    return bare


def _identifier(bare: str, parameter: ParameterView) -> str:
    """The identifier of `laptop LT-0932`, where one is asked for; of `back door` the word that the document has."""
    short = bare[: -len(parameter.name) - 1] if bare.lower().endswith(f" {parameter.name.lower()}") else ""
    told = parameter.text[:4_000].lower()
    if short and bare.lower() not in told and re.search(rf"(?<!\w){re.escape(short.lower())}(?!\w)", told):
        return short
    named = _WITH_ITS_NAME.fullmatch(bare) if {*parameter.name_stems} & _IDENTIFYING else None
    return named[1] if named else bare


def asks_for_duration(parameter: ParameterView) -> bool:
    """Whether a document asks for a length of time as ISO 8601 writes it (`PT30M`)."""
    if parameter.parameter.type.get("format") == "duration":
        return True
    text = parameter.text[:4_000]
    shown = re.search(r"\bP(?:T\d+[HMS]|\d+[DWMY])", text)
    return bool(shown or re.search(r"ISO.?8601.{0,20}duration|duration.{0,30}ISO.?8601", text, re.I))


def write_as_asked(moment: Moment, said: str, parameter: ParameterView) -> JsonValue:
    """Return a date or time in the form the document asks for.

    Where it asks for none: in ISO a day that was said against today or by its month (`5 May`), all else as said.

    None where a time of the day is asked for and none was said. The end of a range takes the last day of what lasts.
    """
    if moment.day is not None and moment.day > moment.now.date() and "sinc" in parameter.name_stems:
        moment = last_time(moment, said)
    if moment.last is not None and _LAST & set(parameter.name_stems):
        moment = Moment(moment.last, moment.clock, moment.zone, moment.relative, None, moment.loose, moment.now)
    form = asked_form(parameter)
    if form is not None and not (moment.relative and takes_relative(parameter)):
        written = write_moment(moment, form)
        return str(written) if isinstance(written, int) and parameter.type == "str" else written
    if form is None and moment.day is None and moment.clock is not None and not moment.loose and _SPOKEN.search(said):
        return moment.clock.strftime("%H:%M")
    known = moment.relative or (moment.day is not None and _NAMED_DAY.search(said))
    if not known or takes_relative(parameter) or not speaks_of_dates(parameter):
        return said
    if moment.last is not None and _PERIODS & set(parameter.name_stems):
        return said  # `last month` is a period, not the day it began on
    point = moment.point()
    stems = parameter.name_stems
    if moment.clock is None or (moment.loose and "time" not in stems):
        return point.date().isoformat()
    if "time" in stems and "date" not in stems and point.date() == moment.now.date():
        return point.strftime("%H:%M")  # `today at 5 pm`: the day goes without saying
    return point.replace(tzinfo=None).isoformat()


def _counts_dates(parameter: ParameterView) -> bool:
    form = asked_form(parameter)
    return form is not None and form.special in ("seconds", "milliseconds")


def _of_moment(moment: Moment | None, parameter: ParameterView) -> JsonValue:
    """A date as a number: seconds since 1970 where they are asked for, or the year, month or day."""
    form = asked_form(parameter)
    if moment is not None and form is not None and form.special in ("seconds", "milliseconds"):
        return write_moment(moment, form)
    last = names.words(parameter.name)[-1:]
    if moment is None or moment.day is None or parameter.type != "int" or not last:
        return None
    return {"year": moment.day.year, "month": moment.day.month, "day": moment.day.day}.get(last[0].lower())


def _read_flag(bare: str) -> bool | None:
    words = re.findall(r"[a-z0-9]+", bare[:200].lower())
    said = {w in _YES for w in words if w in _YES or w in _NO}
    return said.pop() if len(said) == 1 else None


def _read_object(span: str) -> JsonValue:
    if len(span) > MAX_LENGTH or not span.startswith("{") or span.count("{") + span.count("[") > 200:
        return None
    try:
        found = _OBJECT.validate_json(span)
        json.dumps(found, allow_nan=False)  # pydantic reads NaN and 1e999, which are no JSON
    except ValueError:
        return None
    return found


def _read_list(span: str, parameter: ParameterView, now: datetime, depth: int) -> JsonValue:
    """The items, each as its schema wants it; one value alone is a list of one. None where one item does not fit."""
    if depth > MAX_DEPTH or len(span) > MAX_LENGTH * 5:
        return None
    item = item_of(parameter)
    numeric = item.type in ("int", "float")
    ends = split_range(trim(span)) if takes_ends(parameter) else None
    every = read_range(trim(span)) if numeric and ends is None else None
    if every is not None:
        return spread(every)
    whole_span = span if without_brackets(span) is not None else trim(span)
    parts = ends or split_items(without_name(whole_span, parameter.name_stems))
    if item.type == "list" and parts is not None and not all(without_brackets(p) for p in parts):
        parts = [span]
    if parts is not None and numeric and len(parts) == 1:
        words = (without_brackets(parts[0]) or parts[0]).split()
        plain = 1 < len(words) <= MAX_ITEMS and all(_PLAIN.fullmatch(w) for w in words)
        parts = words if plain else parts
    if not parts:
        return None
    read = [_read(part, item, now, depth + 1) for part in parts]
    return None if any(value is None for value in read) else read


def item_of(parameter: ParameterView) -> ParameterView:
    """Return the items of a list as a parameter of their own: the same name and description, their own type."""
    items = parameter.parameter.type.get("items")
    schema = items if isinstance(items, dict) else {}
    return ParameterView(parameter.parameter.model_copy(update={"type": schema}), parameter.index)


def is_color_name(name: str) -> bool:
    """Whether a parameter of that name asks for a colour."""
    return bool(re.search(r"\bcolou?r\b", name.replace("_", " ").lower()))
