"""What the memory sees of an instruction: the units that calls answer, and the features of each.

A unit is one step of an outline that came with the instruction or, without one, the whole instruction. Features are
texts such as `w:light`; numbers and quoted words are masked, so that an example speaks for others of its kind.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from taskmatrix.core.protocols import Turn
from taskmatrix.mcfm.embedded.instruction.language import stem

MOST_WORDS, MOST_NEAR = 60, 40
SHORTEST = 3
"""Letters of a name that is looked for among the words."""
_WORD = re.compile(r"\"[^\"\n]{1,200}\"|[A-Za-z]+(?:['’](?!s\b)[a-z]+)?|['’]s\b|\d+(?:[.,:]\d+)*|[^\W\d_]+|[?]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A step or a whole instruction: the words it is compared by, all features, and the text values are read from."""

    text: str
    words: tuple[str, ...]
    features: tuple[str, ...]
    texts: tuple[str, ...] = ()
    """Where the name of a value may stand: the unit itself, then what is around it; letters and digits only."""
    is_step: bool = False


@lru_cache(maxsize=20_000)
def masked(text: str) -> tuple[str, ...]:
    """Return the stems of a text, numbers and quoted words masked."""
    return tuple(_mask(m.group()) for m in _WORD.finditer(text[:4_000]))


def _mask(word: str) -> str:
    if word[0] == '"':
        return "<quote>"
    return "<number>" if word[0].isdigit() else stem(word)


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or quote at `start:end` of a text, by its stem or mask."""

    stem: str
    start: int
    end: int
    capital: bool


def words_of(text: str) -> list[Word]:
    """Return the words of a text as `masked` has them, with their places."""
    found = list(_WORD.finditer(text[:4_000]))[:MOST_WORDS]
    return [Word(_mask(m.group()), m.start(), m.end(), m.group()[0].isupper()) for m in found]


def whole(instruction: str, turns: Sequence[Turn] = ()) -> Unit:
    """Return the unit of an instruction that came without an outline."""
    words = _worded(instruction)
    stems = masked(instruction)
    found = [*words, *(f"f:{s}" for s in stems[:1]), *(f"e:{s}" for s in stems[-2:]), f"long:{len(stems) // 3}"]
    if turns:
        last = turns[-1]
        found += [f"role:{last.role}", *(f"t:{w}" for w in dict.fromkeys(masked(last.text)[:MOST_NEAR]))]
        found += [
            f"u:{w}" for t in turns[-4:-1] if t.role == "user" for w in dict.fromkeys(masked(t.text)[:MOST_NEAR])
        ]
        tools = sum(t.role == "tool" for t in turns)
        found.append(f"tools:{min(tools, 3)}")
        called = [call.api for turn in turns for call in turn.calls]
        found += [f"c:{api}" for api in called[-3:]] + [f"cl:{called[-1]}" if called else "cl:"]
    earlier = compact(" ".join(t.text for t in turns[-6:]))
    return Unit(instruction, words, tuple(dict.fromkeys(found)), (compact(instruction), earlier))


def steps(instruction: str, outline: Sequence[str]) -> list[Unit]:
    """Return the units of an outline: each step with its neighbours and the instruction around it."""
    asked = [f"i:{w}" for w in _worded(instruction)]
    units: list[Unit] = []
    for index, text in enumerate(outline):
        words = _worded(text)
        stems = masked(text)
        found = [*words, *asked, *(f"f:{s}" for s in stems[:1]), *(f"e:{s}" for s in stems[-3:])]
        found += [f"eb:{a}_{b}" for a, b in zip(stems[-4:], stems[-3:], strict=False)]
        for near, mark in ((index - 1, "p"), (index + 1, "n"), (index + 2, "nn"), (index + 3, "n3")):
            told = masked(outline[near])[:MOST_NEAR] if 0 <= near < len(outline) else ("<none>",)
            found += [f"{mark}:{w}" for w in told]
            if mark == "n":
                found += [f"nb:{a}_{b}" for a, b in pairwise(told)]
        found.append(f"at:{min(index, 3)}")
        following = compact(outline[index + 1]) if index + 1 < len(outline) else ""
        texts = (compact(text), following, compact(instruction))
        units.append(Unit(text, words, tuple(dict.fromkeys(found)), texts, is_step=True))
    return units


@lru_cache(maxsize=20_000)
def compact(text: str) -> str:
    """Return the letters and digits of a text, lower case."""
    return "".join(c for c in text[:4_000].lower() if c.isalnum())


@dataclass(frozen=True, slots=True)
class Names:
    """Classes by the letters and digits of their names, and how long these are."""

    classes: Mapping[str, Sequence[str]]
    lengths: Sequence[int]

    def places(self, text: str) -> dict[str, int]:
        """Return where each name that stands in a text begins for the last time."""
        if len(text) * len(self.lengths) > 2 * len(self.classes):
            return {name: at for name in self.classes if (at := text.rfind(name)) >= 0}
        found: dict[str, int] = {}
        for length in self.lengths:
            for start in range(len(text) - length + 1):
                piece = text[start : start + length]
                if piece in self.classes:
                    found[piece] = start
        return found


def named_as(classes: Mapping[str, str]) -> Names:
    """Return the names of classes (class → compact name) to look for; too short ones are left out."""
    by_name: dict[str, list[str]] = {}
    for label, name in classes.items():
        if len(name) >= SHORTEST:
            by_name.setdefault(name, []).append(label)
    return Names(by_name, sorted({len(name) for name in by_name}))


def links(unit: Unit, names: Names) -> dict[str, list[int]]:
    """Return the classes whose name stands in the words around a unit, with where.

    Kinds: 0 in the unit, 1 the last in it, 2 the longest in it, 3 and 4 in the texts after.
    """
    found: dict[str, list[int]] = {}
    ends: list[tuple[int, int, str]] = []
    for kind, text in zip((0, 3, 4), unit.texts, strict=False):
        for name, at in names.places(text).items():
            for label in names.classes[name]:
                found.setdefault(label, []).append(kind)
                if kind == 0:
                    ends.append((at + len(name), len(name), label))
    if ends:
        found[max(ends)[2]].append(1)
        found[max(ends, key=lambda e: (e[1], e[0]))[2]].append(2)
    return found


def _worded(text: str) -> tuple[str, ...]:
    stems = masked(text)[:MOST_WORDS]
    pairs = [f"b:{a}_{b}" for a, b in zip(("<start>", *stems), (*stems, "<end>"), strict=False)]
    return tuple(dict.fromkeys([*(f"w:{s}" for s in stems), *pairs]))
