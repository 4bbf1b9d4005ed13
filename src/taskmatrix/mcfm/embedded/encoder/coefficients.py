"""The coefficients of an equation that is said as a whole: `3x^2 - 11x - 4 = 0` for parameters `a`, `b` and `c`."""

import re
from collections.abc import Sequence

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.candidates import Candidate

LONGEST = 2_000
"""Characters in which the equation is looked for."""
_LETTERS = "abcd"
_TERM = r"(?:\d+(?:\.\d+)?\s?\*?\s?)?[a-z](?:\s?(?:\^|\*\*)\s?\d|[²³])?(?![\w])|\d+(?:\.\d+)?(?![\w.])"
_EQUATION = re.compile(rf"(?<![\w.])(?:[-+−–]\s?)?(?:{_TERM})(?:\s*[-+−–]\s*(?:{_TERM}))+\s*=\s*0(?!\w|\.\d)")
_PART = re.compile(
    r"(?P<sign>[-+−–])?\s*(?:(?P<times>\d+(?:\.\d+)?)\s?\*?\s?)?(?:(?P<x>[a-z])\s?(?:(?:\^|\*\*)\s?(?P<power>\d)|(?P<high>[²³]))?)?"
)


def coefficients(parameters: Sequence[ParameterView], text: str, within: tuple[int, int]) -> dict[str, Candidate]:
    """Return the coefficients of the one equation that a part of a text says, by parameter.

    The parameters are `a`, `b`, `c`, …, the first for the highest power; a power that is not said has 0.
    """
    takers = [p for p in parameters if p.name.lower() in _LETTERS and p.type in ("int", "float")]
    named = [p.name.lower() for p in takers]
    if len(takers) < 2 or named != list(_LETTERS[: len(named)]):
        return {}
    said = list(_EQUATION.finditer(text, within[0], min(within[1], within[0] + LONGEST)))
    powers = _powers(said[0].group().partition("=")[0]) if len(said) == 1 else {}
    if max(powers, default=0) != len(takers) - 1:
        return {}
    values = [powers.get(len(takers) - 1 - index, 0) for index in range(len(takers))]
    return {
        p.name: Candidate(*said[0].span(), said[0].group(), value, "formula")
        for p, value in zip(takers, values, strict=True)
    }


def _powers(side: str) -> dict[int, int | float]:
    """The coefficient of each power of the one unknown; nothing where there are two unknowns."""
    found: dict[int, int | float] = {}
    unknowns: set[str] = set()
    for part in _PART.finditer(side):
        if not part["times"] and not part["x"]:
            continue
        power = int(part["power"] or {"²": 2, "³": 3}.get(part["high"] or "", 1)) if part["x"] else 0
        value = float(part["times"] or 1) * (-1 if part["sign"] in ("-", "−", "–") else 1)
        unknowns |= {part["x"]} if part["x"] else set()
        found[power] = found.get(power, 0) + (int(value) if value.is_integer() else value)
    return found if len(unknowns) == 1 else {}
