"""Kills runs with SIGKILL at each point around a payment, resumes them, and counts what was charged.

    python benchmarks/faults.py [--trials 200] [--points after:call_sent,…]

Each trial is a run in a process of its own that reads a price, charges an order and answers with what it was told. It
ends itself at the named point; another process goes on with it. Counted per point: orders charged more than once (must
be 0), runs that came to their end or to a question that a person answers (must be all), and the seconds from the start
of the second process to that. Two payment APIs: one without idempotency keys, one with.
"""

import argparse
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

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


def charges(address: str) -> dict[str, int]:
    """Return how often each order was charged."""
    with urlopen(address, timeout=30) as answer:
        return json.loads(answer.read())


def trial(home: Path, address: str, point: str, api: str, tally: Tally) -> None:
    """Start a run that dies at a point, go on with it, and count."""
    order, run_id = secrets.token_hex(4), new_run_id()
    environment = os.environ | {"PAYMENTS": address}

    def runner(at: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(RUNNER), str(home), at, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    tally.trials += 1
    died = runner(point, "start", run_id, PROGRAM.format(order=order, api=api))
    if died.returncode != -9:
        raise SystemExit(f"{point}: the run did not die there: {died.stdout}{died.stderr}")
    began, used = time.monotonic(), _cpu_of_children()
    resumed = runner("none", "go-on", run_id)
    tally.seconds.append(time.monotonic() - began)
    tally.cpu_seconds.append(_cpu_of_children() - used)
    end = resumed.stdout.strip() if resumed.returncode == 0 else resumed.stderr.strip().splitlines()[-1]
    known = charges(address).get(order, 0)
    if end.startswith("waiting"):
        tally.ends["needs a person"] += 1
        answered = runner("none", "answer", run_id, "it-happened" if known else "retry")
        tally.lost += not answered.stdout.startswith("done")
    elif end.startswith("done"):
        tally.ends["resumed"] += 1
    elif "there is no run" in end and point == "before:run_started":
        tally.ends["never begun"] += 1
        tally.lost += known
    else:
        tally.ends[end] += 1
        tally.lost += 1
    after = charges(address).get(order, 0)
    tally.twice += after > 1
    tally.lost += after == 0 and point != "before:run_started"


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(trials: int, points: tuple[str, ...] = POINTS, apis: tuple[str, ...] = APIS) -> dict[str, Tally]:
    """Return the tallies by point and API."""
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as folder, payments() as address:
        for api in apis:
            for point in points:
                tally = tallies[f"{point} {api}"] = Tally()
                for _ in range(trials):
                    trial(Path(folder), address, point, api, tally)
    return tallies


def main() -> int:
    """Measure and print; the exit status is 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--points", default=",".join(POINTS))
    given = parser.parse_args()
    tallies = measure(given.trials, tuple(given.points.split(",")))
    for name, tally in tallies.items():
        ends = ", ".join(f"{count} {end}" for end, count in tally.ends.items())
        print(f"{name:<38} {ends:<28} charged twice {tally.twice}, lost {tally.lost}")
    every = [second for tally in tallies.values() for second in tally.seconds]
    twice, lost = sum(t.twice for t in tallies.values()), sum(t.lost for t in tallies.values())
    print(f"\n{len(every)} kills: charged twice {twice}, lost {lost}; load of the machine {os.getloadavg()[0]:.1f}")
    for what, seconds in (
        ("from start to end", every),
        ("of processor time", [second for tally in tallies.values() for second in tally.cpu_seconds]),
    ):
        middle = statistics.median(seconds)
        ratio = middle / RESTART_SECONDS
        print(f"restart, seconds {what}: {middle:.2f} (most {max(seconds):.2f}); ratio to the target: {ratio:.2f}")
    return int(bool(twice or lost))


if __name__ == "__main__":
    sys.exit(main())
