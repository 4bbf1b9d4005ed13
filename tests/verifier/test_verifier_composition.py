import pytest
from verifier_documents import document, found, rule

HEAD = "from deck import open_deck, save, close, select_title, select_content, insert_text, slides, login\n"


def composition(report):
    return [(line - 1, name.removeprefix("composition-"), severity) for line, name, severity in found(report)]


BEFORE = {
    "right order": ("select_title()\ninsert_text('a')", []),
    "the other of the two": ("select_content()\ninsert_text('a')", []),
    "one selection serves many": ("select_title()\ninsert_text('a')\ninsert_text('b')", []),
    "missing": ("insert_text('a')", [(1, "before", "error")]),
    "wrong order": ("insert_text('a')\nselect_title()", [(1, "before", "error")]),
    "one branch": ("if len('a'):\n    select_title()\ninsert_text('a')", [(3, "before", "error")]),
    "both branches": ("if len('a'):\n    select_title()\nelse:\n    select_content()\ninsert_text('a')", []),
    "inside the branch": ("if len('a'):\n    select_title()\n    insert_text('a')", []),
    "other branch": ("if len('a'):\n    select_title()\nelse:\n    insert_text('a')", [(4, "before", "error")]),
    "branch that ends": (
        "def f():\n    if len('a'):\n        return\n    select_title()\n    insert_text('')\nf()",
        [],
    ),
    "in the loop": ("for s in slides():\n    select_title()\n    insert_text(s)", []),
    "late in the loop": ("for s in slides():\n    insert_text(s)\n    select_title()", [(2, "before", "error")]),
    "after the loop": ("for s in slides():\n    select_title()\ninsert_text('a')", [(3, "before", "warning")]),
    "skipped in the loop": (
        "for s in slides():\n    if s:\n        continue\n    select_title()\ninsert_text('a')",
        [(5, "before", "error")],
    ),
    "endless loop": ("while True:\n    select_title()\n    break\ninsert_text('a')", []),
    "while": ("n = 0\nwhile n < 3:\n    n += 1\n    select_title()\ninsert_text('a')", [(5, "before", "warning")]),
    "function": ("def f(t):\n    select_title()\n    insert_text(t)\nf('a')", []),
    "function that lacks it": ("def f(t):\n    insert_text(t)\nf('a')", [(2, "before", "error")]),
    "two calls of one function": (
        "def f(t):\n    insert_text(t)\nselect_title()\nf('a')\nf('b')",
        [],
    ),
    "function called too early": (
        "def f(t):\n    insert_text(t)\nf('a')\nselect_title()\nf('b')",
        [(2, "before", "error")],
    ),
    "function never called": ("def f(t):\n    insert_text(t)", []),
    "recursion": ("def f(n):\n    if n:\n        f(n - 1)\n    insert_text('a')\nselect_title()\nf(3)", []),
    "early return": (
        "def f(n):\n    if n:\n        return\n    select_title()\nf(1)\ninsert_text('a')",
        [(6, "before", "error")],
    ),
    "comprehension": ("[(select_title(), insert_text(s)) for s in slides()]", []),
    "comprehension in the wrong order": (
        "[(insert_text(s), select_title()) for s in slides()]",
        [(1, "before", "error")],
    ),
    "short circuit": ("x = len('a') and select_title()\ninsert_text('a')", [(2, "before", "error")]),
    "first operand": ("x = select_title() and len('a')\ninsert_text('a')", []),
    "argument comes first": ("insert_text(str(select_title()))", []),
    "conditional expression": ("select_title() if len('a') else select_content()\ninsert_text('a')", []),
    "try body": ("try:\n    select_title()\n    insert_text('a')\nexcept RuntimeError:\n    pass", []),
    "after a handled failure": (
        "try:\n    select_title()\nexcept RuntimeError:\n    pass\ninsert_text('a')",
        [(5, "before", "warning")],
    ),
    "handler makes up for it": (
        "try:\n    select_title()\nexcept RuntimeError:\n    select_content()\ninsert_text('a')",
        [],
    ),
    "handler leaves": (
        "def f():\n    try:\n        select_title()\n    except OSError:\n        return\n    insert_text('a')\nf()",
        [],
    ),
    "finally": ("try:\n    len('a')\nfinally:\n    select_title()\ninsert_text('a')", []),
    "match": (
        "match len('a'):\n    case 1:\n        select_title()\n    case _:\n        select_content()\ninsert_text('')",
        [],
    ),
    "match without a default": (
        "match len('a'):\n    case 1:\n        select_title()\ninsert_text('a')",
        [(4, "before", "error")],
    ),
    "method": (
        "class W:\n    def go(self, t):\n        select_title()\n        insert_text(t)\nW().go('a')",
        [],
    ),
    "constructor": ("class W:\n    def __init__(self):\n        select_title()\nW()\ninsert_text('a')", []),
    "lambda": ("f = lambda t: insert_text(t)\nf('a')", [(1, "before", "error")]),
    "other name": ("select_title()\nput = insert_text\nput('a')", []),
    "with": ("import deck\nselect_title()\nif deck.slides():\n    deck.insert_text('a')", []),
}


@pytest.mark.parametrize("name", BEFORE)
def test_before_holds_on_every_path(check, name):
    code, expected = BEFORE[name]
    assert composition(check(HEAD + code)) == expected


AFTER = {
    "closed": ("open_deck('a')\nclose()", []),
    "any of the two": ("open_deck('a')\nsave()", []),
    "not closed": ("open_deck('a')", [(1, "after", "error")]),
    "closed before": ("close()\nopen_deck('a')", [(2, "after", "error")]),
    "closed on one branch": ("open_deck('a')\nif slides():\n    close()", [(1, "after", "error")]),
    "closed on both": ("open_deck('a')\nif slides():\n    close()\nelse:\n    save()", []),
    "opened and closed in a loop": ("for s in slides():\n    open_deck(s)\n    close()", []),
    "opened in a loop, closed after": ("for s in slides():\n    open_deck(s)\nclose()", []),
    "closed in a loop": ("open_deck('a')\nfor s in slides():\n    close()", [(1, "after", "warning")]),
    "left by break": (
        "for s in slides():\n    open_deck(s)\n    if s:\n        break\n    close()",
        [(2, "after", "error")],
    ),
    "left by return": (
        "def f():\n    open_deck('a')\n    if slides():\n        return\n    close()\nf()",
        [(2, "after", "error")],
    ),
    "function closes": ("def end():\n    close()\nopen_deck('a')\nend()", []),
    "finally": ("open_deck('a')\ntry:\n    slides()\nfinally:\n    close()", []),
    "opened under the finally": ("try:\n    open_deck('a')\n    slides()\nfinally:\n    close()", []),
    "return under a finally": (
        "def f():\n    open_deck('a')\n    try:\n        return slides()\n    finally:\n        close()\nf()",
        [],
    ),
    "failure swallowed": (
        "try:\n    open_deck('a')\n    slides()\n    close()\nexcept RuntimeError:\n    pass",
        [(2, "after", "warning")],
    ),
    "failure ends the program": ("open_deck('a')\nif slides():\n    raise RuntimeError('x')\nclose()", []),
}


@pytest.mark.parametrize("name", AFTER)
def test_after_holds_on_every_path(check, name):
    code, expected = AFTER[name]
    assert composition(check(HEAD + code)) == expected


ONCE = {
    "once": ("login()", []),
    "twice": ("login()\nlogin()", [(1, "once", "error")]),
    "either way": ("if slides():\n    login()\nelse:\n    login()", []),
    "in a loop": ("for s in slides():\n    login()", [(2, "once", "error")]),
    "loop that stops": ("for s in slides():\n    login()\n    break", []),
    "function called twice": ("def f():\n    login()\nf()\nf()", [(2, "once", "error")]),
    "retried": (
        "try:\n    login()\nexcept RuntimeError:\n    login()",
        [],
    ),
}


@pytest.mark.parametrize("name", ONCE)
def test_once_holds_on_every_path(check, name):
    code, expected = ONCE[name]
    assert composition(check(HEAD + code)) == expected


def test_a_finding_quotes_the_owner_and_names_what_is_missing(check):
    (finding,) = check(HEAD + "insert_text('a')").findings
    assert finding.message == "`deck.insert_text` needs a call of `select_title` or `select_content` before it"
    assert finding.hint == "Always select a title or content before you insert text."


def test_a_rule_may_name_an_api_of_another_package(verifier):
    documents = [
        document("shop.pay", rules=[rule("before", "bank.login")]),
        document("bank.login"),
        document("shop.login"),
    ]
    assert verifier.check("import shop, bank\nbank.login()\nshop.pay()", documents).ok
    assert not verifier.check("import shop, bank\nshop.login()\nshop.pay()", documents).ok


def test_a_program_with_too_many_paths_is_not_called_proven(check):
    functions = [f"def f{i}():\n    f{i + 1}()\n    f{i + 1}()\n    f{i + 1}()" for i in range(12)]
    report = check(HEAD + "\n".join(functions) + "\ndef f12():\n    select_title()\nf0()\ninsert_text('a')")
    assert (0, "too-many-paths", "error") in found(report)


def test_a_long_program_is_checked_whole(check):
    code = HEAD + "open_deck('a')\n" + "select_title()\ninsert_text('a')\n" * 300 + "save()"
    assert check(code).ok
