import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.conversation.templates import complete, instruct, missing_values, outline, render
from taskmatrix.core.errors import UsageError
from taskmatrix.core.templates import Slot, Template, TemplateStep

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _template(schema: dict[str, JsonValue] | None = None) -> Template:
    return Template(
        name="greet",
        description="d",
        instruction="Greet {who} {{now}}",
        steps=(TemplateStep(text="Say hello to {who}"),),
        code="from mail import send\nsend(text=who)",
        slots=(Slot(name="who", schema=schema or {}), Slot(name="how", schema={"default": "kindly"})),
    )


@given(JSON)
def test_a_value_becomes_a_literal_that_means_nothing_but_itself(value: JsonValue) -> None:
    tree = ast.parse(render(_template(), {"who": value}))
    first = tree.body[0]
    assert isinstance(first, ast.Assign)
    assert ast.literal_eval(first.value) == value
    assert [type(node).__name__ for node in tree.body] == ["Assign", "Assign", "ImportFrom", "Expr"]


@pytest.mark.parametrize(
    "value",
    ['"); import os; ("', "'''", "a\nimport os\n", "{who}", "\\", "\ud800", "\u202e", "x\u0000", "{0.__class__}"],
)
def test_hostile_values_stay_texts(value: str) -> None:
    code = render(_template(), {"who": value})
    assert len(ast.parse(code).body) == 4
    assert code.count("\n") == render(_template(), {"who": "x"}).count("\n")
    assert "\n" not in instruct(_template(), {"who": value})


def test_a_value_is_said_in_the_instruction_and_the_steps() -> None:
    values = complete(_template(), {"who": ["Ann", "Bob"]})
    assert values["how"] == "kindly"
    assert instruct(_template(), values) == "Greet Ann, Bob {now}"
    assert outline(_template(), values).steps[0].text == "Say hello to Ann, Bob"
    assert len(instruct(_template(), {"who": "x" * 10_000})) < 300


def test_what_is_missing_unknown_or_of_another_type_is_refused() -> None:
    template = _template({"type": "string"})
    assert [slot.name for slot in missing_values(template, {})] == ["who"]
    for values, said in (
        ({}, "needs a value for who"),
        ({"who": "x", "whom": "y"}, "no slot 'whom'"),
        ({"who": 3}, "not of type"),
        ({"who": "x" * 200_000}, "at most"),
    ):
        with pytest.raises(UsageError, match=said):
            render(template, values)
    deep: JsonValue = []
    for _ in range(5_000):
        deep = [deep]
    for value, said in (
        (float("nan"), "who: NaN, infinity"),
        ([1, float("inf")], "who: NaN, infinity"),
        (10**5_000, "who: NaN, infinity and numbers of thousands of digits"),
        (deep, "who: it is nested too deeply"),
    ):
        with pytest.raises(UsageError, match=said) as raised:
            render(_template(), {"who": value})
        assert raised.value.hint
