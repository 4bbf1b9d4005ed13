"""Open, use, close: what one call begins, another ends."""
# ruff: noqa: E501

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verifier_documents import STORE, document, found, rule

from taskmatrix.core.programs import Plan

HEAD = "from store import open_box, put, close_box, ready, names\n"

CASES = {
    "right": ("open_box()\nput('a')\nclose_box()", []),
    "used after the close": ("open_box()\nclose_box()\nput('a')", [(3, "before")]),
    "opened again": ("open_box()\nput('a')\nclose_box()\nopen_box()\nput('b')\nclose_box()", []),
    "opened twice, closed once": ("open_box()\nopen_box()\nput('a')\nclose_box()", [(1, "after")]),
    "closed twice": ("open_box()\nclose_box()\nclose_box()", [(3, "before")]),
    "closed on one branch": ("open_box()\nif ready():\n    close_box()", [(1, "after")]),
    "perhaps closed before its use": ("open_box()\nif ready():\n    close_box()\nput('a')\nclose_box()", [(4, "before"), (5, "before")]),
    "closed on both branches": ("open_box()\nif ready():\n    put('a')\n    close_box()\nelse:\n    close_box()", []),
    "in a loop": ("for n in names():\n    open_box()\n    put(n)\n    close_box()", []),
    "closed within the loop only": ("open_box()\nfor n in names():\n    put(n)\n    close_box()", [(3, "before"), (4, "before")]),
    "opened before the loop, closed after": ("open_box()\nfor n in names():\n    put(n)\nclose_box()", []),
    "left by break": ("for n in names():\n    open_box()\n    if ready():\n        break\n    close_box()", [(2, "after")]),
    "left by continue": ("for n in names():\n    open_box()\n    if ready():\n        continue\n    close_box()", [(2, "after")]),
    "while": ("while ready():\n    open_box()\n    put('a')\n    close_box()", []),
    "finally": ("open_box()\ntry:\n    put('a')\nfinally:\n    close_box()", []),
    "used after the finally": ("open_box()\ntry:\n    put('a')\nfinally:\n    close_box()\nput('b')", [(6, "before")]),
    "closed by a handler too": (
        "open_box()\ntry:\n    put('a')\nexcept RuntimeError:\n    close_box()\n    raise RuntimeError('x')\nclose_box()",
        [],
    ),
    "a function that closes": ("def end():\n    put('z')\n    close_box()\nopen_box()\nend()", []),
    "a function that closes, called twice": ("def end():\n    put('z')\n    close_box()\nopen_box()\nend()\nend()", [(2, "before"), (3, "before")]),
    "early return": ("def f():\n    open_box()\n    if ready():\n        return\n    close_box()\nf()", [(2, "after")]),
    "return under a finally": (
        "def f():\n    open_box()\n    try:\n        if ready():\n            return\n        put('a')\n    finally:\n        close_box()\nf()",
        [],
    ),
    "match": ("open_box()\nmatch ready():\n    case True:\n        close_box()\n    case _:\n        put('a')", [(1, "after")]),
    "one expression": ("open_box()\nready() and close_box()", [(1, "after")]),
    "comprehension": ("[(open_box(), put(n), close_box()) for n in names()]", []),
    "comprehension in the wrong order": ("[(open_box(), close_box(), put(n)) for n in names()]", [(1, "before")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_opened_is_used_and_closed_on_every_path(verifier, name):
    code, expected = CASES[name]
    report = verifier.check(HEAD + code, STORE)
    errors = [(line - 1, r.removeprefix("composition-")) for line, r, severity in found(report) if severity == "error"]
    assert errors == expected


def test_the_finding_says_what_ended_it(verifier):
    (finding,) = verifier.check(HEAD + "open_box()\nclose_box()\nput('a')", STORE).findings
    assert finding.message == "`store.put` needs a call of `open_box` before it, after the last `close_box`"
    (finding,) = verifier.check(HEAD + "open_box()\nopen_box()\nclose_box()", STORE).findings
    assert finding.message == "`store.open_box` needs a call of `close_box` after it, before the next `open_box`"
    assert finding.hint == "Close what you open."


USES = st.sampled_from(["put('a')", "for n in names():\n    put(n)", "if ready():\n    put('a')", "x = len(names())"])
AROUND = st.sampled_from(["plain", "function", "loop", "finally", "branches", "while"])


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def program(uses: list[str], around: str, first: str = "open_box()", last: str = "close_box()") -> str:
    body = "\n".join([*uses, "put('z')"])
    if around == "finally":
        return f"{first}\ntry:\n{indented(body)}\nfinally:\n{indented(last)}"
    whole = f"{first}\n{body}\n{last}"
    return {
        "plain": whole,
        "function": f"def main():\n{indented(whole)}\nmain()",
        "loop": f"for turn in range(3):\n{indented(whole)}",
        "branches": f"if ready():\n{indented(whole)}\nelse:\n{indented(whole)}",
        "while": f"while ready():\n{indented(whole)}",
    }[around]


@settings(max_examples=40, deadline=None)
@given(uses=st.lists(USES, max_size=4), around=AROUND, wrong=st.sampled_from(["swapped", "never closed", "too early"]))
def test_a_correct_program_has_no_finding_and_its_mutant_has_one(verifier, uses, around, wrong):
    assert verifier.check(HEAD + program(uses, around), STORE).findings == ()
    mutant = {
        "swapped": program(uses, around, first="close_box()", last="open_box()"),
        "never closed": program(uses, around, last="ready()"),
        "too early": program(["close_box()", *uses], around, last="ready()"),
    }[wrong]
    assert not verifier.check(HEAD + mutant, STORE).ok


LONG = "One sentence after the other stands here, and another, and one more, until nobody wants to read on."
LINES = document(
    "deck.insert", ("text", {"type": "string"}), rules=[rule("lines", parameter="text", most=90)], effects="read"
)


@pytest.mark.parametrize(
    "code",
    [
        f"insert('{LONG}')",
        f"insert(text='short\\n{LONG}')",
        f"t = '{LONG}'\ninsert(t)",
        f"for t in ['a', '{LONG}']:\n    insert(t)",
        f"slides = {{'a': {{'body': '{LONG}'}}}}\ninsert(slides['a']['body'])",
        f"def fill(t):\n    insert(t)\nfill('{LONG}')",
        f"insert('{LONG[:50]}' + '{LONG[50:]}')",
        f"n = 3\ninsert(f'{LONG} {{n}}')",
    ],
)
def test_a_long_line_is_a_warning_where_nothing_tells_who_wrote_it(verifier, code):
    report = verifier.check(f"from deck import insert\n{code}", [LINES])
    assert [f.rule for f in report.findings] == ["composition-lines"] and report.ok


@pytest.mark.parametrize(
    "code",
    [
        "insert('short')",
        f"insert('{LONG[:50]}\\n{LONG[50:]}')",
        f"insert('{LONG}'.replace(', ', '\\n'))",
        f"slides = {{'a': '{LONG}', 'b': 'short'}}\ninsert(slides['b'])",
        f"t = '{LONG}'\nt = 'short'\ninsert(t)",
        f"for part in '{LONG}'.split(', '):\n    insert(part)",
    ],
)
def test_short_lines_pass(verifier, code):
    assert verifier.check(f"from deck import insert\n{code}", [LINES]).findings == ()


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        (("store.open_box",), []),
        (("store.close_box", "store.open_box"), []),
        (("store.open_box", "store.close_box"), [2, 3]),
        (("desk.open_box",), [2, 3]),
        ((), [2, 3]),
    ],
)
def test_what_earlier_turns_left_open_may_be_used(verifier, before, wrong):
    report = verifier.check(f"{HEAD}put('a')\nclose_box()", STORE, Plan(before=before))
    assert [finding.line for finding in report.findings if finding.severity == "error"] == wrong


def test_what_earlier_turns_left_open_is_not_so_after_the_program_has_closed_it(verifier):
    report = verifier.check(f"{HEAD}close_box()\nput('a')", STORE, Plan(before=("store.open_box",)))
    assert [finding.line for finding in report.findings if finding.severity == "error"] == [3]
