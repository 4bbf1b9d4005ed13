"""An encoder that remembers passages from one evaluation to the next: a haystack is encoded once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from taskmatrix.selector.keys import digest_of
from taskmatrix.selector.retrieval import Encoder
from taskmatrix.selector.states import IndexDamagedError, IndexState
from taskmatrix.selector.vectors.index import VectorIndex


class RememberingEncoder:
    """Implements `Encoder` over another one; the vectors lie in a folder of their own for each encoder."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self.name = encoder.name
        self.centre = encoder.centre
        self.encode_queries = encoder.encode_queries
        place = folder / encoder.name
        try:
            self._kept = VectorIndex(place, encoder.name, encoder.centre)
        except (IndexDamagedError, OSError):
            self._kept = VectorIndex(None, encoder.name, encoder.centre)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of documents; those seen before as they were kept, in eight bits a dimension."""
        digests = np.array([digest_of(text) for text in texts], np.uint64)
        missing: list[int] = np.flatnonzero(self._kept.digests(digests) == 0).tolist()
        update = self._kept.writer() if missing else None
        if update is None and missing:
            return self._encoder.encode_passages(texts)
        if update is not None:
            try:
                made = self._encoder.encode_passages([texts[n] for n in missing])
                update.put(digests[missing], digests[missing], np.ones((len(missing), 3), np.uint32), made)
                update.commit(IndexState())
            finally:
                update.close()
        return self._kept.vectors(digests)
