"""Sequences of corrections with what the heads of the cross-encoder are to say of them.

Each unit of an example is read against the APIs that it calls, and against some that it does not call. Only what the
heads look at is kept of the hidden states, keys already taken: some 20 kB a sequence.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.documents.objects import flatten
from taskmatrix.mcfm.embedded.documents.reading import ApiView, read_document
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CHOICE, SPAN, CrossEncoder
from taskmatrix.mcfm.embedded.encoder.sequences import Pair, Role, Said
from taskmatrix.mcfm.embedded.learning.aligning import UNKNOWN, Target, Text, target
from taskmatrix.mcfm.embedded.learning.examples import Example, RightCall
from taskmatrix.mcfm.embedded.learning.lessons import units_of
from taskmatrix.mcfm.embedded.learning.units import Unit

if TYPE_CHECKING:
    import numpy as np

    from taskmatrix.core.protocols import Turn

OTHERS = 3
"""APIs read against a unit that does not call them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence: `first` (384,) is the state of its first token, `marks` (parameters, 384) those of parameters.

    `starts` and `ends` are keys of what was said (tokens, 96), `spans` (n, 3) of parameter, first and last token of
    what was said, `firsts` (n, 384) the states of those first tokens, `offered` keys of choices (n, 96) by parameter,
    `right` which of them are right. `more` is -1 where it is not known, a kind -1 likewise.
    """

    fit: int
    more: int
    first: "np.ndarray"
    marks: "np.ndarray"
    kinds: Sequence[int]
    starts: "np.ndarray"
    ends: "np.ndarray"
    spans: Sequence[tuple[int, int, int]]
    firsts: "np.ndarray"
    offered: "Mapping[int, np.ndarray]"
    right: Mapping[int, Sequence[bool]]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One sequence to be read."""

    unit: Unit
    turns: "Sequence[Turn]"
    around: str
    view: ApiView
    calls: Sequence[RightCall]


def rows_of(
    examples: Sequence[Example], documents: Mapping[str, ApiDocument], encoder: CrossEncoder, most: int
) -> list[Row]:
    """Return the rows of some examples, at most `most`: of more, those of some examples, the same ones each time."""
    views = {api: flatten(read_document(document)) for api, document in documents.items()}
    rivals = _rivals(examples, views)
    order = sorted(examples, key=lambda e: hashlib.sha256(f"{e.instruction} {e.apis}".encode()).digest())
    found: list[Row] = []
    for example in order:
        for reading in _readings(example, views, rivals):
            if len(found) >= most:
                return found
            found += _rows(reading, encoder)
    return found


def _rivals(examples: Sequence[Example], views: Mapping[str, ApiView]) -> dict[str, list[str]]:
    """For each API the ones most like it: those that examples call first, then by the words of their documents."""
    called = {api for example in examples for api in example.apis}
    found: dict[str, list[str]] = {}
    for api in sorted(called & views.keys()):
        own = {*views[api].name_stems, *views[api].description_stems}
        near = [
            (len(own & {*v.name_stems, *v.description_stems}) + (other in called), other)
            for other, v in views.items()
            if other != api and v.document.package == views[api].document.package
        ]
        found[api] = [other for _, other in sorted(near, key=lambda n: (-n[0], n[1]))[: 4 * OTHERS]]
    return found


def _readings(example: Example, views: Mapping[str, ApiView], rivals: Mapping[str, Sequence[str]]) -> list[_Reading]:
    found: list[_Reading] = []
    for unit, calls in units_of(example):
        by_api: dict[str, list[RightCall]] = defaultdict(list)
        for call in calls:
            by_api[call.api].append(call)
        around = example.instruction if unit.is_step else ""
        seed = hashlib.sha256(unit.text.encode()).digest()
        near = [a for api in by_api for a in rivals.get(api, ()) if a not in by_api] if by_api else sorted(views)
        drawn = sorted(dict.fromkeys(near), key=lambda a: hashlib.sha256(seed + a.encode()).digest())
        others = list(dict.fromkeys([*near[: OTHERS // 2], *drawn]))[:OTHERS]
        for api in (*by_api, *others):
            if api in views:
                found.append(_Reading(unit, example.turns, around, views[api], by_api.get(api, ())))
    return found


def _rows(reading: _Reading, encoder: CrossEncoder) -> list[Row]:
    """The rows of one API: of several calls of it the first, and whether more follow."""
    around: list[tuple[Role, str]] = [(t.role, t.text) for t in reading.turns]
    if reading.around:
        around.append(("user", reading.around))
    said = Said.of(reading.unit.text, around)
    pieces = encoder.builder.pieces(said)
    if not pieces:
        return []
    text = Text(said.text)
    targets: dict[str, Target] = {}
    if reading.calls:
        told = [
            {p.name: target(p, _inside(reading.view, call), text) for p in reading.view.parameters}
            for call in reading.calls
        ]
        targets = min(told, key=lambda some: min((s for t in some.values() for s, _ in t.spans[:1]), default=0))
    found: list[Row] = []
    for index, made in enumerate(encoder.builder.build(pieces, reading.view)):
        if index and not reading.calls:
            break
        more = int(len(reading.calls) > 1) if reading.calls and index == 0 else -1
        found.append(_row(made, encoder, targets, fit=int(bool(reading.calls)), more=more))
    return found


def _inside(view: ApiView, call: RightCall) -> dict[str, Sequence[object]]:
    """The accepted values by the names of the flat view: those of objects by property."""
    found: dict[str, Sequence[object]] = dict(call.arguments)
    for parameter in view.parameters:
        owner, _, name = parameter.name.partition(".")
        if name and parameter.name not in call.arguments and call.arguments.get(owner):
            objects = [value for value in call.arguments[owner] if isinstance(value, dict)]
            found[parameter.name] = [value[name] for value in objects if name in value]
    return found


def _row(made: Pair, encoder: CrossEncoder, targets: Mapping[str, Target], *, fit: int, more: int) -> Row:
    import numpy as np

    arrays = encoder.heads.arrays
    states = encoder.states(made)
    said = states[made.first : made.first + len(made.pieces)]
    kinds: list[int] = []
    spans: list[tuple[int, int, int]] = []
    offered: dict[int, np.ndarray] = {}
    right: dict[int, Sequence[bool]] = {}
    for index, view in enumerate(made.views):
        aimed = targets.get(view.name, Target(UNKNOWN))
        kind = aimed.kind
        if kind == SPAN:
            places = [tokens for span in aimed.spans if (tokens := _tokens(made, span)) is not None]
            spans += [(index, first, last) for first, last in places]
            kind = SPAN if places else UNKNOWN
        if kind == CHOICE:
            fits = [i in aimed.choices for i in made.chosen[index]]
            kind = CHOICE if any(fits) else UNKNOWN
            if any(fits):
                offered[index] = states[made.choices[index]] @ _key(arrays, "choice")
                right[index] = fits
        kinds.append(kind)
    firsts = said[[first for _, first, _ in spans]].copy() if spans else np.zeros((0, states.shape[1]), np.float32)
    starts, ends = said @ _key(arrays, "start"), said @ _key(arrays, "end")
    return Row(
        fit, more, states[0].copy(), states[made.parameters], kinds, starts, ends, spans, firsts, offered, right
    )


def _key(arrays: "Mapping[str, np.ndarray]", name: str) -> "np.ndarray":
    key = arrays[f"{name}_key.weight"]
    return key.T / key.shape[0] ** 0.5


def _tokens(made: Pair, span: tuple[int, int]) -> tuple[int, int] | None:
    inside = [i for i, p in enumerate(made.pieces) if p.start < span[1] and span[0] < p.end]
    return (inside[0], inside[-1]) if inside else None
