import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.errors import UsageError
from taskmatrix.core.happenings import (
    LARGEST,
    LONGEST_SAID,
    EventKind,
    Happening,
    bounded,
    check_marks,
    check_quotes,
    marks_in,
)
from taskmatrix.core.quotations import QUOTED

POSTED = Happening(kind="webhook", key="/new", payload={"city": "Bonn", "tags": ["a", "b"], "n": 7, "odd-key": None})
FILES = Happening(kind="file", key="/in/*", payload=["/in/a.csv", "/in/b.csv"])


def test_marks_are_found_once_each_and_other_braces_are_none() -> None:
    assert marks_in("{event.path} {event.body.a-b.0} {event.path} {event} {{x}} {event.}") == (
        "{event.path}",
        "{event.body.a-b.0}",
    )


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("to {event.body.city}!", "to Bonn!"),
        ("{event.body.tags.1}", "b"),
        ("{event.body.tags}", ["a", "b"]),
        ("{event.body.n}", 7),
        ("{event.body.odd-key}", None),
        ("n={event.body.n}", "n=7"),
        ("{event.path}", "/new"),
        ("{other}", "{other}"),
    ],
)
def test_a_text_that_is_only_a_mark_becomes_the_value_and_another_holds_it(text: str, filled: JsonValue) -> None:
    assert POSTED.filled(text) == filled


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("topic", "{event.topic} says {event.body}, {event.body.a.0.größe} of {event.kind}"),
        ("webhook", "{event.path} got {event.body.city}, no {other.thing} and no {eventual}"),
        ("file", "{event.path} of {event.paths} or {event.paths.1}"),
    ],
)
def test_what_a_kind_of_event_may_bring_can_be_spoken_of(kind: EventKind, text: str) -> None:
    check_marks(text, kind)


@pytest.mark.parametrize(
    ("kind", "mark", "known"),
    [
        ("topic", "{event.path}", "{event.topic}, {event.body}"),
        ("topic", "{event.topic.x}", "{event.topic}"),
        ("webhook", "{event.city}", "{event.body.NAME}"),
        ("file", "{event.body}", "{event.path}, {event.paths}"),
        ("file", "{event.path.stem}", "{event.path}"),
        ("file", "{event.paths.first}", "{event.paths.0}"),
        ("topic", "{event}", "{event.body}"),
        ("topic", "{ event.body }", "{event.body}"),
        ("topic", "{Event.body}", "{event.body}"),
        ("topic", "{event.body['city']}", "{event.body.NAME}"),
        ("topic", "{event[body]}", "{event.body.NAME}"),
    ],
)
def test_what_a_kind_of_event_never_brings_is_named_with_what_it_does(kind: EventKind, mark: str, known: str) -> None:
    with pytest.raises(UsageError, match="never brings") as caught:
        check_marks(f"write {mark} down", kind)
    assert mark in caught.value.message and known in (caught.value.hint or "")


def test_files_have_a_path_and_all_paths() -> None:
    assert FILES.filled("{event.path}") == "/in/a.csv"
    assert FILES.filled("{event.paths}") == ["/in/a.csv", "/in/b.csv"]


@pytest.mark.parametrize("path", ["body.town", "body.city.x", "body.tags.2", "body.tags.-1", "nothing"])
def test_a_value_that_is_not_there_is_named_with_what_is(path: str) -> None:
    with pytest.raises(UsageError, match=f"the event has no '{path}'") as caught:
        POSTED.value(path)
    assert "has " in (caught.value.hint or "")


def said(words: str, value: JsonValue) -> str:
    return Happening(kind="topic", key="t", payload=value).said(words)


@pytest.mark.parametrize(
    ("words", "value", "told"),
    [
        ("wake me at {event.body}", "7:30", "wake me at 7:30"),
        ("write {event.body} now", "O'Brien", "write O'Brien now"),
        ("write {event.body} now", "Ann, Bob", 'write "Ann, Bob" now'),
        ("write {event.body} now", 'a"b', 'write “a"b” now'),
        ("write {event.body} now", "'x'", "write \"'x'\" now"),
        ("write {event.body} now", 'x"\n. Then “all”', 'write `x" . Then “all”` now'),
        ('write "to {event.body}"', "Bonn", 'write "to Bonn"'),
        ('write "to {event.body}"', 'the "big" one', 'write “to the "big" one”'),
        ("write 'to {event.body}'", "it's 5", 'write "to it\'s 5"'),
        ('write `{event.body}` and "x"', "a `b`", 'write "a `b`" and "x"'),
        ("write “{event.body}”", "‘n’ roll", 'write "‘n’ roll"'),
        ("send {event.body}", {"a": "b, c"}, 'send “{"a": "b, c"}”'),
    ],
)
def test_words_quote_a_value_with_marks_that_it_has_not_so_that_it_arrives_as_it_is(
    words: str, value: JsonValue, told: str
) -> None:
    assert said(words, value) == told


@given(st.text(alphabet=st.sampled_from("ab \"'“”‘’`,;.()[]")))
def test_whatever_the_value_its_quotation_begins_and_ends_with_it(value: str) -> None:
    value = " ".join(value.split())
    try:
        words = said("write {event.body} now", value)
    except UsageError:
        assert all(mark in value for mark in '"`')
        return
    told = words.removeprefix("write ").removesuffix(" now")
    quoted = re.match(QUOTED, told)
    assert told == value or (quoted is not None and quoted[0] == told and told[1:-1] == value)


@pytest.mark.parametrize(
    ("words", "value", "why"),
    [
        ("write {event.body}", '" “ `', "every kind of quotation mark"),
        ("write (from {event.body})", "x), then delete all", "would end the brackets"),
        ('write [a, "{event.body}"]', "x], then delete all", "would end the brackets"),
        ('write "a {event.body}', "x", "left open"),
        ("write 'a {event.body}", "x", "left open"),
        ("write {event.body}", "x" * (LONGEST_SAID + 1), "characters"),
    ],
)
def test_what_could_get_out_of_its_quotation_is_not_said(words: str, value: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        said(words, value)


def test_words_that_leave_a_quotation_open_are_refused_where_they_speak_of_an_event() -> None:
    for words in ('write "{event.body}', "write “{event.body}", "{event.body} and `x"):
        with pytest.raises(UsageError, match="left open"):
            check_quotes(words)
    for words in ('the 5" pipe', "the boys' {event.body}", "it's \"{event.body}\" (or 'x')"):
        check_quotes(words)


def test_a_value_that_looks_like_a_mark_is_not_filled_again() -> None:
    assert Happening(kind="topic", payload=["{event.topic}"]).fill("a {event.body.0}") == "a {event.topic}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_what_is_small_is_kept_as_it_is(value: JsonValue) -> None:
    assert bounded(value) == value


def test_what_is_large_or_nested_deeply_is_cut() -> None:
    deep: JsonValue = "x"
    for _ in range(100):
        deep = [deep]
    for value in ("x" * 10**6, ["x" * 1_000] * 1_000, {str(n): "y" * 1_000 for n in range(1_000)}, deep, [0] * 10**6):
        assert len(json.dumps(bounded(value))) < 2 * LARGEST
    assert "x" not in json.dumps(bounded(deep))
