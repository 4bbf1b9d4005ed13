"""Moves the heads of the cross-encoder towards what corrections say: regression on hidden states, in numpy.

All heads are convex in what is moved (keys stay as they are), so that a few steps of Adam (Kingma and Ba, 2015) over
all rows at once come near the best. A proximal term holds them to the shipped heads: little is moved for little.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskmatrix.mcfm.embedded.encoder.cross_encoder import LONGEST_SPAN, Heads
from taskmatrix.mcfm.embedded.learning.rows import Row

if TYPE_CHECKING:
    import numpy as np

STEPS, RATE = 200, 0.004
HOLD, HOLD_ARGUMENTS = 5.0, 100.0
"""What a squared change costs, in units of a row's loss: of the head that says which API is called, and of those that
give arguments. The memory knows more of arguments, and what they learn of one API misleads them in another."""
KINDS = 7
MOVED = ("fit", "kind", "start_query", "end_query", "end_start", "choice_query")

Weights = dict[str, "np.ndarray"]


def move(heads: Heads, rows: Sequence[Row]) -> Heads:
    """Return the heads that say more of what the rows say; the same rows move them alike."""
    import numpy as np

    if not rows:
        return heads
    shipped = {n: a for n, a in heads.arrays.items() if n.partition(".")[0] in MOVED}
    made = {n: a.astype(np.float32) for n, a in shipped.items()}
    parts: list[Callable[[Weights, Weights], None]] = [
        _Outer.of(rows).add,
        _Kinds.of(rows).add,
        *(pointer.add for pointer in _pointers(rows)),
    ]
    first = {n: np.zeros_like(a) for n, a in made.items()}
    second = {n: np.zeros_like(a) for n, a in made.items()}
    for step in range(1, STEPS + 1):
        slopes = {n: (HOLD if n.startswith("fit") else HOLD_ARGUMENTS) * (made[n] - shipped[n]) for n in made}
        for add in parts:
            add(made, slopes)
        rate = RATE * (1 - 0.9 * step / STEPS)
        for name, slope in slopes.items():
            first[name] += 0.1 * (slope - first[name])
            second[name] += 0.01 * (slope**2 - second[name])
            scaled = first[name] / (1 - 0.9**step) / (np.sqrt(second[name] / (1 - 0.99**step)) + 1e-6)
            made[name] -= np.asarray(rate * scaled, np.float32)
    return Heads({**heads.arrays, **{n: a.astype(np.float16).astype(np.float32) for n, a in made.items()}})


def _softmax(scores: "np.ndarray") -> "np.ndarray":
    import numpy as np

    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@dataclass(frozen=True, slots=True)
class _Outer:
    """Whether the API is called, and whether another call of it follows: two logits over the first state."""

    states: "np.ndarray"
    right: "np.ndarray"
    counts: "np.ndarray"

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "_Outer":
        import numpy as np

        right = np.array([(r.fit, max(r.more, 0)) for r in rows], np.float32).reshape(-1, 2)
        counts = np.array([(1.0, r.more >= 0) for r in rows], np.float32).reshape(-1, 2)
        return cls(np.stack([r.first for r in rows]), right, counts)

    def add(self, made: Weights, slopes: Weights) -> None:
        import numpy as np

        scores = self.states @ made["fit.weight"].T + made["fit.bias"]
        slope = (1 / (1 + np.exp(-np.clip(scores, -30, 30))) - self.right) * self.counts
        slopes["fit.weight"] += slope.T @ self.states
        slopes["fit.bias"] += slope.sum(0)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What each parameter is given."""

    states: "np.ndarray"
    right: "np.ndarray"

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "_Kinds":
        import numpy as np

        found = [(r.marks[i], kind) for r in rows for i, kind in enumerate(r.kinds) if kind >= 0]
        states = np.stack([s for s, _ in found]) if found else np.zeros((0, rows[0].first.shape[0]), np.float32)
        return cls(states, np.eye(KINDS, dtype=np.float32)[[k for _, k in found]])

    def add(self, made: Weights, slopes: Weights) -> None:
        slope = _softmax(self.states @ made["kind.weight"].T + made["kind.bias"]) - self.right
        slopes["kind.weight"] += slope.T @ self.states
        slopes["kind.bias"] += slope.sum(0)


@dataclass(frozen=True, slots=True)
class _Pointer:
    """Queries that point at one of several keys: `asks` are (head, states) that make up the query."""

    asks: "Sequence[tuple[str, np.ndarray]]"
    keys: "np.ndarray"
    absent: "np.ndarray"
    right: "np.ndarray"

    def add(self, made: Weights, slopes: Weights) -> None:
        import numpy as np

        query = sum(
            (s @ made[f"{n}.weight"].T + made.get(f"{n}.bias", 0.0) for n, s in self.asks), start=np.float32(0)
        )
        scores = np.einsum("nkw,nw->nk", self.keys, query)
        scores[self.absent] = -1e4
        given = _softmax(scores)
        aimed = np.where(self.right, given + 1e-9, 0.0)
        slope = (given - aimed / aimed.sum(1, keepdims=True)).astype(np.float32)
        turned = (slope[:, None, :] @ self.keys)[:, 0]
        for name, states in self.asks:
            slopes[f"{name}.weight"] += turned.T @ states
            if f"{name}.bias" in slopes:
                slopes[f"{name}.bias"] += turned.sum(0)


@dataclass(frozen=True, slots=True)
class _Pointed:
    """One query: states by head, its keys (n, 96), and which of them are right."""

    asks: "Sequence[tuple[str, np.ndarray]]"
    keys: "np.ndarray"
    right: "np.ndarray"


def _pointers(rows: Sequence[Row]) -> list[_Pointer]:
    """All queries, those of one head and of about as many keys together."""
    import numpy as np

    grouped: dict[tuple[str, int], list[_Pointed]] = defaultdict(list)
    for row in rows:
        for pointed in _pointed(row):
            grouped[pointed.asks[0][0], -(-len(pointed.keys) // 16) * 16].append(pointed)
    found: list[_Pointer] = []
    for (_, size), some in sorted(grouped.items()):
        keys = np.zeros((len(some), size, some[0].keys.shape[1]), np.float32)
        absent, right = np.ones((len(some), size), bool), np.zeros((len(some), size), bool)
        for n, one in enumerate(some):
            keys[n, : len(one.keys)] = one.keys
            absent[n, : len(one.keys)] = False
            right[n, : len(one.keys)] = one.right
        asks = [(name, np.stack([one.asks[i][1] for one in some])) for i, (name, _) in enumerate(some[0].asks)]
        found.append(_Pointer(asks, keys, absent, right))
    return found


def _pointed(row: Row) -> "list[_Pointed]":
    import numpy as np

    found: list[_Pointed] = []
    by_parameter: dict[int, list[int]] = defaultdict(list)
    for n, (parameter, _, _) in enumerate(row.spans):
        by_parameter[parameter].append(n)
    for parameter, places in by_parameter.items():
        mark = row.marks[parameter]
        right = np.zeros(len(row.starts), bool)
        right[[row.spans[n][1] for n in places]] = True
        found.append(_Pointed([("start_query", mark)], row.starts, right))
        _, first, last = row.spans[places[0]]
        keys = row.ends[first : first + LONGEST_SPAN]
        if last - first < len(keys):
            right = np.arange(len(keys)) == last - first
            found.append(_Pointed([("end_query", mark), ("end_start", row.firsts[places[0]])], keys, right))
    for parameter, keys in row.offered.items():
        found.append(_Pointed([("choice_query", row.marks[parameter])], keys, np.array(row.right[parameter])))
    return found
