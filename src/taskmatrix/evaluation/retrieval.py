"""`taskmatrix eval retrieval`: how often the selector finds the right API, and how fast."""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.core.metrics import mean, ndcg_at, percentile, recall_at, reciprocal_rank_at
from taskmatrix.evaluation.cases import RetrievalCase
from taskmatrix.evaluation.library import open_library
from taskmatrix.evaluation.sets import RetrievalSet, read_documents
from taskmatrix.selector.retrieval import Progress

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What one query found, best first, and how long it took on the clock and on the processor."""

    case: RetrievalCase
    apis: tuple[str, ...]
    scores: tuple[float, ...]
    seconds: float
    cpu_seconds: float

    def to_json(self) -> dict[str, JsonValue]:
        """Return the line for `--out`."""
        return {
            "id": self.case.id,
            "query": self.case.query,
            "relevant": list(self.case.relevant),
            "found": list(self.apis),
            "scores": list(self.scores),
            "recall@10": recall_at(self.apis, self.case.relevant, DEPTH),
        }


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """The figures of one set. `apis` counts the haystack too; `index_seconds` is what the words took to index."""

    found: tuple[Found, ...]
    apis: int
    skipped: int
    index_seconds: float

    def figures(self) -> dict[str, JsonValue]:
        """Return the figures by name."""
        waits = [1000 * f.seconds for f in self.found]
        busy = [1000 * f.cpu_seconds for f in self.found]
        return {
            **{f"recall@{k}": self._mean(lambda f, k=k: recall_at(f.apis, f.case.relevant, k)) for k in (1, 5, DEPTH)},
            "ndcg@10": self._mean(lambda f: ndcg_at(f.apis, f.case.relevant, DEPTH)),
            "mrr@10": self._mean(lambda f: reciprocal_rank_at(f.apis, f.case.relevant, DEPTH)),
            "latency_ms": {
                **{f"p{p}": _rounded(percentile(waits, p / 100)) for p in (50, 95, 99)},
                **{f"cpu_p{p}": _rounded(percentile(busy, p / 100)) for p in (50, 99)},
            },
            "apis": self.apis,
            "cases": len(self.found),
            "skipped": self.skipped,
            "index_seconds": round(self.index_seconds, 3),
            "peak_rss_mb": round(peak_rss_mb(), 1),
        }

    def _mean(self, figure: Callable[[Found], float]) -> float | None:
        return _rounded(mean([figure(found) for found in self.found]))


def evaluate_retrieval(
    given: RetrievalSet, haystack: Sequence[Path], progress: Progress, encoding: Progress | None = None
) -> RetrievalReport:
    """Search every query of a set among its documents and those of the haystack files.

    Haystack documents with the identity of one in the set are left out. `encoding` is told of the vectors that are
    made before. Raises EvaluationSetError.
    """
    hay = chain.from_iterable(map(read_documents, haystack))
    with open_library(chain(given.documents.values(), hay), encoding) as library:
        started = time.perf_counter()
        library.selector.search("")
        index_seconds = time.perf_counter() - started
        found: list[Found] = []
        for done, case in enumerate(given.cases, 1):
            wall, busy = time.perf_counter(), time.process_time()
            matches = library.selector.search(case.query, limit=DEPTH)
            seconds, cpu = time.perf_counter() - wall, time.process_time() - busy
            apis = tuple(match.document.id for match in matches)
            found.append(Found(case, apis, tuple(match.score for match in matches), seconds, cpu))
            progress(done, len(given.cases))
        return RetrievalReport(tuple(found), library.registry.count(), given.skipped, index_seconds)


def peak_rss_mb() -> float:
    """Return the most memory this process has held so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
