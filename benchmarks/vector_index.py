"""The vector index at a million rows: what it costs to build, to search and to hold, and how much it misses.

    python benchmarks/vector_index.py [--rows 1000000] [--folder DIR]

Vectors are random, around centres of clusters; queries are other draws around the same centres. An exact scan of
float32 vectors by one matrix product, in the same process, is the peer. Times are CPU times of the process.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from taskmatrix.selector.states import IndexState
from taskmatrix.selector.vectors.index import Nearest, RowFilter, VectorIndex

DIMENSIONS = 256
QUERIES = 200
BATCH = 8_192
SPREAD = 0.9


def around(centres: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal((len(chosen), DIMENSIONS), dtype=np.float32) * np.float32(SPREAD / DIMENSIONS**0.5)
    vectors = centres[chosen] + noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1_000 * (time.process_time() - start)


def spread(times: list[float]) -> str:
    return f"{np.percentile(times, 50):6.2f} / {np.percentile(times, 99):6.2f}"


def resident() -> tuple[float, float]:
    """Return resident MB of the process, without and with pages of mapped files."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    anonymous, mapped = (int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return anonymous, anonymous + mapped


def build(index: VectorIndex, vectors: np.ndarray) -> None:
    update = index.writer()
    assert update is not None
    keys = np.arange(1, len(vectors) + 1, dtype=np.uint64)
    tags = np.stack((keys % 5_000 + 1, keys % 800 + 1, keys % 4 + 1), axis=1).astype(np.uint32)
    for start in range(0, len(vectors), BATCH):
        part = slice(start, start + BATCH)
        update.put(keys[part], keys[part], tags[part], vectors[part])
    update.commit(IndexState(1, "p", "n"))
    update.close()


def small_change(index: VectorIndex, vectors: np.ndarray) -> None:
    update = index.writer()
    assert update is not None
    keys = np.arange(10**9, 10**9 + len(vectors), dtype=np.uint64)
    update.put(keys, keys, np.ones((len(keys), 3), np.uint32), vectors)
    update.commit(IndexState(2, "p", "n"))
    update.close()
    index.search(vectors[:1], 10)


def measure(folder: Path, rows: int) -> None:
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((max(rows // 100, 1), DIMENSIONS), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    common = rng.standard_normal(DIMENSIONS).astype(np.float32)
    centres += 0.6 * common / np.linalg.norm(common)
    vectors = np.concatenate(
        [around(centres, rng.integers(len(centres), size=len(p)), rng) for p in np.array_split(np.arange(rows), 50)]
    )
    queries = around(centres, rng.integers(len(centres), size=QUERIES), rng)
    before = resident()
    index = VectorIndex(folder, "benchmark", vectors[:20_000].mean(axis=0))
    print(f"build: {timed(lambda: build(index, vectors)) / 1_000:.1f} s CPU")
    del index
    index = VectorIndex(folder, "benchmark", vectors[:20_000].mean(axis=0))
    found: list[Nearest] = []
    one = [timed(lambda q=q: found.extend(index.search(q[None], 60))) for q in queries]
    three = [timed(lambda n=n: index.search(queries[n : n + 3], 60)) for n in range(QUERIES - 3)]
    few = RowFilter(owners=(17,))
    most = RowFilter(effects=(1, 2, 3))
    narrow = [timed(lambda q=q: index.search(q[None], 60, few)) for q in queries[:50]]
    wide = [timed(lambda q=q: index.search(q[None], 60, most)) for q in queries[:50]]
    known = [timed(lambda n=n: index.similarities(queries[n], found[n].keys)) for n in range(QUERIES)]
    after = resident()
    exact_times: list[float] = []
    hits = 0
    for query, nearest in zip(queries, found, strict=True):
        cosines = np.empty(0)

        def scan(query: np.ndarray = query) -> None:
            nonlocal cosines
            cosines = vectors @ query

        exact_times.append(timed(scan))
        best = np.argpartition(-cosines, 10)[:10]
        hits += len(set((best + 1).tolist()) & set(nearest.keys[:10].tolist()))
    ratio = np.median(exact_times) / np.median(one)
    print(f"search, CPU ms p50 / p99: one query {spread(one)}   three {spread(three)}")
    print(f"   filter that {rows // 800:,} rows pass {spread(narrow)}   three quarters {spread(wide)}")
    print(f"   60 similarities {spread(known)}   exact scan in float32 {spread(exact_times)} ({ratio:.1f} times)")
    print(f"recall@10 against the exact scan: {hits / (10 * QUERIES):.3f}")
    print(f"1,000 more rows, committed and found: {timed(lambda: small_change(index, vectors[:1000])):.0f} ms CPU")
    disk = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    own, all_of_it = (late - early for early, late in zip(before, after, strict=True))
    print(
        f"on disk: {disk:.0f} MiB; resident beyond the vectors: {own:.0f} MiB, with mapped pages {all_of_it:.0f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        measure(Path(folder) / "vectors", arguments.rows)


if __name__ == "__main__":
    main()
