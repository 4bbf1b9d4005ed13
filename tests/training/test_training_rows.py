import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cross_rows import Row, RowMaker, load_tokenizer, read_set

from taskmatrix.mcfm.embedded.learning.aligning import CHOICE, OMIT, OTHER, RESULT, SPAN, TRUE, UNKNOWN
from taskmatrix.models import encoder

TOKENIZER = load_tokenizer(Path(encoder.__file__).with_name("tokenizer.json"))


def parameter(name: str, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {"name": name, "description": f"The {name}.", "required": required, "schema": schema}


TEXT = {"type": "string"}
DOCUMENTS = [
    {
        "package": "shop",
        "name": "order",
        "description": "Order a thing.",
        "parameters": [
            parameter("item", True, type="string"),
            parameter("count", type="integer"),
            parameter("size", type="string", enum=["small", "large"]),
            parameter("wrapped", type="boolean"),
        ],
    },
    {
        "package": "shop",
        "name": "pay",
        "description": "Pay an order.",
        "parameters": [parameter("order_id", True, type="string")],
    },
    {
        "package": "mail",
        "name": "send",
        "description": "Send a letter.",
        "parameters": [
            parameter("address", True, type="object", properties={"street": TEXT, "city": TEXT}),
        ],
    },
]

Rows = Callable[..., list[Row]]


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Rows of one case whose calls are (API, arguments)."""

    def make(
        said: str,
        /,
        *calls: tuple[str, dict[str, Any]],
        negatives: float = 0.0,
        no_more: float = 0.0,
        parted: float = 0.0,
        **more: Any,
    ) -> list[Row]:
        expected = [{"id": f"c{i}", "api": api, "arguments": given} for i, (api, given) in enumerate(calls)]
        offered = [f"{document['package']}.{document['name']}" for document in DOCUMENTS]
        case = {"id": "1", "instruction": said, "apis": offered, "expected": expected, "order": "any", **more}
        for name, lines in (("apis", DOCUMENTS), ("cases", [case])):
            (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        pool, cases = read_set(tmp_path)
        return list(RowMaker(TOKENIZER, no_more=no_more, parted=parted).rows(cases[0], pool, negatives, "test"))

    return make


def words(row: Row, index: int) -> str:
    """Return what the first span of a parameter covers."""
    first, last = next((first, last) for which, first, last in row.spans if which == index)
    return TOKENIZER.decode(row.ids[first : last + 1].tolist())


def test_a_call_becomes_a_row_with_a_target_for_each_parameter(rows: Rows) -> None:
    gold = {"item": ["brass lamp"], "count": [3], "size": ["large"], "wrapped": [True]}
    (row,) = rows("Order three brass lamps, the large ones: brass lamp, wrapped.", ("shop.order", gold))
    assert (row.fit, row.more, row.source) == (1, 0, "test")
    assert row.kinds.tolist() == [SPAN, SPAN, CHOICE, TRUE]
    assert (words(row, 0), words(row, 1)) == ("brass lamp", "three")
    assert len(row.ids) == len(row.roles) == len(row.shapes)


def test_several_calls_of_one_api_are_rows_in_the_order_of_the_text(rows: Rows) -> None:
    calls = [("shop.order", {"item": [item]}) for item in ("tea", "milk")]
    first, second = rows("Order milk and then tea.", *calls)
    assert [words(row, 0) for row in (first, second)] == ["milk", "tea"]
    assert (first.more, second.more) == (1, 0)
    assert first.roles.tolist() != second.roles.tolist()  # what the call before took is marked


def test_an_argument_from_an_earlier_call_is_a_result(rows: Rows) -> None:
    order, pay = rows(
        "Order tea and pay for it.",
        ("shop.order", {"item": ["tea"]}),
        ("shop.pay", {"order_id": [{"$ref": "c0", "field": "id"}]}),
    )
    assert order.kinds.tolist() == [SPAN, OMIT, OMIT, OMIT]
    assert pay.kinds.tolist() == [RESULT]


def test_properties_of_an_object_are_parameters_of_their_own(rows: Rows) -> None:
    gold = {"address": [{"street": "Mill Lane", "city": "York"}]}
    (row,) = rows("Send a letter to Mill Lane in York.", ("mail.send", gold))
    assert row.kinds.tolist() == [SPAN, SPAN]
    assert sorted(words(row, index) for index in (0, 1)) == ["mill lane", "york"]


def test_apis_that_are_not_called_give_rows_that_do_not_fit(rows: Rows) -> None:
    made = rows("Order tea.", ("shop.order", {"item": ["tea"]}), negatives=2.0)
    assert [row.fit for row in made] == [1, 0, 0]
    assert [row.fit for row in rows("Good morning to you all.")] == [0, 0]


def test_a_case_that_waits_for_an_answer_gives_no_rows(rows: Rows) -> None:
    assert rows("Order something.", split="ask") == []


def test_an_api_read_again_after_its_last_call_is_not_called(rows: Rows) -> None:
    call, nothing = rows("Order tea.", ("shop.order", {"item": ["tea"]}), no_more=1.0)
    assert (call.fit, nothing.fit) == (1, 0)
    assert call.roles.tolist() != nothing.roles.tolist()


def test_what_is_said_in_other_words_is_not_told_to_be_unsaid(rows: Rows) -> None:
    for more, kind in (({}, OTHER), ({"said": "all"}, UNKNOWN)):
        row, *_ = rows("Order the usual.", ("shop.order", {"item": ["oolong"]}), **more)
        assert row.kinds.tolist() == [kind, OMIT, OMIT, OMIT]


def test_each_of_several_calls_is_read_once_more_without_the_words_of_the_others(rows: Rows) -> None:
    first, second = ({"item": [item], "count": [count]} for item, count in (("lamps", 3), ("chairs", 5)))
    made = rows(
        "Order 3 lamps in small and 5 chairs in large.", ("shop.order", first), ("shop.order", second), parted=1.0
    )
    alone = [row for row in made if ("lamps" in text(row)) != ("chairs" in text(row))]
    told = [{words(row, index) for index, kind in enumerate(row.kinds) if kind == SPAN} for row in alone]
    assert len(told) == 2 and {"chairs", "5"} in told and {"lamps", "3"} in told
    assert all((row.fit, row.more) == (1, 0) for row in alone)


def test_an_api_is_read_once_more_without_the_words_of_another(rows: Rows) -> None:
    gold = [("shop.order", {"item": ["lamps"], "count": [3]}), ("shop.pay", {"order_id": ["B-77"]})]
    made = rows("Order 3 lamps, then pay the order B-77.", *gold, parted=1.0)
    assert sorted(("lamps" in text(row), "77" in text(row)) for row in made) == [
        (False, True),
        (True, False),
        (True, True),
        (True, True),
    ]


def test_calls_that_no_cut_parts_are_not_read_apart(rows: Rows) -> None:
    gold = [("shop.order", {"item": [item], "size": ["small"]}) for item in ("lamps", "chairs")]
    whole = rows("Order lamps chairs in small.", *gold)
    assert len(rows("Order lamps chairs in small.", *gold, parted=1.0)) == len(whole)


def text(row: Row) -> str:
    return TOKENIZER.decode(row.ids[1 : 1 + row.said].tolist())
