"""Cases in which a call is wanted and a value that it needs is not said.

In most sets every call has all that it needs, and what is learned of them is that an API without its values does not
fit. It does: the value is to be asked for. Three ways to get such cases from the others: the words that say a required
value are cut out of the instruction, an optional parameter that the instruction leaves open becomes a required one, or
one that another API requires is added.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import OMIT, SPAN
from taskmatrix.mcfm.embedded.learning.aligning import Target

_JOINTS = "in at on for of with from by as about into using named called titled than via near around per under over"
_JOINT = _JOINTS.replace(" ", "|")
_BEFORE = re.compile(
    rf"(?:,? and|,? or|,)?\s(?:{_JOINT}|and|,|is|are)(?: (?!(?:{_JOINT}|and|or|to)\b)[a-z]+){{0,3}}[ :'\"“‘(]*$"
    r"|(?:, | and)(?: [a-z]+){0,3}[ :'\"“‘(]*$|\sto(?: (?:the|a|an|my|our|your|[a-z]+ of))?[ :'\"“‘(]*$"
)
"""A preposition or a joint, and what leads from it to a value: ` with a width of `, `, for the city of "`."""
_AFTER = re.compile(r"['\"”’)]*(?: ?(?:%|°?[A-Za-z]{1,12}))?(?=$|[.?!,;]| (?:and|or|to|" + _JOINT + r")\b)")
"""What belongs to a value behind it: closing quotes, a unit."""
_LEAST_WORDS = 3
_DEFAULT = re.compile(r"default|optional|if (?:not|any|omitted)|or null|none", re.I)


def without_words(text: str, spans: Sequence[tuple[int, int]], kept: Sequence[tuple[int, int]]) -> str | None:
    """Return the text without the words that say a value; None where what is left would not be a sentence."""
    if len(spans) != 1:
        return None
    start, end = spans[0]
    before, after = _BEFORE.search(text[:start]), _AFTER.match(text, end)
    if before is None or after is None:
        return None
    first, last = before.start(), after.end()
    if any(s < last and first < e for s, e in kept):
        return None
    left = f"{text[:first]}{text[last:]}"
    return left if len(re.findall(r"[A-Za-z]{2,}", left)) >= _LEAST_WORDS else None


def cut_out(text: str, view: ApiView, targets: Sequence[Target], chance: random.Random) -> tuple[str, str] | None:
    """Return the text without what it says of one required parameter, and the name of that; None where none can go."""
    said = list(zip(view.parameters, targets, strict=True))
    for parameter, aimed in chance.sample(said, len(said)):
        if parameter.required and aimed.kind == SPAN:
            kept = [s for p, t in said if p is not parameter for s in t.spans]
            left = without_words(text, aimed.spans, kept)
            if left is not None:
                return left, parameter.name
    return None


def made_required(view: ApiView, targets: Sequence[Target], chance: random.Random) -> ApiView | None:
    """Return the API with a left out parameter required; None where none is left out."""
    open_ones = [p.name for p, t in zip(view.parameters, targets, strict=True) if t.kind == OMIT and _can_be_needed(p)]
    if not open_ones:
        return None
    name = chance.choice(open_ones)
    return replace(view, parameters=tuple(_required(p) if p.name == name else p for p in view.parameters))


def with_another(view: ApiView, other: ApiView, chance: random.Random) -> ApiView | None:
    """Return the API with a required parameter of another one, which is about something else; None for none."""
    known = {s for p in view.parameters for s in p.name_stems}
    fresh = [p for p in other.parameters if _is_plain(p) and p.required and not {*p.name_stems} & known]
    if not fresh:
        return None
    parameters = [*view.parameters]
    parameters.insert(chance.randrange(len(parameters) + 1), replace(chance.choice(fresh), index=len(parameters)))
    return replace(view, parameters=tuple(parameters))


def _required(parameter: ParameterView) -> ParameterView:
    return replace(parameter, parameter=parameter.parameter.model_copy(update={"required": True}))


def _can_be_needed(parameter: ParameterView) -> bool:
    return (
        not parameter.required
        and _is_plain(parameter)
        and not parameter.parameter.has_default
        and not _DEFAULT.search(parameter.text)
    )


def _is_plain(parameter: ParameterView) -> bool:
    return parameter.type in ("str", "int", "float", "Any") and "." not in parameter.name
