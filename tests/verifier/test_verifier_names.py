import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verifier_documents import DECK, document, found


def test_a_correct_program_is_ok_with_its_calls_in_text_order_and_their_effects(check):
    report = check(
        "import deck\nfrom mail import send as post\n"
        "def fill(text):\n    deck.select_content()\n    deck.insert_text(text)\n"
        "deck.open_deck('a.pptx')\nfor title in deck.slides():\n    fill(title)\n    post(to=title)\ndeck.save()"
    )
    assert report.ok and report.findings == ()
    assert report.calls == (
        "deck.select_content",
        "deck.insert_text",
        "deck.open_deck",
        "deck.slides",
        "mail.send",
        "deck.save",
    )
    assert report.effects == {
        "deck.insert_text": "write",
        "deck.open_deck": "write",
        "mail.send": "write",
        "deck.save": "write",
    }


def test_a_destructive_call_is_reported_as_such(check):
    assert check("from deck import delete_deck\ndelete_deck()").effects == {"deck.delete_deck": "destructive"}


def test_an_unknown_api_names_the_nearest(check):
    report = check("from deck import inset_text\nimport deck\ndeck.select_titel()")
    assert found(report) == [(1, "unknown-api", "error"), (3, "unknown-api", "error")]
    assert "deck.insert_text" in report.findings[0].hint and "deck.select_title" in report.findings[1].hint


def test_an_unknown_package_names_those_on_offer(check):
    report = check("import decks\nfrom nowhere import x")
    assert found(report) == [(1, "unknown-package", "error"), (2, "unknown-package", "error")]
    assert "deck" in report.findings[0].hint


def test_a_call_without_its_import_is_told_which_import(check):
    report = check("select_title()\nmail.send('x')\nselect_titl()")
    assert [f.hint for f in report.findings] == [
        "add `from deck import select_title`",
        "add `import mail`",
        "nearest: deck.select_title, deck.select_content",
    ]


def test_a_package_named_like_a_standard_module_is_pointed_to(verifier):
    documents = [document("math.evaluate", ("expression", {"type": "string"})), document("calendar.add")]
    report = verifier.check("from math import evaluate\nimport calendar\nfrom math import sqrt", documents)
    hints = " ".join(f.hint for f in report.findings)
    assert "`math_`" in hints and "`calendar_`" in hints and all(f.line < 3 for f in report.findings)
    assert verifier.check("from math_ import evaluate\nimport math\nevaluate(str(math.pi))", documents).ok


def test_types_are_checked_against_the_documents(check):
    report = check("from deck import open_deck, slides, save\nopen_deck(3)\nfor s in slides():\n    s + 1\nsave('x')")
    assert [f.line for f in report.findings] == [2, 4, 5] and not report.ok


def test_ways_around_the_check_are_errors(check):
    report = check(
        "import deck\nd = deck\neval('1')\nexec('x = 1')\n__import__('deck')\ngetattr(deck, 'delete_deck')()"
        "\nprint(deck)"
    )
    named = {(line, rule) for line, rule, _ in found(report)}
    assert {(2, "indirect-call"), (3, "dynamic-code"), (4, "dynamic-code"), (5, "dynamic-code")} <= named
    assert {(6, "indirect-call"), (7, "indirect-call")} <= named


@pytest.mark.parametrize(
    "code",
    [
        "from deck import save\nsave = 3",
        "from deck import save\ndef save(): pass",
        "from deck import save\nfor save in [1]: pass",
        "from deck import save\ndef f(save): return save",
        "import deck\ndeck = 1",
    ],
)
def test_a_name_that_means_an_api_and_something_else_is_an_error(check, code):
    report = check(code)
    assert (2, "shadowed-api", "error") in found(report)


@pytest.mark.parametrize(
    "call",
    [
        "list(map(slides, [1]))",
        "sorted([1], key=lambda x: len(slides()))",
        "[2, 1].sort(key=helper)",
        "max([1], key=outer)",
        "list(filter(lambda x: outer(x), [1]))",
        "class A:\n    def __repr__(self):\n        return str(slides())",
    ],
)
def test_a_call_that_a_built_in_would_make_is_found_before_it_fails(check, call):
    code = f"from deck import slides\ndef helper(x):\n    return slides()\ndef outer(x):\n    return helper(x)\n{call}"
    assert "call-in-callback" in {rule for _, rule, _ in found(check(code))}
    assert check("from deck import slides\nsorted(slides(), key=len)\n[len(s) for s in slides()]").ok


def test_written_values_outside_choices_or_bounds_are_warnings(check):
    report = check(
        "from mail import send, colour\nsend('a', importance=9)\nsend('a', 0)\nsend('a', importance=5)\n"
        "colour(0.7)\ncolour(0.5, tag='too long')\ncolour(level=1.5)"
    )
    assert report.ok
    assert found(report) == [(line, "value-not-allowed", "warning") for line in (2, 3, 5, 6)]
    assert "at most 5" in report.findings[0].message and "one of 0.5, 1.5" in report.findings[2].message


def test_names_that_are_no_identifiers_are_called_by_their_python_names(verifier):
    odd = document("cloud.x")
    odd = odd.model_copy(update={"name": "az acat onboard"})
    report = verifier.check("from cloud import az_s_acat_s_onboard\naz_s_acat_s_onboard()", [odd])
    assert report.ok and report.calls == ("cloud.az acat onboard",)


def test_syntax_errors_and_missing_language_stop_the_program(check):
    assert found(check("def f(:"))[0][1] == "invalid-syntax"
    assert found(check("from deck import slides\ndef g():\n    yield slides()")) == [
        (3, "unsupported-syntax", "error")
    ]


def test_no_documents_leave_plain_python(verifier):
    assert verifier.check("import json\njson.dumps([1])", []).ok
    assert not verifier.check("import deck", []).ok


LINES = [
    "import deck",
    "from deck import *",
    "deck.open_deck('x')",
    "deck",
    "deck.open_deck",
    "x = deck.slides()",
    "for i in x: deck.save()",
    "def f(a, *b, **c): deck.insert_text(*b, **c)",
    "f(1)",
    "f(f)",
    "f = lambda: f()",
    "class A:\n    def m(self): self.m(); deck.login()",
    "A().m()",
    "while True:\n    try:\n        break\n    finally:\n        deck.close()",
    "[deck.login() for i in x if deck.slides()]",
    "try:\n    raise ValueError\nexcept ValueError as deck:\n    pass",
    "with deck.open_deck('x') as y: pass",
    "match x:\n    case [a, *b]: deck.save()",
    "return 3",
    "continue",
    "x = y = (z := deck.slides())",
    "lambda deck: deck.save()",
    "from mail import move, find\nmove(*[find('a')], **{})",
]


@settings(max_examples=60)
@given(data=st.data())
def test_any_arrangement_of_lines_is_checked_without_an_exception(verifier, data):
    code = "\n".join(data.draw(st.lists(st.sampled_from(LINES), max_size=8)))
    report = verifier.check(code, DECK)
    assert all(f.message for f in report.findings)
