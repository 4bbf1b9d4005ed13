"""What a search inside PostgreSQL costs and finds, beside the same words in an index on this machine.

    DATABASE_URL=postgresql://… python benchmarks/database_search.py CORPUS CASES [--documents 100000]

CORPUS is a folder of `*.jsonl.gz` files of API documents, CASES a `cases.jsonl.gz` of queries with their `relevant`
APIs. Real documents come first, then copies whose package is called `… (variant N)`. Vectors are random, in clusters
as large as real ones. CPU time of the server is read from /proc: it must run on this machine, and searches by one
process each (`?options=-cmax_parallel_workers_per_gather=0`), or what its helpers use is not seen.
"""

import argparse
import gzip
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from catalogue_scale import documents

from taskmatrix.core.search import ANYTHING, SearchFilter
from taskmatrix.selector.database.search import DatabaseSearch
from taskmatrix.selector.queries import read_query
from taskmatrix.selector.retrieval import Query
from taskmatrix.selector.words.following import FollowingIndex
from taskmatrix.store import Catalogue, Database, open_database

LIMIT = 60
ROUNDS = 200
CLUSTERS = 4_000
PAGE = 10_000


class Vectors:
    """Unit vectors (n, 256) around the middles of clusters; queries lie near documents, as questions do."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._middles = self._random.normal(size=(CLUSTERS, 256)).astype(np.float32)

    def draw(self, count: int, spread: float = 0.8) -> np.ndarray:
        chosen = self._middles[self._random.integers(0, CLUSTERS, count)]
        made = chosen + spread * self._random.normal(size=chosen.shape).astype(np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def server_pids(database: Database) -> list[int]:
    with database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'taskmatrix' AND usename = current_user"
        )
        return list(found.scalars())


def server_seconds(pids: Sequence[int]) -> float:
    # The CPU clock of another process, as Linux numbers them (clock_getcpuclockid).
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def measure(label: str, pids: Sequence[int], works: Sequence[Callable[[], object]]) -> None:
    wall, own, served = list[float](), list[float](), list[float]()
    for work in works:
        before = (time.perf_counter(), time.process_time(), server_seconds(pids))
        work()
        after = (time.perf_counter(), time.process_time(), server_seconds(pids))
        for kept, start, end in zip((wall, own, served), before, after, strict=True):
            kept.append((end - start) * 1e3)
    shown = "  ".join(
        f"{name} {np.percentile(kept, 50):7.1f} /{np.percentile(kept, 99):7.1f}"
        for name, kept in (("wall", wall), ("own CPU", own), ("server CPU", served))
    )
    print(f"{label:34} {shown}  ms p50/p99", flush=True)


def fill(catalogue: Catalogue, search: DatabaseSearch, vectors: Vectors, corpus: Path, count: int) -> None:
    if catalogue.count() < count:
        start = time.perf_counter()
        catalogue.put_many(documents(corpus, count))
        print(f"registered {catalogue.count():,} in {time.perf_counter() - start:.0f} s wall", flush=True)
    start, own = time.perf_counter(), time.process_time()
    search.follow()
    spent = f"{time.perf_counter() - start:.0f} s wall, {time.process_time() - own:.0f} s own CPU"
    print(f"words: {spent}; {search.status()}", flush=True)
    start, own = time.perf_counter(), time.process_time()
    while pending := search.pending_vectors(PAGE):
        search.put_vectors(pending, vectors.draw(len(pending)))
    spent = f"{time.perf_counter() - start:.0f} s wall, {time.process_time() - own:.0f} s own CPU"
    print(f"vectors: {spent}; {search.status()}", flush=True)


def compare_words(search: DatabaseSearch, index: FollowingIndex, cases: Sequence[dict[str, object]]) -> None:
    """Print how many of the index's best are found in the database, and how many of the relevant APIs in both."""
    tens, sixties = list[float](), list[float]()
    found: dict[str, list[float]] = {name: [] for name in ("index @10", "database @10", "index @60", "database @60")}
    for case in cases:
        text = str(case["query"])
        hits = index.use(lambda local, text=text: local.search(read_query(text), LIMIT, ANYTHING))
        local = [f"{hit.package}.{hit.name}" for hit in hits]
        rows = search.candidates([Query(text, read_query(text))], LIMIT, ANYTHING)[0]
        ours = [f"{c.package}.{c.name}" for c in sorted(rows, key=lambda c: -c.score)]
        if local:
            tens.append(len(set(local[:10]) & set(ours)) / len(local[:10]))
            sixties.append(len(set(local) & set(ours)) / len(local))
        relevant = set(case["relevant"])  # pyright: ignore
        for name, listed in (("index", local), ("database", ours)):
            for top in (10, 60):
                found[f"{name} @{top}"].append(len(relevant & set(listed[:top])) / len(relevant))
    print(
        f"of the index's 10 best {np.mean(tens):.3f}, of its 60 best {np.mean(sixties):.3f} are in the database's 60"
    )
    print(
        "relevant found: " + ", ".join(f"{name} {np.mean(values):.3f}" for name, values in found.items()), flush=True
    )


def compare_vectors(database: Database, search: DatabaseSearch, vectors: Vectors) -> None:
    """Print how many of the ten nearest, compared one by one, are found."""
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT key, scale, bytes FROM search1_vectors").all()
        names = connection.exec_driver_sql("SELECT key, package, name FROM search1_documents").all()
    known = {key: (package, name) for key, package, name in names}
    table = np.frombuffer(b"".join(row.bytes for row in rows), np.int8).reshape(len(rows), 256)
    scales = np.array([row.scale for row in rows], np.float32)
    recalls: list[float] = []
    for vector in vectors.draw(50):
        exact = np.concatenate([part.astype(np.float32) @ vector for part in np.array_split(table, 50)]) * scales
        nearest: list[int] = np.argsort(-exact)[:10].tolist()
        best = {known[rows[n].key] for n in nearest}
        ours = search.candidates([Query("", read_query(""), vector)], LIMIT, ANYTHING)[0]
        recalls.append(len(best & {(c.package, c.name) for c in ours}) / 10)
    print(f"recall of the 10 nearest {np.mean(recalls):.3f}", flush=True)


def time_searches(database: Database, search: DatabaseSearch, vectors: Vectors, texts: Sequence[str]) -> None:
    pids = server_pids(database)
    near = vectors.draw(ROUNDS * 3)

    def queries(start: int, count: int, *, words: bool = True, meaning: bool = True) -> list[Query]:
        chosen = [texts[(start + n) % len(texts)] if words else "" for n in range(count)]
        return [Query(t, read_query(t), near[start + n] if meaning else None) for n, t in enumerate(chosen)]

    def works(where: SearchFilter = ANYTHING, count: int = 1, **parts: bool) -> list[Callable[[], object]]:
        asked = [queries(n * count, count, **parts) for n in range(ROUNDS)]
        return [lambda q=q: search.candidates(q, LIMIT, where) for q in asked]

    for work in works()[:20]:
        work()
    measure("following, nothing new", pids, [search.follow] * ROUNDS)
    measure("words", pids, works(meaning=False))
    measure("vectors", pids, works(words=False))
    measure("both, one query", pids, works())
    measure("both, three queries", pids, works(count=3))
    measure("both, effects=read", pids, works(SearchFilter(effects=("read",))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--documents", type=int, default=100_000)
    given = parser.parse_args()
    with gzip.open(given.cases, "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    random.Random(0).shuffle(cases)
    texts, vectors = [case["query"] for case in cases[: 3 * ROUNDS]], Vectors()
    home = Path(tempfile.mkdtemp())
    with open_database(os.environ["DATABASE_URL"], home) as database:
        catalogue = Catalogue(database)
        search = DatabaseSearch(database, catalogue, "random", np.zeros(256, np.float32))
        fill(catalogue, search, vectors, given.corpus, given.documents)
        time_searches(database, search, vectors, texts)
        index = FollowingIndex(catalogue, home / "words")
        compare_words(search, index, cases[:300])
        compare_vectors(database, search, vectors)
        start = time.perf_counter()
        if search.index_vectors():
            print(f"graph: {time.perf_counter() - start:.0f} s wall; {search.status()}", flush=True)
            time_searches(database, search, vectors, texts)
            compare_vectors(database, search, vectors)


if __name__ == "__main__":
    main()
