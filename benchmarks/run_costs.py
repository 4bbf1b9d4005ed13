"""What runs cost: a warm start, a call with its journal, trivial runs a second, bytes of a paused run.

    python benchmarks/run_costs.py [--runs 1000] [--paused 500] [--calls 500]

Each figure is the best of some rounds, printed with its target and the ratio to it (1.0 or less is met; of runs a
second, 1.0 or more).
Processor time is that of this process, in which the executor, the journal and the calls are; the interpreter's worker
is a process of its own. The journal lies in a SQLite file on the disk that holds the temporary folder.
"""

import argparse
import asyncio
import math
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from taskmatrix import TaskMatrix, api
from taskmatrix.app.approvers import leave_waiting
from taskmatrix.conversation import Given, Order
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import Effect
from taskmatrix.core.programs import Program
from taskmatrix.store import new_run_id

ROUNDS = 7
START_MS, CALL_US, RUNS_PER_S, PAUSED_BYTES = 10.0, 300.0, 200.0, 20_000.0


@api(package="costs", effects="read")
async def look(n: int) -> int:
    """Look at a number, in the loop's own thread."""
    return n


@api(package="costs", effects="read")
def look_in_thread(n: int) -> int:
    """Look at a number, in a thread as other functions."""
    return n


@api(package="costs", effects="write")
async def change(n: int) -> int:
    """Change a number: what may not be lost is synced to the disk."""
    return n


@api(package="costs", effects=Effect(kind="destructive"))
async def pay(n: int) -> int:
    """Pay an amount, once that is approved."""
    return n


@dataclass(slots=True)
class Spent:
    """Seconds, of the processor and on the wall."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure a block."""
    spent, cpu, wall = Spent(), time.process_time(), time.perf_counter()
    yield spent
    spent.cpu, spent.wall = time.process_time() - cpu, time.perf_counter() - wall


@dataclass(frozen=True, slots=True)
class Bench:
    """A home with the functions registered, in one event loop."""

    tm: TaskMatrix
    home: Path
    documents: tuple[ApiDocument, ...]

    async def run(self, code: str, expected: str = "done") -> None:
        """Carry out a program that is given; no model is asked."""
        program = Program(code=code, apis=tuple(d.id for d in self.documents), author="costs")
        order = Order(new_run_id(), "measure", self.home, given=Given(program, self.documents))
        status = await self.tm.conversation.carry_out(order, leave_waiting, leave_waiting, lambda _event: None)
        assert status == expected, status

    async def best(self, code: str) -> Spent:
        """Return what a program costs at best: a busy machine only adds to it."""
        found = Spent(math.inf, math.inf)
        for _ in range(ROUNDS):
            with spending() as spent:
                await self.run(code)
            found = Spent(min(found.cpu, spent.cpu), min(found.wall, spent.wall))
        return found

    async def call_us(self, function: str, calls: int) -> Spent:
        """Return what one more call costs: a program of many calls less one of a single call."""
        one = await self.best(f"import costs\ncosts.{function}(0)")
        many = await self.best(f"import costs\nfor i in range({calls}):\n    costs.{function}(i)")
        return Spent((many.cpu - one.cpu) / (calls - 1) * 1e6, (many.wall - one.wall) / (calls - 1) * 1e6)

    async def runs(self, number: int, at_once: int) -> Spent:
        """Carry out trivial runs, some at once."""
        left = iter(range(number))

        async def worker() -> None:
            for n in left:
                await self.run(f"import costs\ncosts.look({n})")

        with spending() as spent:
            async with anyio.create_task_group() as group:
                for _ in range(at_once):
                    group.start_soon(worker)
        return spent


def on_disk(home: Path) -> int:
    """Return the bytes that a home takes, with what its write-ahead log holds."""
    return sum(file.stat().st_size for file in home.rglob("*") if file.is_file())


async def measure(bench: Bench, runs: int, paused: int, calls: int) -> None:
    """Measure everything and print it."""
    await bench.run("import costs\ncosts.look(0)")
    start = await bench.best("1")
    show("start of a warm run without calls, ms CPU", start.cpu * 1e3, START_MS, start.wall * 1e3)
    for function in ("look", "look_in_thread", "change"):
        cost = await bench.call_us(function, calls)
        show(f"one call of {function}, µs CPU", cost.cpu, CALL_US, cost.wall)
    at_once = 8
    spent = await bench.runs(runs, at_once)
    rate = runs / spent.wall
    print(
        f"{runs} trivial runs, {at_once} at once: {rate:.0f}/s, target {RUNS_PER_S:.0f}/s; "
        f"ratio {rate / RUNS_PER_S:.2f}"
    )
    print(f"    {spent.cpu / runs * 1e3:.1f} ms CPU each: {runs / spent.cpu:.0f}/s on a core of one's own")
    await pause(bench, paused)


async def pause(bench: Bench, paused: int) -> None:
    """Leave runs waiting for an approval, and see what each takes on the disk."""
    threads, workers = _threads(), len(asyncio.all_tasks())
    before = on_disk(bench.home)
    for n in range(paused):
        await bench.run(f"import costs\ncosts.look({n})\ncosts.pay({n})", "waiting")
    each = (on_disk(bench.home) - before) / paused
    show(f"bytes on disk of each of {paused} paused runs", each, PAUSED_BYTES)
    more = _threads() - threads, len(asyncio.all_tasks()) - workers
    print(f"    they hold {max(more[0], 0)} more threads and {max(more[1], 0)} more tasks than before")


def _threads() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def show(what: str, value: float, target: float, wall: float | None = None) -> None:
    """Print a figure with its ratio to the target."""
    beside = f" ({wall:.1f} on the wall)" if wall is not None else ""
    print(f"{what}: {value:.1f}{beside}, target {target:.0f}; ratio {value / target:.2f}")


def main() -> None:
    """Measure in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--paused", type=int, default=500)
    parser.add_argument("--calls", type=int, default=500)
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}: with a load above the cores, figures are too high")
    with tempfile.TemporaryDirectory() as folder, TaskMatrix(folder) as tm:
        for function in (look, look_in_thread, change, pay):
            tm.register(function)
        bench = Bench(tm, Path(folder), tuple(tm.registry.documents("costs")))

        async def main_in_loop() -> None:
            try:
                await measure(bench, given.runs, given.paused, given.calls)
            finally:
                await tm.sandbox.aclose()

        anyio.run(main_in_loop)


if __name__ == "__main__":
    main()
