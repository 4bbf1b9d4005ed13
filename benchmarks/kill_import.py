"""kill -9 while the registry is written, again and again: is anything ever half written, or lost once acknowledged?

    .venv/bin/python benchmarks/kill_import.py                 200 trials, half of them imports, half registrations
    .venv/bin/python benchmarks/kill_import.py --trials 20 --seed 7

*Import*: a registry holds one version of a file; `taskmatrix apis import` of the next version (documents changed,
added and gone) is killed at a random moment between the begin of writing and a little after its end, as
measured undisturbed. Afterwards the registry must hold exactly the one
version or exactly the other, with its history, its change numbers and its audit record.

*Register*: a process registers documents one by one and says when each is done; it is killed 0 to 50 ms after the
first. Afterwards whatever it has said must be there with its audit record, and nothing without.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

DOCUMENTS = 400
MOST_REGISTER_DELAY = 0.05
PATIENCE = 60.0

REGISTER = """
import itertools
from taskmatrix.app import TaskMatrix
from taskmatrix.core.documents import parse_document
from taskmatrix.api_platform.publishing import Publisher

with TaskMatrix() as tm:
    publisher = Publisher(tm.registry)
    for n in itertools.count():
        document = {"package": "killed", "name": f"n{n}", "description": "Does it.", "parameters": []}
        publisher.register(parse_document(document), idempotency_key=f"k{n}")
        print(n, flush=True)
"""

State = Mapping[str, str]


def document(number: int, version: int) -> dict[str, object]:
    return {
        "package": f"killed{number % 3}",
        "name": f"n{number}",
        "description": f"Does number {number}, as in version {version if number % 3 else 1}. " + "More of it. " * 20,
        "parameters": [{"name": "x", "required": True, "schema": {"type": "integer"}}],
    }


def write_file(path: Path, version: int) -> None:
    numbers = range(version * 80, version * 80 + DOCUMENTS)
    path.write_text("".join(json.dumps(document(n, version)) + "\n" for n in numbers))


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TASKMATRIX_")}
    return kept | {"TASKMATRIX_HOME": str(home)}


def start_import(home: Path, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "taskmatrix", "apis", "import", str(file)]
    return subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def is_writing(own: sqlite3.Connection) -> bool:
    """Tell whether another process holds the database for writing."""
    try:
        own.execute("BEGIN IMMEDIATE")
        own.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    return False


def wait_for_writing(process: subprocess.Popen[str], database: Path, *, writing: bool = True) -> None:
    """Return once the process holds the database for writing (or no longer), or has ended."""
    deadline = time.monotonic() + PATIENCE
    seen = 0
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as own:
        while process.poll() is None and time.monotonic() < deadline:
            # Small notes are written before the import is: that is over at once.
            seen = seen + 1 if is_writing(own) == writing else 0
            if seen == (4 if writing else 1):
                return
            time.sleep(0.0005)


def time_writing(folder: Path, prepared: Path) -> float:
    """Return for how many seconds an undisturbed import writes."""
    shutil.copytree(prepared, folder / "home")
    process = start_import(folder / "home", prepared.parent / "2.jsonl")
    wait_for_writing(process, folder / "home" / "taskmatrix.db")
    began = time.monotonic()
    wait_for_writing(process, folder / "home" / "taskmatrix.db", writing=False)
    ended = time.monotonic()
    said, _ = process.communicate()
    if process.returncode:
        sys.exit(f"the import does not work undisturbed: {said}")
    return ended - began


def read_state(database: Path) -> State:
    with closing(sqlite3.connect(database)) as own:
        return {
            "integrity": json.dumps(own.execute("PRAGMA integrity_check").fetchall()),
            "apis": json.dumps(
                own.execute("SELECT package, name, digest, revision, change FROM apis ORDER BY 1, 2").fetchall()
            ),
            "removed": json.dumps(own.execute("SELECT package, name, change FROM removed ORDER BY 1, 2").fetchall()),
            "revisions": json.dumps(
                own.execute("SELECT package, name, number, digest FROM revisions ORDER BY 1, 2, 3").fetchall()
            ),
            "packages": json.dumps(own.execute("SELECT name FROM packages ORDER BY 1").fetchall()),
            "counter": json.dumps(own.execute("SELECT value FROM meta WHERE key = 'change'").fetchall()),
            "imports": json.dumps(own.execute("SELECT count(*) FROM audit WHERE action = 'import'").fetchall()),
        }


def try_import(folder: Path, prepared: Path, after: State, delay: float) -> str:
    home = folder / "home"
    shutil.copytree(prepared, home)
    database = home / "taskmatrix.db"
    before = read_state(database)
    process = start_import(home, prepared.parent / "2.jsonl")
    wait_for_writing(process, database)
    time.sleep(delay)
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as own:
        moment = "in the middle of writing" if is_writing(own) else "when it did not write"
        process.send_signal(signal.SIGKILL)
    process.communicate()
    now = read_state(database)
    if now == before:
        outcome = f"import: killed {moment}, all as before"
    elif now == after:
        outcome = f"import: killed {moment}, all as after"
    else:
        return f"import: HALF WRITTEN ({', '.join(key for key in now if now[key] not in (before[key], after[key]))})"
    again = start_import(home, prepared.parent / "2.jsonl")
    said, _ = again.communicate()
    settled = read_state(database)
    if again.returncode or (settled["apis"], settled["removed"]) != (after["apis"], after["removed"]):
        return f"import: CANNOT BE REPEATED ({said.strip()[-200:]})"
    return outcome


def try_register(folder: Path, delay: float) -> str:
    home = folder / "home"
    process = subprocess.Popen(
        [sys.executable, "-c", REGISTER], env=environment(home), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = [process.stdout.readline()]
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    said += process.communicate()[0].splitlines(keepends=True)
    acknowledged = {int(line) for line in said if line.endswith("\n")}
    with closing(sqlite3.connect(home / "taskmatrix.db")) as own:
        integrity = own.execute("PRAGMA integrity_check").fetchall()
        there = {int(n[1:]) for (n,) in own.execute("SELECT name FROM apis WHERE package = 'killed'")}
        recorded = {
            int(target.rpartition(".n")[2])
            for (target,) in own.execute("SELECT target FROM audit WHERE action = 'register' AND outcome = 'done'")
        }
        answered = {int(key[1:]) for (key,) in own.execute("SELECT key FROM idempotency")}
        change = own.execute("SELECT max(change) FROM apis").fetchone()[0]
        counter = own.execute("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'change'").fetchone()[0]
    if integrity != [("ok",)]:
        return "register: DAMAGED"
    if not acknowledged <= there:
        return f"register: LOST {sorted(acknowledged - there)}"
    if not (there == recorded == answered) or change != counter or len(there - acknowledged) > 1:
        return "register: HALF WRITTEN"
    return "register: all that was acknowledged" + (", and one more" if there - acknowledged else "")


def prepare(folder: Path) -> State:
    """Import the first version into a registry to copy, and both into another; return the state of that."""
    for version in (1, 2):
        write_file(folder / f"{version}.jsonl", version)
    for home, versions in ((folder / "home", (1,)), (folder / "after", (1, 2))):
        for version in versions:
            process = start_import(home, folder / f"{version}.jsonl")
            said, _ = process.communicate()
            if process.returncode:
                sys.exit(f"the import does not work undisturbed: {said}")
    return read_state(folder / "after" / "taskmatrix.db")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        prepared = Path(place) / "prepared"
        prepared.mkdir()
        after = prepare(prepared)
        times = []
        for _ in range(5):
            with tempfile.TemporaryDirectory(dir=place) as folder:
                times.append(time_writing(Path(folder), prepared / "home"))
        writing = statistics.median(times)
        print(f"an undisturbed import writes for {writing * 1000:.0f} ms")
        for number in range(arguments.trials):
            with tempfile.TemporaryDirectory(dir=place) as folder:
                if number % 2:
                    outcome = try_register(Path(folder), chance.uniform(0, MOST_REGISTER_DELAY))
                else:
                    outcome = try_import(Path(folder), prepared / "home", after, chance.uniform(0, 1.3 * writing))
                outcomes[outcome] += 1
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:5}  {outcome}")
    bad = sum(count for outcome, count in outcomes.items() if any(word.isupper() for word in outcome.split()))
    print(f"{arguments.trials} trials in {time.monotonic() - began:.0f} s, {bad} bad")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
