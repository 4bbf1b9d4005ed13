"""What ranking needs of an index: candidates for a query, and how telling a word is. Two implementations: files on
this machine (`files.py`), and a PostgreSQL database that is searched where it is (`database/`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np

from taskmatrix.core.search import SearchFilter
from taskmatrix.selector.queries import WordQuery

_T = TypeVar("_T")

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as an index reads it: its words, and its vector ((256,) float32, unit length) if there is an encoder."""

    text: str
    words: WordQuery
    vector: np.ndarray | None = None


@dataclass(slots=True, eq=False)
class Candidate:
    """A document that may answer a query, with the stems of its parts.

    `score` is the BM25 score, 0.0 if no word of the query is in it. `meaning` is the cosine similarity to the query,
    None where the document has no vector yet or the query has none. `owner` is empty where nobody owns it. An index
    makes new ones for each query, and fills in `meaning` last.
    """

    package: str
    name: str
    titles: tuple[str, ...]
    packages: frozenset[str]
    summary: frozenset[str]
    rest: frozenset[str]
    confirmed: frozenset[str] = frozenset()
    owner: str = ""
    score: float = 0.0
    meaning: float | None = None


class Encoder(Protocol):
    """Turns texts into vectors: unit rows, (n, 256) float32. Never raises for what a text holds."""

    @property
    def name(self) -> str:
        """What tells one encoder's vectors from another's."""
        ...

    @property
    def centre(self) -> np.ndarray:
        """The mean of many passages' vectors, (256,) float32."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of what is asked."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of documents, written by `passages.read_passage`."""
        ...


class Retriever(Protocol):
    """Finds candidates by words and by meaning."""

    def candidates(
        self, queries: Sequence[Query], limit: int, where: SearchFilter, beside: Sequence[str] = ()
    ) -> list[list[Candidate]]:
        """Return for each query the best `limit` by words and the best `limit` by meaning, each once, in no order.

        `where.packages`, `where.owners` and `where.effects` hold for all of them; `where.allows` is not asked.
        `beside` names owners (or packages, for what nobody owns) to look past.
        """
        ...

    def rarity(self, stem: str) -> float:
        """Return how much a stem tells in this catalogue: its inverse document frequency, as in BM25."""
        ...

    def knows(self, stem: str) -> bool:
        """Whether any document holds a stem."""
        ...

    def size(self) -> int:
        """Return how many documents there are; unlike a count of the catalogue's rows, at no cost."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddingStatus:
    """How far the vectors are: `done` of `total` APIs have one, in `bytes` on disk.

    `running`: a process is at work now. `message` says why nothing more can be done, or is empty.
    """

    done: int
    total: int
    encoder: str = ""
    bytes: int = 0
    running: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class WordsStatus:
    """How far the words are: `documents` up to `change` of the catalogue, `changes` behind it, in `bytes`.

    `missing`: nothing has been searched yet; `damaged`: what lies there cannot be read.
    """

    state: Literal["ready", "behind", "missing", "damaged"]
    documents: int = 0
    change: int = 0
    changes: int = 0
    bytes: int = 0


def words_status(change: int, latest: int, documents: int, size: int) -> WordsStatus:
    """Return the status of words that have followed a catalogue to a change, of which the newest is `latest`."""
    if not change:
        return WordsStatus("missing", changes=latest, bytes=size)
    # What is ahead of its catalogue is another one's, and followed from the start.
    behind = latest - change if change <= latest else latest
    return WordsStatus("behind" if behind else "ready", documents, change, behind, size)


class Vectors(Protocol):
    """The vectors of a catalogue, which are made in the background. Every method raises EncoderUnavailableError."""

    def waiting(self) -> int:
        """Return about how many changes have no vectors yet, 0 if all have."""
        ...

    def catch_up(self, progress: Progress | None = None, seconds: float | None = None) -> EmbeddingStatus:
        """Make the vectors that are missing, for at most so many seconds; what is done stays done."""
        ...

    def status(self) -> EmbeddingStatus:
        """Return how far the vectors are."""
        ...

    def rebuild(self) -> None:
        """Throw all vectors away; `catch_up` makes them again."""
        ...


class Index(Protocol):
    """An index of a catalogue, wherever it lies."""

    @property
    def embedding(self) -> Vectors:
        """Its vectors."""
        ...

    def use(self, read: Callable[[Retriever], _T], *, meaning: bool) -> _T:
        """Bring the words up to date and read; with `meaning`, vectors too, or EncoderUnavailableError is raised."""
        ...

    def words_status(self) -> WordsStatus:
        """Return how far the words are, without bringing them up to date."""
        ...

    def close(self) -> None:
        """Let go of it; the next use opens it again."""
        ...
