"""What is particular about programs of the whole language: their processes, and that they are run again, not saved."""

import os
import shutil
import signal
from datetime import UTC, datetime, timedelta, timezone

import anyio
import pytest
from sandbox_bench import TOOLS, Bench

from taskmatrix.core.errors import LimitError, SandboxError, SandboxUnavailableError
from taskmatrix.core.protocols import Limits, Origin, Value
from taskmatrix.sandbox import Sandboxes
from taskmatrix.sandbox.cpython import CpythonSandbox, confinement

pytestmark = pytest.mark.usefixtures("cpython")


def test_a_program_cannot_be_saved(cpython):
    async def main():
        async with cpython.start("from tools import take\ntake(1)", [TOOLS], Limits(), print) as run:
            await run.advance({})
            return await run.snapshot()

    assert anyio.run(main) is None
    with pytest.raises(SandboxError, match="saves no programs"):
        cpython.restore(b"anything", print)


SAME_AGAIN = """
import datetime, random, time, uuid
from tools import take
moment = datetime.datetime.now()
[take(random.random()), take(str(uuid.uuid4())), list({"b", "a", "c"}), time.time(), datetime.date.today(), moment]
"""


def test_a_program_that_is_run_again_finds_the_same_chance_order_and_clock(cpython):
    bench = Bench(cpython)
    origin = Origin(seed="run-1", now=datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
    first, second = (bench.run(SAME_AGAIN, origin=origin).value for _ in range(2))
    other = bench.run(SAME_AGAIN, origin=Origin(seed="run-2", now=origin.now)).value
    assert first == second and first[:2] != other[:2]
    assert first[3:] == [1772600760.0, "2026-03-04", "2026-03-04T05:06:00"]


def test_the_clock_stands_at_the_same_moment_in_every_sandbox(sandbox):
    code = (
        "import datetime\nnow = datetime.datetime.now()\n"
        "[now, datetime.date.today(), now.strftime('%d.%m.%Y'), now > now]"
    )
    east = datetime(2026, 3, 4, 23, 30, tzinfo=timezone(timedelta(hours=2)))
    value = Bench(sandbox).run(code, origin=Origin(now=east)).value
    assert value == ["2026-03-04T23:30:00", "2026-03-04", "04.03.2026", False]


def test_a_seed_repeats_chance_in_every_sandbox(sandbox):
    runs = [
        Bench(sandbox).run("import random\n[random.random() for _ in range(3)]", origin=Origin(seed=seed)).value
        for seed in ("one", "one", "two")
    ]
    assert runs[0] == runs[1] != runs[2]


def test_without_a_seed_chance_differs(sandbox):
    code = "import random\nrandom.random()"
    assert Bench(sandbox).run(code).value != Bench(sandbox).run(code).value


def test_programs_after_each_other_share_nothing(cpython):
    bench = Bench(cpython)
    bench.run("import json\njson.canary = 1\nprint.__self__.canary = 1")
    assert (
        bench.run("import json\n[hasattr(json, 'canary'), 'canary' in print.__self__.__dict__]").value == [False] * 2
    )


def test_a_parent_process_that_was_killed_is_replaced():
    sandbox = CpythonSandbox()
    bench = Bench(sandbox)
    assert bench.run("1").value == 1
    parent = sandbox._nursery._parent
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert bench.run("2").value == 2
    sandbox.close()


def test_a_process_that_is_killed_harms_only_its_program(cpython):
    async def main():
        code = "o = print.__self__.__import__('os')\nfrom tools import take\ntake(o.getpid())\n1"
        async with cpython.start(code, [TOOLS], Limits(), print) as run:
            (call,) = await run.advance({})
            os.kill(call.args[0], signal.SIGKILL)
            with pytest.raises(SandboxError, match="process that ran the program ended"):
                await run.advance({call.id: Value(None)})

    anyio.run(main)
    assert Bench(cpython).run("3").value == 3


def test_a_program_that_leaves_without_a_word_is_an_error(cpython):
    with pytest.raises(SandboxError, match="ended"):
        Bench(cpython).run("print.__self__.__import__('os')._exit(0)")


def test_more_programs_than_processes_wait_their_turn():
    sandbox = CpythonSandbox(max_processes=2)
    done: list[int] = []

    async def one(n: int) -> None:
        async with sandbox.start(f"{n}", [], Limits(), print) as run:
            done.append((await run.advance({})).value)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for n in range(6):
                group.start_soon(one, n)

    anyio.run(main)
    assert sorted(done) == list(range(6))
    sandbox.close()


def test_what_nobody_will_ever_answer_ends_the_program(cpython):
    code = "import asyncio\nasync def main():\n    await asyncio.Event().wait()\nasyncio.run(main())"
    with pytest.raises(SandboxError, match="never comes") as caught:
        Bench(cpython).run(code)
    assert not isinstance(caught.value, LimitError)


@pytest.mark.parametrize("message", ['{"kind": "wait", "received": -1}', '{"kind": "print", "text": ""}'])
def test_a_process_that_floods_its_pipe_keeps_nobody_waiting(cpython, message):
    code = (
        f"o = print.__self__.__import__('os')\nm = {message.encode()!r}\n"
        "while True:\n    o.write(0, (len(m).to_bytes(4, 'big') + m) * 1000)"
    )
    done: list[object] = []

    async def other() -> None:
        async with cpython.start("6 * 7", [], Limits(), print) as run:
            done.append(await run.advance({}))

    async def main() -> None:
        flooding = cpython.start(code, [], Limits(seconds=1), print)
        async with anyio.create_task_group() as group, flooding as run:
            group.start_soon(other)
            with pytest.raises(LimitError, match="time"):
                await run.advance({})

    anyio.run(main)
    assert done == [Value(42)]


def test_what_was_printed_before_an_endless_loop_is_seen(cpython):
    printed: list[str] = []

    async def main() -> None:
        code = "import time\nprint('begun')\ntime.sleep(0.1)\nprint('on')\nwhile True: pass"
        with pytest.raises(LimitError):
            async with cpython.start(code, [], Limits(seconds=2), printed.append) as run:
                await run.advance({})

    anyio.run(main)
    assert "".join(printed).startswith("begun\n")


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_bubblewrap_holds_a_program_where_landlock_is_missing(tmp_path):
    if not confinement._bubblewrap_works():
        pytest.skip("bubblewrap may not make namespaces here")
    (tmp_path / "canary").write_text("secret")
    sandbox = CpythonSandbox(walls="bubblewrap")
    bench = Bench(sandbox)
    assert bench.run("from tools import take\ndef g():\n    yield take(20)\nlist(g())").value == [20]
    with pytest.raises(SandboxError, match="PermissionError"):
        bench.run(f"print.__self__.open({str(tmp_path / 'canary')!r})")
    sandbox.close()


def test_on_a_machine_that_cannot_confine_a_program_the_error_says_what_it_takes():
    with pytest.raises(SandboxUnavailableError, match="needs Linux on x86_64 or aarch64") as caught:
        confinement.walls("riscv64")
    assert caught.value.hint


def test_sandboxes_start_each_program_where_it_belongs():
    sandboxes = Sandboxes(whole_language=True)
    bench = Bench(sandboxes)
    code = "def g():\n    yield 1\nlist(g())"
    assert bench.run(code, origin=Origin(backend="cpython")).value == [1]
    with pytest.raises(SandboxError, match="yield"):
        bench.run(code, origin=Origin(backend="monty"))
    sandboxes.close()
