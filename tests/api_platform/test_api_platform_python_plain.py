"""Functions without `@api`, which are APIs because a user named them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import anyio
import pytest
from pydantic import JsonValue

from taskmatrix.api_platform.callers.choice import caller_for
from taskmatrix.api_platform.importers.jsonl import read_jsonl
from taskmatrix.api_platform.importers.python import read_functions
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.core.documents import ApiDocument, Source
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiNotCallableError, ImportRefusedError
from taskmatrix.testing import LocalContext

CODE = '''
"""Things that somebody wrote for other purposes."""
from __future__ import annotations
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import Ghost

def typed(count: int, name: str = "a", *more: str, where: Path | None = None, **rest: object) -> list[str]:
    """Repeat a name.

    :param count: How often.
    :param name: What.
    :raises ValueError: Never.
    """
    return [name] * count + [str(where)]

def with_callback(text: str, key: Callable[[str], str] | None = None) -> str:
    """Change a text."""
    return (key or str.upper)(text)

def only_callback(key: Callable[[str], str]) -> str:
    """Call something."""
    return key("")

def haunted(ghost: Ghost, times: int = 2) -> Ghost:
    """Boo.

    Parameters
    ----------
    ghost : str
    times : int, optional
        How often.
    """
    return ghost * times

def undocumented(a, b=(1, 2), c=object(), /):
    return [a, list(b), c is not None]

async def later(a: int) -> int:
    """Wait."""
    return a

def _hidden() -> int:
    """Hide."""
    return 1

class Kind:
    """A class."""
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module that can be imported."""
    (tmp_path / "somebodys.py").write_text(dedent(CODE))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "somebodys"
    sys.modules.pop("somebodys", None)


@pytest.fixture
def context(tmp_path: Path) -> LocalContext:
    return LocalContext(tmp_path)


def documents(reading: Reading) -> dict[str, ApiDocument]:
    return {document.name: document for document in reading.documents}


def call(document: ApiDocument, context: LocalContext, **arguments: JsonValue) -> JsonValue:
    return anyio.run(caller_for(document), document, arguments, context)


def test_the_public_functions_of_a_module_become_apis(module: str) -> None:
    reading = read_functions(module)
    found = documents(reading)
    assert list(found) == ["typed", "with_callback", "haunted", "undocumented", "later"]
    assert reading.identity == "python:somebodys:"
    assert reading.packages[0].description == "Things that somebody wrote for other purposes."
    assert found["typed"].source.model_dump() == {
        "kind": "python",
        "module": "somebodys",
        "function": "typed",
        "plain": True,
    }
    assert found["typed"].effects.kind == "write" and found["typed"].effects.inferred
    assert [problem.message for problem in reading.invalid.first] == [
        "only_callback is left out: only_callback: the type of 'key' has no JSON form"
    ]
    assert {problem.message for problem in reading.notes.first} >= {
        "with_callback is imported without key, which no program could give"
    }


def test_signature_hints_and_docstring_make_the_document(module: str) -> None:
    found = documents(read_functions(module))
    typed = found["typed"]
    assert [(p.name, p.required, p.description) for p in typed.parameters] == [
        ("count", True, "How often."),
        ("name", False, "What."),
        ("where", False, ""),
    ]
    assert typed.parameters[0].type == {"type": "integer"} and typed.parameters[1].default == "a"
    assert typed.returns.type == {"type": "array", "items": {"type": "string"}}
    assert [e.name for e in typed.errors] == ["ValueError"]
    haunted = found["haunted"]
    assert [p.type.get("type") for p in haunted.parameters] == ["string", "integer"]
    undocumented = found["undocumented"]
    assert undocumented.description == "" and undocumented.parameters[0].type == {}
    assert undocumented.parameters[1].default == [1, 2]
    assert not undocumented.parameters[2].required and not undocumented.parameters[2].has_default


def test_plain_functions_are_called(module: str, context: LocalContext) -> None:
    found = documents(read_functions(module))
    assert call(found["typed"], context, count=2, where="/x") == ["a", "a", "/x"]
    assert call(found["with_callback"], context, text="a") == "A"
    assert call(found["undocumented"], context, a=1) == [1, [1, 2], True]
    assert call(found["later"], context, a=3) == 3
    assert call(found["haunted"], context, ghost="bo") == "bobo"
    with pytest.raises(ApiArgumentError, match="count"):
        call(found["typed"], context, count="many")
    with pytest.raises(ApiArgumentError, match="rest"):
        call(found["typed"], context, count=1, rest=1)
    with pytest.raises(ApiError, match="TypeError"):
        call(found["haunted"], context, ghost=None)


def test_one_function_can_be_named_also_a_private_one(module: str, context: LocalContext) -> None:
    reading = read_functions(module, "_hidden", options=ImportOptions(package="mine"))
    document = documents(reading)["_hidden"]
    assert reading.identity == "python:somebodys:_hidden" and document.package == "mine"
    assert call(document, context) == 1


@pytest.mark.parametrize(
    "name", ["nothing", "Kind", "only_callback", "__doc__", "__getattribute__", "typed.real", "a b"]
)
def test_a_named_function_that_cannot_be_an_api_is_refused(module: str, name: str) -> None:
    with pytest.raises(ImportRefusedError, match="somebodys"):
        read_functions(module, name)


def test_a_module_without_functions_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match="keyword"):
        read_functions("this_is_no_module_keyword")
    with pytest.raises(ImportRefusedError, match="no public functions"):
        read_functions("numbers")


def test_functions_of_the_standard_library_are_called(context: LocalContext) -> None:
    found = documents(read_functions("statistics"))
    assert len(found) > 15
    assert call(found["median"], context, data=[3, 1, 2]) == 2
    assert call(found["linear_regression"], context, x=[1, 2], y=[2, 4]) == [2.0, 0.0]
    dumps = documents(read_functions("json", "dumps"))["dumps"]
    assert call(dumps, context, obj={"b": 1, "a": None}, sort_keys=True) == '{"a": null, "b": 1}'


def test_arrays_come_back_as_lists(context: LocalContext) -> None:
    found = documents(read_functions("numpy.linalg"))
    norm = found["norm"]
    assert norm.description.startswith("Matrix or vector norm.")
    keepdims = norm.parameter("keepdims")
    assert keepdims is not None and keepdims.type["type"] == "boolean" and keepdims.description
    assert call(norm, context, x=[3, 4]) == 5.0
    assert call(found["inv"], context, a=[[2, 0], [0, 4]]) == [[0.5, 0.0], [0.0, 0.25]]
    with pytest.raises(ApiError, match="LinAlgError"):
        call(found["inv"], context, a=[[0, 0], [0, 0]])


def test_only_what_the_import_marked_is_called(module: str, context: LocalContext) -> None:
    document = documents(read_functions(module, "later"))["later"]
    given: dict[str, JsonValue] = dict(document.source.model_dump())
    for changed in (
        {"plain": False},
        {"plain": "true"},
        {"plain": 1},
        {"function": "__import__"},
        {"function": "gone"},
    ):
        other = document.model_copy(update={"source": Source.model_validate(given | changed)})
        with pytest.raises(ApiNotCallableError):
            caller_for(other)


def test_a_file_of_documents_cannot_make_a_function_callable(tmp_path: Path) -> None:
    document = documents(read_functions("statistics", "median"))["median"]
    (tmp_path / "apis.jsonl").write_text(json.dumps(document.to_json()) + "\n")
    reading = read_jsonl(tmp_path / "apis.jsonl", ImportOptions(), lambda *_: None)
    (read,) = reading.documents
    assert read.id == "statistics.median" and read.source.kind == "none" and reading.notes.count == 1
    with pytest.raises(ApiNotCallableError):
        caller_for(read)
