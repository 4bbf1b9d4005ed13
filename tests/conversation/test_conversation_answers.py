import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.conversation import answer_text, describe, opened_files
from taskmatrix.conversation.answers import LONGEST_ANSWER
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import ApprovalAnswered, ApprovalRequested, ArtifactMade, CallDone

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain\ntext", "plain\ntext"),
        (None, ""),
        ([], "nothing"),
        ({}, "nothing"),
        (True, "yes"),
        (3.0, "3"),
        (2.5, "2.5"),
        (["a", "b"], "- a\n- b"),
        ({"title": "Big Tech", "slides": 3}, "title: Big Tech\nslides: 3"),
        ({"contents": ["x", "y"]}, "contents:\n  - x\n  - y"),
        ({"note": "one\ntwo"}, "note:\n  one\n  two"),
        ([{"exact": "1/2", "decimal": 0.5, "unit": None}], "- exact 1/2, decimal 0.5"),
        ({"exact": "x", "decimal": None, "notes": "", "tables": [], "pictures": 0}, "exact: x\npictures: 0"),
        ([{"variable": "x", "exact": "2", "decimal": 2.0}], "- variable x, exact 2, decimal 2"),
        ([{"a": [1]}], '- {"a": [1]}'),
    ],
)
def test_values_are_written_as_a_person_reads_them(value: JsonValue, text: str) -> None:
    assert describe(value) == text


@given(JSON)
def test_every_json_value_has_an_answer(value: JsonValue) -> None:
    assert answer_text(value, (), 1)


def test_a_run_without_a_value_names_what_it_made() -> None:
    made = [Artifact(name=n, media_type="text/plain", digest="0" * 64, size=1) for n in ("a.txt", "b.txt", "a.txt")]
    assert answer_text(None, made, 3) == "Made a.txt and b.txt."


def test_the_path_of_what_was_made_is_no_answer_of_its_own() -> None:
    made = [Artifact(name="a.txt", media_type="text/plain", digest="0" * 64, size=1, path="/jobs/a.txt")]
    assert answer_text("/jobs/a.txt", made, 1) == "Made a.txt."
    assert answer_text("/jobs/b.txt", made, 1) == "/jobs/b.txt"


def _artifact(path: str) -> Artifact:
    return Artifact(name=path[1:], media_type="text/plain", digest="0" * 64, size=1, path=path)


def test_a_file_that_was_opened_before_is_changed_and_any_other_is_made() -> None:
    events = [
        CallDone(call=1, result=None, seconds=0, owned={"/old": "a"}),
        CallDone(call=2, result=None, seconds=0, claims={"/new": "/new"}, owned={"/new": "b"}),
        CallDone(call=3, result=None, seconds=0, claims={"/old": "/old"}),
        ArtifactMade(artifact=_artifact("/old"), call=3),
        ArtifactMade(artifact=_artifact("/new"), call=4),
        CallDone(call=5, result=None, seconds=0, owned={"/new": "b"}),
    ]
    opened = opened_files(events)
    assert opened == {"/old"}
    assert answer_text(None, [_artifact("/old")], 5, opened) == "Changed old."
    assert answer_text(None, [_artifact("/new"), _artifact("/old")], 5, opened) == "Changed old. Made new."


def test_a_file_that_was_in_the_way_is_changed_where_its_user_had_it_overwritten() -> None:
    for answer, changed in (("overwrite", {"/there"}), ("rename", set[str]())):
        events = [
            ApprovalRequested(call=1, api="a.save", arguments={}, reason="exists", path="/there", kind="file"),
            ApprovalAnswered(call=1, answer=answer, by="user"),
            CallDone(call=1, result=None, seconds=0, claims={"/there": "/there"}, owned={"/there": "a"}),
            ArtifactMade(artifact=_artifact("/there"), call=1),
        ]
        assert opened_files(events) == changed
    again = [ArtifactMade(artifact=_artifact("/there"), call=0), *events[:1]]
    assert not opened_files([*again, ApprovalAnswered(call=1, answer="overwrite", by="user")])


def test_a_run_that_only_called_says_how_often() -> None:
    assert answer_text(None, (), 1) == "Done, with 1 call."
    assert answer_text(None, (), 2) == "Done, with 2 calls."
    assert answer_text(None, (), 0) == "Done; nothing was called."


def test_a_huge_value_is_cut_and_says_so() -> None:
    text = answer_text("x" * (LONGEST_ANSWER + 1_234), (), 1)
    assert len(text) < LONGEST_ANSWER + 100
    assert text.endswith("1,234 more characters")
