"""Instructions that lean on an earlier one: "do the same on the third slide", "make it red instead".

They are put into words that stand alone, by what was said before and the values that its calls took. A value alone
("no, 8:15", "and in EUR") takes the place of the one of its kind: see `replacing`. What refers in another way ("it",
"them") is left to the cross-encoder, which reads the earlier turns themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from taskmatrix.core.protocols import Turn
from taskmatrix.core.quotations import QUOTED
from taskmatrix.mcfm.embedded.instruction.clauses import leaves
from taskmatrix.mcfm.embedded.instruction.control import split_instruction
from taskmatrix.mcfm.embedded.instruction.replacing import replace_alike, replace_name

LOOKED_BACK = 5
"""Earlier instructions that are read: each may lean on the one before."""

_OPENING = re.compile(
    r"^(?:(?:and|now|then|next|so|also|ok|okay|well|great|good|thanks|thank you|please|hm+|oh)\b[,.!:]?\s+)+", re.I
)
_CORRECTING = re.compile(
    r"^(?:(?:(?:and|but|oh|no|nope|actually|sorry|oops|wait|rather|make that|i meant?|i said)\b[,.!:]?\s+)+"
    r"|(?:and\s+)?(?:what|how)\s+about\s+|(?:and\s+)?(?:another|one\s+more)(?:\s+one)?\s+(?=(?:for|on|in|at|to|with)\b))",
    re.I,
)
"""What shows that a value alone is said in place of an earlier one."""
_THANKING = re.compile(r"\W*(?:thanks|thank you|great|good|well done|hi|hello)\b", re.I)
_SAME = re.compile(
    r"^(?:(?:do|repeat|apply|try)\s+)?(?:exactly\s+)?(?:the\s+same(?:\s+thing)?|same|that\s+again|it\s+again|this\s+again)"
    r"(?:\s+again)?(?:\s+(?P<rest>(?:for|on|in|at|to|with|of|about)\s+\S.*))?$",
    re.I | re.S,
)
_INSTEAD = re.compile(
    r"^(?P<verb>\w+)\s+(?:it|them|that|this|those|these)\s+(?:(?:to|at|for|into)\s+)?(?P<value>\S.*?)"
    r"(?P<instead>\s+instead)?$",
    re.I | re.S,
)
_TAKE = re.compile(r"^(?:(?:use|take|try|rather)\s+)?(?P<value>\S.*?)\s+instead$", re.I | re.S)
_CHANGING = frozenset(("make", "change", "correct"))
"""Verbs that change what was done, whatever it was."""
_PHRASE = re.compile(r"^(?P<preposition>\w+)\s+(?P<words>.*?)(?P<number>\s+#?\d+)?$", re.S)
_NAME = re.compile(r"[\"“'‘]([^\"”'’]+)[\"”'’]|(?<!^)(?<![.!?]\s)\b([A-Z][\w&.-]*(?:\s+[A-Z][\w&.-]*)*)")
_PLACES = frozenset(("on", "in", "at"))
_QUOTED = re.compile(QUOTED)
_BESIDES = re.compile(r",?\s+(?:and\s+)?(?:with|but|using|of|in|on|at|to)\s", re.I)
_HEAD = re.compile(r"(?P<preposition>\w+)\s+(?:(?:the|an?)\s+)?(?P<noun>[a-z]\w+)", re.I)
_POINTING_BACK = re.compile(r"\b(?:it|them|that|this|those|these|result|sum|answer)\b", re.I)


@dataclass(frozen=True, slots=True)
class Meant:
    """An instruction as it is meant. `alone`: its words need no earlier turn, since what they lean on was put in."""

    words: str
    alone: bool = False


def stand_alone(instruction: str, turns: Sequence[Turn], now: datetime | None = None) -> Meant:
    """Return the instruction in words that need no earlier turn, as far as that can be told; else as it is.

    `now` is the clock that dates are read against, by default this machine's.
    """
    done = [(index, turn) for index, turn in enumerate(turns) if turn.role == "user" and turn.calls][-LOOKED_BACK:]
    before, earlier = "", None
    for index, turn in done:
        before = _resolved(turn.text, before, earlier, _asked(turns[:index]), now).words
        earlier = turn
    return _resolved(instruction, before, earlier, _asked(turns), now)


def _asked(turns: Sequence[Turn]) -> bool:
    """Whether the last thing said was a question: what comes next answers it, and takes nothing back."""
    return bool(turns) and turns[-1].role == "assistant" and turns[-1].text.rstrip().endswith("?")


def _resolved(instruction: str, before: str, turn: Turn | None, asked: bool, now: datetime | None) -> Meant:
    if not before or turn is None:
        return Meant(instruction)
    opened = _OPENING.sub("", instruction.strip())
    text, taken = opened.rstrip(" .!?"), _taken(turn)
    if same := _SAME.match(text):
        return Meant(_elsewhere(before, same["rest"], taken, now) if same["rest"] else before, alone=True)
    put_in: str | None = None
    if take := _TAKE.match(text):
        value = _CORRECTING.sub("", take["value"])
        changed = _INSTEAD.match(value)
        value = changed["value"] if changed else value
        put_in = replace_alike(before, value, taken, now) or _replace_last(before, value, taken)
        opened = instruction
    elif instead := _INSTEAD.match(corrected := _CORRECTING.sub("", text)):
        again = re.search(rf"\b{instead['verb']}\b", before, re.I) is not None
        if again or instead["verb"].lower() in _CHANGING:
            put_in = replace_alike(before, instead["value"], taken, now)
        if again and put_in is None:
            put_in = _replace_last(before, instead["value"], taken)
    elif not asked and not _THANKING.match(instruction):
        put_in = replace_alike(before, corrected, taken, now)
    return Meant(put_in, alone=True) if put_in else Meant(opened)


def _taken(turn: Turn) -> list[str]:
    """What the calls of a turn were given, as texts."""
    given = [value for call in turn.calls for value in call.arguments.values()]
    return [str(value) for value in given if isinstance(value, str | int | float) and value != ""]


def _elsewhere(before: str, rest: str, taken: Sequence[str], now: datetime | None) -> str:
    """Return an earlier instruction for another place, thing or person: in place of the one it names, else besides."""
    phrase = _PHRASE.match(rest)
    if phrase is None or not phrase["words"].strip():
        return f"{before} {rest}"
    head = re.escape(phrase["words"].split()[-1])
    place = rf"\b{phrase['preposition']}\s+(?:\w+\s+){{0,3}}?{head}\b(?:\s+#?\d+)?"
    if re.search(place, before, re.I):
        return re.sub(place, lambda found: _begun_as(found[0], rest), before, count=1, flags=re.I)
    listed, besides = _listed(rest)
    new, old = _names(listed), _innermost(_names(before))
    if new and (one := _meant(old, taken)):
        again = _with(_from_name_on(before, one), besides)
        return ". ".join(replace_name(again, one, name) for name in new)  # for each of several
    if not new and (alike := replace_alike(before, rest, taken, now)):
        return alike
    if phrase["preposition"].lower() in _PLACES:
        return f"{_begun_as('On', rest)}, {_begun_as('make', before)}"
    return f"{before} {rest}"


def _listed(rest: str) -> tuple[str, str]:
    """Return the list at the start (`for "Amazon" and Google`), and what is said besides (`with the content "…"`)."""
    besides = _BESIDES.search(_QUOTED.sub(lambda found: "_" * len(found[0]), rest), 1)
    end = besides.start() if besides else len(rest)
    return rest[:end], rest[end:].strip(" ,")


def _from_name_on(before: str, name: str) -> str:
    """Return an earlier instruction from the clause on that holds a name: what came before it is done.

    All of it where what follows points back: `convert it, and send it to Ann`.
    """
    clauses = leaves(split_instruction(before))
    first = next((c for c in clauses if _holds(c.text, name)), None)
    if first is None or _POINTING_BACK.search(_QUOTED.sub("", before[first.start :])):
        return before
    return _begun_as(before, before[first.start :])


def _with(before: str, besides: str) -> str:
    """Return an earlier instruction with something said besides, in place of what it said about that, else added."""
    head = _HEAD.match(besides)
    if head is None:
        return f"{before} {besides}" if besides else before
    place = re.search(rf"\b{head['preposition']}\s+(?:(?:the|an?)\s+)?{head['noun']}\b", before, re.I)
    if place is None:
        return f"{before} {besides}"
    clauses = leaves(split_instruction(before))
    end = next((c.end for c in clauses if c.start <= place.start() < c.end), len(before))
    return before[: place.start()] + besides + before[end:]


def _innermost(names: Sequence[str]) -> list[str]:
    """The names of which none holds another: `Microsoft`, where `About Microsoft` is named as well."""
    return [name for name in names if not any(other != name and _holds(name, other) for other in names)]


def _meant(names: Sequence[str], taken: Sequence[str]) -> str | None:
    """The one name that another may stand for: of several the only one that calls took, or that looks like a name."""
    of_calls = [name for name in names if any(_holds(given, name) for given in taken)]
    for found in (names, of_calls, [name for name in of_calls if all(w[:1].isupper() for w in name.split())]):
        if len(found) == 1:
            return found[0]
    short = [name for name in of_calls if len(name.split()) == 1]
    return short[0] if len(short) == 1 else None


def _replace_last(before: str, value: str, taken: Sequence[str]) -> str | None:
    """Return an earlier instruction with another value in place of the last one that its calls took from it."""
    places = [(found.start(), len(old)) for old in taken for found in re.finditer(_word(old), before, re.I)]
    if not places:
        return None
    start, length = max(places)
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


def _holds(text: str, words: str) -> bool:
    return re.search(_word(words), text, re.I) is not None


def _word(text: str) -> str:
    return rf"(?<!\w){re.escape(text)}(?!\w)"
