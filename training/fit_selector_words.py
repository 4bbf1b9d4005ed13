"""Fits the probabilities of `taskmatrix.selector.ranking.Evidence` on evaluation sets, and prints them.

    python training/fit_selector_words.py DATA

DATA holds `planning/` and `retrieval/` as `taskmatrix eval` reads them. Only cases that ask for one API count: a
query then stands for one step. Each set gives four kinds of examples of equal weight (0.3 for the third): its
queries over all of its documents; over small catalogues drawn from them, with the API that answers; without it;
and queries of other sets over small catalogues. Azure CLI and MetaTool take no part, so that they measure.
"""

import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from taskmatrix.core.documents import ApiDocument
from taskmatrix.evaluation import load_retrieval_set
from taskmatrix.selector.index import IndexState, WordIndex
from taskmatrix.selector.queries import read_query
from taskmatrix.selector.ranking import weigh

SETS = (
    "retrieval/tldr planning/seal_dev planning/toolalpaca planning/api_bank planning/sgd planning/snips "
    "planning/assistant planning/pptc_dev planning/home_dev"
).split()
FEATURES = ("covered", "log(1+matches)", "titled", "summarised", "lead", "relative", "log(1+place)", "unknown")
QUERIES, SMALL_CATALOGUES, SMALL_QUERIES, FOREIGN_QUERIES, HITS = 1_000, 12, 12, 3, 20
WEIGHTS = {"all": 1.0, "small": 1.0, "without": 0.3, "foreign": 1.0}


@dataclass(frozen=True)
class Query:
    text: str
    relevant: str


@dataclass(frozen=True)
class Examples:
    kind: str
    features: np.ndarray
    labels: np.ndarray


def main(data: Path) -> None:
    chance = random.Random(1)
    queries: dict[str, list[Query]] = {}
    documents: dict[str, list[ApiDocument]] = {}
    for name in SETS:
        given = load_retrieval_set(data / name)
        single = [Query(c.query, c.relevant[0]) for c in given.cases if len(set(c.relevant)) == 1]
        queries[name] = chance.sample(single, min(QUERIES, len(single)))
        documents[name] = list(given.documents.values())
    rows = [gather(name, queries, documents[name], chance) for name in SETS]
    for feature, weight in zip((*FEATURES, "constant"), fit(rows), strict=True):
        print(f"{feature:16} {weight:+.2f}")


def gather(
    name: str, queries: dict[str, list[Query]], documents: Sequence[ApiDocument], chance: random.Random
) -> list[Examples]:
    by_id = {d.id: d for d in documents}
    whole = index(documents)
    found = [examples("all", whole, query) for query in queries[name]]
    for _ in range(SMALL_CATALOGUES):
        drawn = chance.sample(documents, min(len(documents), chance.choice([15, 30, 60, 200])))
        for query in chance.sample(queries[name], min(SMALL_QUERIES, len(queries[name]))):
            rest = [d for d in drawn if d.id != query.relevant]
            answer = [by_id[query.relevant]] if query.relevant in by_id else []
            found.append(examples("small", index([*rest, *answer]), query))
            found.append(examples("without", index(rest), query))
        small = index(drawn)
        others = [q for other in queries if other != name for q in chance.sample(queries[other], FOREIGN_QUERIES)]
        found += [examples("foreign", small, Query(query.text, "")) for query in others]
    return [e for e in found if len(e.labels)]


def index(documents: Sequence[ApiDocument]) -> WordIndex:
    made = WordIndex(None)
    update = made.writer()
    assert update is not None
    for document in documents:
        update.add(document)
    update.commit(IndexState())
    update.close()
    made.state()
    return made


def examples(kind: str, where: WordIndex, query: Query) -> Examples:
    read = read_query(query.text)
    hits = where.search(read, HITS)
    features = [
        [e.covered, math.log1p(e.matches), e.titled, e.summarised, e.lead, e.relative, math.log1p(e.place), e.unknown]
        for e in weigh(where, read, hits)
    ]
    labels = [f"{hit.package}.{hit.name}" == query.relevant for hit in hits]
    return Examples(kind, np.array(features, float).reshape(-1, len(FEATURES)), np.array(labels, float))


def fit(rows: Sequence[Sequence[Examples]], l2: float = 1e-3) -> np.ndarray:
    """Return weights and constant of the logistic regression, by Newton's method on standardised features."""
    counts = [{kind: sum(e.kind == kind for e in part) for kind in WEIGHTS} for part in rows]
    features = np.vstack([e.features for part in rows for e in part])
    labels = np.concatenate([e.labels for part in rows for e in part])
    shares = np.concatenate(
        [
            np.full(len(e.labels), WEIGHTS[e.kind] / count[e.kind])
            for part, count in zip(rows, counts, strict=True)
            for e in part
        ]
    )
    shares /= shares.sum()
    mean, spread = features.mean(0), features.std(0) + 1e-9
    scaled = np.c_[(features - mean) / spread, np.ones(len(features))]
    weights = np.zeros(scaled.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-scaled @ weights))
        gradient = scaled.T @ (shares * (p - labels)) + l2 * np.r_[weights[:-1], 0]
        hessian = (scaled * (shares * p * (1 - p))[:, None]).T @ scaled + l2 * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if abs(step).max() < 1e-8:
            break
    own = weights[:-1] / spread
    return np.r_[own, weights[-1] - (own * mean).sum()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
