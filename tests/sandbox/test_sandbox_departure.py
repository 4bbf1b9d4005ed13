import subprocess
import sys

import pytest

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

BROKEN_OFF = """
import anyio
from taskmatrix.core.protocols import Limits
from taskmatrix.sandbox import MontySandbox

async def go(code):
    async with MontySandbox().start(code, [], Limits(output_bytes=10**9), lambda _: None) as run:
        await run.advance({})

async def main():
    with anyio.move_on_after(0.2):
        async with anyio.create_task_group() as group:
            group.start_soon(go, "while True: pass")
            group.start_soon(go, "while True: print(2)")
    print("left")

anyio.run(main)
"""


def python(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("ending", ["close", "forget"])
def test_a_process_ends_well_without_closing_in_the_loop(ending):
    for _ in range(5):  # what went wrong here, did so in one of ten
        done = python(ONE_PROGRAM, ending)
        assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


def test_a_process_ends_well_while_programs_compute_and_print():
    done = python(BROKEN_OFF)
    assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")
