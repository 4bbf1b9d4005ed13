"""The index in the catalogue's own PostgreSQL database, for nodes that keep none (`TASKMATRIX_INDEX=database`)."""

import time
from collections.abc import Callable
from typing import TypeVar

from taskmatrix.selector.database.search import DatabaseSearch
from taskmatrix.selector.feed import Catalogue
from taskmatrix.selector.retrieval import EmbeddingStatus, Encoder, Progress, Retriever, WordsStatus, words_status
from taskmatrix.store.database import Database

PAGE = 256
"""Vectors made and kept at once."""

GRAPH_FROM = 300_000
"""So many vectors are worth a graph, where the database has the extension `vector`."""

_T = TypeVar("_T")


class DatabaseIndex:
    """Implements `Index` in tables that all nodes share. Any method raises StoreError."""

    def __init__(self, database: Database, catalogue: Catalogue, load: Callable[[], Encoder]) -> None:
        self._catalogue = catalogue
        self._words = DatabaseSearch(database, catalogue)
        self.embedding = DatabaseVectors(database, catalogue, load)

    def use(self, read: Callable[[Retriever], _T], *, meaning: bool) -> _T:
        """Bring the words up to date and read; with `meaning`, vectors too, or EncoderUnavailableError is raised."""
        search = self.embedding.search() if meaning else self._words
        search.follow()
        return read(search)

    def words_status(self) -> WordsStatus:
        """Return how far the words are, without bringing them up to date."""
        found = self._words.status()
        return words_status(found.change, self._catalogue.latest_change(), found.documents, found.word_bytes)

    def close(self) -> None:
        """Forget what was remembered of the tables."""
        self._words.close()
        self.embedding.close()


class DatabaseVectors:
    """Implements `Vectors` in these tables. Nodes share the work: none is given what another one is at."""

    def __init__(self, database: Database, catalogue: Catalogue, load: Callable[[], Encoder]) -> None:
        self._database, self._catalogue, self._load = database, catalogue, load
        self._search: DatabaseSearch | None = None

    def search(self) -> DatabaseSearch:
        """Return the search by words and vectors. Raises EncoderUnavailableError."""
        if self._search is None:
            encoder = self._load()
            self._search = DatabaseSearch(self._database, self._catalogue, encoder.name, encoder.centre)
        return self._search

    def waiting(self) -> int:
        """Return how many documents have no vector yet."""
        self.search().follow()
        status = self.search().status()
        return status.documents - (status.vectors if status.encoder == self._load().name else 0)

    def catch_up(self, progress: Progress | None = None, seconds: float | None = None) -> EmbeddingStatus:
        """Make the vectors that no node is at, for at most so many seconds; what is done stays done."""
        search, encoder = self.search(), self._load()
        deadline = None if seconds is None else time.monotonic() + seconds
        search.follow()
        if search.status().encoder not in ("", encoder.name):
            search.restart_vectors()
        total, done = self.waiting(), 0
        while pending := search.pending_vectors(PAGE):
            try:
                vectors = encoder.encode_passages([p.passage for p in pending])
            except BaseException:
                search.leave_vectors(pending)
                raise
            search.put_vectors(pending, vectors)
            done += len(pending)
            if progress is not None:
                progress(min(done, total), total)
            if deadline is not None and time.monotonic() > deadline:
                break
        status = search.status()
        if status.vectors >= GRAPH_FROM and not status.graph:
            search.index_vectors()
        return self.status()

    def status(self) -> EmbeddingStatus:
        """Return how far the vectors are. Vectors that another encoder made do not count."""
        found, encoder = self.search().status(), self._load().name
        done = found.vectors if found.encoder == encoder else 0
        return EmbeddingStatus(
            done=done,
            total=self._catalogue.count(),
            encoder=encoder,
            bytes=found.vector_bytes,
            running=found.running,
        )

    def rebuild(self) -> None:
        """Throw all vectors away; `catch_up` makes them again."""
        self.search().restart_vectors()

    def close(self) -> None:
        """Forget what was remembered of the tables."""
        if self._search is not None:
            self._search.close()
