import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import anyio
import pytest
from pydantic import JsonValue

from databases import DatabasePlace
from taskmatrix.api_platform import ApiRegistry, caller_for, import_apis, sync
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.documents import ApiDocument, Source
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiFileError, ApiNotCallableError, ApiStateError

Install = Callable[..., Path]


@pytest.fixture
def database_place(tmp_path: Path) -> DatabasePlace:
    """One kind: a call is the same whatever the registry is kept in."""
    return DatabasePlace(tmp_path / "home", None)


CODE = '''
import asyncio, math, threading, time
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Literal
from pydantic import BaseModel
from taskmatrix import RunContext, api
from taskmatrix.core.errors import ApiStateError

class Colour(Enum):
    RED = "red"

class Point(BaseModel):
    x: int
    y: int = 0

@dataclass
class Line:
    start: Point
    end: Point

@api(effects="read")
def plain(a: int, b: int = 2) -> int:
    """Add."""
    return a + b

@api
async def later(a: int) -> int:
    """Wait."""
    await asyncio.sleep(0)
    return a

@api
def typed(day: date, colour: Colour, where: tuple[int, int], point: Point, unit: Literal["mm"] = "mm") -> Line:
    """Take many types."""
    assert isinstance(day, date) and colour is Colour.RED and where == (1, 2) and point.y == 0
    return Line(point, Point(x=where[0]))

@api
def only_by_position(a: int, b: int = 5, c: int = 6, /) -> list[int]:
    """Take positions."""
    return [a, b, c]

@api
def with_context(text: str, context: RunContext) -> str:
    """Use the context."""
    context.state["text"] = text
    return context.run_id

@api
def thread() -> bool:
    """Say whether this is a worker thread."""
    return threading.current_thread() is threading.main_thread()

@api
def fail(how: str) -> None:
    """Fail."""
    if how == "state":
        raise ApiStateError("nothing is open")
    if how == "exit":
        raise SystemExit(4)
    {}[how]

@api
def give(what: str):
    """Give something."""
    loop = []
    loop.append(loop)
    deep = []
    for _ in range(300):
        deep = [deep]
    return {
        "object": object(), "nan": math.nan, "inf": [{"x": -math.inf}], "loop": loop, "deep": deep, "long": 10**5000,
        "bytes": b"\\xff", "set": {1}, "tuple": (1, {"a": None}), "none": None, "date": date(2026, 1, 2),
        "function": len,
    }[what]
'''


class Context:
    """A run's context as far as these functions use it."""

    run_id = "0123456789ab"
    now = datetime(2026, 1, 2, tzinfo=UTC)
    directory = Path()

    def __init__(self) -> None:
        self.state: dict[str, JsonValue] = {}

    def put_blob(self, data: bytes) -> str:
        raise ApiFileError("no blobs here")

    def get_blob(self, digest: str) -> bytes:
        raise ApiFileError("no blobs here")

    def read_input(self, path: str) -> bytes:
        raise ApiFileError("no files here")

    def claim_output(self, path: str) -> str:
        raise ApiFileError("no files here")

    def write_output(self, path: str, data: bytes, media_type: str) -> Artifact:
        raise ApiFileError("no files here")


@pytest.fixture
def file(registry: ApiRegistry, tmp_path: Path) -> Path:
    path = tmp_path / "calls.py"
    path.write_text(CODE)
    list(import_apis(registry, str(path)))
    return path


def call(
    registry: ApiRegistry, name: str, arguments: Mapping[str, JsonValue], context: Context | None = None
) -> JsonValue:
    document = registry.find(name)
    assert document is not None

    async def go() -> JsonValue:
        return await caller_for(document)(document, arguments, context or Context())

    return anyio.run(go)


@pytest.mark.usefixtures("file")
def test_a_function_is_called_with_its_arguments_and_defaults(registry: ApiRegistry) -> None:
    assert call(registry, "calls.plain", {"a": 1}) == 3
    assert call(registry, "calls.plain", {"a": 1, "b": 5}) == 6
    assert call(registry, "calls.later", {"a": 4}) == 4
    assert call(registry, "calls.only_by_position", {"a": 1, "c": 3}) == [1, 5, 3]


@pytest.mark.usefixtures("file")
def test_arguments_are_converted_from_json_and_results_to_json(registry: ApiRegistry) -> None:
    arguments = {"day": "2026-01-02", "colour": "red", "where": [1, 2], "point": {"x": 5}}
    assert call(registry, "calls.typed", arguments) == {"start": {"x": 5, "y": 0}, "end": {"x": 1, "y": 0}}


@pytest.mark.usefixtures("file")
def test_the_context_is_filled_in_and_is_no_argument(registry: ApiRegistry) -> None:
    context = Context()
    assert call(registry, "calls.with_context", {"text": "kept"}, context) == "0123456789ab"
    assert context.state == {"text": "kept"}
    with pytest.raises(ApiArgumentError, match="no parameter 'context'"):
        call(registry, "calls.with_context", {"text": "x", "context": {}})


@pytest.mark.usefixtures("file")
def test_a_plain_function_runs_beside_the_event_loop(registry: ApiRegistry) -> None:
    assert call(registry, "calls.thread", {}) is False


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("calls.plain", {"a": "three"}, "a is 'three'"),
        ("calls.plain", {"a": None}, "a is None"),
        ("calls.plain", {"a": 1.5}, "a is 1.5"),
        ("calls.plain", {"a": 10**5000}, "a is"),
        ("calls.plain", {}, "needs 'a'"),
        ("calls.plain", {"a": 1, "z": 1}, "no parameter 'z'"),
        ("calls.typed", {"day": "x", "colour": "red", "where": [1, 2], "point": {"x": 1}}, "day is 'x'"),
        ("calls.typed", {"day": "2026-01-02", "colour": "red", "where": [1, 2], "point": {"x": []}}, "point.x"),
        ("calls.typed", {"day": "2026-01-02", "colour": "blue", "where": [1, 2], "point": {"x": 1}}, "'red'"),
        ("calls.with_context", {"text": "\ud800"}, "text"),
    ],
)
def test_an_argument_that_does_not_fit_is_named_with_what_was_expected(
    registry: ApiRegistry, name: str, arguments: dict[str, JsonValue], said: str
) -> None:
    with pytest.raises(ApiArgumentError) as caught:
        call(registry, name, arguments)
    assert said in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.usefixtures("file")
def test_an_error_of_ours_is_passed_on_as_it_is(registry: ApiRegistry) -> None:
    with pytest.raises(ApiStateError, match="nothing is open"):
        call(registry, "calls.fail", {"how": "state"})


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(("how", "said"), [("key", "KeyError: 'key'"), ("exit", "SystemExit: 4")])
def test_any_other_error_becomes_ours_with_the_traceback_in_the_log(
    registry: ApiRegistry, how: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(ApiError) as caught:
        call(registry, "calls.fail", {"how": how})
    assert caught.value.message == said
    assert "calls.py" in caplog.text


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("what", ["object", "nan", "inf", "loop", "deep", "long", "bytes", "function"])
def test_a_result_without_a_json_form_is_an_error_naming_its_type(registry: ApiRegistry, what: str) -> None:
    with pytest.raises(ApiError, match="without a JSON form"):
        call(registry, "calls.give", {"what": what})


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("what", "result"), [("set", [1]), ("tuple", [1, {"a": None}]), ("none", None), ("date", "2026-01-02")]
)
def test_a_result_with_a_json_form_is_given_in_it(registry: ApiRegistry, what: str, result: JsonValue) -> None:
    assert call(registry, "calls.give", {"what": what}) == result


def test_a_file_that_changed_is_run_again(registry: ApiRegistry, file: Path) -> None:
    assert call(registry, "calls.plain", {"a": 1}) == 3
    stat = file.stat()
    file.write_text(CODE.replace("return a + b", "return a * b"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert call(registry, "calls.plain", {"a": 7}) == 14


def test_files_of_the_same_name_do_not_meet(registry: ApiRegistry, tmp_path: Path) -> None:
    for folder, sign in (("one", "+"), ("two", "*")):
        (tmp_path / folder).mkdir()
        code = f'''
            from taskmatrix import api
            @api(package="{folder}")
            def f(a: int) -> int:
                """Reckon."""
                return a {sign} 10
        '''
        (tmp_path / folder / "same.py").write_text(dedent(code))
        list(import_apis(registry, str(tmp_path / folder / "same.py")))
    assert (call(registry, "one.f", {"a": 2}), call(registry, "two.f", {"a": 2})) == (12, 20)


def test_an_installed_package_is_called(registry: ApiRegistry, install: Install) -> None:
    code = '''
        from taskmatrix import ApiPackage, api
        @api
        def double(a: int) -> int:
            """Double."""
            return 2 * a
        package = ApiPackage(name="tm_example", description="d", functions=[double])
    '''
    install("tm_example_dist", code, package="tm_example")
    sync(registry)
    assert call(registry, "tm_example.double", {"a": 4}) == 8


def test_what_is_gone_cannot_be_called(registry: ApiRegistry, file: Path) -> None:
    document = registry.find("calls.plain")
    assert document is not None
    file.write_text(CODE.replace("def plain", "def renamed_function"))
    with pytest.raises(ApiNotCallableError, match="no longer has"):
        caller_for(document)
    file.write_text("broken(")
    with pytest.raises(ApiNotCallableError, match="line 1"):
        caller_for(document)
    file.unlink()
    with pytest.raises(ApiNotCallableError, match="cannot be read"):
        caller_for(document)


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "none"},
        {"kind": "rest", "method": "GET", "path": "/x"},
        {"kind": "python"},
        {"kind": "python", "module": "os", "function": "system"},
        {"kind": "python", "module": "nothing_of_that_name"},
        {"kind": "python", "module": ""},
        {"kind": "python", "path": 5},
        {"kind": "python", "path": "relative/nothing.py"},
        {"kind": "python", "module": ".relative"},
        {"kind": "entry-point", "package": "tm_not_installed"},
    ],
)
def test_a_document_that_nothing_can_call_says_so(source: dict[str, object]) -> None:
    document = ApiDocument(
        package="p", name="system", description="d", parameters=(), source=Source.model_validate(source)
    )
    with pytest.raises(ApiNotCallableError, match=r"p\.system"):
        caller_for(document)


def test_a_cancelled_read_does_not_wait_for_its_thread(registry: ApiRegistry, tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    code = '''
        import threading
        from taskmatrix import api
        entered, go_on = threading.Event(), threading.Event()
        @api(effects="read")
        def wait() -> None:
            """Wait."""
            entered.set()
            go_on.wait(60)
    '''
    path.write_text(dedent(code))
    list(import_apis(registry, str(path)))
    document = registry.find("slow.wait")
    assert document is not None
    caller = caller_for(document)
    from taskmatrix.api_platform import modules

    module = modules.load_file(path)

    async def go() -> bool:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(caller, document, {}, Context())
                await anyio.to_thread.run_sync(module.entered.wait)
                scope.cancel()
        return scope.cancelled_caught

    cancelled = anyio.run(go)
    module.go_on.set()
    assert cancelled
