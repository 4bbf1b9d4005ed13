import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.evaluation.recorder import Recording, record
from taskmatrix.sandbox import MontySandbox


def document(package: str, name: str, *parameters: str) -> ApiDocument:
    listed = [{"name": p.rstrip("?"), "required": not p.endswith("?")} for p in parameters]
    return parse_document({"package": package, "name": name, "description": "", "parameters": listed})


APIS = [
    document("shop", "find", "query", "limit?"),
    document("shop", "buy", "item", "gift-note?"),
    document("mail.box", "send mail", "to", "from?"),
]


def record_all(*codes: str) -> list[Recording]:
    async def run() -> list[Recording]:
        sandbox = MontySandbox(max_processes=2)
        try:
            return [await record(code, APIS, sandbox) for code in codes]
        finally:
            await sandbox.aclose()

    return anyio.run(run)


def last_arguments(code: str) -> dict[str, JsonValue]:
    recording = record_all("from shop import find, buy\nx = find('a')\n" + code)[0]
    assert recording.error is None, recording
    return dict(recording.calls[-1].arguments)


def test_calls_are_recorded_by_their_original_names() -> None:
    code = (
        "import mail__box as m\nfrom shop import buy as b\nm.send_s_mail('x', from_='y')\nb(item=1, gift_h_note=[2])"
    )
    (recording,) = record_all(code)
    assert recording.error is None
    assert [(call.api, dict(call.arguments), call.id) for call in recording.calls] == [
        ("mail.box.send mail", {"to": "x", "from": "y"}, "c0"),
        ("shop.buy", {"item": 1, "gift-note": [2]}, "c1"),
    ]


@pytest.mark.parametrize(
    ("expression", "field"),
    [
        ("x", None),
        ("x['id']", "id"),
        ("x.id", "id"),
        ("x.get('id')", "id"),
        ("x['items'][0]['id']", "items[0].id"),
        ("x.items_[0].id", "items_[0].id"),
        ("x[0]", "[0]"),
        ("str(x['id'])", "id"),
        ("f'{x}'", None),
        ("int(x.n)", "n"),
        ("(lambda y: y['a'])(x)", "a"),
    ],
)
def test_a_result_or_a_field_of_it_is_recorded_as_a_reference(expression: str, field: str | None) -> None:
    reference = {"$ref": "c0"} if field is None else {"$ref": "c0", "field": field}
    assert last_arguments(f"buy({expression})") == {"item": reference}


def test_references_are_found_inside_lists_and_objects() -> None:
    expected: JsonValue = {"a": [{"$ref": "c0", "field": "id"}, 1], "b": {"$ref": "c0"}}
    assert last_arguments("buy({'a': [x.id, 1], 'b': x})") == {"item": expected}


def test_a_result_passes_through_functions_and_loops_over_own_lists() -> None:
    code = "def f(y):\n    return y\nfor q in ['p', 'q']:\n    buy(f(find(q)))"
    (recording,) = record_all("from shop import find, buy\n" + code)
    assert recording.error is None
    assert [dict(call.arguments) for call in recording.calls if call.api == "shop.buy"] == [
        {"item": {"$ref": "c0"}},
        {"item": {"$ref": "c2"}},
    ]


@pytest.mark.parametrize(
    "code",
    [
        "for y in x:\n    buy(y)",
        "for y in x.items():\n    buy(y)",
        "a, b = x",
        "[buy(y) for y in x['list']]",
        "if x:\n    buy(1)",
        "if not x['ok']:\n    buy(1)",
        "buy(1 if x.ok else 2)",
        "buy(x.a or 'default')",
        "while x:\n    pass",
        "if x['n'] > 3:\n    buy(1)",
        "if x is None:\n    buy(1)",
        "if 'a' in x:\n    buy(1)",
        "buy([y for y in [1, 2] if x])",
        "len(x)",
        "sorted(x)",
        "buy(x['n'] + 1)",
        "buy('a' + x['n'])",
        "if isinstance(x, dict):\n    buy(1)",
        "if bool(x):\n    buy(1)",
        "assert x",
        "match x:\n    case 1:\n        buy(1)",
        "try:\n    for y in x:\n        pass\nexcept Exception:\n    pass\nbuy(1)",
        "import json\njson.dumps(x)",
    ],
)
def test_branching_iterating_and_computing_on_a_result_is_an_error_of_its_own_kind(code: str) -> None:
    (recording,) = record_all("from shop import find, buy\nx = find('a')\n" + code)
    assert recording.error == "opaque", recording


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def f(:", "syntax"),
        ("def f():\n    yield 1", "unsupported"),
        ("from shop import find\nlist(map(find, ['a']))", "unsupported"),
        ("a" * 300_000, "syntax"),
        ("(" * 500 + ")" * 500, "syntax"),
        ("\x00", "syntax"),
        ("from shop import sell", "unknown-api"),
        ("import nowhere", "unknown-api"),
        ("import shop\nshop.sell()", "unknown-api"),
        ("1 / 0", "raised"),
        ("unknown_name", "raised"),
        ("while True:\n    pass", "limit"),
        ("from shop import find\nfor i in range(10_000):\n    find(i)", "limit"),
    ],
)
def test_programs_that_break_off_are_told_apart(code: str, error: str) -> None:
    assert record_all(code)[0].error == error


def test_what_an_api_would_refuse_is_recorded_as_asked() -> None:
    (recording,) = record_all("from shop import find\nfind()\nfind(1, 2, 3)\nfind(q=1)")
    assert [dict(call.arguments) for call in recording.calls] == [{}, {"query": 1, "limit": 2, "#3": 3}, {"q": 1}]


def test_programs_use_their_own_classes_methods_and_modules_as_always() -> None:
    code = """
import datetime, math
from dataclasses import dataclass
from shop import buy

@dataclass
class Point:
    x: int

    def double(self):
        return self.x * 2

p = Point(4)
words = "b a".split()
words.append("c")
words.sort()
d = {"k": 1}
d.update(z=-2)
buy([p.x, p.double(), ",".join(words), d.get("k"), d["z"], math.floor(2.5), datetime.date(2024, 1, 2).isoformat()])
if p.x > 3 and not words == []:
    buy(str(5))
"""
    (recording,) = record_all(code)
    assert recording.error is None, recording
    assert recording.calls[0].arguments["item"] == [4, 8, "a,b,c", 1, -2, 2, "2024-01-02"]
    assert recording.calls[1].arguments["item"] == "5"


@given(st.text(max_size=60))
def test_any_text_is_recorded_or_refused_and_never_raises(text: str) -> None:
    async def run() -> Recording:
        sandbox = MontySandbox(max_processes=1)
        try:
            return await record(text, APIS, sandbox)
        finally:
            await sandbox.aclose()

    assert isinstance(anyio.run(run), Recording)
