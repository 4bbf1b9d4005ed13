"""A cross-encoder for one request, which reads no more than a person waits for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Evidence
from taskmatrix.mcfm.embedded.encoder.sequences import Pair, Piece

if TYPE_CHECKING:
    import numpy as np

MOST_READ = 7_000
"""Tokens read for one request, a second's work. Of 697 requests to 4,076 APIs four needed more, half of them 1,400."""
SHARE = 4
"""One reading takes no more than this part of what is left: of a longer document the rest stays unread."""


class Bounded(CrossEncoder):
    """Reads APIs until it has read enough; to all others nothing fits. For one request and one thread."""

    def __init__(self, encoder: CrossEncoder) -> None:
        self.builder, self.heads = encoder.builder, encoder.heads
        self._encoder, self._left = encoder, MOST_READ

    def read(
        self,
        pieces: Sequence[Piece],
        view: ApiView,
        used: Sequence[tuple[int, int]] = (),
        *,
        least: float = 0.0,
        most: int | None = None,
    ) -> Evidence:
        """Return what `pieces` say about one API, as far as it may still be read."""
        if self._left <= 0:
            return Evidence(view, 0.0, 0.0, ())
        share = self._left // SHARE
        evidence = self._encoder.read(pieces, view, used, least=least, most=min(share, most or share))
        self._left -= evidence.tokens
        return evidence

    def states(self, made: Pair) -> "np.ndarray":
        """Return the hidden states of one sequence."""
        return self._encoder.states(made)
