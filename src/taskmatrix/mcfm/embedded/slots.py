"""How well a value fits a parameter: the features of (parameter, value) in its place in the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.language import STOP_WORDS, Token, related
from taskmatrix.mcfm.embedded.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.values import Candidate, is_place_in_order


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


def _shape(text: str) -> str:
    if len(text) > 40:
        return "long"
    shape = re.sub(r"[A-Z]+", "A", re.sub(r"[a-z]+", "a", re.sub(r"\d+", "9", text)))
    return shape[:10]


def _near(stems: Sequence[str], wanted: Sequence[str] | frozenset[str]) -> int:
    return sum(1 for s in stems if s in wanted)


def slot_features(
    parameter: ParameterView, value: Candidate, passage: Passage, view: ApiView, around: Surroundings
) -> list[str]:
    """Return the features of giving `value` to `parameter` of `view`."""
    kind = "factor" if value.factor else "ordinal" if is_place_in_order(value) else value.kind
    name = parameter.name_stems
    head = name[-1] if name else ""
    left = [t for t in around.left if t.text not in "\"'“”‘’`"]
    right = [t for t in around.right if t.text not in "\"'“”‘’`"]
    l1 = left[-1].text.lower() if left else "<s>"
    l2 = left[-2].text.lower() if len(left) > 1 else "<s>"
    r1 = right[0].text.lower() if right else "</s>"
    left_stems = [t.stem for t in left if t.is_content]
    right_stems = [t.stem for t in right[:3] if t.is_content]
    inside = [t.stem for t in around.inside]
    typed = f"{kind}>{parameter.type}"
    need = "req" if parameter.required else "opt"
    same_type = [p for p in view.parameters if p.type == parameter.type]
    rivals = [v for v in passage.values if v.kind == value.kind]
    order = "1" if same_type.index(parameter) == (rivals.index(value) if value in rivals else -1) else "0"
    left_name = _near(left_stems[-3:], name)
    right_name = _near(right_stems, name)
    left_desc = _near(left_stems[-3:], parameter.stems)
    right_desc = _near(right_stems, parameter.stems)
    other_left = sum(
        1
        for p in view.parameters
        if p is not parameter
        for s in left_stems[-2:]
        if s in p.name_stems and s not in name
    )
    soft_left = any(related(s, n) for s in left_stems[-3:] for n in name)
    soft_right = any(related(s, n) for s in right_stems[:2] for n in name)
    own = _near(inside, name) if value.kind in ("phrase", "name") else 0
    own_api = _near(inside, view.name_stems) if value.kind in ("phrase", "name") else 0
    own_desc = _near(inside, parameter.stems) if value.kind in ("phrase", "name") else 0
    is_example = value.text.strip("\"'").lower() in parameter.examples
    words = min(6, len(around.inside))
    maximal = not any(
        v.start <= value.start and v.end >= value.end and v is not value and v.kind == value.kind
        for v in passage.values
    )
    quoted_rival = value.kind != "quote" and any(v.kind == "quote" for v in passage.values)
    covered = any(
        v is not value and v.overlaps(value) and v.kind in ("name", "date", "time", "id") for v in passage.values
    )
    stop_edge = bool(around.inside) and around.inside[0].text.lower() in STOP_WORDS
    only = len(rivals) == 1
    sole = len(same_type) == 1
    return [
        "bias",
        f"t={typed}",
        f"t={typed}&{need}",
        f"t={typed}&h={head}",
        f"l1={l1}&h={head}",
        f"l1={l1}&t={typed}",
        f"l2={l2}&l1={l1}",
        f"l1={l1}&{need}&k={kind}",
        f"l2={l2} {l1}&h={head}",
        f"r1={r1}&h={head}",
        f"r1={r1}&t={typed}",
        f"shape={_shape(value.text)}&h={head}",
        f"shape={_shape(value.text)}&t={parameter.type}",
        f"ln={left_name}&{kind}",
        f"rn={right_name}&{kind}",
        f"ld={min(2, left_desc)}&{kind}",
        f"rd={min(2, right_desc)}&{kind}",
        f"ol={min(2, other_left)}&ln={left_name}",
        f"sl={soft_left}&sr={soft_right}",
        f"own={min(2, own)}&k={kind}",
        f"ownapi={min(2, own_api)}&w={words}",
        f"owndesc={min(2, own_desc)}&k={kind}",
        f"ex={is_example}",
        f"w={words}&k={kind}&t={parameter.type}",
        f"w={words}&h={head}",
        f"max={maximal}&k={kind}",
        f"max={maximal}&w={words}&k={kind}",
        f"qr={quoted_rival}&k={kind}",
        f"cov={covered}&k={kind}",
        f"order={order}&k={kind}&n={min(3, len(rivals))}",
        f"only={only}&sole={sole}&{need}&k={kind}",
        f"sole={sole}&{need}&t={typed}",
        f"stop={stop_edge}",
        f"vt={parameter.name}&k={kind}",
        f"first={not left}&k={kind}",
        f"last={not right or right[0].text in '.?!'}&k={kind}&{need}",
    ]
