"""The cross-encoder: what an instruction says about one API, parameter by parameter.

A MiniLM reads the instruction and one document together. Over its hidden states lie small heads in numpy: whether the
API is called at all, whether another call of it follows, and for each parameter what it is given. Pointing to the
start and the end of the span follows Vinyals et al., Pointer Networks (2015). The heads are what feedback moves
(`updating`), so they are no part of the ONNX graph.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.encoder.sequences import Pair, Piece, SequenceBuilder

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

OMIT, SPAN, CHOICE, TRUE, FALSE, RESULT, OTHER = range(7)
"""What a parameter is given: nothing, words of the instruction, one of its choices, yes, no, the result of an earlier
call, or something that stands nowhere."""
STARTS, ENDS = 8, 3
LEAST_START, LEAST_SPAN = 5e-4, 1e-4
"""Spans less likely than this are not looked at. The unlikely ones count where others take the likely ones."""
LONGEST_SPAN = 96
"""Tokens of a span."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `start:end` of what was said, and the probability that it is the value (given that one is said)."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Slot:
    """What one parameter may be given: the probability of each kind, and the likeliest spans and choices."""

    parameter: ParameterView
    kinds: tuple[float, ...]
    spans: tuple[Span, ...] = ()
    choices: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one pass over an instruction and a document says."""

    view: ApiView
    fits: float
    more: float
    slots: tuple[Slot, ...]
    tokens: int = 0
    """How many tokens were read."""


class Words(Protocol):
    """Token ids → their rows (length, 384) float32."""

    def __call__(self, ids: "np.ndarray", /) -> "np.ndarray":
        """Look the rows up."""
        ...


class Body(Protocol):
    """Token rows (1, length, 384) float32 → hidden states of the same shape."""

    def __call__(self, rows: "np.ndarray", /) -> "np.ndarray":
        """Run the layers."""
        ...


@dataclass(frozen=True, slots=True)
class Heads:
    """The arrays over the hidden states, by name, all float32: see `training/cross_model.py`."""

    arrays: "Mapping[str, np.ndarray]"

    def linear(self, name: str, states: "np.ndarray") -> "np.ndarray":
        """Return `states @ W.T + b`; a head may have no bias."""
        made = states @ self.arrays[f"{name}.weight"].T
        bias = self.arrays.get(f"{name}.bias")
        return made if bias is None else made + bias

    def point(self, name: str, queries: "np.ndarray", states: "np.ndarray") -> "np.ndarray":
        """Return the scores (…, length) of states for queries (…, 96), divided by the root of their width.

        Queries are taken to the states, not states to the queries: there are few of them, and products this small
        are not shared among threads.
        """
        key = self.arrays[f"{name}_key.weight"]
        return (queries @ key) @ states.T / key.shape[0] ** 0.5


class CrossEncoder:
    """Reads instructions against documents. Holds no state of its own: threads may share one."""

    def __init__(self, tokenizer: "Tokenizer", words: Words, body: Body, heads: Heads) -> None:
        self.builder = SequenceBuilder(tokenizer)
        self._words, self._body, self.heads = words, body, heads

    def moved(self, heads: Heads) -> "CrossEncoder":
        """Return the same with other heads."""
        made = copy(self)
        made.heads = heads
        return made

    def read(
        self,
        pieces: Sequence[Piece],
        view: ApiView,
        used: Sequence[tuple[int, int]] = (),
        *,
        least: float = 0.0,
        most: int | None = None,
    ) -> Evidence:
        """Return what `pieces` say about one API; `used` are the spans that earlier calls of it took.

        Of one that fits worse than `least` a long document is not read to its end; of any, some `most` tokens.
        """
        slots: list[Slot] = []
        fits = more = 0.0
        tokens = 0
        for index, made in enumerate(self.builder.build(pieces, view, used, most)):
            states = self.states(made)
            tokens += len(made.ids)
            outer = _sigmoid(self.heads.linear("fit", states[0]))
            if index == 0:
                fits, more = float(outer[0]), float(outer[1])
                if fits < least:
                    break
            slots += self._slots(made, states)
        return Evidence(view, fits, more, tuple(slots), tokens)

    def states(self, made: Pair) -> "np.ndarray":
        """Return the hidden states (length, 384) of one sequence."""
        import numpy as np

        arrays = self.heads.arrays
        rows = self._words(np.array(made.ids)) + arrays["places"][: len(made.ids)]
        rows = rows + arrays["roles.weight"][made.roles] + arrays["shapes.weight"][made.shapes]
        return self._body(rows[None].astype(np.float32))[0]

    def _slots(self, made: Pair, states: "np.ndarray") -> list[Slot]:

        if not made.views:
            return []
        heads = self.heads
        marks = states[made.parameters]
        kinds = _softmax(heads.linear("kind", marks))
        said = states[made.first : made.first + len(made.pieces)]
        starts = _softmax(heads.point("start", heads.linear("start_query", marks), said))
        ends_asked = heads.linear("end_query", marks)
        found: list[Slot] = []
        for index, view in enumerate(made.views):
            spans: list[Span] = []
            if len(made.pieces) and kinds[index, SPAN] > 0.002:
                spans = self._spans(made, starts[index], ends_asked[index], said)
            choices: list[tuple[int, float]] = []
            if made.choices[index]:
                asked = heads.linear("choice_query", marks[index])
                chances = _softmax(heads.point("choice", asked, states[made.choices[index]]))
                choices = sorted(zip(made.chosen[index], map(float, chances), strict=True), key=lambda c: -c[1])
            found.append(Slot(view, tuple(map(float, kinds[index])), tuple(spans), tuple(choices)))
        return found

    def _spans(self, made: Pair, starts: "np.ndarray", asked: "np.ndarray", said: "np.ndarray") -> list[Span]:
        import numpy as np

        found: list[Span] = []
        for first in map(int, np.argsort(-starts)[:STARTS]):
            if starts[first] < LEAST_START:
                break
            query = asked + self.heads.linear("end_start", said[first])
            ends = _softmax(self.heads.point("end", query, said[first : first + LONGEST_SPAN]))
            for last in map(int, np.argsort(-ends)[:ENDS]):
                chance = float(starts[first] * ends[last])
                if chance > LEAST_SPAN:
                    found.append(Span(made.pieces[first].start, made.pieces[first + last].end, chance))
        return sorted(found, key=lambda s: -s.probability)


def _softmax(scores: "np.ndarray") -> "np.ndarray":
    import numpy as np

    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _sigmoid(scores: "np.ndarray") -> "np.ndarray":
    import numpy as np

    return 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
