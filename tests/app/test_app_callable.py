from collections.abc import Iterator
from pathlib import Path

import pytest

from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServer, McpServers
from taskmatrix.app.callable import Callability
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.policy import DefaultPolicy
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.rules import Rule
from taskmatrix.policy.vault import Vault
from taskmatrix.store import Database, open_database

HOST = "https://letters.example"
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}


def written(source: dict[str, object], **more: object) -> ApiDocument:
    document = {"package": "letters", "name": "send", "description": "Send.", "parameters": [], "source": source}
    return parse_document(document | more)


def operation(*security: dict[str, list[str]], server: str | None = f"{HOST}/v1") -> ApiDocument:
    source = {"kind": "http", "method": "POST", "server": server, "path": "/send", "security": list(security)}
    return written(source, auth={"key": KEY, "other": KEY})


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, environment={})


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    with open_database(None, tmp_path) as database:
        yield database


def callable_here(document: ApiDocument, database: Database, vault: Vault, *rules: Rule) -> bool:
    return Callability(database, vault, DefaultPolicy(rules) if rules else DefaultPolicy())(document)


def test_what_is_only_documented_cannot_be_called(opened: Database, vault: Vault) -> None:
    assert not callable_here(written({"kind": "none"}), opened, vault)
    assert not callable_here(written({"kind": "telepathy"}), opened, vault)


def test_what_the_policy_refuses_cannot_be_called(opened: Database, vault: Vault) -> None:
    assert callable_here(operation(), opened, vault)
    assert callable_here(operation(), opened, vault, Rule("ask"))
    assert not callable_here(operation(), opened, vault, Rule("refuse", package="letters"))


def test_an_operation_needs_a_server(opened: Database, vault: Vault) -> None:
    assert not callable_here(operation(server=None), opened, vault)
    assert not callable_here(written({"kind": "http"}), opened, vault)


def test_an_operation_needs_the_credentials_of_one_alternative(opened: Database, vault: Vault) -> None:
    both: dict[str, list[str]] = {"key": [], "other": []}
    assert not callable_here(operation({"key": []}), opened, vault)
    assert callable_here(operation({"key": []}, {}), opened, vault)
    vault.set_value("letters", "key", Secret("k"), hosts=[HOST])
    assert callable_here(operation({"key": []}), opened, vault)
    assert callable_here(operation({"other": []}, {"key": []}), opened, vault)
    assert not callable_here(operation(both), opened, vault)
    assert not callable_here(operation({"key": []}, server="https://elsewhere.example"), opened, vault)


def test_a_variable_that_is_not_set_is_no_credential(opened: Database, tmp_path: Path) -> None:
    Vault(tmp_path).set_env("letters", "key", "LETTERS_KEY", hosts=[HOST])
    assert not callable_here(operation({"key": []}), opened, Vault(tmp_path, environment={}))
    assert callable_here(operation({"key": []}), opened, Vault(tmp_path, environment={"LETTERS_KEY": "k"}))


def test_a_tool_needs_a_server_that_is_known_and_lacks_nothing(opened: Database, vault: Vault) -> None:
    tool = written({"kind": "mcp", "server": "post", "tool": "send"})
    assert not callable_here(tool, opened, vault)
    server = McpServer(identity="post", name="post", command=("post", "${vault:KEY}"))
    McpServers(opened).remember(McpLaunch(server), vault)
    assert not callable_here(tool, opened, vault)
    vault.set_value("post", "KEY", Secret("k"), hosts=[])
    assert callable_here(tool, opened, vault)


def test_an_installed_package_can_be_called(opened: Database, vault: Vault) -> None:
    assert callable_here(written({"kind": "entry-point", "package": "math"}), opened, vault)
    assert not callable_here(written({"kind": "entry-point", "package": "gone"}), opened, vault)


def test_a_python_function_is_looked_for_without_running_it(opened: Database, vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "explosive.py"
    document = written({"kind": "python", "path": str(file)})
    assert not callable_here(document, opened, vault)
    file.write_text("raise SystemExit('it was run')")
    assert callable_here(document, opened, vault)
    assert callable_here(written({"kind": "python", "module": "explosive", "root": str(tmp_path)}), opened, vault)
    assert callable_here(written({"kind": "python", "module": "json.decoder"}), opened, vault)
    assert not callable_here(written({"kind": "python", "module": "no_such_module"}), opened, vault)
    assert not callable_here(written({"kind": "python"}), opened, vault)


def test_aws_needs_credentials_that_can_be_seen(
    opened: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("botocore")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    bucket = written({"kind": "aws", "service": "s3", "operation": "ListBuckets"})
    assert not callable_here(bucket, opened, vault)
    monkeypatch.setenv("AWS_PROFILE", "me")
    assert callable_here(bucket, opened, vault)
