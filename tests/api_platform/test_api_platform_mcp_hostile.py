"""MCP servers that misbehave: typed errors within limits, and no process left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue

from taskmatrix.api_platform.callers.mcp import McpCalls, McpLimits
from taskmatrix.api_platform.importers.mcp import McpReading, read_mcp_command
from taskmatrix.api_platform.mcp_servers import McpServers
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import (
    ApiError,
    ApiGoneError,
    ApiLimitError,
    ApiUnavailableError,
    ImportRefusedError,
    TaskMatrixError,
)
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.policy.vault import Vault
from taskmatrix.store import FileBlobs, open_database

TINY = Path(__file__).with_name("mcp_tiny.py")
LIMITS = McpLimits(start_seconds=15, grace_seconds=0.3)


class Place:
    def __init__(self, home: Path, servers: McpServers) -> None:
        self.home = home
        self.servers = servers
        self.vault = Vault(home)

    def read(self, how: str, limits: McpLimits = LIMITS, *, env: str = "A=b") -> McpReading:
        argv = ["env", env, sys.executable, "-S", str(TINY), how, str(self.home)]
        return read_mcp_command(argv, self.servers, self.vault, limits=limits)

    def call(self, how: str, name: str = "ok", limits: McpLimits = LIMITS) -> JsonValue:
        read = self.read(how)
        documents = {document.name: document for document in read.reading.documents}
        self.servers.remember(read.launch, self.vault)
        return self.call_document(documents[name], limits)

    def call_document(self, document: ApiDocument, limits: McpLimits) -> JsonValue:
        context = ExecutionContext(
            run_id="0123456789ab",
            directory=self.home,
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            blobs=FileBlobs(self.home),
            state={},
            claims=Claims(),
        )

        async def main() -> JsonValue:
            calls = McpCalls(self.servers, self.vault, limits=limits)
            try:
                return await calls(document, {}, context)
            finally:
                await calls.aclose()

        return anyio.run(main)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_database(None, tmp_path) as database:
        yield Place(tmp_path, McpServers(database))


def names(read: McpReading) -> list[str]:
    return [document.name for document in read.reading.documents]


def has_ended(file: Path) -> bool:
    """Whether the process whose number stands in a file is gone, or only waits to be collected."""
    try:
        state = Path(f"/proc/{int(file.read_text())}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def test_a_server_of_the_older_protocol_that_greets_on_its_standard_output_is_read(place: Place) -> None:
    read = place.read("plain")
    assert names(read) == ["ok", "write", "twice"]
    assert read.reading.packages[0].name == "tiny"
    assert has_ended(place.home / "process")


def test_a_server_that_ends_when_asked_in_the_newer_way_is_asked_in_the_older_one(place: Place) -> None:
    assert names(place.read("strict")) == ["ok", "write", "twice"]


def test_tools_are_read_page_by_page(place: Place) -> None:
    assert names(place.read("pages")) == ["t0", "t1", "t2"]


def test_ten_thousand_tools_are_read(place: Place) -> None:
    assert len(names(place.read("many"))) == 10_000


def test_a_tool_listed_twice_is_taken_once(place: Place) -> None:
    read = place.read("doubled")
    assert names(read) == ["ok", "write", "twice"]
    assert str(read.reading.invalid.first[0]) == "the tool 'twice' is listed twice"


def test_a_tool_with_a_schema_of_megabytes_is_left_out(place: Place) -> None:
    read = place.read("heavy")
    assert names(read) == ["light"]
    assert "'heavy' is left out" in str(read.reading.invalid.first[0])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("endless", "more than 50 are listed"),
        ("circle", "has no end"),
        ("flood", "too large|longer than"),
        ("malformed", "not what MCP prescribes"),
        ("bare", "no tools and no resources"),
        ("exits", "ended with status 3.*cannot find the file of settings"),
        ("rubbish", "Welcome to the server"),
        ("unbroken", "too large"),
    ],
)
def test_a_server_that_cannot_be_read_is_refused_with_the_reason(place: Place, how: str, message: str) -> None:
    limits = McpLimits(
        start_seconds=15,
        grace_seconds=0.3,
        message_bytes=100_000,
        rubbish_bytes=10_000,
        listing_bytes=150_000,
        items=50,
    )
    with pytest.raises(ImportRefusedError, match=message):
        place.read(how, limits)


def test_a_server_that_never_answers_is_refused(place: Place) -> None:
    with pytest.raises(ImportRefusedError, match="does not answer") as refused:
        place.read("silent", McpLimits(start_seconds=0.5, grace_seconds=0.2))
    # How it ended is our doing, so it is not told.
    assert "status" not in str(refused.value)


def test_a_server_whose_import_is_interrupted_ends(place: Place) -> None:
    code = f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from taskmatrix.api_platform.importers.mcp import read_mcp_command
from taskmatrix.api_platform.mcp_servers import McpServers
from taskmatrix.policy.vault import Vault
from taskmatrix.store import open_database
home = Path({str(place.home)!r})
with open_database(None, home) as database:
    read_mcp_command([{sys.executable!r}, "-S", {str(TINY)!r}, "mute", str(home)], McpServers(database), Vault(home))
"""
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as importer:
        watched = place.home / "process"
        while not watched.exists() or not watched.read_text():
            assert importer.poll() is None
            threading.Event().wait(0.01)
        importer.send_signal(signal.SIGINT)
        _, complaints = importer.communicate(timeout=30)
    assert b"KeyboardInterrupt" in complaints
    assert has_ended(watched)


def test_a_command_that_is_not_there_is_refused(place: Place) -> None:
    with pytest.raises(ImportRefusedError, match="cannot be started") as refused:
        read_mcp_command(["no-such-command-anywhere"], place.servers, place.vault)
    assert "PATH" in str(refused.value.hint)


def test_what_a_failing_server_says_is_told_without_its_credentials(place: Place) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        place.read("exits", env="TOKEN=swordfish-swordfish")
    assert "token ***" in str(refused.value)
    assert "swordfish" not in str(refused.value)
    assert not place.servers.all()
    assert not place.vault.list()


def test_the_children_of_a_server_end_with_it(place: Place) -> None:
    place.read("children")
    assert has_ended(place.home / "child")


def test_a_server_that_will_not_end_is_ended(place: Place) -> None:
    place.read("stubborn")
    assert has_ended(place.home / "process")


def test_a_server_that_dies_in_a_call_is_started_again_for_what_only_reads(place: Place) -> None:
    assert place.call("dying", "ok") == "ok done"
    assert (place.home / "deaths").read_text() == "x"


def test_a_server_that_dies_in_each_call_is_given_up_after_the_second(place: Place) -> None:
    with pytest.raises(ApiUnavailableError, match="status 7"):
        place.call("deadly", "ok")
    assert (place.home / "deaths").read_text() == "xx"


def test_a_call_that_may_have_changed_something_is_not_made_twice(place: Place) -> None:
    with pytest.raises(ApiUnavailableError) as lost:
        place.call("deadly", "write")
    assert (place.home / "deaths").read_text() == "x"
    assert "whether the call was carried out" in str(lost.value.hint)


@pytest.mark.parametrize(
    ("how", "name", "error", "message"),
    [
        ("vanishing", "ok", ApiGoneError, "no longer has it"),
        ("leaving", "ok", ApiGoneError, "no longer has it"),
        ("worse", "ok", ApiGoneError, "now calls it destructive"),
        ("greedy", "ok", ApiGoneError, "now asks for password"),
        ("nan", "ok", ApiError, "no JSON"),
        ("base64", "ok", ApiError, "no base64"),
    ],
)
def test_a_tool_that_is_not_what_was_imported_is_not_used(
    place: Place, how: str, name: str, error: type[TaskMatrixError], message: str
) -> None:
    with pytest.raises(error, match=message):
        place.call(how, name)


@pytest.mark.parametrize("limits", [McpLimits(result_bytes=100_000), McpLimits(message_bytes=100_000)])
def test_an_answer_that_is_too_large_is_a_limit_error(place: Place, limits: McpLimits) -> None:
    with pytest.raises(ApiLimitError, match=r"larger than|too large"):
        place.call("large", limits=limits)


def test_a_session_ends_with_its_event_loop_when_nobody_closes_it(place: Place) -> None:
    read = place.read("plain")
    (document, *_) = read.reading.documents
    place.servers.remember(read.launch, place.vault)
    calls = McpCalls(place.servers, place.vault, limits=LIMITS)
    (place.home / "process").unlink()
    anyio.run(calls, document, {}, None)
    assert has_ended(place.home / "process")
    # And another loop has a session of its own.
    anyio.run(calls, document, {}, None)
    assert has_ended(place.home / "process")


def test_nothing_of_this_process_is_inherited_but_what_every_program_needs(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "swordfish-swordfish")
    with pytest.raises(ImportRefusedError) as refused:
        place.read("exits")
    assert "swordfish" not in str(refused.value)
    assert os.environ["TOKEN"]
