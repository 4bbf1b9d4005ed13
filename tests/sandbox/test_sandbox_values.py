import datetime
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.sandbox.values import MAX_DEPTH, NotJsonError, to_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_values_cross_unchanged(value):
    assert to_json(value) == value
    json.dumps(to_json(value), allow_nan=False).encode()


@given(st.sets(st.integers() | st.text(max_size=3) | st.booleans()))
def test_a_set_becomes_the_same_list_every_time(items):
    assert to_json(items) == to_json({*sorted(items, key=repr)})
    assert len(to_json(items)) == len(items)


def test_tuples_dates_and_number_keys_have_a_json_form():
    when = datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC)
    assert to_json((1, (2, "x"))) == [1, [2, "x"]]
    assert to_json(frozenset({3, 1, 2})) == [1, 2, 3]
    assert to_json({1: when.date(), "t": when.time(), "w": when}) == {
        "1": "2026-03-01",
        "t": "09:30:00",
        "w": "2026-03-01T09:30:00+00:00",
    }


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (b"x", "bytes"),
        (1j, "complex"),
        (object(), "object"),
        (print, "builtin_function"),
        ("\ud800", "surrogate"),
        (10**2000, "bits"),
        ({(1, 2): 3}, "key that is of type tuple"),
        ({True: 3}, "key that is of type bool"),
        ({1: "a", "1": "b"}, "twice"),
    ],
)
def test_what_has_no_json_form_is_refused_by_name(value, named):
    with pytest.raises(NotJsonError, match=named):
        to_json(value)


def test_the_message_says_where_in_the_value_it_is():
    with pytest.raises(NotJsonError, match=r"argument 1\['rows'\]\[2\] is of type bytes"):
        to_json({"rows": [1, 2, b""]}, where="argument 1")


def test_a_value_that_holds_itself_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(NotJsonError, match=f"more than {MAX_DEPTH} deep"):
        to_json(loop)
