"""What the words say of a parameter for certain: the unit to convert to, the hours and minutes of a length of time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.encoder.coefficients import coefficients
from taskmatrix.mcfm.embedded.encoder.coordinates import located
from taskmatrix.mcfm.embedded.encoder.counting import counted_things
from taskmatrix.mcfm.embedded.encoder.series import said_series
from taskmatrix.mcfm.embedded.encoder.ways import said_ends
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import stem
from taskmatrix.mcfm.embedded.instruction.segments import Place
from taskmatrix.mcfm.embedded.values.amounts import asked_units, read_amount
from taskmatrix.mcfm.embedded.values.candidates import Candidate, said_in_words
from taskmatrix.mcfm.embedded.values.converting import takes_moments
from taskmatrix.mcfm.embedded.values.durations import UNITS
from taskmatrix.mcfm.embedded.values.impossible import impossible_moment
from taskmatrix.mcfm.embedded.values.stated_units import asked_role, asks_for_unit, said_units, stated_unit

Convert = Callable[[int, int, ParameterView], JsonValue]
"""(start, end, parameter) → the value that these words of the text stand for, None where they stand for none."""

STATED = 0.95
"""How likely it is that what the words say for certain is meant."""
_SIZE = re.compile(r"(?<![\w.])(\d{1,6})(?:\s?[x×]\s?|\s+by\s+)(\d{1,6})(?![\w.]*\d|\s?[x×])")
_WORD_BEFORE = re.compile(r"\b(\w+):?\s$")
_MAX_NAME = 40
"""Characters before a quote in which the name of its parameter is looked for."""
_DAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day(?=s?\b)", re.I)
_WEEKDAY = frozenset((stem("weekday"),))
_NUMBERED = frozenset("number no id code zip index".split())
_NAMED = frozenset(stem(w) for w in "unit currency city country state region language color colour person".split())


@dataclass(frozen=True)
class _Part:
    """A part `within` of a text, with the typed values of all of it, and how words become values."""

    text: str
    values: Sequence[Candidate]
    within: tuple[int, int]
    convert: Convert

    @cached_property
    def own(self) -> list[Candidate]:
        """The values of the part."""
        return [v for v in self.values if self.within[0] <= v.start and v.end <= self.within[1]]

    @cached_property
    def earlier(self) -> list[Candidate]:
        """The values of the turns before it; none where it is no turn of a conversation."""
        begin = self.within[0]
        return [v for v in self.values if v.end <= begin] if self.text[begin - 1 : begin] == "\n" else []

    def read(self, parameter: ParameterView, place: tuple[int, int]) -> dict[str, Filled]:
        """The words at a place as the parameter's value, by its name; nothing where they stand for none."""
        words = self.text[slice(*place)]
        return self.take(parameter, Candidate(*place, words, words, "phrase"))

    def take(self, parameter: ParameterView, source: Candidate) -> dict[str, Filled]:
        """A value of the text as the parameter wants it, by its name; nothing where it cannot be."""
        value = self.convert(source.start, source.end, parameter)
        return {} if value is None else {parameter.name: Filled(value, source, STATED)}


def stated_values(
    parameters: Sequence[ParameterView],
    text: str,
    values: Sequence[Candidate],
    within: tuple[int, int],
    convert: Convert,
) -> dict[str, Filled]:
    """Return what the words of a part of a text say for certain, by parameter; `values` are those of the text."""
    part = _Part(text, values, within, convert)
    found = _parts_of_length(parameters, part) | _counted(parameters, part) | _sides(parameters, part)
    told = located(parameters, text, within) | coefficients(parameters, text, within)
    found |= {name: Filled(value.value, value, STATED) for name, value in told.items()}
    found |= _ways(parameters, part) | _quoted(parameters, part) | _series(parameters, part)
    found |= _listed(parameters, part) | _weekday(parameters, part)
    for parameter in parameters:
        role = asked_role(parameter)
        place = stated_unit(text, role, values, within) if role else None
        found |= part.read(parameter, place) if place else {}
    return found | _units(parameters, part)


def _counted(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The numbers of what parameters count by their names: those of the part, else those said before it."""
    counted = {
        **counted_things(parameters, part.text, part.earlier),
        **counted_things(parameters, part.text, part.own),
    }
    found: dict[str, Filled] = {}
    for parameter in (p for p in parameters if p.name in counted):
        value = counted[parameter.name]
        chosen = {parameter.name: Filled(value.value, value, STATED)} if value.value in parameter.choices else {}
        found |= chosen or part.take(parameter, value)
    return found


def _quoted(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The quotes that stand behind the name of a text parameter, one for each: `with the text "buy bread"`."""
    named: dict[str, list[Candidate]] = {}
    for value in part.own:
        before = _WORD_BEFORE.search(part.text, max(part.within[0], value.start - _MAX_NAME), value.start)
        if value.kind == "quote" and before is not None:
            named.setdefault(before[1].lower(), []).append(value)
    found: dict[str, Filled] = {}
    for parameter in parameters:
        quotes = named.get(parameter.name.lower(), [])
        if len(quotes) == 1 and parameter.type == "str" and not parameter.choices:
            found |= part.take(parameter, quotes[0])
    return found


def _units(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The one unit of a parameter's choices that is said, of numbers or of what is asked (`how many miles`)."""
    asking = [p for p in parameters if p.choices and asks_for_unit(p)]
    places = said_units(part.text, part.values, part.within) if asking else []
    found: dict[str, Filled] = {}
    for parameter in asking:
        said = [filled for place in places if (filled := part.read(parameter, place))]
        found |= said[0] if len({str(filled[parameter.name].value) for filled in said}) == 1 else {}
    return found


def without_earlier_moments(convert: Convert, text: str, within: tuple[int, int]) -> Convert:
    """Return the conversion that takes no date from before a part of a text that says one that does not exist."""
    if not within[0] or not impossible_moment(text[slice(*within)]):
        return convert
    return lambda start, end, p: None if start < within[0] and takes_moments(p) else convert(start, end, p)


def unit_owners(parameters: Sequence[ParameterView]) -> Mapping[str, Sequence[str]]:
    """Return the units that one parameter each is named after (`hours`, `minutes`), where there are several."""
    owners: dict[str, list[str]] = {}
    for parameter in parameters:
        units = asked_units(parameter)
        if len(units) == 1:
            owners.setdefault(next(iter(units)), []).append(parameter.name)
    return owners if len(owners) > 1 else {}


def is_no_number(parameter: ParameterView) -> bool:
    """Whether a text names a unit, a city or the like, which a bare number never does."""
    words = {word.lower() for word in names.words(parameter.name)}
    return parameter.type == "str" and bool(_NAMED & set(parameter.name_stems)) and not words & _NUMBERED


def _parts_of_length(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The one length of time that is said in several words, by the parameters that take its hours and its minutes."""
    lengths = [(v, length) for v in part.own if (length := said_in_words(v))]
    if len(lengths) != 1:
        return {}
    [(source, length)] = lengths
    owners = {unit: takers[0] for unit, takers in unit_owners(parameters).items() if len(takers) == 1}
    units = [unit for unit in UNITS if unit in owners]
    if len(units) < 2:
        timed = [p for p in parameters if p.type in ("int", "float") and asked_units(p) & {*UNITS}]
        value = read_amount(source.text, timed[0]) if len(timed) == 1 else None
        return {} if value is None else {timed[0].name: Filled(value, source, STATED)}
    return {owners[unit]: Filled(value, source, STATED) for unit, value in length.in_parts(units).items()}


def _ways(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """Both ends of a way from one choice to another, as far as both are said: see `ways`."""
    return _all_of(said_ends(parameters, part.text, part.within), parameters, part)


def _series(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The lists of numbers that stand together: see `series`."""
    return _all_of(said_series(parameters, part.text, part.within), parameters, part)


def _listed(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The longest list of which every item is one of a parameter's choices: `medium and extra small` are M and XS."""
    found: dict[str, Filled] = {}
    takers = [p for p in parameters if p.type == "list" and p.choices]
    lists = sorted((v for v in part.own if takers and v.kind == "list"), key=lambda v: v.start - v.end)
    for parameter in takers:
        found |= next((filled for v in lists if (filled := part.take(parameter, v))), dict[str, Filled]())
    return found


def _weekday(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The one day of the week that is said, by the one parameter that is named so."""
    takers = [p for p in parameters if {*p.name_stems} & _WEEKDAY and p.type in ("str", "Any")]
    said = list(_DAY.finditer(part.text, *part.within)) if len(takers) == 1 else []
    return part.read(takers[0], said[0].span()) if len(said) == 1 else {}


def _all_of(places: Mapping[str, Place], parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """What stands at these places, by parameter; nothing where one of them says nothing that its parameter takes."""
    found: dict[str, Filled] = {}
    for parameter in (p for p in parameters if p.name in places):
        found |= part.read(parameter, places[parameter.name])
    return found if len(found) == len(places) else {}


def _sides(parameters: Sequence[ParameterView], part: _Part) -> dict[str, Filled]:
    """The one size that is said as `800x600`, by the parameters that take its width and its height."""
    numeric = [p for p in parameters if p.type in ("int", "float")]
    takers = [[p.name for p in numeric if side in p.name_stems] for side in ("width", "height")]
    if any(len(side) != 1 for side in takers):
        return {}
    said = list(_SIZE.finditer(part.text, *part.within))
    if len(said) != 1:
        return {}
    found: dict[str, Filled] = {}
    for [name], place in zip(takers, (said[0].span(1), said[0].span(2)), strict=True):
        words = part.text[slice(*place)]
        found[name] = Filled(int(words), Candidate(*place, words, int(words), "number"), STATED)
    return found
