import random
from collections.abc import Sequence
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.assignment import assign
from taskmatrix.core.calls import Comparison, Order, compare_calls
from taskmatrix.core.matching import ArgumentCounts, ExpectedCall
from taskmatrix.core.protocols import Call


@st.composite
def gold(draw: st.DrawFn) -> list[ExpectedCall]:
    """Draw expected calls of few APIs with few values, so that many look alike; some refer to earlier ones."""
    calls: list[ExpectedCall] = []
    for index in range(draw(st.integers(0, 7))):
        value: JsonValue = draw(st.integers(0, 1))
        if index and draw(st.booleans()):
            value = {"$ref": f"c{draw(st.integers(0, index - 1))}"}
        calls.append(ExpectedCall(draw(st.sampled_from(["p.f", "p.g"])), {"x": [value]}, id=f"c{index}"))
    return calls


def echo(expected: Sequence[ExpectedCall]) -> list[Call]:
    """Return the program of an oracle: each call with its first accepted values, under ids of its own."""
    return [
        Call(call.api, {name: _own(values[0]) for name, values in call.arguments.items()}, id=f"p_{call.id}")
        for call in expected
    ]


def _own(value: JsonValue) -> JsonValue:
    return {"$ref": f"p_{value['$ref']}", "field": "x"} if isinstance(value, dict) else value


def compare(predicted: Sequence[Call], expected: Sequence[ExpectedCall], order: Order = "any") -> Comparison:
    return compare_calls(predicted, expected, order, {})


@given(gold(), st.sampled_from(["any", "sequence", "dag"]))
def test_an_oracle_that_echoes_the_gold_is_right_in_everything(expected: list[ExpectedCall], order: Order) -> None:
    comparison = compare(echo(expected), expected, order)
    assert comparison.exact
    assert comparison.arguments.right
    assert comparison.calls.matched == comparison.calls.predicted == comparison.calls.expected == len(expected)


@given(gold(), st.randoms(use_true_random=False))
def test_permuting_the_calls_of_any_changes_nothing(expected: list[ExpectedCall], chance: random.Random) -> None:
    predicted = echo(expected)
    chance.shuffle(predicted)
    comparison = compare(predicted, expected)
    assert comparison.exact
    assert comparison.arguments.right


@given(gold(), gold(), st.randoms(use_true_random=False))
def test_counts_do_not_depend_on_the_order_of_the_program(
    made: list[ExpectedCall], expected: list[ExpectedCall], chance: random.Random
) -> None:
    predicted = echo(made)
    shuffled = chance.sample(predicted, len(predicted))
    one, other = compare(predicted, expected), compare(shuffled, expected)
    assert one.calls == other.calls
    assert one.exact == other.exact


@given(gold(), st.data())
def test_leaving_out_or_adding_a_call_is_never_exact(expected: list[ExpectedCall], data: st.DataObject) -> None:
    predicted = echo(expected)
    assert not compare([*predicted, Call("p.f", {"x": 1}, id="more")], expected).exact
    if predicted:
        del predicted[data.draw(st.integers(0, len(predicted) - 1))]
        comparison = compare(predicted, expected)
        assert not comparison.exact
        assert comparison.calls.matched == len(expected) - 1


def test_a_sequence_wants_its_order_and_any_does_not() -> None:
    expected = [ExpectedCall("p.a", id="c0"), ExpectedCall("p.b", id="c1")]
    predicted = [Call("p.b", id="0"), Call("p.a", id="1")]
    assert not compare(predicted, expected, "sequence").exact
    assert compare(predicted, expected, "any").exact
    assert compare(predicted, expected, "sequence").calls.matched == 2


def test_a_dag_takes_any_order_in_which_references_point_backwards() -> None:
    expected = [
        ExpectedCall("p.a", id="c0"),
        ExpectedCall("p.b", id="c1"),
        ExpectedCall("p.c", {"x": [{"$ref": "c0"}], "y": [{"$ref": "c1"}]}, id="c2"),
    ]
    calls = echo(expected)
    right = [list(order) for order in permutations(calls) if compare(order, expected, "dag").exact]
    assert right == [[calls[0], calls[1], calls[2]], [calls[1], calls[0], calls[2]]]


def test_two_calls_alike_are_told_apart_by_who_refers_to_them() -> None:
    expected = [
        ExpectedCall("p.get", {"q": ["a", "b"]}, id="c0"),
        ExpectedCall("p.get", {"q": ["a", "b"]}, id="c1"),
        ExpectedCall("p.send", {"to": ["x"], "what": [{"$ref": "c1"}]}, id="c2"),
        ExpectedCall("p.send", {"to": ["y"], "what": [{"$ref": "c0"}]}, id="c3"),
    ]
    predicted = [
        Call("p.get", {"q": "a"}, id="0"),
        Call("p.get", {"q": "b"}, id="1"),
        Call("p.send", {"to": "x", "what": {"$ref": "0"}}, id="2"),
        Call("p.send", {"to": "y", "what": {"$ref": "1"}}, id="3"),
    ]
    assert compare(predicted, expected).exact
    assert compare(predicted, expected).alignment == (1, 0, 2, 3)
    crossed = [*predicted[:3], Call("p.send", {"to": "y", "what": {"$ref": "0"}}, id="3")]
    assert not compare(crossed, expected).exact


def test_many_calls_alike_are_compared_without_trying_every_way() -> None:
    expected = [ExpectedCall("p.f", {"x": [{"$ref": f"c{i}"}]}, id=f"c{i + 1}") for i in range(40)]
    expected.insert(0, ExpectedCall("p.f", {"x": [1]}, id="c0"))
    predicted = [Call("p.f", {"x": 1}, id=f"{i}") for i in range(len(expected))]
    assert not compare(predicted, expected, "dag").exact
    assert compare(echo(expected), expected, "dag").exact


def test_arguments_of_calls_without_a_partner_count_as_wrong() -> None:
    expected = [ExpectedCall("p.f", {"a": [1], "b": [2], "c": []}, optional=frozenset({"b"}))]
    comparison = compare([Call("p.g", {"a": 1, "b": 2})], expected)
    assert comparison.arguments == ArgumentCounts(matched=0, predicted=2, expected=1)
    assert comparison.alignment == (None,)


@given(st.integers(0, 4), st.integers(0, 4), st.data())
def test_the_assignment_has_the_greatest_weight_of_all(rows: int, columns: int, data: st.DataObject) -> None:
    weights = [[data.draw(st.integers(-9, 9)) for _ in range(columns)] for _ in range(rows)]
    found = assign(weights)
    used = [column for column in found if column is not None]
    assert len(found) == rows
    assert len(set(used)) == len(used) == min(rows, columns)
    total = sum(weights[row][column] for row, column in enumerate(found) if column is not None)
    if rows <= columns:
        ways = [sum(weights[r][c] for r, c in enumerate(way)) for way in permutations(range(columns), rows)]
    else:
        ways = [sum(weights[r][c] for c, r in enumerate(way)) for way in permutations(range(rows), columns)]
    assert total == max(ways)
