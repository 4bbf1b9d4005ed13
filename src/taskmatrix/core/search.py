"""What a search may be narrowed to, and what speaks for a match."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import EffectKind


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which APIs a search may find; an empty part lets all through.

    `packages`, `owners` and `effects` are known to the index. `allows` is asked about single documents (grade,
    what a user may call) after they were found: a search goes on until it has enough that are allowed, or has
    asked about `MOST_ASKED`. Where nothing fits a query that is not `noted`, it is not kept as somebody's wish.
    """

    packages: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    effects: tuple[EffectKind, ...] = ()
    allows: Callable[[ApiDocument], bool] | None = None
    noted: bool = True


MOST_ASKED = 1_000
"""How many documents a search asks `SearchFilter.allows` about at most."""

ANYTHING = SearchFilter()


@dataclass(frozen=True, slots=True)
class FoundWords:
    """Words of a query, as they were written, that one part of a document holds (`name`, `description`, …)."""

    part: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What brought a match.

    `words`: the words found, part by part. `word_rank`: place among the hits by words, from 1, None if it was not
    among them; `word_score`: its BM25 score. `meaning`: cosine similarity of the vectors, None where no vector was
    compared; `meaning_rank`: place among the nearest vectors, from 1. `contributions`: what each feature adds to the
    logit of the probability, heaviest first. `step`: the part of the query that it answers. `left_out`: how many
    near-duplicates of it were not shown.
    """

    words: tuple[FoundWords, ...] = ()
    word_rank: int | None = None
    word_score: float = 0.0
    meaning: float | None = None
    meaning_rank: int | None = None
    contributions: tuple[tuple[str, float], ...] = ()
    step: str = ""
    left_out: int = 0


DemandOrigin = Literal["search", "run"]
"""Where something was asked for: in a search by hand, or as a step of a run."""


class DemandLog(Protocol):
    """Where it is kept what people asked for that no API does."""

    def unmet(self, step: str, nearest: Sequence[str], *, origin: DemandOrigin = "run") -> None:
        """Keep that nothing fits a step; `nearest` are the closest names, best first.

        Never raises, never waits long.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds; it may be told again."""
        ...
