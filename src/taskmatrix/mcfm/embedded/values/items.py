"""Lists as people write them: `a, b and c`, `[1,2,3]`, `(1,2), (3,4)`, `"one, two" and three`; in one pass."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.instruction.language import stem

MAX_ITEMS = 2_000
MAX_DEPTH = 6
"""Brackets nested deeper than this are no list that anybody means."""

_CLOSES = {"(": ")", "[": "]", "{": "}"}
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`"}
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
_JOINT = re.compile(
    r"\s(?:and also|and|or|&|\+|plus|as well as|versus|vs\.?|against)\s|(?<=\d)\s(?:by|x|×)\s(?=\d)", re.I
)
_MARKER = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s+")
"""What a line of a list begins with."""
_OPENING = re.compile(r"(?:both|either|(?:i|we)(?:['’]ve| have)(?: got)?)\s+(?=\S)", re.I)
_SLASHED = re.compile(r"[^\W\d_]{2,}(?:\s?/\s?[^\W\d_]{2,})+")
_LEADING = re.compile(r"(?:and also|and|or|&)\s+", re.I)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where a text has commas, joints (`and`), and places outside of brackets and quotes."""

    commas: list[int]
    outside: list[tuple[int, int]]


def split_items(text: str) -> list[str] | None:
    """Return the items of a list, without the brackets around it; quotes and inner brackets are kept.

    None where brackets do not match, are nested too deep, or there are more than `MAX_ITEMS`.
    """
    text = text.strip()
    lines = [line.strip() for line in text.splitlines()[: MAX_ITEMS + 1] if line.strip()]
    if 1 < len(lines) <= MAX_ITEMS and all(_MARKER.match(line) for line in lines):
        return [_MARKER.sub("", line, count=1) for line in lines]
    inner = without_brackets(text)
    bracketed = inner is not None
    text = text if inner is None else inner
    marks = _scan(text, bracketed)
    if marks is None or len(marks.commas) >= MAX_ITEMS:
        return None
    parts: list[tuple[int, int]] = []
    start = 0
    for comma in (*marks.commas, len(text)):
        parts.append((start, comma))
        start = comma + 1
    spoken = [] if bracketed and marks.commas else _joints(text, marks)
    if marks.commas:
        spoken = [s for s in spoken if s[0] >= parts[-1][0]][-1:]
    for one, end in spoken:
        last = parts.pop()
        parts += [(last[0], one), (end, last[1])]
    items = [_LEADING.sub("", text[a:b].strip(), count=1) if a else text[a:b].strip() for a, b in parts]
    if len(items) > 1 and not bracketed:
        items[0] = _OPENING.sub("", items[0], count=1)
    if len(items) == 1 and _SLASHED.fullmatch(items[0]):
        items = [item.strip() for item in items[0].split("/")]
    return [item for item in items if item][: MAX_ITEMS + 1] if len(parts) <= MAX_ITEMS else None


def without_brackets(text: str) -> str | None:
    """Return what is inside the brackets that hold a whole text; None where none do."""
    if len(text) < 2 or _CLOSES.get(text[0], "") != text[-1] or text[0] == "{":
        return None
    stack: list[str] = []
    for place, char in enumerate(text):
        if char in _CLOSES:
            stack.append(_CLOSES[char])
        elif stack and char == stack[-1]:
            stack.pop()
            if not stack and place < len(text) - 1:
                return None
    return None if stack else text[1:-1]


def _scan(text: str, bracketed: bool) -> _Marks | None:
    commas: list[int] = []
    outside: list[tuple[int, int]] = []
    stack: list[str] = []
    quote, opened = "", 0
    for place, char in enumerate(text):
        if quote:
            if char == quote and not (char in "'’" and text[place + 1 : place + 2].isalnum()):
                quote, opened = "", place + 1
        elif (
            char in _QUOTES
            and not (place and text[place - 1].isalnum())
            and _QUOTES[char] in text[place + 1 : place + 400]
        ):
            outside.append((opened, place))
            quote = _QUOTES[char]
        elif char in _CLOSES:
            if not stack:
                outside.append((opened, place))
            stack.append(_CLOSES[char])
            if len(stack) > MAX_DEPTH:
                return None
        elif char in ")]}":
            if not stack or stack.pop() != char:
                return None
            opened = place + 1
        elif char in ",;\n" and not stack and (char != "," or bracketed or not _is_in_number(text, place)):
            commas.append(place)
    if stack:
        return None
    outside.append((opened, len(text)))
    return _Marks(commas, [] if quote else outside)


def _is_in_number(text: str, place: int) -> bool:
    return bool(place and text[place - 1].isdigit() and _THOUSANDS.match(text, place + 1))


def _joints(text: str, marks: _Marks) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in marks.outside:
        # a joint may stand right behind a bracket or quote
        for match in _JOINT.finditer(text, max(0, start - 1), min(len(text), end + 1)):
            found.append((match.start(), match.end()))
            if len(found) > MAX_ITEMS:
                return found
    return found


def without_name(span: str, name_stems: Sequence[str]) -> str:
    """Return a list without the name of the parameter before it: `words pear, apple and plum`."""
    name, _, rest = span.partition(" ")
    named = name.isalpha() and name.islower() and name.endswith("s") and stem(name) in name_stems[-1:]
    return rest if named and rest else span
