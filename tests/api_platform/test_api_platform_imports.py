"""The same source again: updated, held, never doubled."""

import json
from pathlib import Path
from typing import Any

import pytest

from taskmatrix.api_platform import ApiRegistry, ImportReport, import_apis
from taskmatrix.api_platform.publishing import Owners, Publisher
from taskmatrix.api_platform.quality import propose
from taskmatrix.api_platform.quality.keeping import keep_proposals
from taskmatrix.core.errors import DocumentError, ForbiddenError, ImportRefusedError
from taskmatrix.store import AuditLog

DESK: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Help Desk", "version": "1"},
    "servers": [{"url": "https://one.example.com/v1"}],
    "paths": {
        f"/{thing}/{{id}}": {
            "get": {
                "operationId": f"get_{thing}",
                "summary": f"Find one of the {thing}s",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "It.", "content": {"application/json": {"schema": {}}}}},
            }
        }
        for thing in ("ticket", "person", "team")
    },
}


def _take(registry: ApiRegistry, path: Path, text: str = json.dumps(DESK), **more: Any) -> ImportReport:
    path.write_text(text)
    (report,) = import_apis(registry, str(path), **more)
    return report


def test_a_document_that_moves_to_another_host_is_held_as_a_whole(registry: ApiRegistry, tmp_path: Path) -> None:
    place = tmp_path / "desk.json"
    assert _take(registry, place).counts.added == 3
    report = _take(registry, place, json.dumps(DESK).replace("one.example", "two.example"))
    assert (report.counts.held, report.counts.added, report.packages) == (3, 0, ("help_desk",))
    served = registry.get("help_desk", "get_team")
    assert served is not None
    assert (served.source.model_extra or {})["server"] == "https://one.example.com/v1"
    Publisher(registry).approve("help_desk.get_team")
    approved = registry.get("help_desk", "get_team")
    assert approved is not None
    assert (approved.source.model_extra or {})["server"] == "https://two.example.com/v1"
    assert len(registry.catalogue.sources()) == 1


def test_the_same_document_from_another_place_is_the_same_source(registry: ApiRegistry, tmp_path: Path) -> None:
    _take(registry, tmp_path / "a.json")
    assert _take(registry, tmp_path / "b.json").counts.unchanged == 3
    assert [p.name for p in registry.packages()] == ["help_desk"]


def test_another_document_of_that_title_gets_a_name_of_its_own(registry: ApiRegistry, tmp_path: Path) -> None:
    _take(registry, tmp_path / "a.json")
    other = _take(registry, tmp_path / "b.json", json.dumps(DESK).replace("one.example", "other.example"))
    assert other.packages == ("help_desk_2",)
    again = _take(registry, tmp_path / "b.json", json.dumps(DESK).replace("one.example", "other.example"))
    assert (again.counts.unchanged, again.packages) == (3, ("help_desk_2",))


def test_an_owners_import_is_found_again_too(registry: ApiRegistry, tmp_path: Path) -> None:
    owners = Owners(registry.database)
    ada = owners.authenticate(owners.add("ada"))
    assert _take(registry, tmp_path / "a.json", actor=ada).counts.added == 3
    assert _take(registry, tmp_path / "a.json", actor=ada).counts.unchanged == 3
    assert [p.name for p in registry.packages()] == ["help_desk"]


def test_what_was_generated_survives_the_next_import(registry: ApiRegistry, tmp_path: Path) -> None:
    place = tmp_path / "desk.json"
    _take(registry, place)
    proposals = [p for d in registry.documents("help_desk") if (p := propose(d)) is not None]
    assert len(proposals) == 3
    assert keep_proposals(registry.database, proposals) == []
    assert _take(registry, place).counts.unchanged == 3
    report = _take(registry, place, json.dumps(DESK).replace("Find one of the teams", "Look up a team"))
    assert (report.counts.updated, report.counts.unchanged, report.counts.kept) == (1, 2, 0)
    team = registry.get("help_desk", "get_team")
    assert team is not None
    assert team.description.startswith("Look up a team")
    assert team.generated
    assert registry.catalogue.sources()[0].apis == 3
    assert any(line.action == "generate" for line in AuditLog(registry.database).read(20))


def test_nothing_is_generated_over_a_change_that_waits(registry: ApiRegistry, tmp_path: Path) -> None:
    _take(registry, tmp_path / "desk.json")
    _take(registry, tmp_path / "desk.json", json.dumps(DESK).replace("one.example", "two.example"))
    proposals = [p for d in registry.documents("help_desk") if (p := propose(d)) is not None]
    assert sorted(keep_proposals(registry.database, proposals)) == sorted(p.document.id for p in proposals)
    assert len(Publisher(registry).pending()) == 3


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ({"kind": "http", "method": "GET", "server": "file:///etc/passwd", "path": "/"}, "source.server"),
        ({"kind": "http", "method": "GET", "server": "https://a.example", "path": "/t/{id}"}, "source.path"),
        ({"kind": "http", "server": "https://a.example", "path": "/t"}, "source"),
        ({"kind": "mcp", "server": "mcp:x", "tool": "pay"}, "source.kind"),
        ({"kind": "aws", "service": "s3", "operation": "DeleteBucket"}, "source.kind"),
    ],
)
def test_an_operation_that_could_not_be_called_is_refused(
    registry: ApiRegistry, source: dict[str, str], path: str
) -> None:
    document = {"package": "desk", "name": "x", "description": "Does it.", "parameters": [], "source": source}
    with pytest.raises(DocumentError) as raised:
        Publisher(registry).register_text(json.dumps(document).encode())
    assert raised.value.path == path


def test_two_packages_cannot_print_one_name(registry: ApiRegistry) -> None:
    owners = Owners(registry.database)
    ada, bob = (Publisher(registry, owners.authenticate(owners.add(name))) for name in ("ada", "bob"))

    def document(package: str, name: str) -> bytes:
        return json.dumps({"package": package, "name": name, "description": "Sends.", "parameters": []}).encode()

    ada.register_text(document("goo.mail", "send"))
    with pytest.raises(DocumentError) as raised:
        bob.register_text(document("goo", "mail.send"))
    assert raised.value.code == "name.confusable"


def test_a_delete_that_calls_itself_a_read_is_none(registry: ApiRegistry) -> None:
    source = {"kind": "http", "method": "DELETE", "server": "https://a.example", "path": "/all"}
    document = {"package": "desk", "name": "x", "description": "Reads.", "parameters": [], "effects": "read"}
    Publisher(registry).register_text(json.dumps(document | {"source": source}).encode())
    stored = registry.get("desk", "x")
    assert stored is not None
    assert stored.effects.kind == "destructive"


@pytest.mark.parametrize(
    "changes",
    [
        {"auth": {"key": {"type": "apiKey", "in": "header", "name": "X-Key", "value": "8f1d0c2b9a7e4d3c"}}},
        {"source": {"kind": "http", "method": "GET", "server": "https://ada:pa55word@a.example", "path": "/"}},
    ],
)
def test_a_credential_in_a_file_of_documents_is_refused_and_not_repeated(
    registry: ApiRegistry, tmp_path: Path, changes: dict[str, Any]
) -> None:
    document = {"package": "desk", "name": "x", "description": "Does it.", "parameters": []} | changes
    (tmp_path / "x.jsonl").write_text(json.dumps(document))
    with pytest.raises(ImportRefusedError) as raised:
        list(import_apis(registry, str(tmp_path / "x.jsonl")))
    assert raised.value.code == "secret.in_doc"
    log = AuditLog(registry.database).read(5)
    assert len(log) == 1
    assert not {"8f1d0c2b9a7e4d3c", "pa55word"} & set(
        f"{raised.value} {log}".replace(":", " ").replace("@", " ").split()
    )


def test_removing_an_api_first_does_not_take_it_to_another_host(registry: ApiRegistry) -> None:
    owners = Owners(registry.database)
    ada = Publisher(registry, owners.authenticate(owners.add("ada")))

    def document(host: str) -> bytes:
        source = {"kind": "http", "method": "GET", "server": f"https://{host}", "path": "/"}
        part = {"package": "desk", "name": "x", "description": "Reads.", "parameters": [], "source": source}
        return json.dumps(part).encode()

    ada.register_text(document("one.example"))
    ada.register_text(document("one.example").replace(b"Reads.", b"Reads it."))
    ada.remove("desk.x")
    with pytest.raises(ForbiddenError, match="comes back changed"):
        ada.register_text(document("two.example"))
    assert ada.register_text(document("one.example")).outcome == "added"
