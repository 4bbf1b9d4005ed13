"""MCP servers that behave: imported over stdio and HTTP, called, their answers read."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from mcp_workshop import PIXEL
from pydantic import JsonValue

from taskmatrix.api_platform.callers.mcp import McpCalls, McpLimits
from taskmatrix.api_platform.importers.mcp import McpReading, read_mcp_command, read_mcp_url, speaks_mcp
from taskmatrix.api_platform.mcp_servers import McpServers
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiError, ApiLimitError, ApiNotCallableError, CredentialError, ImportRefusedError
from taskmatrix.core.stubs import render_modules
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.vault import Vault
from taskmatrix.store import FileBlobs, open_database

WORKSHOP = Path(__file__).with_name("mcp_workshop.py")
LIMITS = McpLimits(call_seconds=20, grace_seconds=1)


class Stage:
    """A home with the workshop imported into it."""

    def __init__(self, home: Path, servers: McpServers, vault: Vault) -> None:
        self.home = home
        self.servers = servers
        self.vault = vault
        self.blobs = FileBlobs(home)
        self.documents: dict[str, ApiDocument] = {}

    def keep(self, read: McpReading) -> None:
        self.documents |= {document.name: document for document in read.reading.documents}
        self.servers.remember(read.launch, self.vault)

    def context(self) -> ExecutionContext:
        return ExecutionContext(
            run_id="0123456789ab",
            directory=self.home,
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            blobs=self.blobs,
            state={},
            claims=Claims(),
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def stage(home: Path) -> Iterator[Stage]:
    with open_database(None, home) as database:
        stage = Stage(home, McpServers(database), Vault(home))
        argv = ["env", f"NOTES={home}", "SHOP_TOKEN=swordfish-swordfish", sys.executable, str(WORKSHOP)]
        read = read_mcp_command(argv, stage.servers, stage.vault, limits=LIMITS)
        assert not read.reading.invalid.count
        stage.about = read.reading.packages[0]  # pyright: ignore[reportAttributeAccessIssue]
        stage.notes = [str(note) for note in read.reading.notes.first]  # pyright: ignore[reportAttributeAccessIssue]
        stage.keep(read)
        yield stage


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    environment = {"EXPECTED": "Bearer open-sesame-1234", "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen([sys.executable, str(WORKSHOP), "--http"], stdout=subprocess.PIPE, env=environment)
    with process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/mcp"
        process.terminate()


def test_a_server_becomes_a_package_with_its_instructions_as_composition(stage: Stage) -> None:
    about = stage.about  # pyright: ignore[reportAttributeAccessIssue]
    assert about.name == "work_shop"
    assert about.description == "The workshop"
    assert about.composition == "Open the drawer before you take something out of it."
    assert about.version == "2.1"
    assert stage.notes == ["one prompt of the MCP server " + repr(_name(stage)) + " left out: prompts are no APIs"]  # pyright: ignore[reportAttributeAccessIssue]


def _name(stage: Stage) -> str:
    return stage.servers.all()[0].name


def test_a_tool_becomes_a_document_with_everything_its_server_says(stage: Stage) -> None:
    look = stage.documents["look"]
    assert look.description == "Say what lies on a shelf."
    assert [(p.name, p.required, p.type.get("type")) for p in look.parameters] == [
        ("shelf", True, "string"),
        ("limit", False, "integer"),
    ]
    assert look.parameters[1].default == 3
    assert look.returns.type["properties"]["result"]["type"] == "array"  # pyright: ignore
    assert (look.model_extra or {})["title"] == "Look"
    assert look.source.model_dump() == {
        "kind": "mcp",
        "server": stage.servers.all()[0].identity,
        "tool": "look",
    }


def test_annotations_are_effects_that_count_as_inferred(stage: Stage) -> None:
    effects = {name: document.effects for name, document in stage.documents.items()}
    assert all(effect.inferred for effect in effects.values())
    assert (effects["look"].kind, effects["look"].idempotent) == ("read", True)
    assert (effects["look"].model_extra or {})["open_world"] is True
    assert effects["burn"].kind == "destructive"
    assert (effects["put"].kind, effects["put"].idempotent) == ("write", True)
    assert effects["draw"].kind == "write"
    assert effects["read_resource"].kind == "read"


def test_a_recursive_parameter_stands_alone_and_has_a_stub(stage: Stage) -> None:
    box = stage.documents["put"].parameters[0]
    assert box.type["$ref"] == "#/$defs/Box"
    assert list(box.type["$defs"]) == ["Box"]  # pyright: ignore
    (module,) = render_modules(stage.documents.values())
    assert "def put(box: PutBox) -> PutResult:" in module.stub
    assert "def look(shelf: str, limit: int = 3) -> LookResult:" in module.stub


def test_the_resources_of_a_server_are_one_api_that_lists_them(stage: Stage) -> None:
    reading = stage.documents["read_resource"]
    assert "shop://label – label: What the label says" in reading.description
    assert "shop://shelves/{name}" in reading.description


def test_no_document_and_no_note_holds_what_was_given_on_the_command_line(stage: Stage) -> None:
    texts = [document.model_dump_json() for document in stage.documents.values()]
    texts += [server.model_dump_json() for server in stage.servers.all()]
    assert not [text for text in texts if "swordfish" in text]
    assert "SHOP_TOKEN=***" in stage.servers.all()[0].identity


def test_a_document_never_holds_the_command(stage: Stage) -> None:
    assert set(stage.documents["look"].source.model_dump()) == {"kind", "server", "tool"}


def test_tools_and_resources_are_called_over_stdio(stage: Stage) -> None:
    async def main() -> None:
        calls = McpCalls(stage.servers, stage.vault, limits=LIMITS)

        async def call(name: str, **arguments: JsonValue) -> JsonValue:
            return await calls(stage.documents[name], arguments, stage.context())

        try:
            assert await call("look", shelf="top", limit=2) == {"result": ["top 0", "top 1"]}
            assert await call("put", box={"width": 1}) == {"width": 2, "inside": {"width": 1, "inside": None}}
            # A text stays a text, also where it looks like something else.
            assert await call("say", text='{"a": 1}') == '{"a": 1}'
            _check_pictures(stage, await call("draw"), await call("hand_over"))
            await _check_resources(stage, call)
            with pytest.raises(ApiError, match="the drawer is stuck: \\*\\*\\*"):
                await call("fail")
            names = str(await call("environment")).split()
            assert {"PATH", "SHOP_TOKEN", "NOTES"} <= set(names)
            assert "PYTEST_CURRENT_TEST" not in names
            await _check_cancellation(stage, calls)
        finally:
            await calls.aclose()

    anyio.run(main)


def _check_pictures(stage: Stage, drawn: JsonValue, things: JsonValue) -> None:
    assert isinstance(drawn, dict)
    assert drawn | {"digest": ""} == {"name": "draw.png", "media_type": "image/png", "size": len(PIXEL), "digest": ""}
    assert stage.blobs.get(str(drawn["digest"])) == PIXEL
    photo = {**drawn, "name": "photo.png"}
    elsewhere = {"uri": "https://example.com/x", "name": "elsewhere", "media_type": "text/html"}
    assert things == ["here", photo, elsewhere, "fragile"]


async def _check_resources(stage: Stage, call) -> None:
    assert await call("read_resource", uri="shop://label") == "handle with care"
    assert await call("read_resource", uri="shop://shelves/top") == "the shelf top"
    photo = await call("read_resource", uri="shop://photo.png")
    assert stage.blobs.get(photo["digest"]) == PIXEL
    with pytest.raises(ApiError):
        await call("read_resource", uri="shop://nothing")


async def _check_cancellation(stage: Stage, calls: McpCalls) -> None:
    """A call that is cancelled, or takes too long, stops at the server; the session goes on."""
    with anyio.move_on_after(20) as limit:
        async with anyio.create_task_group() as group:
            group.start_soon(calls, stage.documents["dawdle"], {}, stage.context())
            while not (stage.home / "started").exists():
                await anyio.sleep(0.01)
            group.cancel_scope.cancel()
        while not (stage.home / "stopped").exists():
            await anyio.sleep(0.01)
    assert not limit.cancelled_caught
    assert await calls(stage.documents["look"], {"shelf": "low", "limit": 1}, stage.context()) == {"result": ["low 0"]}


def test_a_call_that_takes_too_long_is_a_limit_error(stage: Stage) -> None:
    async def main() -> None:
        calls = McpCalls(stage.servers, stage.vault, limits=McpLimits(call_seconds=0.2, grace_seconds=1))
        try:
            with pytest.raises(ApiLimitError, match=r"within 0\.2 s"):
                await calls(stage.documents["dawdle"], {}, stage.context())
        finally:
            await calls.aclose()

    anyio.run(main)


def test_a_server_that_was_never_imported_is_not_started(stage: Stage, tmp_path: Path) -> None:
    document = stage.documents["look"].model_copy(
        update={"source": stage.documents["look"].source.model_copy(update={"server": "mcp:rm -rf /"})}
    )

    async def main() -> None:
        calls = McpCalls(stage.servers, stage.vault)
        with pytest.raises(ApiNotCallableError, match="not known here"):
            await calls(document, {"shelf": "x"}, stage.context())
        await calls.aclose()

    anyio.run(main)


def test_the_same_server_is_imported_and_called_over_http(stage: Stage, address: str) -> None:
    with pytest.raises(CredentialError, match="401") as refused:
        read_mcp_url(address, stage.servers, stage.vault, limits=LIMITS)
    assert "Authorization" in str(refused.value.hint)
    origin = address.removesuffix("/mcp")
    stage.vault.set_value(f"mcp:{address}", "Authorization", Secret("Bearer open-sesame-1234"), hosts=[origin])
    read = read_mcp_url(address, stage.servers, stage.vault, limits=LIMITS)
    documents = {document.name: document for document in read.reading.documents}
    assert set(documents) == set(stage.documents)
    assert read.reading.identity == f"mcp:{address}"
    stage.servers.remember(read.launch, stage.vault)

    async def main() -> Mapping[str, JsonValue]:
        calls = McpCalls(stage.servers, stage.vault, limits=LIMITS)
        try:
            looked = await calls(documents["look"], {"shelf": "web", "limit": 1}, stage.context())
            drawn = await calls(documents["draw"], {}, stage.context())
        finally:
            await calls.aclose()
        assert isinstance(drawn, dict)
        return {"looked": looked, "digest": drawn["digest"]}

    answers = anyio.run(main)
    assert answers["looked"] == {"result": ["web 0"]}
    assert stage.blobs.get(str(answers["digest"])) == PIXEL


def test_an_address_tells_whether_it_speaks_mcp(address: str) -> None:
    assert speaks_mcp(address.replace("/mcp", "/open"))
    assert not speaks_mcp(address)  # it wants to know who asks first, and does not say that it is MCP
    assert not speaks_mcp(address.replace("/mcp", "/openapi.json"))
    assert not speaks_mcp("http://127.0.0.1:1/mcp")


def test_an_address_where_nothing_listens_is_refused(stage: Stage) -> None:
    with pytest.raises(ImportRefusedError, match="cannot be reached"):
        read_mcp_url("http://127.0.0.1:1/mcp", stage.servers, stage.vault, limits=LIMITS)
