import pytest
from verifier_documents import document

OUTSIDE = [
    'import os; os.remove("x")', "import os.path", "from os import remove", "from os.path import exists",
    "import pathlib", "from pathlib import Path as P", "import sys", "import subprocess", "import socket as s",
    "import shutil", "import tempfile", "import io", "import urllib.request", "from http import client",
    "import posixpath", "import json, os", "import importlib", "import ctypes", "import threading",
    "def f():\n    import os\n    return os", "try:\n    import signal\nexcept ImportError:\n    pass",
]  # fmt: skip


@pytest.mark.parametrize("code", OUTSIDE)
def test_an_import_that_reaches_outside_the_program_is_an_error_that_points_to_apis(verifier, code):
    report = verifier.check(code, [])
    assert not report.ok
    (finding,) = [f for f in report.findings if f.rule == "unresolved-import"]
    assert "reaches outside the program" in finding.message and "API" in finding.hint and finding.line


@pytest.mark.parametrize("module", ["turtle", "statistics", "zlib", "graphlib", "curses", "_socket", "antigravity"])
def test_every_other_module_that_programs_do_not_have_is_an_error(verifier, module):
    assert [f.rule for f in verifier.check(f"import {module}", []).findings] == ["unresolved-import"]


def test_modules_that_only_compute_pass(verifier):
    code = "import math, re, json, datetime, asyncio\nfrom collections import Counter\nfrom decimal import Decimal\n"
    assert verifier.check(code + "json.dumps([math.pi, str(Decimal(1)), len(Counter('aab'))])", []).findings == ()


def test_a_package_may_have_the_name_of_a_module_that_is_refused(verifier):
    documents = [document("os.remove")]
    assert verifier.check("from os_ import remove\nremove()", documents).ok
    findings = verifier.check("from os import remove\nremove()", documents).findings
    assert any("`os_`" in f.hint for f in findings)


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    pass",
        "while 1:\n    x = 1",
        "while not False:\n    x = 1",
        "while True:\n    for i in [1]:\n        break",
        "while True:\n    while i:\n        break",
        "while True:\n    def f():\n        return 1",
        "def f():\n    while True:\n        [x for x in [1]]",
        "while True:\n    try:\n        x = 1\n    except ValueError:\n        continue",
    ],
)
def test_a_loop_that_nothing_ends_is_a_warning(verifier, code):
    report = verifier.check("i = 0\n" + code, [])
    assert [(f.rule, f.severity) for f in report.findings] == [("endless-loop", "warning")] and report.ok
    assert report.findings[0].line == 2 + code[: code.index("while")].count("\n")


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    break",
        "def f():\n    while True:\n        if i:\n            return 1",
        "while True:\n    raise ValueError",
        "while i < 3:\n    i += 1",
        "while False:\n    pass",
        "while True:\n    for x in [1]:\n        pass\n    else:\n        break",
        "while True:\n    try:\n        x = 1\n    except ValueError:\n        break",
        "while True:\n    match i:\n        case 0:\n            break\n        case _:\n            i -= 1",
    ],
)
def test_a_loop_that_something_ends_is_none(verifier, code):
    assert verifier.check("i = 0\n" + code, []).findings == ()
