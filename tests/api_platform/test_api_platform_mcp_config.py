"""Files that name MCP servers: what is started, where credentials go, which server is which."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.api_platform.callers.mcp import McpCalls, McpLimits
from taskmatrix.api_platform.callers.mcp.endpoints import AddressEndpoint, CommandEndpoint, endpoint_of
from taskmatrix.api_platform.importers.mcp import ConfigReading, McpReading, holds_servers, read_mcp_config
from taskmatrix.api_platform.importers.mcp.concealment import Concealer
from taskmatrix.api_platform.importers.mcp.config import read_entries
from taskmatrix.api_platform.importers.mcp.staging import Staged
from taskmatrix.api_platform.importers.reading import ImportOptions
from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServers
from taskmatrix.core.errors import CredentialError, ImportRefusedError, UsageError
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.vault import Vault
from taskmatrix.store import FileBlobs, open_database

TINY = str(Path(__file__).with_name("mcp_tiny.py"))
SECRET = "swordfish-swordfish"
LIMITS = McpLimits(start_seconds=15, grace_seconds=0.3)


class Place:
    def __init__(self, home: Path, servers: McpServers) -> None:
        self.home = home
        self.servers = servers
        self.vault = Vault(home)

    def write(self, content: object, name: str = "claude_desktop_config.json") -> Path:
        path = self.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def tiny(self, how: str = "plain", **more: JsonValue) -> dict[str, JsonValue]:
        return {"command": sys.executable, "args": ["-S", TINY, how, str(self.home)], **more}

    def read(self, content: object, name: str = "claude_desktop_config.json") -> ConfigReading:
        return read_mcp_config(self.write(content, name), self.servers, self.vault, limits=LIMITS)

    def one(self, content: object, name: str = "claude_desktop_config.json") -> McpReading:
        (read,) = self.read(content, name).servers
        self.servers.remember(read.launch, self.vault)
        return read

    def launch(self, entry: Mapping[str, JsonValue], name: str = "claude_desktop_config.json") -> McpLaunch:
        (found,) = read_entries(self.write({"mcpServers": {"one": entry}}, name))
        if found.problem is not None:
            raise found.problem
        assert found.launch is not None
        return found.launch

    def endpoint(self, launch: McpLaunch, environ: Mapping[str, str]) -> CommandEndpoint | AddressEndpoint:
        return endpoint_of(launch.server, Staged(launch, self.vault), environ)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_database(None, tmp_path) as database:
        yield Place(tmp_path, McpServers(database))


def test_the_servers_of_a_file_become_packages_of_their_names(place: Place) -> None:
    read = place.read(
        {"mcpServers": {"my-notes": place.tiny(), "Other": place.tiny("pages"), "off": {"command": "x"}}}
    )
    assert [r.reading.packages[0].name for r in read.servers] == ["my-notes", "Other"]
    assert not any(r.reading.renamable for r in read.servers)
    assert {d.package for r in read.servers for d in r.reading.documents} == {"my-notes", "Other"}
    assert "cannot be started" in str(read.refused["off"])


def test_a_file_of_which_no_server_can_be_read_is_refused(place: Place) -> None:
    with pytest.raises(ImportRefusedError, match="status 3"):
        place.read({"mcpServers": {"bad": place.tiny("exits"), "worse": {"command": "no-such-command"}}})


def test_a_switched_off_server_is_not_started(place: Place) -> None:
    with pytest.raises(ImportRefusedError, match="switches all"):
        place.read({"mcpServers": {"one": place.tiny(disabled=True)}})
    assert not (place.home / "process").exists()


def test_several_servers_cannot_be_one_package(place: Place) -> None:
    path = place.write({"mcpServers": {"a": place.tiny(), "b": place.tiny()}})
    with pytest.raises(UsageError, match="cannot all be"):
        read_mcp_config(path, place.servers, place.vault, options=ImportOptions(package="one"))


def test_the_file_of_vs_code_with_comments_is_read(place: Place) -> None:
    text = """{
      // what is asked for
      "inputs": [{"type": "promptString", "id": "key", "password": true,},],
      "servers": {
        /* one */ "notes": {"type": "stdio", "command": "notes", "args": ["--in", "${workspaceFolder}/a//b",],},
      },
    }"""
    path = place.write(text, ".vscode/mcp.json")
    assert holds_servers(path)
    (entry,) = read_entries(path)
    assert entry.launch is not None
    assert entry.launch.server.command == ("notes", "--in", f"{place.home}/a//b")
    assert entry.launch.server.directory == str(place.home)


def test_other_json_files_are_no_files_of_servers(place: Place) -> None:
    api = {"openapi": "3.1.0", "servers": [{"url": "https://example.com"}], "paths": {}}
    assert not holds_servers(place.write(api, "api.json"))
    assert not holds_servers(place.write({"servers": {"a": {"host": "x"}}}, "hosts.json"))
    assert not holds_servers(place.write("{", "half.json"))
    assert not holds_servers(place.write({"mcpServers": {}}, "empty.json"))
    assert not holds_servers(place.write({"mcpServers": {"a": {"command": "x"}}}, "notes.txt"))
    assert holds_servers(place.write({"mcpServers": {"a": {"url": "https://example.com/mcp"}}}, ".mcp.json"))


def test_a_server_of_the_old_transport_is_refused_with_a_way_out(place: Place) -> None:
    with pytest.raises(ImportRefusedError, match="old HTTP") as refused:
        place.launch({"type": "sse", "url": "https://example.com/sse"})
    assert "streamable HTTP" in str(refused.value.hint)


def test_literal_credentials_are_moved_and_references_stay(place: Place) -> None:
    launch = place.launch(
        {
            "command": "notes",
            "args": ["--token", SECRET, "--level=3", f"--api-key={SECRET}", "${HOME_OF_NOTES}"],
            "env": {"KEY": SECRET, "OTHER": "${env:OTHER}", "THIRD": "${THIRD:-fallback}", "EMPTY": ""},
        }
    )
    assert SECRET not in launch.server.model_dump_json()
    assert "fallback" not in launch.server.model_dump_json()
    assert launch.server.env["OTHER"] == "${env:OTHER}"
    endpoint = place.endpoint(launch, {"OTHER": "o", "HOME_OF_NOTES": "/notes", "PATH": "/bin", "SHY": "no"})
    assert isinstance(endpoint, CommandEndpoint)
    assert endpoint.argv == ("notes", "--token", SECRET, "--level=3", f"--api-key={SECRET}", "/notes")
    assert endpoint.env == {"PATH": "/bin", "KEY": SECRET, "OTHER": "o", "THIRD": "fallback", "EMPTY": ""}
    assert SECRET not in repr(endpoint)
    assert endpoint.redactor.text(f"a {SECRET} b") == "a *** b"


def test_credentials_in_an_address_are_moved_and_never_shown(place: Place) -> None:
    launch = place.launch(
        {
            "url": f"https://me:{SECRET}@example.com/s/a1b2c3d4e5f6a7b8c9d0e1f2/mcp?api_key={SECRET}&lang=en",
            "headers": {"X-Key": SECRET, "Authorization": "Bearer ${TOKEN}"},
        }
    )
    assert SECRET not in launch.server.model_dump_json()
    assert "a1b2c3d4e5f6a7b8c9d0e1f2" not in launch.server.model_dump_json()
    endpoint = place.endpoint(launch, {"TOKEN": "token-of-the-shell"})
    assert isinstance(endpoint, AddressEndpoint)
    assert endpoint.target == f"https://example.com/s/a1b2c3d4e5f6a7b8c9d0e1f2/mcp?api_key={SECRET}&lang=en"
    assert endpoint.headers == {"X-Key": SECRET, "Authorization": "Bearer token-of-the-shell"}
    assert endpoint.url == "https://example.com/s/***/mcp?***"
    assert launch.server.hosts == ("https://example.com",)


def test_an_environment_variable_that_is_not_set_is_named(place: Place) -> None:
    launch = place.launch({"command": "notes", "env": {"KEY": "${env:NOTES_KEY}"}})
    with pytest.raises(CredentialError, match="'NOTES_KEY'"):
        place.endpoint(launch, {})


def test_what_vs_code_would_ask_for_can_be_stored(place: Place) -> None:
    entry = {"command": "notes", "env": {"KEY": "${input:key}"}}
    launch = place.launch(entry)
    launch = McpLaunch(launch.server.model_copy(update={"identity": "mcp:notes"}), launch.secrets)
    with pytest.raises(CredentialError, match="an answer to 'key'") as refused:
        place.endpoint(launch, {})
    assert "'input:key' of 'mcp:notes'" in str(refused.value.hint)
    place.vault.set_value("mcp:notes", "input:key", Secret(SECRET), hosts=())
    endpoint = place.endpoint(launch, {})
    assert isinstance(endpoint, CommandEndpoint)
    assert endpoint.env["KEY"] == SECRET


@pytest.mark.parametrize("reference", ["${command:pick}", "${config:notes.key}", "${vault:KEY}", "${a b}"])
def test_references_nobody_here_can_follow_are_refused(place: Place, reference: str) -> None:
    with pytest.raises(ImportRefusedError, match="not known here"):
        place.launch({"command": "notes", "env": {"KEY": reference}})


def test_a_file_of_variables_is_read_when_the_server_starts(place: Place) -> None:
    (place.home / ".env").write_text(f"# comment\nexport API_KEY='{SECRET}'\nLEVEL = 3\n")
    launch = place.launch({"command": "notes", "envFile": "${workspaceFolder}/.env"}, ".mcp.json")
    endpoint = place.endpoint(launch, {})
    assert isinstance(endpoint, CommandEndpoint)
    assert endpoint.env == {"API_KEY": SECRET, "LEVEL": "3"}
    assert SECRET not in launch.server.model_dump_json()


def test_a_stored_server_is_called_with_its_credentials_and_shows_none(place: Place) -> None:
    read = place.one({"mcpServers": {"notes": place.tiny(env={"TOKEN": SECRET})}})
    documents = list(read.reading.documents)
    stored = [document.model_dump_json() for document in documents] + [
        s.model_dump_json() for s in place.servers.all()
    ]
    assert not [text for text in stored if SECRET in text]
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in place.home.rglob("*.db*"))
    context = ExecutionContext(
        run_id="0123456789ab",
        directory=place.home,
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        blobs=FileBlobs(place.home),
        state={},
        claims=Claims(),
    )

    async def main() -> JsonValue:
        calls = McpCalls(place.servers, Vault(place.home), limits=LIMITS)
        try:
            return await calls(documents[0], {}, context)
        finally:
            await calls.aclose()

    assert anyio.run(main) == "ok done"
    server = place.servers.all()[0]
    endpoint = endpoint_of(server, place.vault, {})
    assert isinstance(endpoint, CommandEndpoint)
    assert endpoint.env == {"TOKEN": SECRET}


def test_a_server_keeps_its_identity_when_its_entry_changes_or_moves(place: Place) -> None:
    first = place.one({"mcpServers": {"notes": place.tiny()}})
    changed = place.one({"mcpServers": {"notes": place.tiny("pages")}})
    assert changed.reading.identity == first.reading.identity
    moved = place.one({"mcpServers": {"notes": place.tiny("pages")}}, "moved/settings.json")
    assert moved.reading.identity == first.reading.identity
    assert len(place.servers.all()) == 1


def test_entries_that_start_the_same_with_other_credentials_are_two_servers(place: Place) -> None:
    both = {"work": place.tiny(env={"TOKEN": SECRET}), "home": place.tiny(env={"TOKEN": "another-token"})}
    read = place.read({"mcpServers": both})
    identities = {r.reading.identity for r in read.servers}
    assert len(identities) == 2
    for server in read.servers:
        place.servers.remember(server.launch, place.vault)
    again = place.read({"mcpServers": dict(reversed(both.items()))})
    assert {r.reading.packages[0].name: r.reading.identity for r in again.servers} == {
        r.reading.packages[0].name: r.reading.identity for r in read.servers
    }


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30) | st.lists(st.text(max_size=10)), max_size=5))
def test_json_without_comments_is_read_as_it_is(values: dict[str, JsonValue]) -> None:
    from taskmatrix.api_platform.importers.mcp.config import plain_json

    assert json.loads(plain_json(json.dumps(values))) == values
    assert json.loads(plain_json(json.dumps(values, indent=1).replace("\n", " // no, }]\n"))) == values


@given(st.dictionaries(st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=30), max_size=5))
def test_no_literal_setting_stays_where_it_was(settings: dict[str, str]) -> None:
    concealer = Concealer()
    kept = concealer.settings(settings)
    for name, value in settings.items():
        if value.strip() and "${" not in value:
            assert kept[name] == f"${{vault:{name}}}"
            assert concealer.secrets[name].reveal() == value
