"""`DatabaseSearch`: words and vectors searched where the catalogue is, in PostgreSQL, for nodes that keep no index."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from taskmatrix.core.errors import SettingError
from taskmatrix.core.search import SearchFilter
from taskmatrix.selector.database.following import DatabaseFollower, signed
from taskmatrix.selector.database.vectors import RESCORED, RESCORED_OF_GRAPH, cosines, write_codes, write_rows
from taskmatrix.selector.database.words import (
    confirmed,
    group,
    is_worded,
    match_any,
    narrow,
    quote,
    rarity,
    score,
    worded,
)
from taskmatrix.selector.feed import Catalogue
from taskmatrix.selector.keys import digest_of
from taskmatrix.selector.passages import read_passage
from taskmatrix.selector.retrieval import Candidate, Query
from taskmatrix.selector.words.entries import unpack
from taskmatrix.selector.words.texts import wording_of
from taskmatrix.store import search_finding, search_rows, search_tables
from taskmatrix.store.database import Database
from taskmatrix.store.search_finding import FoundDocument
from taskmatrix.store.search_rows import SearchVector
from taskmatrix.store.search_tables import SearchState

logger = logging.getLogger(__name__)

RANKED = 4
"""For each hit by words that is asked for, how many the server ranks roughly, to be scored closely here."""

_KEPT_COUNTS = 200_000


@dataclass(frozen=True, slots=True)
class PendingVector:
    """A document without a vector: what the encoder is to read of it, and the digest of that."""

    key: int
    digest: int
    passage: str


@dataclass(frozen=True, slots=True)
class SearchTablesStatus:
    """What the tables hold: documents, how many of them have vectors, made by which encoder, bytes on the server.

    `graph`: the extension `vector` searches the codes. `change`: the last change they have followed. `running`: some
    process has documents whose vectors it is making, or was killed with them minutes ago.
    """

    documents: int
    vectors: int
    encoder: str
    word_bytes: int
    vector_bytes: int
    graph: bool
    change: int
    running: bool


class DatabaseSearch:
    """Implements `Retriever` inside a PostgreSQL database, which all nodes share. Any method raises StoreError.

    `encoder` names what makes the vectors, `centre` (256,) is its mean; without them only words are searched.
    Vectors of another encoder are left alone, and not used, until `restart_vectors`.
    """

    def __init__(
        self, database: Database, catalogue: Catalogue, encoder: str = "", centre: np.ndarray | None = None
    ) -> None:
        if not database.is_postgres:
            raise SettingError(
                f"{database.where} cannot be searched in the database: it is not PostgreSQL",
                hint="leave out the setting, and this machine keeps an index",
            )
        self._database = database
        self._encoder = encoder
        self._centre = np.zeros(256, np.float32) if centre is None else centre
        self._follower = DatabaseFollower(database, catalogue)
        self._size = 0
        self._counts: dict[str, int] = {}

    def follow(self) -> None:
        """Bring the tables up to date with the catalogue, as far as words go; costs two look-ups if they are."""
        self._follower.follow()

    def candidates(
        self, queries: Sequence[Query], limit: int, where: SearchFilter, beside: Sequence[str] = ()
    ) -> list[list[Candidate]]:
        """Return for each query the best `limit` by words and the best `limit` by meaning, each once, in no order."""
        if limit < 1:
            return [[] for _ in queries]
        with self._database.read() as connection:
            state = search_tables.read_state(connection)
            if state is None:
                return [[] for _ in queries]
            search_finding.prepare_search(connection)
            asked_for = [term.stem for query in queries for term in query.words.terms]
            self._count(connection, state, [*asked_for, *(m for query in queries for m in _marks(query))], anew=True)
            asked = _Asked(connection, state, limit, where, beside)
            scores = [self._by_words(asked, query) for query in queries]
            near = [self._by_meaning(asked, query) for query in queries]
            keys = {key for found in (*scores, *near) for key in found}
            found = {d.key: d for d in search_finding.read_found(connection, list(keys))} if keys else {}
            listed = [
                self._describe(query, own, [found[key] for key in own.keys() | close.keys() if key in found], state)
                for query, own, close in zip(queries, scores, near, strict=True)
            ]
            told = {stem for some in listed for c in some for stem in (*c.titles, *c.summary)}
            self._count(connection, state, list(told))
        return listed

    def rarity(self, stem: str) -> float:
        """Return how much a stem tells in this catalogue: its inverse document frequency, as in BM25."""
        return rarity(self._known(stem), self._size)

    def knows(self, stem: str) -> bool:
        """Whether any document holds a stem."""
        return self._known(stem) > 0

    def size(self) -> int:
        """Return how many documents there were when it was last asked about words."""
        return self._size

    def pending_vectors(self, limit: int) -> list[PendingVector]:
        """Return documents that have no vector; for ten minutes no other node is given the same ones."""
        with self._database.write(durable=False, lock=None) as connection:
            state = search_tables.read_state(connection)
            if state is None or not self._encoder:
                return []
            if state.encoder != self._encoder:
                if state.encoder:
                    logger.warning("the vectors in the database are made by %s: words alone count here", state.encoder)
                    return []
                search_rows.begin_vectors(connection, self._encoder)
            waiting = search_rows.take_waiting(connection, limit)
        passages = [(found.key, read_passage(found.document)) for found in waiting]
        return [PendingVector(key, signed(digest_of(passage)), passage) for key, passage in passages]

    def put_vectors(self, pending: Sequence[PendingVector], vectors: np.ndarray) -> int:
        """Keep the vectors (n, 256) of documents; return of how many: those that changed meanwhile wait again."""
        if not pending:
            return 0
        codes = write_codes(vectors, self._centre)
        made = [
            SearchVector(p.key, p.digest, code, row.scale, row.data)
            for p, code, row in zip(pending, codes, write_rows(vectors), strict=True)
        ]
        with self._database.write(durable=False, lock=None) as connection:
            state = search_tables.read_state(connection)
            if state is None or state.encoder != self._encoder:
                return 0
            return search_rows.put_vectors(connection, made)

    def leave_vectors(self, pending: Sequence[PendingVector]) -> None:
        """Let other nodes have documents whose vectors are not made here after all."""
        with self._database.write(durable=False, lock=None) as connection:
            search_rows.leave_waiting(connection, [p.key for p in pending])

    def restart_vectors(self) -> None:
        """Remove all vectors, to make them with this encoder."""
        with self._database.write(lock=None) as connection:
            if search_tables.read_state(connection) is not None:
                search_rows.begin_vectors(connection, self._encoder)

    def index_vectors(self) -> bool:
        """Let the extension `vector` search the codes from now on; return False if the database has none.

        Worth it from some 300,000 vectors; takes 10 to 20 minutes for a million, in which none can be added.
        """
        with self._database.write(lock=None) as connection:
            return search_tables.read_state(connection) is not None and search_tables.index_codes(connection)

    def status(self) -> SearchTablesStatus:
        """Return what the tables hold."""
        with self._database.read() as connection:
            state = search_tables.read_state(connection)
            if state is None:
                return SearchTablesStatus(0, 0, "", 0, 0, graph=False, change=0, running=False)
            return SearchTablesStatus(
                documents=state.documents,
                vectors=search_rows.count_vectors(connection),
                encoder=state.encoder,
                word_bytes=search_rows.measure_bytes(connection, search_rows.WORD_TABLES),
                vector_bytes=search_rows.measure_bytes(connection, search_rows.VECTOR_TABLES),
                graph=state.near is not None,
                change=state.change,
                running=search_rows.is_any_taken(connection),
            )

    def rebuild(self) -> None:
        """Remove the tables; the next `follow` makes them again."""
        search_tables.drop_tables(self._database)

    def close(self) -> None:
        """Forget what was remembered of the tables; the database stays open."""
        self._counts = {}

    def _by_words(self, asked: "_Asked", query: Query) -> dict[int, float]:
        """Return key → BM25 score of the best by words; those for which this very query was confirmed come first."""
        state, terms, wording = asked.state, query.words.terms, wording_of(query.words)
        counts = {term.stem: self._counts.get(term.stem, 0) for term in terms}
        marks = [mark for mark in _marks(query) if self._counts.get(mark)]
        # A filter leaves few enough.
        filtered = asked.where.packages or asked.where.owners
        matches = [match_any(counts) if filtered else narrow(counts, state.documents), *map(quote, marks)]
        match = " | ".join(filter(None, matches))
        if not match:
            return {}
        rarities = {stem: rarity(count, state.documents) for stem, count in counts.items()}
        masses = {t.stem: t.weight * rarities[t.stem] for t in terms if counts[t.stem]}
        groups = [(g.query, g.mass, g.size) for g in group(masses)]
        if marks:
            groups.append((" | ".join(map(quote, marks)), sum(masses.values()) or 1.0, len(marks)))
        hits = search_finding.find_by_words(
            asked.connection, match, groups, RANKED * asked.limit, asked.where, asked.beside
        )
        mean = state.length / max(state.documents, 1)
        scored = {hit.key: score(terms, rarities, hit.words, hit.length, mean) for hit in hits}
        best = max(scored.values(), default=1.0)
        scored |= {hit.key: best + scored[hit.key] for hit in hits if is_worded(hit.words, wording)}
        return dict(sorted(scored.items(), key=lambda item: (-item[1], item[0]))[: asked.limit])

    def _by_meaning(self, asked: "_Asked", query: Query) -> dict[int, float]:
        """Return key → cosine similarity of the nearest."""
        if query.vector is None or not self._encoder or asked.state.encoder != self._encoder:
            return {}
        code = write_codes(query.vector[None], self._centre)[0]
        rescored = RESCORED if asked.state.near is None else RESCORED_OF_GRAPH
        hits = search_finding.find_near(
            asked.connection, asked.state, code, max(rescored, asked.limit), asked.where, asked.beside
        )
        found = cosines(query.vector, [hit.row for hit in hits], [hit.scale for hit in hits])
        best: list[int] = np.argsort(-found, kind="stable")[: asked.limit].tolist()
        return {hits[n].key: float(found[n]) for n in best}

    def _describe(
        self, query: Query, scores: Mapping[int, float], found: Sequence[FoundDocument], state: SearchState
    ) -> list[Candidate]:
        compared = [d for d in found if d.row is not None and d.scale is not None]
        meanings: dict[int, float] = {}
        if query.vector is not None and self._encoder and state.encoder == self._encoder:
            values = cosines(query.vector, [d.row or b"" for d in compared], [d.scale or 0.0 for d in compared])
            meanings = {d.key: float(value) for d, value in zip(compared, values, strict=True)}
        return [replace(unpack(d.packed, scores.get(d.key, 0.0)), meaning=meanings.get(d.key)) for d in found]

    def _known(self, stem: str) -> int:
        count = self._counts.get(stem)
        if count is None:
            with self._database.read() as connection:
                state = search_tables.read_state(connection)
                if state is None:
                    return 0
                self._count(connection, state, [stem])
            count = self._counts.get(stem, 0)
        return count

    def _count(self, connection: Connection, state: SearchState, wanted: Sequence[str], *, anew: bool = False) -> None:
        """Remember how many documents hold stems. Counts may be a little old, but for those of a query."""
        if abs(state.documents - self._size) > self._size // 100 or len(self._counts) > _KEPT_COUNTS:
            self._counts = {}
            self._size = state.documents
        unknown = [stem for stem in wanted if anew or stem not in self._counts]
        if unknown:
            found = search_finding.count_stems(connection, unknown)
            self._counts |= {stem: found.get(stem, 0) for stem in unknown}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one search is about, whatever its query."""

    connection: Connection
    state: SearchState
    limit: int
    where: SearchFilter
    beside: Sequence[str]


def _marks(query: Query) -> list[str]:
    """Return what marks documents for which instructions with words of the query were confirmed."""
    wording = wording_of(query.words)
    return [*(confirmed(term.stem) for term in query.words.terms), *([worded(wording)] if wording else ())]
