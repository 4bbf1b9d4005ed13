import subprocess
import sys

import pytest

FOREIGN_THREAD = """
import _thread, atexit, os
from taskmatrix.sandbox import departure

leaving, running = _thread.allocate_lock(), _thread.allocate_lock()
leaving.acquire()
running.acquire()

def count_up():
    running.release()
    leaving.acquire()
    for _ in range(1_000_000):
        pass
    os.write(1, b"counted")

departure.wait_at_exit()
atexit.register(leaving.release)  # what is registered last is called first
_thread.start_new_thread(count_up, ())
running.acquire()  # a thread that has not begun yet runs no Python
"""

ONE_PROGRAM = """
import sys
import anyio
from taskmatrix.core.protocols import Limits
from taskmatrix.sandbox import MontySandbox

async def main():
    async with sandbox.start("6 * 7", [], Limits(), print) as run:
        print((await run.advance({})).value)

sandbox = MontySandbox()
anyio.run(main)
if sys.argv[1] == "close":
    sandbox.close()
"""


def python(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_a_process_that_ends_waits_for_threads_that_python_did_not_start():
    assert python(FOREIGN_THREAD).stdout == "counted"


@pytest.mark.parametrize("ending", ["close", "forget"])
def test_a_process_ends_well_without_closing_in_the_loop(ending):
    for _ in range(5):  # what went wrong here, did so in one of ten
        done = python(ONE_PROGRAM, ending)
        assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
