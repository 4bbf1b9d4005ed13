"""The index on this machine: words in a `tantivy` folder, vectors in memory-mapped files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from taskmatrix.core.search import SearchFilter
from taskmatrix.selector.feed import Catalogue
from taskmatrix.selector.keys import key_of, tag_of
from taskmatrix.selector.retrieval import Candidate, Encoder, Query, Retriever, WordsStatus
from taskmatrix.selector.vectors.embedding import Embedding
from taskmatrix.selector.vectors.index import Nearest, RowFilter, VectorIndex
from taskmatrix.selector.words.following import FollowingIndex
from taskmatrix.selector.words.index import WordIndex

_T = TypeVar("_T")


class FileIndex:
    """Implements `Index` in `index/` of a home folder, or in memory without one."""

    def __init__(self, catalogue: Catalogue, home: Path | None, load: Callable[[], Encoder]) -> None:
        self._words = FollowingIndex(catalogue, home / "index" / "words" if home is not None else None)
        self.embedding = Embedding(catalogue, home / "index" / "vectors" if home is not None else None, load)

    def use(self, read: Callable[[Retriever], _T], *, meaning: bool) -> _T:
        """Bring the words up to date and read; with `meaning`, vectors too, or EncoderUnavailableError is raised."""
        vectors = self.embedding.vectors() if meaning else None
        return self._words.use(lambda words: read(FileRetriever(words, vectors)))

    def words_status(self) -> WordsStatus:
        """Return how far the words are, without bringing them up to date."""
        return self._words.status()

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        self._words.close()
        self.embedding.close()


class FileRetriever:
    """Implements `Retriever` over a word index and, where there is one, a vector index."""

    def __init__(self, words: WordIndex, vectors: VectorIndex | None = None) -> None:
        self._words = words
        self._vectors = vectors
        self.rarity = words.rarity
        self.knows = words.knows
        self.size = words.size

    def candidates(
        self, queries: Sequence[Query], limit: int, where: SearchFilter, beside: Sequence[str] = ()
    ) -> list[list[Candidate]]:
        """Return for each query the best `limit` by words and the best `limit` by meaning, each once."""
        by_words = [self._words.search(query.words, limit, where, beside) for query in queries]
        asked = [query.vector for query in queries if query.vector is not None]
        if self._vectors is None or len(asked) < len(queries) or not self._vectors.size():
            return by_words
        narrow = RowFilter(
            packages=tuple(map(tag_of, where.packages)),
            owners=tuple(map(tag_of, where.owners)),
            effects=tuple(map(tag_of, where.effects)),
            beside=tuple(map(tag_of, beside)),
        )
        near = self._vectors.search(np.stack(asked), limit, narrow)
        return [self._unite(query, hits, found) for query, hits, found in zip(queries, by_words, near, strict=True)]

    def _unite(self, query: Query, hits: list[Candidate], near: Nearest) -> list[Candidate]:
        assert self._vectors is not None and query.vector is not None
        keys: list[int] = near.keys.tolist()
        meanings: dict[int, float] = dict(zip(keys, near.cosines.tolist(), strict=True))
        own = [key_of(hit.package, hit.name) for hit in hits]
        others = [key for key in own if key not in meanings]
        if others:
            found = self._vectors.similarities(query.vector, np.array(others, np.uint64))
            known = ~np.isnan(found)
            meanings |= {key: float(c) for key, c, is_known in zip(others, found, known, strict=True) if is_known}
        for hit, key in zip(hits, own, strict=True):
            hit.meaning = meanings.get(key)
        seen = set(own)
        more = self._words.get([key for key in keys if key not in seen])
        for hit in more:
            hit.meaning = meanings[key_of(hit.package, hit.name)]
        return hits + more
