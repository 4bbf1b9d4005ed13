"""How well a value fits a parameter: the features of (parameter, value) in its place in the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS, Token, related
from taskmatrix.mcfm.embedded.values.candidates import Candidate, is_place_in_order

_ASKING = frozenset("what who when where how which why is are was were do does did has have".split())


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words around one value."""

    left: tuple[Token, ...]
    right: tuple[Token, ...]
    inside: tuple[Token, ...]


@dataclass(frozen=True)
class Passage:
    """The part of the instruction that one call is read from: tokens and values, with places in the instruction."""

    text: str
    tokens: tuple[Token, ...]
    values: tuple[Candidate, ...]

    @property
    def is_question(self) -> bool:
        """Whether the passage asks for something to be told."""
        first = self.tokens[0].text.lower() if self.tokens else ""
        return self.text.rstrip().endswith("?") or first in ("what", "who", "when", "where", "how", "which", "why")

    @property
    def only_asks(self) -> bool:
        """Whether the passage asks about something and does not ask for something to be done."""
        first = self.tokens[0].text.lower() if self.tokens else ""
        return self.is_question and first in _ASKING

    def around(self, value: Candidate, width: int = 5) -> Surroundings:
        """Return up to `width` tokens on both sides of a value."""
        units = self._units(value)
        left = [t for t in self.tokens if t.end <= value.start and t.start not in units][-width:]
        right = [t for t in self.tokens if t.start >= value.end][:width]
        inside = [t for t in self.tokens if t.start >= value.start and t.end <= value.end]
        return Surroundings(tuple(left), tuple(right), tuple(inside))

    def _units(self, value: Candidate) -> set[int]:
        """Where the words lie that belong to a number before the value: `rows` in `3 rows and 4 columns`."""
        if value.kind not in ("number", "percent"):
            return set()
        before = {v.end for v in self.values if v.kind in ("number", "percent") and v.end <= value.start}
        return {t.start for t in self.tokens if t.is_content and (t.start in before or t.start - 1 in before)}


_MARKS = "\"'"


def _shape(text: str) -> str:
    if len(text) > 40:
        return "long"
    shape = re.sub(r"[A-Z]+", "A", re.sub(r"[a-z]+", "a", re.sub(r"\d+", "9", text)))
    return shape[:10]


def _near(stems: Sequence[str], wanted: Sequence[str] | frozenset[str]) -> int:
    return sum(1 for s in stems if s in wanted)


@dataclass(frozen=True, slots=True)
class _Place:
    """What lies around a value, as features need it."""

    kind: str
    typed: str
    need: str
    head: str
    left: tuple[str, str]
    right: str
    left_stems: list[str]
    right_stems: list[str]
    inside: list[str]
    first: bool
    last: bool


def _place(parameter: ParameterView, value: Candidate, around: Surroundings) -> _Place:
    kind = "factor" if value.factor else "ordinal" if is_place_in_order(value) else value.kind
    left = [t for t in around.left if t.text not in "\"'“”‘’`"]
    right = [t for t in around.right if t.text not in "\"'“”‘’`"]
    return _Place(
        kind=kind,
        typed=f"{kind}>{parameter.type}",
        need="req" if parameter.required else "opt",
        head=parameter.name_stems[-1] if parameter.name_stems else "",
        left=(
            left[-2].text.lower() if len(left) > 1 else "<s>",
            left[-1].text.lower() if left else "<s>",
        ),
        right=right[0].text.lower() if right else "</s>",
        left_stems=[t.stem for t in left if t.is_content],
        right_stems=[t.stem for t in right[:3] if t.is_content],
        inside=[t.stem for t in around.inside],
        first=not left,
        last=not right or right[0].text in ".?!",
    )


def slot_features(
    parameter: ParameterView, value: Candidate, passage: Passage, view: ApiView, around: Surroundings
) -> list[str]:
    """Return the features of giving `value` to `parameter` of `view`."""
    place = _place(parameter, value, around)
    return [
        "bias",
        *_type_features(parameter, value, place),
        *_word_features(parameter, view, place),
        *_own_features(parameter, value, view, place, around),
        *_rival_features(parameter, value, passage, view, place),
    ]


def _type_features(parameter: ParameterView, value: Candidate, at: _Place) -> list[str]:
    l2, l1 = at.left
    shape = _shape(value.text)
    return [
        f"t={at.typed}",
        f"t={at.typed}&{at.need}",
        f"t={at.typed}&h={at.head}",
        f"l1={l1}&h={at.head}",
        f"l1={l1}&t={at.typed}",
        f"l2={l2}&l1={l1}",
        f"l1={l1}&{at.need}&k={at.kind}",
        f"l2={l2} {l1}&h={at.head}",
        f"r1={at.right}&h={at.head}",
        f"r1={at.right}&t={at.typed}",
        f"shape={shape}&h={at.head}",
        f"shape={shape}&t={parameter.type}",
        f"vt={parameter.name}&k={at.kind}",
        f"first={at.first}&k={at.kind}",
        f"last={at.last}&k={at.kind}&{at.need}",
    ]


def _word_features(parameter: ParameterView, view: ApiView, at: _Place) -> list[str]:
    """The words around the value that are also in the parameter's name or description."""
    name = parameter.name_stems
    left_name = _near(at.left_stems[-3:], name)
    other_left = sum(
        1
        for p in view.parameters
        if p is not parameter
        for s in at.left_stems[-2:]
        if s in p.name_stems and s not in name
    )
    soft_left = any(related(s, n) for s in at.left_stems[-3:] for n in name)
    soft_right = any(related(s, n) for s in at.right_stems[:2] for n in name)
    return [
        f"ln={left_name}&{at.kind}",
        f"rn={_near(at.right_stems, name)}&{at.kind}",
        f"ld={min(2, _near(at.left_stems[-3:], parameter.stems))}&{at.kind}",
        f"rd={min(2, _near(at.right_stems, parameter.stems))}&{at.kind}",
        f"ol={min(2, other_left)}&ln={left_name}",
        f"sl={soft_left}&sr={soft_right}",
    ]


def _own_features(
    parameter: ParameterView, value: Candidate, view: ApiView, at: _Place, around: Surroundings
) -> list[str]:
    """The value's own words: one that repeats the parameter's name is seldom its value."""
    worded = value.kind in ("phrase", "name")
    words = min(6, len(around.inside))
    stop_edge = bool(around.inside) and around.inside[0].text.lower() in STOP_WORDS
    return [
        f"own={min(2, _near(at.inside, parameter.name_stems) if worded else 0)}&k={at.kind}",
        f"ownapi={min(2, _near(at.inside, view.name_stems) if worded else 0)}&w={words}",
        f"owndesc={min(2, _near(at.inside, parameter.stems) if worded else 0)}&k={at.kind}",
        f"ex={value.text.strip(_MARKS).lower() in parameter.examples}",
        f"w={words}&k={at.kind}&t={parameter.type}",
        f"w={words}&h={at.head}",
        f"stop={stop_edge}",
    ]


def _rival_features(
    parameter: ParameterView, value: Candidate, passage: Passage, view: ApiView, at: _Place
) -> list[str]:
    """The other values of its kind, and the other parameters of its type."""
    same_type = [p for p in view.parameters if p.type == parameter.type]
    rivals = [v for v in passage.values if v.kind == value.kind]
    order = int(same_type.index(parameter) == (rivals.index(value) if value in rivals else -1))
    maximal = not any(v.contains(value) and v is not value for v in rivals)
    quoted_rival = value.kind != "quote" and any(v.kind == "quote" for v in passage.values)
    covered = any(
        v is not value and v.overlaps(value) and v.kind in ("name", "date", "time", "id") for v in passage.values
    )
    words = min(6, len(at.inside))
    sole = len(same_type) == 1
    return [
        f"max={maximal}&k={at.kind}",
        f"max={maximal}&w={words}&k={at.kind}",
        f"qr={quoted_rival}&k={at.kind}",
        f"cov={covered}&k={at.kind}",
        f"order={order}&k={at.kind}&n={min(3, len(rivals))}",
        f"only={len(rivals) == 1}&sole={sole}&{at.need}&k={at.kind}",
        f"sole={sole}&{at.need}&t={at.typed}",
    ]
