"""The selector over a million documents: query time, memory, disk, and what an update costs.

    python benchmarks/selector_scale.py DATA [--documents 1000000] [--home DIR] [--queries 1000]

DATA holds `corpus/` and `retrieval/azure_cli`. Real documents come first, then copies whose package is called
`… (variant N)`. Documents and words are what users have. Vectors are those of `--encoded` real documents; every other
document has one of these with noise added, since encoding a million takes over an hour and changes no time measured
here. Queries are Azure CLI's human-written titles, searched as `taskmatrix apis search` does, encoding included. Each
phase runs in a process of its own, so that its memory is its own. Times are CPU milliseconds of the whole process.
"""

import argparse
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from catalogue_scale import documents

from taskmatrix import TaskMatrix
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.models.encoder import load_encoder
from taskmatrix.selector.keys import digest_of, key_of, owner_of, tag_of
from taskmatrix.selector.passages import read_passage
from taskmatrix.selector.queries import split_query
from taskmatrix.selector.states import IndexState

PAGE = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--encoded", type=int, default=10_000)
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--phase", choices=["build", "serve", "change"], default=None)
    given = parser.parse_args()
    if given.phase is not None:
        {"build": build, "serve": serve, "change": change}[given.phase](given)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        for phase in ("build", "serve", "change"):
            options = [str(given.data), "--documents", str(given.documents), "--queries", str(given.queries)]
            command = [sys.executable, __file__, *options, "--encoded", str(given.encoded)]
            subprocess.run([*command, "--home", str(home), "--phase", phase], check=True)


def build(given: argparse.Namespace) -> None:
    with TaskMatrix(given.home) as tm:
        if tm.registry.count() < given.documents:
            with Timed(f"register {given.documents:,}"):
                tm.registry.register_many(documents(given.data / "corpus", given.documents))
        with Timed("index words"):
            tm.selector.search("anything")
        vectors = tm.selector.embedding.vectors()
        if vectors.size() < tm.registry.count():
            with Timed("write vectors (not made by the encoder)"):
                write_vectors(tm, given.encoded)
    for part in ("words", "vectors"):
        size = sum(f.stat().st_size for f in (given.home / "index" / part).rglob("*") if f.is_file())
        print(f"{part} on disk: {size / 1e6:.0f} MB")


def write_vectors(tm: TaskMatrix, encoded: int) -> None:
    chance = np.random.default_rng(1)
    update = tm.selector.embedding.vectors().writer()
    assert update is not None
    known = np.empty((0, 256), np.float32)
    state = IndexState()
    while changes := tm.registry.changes(state.change, PAGE):
        found = [(c, c.document) for c in changes if c.document is not None]
        passages = [read_passage(d) for _, d in found]
        if len(known) < encoded:
            known = np.vstack([known, load_encoder().encode_passages(passages[: encoded - len(known)])])
        rows = known[chance.integers(len(known), size=len(found))]
        rows = rows + chance.normal(0, 0.02, rows.shape).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        keys = np.array([key_of(c.package, c.name) for c, _ in found], np.uint64)
        digests = np.array([digest_of(p) for p in passages], np.uint64)
        tags = [[tag_of(c.package), tag_of(owner_of(c.package, c.owner)), tag_of(d.effects.kind)] for c, d in found]
        update.put(keys, digests, np.array(tags, np.uint32), rows.astype(np.float32))
        state = IndexState(changes[-1].number, changes[-1].package, changes[-1].name)
        update.commit(state)
    update.close()


def serve(given: argparse.Namespace) -> None:
    titles = read_titles(given)
    started = time.process_time()
    with TaskMatrix(given.home) as tm:
        tm.selector.search(titles[0])
        print(f"first search of the process: {1000 * (time.process_time() - started):.0f} ms CPU")
        steps = [titles[n : n + 3] for n in range(0, len(titles) - 3, 3)]
        one = [timed(lambda t=title: tm.selector.search(t)) for title in titles]
        print_times("one step, search", one)
        texts = [[Step(text=text) for text in three] for three in steps[: len(steps) // 2]]
        print_times(
            "an outline of 3 steps, select", [timed(lambda s=s: tm.selector.select(Outline(steps=s))) for s in texts]
        )
        print(f"resident memory while serving: {resident_mb():.0f} MB")


def change(given: argparse.Namespace) -> None:
    chance = random.Random(2)
    words = "amber basalt cobalt delta ember fjord garnet harbor indigo jasper krypton lagoon".split()
    fresh = [
        ApiDocument(
            package="fresh",
            name=f"operation_{n}_{time.time_ns()}",
            description=f"Polish the {' '.join(chance.choices(words, k=8))} number {n}.",
            parameters=(),
        )
        for n in range(1_000)
    ]
    with TaskMatrix(given.home) as tm:
        tm.selector.search("anything")
        started, wall = time.process_time(), time.perf_counter()
        tm.registry.register_many(fresh)
        found = tm.selector.search(fresh[500].description)
        spent, waited = time.process_time() - started, time.perf_counter() - wall
        assert any(m.document.name == fresh[500].name for m in found), "it must be found"
        print(f"adding 1,000 until searchable by words: {spent:.2f} s CPU, {waited:.2f} s wall")
        with Timed("their vectors"):
            tm.selector.embedding.catch_up()
        started, wall = time.process_time(), time.perf_counter()
        tm.registry.remove(fresh[500].id)
        found = tm.selector.search(fresh[500].description)
        assert all(m.document.name != fresh[500].name for m in found), "it must be gone"
        spent, waited = time.process_time() - started, time.perf_counter() - wall
        print(f"removing one until gone: {spent:.2f} s CPU, {waited:.2f} s wall")


def read_titles(given: argparse.Namespace) -> list[str]:
    cases = read_lines(given.data / "retrieval" / "azure_cli" / "cases.jsonl.gz")
    of_one_step = [case["query"] for case in cases if len(split_query(case["query"])) == 1]
    return random.Random(3).sample(of_one_step, given.queries)


def read_lines(file: Path) -> list[dict]:
    with gzip.open(file, "rt") as stream:
        return [json.loads(line) for line in stream]


def timed(work) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def print_times(what: str, times: list[float]) -> None:
    p50, p99 = np.percentile(times, [50, 99])
    print(f"{what}: p50 {p50:.1f} ms, p99 {p99:.1f} ms CPU ({len(times)} times)")


def resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Timed:
    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.started, self.wall = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent, waited = time.process_time() - self.started, time.perf_counter() - self.wall
        print(f"{self.what}: {spent:.1f} s CPU, {waited:.1f} s wall", flush=True)


if __name__ == "__main__":
    main()
