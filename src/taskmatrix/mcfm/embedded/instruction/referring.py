"""Instructions that lean on an earlier one: "do the same on the third slide", "make it red instead".

They are put into words that stand alone, by what was said before and the values that its calls took. What refers in
another way ("it", "them") is left to the cross-encoder, which reads the earlier turns themselves.
"""

import re
from collections.abc import Sequence

from taskmatrix.core.protocols import Turn

LOOKED_BACK = 5
"""Earlier instructions that are read: each may lean on the one before."""

_OPENING = re.compile(
    r"^(?:(?:and|now|then|next|so|ok|okay|well|great|good|thanks|thank you|please)\b[,.!:]?\s+)+", re.I
)
_SAME = re.compile(
    r"^(?:(?:do|repeat|apply|try)\s+)?(?:exactly\s+)?(?:the\s+same(?:\s+thing)?|same|that\s+again|it\s+again|this\s+again)"
    r"(?:\s+again)?(?:\s+(?P<rest>(?:for|on|in|at|to|with|of|about)\s+\S.*))?$",
    re.I | re.S,
)
_INSTEAD = re.compile(
    r"^(?P<verb>\w+)\s+(?:it|them|that|this|those|these)\s+(?P<value>\S.*?)(?P<instead>\s+instead)?$", re.I | re.S
)
_TAKE = re.compile(r"^(?:use|take|try|rather)\s+(?P<value>\S.*?)\s+instead$", re.I | re.S)
_PHRASE = re.compile(r"^(?P<preposition>\w+)\s+(?P<words>.*?)(?P<number>\s+#?\d+)?$", re.S)
_NAME = re.compile(r"[\"“'‘]([^\"”'’]+)[\"”'’]|(?<!^)(?<![.!?]\s)\b([A-Z][\w&.-]*(?:\s+[A-Z][\w&.-]*)*)")
_PLACES = frozenset(("on", "in", "at"))


def stand_alone(instruction: str, turns: Sequence[Turn]) -> str:
    """Return the instruction in words that need no earlier turn, as far as that can be told; else as it is."""
    done = [turn for turn in turns if turn.role == "user" and turn.calls][-LOOKED_BACK:]
    before = ""
    for number, turn in enumerate(done):
        before = _resolved(turn.text, before, done[number - 1] if number else None)
    return _resolved(instruction, before, done[-1] if done else None)


def _resolved(instruction: str, before: str, turn: Turn | None) -> str:
    if not before or turn is None:
        return instruction
    text = _OPENING.sub("", instruction.strip()).rstrip(" .!?")
    if same := _SAME.match(text):
        return _elsewhere(before, same["rest"]) if same["rest"] else before
    if take := _TAKE.match(text):
        return _with_value(before, take["value"], turn) or instruction
    if instead := _INSTEAD.match(text):
        again = re.search(rf"\b{instead['verb']}\b", before, re.I) is not None
        return (_with_value(before, instead["value"], turn) if again else None) or _OPENING.sub(
            "", instruction.strip()
        )
    return _OPENING.sub("", instruction.strip())


def _elsewhere(before: str, rest: str) -> str:
    """Return an earlier instruction for another place, thing or person: in place of the one it names, else besides."""
    phrase = _PHRASE.match(rest)
    if phrase is None or not phrase["words"].strip():
        return f"{before} {rest}"
    head = re.escape(phrase["words"].split()[-1])
    place = rf"\b{phrase['preposition']}\s+(?:\w+\s+){{0,3}}?{head}\b(?:\s+#?\d+)?"
    if re.search(place, before, re.I):
        return re.sub(place, lambda found: _begun_as(found[0], rest), before, count=1, flags=re.I)
    new, old = _names(f"{phrase['preposition']} {phrase['words']}"), _names(before)
    if len(new) == 1 and len(old) == 1:
        return _replaced(before, old[0], new[0])
    if phrase["preposition"].lower() in _PLACES:
        return f"{_begun_as('On', rest)}, {_begun_as('make', before)}"
    return f"{before} {rest}"


def _with_value(before: str, value: str, turn: Turn) -> str | None:
    """Return an earlier instruction with another value in place of the last one that its calls took from it."""
    taken = {
        str(given) for call in turn.calls for given in call.arguments.values() if isinstance(given, str | int | float)
    }
    places = [
        (found.start(), len(old), old) for old in taken if old for found in re.finditer(_word(old), before, re.I)
    ]
    if not places:
        return None
    start, length, _ = max(places)
    first, _, others = value.partition(" ")
    value = others if others and before[:start].split()[-1:] == [first] else value  # "to 30" in place of "20"
    return before[:start] + value + before[start + length :]


def _begun_as(model: str, text: str) -> str:
    """Return the text with a capital at its start, or none, as the model has it."""
    return (text[:1].upper() if model[:1].isupper() else text[:1].lower()) + text[1:]


def _names(text: str) -> list[str]:
    """Return the different names in a text: what is quoted, or has a capital within a sentence."""
    found = (quoted or capital for quoted, capital in _NAME.findall(text))
    return list(dict.fromkeys(name for name in found if "." not in name.strip(".")))


def _replaced(text: str, old: str, new: str) -> str:
    """Return the text with one name for another; in small letters where it stood so, as in the name of a file."""

    def put(found: re.Match[str]) -> str:
        return new.lower() if found[0].islower() and not old.islower() else new

    return re.sub(_word(old), put, text, flags=re.I)


def _word(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"
