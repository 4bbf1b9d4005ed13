"""How many trivial runs a second: a program that is there, one call, everything in the journal.

    .venv/bin/python benchmarks/throughput.py [--runs 1000] [--workers 2]

Embedded: one process takes them from its queue in a SQLite file; first each run has a program of its own, which is
checked, then all have the same, as those of a schedule do. With TASKMATRIX_TEST_DATABASE_URL (see
scripts/postgres) also one worker against several on PostgreSQL, each a process. Prints how many cores there are, and
how busy they were before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import anyio

from taskmatrix.app import TaskMatrix
from taskmatrix.app.worker import Worker

PROGRAM = "from trivial import same\n\nsame(number={number})\n"
TRIVIAL = '''
from taskmatrix import api


@api(effects="read")
def same(number: int) -> int:
    """Give a number back.

    Args:
        number: The number.
    """
    return number
'''


def queue(tm: TaskMatrix, folder: Path, runs: int, *, same: bool = False) -> float:
    """Queue the runs, all of the same program or each of its own; return how many that were a second."""
    from taskmatrix.app.checking import given_program
    from taskmatrix.conversation import versions_offered
    from taskmatrix.core.orders import Task

    given = given_program(PROGRAM.format(number=1), tm.registry)
    versions = versions_offered(given.documents)
    started = time.perf_counter()
    for number in range(runs):
        program = given.program.model_copy(update={"code": PROGRAM.format(number=0 if same else number)})
        tenant = f"tenant {number % 3}"
        task = Task(
            instruction="same",
            directory=str(folder),
            model="embedded",
            tenant=tenant,
            program=program,
            versions=versions,
        )
        tm.queue.submit(task)
    return runs / (time.perf_counter() - started)


def embedded(folder: Path, runs: int, concurrency: int, *, same: bool) -> None:
    """One process, SQLite."""
    done: list[float] = []
    cpu: list[float] = []

    def tell(*_: object) -> None:
        done.append(time.perf_counter())
        cpu.append(time.process_time())

    home = folder / f"embedded-{same}"
    with TaskMatrix(home, model="embedded") as tm:
        install(folder, tm)
        queued = queue(tm, folder, runs, same=same)
    worker = TaskMatrix(home, model="embedded")
    started = time.perf_counter()
    anyio.run(Worker(worker, once=True, concurrency=concurrency, tell=tell).work)
    taken, used = done[-1] - done[0], cpu[-1] - cpu[0]
    print(
        f"embedded, SQLite, {'the same program' if same else 'each its program'}:"
        f" {(len(done) - 1) / taken:.0f} runs/s ({len(done)} runs; the first after"
        f" {done[0] - started:.2f} s; {1000 * used / (len(done) - 1):.1f} ms of CPU a run; queued {queued:.0f}/s)"
    )


def install(folder: Path, tm: TaskMatrix) -> None:
    """Register the one API."""
    (folder / "trivial.py").write_text(TRIVIAL)
    url = tm.settings.database_url or ""
    environment = os.environ | {
        "TASKMATRIX_HOME": str(tm.home), "TASKMATRIX_DATABASE_URL": url, "TASKMATRIX_BACKGROUND": "off",
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "taskmatrix", "apis", "import", str(folder / "trivial.py")],
        env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def cluster(folder: Path, url: str, runs: int, workers: int) -> float:
    """Some workers on PostgreSQL; return runs a second, from the first that was begun to the last that was done."""
    environment = os.environ | {"TASKMATRIX_DATABASE_URL": url, "TASKMATRIX_BACKGROUND": "off"}
    with TaskMatrix(folder / f"cluster{workers}", url, "embedded") as tm:
        install(folder, tm)
        queued = queue(tm, folder, runs)
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "taskmatrix", "worker", "--once", "--concurrency", "32"],
                env=environment | {"TASKMATRIX_HOME": str(folder / f"machine{number}")},
                stdout=subprocess.DEVNULL,
            )
            for number in range(workers)
        ]
        while tm.queue.store.count() == runs:
            time.sleep(0.01)
        first, left = time.perf_counter(), tm.queue.store.count()
        while tm.queue.store.count():
            time.sleep(0.05)
        rate = left / (time.perf_counter() - first)
        for process in processes:
            process.wait()
    print(f"PostgreSQL, {workers} worker(s): {rate:.0f} runs/s (queued {queued:.0f}/s)")
    return rate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=16)
    given = parser.parse_args()
    print(f"{len(os.sched_getaffinity(0))} cores; load before: {os.getloadavg()[0]:.1f}")
    server = os.environ.get("TASKMATRIX_TEST_DATABASE_URL")
    with tempfile.TemporaryDirectory() as name:
        for same in (False, True):
            embedded(Path(name), given.runs, given.concurrency, same=same)
        if not server:
            print("no PostgreSQL: export TASKMATRIX_TEST_DATABASE_URL=$(scripts/postgres start DIR)")
            return
        rates = [cluster(Path(name), schema(server), given.runs, count) for count in (1, given.workers)]
        print(f"{given.workers} workers against one: {rates[1] / rates[0]:.2f}x")


def schema(server: str) -> str:
    """Make a schema of its own, and return its URL."""
    import psycopg
    from sqlalchemy.engine import make_url

    found = f"throughput_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {found}")  # pyright: ignore[reportArgumentType, reportCallIssue]
    url = make_url(server).update_query_dict({"options": f"-csearch_path={found}"})
    return url.render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
