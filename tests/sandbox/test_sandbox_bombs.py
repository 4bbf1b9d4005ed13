import pytest

from taskmatrix.core.errors import LimitError, SandboxError
from taskmatrix.core.protocols import Limits

SMALL = Limits(seconds=0.5, memory_bytes=32 * 1024 * 1024, calls=50, output_bytes=50_000)

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
    "nested evaluation": ("x = '1'\nfor i in range(100000):\n    x = f'({x})'\neval(x)", "Error|memory|time"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_with_an_error_that_names_its_limit_and_the_host_goes_on(bench, name):
    code, limit = BOMBS[name]
    with pytest.raises(SandboxError, match=limit) as caught:
        bench.run(code, limits=SMALL)
    if limit in ("time", "memory", "output", "calls", "recursion"):
        assert isinstance(caught.value, LimitError)
    assert bench.run("6 * 7").value == 42


def test_a_huge_argument_is_bounded_by_the_programs_memory(bench):
    with pytest.raises(LimitError, match="memory"):
        bench.run("from tools import take\ntake('x' * 10**9)", limits=SMALL)


def test_a_program_that_stays_within_its_limits_is_not_disturbed(bench):
    code = "from tools import take\nfor i in range(50):\n    take(i)\nprint('x' * 49_000)"
    assert len(bench.run(code, limits=SMALL).calls) == 50


def test_a_thousand_calls_are_allowed_by_default(bench):
    ran = bench.run("from tools import take\nfor i in range(1000):\n    take(i)\ni")
    assert len(ran.calls) == 1000 and ran.value == 999
