"""Inputs that once broke the registry, reached further than they may, or left a secret behind."""

import json
from pathlib import Path

import pytest

from taskmatrix.api_platform import ApiRegistry, import_apis
from taskmatrix.api_platform.publishing import Actor, Owners, Publisher
from taskmatrix.api_platform.quality import lint
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import DocumentError, ForbiddenError, ImportRefusedError, TaskMatrixError
from taskmatrix.store import AuditLog

HTTP = {"kind": "http", "method": "DELETE", "server": "https://api.example.com", "path": "/things"}


def line(name: str = "send", **more: object) -> str:
    return json.dumps({"package": "mail", "name": name, "description": "Sends it to one.", "parameters": []} | more)


def write(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "apis.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def nested(levels: int) -> str:
    return line(x="@").replace('"@"', "[" * levels + "]" * levels)


@pytest.mark.parametrize("levels", [160, 210, 300, 900])
def test_a_document_nested_too_deep_to_be_read_again_is_refused(
    levels: int, registry: ApiRegistry, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefusedError, match="deep"):
        list(import_apis(registry, write(tmp_path, nested(levels), line("other"))))
    with pytest.raises(DocumentError, match="deep"):
        Publisher(registry).register_text(nested(levels).encode())
    assert registry.documents("mail") == []


def test_a_document_that_is_nested_deep_enough_for_anybody_is_read_again(
    registry: ApiRegistry, tmp_path: Path
) -> None:
    list(import_apis(registry, write(tmp_path, nested(140))))
    assert [d.name for d in registry.documents("mail")] == ["send"]


@pytest.mark.parametrize("digits", [310, 4_000])
@pytest.mark.parametrize("key", ["maximum", "multipleOf", "default"])
def test_an_integer_beyond_all_numbers_is_refused(
    digits: int, key: str, registry: ApiRegistry, tmp_path: Path
) -> None:
    schema: dict[str, object] = {"type": "integer", key: "@"}
    text = line(parameters=[{"name": "n", "schema": schema}]).replace('"@"', "9" * digits)
    with pytest.raises(ImportRefusedError) as caught:
        list(import_apis(registry, write(tmp_path, text)))
    assert caught.value.code == "json.number"
    with pytest.raises(DocumentError) as refused:
        Publisher(registry).register_text(text.encode())
    assert refused.value.code == "json.number"


def test_digits_in_a_text_are_no_number(registry: ApiRegistry, tmp_path: Path) -> None:
    list(import_apis(registry, write(tmp_path, line(description="9" * 400 + " is a number", count=7))))
    assert registry.documents("mail")[0].to_json()["count"] == 7


def test_a_huge_bound_that_is_stored_already_is_judged_like_any_other() -> None:
    document = ApiDocument.model_validate(
        json.loads(line(parameters=[{"name": "n", "schema": {"type": "integer", "minimum": 10**400, "maximum": 1}}]))
    )
    assert "schema.fault" in {finding.code for finding in lint(document)}


def test_a_line_cannot_declare_milder_effects_than_its_method_has(registry: ApiRegistry, tmp_path: Path) -> None:
    text = line(source=HTTP, effects={"kind": "read"})
    (report,) = import_apis(registry, write(tmp_path, text))
    document = registry.find("mail.send")
    assert document is not None
    assert document.effects.kind == "destructive"
    assert "destructive" in str(report.notes[0])


@pytest.mark.parametrize(
    "source", ["http://ada:s3cr3tpw@127.0.0.1:9/api.json?token=s3cr3tpw", "mcp:no-such-command --key s3cr3tpw"]
)
def test_the_audit_log_keeps_no_secret_of_what_was_to_be_imported(source: str, registry: ApiRegistry) -> None:
    with pytest.raises(TaskMatrixError):
        list(import_apis(registry, source))
    (record,) = AuditLog(registry.database).read(10)
    assert record.outcome == "refused"
    assert "s3cr3tpw" not in repr(record)


def test_an_import_into_a_package_of_somebody_else_leaves_one_record(registry: ApiRegistry, tmp_path: Path) -> None:
    owners = Owners(registry.database)
    for name in ("alice", "bob"):
        owners.add(name)
    path = write(tmp_path, line())
    list(import_apis(registry, path, actor=Actor("alice")))
    before = len(AuditLog(registry.database).read(100))
    with pytest.raises(ForbiddenError):
        list(import_apis(registry, path, actor=Actor("bob")))
    records = AuditLog(registry.database).read(100)
    assert len(records) == before + 1
    assert (records[0].actor, records[0].outcome, records[0].code) == ("bob", "refused", "forbidden")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"source": HTTP | {"server": "https://ada:s3cr3tpw@api.example.com"}}, "source.server"),
        ({"auth": {"k": {"type": "apiKey", "in": "header", "name": "X", "x-value": "Qz7Wm2Rt5Yp8Lk3N"}}}, "auth.k"),
    ],
)
def test_a_credential_written_into_a_registered_document_is_refused_unseen(
    changes: dict[str, object], path: str, registry: ApiRegistry
) -> None:
    with pytest.raises(DocumentError) as caught:
        Publisher(registry).register_text(json.dumps(json.loads(line()) | changes).encode())
    assert caught.value.code == "secret.in_doc"
    assert caught.value.path.startswith(path)
    assert "s3cr3t" not in str(caught.value)
    assert "Qz7" not in str(caught.value)


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "a\u200bb", "x" * 2_000])
def test_a_parameter_name_that_shows_something_else_than_it_holds_is_refused(name: str, registry: ApiRegistry) -> None:
    with pytest.raises(DocumentError) as caught:
        Publisher(registry).register_text(line(parameters=[{"name": name, "schema": {}}]).encode())
    assert caught.value.code == "name.charset"
