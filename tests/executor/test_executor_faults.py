"""Processes that are killed in the middle of a run, against a journal on disk."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from taskmatrix.store.database import open_database
from taskmatrix.store.journal import JournalStore

CHILD = """
import os, signal, sys
from pathlib import Path
import anyio
sys.path.insert(0, sys.argv[1])
from executor_stage import Stage
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store.database import open_database
from taskmatrix.store.journal import JournalStore
work, code, die_at = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
home = work.parent / "home"
stage = Stage(work, home, MontySandbox())
journal = JournalStore(open_database(None, home))
journal.create("r1", "test", "embedded", str(work))
count = 0
def record(event, *more, durable=True):
    global count
    stored = journal.append_all("r1", (event, *more), durable=durable)
    count += 1 + len(more)
    if 0 < die_at <= count:
        os.kill(os.getpid(), signal.SIGKILL)
    return stored[0]
anyio.run(stage.executor().execute, stage.job(code, yes=True), record, stage.approve)
print("finished")
"""

CODE = "import desk, shop\ndesk.new_note('n.txt')\ndesk.append('a')\nshop.pay(3)\ndesk.save()\nshop.pay(4)"
EVENTS = 3 + 3 + 5 + 4 + 5


@pytest.fixture
def run_child(stage, forked_commands):
    def run(code: str, die_at: int) -> subprocess.CompletedProcess[str]:
        return forked_commands.run(str(Path(__file__).parent), str(stage.directory), code, str(die_at), code=CHILD)

    return run


def journalled(stage):
    with open_database(None, stage.home) as database:
        return JournalStore(database).run("r1").events


@pytest.mark.parametrize("die_at", [1, 2, 3, 8, 10, 11, 12, 13, 14, 15, 19, 20])
def test_a_kill_after_any_event_leaves_a_journal_that_tells_how_far_it_came(stage, run_child, die_at):
    done = run_child(CODE, die_at)
    assert done.returncode == -signal.SIGKILL, done.stderr
    events = journalled(stage)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert die_at <= len(events) <= die_at + 1  # a transaction holds two events at most
    paid = [e for e in events if e.type == "call_done" and isinstance(e.result, int) and e.state and "paid" in e.state]
    ledger = stage.directory / "ledger"
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    sent = {e.call for e in events if e.type == "call_sent"} & {3, 5}
    # Each payment that was made had been announced, and each that is told as done was made.
    assert len(paid) <= len(lines) <= len(sent)
    assert set(stage.files()) <= {"n.txt", "ledger"}
    if "n.txt" in stage.files():
        assert (stage.directory / "n.txt").read_text() == "a\n"


def test_the_same_run_without_a_kill_has_all_events(stage, run_child):
    done = run_child(CODE, 0)
    assert done.stdout == "finished\n", done.stderr
    assert len(journalled(stage)) == EVENTS


def test_a_kill_inside_a_call_leaves_it_sent_without_an_end(stage, run_child):
    done = run_child("import odd\nodd.kill_process('x.txt')", 0)
    assert done.returncode == -signal.SIGKILL
    assert [event.type for event in journalled(stage)] == ["call_intended", "call_sent"]
    assert stage.files() == []


def test_workers_end_with_the_process_they_belong_to():
    code = (
        "import anyio\nfrom taskmatrix.core.protocols import Limits\nfrom taskmatrix.sandbox import MontySandbox\n"
        "async def main():\n"
        "    async with MontySandbox().start('while True: pass', [], Limits(), print) as run:\n"
        "        print(run._worker, flush=True)\n        await run.advance({})\nanyio.run(main)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    worker = int(child.stdout.readline())
    watched = os.pidfd_open(worker)
    child.kill()
    child.wait()
    child.stdout.close()
    try:
        ended, _, _ = select.select([watched], [], [], 60)
        assert ended, "the worker goes on without its parent"
    finally:
        os.close(watched)
