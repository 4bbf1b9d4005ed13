"""What is counted by its name: `a five star hotel with two rooms` says `star_rating` and `number_of_rooms`.

And what is numbered by it: `first class` says `seat_class`.
"""

import re
from collections.abc import Mapping, Sequence

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import stem, tokenize
from taskmatrix.mcfm.embedded.values.candidates import Candidate, is_place_in_order

_COUNTING = frozenset("number numbers num no count counts rating".split())
_HOLLOW = frozenset(stem(w) for w in (*_COUNTING, *"of in per the total min max minimum maximum".split()))
"""Words of a parameter's name that do not say what it counts."""
_ENDING = re.compile(r"(?:st|nd|rd|th)\b", re.I)
_LONGEST = 40
"""Letters of the longest word that is looked at."""


def counted_things(
    parameters: Sequence[ParameterView], text: str, values: Sequence[Candidate]
) -> Mapping[str, Candidate]:
    """Return the number that stands right before what a parameter counts by its name, by parameter.

    None for what two parameters are named after, and for what is said with two numbers.
    """
    owners: dict[str, list[ParameterView]] = {}
    for parameter in parameters:
        for name in {*parameter.name_stems} - _HOLLOW:
            owners.setdefault(name, []).append(parameter)
    alone = {name: some[0] for name, some in owners.items() if len(some) == 1}
    said: dict[str, dict[str, Candidate]] = {}
    for value in (v for v in values if alone and v.kind == "number" and not v.unit):
        ending = _ENDING.match(text, value.end)
        taker = alone.get(_behind(text, ending.end() if ending else value.end))
        fits = _numbers if ending or is_place_in_order(value) else _counts
        if taker is not None and fits(taker):
            said.setdefault(taker.name, {})[str(value.value)] = value
    return {name: next(iter(some.values())) for name, some in said.items() if len(some) == 1}


def _behind(text: str, place: int) -> str:
    """The stem of the word at a place or right behind it; none where there is no word."""
    words = (t for t in tokenize(text[place : place + _LONGEST]) if t.is_word and t.start <= 1)
    return next((word.stem for word in words), "")


def _numbers(parameter: ParameterView) -> bool:
    """Whether a parameter takes the number of one of several: `seat_class`, `floor`."""
    return parameter.type == "int" and not {w.lower() for w in names.words(parameter.name)} & _COUNTING


def _counts(parameter: ParameterView) -> bool:
    """Whether a parameter takes a number, and is named after what is counted: `room_count`, `guests`."""
    numeric, [*stems] = parameter.type in ("int", "float"), parameter.name_stems
    if numeric and len(stems) == 1 and parameter.name.endswith("s"):
        return parameter.name.lower() != stems[0]
    words = {word.lower() for word in names.words(parameter.name)}  # not their stems: `rating` and `rate` share one
    return (numeric or (parameter.type == "str" and not parameter.choices)) and bool(words & _COUNTING)
