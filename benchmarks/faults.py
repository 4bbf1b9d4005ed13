"""Kills runs with SIGKILL at each point around a payment, resumes them, and counts what was charged.

    python benchmarks/faults.py [--trials 200] [--cold 2] [--points after:call_sent,…] [--minutes N] [--jobs 2]

Each trial is a run in a process of its own and a home of its own that reads a price, charges an order and answers with
what it was told. It ends itself at the named point; another process goes on with it. Two payment APIs: one without
idempotency keys, one with. Counted per point: orders charged more than once (must be 0), and runs that came to their
end or to a question that a person answers (must be all).

Processes are forked from one that has imported all that they need: they die as any other, and start faster. The
seconds from the start of the second process to the end of the run are measured on `--cold` trials a point, where both
are new Python processes. Trials go round the points, so that those of `--minutes` are spread evenly; every ten rounds
the counts so far are printed to stderr.
"""

import argparse
import json
import os
import resource
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Protocol
from urllib.request import urlopen

from fault_runner import Answer

from taskmatrix.store import new_run_id

POINTS = (
    "before:run_started",
    "after:run_started",
    "after:program_checked",
    "before:call_intended",
    "after:approval_requested",
    "after:approval_answered",
    "before:call_sent",
    "after:call_sent",
    "before:send",
    "after:send",
    "before:call_done",
    "after:call_done",
    "before:run_finished",
)
APIS = ("charge", "charge_once")
PROGRAM = "import shop\namount = shop.price({order!r})\nshop.{api}({order!r}, amount)"
RUNNER = Path(__file__).with_name("fault_runner.py")
SERVER = Path(__file__).with_name("payments_server.py")
RESTART_SECONDS = 2.0


@dataclass(slots=True)
class Tally:
    """What became of the trials at one point with one API."""

    trials: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])
    twice: int = 0
    lost: int = 0
    seconds: list[float] = field(default_factory=list[float])
    cpu_seconds: list[float] = field(default_factory=list[float])

    def add(self, other: "Tally") -> None:
        """Count what was counted elsewhere."""
        self.trials += other.trials
        self.ends += other.ends
        self.twice += other.twice
        self.lost += other.lost
        self.seconds += other.seconds
        self.cpu_seconds += other.cpu_seconds


class Runner(Protocol):
    """Does what arguments of `fault_runner.py` say, in a process of its own."""

    def __call__(self, *arguments: str) -> Answer:
        """Return what became of the process."""
        ...


class Forks:
    """A `Runner` that forks processes from one that is ready; close it."""

    def __init__(self, environment: dict[str, str]) -> None:
        # A library of numpy's would start threads, and a process with threads cannot be forked safely.
        self._parent = subprocess.Popen(
            [sys.executable, str(RUNNER), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def __call__(self, *arguments: str) -> Answer:
        """Return what became of the process."""
        assert self._parent.stdin is not None and self._parent.stdout is not None
        print(json.dumps(arguments), file=self._parent.stdin, flush=True)
        return json.loads(self._parent.stdout.readline())

    def close(self) -> None:
        """End the parent."""
        self._parent.communicate()


@dataclass(slots=True)
class NewProcesses:
    """A `Runner` that starts Python anew; keeps what the last process took."""

    environment: dict[str, str]
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __call__(self, *arguments: str) -> Answer:
        """Return what became of the process."""
        command = [sys.executable, str(RUNNER), *arguments]
        began, used = time.monotonic(), _cpu_of_children()
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=self.environment)
        self.seconds, self.cpu_seconds = time.monotonic() - began, _cpu_of_children() - used
        return Answer(status=ran.returncode, out=ran.stdout, errors=ran.stderr)


@dataclass(slots=True)
class Bench:
    """Where trials take place: the payment API, and a home with the APIs registered that each trial copies."""

    folder: Path
    address: str
    environment: dict[str, str]

    def trial(self, runner: Runner, point: str, api: str, tally: Tally) -> None:
        """Start a run that dies at a point, go on with it, and count."""
        order, run_id = secrets.token_hex(4), new_run_id()
        home = self.folder / run_id
        shutil.copytree(self.folder / "template", home)
        died = runner(str(home), point, "start", run_id, PROGRAM.format(order=order, api=api))
        if died["status"] != -9:
            raise SystemExit(f"{point}: the run did not die there: {died['out']}{died['errors']}")
        resumed = runner(str(home), "none", "go-on", run_id)
        if isinstance(runner, NewProcesses):
            tally.seconds.append(runner.seconds)
            tally.cpu_seconds.append(runner.cpu_seconds)
        tally.trials += 1
        end = resumed["out"].strip() if resumed["status"] == 0 else resumed["errors"].strip().splitlines()[-1]
        known = self.charges(order)
        if end.startswith("waiting"):
            tally.ends["needs a person"] += 1
            answered = runner(str(home), "none", "answer", run_id, "it-happened" if known else "retry")
            tally.lost += not answered["out"].startswith("done")
        elif end.startswith("done"):
            tally.ends["resumed"] += 1
        elif "there is no run" in end and point == "before:run_started":
            tally.ends["never begun"] += 1
            tally.lost += known
        else:
            tally.ends[end] += 1
            tally.lost += 1
        after = self.charges(order)
        tally.twice += after > 1
        tally.lost += after == 0 and point != "before:run_started"
        shutil.rmtree(home)

    def charges(self, order: str) -> int:
        """Return how often an order was charged."""
        with urlopen(f"{self.address}/{order}", timeout=30) as answer:
            return json.loads(answer.read())["charged"]


@contextmanager
def payments() -> Iterator[str]:
    """Start the payment API; gives its address."""
    server = subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.kill()
        server.communicate()


@contextmanager
def open_bench() -> Iterator[Bench]:
    """Start the payment API and make the home that trials copy."""
    with tempfile.TemporaryDirectory() as folder, payments() as address:
        bench = Bench(Path(folder), address, dict(os.environ) | {"PAYMENTS": address})
        made = NewProcesses(bench.environment)(str(bench.folder / "template"), "none", "prepare", "")
        if made["status"] != 0:
            raise SystemExit(made["errors"])
        yield bench


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


Tallies = dict[str, Tally]
"""By point and API."""


@dataclass(frozen=True, slots=True)
class Plan:
    """So many trials of forked processes and of new ones at each point, in so many seconds at most."""

    points: Sequence[str] = POINTS
    trials: int = 0
    cold: int = 0
    seconds: float = float("inf")
    jobs: int = 1


def measure(plan: Plan) -> Tallies:
    """Return the tallies of a plan."""
    ends = time.monotonic() + plan.seconds
    with open_bench() as bench, ThreadPoolExecutor(plan.jobs) as pool:
        counted = _rounds(bench, plan, NewProcesses(bench.environment), range(plan.cold), ends)

        def forked(job: int) -> Tallies:
            with closing(Forks(bench.environment)) as runner:
                return _rounds(bench, plan, runner, range(job, plan.trials, plan.jobs), ends)

        for tallies in pool.map(forked, range(min(plan.jobs, plan.trials))):
            for name, tally in tallies.items():
                counted[name].add(tally)
    return counted


def _rounds(bench: Bench, plan: Plan, runner: Runner, rounds: range, ends: float) -> Tallies:
    """Make one trial after the other, each round one at each point, until it is time to end."""
    tallies = {f"{point} {api}": Tally() for api, point in product(APIS, plan.points)}
    for done, _ in enumerate(rounds, 1):
        for api, point in product(APIS, plan.points):
            if time.monotonic() >= ends:
                return tallies
            bench.trial(runner, point, api, tallies[f"{point} {api}"])
        if done % 10 == 0:
            print(f"so far, of one job: {_counts(tallies)}", file=sys.stderr, flush=True)
    return tallies


def _counts(tallies: Tallies) -> str:
    whole = Tally()
    for tally in tallies.values():
        whole.add(tally)
    ends = ", ".join(f"{count} {end}" for end, count in sorted(whole.ends.items()))
    return f"{whole.trials} kills: {ends}; charged twice {whole.twice}, lost {whole.lost}"


def main() -> int:
    """Measure and print; the exit status is 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--cold", type=int, default=2)
    parser.add_argument("--points", default=",".join(POINTS))
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    plan = Plan(tuple(given.points.split(",")), given.trials, given.cold, given.minutes * 60, given.jobs)
    tallies = measure(plan)
    for name, tally in tallies.items():
        ends = ", ".join(f"{count} {end}" for end, count in tally.ends.items())
        print(f"{name:<38} {ends:<28} charged twice {tally.twice}, lost {tally.lost}")
    print(f"\n{_counts(tallies)}; load of the machine {os.getloadavg()[0]:.1f}")
    for what, seconds in (
        ("from start to end", [second for tally in tallies.values() for second in tally.seconds]),
        ("of processor time", [second for tally in tallies.values() for second in tally.cpu_seconds]),
    ):
        if seconds:
            middle = statistics.median(seconds)
            ratio = middle / RESTART_SECONDS
            print(
                f"restart, seconds {what}: {middle:.2f} (most {max(seconds):.2f} of {len(seconds)}); "
                f"ratio to the target: {ratio:.2f}"
            )
    return int(any(tally.twice or tally.lost for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
