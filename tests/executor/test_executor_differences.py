from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.executor.compensations import MISSING
from taskmatrix.executor.outcomes.conditions import contains
from taskmatrix.executor.outcomes.coverage import Coverage, Filling, overlap, pattern
from taskmatrix.executor.outcomes.differences import Change, differences, down, same

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ROWS = st.lists(
    st.fixed_dictionaries({"id": st.integers(0, 20) | st.text(max_size=3)}, optional={"x": SCALARS}),
    unique_by=lambda row: str(row["id"]),
)
JSON = st.recursive(
    SCALARS | ROWS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner), max_leaves=20
)


def apply(value: Any, changes: list[Change]) -> Any:
    """Make the changes in a tree of dicts, in which lists are objects of a kind: what is compared is the same."""
    tree = {"": _tree(value)}
    for change in changes:
        *way, last = ("", *change.path)
        node = tree
        for name in way:
            node = node[name]
        if change.after is MISSING:
            del node[last]
        else:
            node[last] = _tree(change.after)
    return tree[""]


def _tree(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tree(item) for key, item in value.items()}
    if isinstance(value, list):
        return {key: _tree(down(value, (key,))) for key in _keys(value)}
    return value


def _keys(items: list[Any]) -> list[str]:
    return [change.path[0] for change in Change((), items, MISSING).parts()]


@given(JSON)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(differences(value, value)) == []


@given(JSON, JSON)
def test_the_changes_make_the_one_into_the_other(one: Any, other: Any) -> None:
    found = list(differences(one, other))
    if not any(isinstance(down(side, change.path[:-1]), list) for change in found for side in (one, other)):
        # Where both are lists that are told apart differently, they go by number: no tree says that.
        assert same(apply(one, found), _tree(other))
    assert bool(found) != same(one, other)


@given(JSON, JSON)
def test_the_way_back_is_the_same_way(one: Any, other: Any) -> None:
    there = {(change.path, _shown(change.before), _shown(change.after)) for change in differences(one, other)}
    back = {(change.path, _shown(change.after), _shown(change.before)) for change in differences(other, one)}
    assert there == back


def _shown(value: Any) -> str:
    return "MISSING" if value is MISSING else repr(value)


@given(JSON, JSON)
def test_what_is_allowed_wholly_is_never_beyond_and_what_is_not_always_is(one: Any, other: Any) -> None:
    found = list(differences(one, other))
    everything, nothing = Coverage([()]), Coverage([])
    assert [x for change in found for x in everything.uncovered(change)] == []
    assert [x for change in found for x in nothing.uncovered(change)] == found
    exactly = Coverage([tuple(frozenset((name,)) for name in change.path) for change in found])
    assert [x for change in found for x in exactly.uncovered(change)] == []


def test_lists_of_objects_go_by_id_and_name_whatever_their_order_and_others_by_number() -> None:
    before = {"a": [{"id": 1, "x": 1}, {"id": 2, "x": 2}], "b": [1, 2], "c": [{"name": "n"}], "d": []}
    after = {"a": [{"id": 2, "x": 3}, {"id": 1, "x": 1}], "b": [1, 2, 3], "c": [], "d": [{"id": "new"}]}
    found = {".".join(change.path): (change.before, change.after) for change in differences(before, after)}
    assert found == {
        "a.2.x": (2, 3),
        "b.2": (MISSING, 3),
        "c.n": ({"name": "n"}, MISSING),
        "d.new": (MISSING, {"id": "new"}),
    }


def test_items_of_one_name_share_a_path_so_that_what_may_change_by_it_covers_them() -> None:
    before = {"tags": [{"name": "red", "n": 1}, {"name": "blue", "n": 2}], "rows": [{"id": 1, "x": 1}, {"id": 2}]}
    after = {
        "tags": [{"name": "red", "n": 1}, {"name": "red", "n": 3}, {"name": "blue", "n": 2}],
        "rows": [{"id": 1, "x": 2}, {"id": 2}, {"id": 1, "x": 3}],
    }
    found = {".".join(change.path): change for change in differences(before, after)}
    assert [*found] == ["tags.red", "rows.1.x", "rows.1"]
    allowed = Coverage([pattern("tags.{name}", Filling({"name": "red"})), pattern("rows.*.x", FILLING)])
    assert [one.path for change in found.values() for one in allowed.uncovered(change)] == [("rows", "1", "id")]
    both = [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]
    assert down(both, ("b", "id")) == 1
    assert down([*both, {"id": 2, "name": "b"}], ("2", "name")) == "b"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(1, 1.0, True), (True, 1, False), (0, False, False), ("1", 1, False), (None, MISSING, False), ([], {}, False)],
)
def test_values_are_compared_as_json_does(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal


FILLING = Filling({"slide": 2, "ids": ["a", "b"], "on": True, "x.y": 1.0}, {"order": {"id": "7"}}, {"slide": 3})


@pytest.mark.parametrize(
    ("path", "allowed", "not_allowed"),
    [
        ("slides.{slide}.title", ["slides.2.title", "slides.2.title.x"], ["slides.3.title", "slides.2"]),
        ("slides.*.title", ["slides.9.title"], ["slides.9.text"]),
        ("items.{ids}", ["items.a", "items.b.c"], ["items.c"]),
        ("o{result.order.id}.{on}", ["o7.true"], ["o7.false"]),
        ("{session.slide}", ["3", "3.x"], ["2"]),
        ("{x.y}", ["1"], ["2"]),
        ("{unknown}.a", ["x.a"], ["x.b"]),
        ("", ["a", "b.c"], []),
    ],
)
def test_paths_mean_what_their_placeholders_stand_for(path: str, allowed: list[str], not_allowed: list[str]) -> None:
    covering = Coverage([pattern(path, FILLING)])
    for text in allowed:
        assert list(covering.uncovered(Change(tuple(text.split(".")), 1, 2))) == []
    for text in not_allowed:
        assert len(list(covering.uncovered(Change(tuple(text.split(".")), 1, 2)))) == 1


def test_what_came_as_a_whole_is_allowed_by_its_parts() -> None:
    covering = Coverage([pattern("cart.items", FILLING), pattern("cart.sum", FILLING)])
    came = Change(("cart",), None, {"items": [1], "sum": 2})
    assert list(covering.uncovered(came)) == []
    more = Change(("cart",), MISSING, {"items": [1], "gift": {"x": 1}})
    assert [change.path for change in covering.uncovered(more)] == [("cart", "gift")]


def test_patterns_overlap_where_one_is_part_of_the_other() -> None:
    def patterns(*paths: str) -> list[Any]:
        return [pattern(path, FILLING) for path in paths]

    assert overlap(patterns("slides.2"), patterns("slides.2.title"))
    assert overlap(patterns("slides.*.title"), patterns("slides.9"))
    assert not overlap(patterns("slides.2", "notes"), patterns("slides.3", "saved"))


@pytest.mark.parametrize(
    ("found", "wanted", "holds"),
    [
        ("one two", "two", True),
        ("one", 1, False),
        ([1, {"a": 1}], {"a": 1.0}, True),
        ([1], True, False),
        ({"a": 1, "b": 2}, {"b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, "a", True),
        (7, 7, False),
    ],
)
def test_a_text_a_list_and_an_object_can_hold_something(found: object, wanted: object, holds: bool) -> None:
    assert contains(found, wanted) is holds
