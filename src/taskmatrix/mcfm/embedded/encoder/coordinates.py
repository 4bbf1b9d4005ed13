"""Points on the globe that are said as figures: `(48.8566, 2.3522)`, `13.1631° S, 72.5450° W`."""

import re
from collections.abc import Sequence

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.candidates import Candidate

LONGEST = 4_000
"""Characters in which points are looked for."""
_FIGURE = r"(?P<{0}>[-−+]?\d{{1,3}}(?:\.\d+)?)\s?(?:°|degrees?)?\s?(?P<{0}_side>[{1}]|{2})?(?![\w%])"
_POINT = re.compile(
    r"(?<![\w.])(?:lat(?:itude)?\.?:?\s{0,3}(?:of )?)?"
    + _FIGURE.format("lat", "NSns", "north|south")
    + r"\s{0,3}(?:,|;|/|\band\b|, and\b)?\s{0,3}(?:lon(?:g|gitude)?\.?:?\s{0,3}(?:of )?)?"
    + _FIGURE.format("lon", "EWew", "east|west"),
)
_LATITUDE, _LONGITUDE = frozenset(("lat", "latitude")), frozenset(("lon", "lng", "long", "longitude"))


def located(parameters: Sequence[ParameterView], text: str, within: tuple[int, int]) -> dict[str, Candidate]:
    """Return latitude and longitude of the points that a part of a text says, by parameter, in order.

    There must be as many points as pairs of parameters, each with a fraction, a degree sign or a side of the globe.
    """
    numeric = [
        (p.name, {w.lower().rstrip("0123456789") for w in names.words(p.name)})
        for p in parameters
        if p.type == "float"
    ]
    takers = [[name for name, words in numeric if words & side] for side in (_LATITUDE, _LONGITUDE)]
    if not takers[0] or len(takers[0]) != len(takers[1]):
        return {}
    points = [m for m in _POINT.finditer(text, within[0], min(within[1], within[0] + LONGEST)) if _is_point(m)]
    if len(points) != len(takers[0]):
        return {}
    found: dict[str, Candidate] = {}
    for side, taking in zip(("lat", "lon"), takers, strict=True):
        for name, point in zip(taking, points, strict=True):
            value = _signed(point[side], point[f"{side}_side"] or "")
            start, end = point.span(side)
            found[name] = Candidate(start, end, text[start:end], value, "number")
    return found


def _is_point(match: re.Match[str]) -> bool:
    sided = bool(match["lat_side"] and match["lon_side"])
    exact = all(len(match[side].partition(".")[2]) > 1 for side in ("lat", "lon"))
    near = abs(float(_plain(match["lat"]))) <= 90 and abs(float(_plain(match["lon"]))) <= 180
    return near and (sided or exact or "°" in match[0])


def _signed(figure: str, side: str) -> float | int:
    value = float(_plain(figure))
    signed = -abs(value) if side[:1].lower() in ("s", "w") else value
    return int(signed) if signed.is_integer() and "." not in figure else signed


def _plain(figure: str) -> str:
    return figure.replace("−", "-")
