"""What speaks for a candidate, in figures: the input of the combiner.

Shares are of the words' rarity in this catalogue, so that telling words count more.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from taskmatrix.selector.retrieval import Candidate, Query, Retriever

CONFIRMED = "confirmed"

FEATURES = (
    "covered",  # of the query's words, those the document holds
    "matches",  # log(1 + how many words that is)
    "titled",  # of the name's words, those the query holds
    "summarised",  # of the first sentence's words, those the query holds
    "lead",  # the query's first word is in the name
    "packaged",  # of the query's words, those in the package's name
    "words",  # BM25 score over the best one's
    "word strength",  # BM25 score over the weight of the query's words
    "word place",  # log(1 + rank by words)
    "meaning",  # cosine similarity, 0 where there is no vector
    "meaning gap",  # cosine similarity of the nearest, less this one's
    "meaning place",  # log(1 + rank by meaning)
    "no vector",  # 1 where nothing is known of the meaning
    "meaning lead",  # the nearest's cosine similarity over the mean of the ten nearest
    "neighbours",  # share of the ten best, by words and by meaning, that are of the same package
    CONFIRMED,  # share of the query's words that stand in instructions confirmed for the document
    "unknown",  # of the query's words, those that no document holds
    "query length",  # log(1 + distinct words)
    "name length",  # log(1 + words of the name)
    "document length",  # log(1 + distinct words)
    "rivals",  # log(1 + candidates), small where the catalogue is
)
"""The columns, in order. A change needs the combiner trained again."""

_NEAREST = 10
_FEW = 30
_AFAR = math.log1p(60)  # the place of what is not among the hits


def read_features(index: Retriever, query: Query, candidates: Sequence[Candidate]) -> np.ndarray:
    """Return a row of `FEATURES` for each candidate, (n, features) float32."""
    masses = {term.stem: term.weight * index.rarity(term.stem) for term in query.words.terms}
    total = sum(masses.values()) or 1.0
    unknown = sum(mass for stem, mass in masses.items() if not index.knows(stem)) / total
    scores = np.array([c.score for c in candidates], np.float32)
    meanings = np.array([math.nan if c.meaning is None else c.meaning for c in candidates], np.float32)
    neighbours = _neighbours(candidates, scores, meanings)
    rows = np.empty((len(candidates), len(FEATURES)), np.float32)
    length, rivals = math.log1p(len(masses)), math.log1p(len(candidates))
    rarities = _Rarities(index)
    asked = [(stem, mass, rarities[stem]) for stem, mass in masses.items()]
    for row, c in zip(rows, candidates, strict=True):
        covered = matches = titled = summarised = packaged = said = 0.0
        for stem, mass, rarity in asked:
            in_title, in_summary, in_package = stem in c.titles, stem in c.summary, stem in c.packages
            titled += rarity * in_title
            summarised += rarity * in_summary
            packaged += mass * in_package
            said += mass * (stem in c.confirmed)
            if in_title or in_summary or in_package or stem in c.rest:
                covered += mass
                matches += 1
        row[:6] = (
            covered / total,
            math.log1p(matches),
            titled / (sum(map(rarities.__getitem__, c.titles)) or 1.0),
            summarised / (sum(map(rarities.__getitem__, c.summary)) or 1.0),
            query.words.lead in c.titles,
            packaged / total,
        )
        # Whoever has hundreds of confirmed instructions has most words in one of them.
        row[15] = said / total * min(1.0, _FEW / max(1, len(c.confirmed)))
        row[18], row[19] = math.log1p(len(c.titles)), math.log1p(len(c.summary) + len(c.rest))
    rows[:, 6] = scores / (scores.max(initial=0.0) or 1.0)
    rows[:, 7] = scores / total
    rows[:, 8] = np.where(scores > 0, np.log1p(_places(scores)), _AFAR)
    rows[:, 9:14] = _read_meanings(meanings)
    rows[:, 14] = [neighbours[c.package] for c in candidates]
    rows[:, 16], rows[:, 17], rows[:, 20] = unknown, length, rivals
    return rows


class _Rarities(dict[str, float]):
    """The rarity of each stem, looked up once."""

    def __init__(self, index: Retriever) -> None:
        super().__init__()
        self._index = index

    def __missing__(self, stem: str) -> float:
        rarity = self[stem] = self._index.rarity(stem)
        return rarity


def _read_meanings(meanings: np.ndarray) -> np.ndarray:
    """Return the columns from `meaning` to `meaning lead`."""
    known = ~np.isnan(meanings)
    columns = np.zeros((len(meanings), 5), np.float32)
    columns[:, 2], columns[:, 3] = _AFAR, ~known
    if known.any():
        nearest = np.sort(meanings[known])[::-1][:_NEAREST]
        columns[:, 0] = np.where(known, meanings, 0.0)
        columns[:, 1] = np.where(known, nearest[0] - meanings, 0.0)
        columns[:, 2] = np.where(known, np.log1p(np.minimum(_places(np.where(known, meanings, -2.0)), 60)), _AFAR)
        columns[:, 4] = nearest[0] - nearest.mean()
    return columns


def _neighbours(candidates: Sequence[Candidate], scores: np.ndarray, meanings: np.ndarray) -> dict[str, float]:
    """Return for each package its share of the best, which is how a package that does the job shows."""
    by_words: list[int] = np.argsort(-scores)[:_NEAREST].tolist()
    by_meaning: list[int] = np.argsort(-np.nan_to_num(meanings, nan=-2.0))[:_NEAREST].tolist()
    best = [n for n in by_words if scores[n] > 0] + [n for n in by_meaning if not np.isnan(meanings[n])]
    shares: dict[str, float] = defaultdict(float)
    for n in best:
        shares[candidates[n].package] += 1 / len(best)
    return shares


def _places(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value, the largest first, from 0."""
    places = np.empty(len(values), np.int64)
    places[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return places
