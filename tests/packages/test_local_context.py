from pathlib import Path

import pytest
from pydantic import JsonValue

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiArgumentError, ApiFileError, UsageError
from taskmatrix.testing import LocalContext, call


@api(effects="write")
def remember(word: str, *, context: RunContext) -> int:
    """Remember a word."""
    words = context.state.setdefault("words", [])
    assert isinstance(words, list)
    words.append(word)
    if word == "bad":
        raise ApiArgumentError("a bad word")
    return len(words)


@api(effects="read")
def double(number: float) -> float:
    """Double a number."""
    return 2 * number


def test_a_local_context_is_a_run_context(tmp_path) -> None:
    context: RunContext = LocalContext(tmp_path)
    assert context.now.tzinfo is not None
    assert context.get_blob(context.put_blob(b"x")) == b"x"
    with pytest.raises(ApiFileError):
        context.get_blob("0" * 64)


def test_state_is_kept_after_success_and_dropped_after_failure(tmp_path) -> None:
    context = LocalContext(tmp_path)
    assert call(remember, context, word="a") == 1
    with pytest.raises(ApiArgumentError):
        call(remember, context, word="bad")
    assert context.state == {"words": ["a"]}
    assert call(remember, context.resumed(), word="b") == 2
    assert context.state == {"words": ["a"]}


@pytest.mark.parametrize("arguments", [{"number": "two"}, {"other": 2}, {"context": 1}])
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, JsonValue]) -> None:
    with pytest.raises(ApiArgumentError):
        call(double, **arguments)
    assert call(double, number=2) == 4


def test_a_function_without_api_or_context_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        call(len)
    with pytest.raises(UsageError):
        call(remember, word="a")


def test_outputs_that_exist_get_a_free_name_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("theirs")
    context = LocalContext(tmp_path)
    target = context.claim_output("a.txt")
    assert target == "a-2.txt"
    artifact = context.write_output("a.txt", b"ours", "text/plain")
    assert (artifact.name, artifact.size) == ("a-2.txt", 4)
    assert context.write_output(target, b"again", "text/plain").path == str(tmp_path / "a-2.txt")
    assert (tmp_path / "a.txt").read_text() == "theirs"
    with pytest.raises(ApiFileError, match="exists"):
        LocalContext(tmp_path, on_existing="refuse").claim_output("a.txt")
    LocalContext(tmp_path, on_existing="overwrite").write_output("a.txt", b"new", "text/plain")
    assert (tmp_path / "a.txt").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-2.txt", "a.txt"]


def test_a_file_that_was_opened_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    context = LocalContext(tmp_path)
    assert context.read_input("a.txt") == b"old"
    context.write_output("a.txt", b"new", "text/plain")
    assert (tmp_path / "a.txt").read_text() == "new"


@pytest.mark.parametrize("path", ["missing.txt", ".", "", "a\0b", "empty.txt"])
def test_what_cannot_be_read_is_a_file_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ApiFileError):
        LocalContext(tmp_path).read_input(path)


@pytest.mark.parametrize("path", ["no/folder/a.txt", ".", ""])
def test_what_cannot_be_written_is_a_file_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(ApiFileError):
        LocalContext(tmp_path).write_output(path, b"x", "text/plain")
