"""Ranks candidates: how likely an API fits, and what says so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taskmatrix.core.search import Explanation, FoundWords, SearchFilter
from taskmatrix.selector.combiner import contributions, probabilities
from taskmatrix.selector.crowding import collapse
from taskmatrix.selector.features import read_features
from taskmatrix.selector.queries import Term
from taskmatrix.selector.retrieval import Candidate, Query, Retriever

POOL = 30
"""How many hits by words, and how many by meaning, are looked at closely. What comes later is never among the best."""

CLOSE = 0.3
"""The cosine similarity from which `why` names the meaning."""

SHOWN_WORDS = 6
"""How many words `why` names per part."""

ROUNDS = 3
"""How often a pool that near-duplicates fill is asked for again without their owners."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one query, their features (n, features) and the probabilities that they fit (n,)."""

    query: Query
    candidates: Sequence[Candidate]
    features: np.ndarray
    scores: np.ndarray
    left_out: Sequence[int]

    @property
    def by_meaning(self) -> bool:
        """Whether any candidate has been compared by meaning."""
        return any(candidate.meaning is not None for candidate in self.candidates)

    @property
    def lacks_vectors(self) -> bool:
        """Whether a candidate could not be compared by meaning, though the query could."""
        return self.query.vector is not None and any(candidate.meaning is None for candidate in self.candidates)

    def explain(self, place: int) -> Explanation:
        """Say what brought the candidate at a place of the pool."""
        found = self.candidates[place]
        scores = np.array([c.score for c in self.candidates])
        meanings = np.array([-2.0 if c.meaning is None else c.meaning for c in self.candidates])
        return Explanation(
            words=found_words(self.query.words.terms, found),
            word_rank=1 + int((scores > found.score).sum()) if found.score > 0 else None,
            word_score=round(found.score, 3),
            meaning=None if found.meaning is None else round(found.meaning, 3),
            meaning_rank=None if found.meaning is None else 1 + int((meanings > found.meaning).sum()),
            contributions=tuple(contributions(self.features[place], self.features)),
            step=self.query.text,
            left_out=self.left_out[place],
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """An API that may fit: `score` is the probability that it does. It stands at a place of its query's pool."""

    package: str
    name: str
    score: float
    pool: Pool
    place: int

    @property
    def why(self) -> str:
        """What speaks for it, in a line."""
        found = self.pool.candidates[self.place]
        parts = [_in_line(part) for part in found_words(self.pool.query.words.terms, found)]
        if found.meaning is not None and found.meaning >= CLOSE:
            parts.append(f"meaning: {found.meaning:.2f}")
        return "; ".join(parts)


def rank(index: Retriever, queries: Sequence[Query], limit: int, where: SearchFilter) -> list[list[Fit]]:
    """Return what fits each query best, best first and at most `limit`; near-duplicates stand as one.

    Nothing fits a query without words, such as signs alone: its vector is near to something by chance.
    """
    return [
        _order(index, query, candidates, limit) if query.words.terms else []
        for query, candidates in zip(queries, _uncrowded(index, queries, max(POOL, limit), where), strict=True)
    ]


def merge(ranked: Sequence[Sequence[Fit]]) -> list[Fit]:
    """Return the fits of several queries as one list, best first, each API once with its best score."""
    best: dict[tuple[str, str], Fit] = {}
    for fits in ranked:
        for fit in fits:
            known = best.get((fit.package, fit.name))
            if known is None or known.score < fit.score:
                best[fit.package, fit.name] = fit
    return sorted(best.values(), key=lambda fit: -fit.score)


def found_words(terms: Sequence[Term], candidate: Candidate) -> tuple[FoundWords, ...]:
    """Return which words of the query a document holds, and in which part; each in the first that has it."""
    parts = (
        ("name", frozenset(candidate.titles)),
        ("confirmed", candidate.confirmed),
        ("description", candidate.summary),
        ("package", candidate.packages),
        ("details", candidate.rest),
    )
    told: set[str] = set()
    listed: list[FoundWords] = []
    for part, stems in parts:
        found = [term for term in terms if term.stem in stems and term.stem not in told]
        told.update(term.stem for term in found)
        if found:
            listed.append(FoundWords(part, tuple(term.word for term in found)))
    return tuple(listed)


def _order(index: Retriever, query: Query, pool: "_Uncrowded", limit: int) -> list[Fit]:
    if not pool.candidates:
        return []
    features = read_features(index, query, pool.candidates)
    scores = probabilities(features)
    whole = Pool(query, pool.candidates, features, scores, pool.left_out)
    best: list[int] = np.argsort(-scores, kind="stable")[:limit].tolist()
    return [Fit(pool.candidates[n].package, pool.candidates[n].name, float(scores[n]), whole, n) for n in best]


@dataclass(frozen=True, slots=True)
class _Uncrowded:
    candidates: Sequence[Candidate]
    left_out: Sequence[int]


def _uncrowded(index: Retriever, queries: Sequence[Query], limit: int, where: SearchFilter) -> list[_Uncrowded]:
    """Return the candidates of each query; where near-duplicates fill a pool, others take their places."""
    pools: list[_Uncrowded] = []
    for query, found in zip(queries, index.candidates(queries, limit, where), strict=True):
        crowd = collapse(found)
        beside: list[str] = []
        for _ in range(ROUNDS):
            more = [owner for owner in crowd.crowding if owner not in beside]
            if not more:
                break
            beside += more
            (others,) = index.candidates([query], limit, where, beside)
            crowd = collapse([*crowd.kept, *others])
        pools.append(_Uncrowded(crowd.kept, crowd.left_out))
    return pools


def _in_line(part: FoundWords) -> str:
    more = " …" if len(part.words) > SHOWN_WORDS else ""
    return f"{part.part}: {', '.join(part.words[:SHOWN_WORDS])}{more}"
