"""What one API costs to read, update, remove and call when there are a thousand others, and when there are a million.

    python benchmarks/catalogue_scale.py CORPUS [--documents 1000000] [--home DIR]

CORPUS is a folder of `*.jsonl.gz` files of API documents. Real documents come first; where they do not suffice, copies
follow whose package is called `… (variant N)`. Both registries are measured in turns in one process, in CPU time, and
the ratio of the medians is printed. With `DATABASE_URL_SMALL` and `DATABASE_URL_LARGE` they lie in PostgreSQL.
"""

import argparse
import gzip
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from taskmatrix import TaskMatrix
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError

SMALL = 1_000
ROUNDS = 300
CALLS = 15


def real_documents(corpus: Path) -> Iterator[ApiDocument]:
    for path in sorted(corpus.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                try:
                    yield parse_document(json.loads(line))
                except DocumentError:
                    continue  # A parameter declared twice: the importer merges these, a benchmark need not.


def documents(corpus: Path, count: int) -> Iterator[ApiDocument]:
    def endless() -> Iterator[ApiDocument]:
        yield from real_documents(corpus)
        variant = 1
        while True:
            for document in real_documents(corpus):
                yield document.model_copy(update={"package": f"{document.package} (variant {variant})"})
            variant += 1

    seen: set[int] = set()
    distinct = (d for d in endless() if (key := hash((d.package, d.name))) not in seen and not seen.add(key))
    return islice(distinct, count)


def fill(tm: TaskMatrix, corpus: Path, count: int) -> None:
    if tm.registry.count() >= count:
        return
    wall, cpu = time.perf_counter(), time.process_time()
    tm.registry.register_many(documents(corpus, count))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{tm.registry.count():>9,} documents: {count / cpu:,.0f} per CPU-second ({wall:.0f} s wall)")


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def operations(tm: TaskMatrix, names: list[tuple[str, str]]) -> dict[str, Callable[[], object]]:
    pick = iter(names * 50)
    version = iter(range(10_000_000))

    def update() -> None:
        document = tm.registry.get(*next(pick))
        assert document is not None
        tm.registry.register(document.model_copy(update={"description": f"{document.description} {next(version)}"}))

    def come_and_go() -> None:
        document = ApiDocument(package="benchmark", name="passing", description="Comes and goes.", parameters=())
        tm.registry.register(document)
        tm.registry.remove("benchmark.passing")

    def find() -> None:
        assert tm.registry.find(".".join(next(pick))) is not None

    return {
        "get": lambda: tm.registry.get(*next(pick)),
        "find by printed name": find,
        "list a page of a package": lambda: tm.registry.documents(next(pick)[0], limit=20),
        "update": update,
        "register and remove": come_and_go,
    }


def call(tm: TaskMatrix) -> None:
    assert tm.call_sync("math.evaluate", {"expression": "6*7"}).status == "done"


def compare(small: TaskMatrix, large: TaskMatrix, names: dict[TaskMatrix, list[tuple[str, str]]]) -> None:
    spent: dict[str, dict[TaskMatrix, list[float]]] = {}
    works = {tm: operations(tm, names[tm]) for tm in (small, large)}
    for _ in range(ROUNDS):
        for tm, work in works.items():
            for name, one in work.items():
                spent.setdefault(name, {}).setdefault(tm, []).append(timed(one))
    for _ in range(CALLS):
        for tm in works:
            spent.setdefault("call", {}).setdefault(tm, []).append(timed(lambda tm=tm: call(tm)))
    print(f"{'':26}{'small':>10}{'large':>10}{'ratio':>8}   (median CPU ms)")
    for name, by in spent.items():
        few, many = statistics.median(by[small]) * 1e3, statistics.median(by[large]) * 1e3
        print(f"{name:26}{few:10.3f}{many:10.3f}{many / few:8.2f}")


def sample(corpus: Path, count: int) -> list[tuple[str, str]]:
    every = max(count // 2_000, 1)
    found = [(d.package, d.name) for i, d in enumerate(documents(corpus, count)) if i % every == 0]
    random.Random(0).shuffle(found)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    home = given.home or Path(tempfile.mkdtemp())
    with (
        TaskMatrix(home / "small", os.environ.get("DATABASE_URL_SMALL")) as small,
        TaskMatrix(home / "large", os.environ.get("DATABASE_URL_LARGE")) as large,
    ):
        fill(small, given.corpus, SMALL)
        fill(large, given.corpus, given.documents)
        names = {small: sample(given.corpus, SMALL), large: sample(given.corpus, given.documents)}
        compare(small, large, names)
    print(f"highest resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB; home {home}")


if __name__ == "__main__":
    main()
