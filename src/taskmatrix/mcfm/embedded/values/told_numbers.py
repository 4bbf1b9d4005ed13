"""Numbers that stand for something else: `0 means nonstop only`, `1 (normal) to 4 (urgent)`."""

import re
from functools import lru_cache

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.instruction.language import stem, tokenize
from taskmatrix.mcfm.embedded.values.candidates import Candidate

MAX_TEXT = 1_000
"""Characters of a description in which meanings are looked for."""
_TOLD = re.compile(
    r"(?<![\w.])(?P<number>-?\d+(?:\.\d+)?)\s*(?:%\s*)?"
    r"(?:\(\s*(?P<held>[A-Za-z][^)]{1,40})\)|(?:=|:|is|means|for|stands for)?\s*(?:an?\s+|the\s+)?"
    r"(?P<told>(?<=[=:\s])[A-Za-z][^,;.()\d]{1,40}))",
)
_SAYS = re.compile(r"\s*(?:=|:|\bis\b|\bmeans\b|\bfor\b|\bstands for\b|\()")
_ENDS = re.compile(r"\s+(?:and|or|to)\s*$")
_HOLLOW = frozenset(
    stem(w)
    for w in """a an the is are be of to for only all completely fully totally entirely no not any one default and or
    if it as in on at with level value most more least very highest lowest max min maximum minimum""".split()
)


_SAID_BARE = re.compile(r"\s+(?:completely|fully)\b", re.I)


@lru_cache(maxsize=4_096)
def _told_numbers(text: str) -> dict[frozenset[str], int | float]:
    """What a text says that numbers stand for: the stems of the words → the number."""
    found: dict[frozenset[str], int | float] = {}
    for match in _TOLD.finditer(text):
        number = re.match(r"-?\d+(?:\.\d+)?", text[match.start() :])
        says = _SAYS.match(text, match.end("number"))
        said = match["held"] or (match["told"] if says or _SAID_BARE.match(text, match.end("number")) else None)
        if number is None or said is None:
            continue
        words = [stem(w) for w in re.findall(r"[A-Za-z]+", _ENDS.sub("", said).lower())]
        telling = frozenset(w for w in words if w not in _HOLLOW)
        if telling and len(telling) <= 3:
            value = float(number.group())
            found.setdefault(telling, int(value) if value.is_integer() else value)
    return found if len({*found.values()}) == len(found) else {}


def said_number(parameter: ParameterView, text: str, within: tuple[int, int]) -> tuple[int | float, Candidate] | None:
    """Return the number whose meaning a part of a text says, and where; None for none, and for several."""
    told = _told_numbers(parameter.text[:MAX_TEXT]) if parameter.type in ("int", "float") else {}
    if not told:
        return None
    words = {word.stem: word for word in tokenize(text[slice(*within)]) if word.is_word}
    said = {number: words[next(iter(meaning))] for meaning, number in told.items() if meaning <= {*words}}
    if len(said) != 1:
        return None
    [(number, word)] = said.items()
    return number, Candidate(within[0] + word.start, within[0] + word.end, word.text, number, "phrase")
