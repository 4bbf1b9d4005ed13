import re
from dataclasses import replace

import anyio
import pytest
from sandbox_bench import TOOLS

from taskmatrix.core.errors import LimitError, SandboxError
from taskmatrix.core.protocols import HostCall, Limits, Value
from taskmatrix.sandbox.stepping import answer_each

SMALL = Limits(seconds=0.5, memory_bytes=32 * 1024 * 1024, calls=50, output_bytes=50_000)
PATIENT = replace(SMALL, seconds=30)
"""For bombs that end for another reason than time, on however busy a machine."""

BOMBS = {
    "endless loop": ("while True:\n    pass", "time"),
    "endless loop that catches": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "time",
    ),
    "endless loop in finally": ("try:\n    while True: pass\nfinally:\n    while True: pass", "time"),
    "deep sum": ("sum(i * j for i in range(10**5) for j in range(10**5))", "time|memory"),
    "long sleep": ("import time\ntime.sleep(1000)", "time"),
    "long asynchronous sleep": ("import asyncio\nasyncio.run(asyncio.sleep(1000))", "time"),
    "slow pattern": (
        "import re\nre.match('(x+x+)+y', 'x' * 200_000)\nwhile True: re.match('(a|a)*b', 'a' * 30)",
        "time",
    ),
    "big list": ("x = [0] * 10**9", "memory"),
    "growing list": ("x = [1]\nwhile True:\n    x = x + x", "memory"),
    "growing list that catches": (
        "x = [1]\nwhile True:\n    try:\n        x = x + x\n    except BaseException:\n        pass",
        "memory",
    ),
    "big text": ("'a' * 10**10", "memory"),
    "growing text": ("x = 'a'\nwhile True:\n    x += x", "memory"),
    "big number": ("10 ** 10 ** 8", "memory|limit"),
    "shifted number": ("1 << 10**10", "memory|limit|OverflowError"),
    "padded text": ("'%1000000000d' % 3", "memory|limit|Error"),
    "formatted text": ("f'{3:>1000000000}'", "memory|limit|Error"),
    "replaced text": ("('a' * 10000).replace('a', 'b' * 100000)", "memory"),
    "joined text": ("','.join(['x' * 1000] * 1000000)", "memory"),
    "product": ("import itertools\nlist(itertools.product(range(1000), repeat=4))", "memory|time"),
    "nested dict": ("d = {}\nwhile True:\n    d = {'a': d, 'b': [d] * 1000}", "memory|time"),
    "recursion": ("def f(n):\n    return f(n + 1)\nf(0)", "recursion"),
    "mutual recursion": ("def f(): return g()\ndef g(): return f()\nf()", "recursion"),
    "recursion by sorting": ("def f(x): return sorted([1], key=f)\nf(1)", "recursion"),
    "endless printing": ("while True:\n    print('x' * 100)", "output"),
    "one big print": ("print('x' * 10**6)", "output"),
    "printing without lines": ("while True:\n    print('x', end='')", "output"),
    "too many calls": ("from tools import take\nwhile True:\n    take(1)", "calls"),
    "too many calls that catch": (
        "from tools import take\nwhile True:\n    try:\n        take(1)\n    except BaseException:\n        pass",
        "calls",
    ),
    "too many imports": ("while True:\n    import tools", "calls|time"),
    "too many undefined names": (
        "while True:\n    try:\n        nope\n    except NameError:\n        pass",
        "calls|time",
    ),
    "many calls together": (
        "import asyncio\nfrom tools import take\n"
        "await asyncio.gather(*[asyncio.to_thread(take, i) for i in range(100)])",
        "calls",
    ),
    "sleeping together": ("import asyncio\nawait asyncio.gather(*[asyncio.sleep(1000) for _ in range(9)])", "time"),
    "sorting for ever": ("while True:\n    sorted(range(10**5), key=lambda x: -x)", "time|memory"),
    "growing dict": ("d = {}\nn = 0\nwhile True:\n    d[n] = str(n)\n    n += 1", "memory"),
    "growing set": ("s = set()\nn = 0\nwhile True:\n    s.add((n, n))\n    n += 1", "memory"),
    "powers": ("x = 3\nwhile True:\n    x = x * x", "memory|time|limit"),
    "last value that is huge": ("['x' * 1000] * 10**6", "memory"),
    "nested evaluation": ("x = '1'\nfor i in range(100000):\n    x = f'({x})'\neval(x)", "recursion|time"),
    "nested source": ("eval('[' * 5000 + ']' * 5000)", "recursion"),
    "nested data": ("import json\njson.loads('[' * 100_000 + ']' * 100_000)", "recursion"),
    "nested pattern": ("import re\nre.compile('(' * 5000 + ')' * 5000)", "recursion"),
}


ON_CPYTHON = {
    "growing list that catches": "time",
    "big number": "time",
    "deep sum": "time",
    "too many imports": "time",
    "too many undefined names": "time",
    "product": "memory|time",
    "sorting for ever": "time",
    "powers": "time|memory",
    "nested evaluation": "too many nested parentheses|time",
    "nested source": "too many nested parentheses",
}
"""Where the whole language ends a bomb by another limit."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_with_an_error_that_names_its_limit_while_the_host_answers_others(sandbox, name, request):
    code, limit = BOMBS[name]
    if request.node.callspec.params["sandbox"] == "cpython":
        limit = ON_CPYTHON.get(name, limit)
    limits = SMALL if "time" in limit else PATIENT
    burning, caught, others = anyio.Event(), list[SandboxError](), list[object]()

    async def bomb() -> None:
        async def answer(call: HostCall) -> Value:
            burning.set()
            return Value(None)

        try:
            async with sandbox.start(f"import tools\ntools.names()\n{code}", [TOOLS], limits, _ignore) as run:
                await answer_each(run, answer)
        except SandboxError as error:
            caught.append(error)

    async def another() -> None:
        async def answer(call: HostCall) -> Value:
            return Value(call.args[0])

        await burning.wait()
        async with sandbox.start("from tools import take\ntake(6) * take(7)", [TOOLS], Limits(), print) as run:
            others.append(await answer_each(run, answer))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(bomb)
            group.start_soon(another)

    anyio.run(main)
    (error,) = caught
    assert re.search(limit, error.message), error.message
    if limit in ("time", "memory", "output", "calls", "recursion"):
        assert isinstance(error, LimitError) and error.limit == limit
    assert others == [Value(42)]


def test_there_are_at_least_thirty_bombs():
    assert len(BOMBS) >= 30


def _ignore(_text: str) -> None:
    """Keep nothing of what a bomb prints."""


def test_words_of_an_error_that_sound_like_a_limit_are_none(each):
    for words in ("memory limit exceeded", "maximum recursion depth", "Source is too deeply nested"):
        with pytest.raises(SandboxError, match=words) as raised:
            each.run(f"raise ValueError({words!r})", limits=SMALL)
        assert not isinstance(raised.value, LimitError)


def test_a_huge_argument_is_bounded_by_the_programs_memory(each):
    with pytest.raises(LimitError, match="memory"):
        each.run("from tools import take\ntake('x' * 10**9)", limits=SMALL)


def test_a_program_that_stays_within_its_limits_is_not_disturbed(each):
    code = "from tools import take\nfor i in range(50):\n    take(i)\nprint('x' * 49_000)"
    assert len(each.run(code, limits=SMALL).calls) == 50


def test_a_thousand_calls_are_allowed_by_default(each):
    ran = each.run("from tools import take\nfor i in range(1000):\n    take(i)\ni")
    assert len(ran.calls) == 1000 and ran.value == 999
