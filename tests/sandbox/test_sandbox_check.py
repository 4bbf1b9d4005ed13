import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_bench import TOOLS

from taskmatrix.core.protocols import ModuleStub
from taskmatrix.sandbox import MontySandbox, language


def rules(findings):
    return [(f.line, f.rule) for f in findings]


def test_a_correct_program_has_no_findings(bench):
    code = "from tools import names, count\ntotal = sum(count(n, times=2) for n in names())\nprint(total)\ntotal"
    assert bench.check(code) == []


def test_a_wrong_type_is_found_with_line_and_column(bench):
    (finding,) = bench.check("from tools import count\n\nn = count(3)")
    assert (finding.rule, finding.line, finding.column) == ("invalid-argument-type", 3, 11)
    assert "Expected `str`" in finding.message and finding.severity == "error"


def test_missing_and_unknown_arguments_are_found(bench):
    found = bench.check("from tools import count\ncount()\ncount('a', often=2)\ncount('a', 1, 2)")
    assert rules(found) == [(2, "missing-argument"), (3, "unknown-argument"), (4, "too-many-positional-arguments")]


def test_a_syntax_error_is_found_where_it_is(bench):
    (finding,) = bench.check("x = 1\nif x\n    y = 2")
    assert (finding.rule, finding.line) == ("invalid-syntax", 2)


def test_a_check_runs_nothing(bench):
    assert bench.check("import tools\nwhile True:\n    tools.take(1)") == []
    assert bench.check("x = 'a' * 10**6\nwhile True:\n    x += x") == []


def test_a_program_cannot_switch_its_check_off(bench):
    found = bench.check("x: int = 'a'  # type: ignore\ny: int = 'a'  # ty: ignore[invalid-assignment]")
    assert [line for line, _ in rules(found)] == [1, 2]


@pytest.mark.parametrize(
    ("code", "named", "instead"),
    [
        ("def f():\n    yield 1", "yield", "list"),
        ("def f():\n    yield from [1]", "yield", "list"),
        ("x = {1: 2}\ndel x[1]", "del", "pop"),
        ("class A:\n    pass\nclass B(A):\n    pass", "class inheritance", "one class"),
        ("class E(Exception):\n    pass", "class inheritance", "RuntimeError"),
        ("class A:\n    @property\n    def x(self):\n        return 1", "decorators on methods", "plain method"),
        ("class A:\n    @staticmethod\n    def x():\n        return 1", "decorators on methods", "function"),
        ("from tools import *", r"import \*", "name what you import"),
        ("try:\n    pass\nexcept* ValueError:\n    pass", r"except\*", "except"),
        ("async def f(x):\n    async for i in x:\n        pass", "async for", "for loop"),
        ("from . import x", "relative imports", "name"),
        ("exit()", "exit", "end"),
        ("import statistics", "statistics", "sum"),
        ("from enum import Enum", "enum", "constants"),
        ("import abc", "abc", "functions"),
        ("import subprocess", "reaches outside", "API on offer"),
        ("from __future__ import annotations", "__future__", "leave the line out"),
    ],
)
def test_language_that_does_not_run_is_found_before_running_with_what_to_write_instead(bench, code, named, instead):
    import re

    found = [f for f in bench.check(code) if re.search(named, f.message)]
    assert found and found[0].line >= 1
    assert instead in found[0].hint


def test_the_modules_said_to_be_there_are_those_that_run(bench):
    for module in sorted(language.MODULES):
        assert bench.check(f"import {module}") == [], module
        bench.run(f"import {module}")


def test_built_in_names_that_run_are_no_findings(bench):
    for name in sorted(language.RUNS_UNTYPED):
        assert bench.check(f"x = {name}") == [], name
        bench.run(f"x = {name}")
    assert bench.check("from tools import take\nlist(map(take, [1, 2]))") == []


@pytest.mark.parametrize(
    "code",
    [
        "(" * 5000,
        "[" * 3000 + "]" * 3000,
        "-" * 100_000 + "1",
        "x" + ".a" * 5000,
        "+".join(["1"] * 20_000),
        "if 1: pass\n" + "elif 2: pass\n" * 3000,
        "\n".join(" " * i + "if 1:" for i in range(99)) + "\n" + " " * 99 + "x",
        "x = 1\n" * 200_000,
        "x = 1" + "0" * 5000,
        "x = '\ud800'",
        "\ufeff\ufeffx = 1",
        "x = '\0'\0",
    ],
)
def test_a_hostile_text_becomes_a_finding_and_the_next_check_works(bench, code):
    found = bench.check(code)
    assert found and all(f.severity == "error" for f in found)
    assert bench.check("x = 1") == []


def test_a_stub_that_says_nothing_about_types_lets_anything_pass(bench):
    loose = ModuleStub("loose", "from typing import Any\ndef f(x: Any = ...) -> Any: ...\n", ("f",))
    assert bench.check("from loose import f\nf(f(3)['a'][0].b)", [loose]) == []


@settings(max_examples=60)
@given(code=st.text(alphabet="abx=()[]{}:\n \t\"'\\#+-*@.,0123ifordefclassré\u2028\x0c", max_size=60))
def test_any_text_is_checked_without_an_exception(code):
    from taskmatrix.sandbox import MontySandbox

    sandbox = _SHARED.setdefault("sandbox", MontySandbox())
    lines = code.count("\n") + code.count("\r") + code.count("\x0c") + code.count("\u2028") + 2
    for finding in sandbox.check(code, []):
        assert finding.message and 0 <= finding.line <= lines


_SHARED: dict[str, object] = {}


def teardown_module():
    sandbox = _SHARED.pop("sandbox", None)
    if sandbox is not None:
        sandbox.close()


AFTER_ONE_ANOTHER = (
    "from tools import count as take\nnumber = take('a')\nnumber",
    "number + 1",
    "int = 'a'\ndef len(x: str) -> str:\n    return x",
    "x: int = len('abc')\nint(x)",
    "def (",
    "class A:\n    def __init__(self):\n        self.a = 1",
    "A().a",
    "from tools import names",
    "names()",
    "# type: ignore\nx: int = 'a'",
    "lambda: (yield)",
    "import taskmatrix_stop_before_running\ntake",
)


def test_no_check_knows_of_the_programs_that_were_checked_before(bench):
    alone = []
    for code in AFTER_ONE_ANOTHER:
        fresh = MontySandbox()
        alone.append(list(fresh.check(code, (TOOLS,))))
        fresh.close()
    assert [bench.check(code) for code in AFTER_ONE_ANOTHER * 2] == alone * 2
    assert [bool(found) for found in alone].count(True) > 5


def test_checks_of_many_packages_at_once_find_what_each_finds_alone():
    sandbox = MontySandbox()

    def found(number: int) -> bool:
        returned = ("int", "str", "float", "bytes", "bool", "None")[number % 6]
        module = ModuleStub("tools", f"def give() -> {returned}: ...\n", ("give",))
        return not list(sandbox.check(f"from tools import give\nx{number}: int = give()", (module,)))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(found, range(48))) == [number % 6 in (0, 4) for number in range(48)]
    sandbox.close()


def test_a_worker_that_was_ended_while_it_waited_costs_no_check():
    sandbox = MontySandbox()
    assert list(sandbox.check("x = 1", ())) == []
    worker = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()[-1]
    os.kill(int(worker), signal.SIGKILL)
    assert list(sandbox.check("x = 1", ())) == []
    sandbox.close()
