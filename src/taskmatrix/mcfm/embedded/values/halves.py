"""What is said in one breath, for parameters that take a part each: `March 14th at 7 pm`, `London, UK`, `30 CHF`."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import stem
from taskmatrix.mcfm.embedded.values.date_forms import asked_form
from taskmatrix.mcfm.embedded.values.joining import asked_joint
from taskmatrix.mcfm.embedded.values.moments import EPOCH, read_moment
from taskmatrix.mcfm.embedded.values.times import find_time

Half = Literal["day", "clock", "city", "region", "currency", "first", "last", "owner", "repo"]

_DAY, _CLOCK = frozenset(("date", "day")), frozenset(("time", "hour"))
_CITY, _REGION = frozenset(("citi", "town")), frozenset(("countri", "state", "provinc", "region"))
_OF_CITY = re.compile(
    r"(?:the )?(?:name of )?(?:the |an? )?(?:\w+ )?(?:city|town)(?: name)?\b(?: or (?:city|town)\b)?", re.I
)
_PLACE_NAMED = frozenset(stem(w) for w in "location destination place".split())
_OF_PLACE = re.compile(r"(?:the )?(?:location|place|destination)\b", re.I)
_AIRPORT = re.compile(r"\b(?:airport|station|coordinates?|latitude|path|file|folder|directory)s?\b", re.I)
_MORE_THAN_CITY = re.compile(
    r"\s*(?:,|\(|/|and\b|or\b|id\b|code\b|population\b|location\b)|"
    r".*(?:\b(?:state|country|province|region|airport|address|IATA)\b|, [A-Z]{2}\b)",
    re.S,
)
_NAMED_HALVES: dict[str, Half] = {
    **dict.fromkeys(("first_name", "firstname", "given_name", "forename"), "first"),
    **dict.fromkeys(("last_name", "lastname", "family_name", "surname"), "last"),
    **dict.fromkeys(("owner", "repo_owner", "repository_owner"), "owner"),
    **dict.fromkeys(("repo", "repository", "repo_name", "repository_name"), "repo"),
}
_NAME = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Madam)\.?\s+)?(?:(?P<first>[^\W\d_][\w'’.-]*)\s+)?"
    r"(?P<last>(?:(?:van|von|de|del|da|di|la|le|der|den|bin|al|el|mc|st\.)\s+)*[^\W\d_][\w'’-]*)",
    re.I,
)
_SLUG = re.compile(r"(?:https?://[\w.]+/)?(?P<owner>[\w.-]+)/(?P<repo>[\w.-]+?)(?:\.git)?")
_CURRENCY_CODE = re.compile(r"4217|\biso\b|(?:three|3)[- ](?:letter|character) (?:currency )?code|currency code")
_BOTH = re.compile(r"date\s?-?time|date and time|time and date|timestamp", re.I)
_PLACE = re.compile(r"(?P<city>[^,]{2,60}?)\s*,\s*(?P<region>[A-Z][\w.]*(?: [A-Z][\w.]*){0,3}|[a-z]{2})")
_CODE = re.compile(r"(?<![a-z])(?:IATA|[Cc]odes?)(?![a-z])")
_MONEY = re.compile(r"(?P<before>[A-Za-z$€£¥]{1,4})?\s*\d[\d.,]*\s*(?P<after>[A-Za-z$€£¥][^\d]{0,30})?")
_BEFORE = re.compile(r"(?:[\s,]|\b(?:on|at|by|for|from|of|the)\b)*", re.I)
_AFTER = re.compile(r"(?:[\s,]|\b(?:on|at|by|around)\b)*$", re.I)


def takers_of_halves(parameters: Sequence[ParameterView]) -> Mapping[str, Half]:
    """Return which parameters take one part alone, by name.

    A parameter takes the day where another one takes the time, and a country where another one takes the city; a city
    is taken without its country, and a currency without its amount, in any case.
    """
    found: dict[str, Half] = {p.name: half for p in parameters if (half := _half(p)) is not None}
    there = set(found.values())
    alone = {
        "day": "clock" in there,
        "clock": "day" in there,
        "city": True,
        "region": "city" in there,
        "currency": True,
        "first": "last" in there,
        "last": True,
        "owner": "repo" in there,
        "repo": "owner" in there,
    }
    return {name: half for name, half in found.items() if alone[half]}


def half_of(text: str, start: int, end: int, half: Half) -> tuple[int, int]:
    """Return where in `text[start:end]` the part that is wanted stands; all of it unless it says both."""
    said = text[start:end]
    if half in ("city", "region"):
        place = _PLACE.fullmatch(said)
        return (start + place.start(half), start + place.end(half)) if place else (start, end)
    if half == "currency":
        money = _MONEY.fullmatch(said)
        unit = "before" if money and money["before"] else "after"
        return (start + money.start(unit), start + money.end(unit)) if money and money[unit] else (start, end)
    if half in ("first", "last"):
        name = _NAME.fullmatch(said)
        return (start + name.start(half), start + name.end(half)) if name and name[half] else (start, end)
    if half in ("owner", "repo"):
        slug = _SLUG.fullmatch(said)
        return (start + slug.start(half), start + slug.end(half)) if slug else (start, end)
    clock = find_time(said)
    moment = read_moment(said, EPOCH) if clock is not None else None
    if clock is None or moment is None or moment.day is None or moment.clock is None:
        return start, end
    if half == "clock":
        return start + clock.start, start + clock.end
    sides = [(0, clock.start), (clock.end, len(said))]
    days = [side for one in sides if (side := _without_edges(said, *one))[0] < side[1]]
    return (start + days[0][0], start + days[0][1]) if len(days) == 1 else (start, end)


def takes_currency_code(parameter: ParameterView) -> bool:
    """Whether a parameter takes the code of one currency and nothing else."""
    about = f"{' '.join(names.words(parameter.name))} {parameter.text[:4_000]}".lower()
    return "currenc" in about and _CURRENCY_CODE.search(about) is not None and not asked_joint(parameter)


def takes_currency(parameter: ParameterView) -> bool:
    """Whether a parameter takes a currency: by its name, or by the standard of its codes in the description."""
    return "currenc" in "".join(parameter.name_stems) or takes_currency_code(parameter)


def takes_city(parameter: ParameterView) -> bool:
    """Whether a parameter takes the name of a city alone, not its code: by its own name, or by how its description
    begins.
    """
    stems = set(parameter.name_stems)
    if stems & _REGION or _CODE.search(f"{parameter.name} {parameter.text[:400]}"):
        return False
    if stems & _CITY:
        return not parameter.stems & _REGION
    text = parameter.text[:400]
    headed = _OF_CITY.match(text)
    return headed is not None and _MORE_THAN_CITY.match(text, headed.end()) is None


def takes_place(parameter: ParameterView) -> bool:
    """Whether a parameter takes where something is, for which a city may stand: `Location of the hotel`."""
    about = f"{parameter.name} {parameter.text[:400]}"
    named = bool(_PLACE_NAMED & {*parameter.name_stems}) or _OF_PLACE.match(parameter.text) is not None
    return named and parameter.type in ("str", "Any") and not _CODE.search(about) and not _AIRPORT.search(about)


def _half(parameter: ParameterView) -> Half | None:
    if parameter.type not in ("str", "Any"):
        return None
    named = "_".join(word.lower() for word in names.words(parameter.name))
    if named in _NAMED_HALVES:
        return _NAMED_HALVES[named]
    if named.endswith("last_name") or named.endswith("surname"):
        return "last"
    if takes_currency(parameter):
        return "currency"
    form = asked_form(parameter)
    if form is not None:
        return None if form.has_day == form.has_time else "day" if form.has_day else "clock"
    if takes_city(parameter):
        return "city"
    stems = set(parameter.name_stems)
    if stems & _REGION and not stems & _CITY:
        return None if parameter.stems & _CITY else "region"
    if bool(stems & _DAY) == bool(stems & _CLOCK) or _BOTH.search(parameter.text[:400]):
        return None
    return "day" if stems & _DAY else "clock"


def _without_edges(said: str, start: int, end: int) -> tuple[int, int]:
    part = said[start:end]
    first = _BEFORE.match(part)
    last = _AFTER.search(part, first.end() if first else 0)
    return start + (first.end() if first else 0), start + (last.start() if last else len(part))
