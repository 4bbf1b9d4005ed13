"""Where in a text the values of a gold call stand: the supervision of the cross-encoder's pointers.

A value is looked for as it stands, then in other forms: any words that `convert_span` turns into the gold value say it
(`French` for `fr`, `5 km` for 5000, `May 5, 2024` for a month 5).
"""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CHOICE, FALSE, OMIT, OTHER, RESULT, SPAN, TRUE
from taskmatrix.mcfm.embedded.learning import saying
from taskmatrix.mcfm.embedded.learning.saying import SKIPPED, day_of, hour_of, same_day
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.codes import country, language, us_state
from taskmatrix.mcfm.embedded.values.converting import convert_span
from taskmatrix.mcfm.embedded.values.currencies import currency_code

UNKNOWN = -1
_YES, _NO = frozenset(("true", "yes", "1")), frozenset(("false", "no", "0"))
_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)
"""Texts without their date are read against it: days said against another one are found only by chance."""
_MOST_TRIED = 160


@dataclass(frozen=True, slots=True)
class Target:
    """What a parameter is to be given: a kind, with the spans of the text or the indexes of the choices."""

    kind: int
    spans: tuple[tuple[int, int], ...] = ()
    choices: tuple[int, ...] = ()


class Text(saying.Text):
    """A text in which values are looked for in all the forms that a gold value may be said in."""

    def __init__(self, text: str, now: datetime = _CLOCK) -> None:
        super().__init__(text, now)

    def dated(self, wanted: str) -> list[tuple[int, int]]:
        """Return where the day or the time of day that a text in digits gives is said in words."""
        day, hour = day_of(wanted), hour_of(wanted)
        found: list[tuple[int, int]] = []
        for value in self.values:
            if day and value.kind == "date":
                if same_day(day, day_of(value.text)) or day == _fixed_day(value):
                    found.append((value.start, value.end))
            elif hour and not day and value.kind in ("time", "date") and hour in (hour_of(value.text), _clock(value)):
                found.append((value.start, value.end))
        return found

    def named(self, code: str, parameter: ParameterView) -> list[tuple[int, int]]:
        """Return where the country, language, state or currency that a code stands for is said by its name."""
        wanted, stems = code.strip().upper().replace("_", "-"), f"{parameter.name} {parameter.text[:200]}".lower()
        found: list[tuple[int, int]] = []
        for value in self.values[:_MOST_TRIED]:
            if value.kind in ("name", "phrase") and wanted in _codes(value.text, stems):
                found.append((value.start, value.end))
        return _outermost(found)

    def converted(self, wanted: Sequence[object], parameter: ParameterView) -> list[tuple[int, int]]:
        """Return which candidates the run time would turn into one of the wanted values."""
        plain = {_comparable(value) for value in wanted}
        found: list[tuple[int, int]] = []
        for start, end in dict.fromkeys((v.start, v.end) for v in self.values[:_MOST_TRIED]):
            value = convert_span(self.text, start, end, parameter, self.now)
            if value is not None and _comparable(value) in plain:
                found.append((start, end))
        return _outermost(found) if parameter.type == "str" else _innermost(found)


def target(parameter: ParameterView, arguments: Mapping[str, Sequence[object]], text: Text) -> Target:
    """Return what the model is to say of one parameter."""
    accepted = arguments.get(parameter.name)
    if accepted is None or accepted == []:
        return Target(OMIT)
    if any(isinstance(value, dict) and "$ref" in value for value in accepted):
        return Target(RESULT)
    told = _typed(parameter, accepted)
    if parameter.type == "bool" or all(isinstance(value, bool) for value in told):
        if parameter.required or told[0] != parameter.parameter.type.get("default"):
            return Target(TRUE if told[0] else FALSE) if isinstance(told[0], bool) else Target(UNKNOWN)
        return Target(UNKNOWN)  # a default that was written out: whether it was said cannot be known
    chosen = _chosen(parameter, told)
    if chosen:
        return Target(CHOICE, choices=tuple(chosen))
    spans = [span for value in told for span in _spans(value, text)] or _otherwise(told, parameter, text)
    if spans:
        return Target(SPAN, tuple(dict.fromkeys(spans)))
    if not parameter.required and any(value == parameter.parameter.type.get("default") for value in told):
        return Target(OMIT)
    if parameter.type in ("dict", "list") or any(value in ("", None) for value in told):
        return Target(UNKNOWN)
    return Target(OTHER if parameter.required else UNKNOWN)


def _otherwise(told: Sequence[object], parameter: ParameterView, text: Text) -> list[tuple[int, int]]:
    """Where values are said in another form than they have."""
    if parameter.type in ("bool", "dict") or all(value in ("", None, []) or isinstance(value, dict) for value in told):
        return []
    found = text.converted(told, parameter)
    if found or parameter.type not in ("str", "Any"):
        return found
    for value in told:
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2})?", value):
            found += text.named(value, parameter)
        elif isinstance(value, str) and "," in value[:400]:
            items = [item.strip() for item in value.split(",")]
            found += _region(items, text) if all(items) else []
    return found


def _codes(said: str, about: str) -> set[str]:
    """The codes that words name, of what a document is about."""
    found: set[str] = set()
    if re.search(r"countr|region|nation|geo|market|\bgl\b", about) and (one := country(said)):
        found |= {one.alpha2, one.alpha3}
    if re.search(r"lang|locale|\bhl\b", about) and (spoken := language(said)):
        found |= {spoken.code.upper(), f"{spoken.code}-{spoken.region or spoken.usual}".upper()}
    if re.search(r"\bstate|region|province", about) and (state := us_state(said)):
        found.add(state)
    if "currenc" in about and (money := currency_code(said)):
        found.add(money)
    return found


def _comparable(value: object) -> str:
    """A value as the evaluation compares it."""
    if isinstance(value, list):
        return f"[{'|'.join(map(_comparable, _items(cast('object', value))))}]"
    return f"{float(value):.12g}" if isinstance(value, int | float) and not isinstance(value, bool) else _plain(value)


def _innermost(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those that hold another one."""
    return [s for s in spans if not any(o != s and s[0] <= o[0] and o[1] <= s[1] for o in spans)]


def _outermost(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without those that lie in another one: `US dollars`, not `dollars`."""
    return [s for s in spans if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spans)]


def _typed(parameter: ParameterView, accepted: Sequence[object]) -> list[object]:
    """Gold texts in the parameter's type, as the evaluation reads them."""
    found: list[object] = []
    for value in accepted:
        if isinstance(value, str) and parameter.type in ("bool", "int", "float", "list"):
            if parameter.type == "bool" and value.strip().lower() in _YES | _NO:
                value = value.strip().lower() in _YES
            else:
                with contextlib.suppress(ValueError):
                    value = json.loads(value)
        found.append(value)
    return found


def _items(value: object) -> Sequence[object]:
    """The items of a list, or the value itself as the only one."""
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _chosen(parameter: ParameterView, told: Sequence[object]) -> list[int]:
    if parameter.counts:
        return []
    wanted = {_plain(item) for value in told for item in _items(value)}
    return [i for i, choice in enumerate(parameter.choices) if _plain(choice) in wanted]


def _plain(value: object) -> str:
    return "".join(c for c in str(value).lower() if c not in SKIPPED)


def _spans(value: object, text: Text) -> list[tuple[int, int]]:
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return text.number(float(value))
    if isinstance(value, str):
        return _shorter(text.literal(value) or (text.dated(value) if re.search(r"\d", value) else []), text)
    if isinstance(value, list) and value:
        items = _items(cast("object", value))
        return [] if any(isinstance(item, dict) for item in items) else _region(items, text)
    return []


def _shorter(spans: list[tuple[int, int]], text: Text) -> list[tuple[int, int]]:
    """Without the marks at the edges."""
    trimmed: list[tuple[int, int]] = []
    for start, end in spans:
        while start < end and text.text[start] in SKIPPED:
            start += 1
        while start < end and text.text[end - 1] in SKIPPED:
            end -= 1
        if start < end:
            trimmed.append((start, end))
    return trimmed


def _region(items: Sequence[object], text: Text) -> list[tuple[int, int]]:
    """The stretch from the first to the last item of a list, if little more than joints lies between them."""
    flat = [i for item in items for i in _items(item)]
    if len(flat) > 60:
        return []
    place, start, needed = 0, -1, 0
    for item in flat:
        here = [span for span in _spans(item, text) if span[0] >= place]
        if not here:
            return []
        first, last = min(here)
        start = first if start < 0 else start
        place, needed = last, needed + last - first
    return [(start, place)] if place - start <= needed + 8 * len(flat) + 4 else []


def _fixed_day(value: Candidate) -> tuple[int, int, int] | None:
    """The day of a date that was said with its year."""
    moment = value.moment
    if moment is None or moment.day is None or moment.relative or not re.search(r"\d{4}", value.text):
        return None
    return moment.day.year, moment.day.month, moment.day.day


def _clock(value: Candidate) -> tuple[int, int] | None:
    moment = value.moment
    clock = moment.clock if moment is not None and not moment.loose else None
    return (clock.hour, clock.minute) if clock else None
