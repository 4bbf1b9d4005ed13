"""Cross-encoders for learning: one whose heads are moved for some packages, and one that reads nothing twice."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Evidence, Heads
from taskmatrix.mcfm.embedded.encoder.sequences import Pair, Piece

if TYPE_CHECKING:
    import numpy as np

MOST_KEPT = 3_000
"""Sequences whose states are kept, some 60 kB each."""


class Taught(CrossEncoder):
    """Reads APIs of some packages with moved heads, and all others as before: corrections are not about these."""

    def __init__(self, shipped: CrossEncoder, heads: Heads, packages: frozenset[str]) -> None:
        self.builder, self.heads = shipped.builder, shipped.heads
        self._shipped, self._moved, self._packages = shipped, shipped.moved(heads), packages

    def read(
        self,
        pieces: Sequence[Piece],
        view: ApiView,
        used: Sequence[tuple[int, int]] = (),
        *,
        least: float = 0.0,
        most: int | None = None,
    ) -> Evidence:
        """Return what `pieces` say about one API."""
        is_about = view.document.package in self._packages
        return (self._moved if is_about else self._shipped).read(pieces, view, used, least=least, most=most)

    def states(self, made: Pair) -> "np.ndarray":
        """Return the hidden states, which no feedback changes."""
        return self._shipped.states(made)


class Reread(CrossEncoder):
    """Keeps the hidden states of what it has read: candidates that differ in their heads read the same sequences."""

    def __init__(self, shipped: CrossEncoder, most: int = MOST_KEPT) -> None:
        self.builder, self.heads = shipped.builder, shipped.heads
        self._shipped, self._most = shipped, most
        self._kept: OrderedDict[bytes, np.ndarray] = OrderedDict()

    def states(self, made: Pair) -> "np.ndarray":
        """Return the hidden states (length, 384) float32; kept ones are rounded to float16, the first time too."""
        import numpy as np

        key = np.array([made.ids, made.roles, made.shapes], np.int32).tobytes()
        known = self._kept.get(key)
        if known is None:
            known = self._kept[key] = self._shipped.states(made).astype(np.float16)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return known.astype(np.float32)
