import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from taskmatrix.core import names
from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import LimitError, SandboxError
from taskmatrix.core.protocols import HostCall, Limits, ModuleStub, Raised, Value
from taskmatrix.core.stubs import render_module
from taskmatrix.sandbox import MontySandbox
from taskmatrix.sandbox.stepping import answer_each

TOOLS = ModuleStub("tools", "def take(value=..., **more): ...\ndef names(): ...\n", ("take", "names"))


def test_a_program_runs_from_call_to_call_to_its_last_value(bench):
    ran = bench.run(
        "from tools import take, names\nimport tools\nfound = []\nfor name in names():\n"
        "    found.append(tools.take(name, size=len(name)))\nfound",
        lambda call: ["Ann", "Bo"] if call.function == "names" else call.kwargs["size"],
    )
    assert ran.value == [3, 2]
    assert [(c.module, c.function, c.args, dict(c.kwargs), c.line) for c in ran.calls] == [
        ("tools", "names", (), {}, 4),
        ("tools", "take", ("Ann",), {"size": 3}, 5),
        ("tools", "take", ("Bo",), {"size": 2}, 5),
    ]


def test_the_line_of_a_call_is_right_after_wide_characters(bench):
    ran = bench.run("from tools import take\nx = 'Ωmega — 日本語 🎈'\n\ntake(\n    x\n)")
    assert ran.calls[0].line == 4


def test_a_program_without_a_last_expression_has_no_value(bench):
    assert bench.run("x = 3").value is None
    assert bench.run("").value is None


def test_what_is_printed_arrives_in_order_before_the_next_call(bench):
    printed_at_call = []
    printed: list[str] = []

    async def main():
        code = "from tools import take\nprint('a')\nprint('b', end='')\ntake(1)\nprint('c')"
        async with bench.sandbox.start(code, [TOOLS], Limits(), printed.append) as run:
            await run.advance({})
            printed_at_call.append("".join(printed))
            await run.advance({1: Value(None)})

    anyio.run(main)
    assert printed_at_call == ["a\nb"] and "".join(printed) == "a\nbc\n"


def test_an_error_of_a_call_is_a_runtime_error_that_the_program_may_handle(bench):
    code = "from tools import take\ntry:\n    take(1)\nexcept RuntimeError as e:\n    print(e)\n'went on'"
    ran = bench.run(code, lambda call: Raised("api-state: nothing is open"))
    assert ran.value == "went on" and ran.printed == "api-state: nothing is open\n"


def test_an_error_that_the_program_does_not_handle_names_type_message_and_line(bench):
    with pytest.raises(SandboxError, match="ZeroDivisionError: division by zero") as caught:
        bench.run("x = 1\ndef f():\n    return x / 0\n\nf()")
    assert caught.value.line == 3 and not isinstance(caught.value, LimitError)


def test_a_name_that_nothing_defines_is_an_error_of_the_program(bench):
    with pytest.raises(SandboxError, match="NameError"):
        bench.run("nothing_like_that()")
    with pytest.raises(SandboxError, match="NameError"):
        bench.run("x = nothing_like_that")


def test_values_cross_as_json(bench):
    code = (
        "from tools import take\nimport datetime\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass P:\n    x: int\n"
        "take(((1, 2), {3, 1}, datetime.date(2026, 1, 2), P(7), {1: None}))"
    )
    ran = bench.run(code)
    assert ran.calls[0].args == ([[1, 2], [1, 3], "2026-01-02", {"x": 7}, {"1": None}],)
    assert ran.value == [[1, 2], [1, 3], "2026-01-02", {"x": 7}, {"1": None}]


@pytest.mark.parametrize(
    ("value", "named"),
    [("float('nan')", "nan"), ("b'x'", "bytes"), ("len", "len"), ("Thing()", "class Thing"), ("1j", "complex")],
)
def test_a_value_without_json_form_is_a_type_error_that_names_it(bench, value, named):
    head = "from tools import take\nclass Thing:\n    pass\n"
    code = f"{head}try:\n    take({value})\nexcept TypeError as e:\n    print(e)"
    ran = bench.run(code)
    assert named in ran.printed and "tools.take" in ran.printed and not ran.calls
    with pytest.raises(SandboxError, match=named):
        bench.run(f"class Thing:\n    pass\n{value}")


def test_programs_run_at_the_same_time(bench):
    order: list[str] = []

    async def one(name: str):
        async def take(call: HostCall) -> Value:
            order.append(f"{name}{call.args[0]}")
            await anyio.sleep(0)
            return Value(None)

        async with bench.sandbox.start("from tools import take\ntake(1)\ntake(2)", [TOOLS], Limits(), print) as run:
            await answer_each(run, take)

    async def main():
        async with anyio.create_task_group() as group:
            for i in range(8):
                group.start_soon(one, str(i))

    anyio.run(main)
    assert sorted(order) == sorted(f"{i}{c}" for i in range(8) for c in (1, 2))


def test_cancelling_ends_a_busy_program_and_the_sandbox_goes_on(bench):
    async def main():
        async with bench.sandbox.start("while True:\n    pass", [], Limits(seconds=60), print) as run:
            with anyio.move_on_after(0.2) as scope:
                await run.advance({})
            assert scope.cancelled_caught

    anyio.run(main)
    assert bench.run("1 + 1").value == 2


def test_a_worker_that_is_killed_harms_only_its_program(bench):
    async def main():
        async with bench.sandbox.start("from tools import take\ntake(1)\n3", [TOOLS], Limits(), print) as run:
            await run.advance({})
            os.kill(run._worker, signal.SIGKILL)
            with pytest.raises(SandboxError, match="process that ran the program ended"):
                await run.advance({1: Value(None)})

    anyio.run(main)
    assert bench.run("1 + 1").value == 2


def test_the_sandbox_can_be_used_again_after_it_was_closed():
    sandbox = MontySandbox()

    async def once():
        async with sandbox.start("2 + 3", [], Limits(), print) as run:
            return await run.advance({})

    for _ in range(2):
        assert anyio.run(once) == Value(5)
        assert sandbox.check("x: int = ''", [])
        anyio.run(sandbox.aclose)


PROGRAM = """
from tools import take
class Box:
    def __init__(self): self.items = []
box = Box()
box.items.append(take('first'))
def later(n):
    from tools import names
    return [n, box.items, names()]
print('before')
second = take('second')
print('after', second)
later(second)
"""

CHILD = """
import json, sys, anyio
from pathlib import Path
from taskmatrix.core.protocols import Value
from taskmatrix.sandbox import MontySandbox
from taskmatrix.sandbox.stepping import answer_each
async def main():
    sandbox, printed = MontySandbox(), []
    async with sandbox.restore(Path(sys.argv[1]).read_bytes(), printed.append) as run:
        calls = []
        async def answer(call):
            calls.append([call.id, call.function, list(call.args), call.line])
            return Value('B' if call.function == 'take' else ['n'])
        value = (await answer_each(run, answer)).value
    await sandbox.aclose()
    print(json.dumps({'calls': calls, 'value': value, 'printed': ''.join(printed)}))
anyio.run(main)
"""


def save(bench, code: str, calls_before: int, limits: Limits | None = None) -> bytes:
    async def main() -> bytes:
        async with bench.sandbox.start(code, [TOOLS], limits or Limits(), lambda text: None) as run:
            await run.advance({})
            for number in range(calls_before):
                await run.advance({number + 1: Value("A")})
            return await run.snapshot()

    return anyio.run(main)


def test_a_saved_program_goes_on_in_another_process(bench, tmp_path: Path):
    data = save(bench, PROGRAM, 1)
    (tmp_path / "snapshot").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "snapshot")], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {
        "calls": [[2, "take", ["second"], 11], [3, "names", [], 9]],
        "value": ["B", ["A"], ["n"]],
        "printed": "after B\n",
    }
    assert len(data) < 20_000


def test_a_saved_program_can_be_restored_twice(bench):
    data = save(bench, PROGRAM, 1)

    async def go_on(answer: str):
        async with bench.sandbox.restore(data, lambda text: None) as run:
            assert [call.id for call in await run.advance({})] == [2]
            assert [call.id for call in await run.advance({2: Value(answer)})] == [3]
            return (await run.advance({3: Value([])})).value

    assert anyio.run(go_on, "x") == ["x", ["A"], []]
    assert anyio.run(go_on, "y") == ["y", ["A"], []]


def test_calls_are_counted_over_a_pause(bench):
    code = "from tools import take\nfor i in range(10):\n    take(i)"
    data = save(bench, code, 2, Limits(calls=4))

    async def go_on():
        async with bench.sandbox.restore(data, print) as run:
            await run.advance({})
            await run.advance({3: Value(None)})
            with pytest.raises(LimitError, match="more than 4 calls"):
                await run.advance({4: Value(None)})

    anyio.run(go_on)


@pytest.mark.parametrize("where", ["magic", "header", "version", "body", "cut", "empty"])
def test_a_snapshot_that_was_changed_is_refused(bench, where):
    data = save(bench, PROGRAM, 0)
    changed = {
        "magic": b"X" + data[1:],
        "header": data[:20] + bytes([data[20] ^ 1]) + data[21:],
        "version": data.replace(b"monty ", b"mouse ", 1),
        "body": data[:-200] + bytes([data[-200] ^ 1]) + data[-199:],
        "cut": data[:-1],
        "empty": b"",
    }[where]

    async def main():
        with pytest.raises(SandboxError, match="saved program") as caught:
            async with bench.sandbox.restore(changed, print) as run:
                await run.advance({})
        assert caught.value.hint

    anyio.run(main)


def test_a_program_that_is_not_waiting_cannot_be_saved(bench):
    async def main():
        async with bench.sandbox.start("1", [], Limits(), print) as run:
            with pytest.raises(SandboxError, match="waits at a call"):
                await run.snapshot()

    anyio.run(main)


@pytest.mark.parametrize("name", ["3d", "/users/list", "- Items.Item", "_private", "$batch", "__init__", "send"])
def test_an_api_of_any_name_is_checked_and_called(bench, name):
    document = parse_document(
        {"package": "3rd-party", "name": name, "description": "", "parameters": [{"name": "_id", "required": True}]}
    )
    stub = render_module("3rd-party", [document])
    code = f"from {stub.name} import {stub.functions[0]}\n{stub.functions[0]}(_id=3)"
    assert not bench.sandbox.check(code, [stub]).findings
    ran = bench.run(code, lambda call: call.kwargs["_id"], modules=(stub,))
    assert ran.value == 3
    assert [names.original(call.function) for call in ran.calls] == [name]
