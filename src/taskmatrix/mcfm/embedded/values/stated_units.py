"""Units and currencies that are values themselves: the `km` and the `miles` of `convert 5 km to miles`.

Where a document asks for the unit to convert from, or the one to convert to, the words around them say which is which:
the one stands behind a number or `from`, the other behind `to`, `into` or `in`, or after `how many`.
"""

import re
from collections.abc import Sequence
from typing import Literal

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS, stem
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.currencies import currency_code, currency_symbols
from taskmatrix.mcfm.embedded.values.measuring import unit

Role = Literal["from", "to"]
Place = tuple[int, int]

_FROM = frozenset("from source base original input initial current old".split())
_TO = frozenset("to target into output destination dest desired new final".split())
_MEASURED = frozenset(stem(word) for word in ("unit", "units", "currency", "currencies", "measurement", "scale"))
_UNITS_ALONE = frozenset(stem(word) for word in ("unit", "units"))
_UNIT = (
    r"(?:(?:degrees?|square|cubic|fluid|nautical|US|U\.S\.|Swiss|British|American|Canadian|Australian|Japanese|Indian)"
    r"\s+)?[A-Za-z°]+[²³\d]?(?:\s+per\s+[A-Za-z]+|/[A-Za-z]+)?"
)
_BEHIND = re.compile(rf"\s?-?({_UNIT})", re.I)
_TARGET = re.compile(rf"\s+(?:(?:is|are)\s+)?(?:in)?to\s+(?:an?\s+|the\s+)?({_UNIT})|\s+in\s+({_UNIT})", re.I)
_TOWARDS = re.compile(rf"\b(?:into|to|in)\s+({_UNIT})|\bhow (?:many|much)\s+({_UNIT})", re.I)
_PAIR = re.compile(rf"\bfrom\s+({_UNIT})\s+(?:in)?to\s+({_UNIT})", re.I)
_SIGN = re.compile(rf"{currency_symbols()}\s?$")


def asked_role(parameter: ParameterView) -> Role | None:
    """Return whether a text is the unit to convert from, or the one to convert to; None for anything else."""
    if parameter.type not in ("str", "Any") or not _MEASURED & {*parameter.name_stems, *parameter.stems}:
        return None
    words = {word.lower() for word in names.words(parameter.name)}
    one, other = bool(words & _FROM), bool(words & _TO)
    return None if one == other else "from" if one else "to"


def asks_for_unit(parameter: ParameterView) -> bool:
    """Return whether a text is a unit that results or amounts are given in, with no other one to convert to."""
    return (
        parameter.type in ("str", "Any") and bool(_UNITS_ALONE & {*parameter.name_stems}) and not asked_role(parameter)
    )


def said_units(text: str, values: Sequence[Candidate], within: Place) -> list[Place]:
    """Return where units stand within a part of a text: behind numbers, and those that are asked for (`in miles`)."""
    found = _found(text, values, within)
    return [place for place in sorted(found["from"] | found["to"]) if _is_measure(text[slice(*place)])]


def stated_unit(text: str, role: Role, values: Sequence[Candidate], within: Place) -> Place | None:
    """Return where the unit to convert from, or to, stands within a part of a text; None for none, and for several.

    `values` are the typed values of the text.
    """
    found = _found(text, values, within)
    return next(iter(found[role])) if len(found[role]) == 1 else None


def _found(text: str, values: Sequence[Candidate], within: Place) -> dict[Role, set[Place]]:
    start, end = within
    found: dict[Role, set[Place]] = {"from": set(), "to": set()}
    for number in (v for v in values if v.kind == "number" and start <= v.start and v.end <= end):
        _beside(text[:end], number, found)
    for pair in _PAIR.finditer(text, start, end):
        if all(_is_measure(word) for word in pair.groups()):
            found["from"].add(pair.span(1))
            found["to"].add(pair.span(2))
    for match in _TOWARDS.finditer(text, start, end):
        place = match.span(1) if match[1] else match.span(2)
        if _is_measure(text[place[0] : place[1]]):
            found["to"].add(place)
    return found


def states_units(parameters: Sequence[ParameterView], text: str, values: Sequence[Candidate], within: Place) -> bool:
    """Return whether parameters ask for the unit to convert from and for the one to convert to, and both are said."""
    roles: set[Role] = {role for parameter in parameters if (role := asked_role(parameter))}
    return len(roles) == 2 and all(stated_unit(text, role, values, within) for role in roles)


def _beside(text: str, number: Candidate, found: dict[Role, set[Place]]) -> None:
    """The unit that a number has, and the one that follows it: any words at all in `5 stone to pounds`."""
    signed = _SIGN.search(text[: number.start] if text[number.start] not in "$€£¥" else text[: number.start + 1])
    behind = None if signed else _BEHIND.match(text, number.end)
    if behind is not None and behind[1].split()[0].lower() in STOP_WORDS:
        return
    place = (signed.start(), number.end) if signed else behind.span(1) if behind else None
    if place is None:
        return
    target = _TARGET.match(text, place[1])
    known = signed is not None or _is_measure(text[place[0] : place[1]])
    if known or target is not None:
        found["from"].add(place)
    if target is not None and (said := target.span(1) if target[1] else target.span(2)):
        words = text[said[0] : said[1]]
        if words.split()[0].lower() not in STOP_WORDS and (known or target[1]):
            found["to"].add(said)


def _is_measure(words: str) -> bool:
    plain = re.sub(r"^(?:degrees?|square|cubic)\s+", "", words, flags=re.I)
    return bool(unit(plain) or currency_code(words))
