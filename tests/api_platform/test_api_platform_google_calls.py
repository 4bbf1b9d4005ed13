"""Methods of Google's discovery documents called over HTTP, at a server on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from http_operations import Caller
from http_server import Server, serving

from taskmatrix.api_platform.importers.google import read_google
from taskmatrix.api_platform.importers.reading import ImportOptions
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError, CredentialError
from taskmatrix.policy.credentials import Secret


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def method(name: str, document: str, server: Server) -> ApiDocument:
    reading = read_google([document], ImportOptions(server=server.url))
    return next(d for d in reading.documents if d.name == name)


@pytest.fixture
def call(tmp_path: Path, server: Server) -> Caller:
    caller = Caller(tmp_path)
    for package in ("Google Drive API v3", "Cloud Pub/Sub API v1"):
        caller.vault.set_value(package, "oauth2", Secret("token-1"), hosts=(server.url,))
    return caller


def test_a_file_is_looked_up_by_its_path_and_query(call: Caller, server: Server) -> None:
    server.on("/files/a%2Fb", {"name": "x"})
    found = call(method("drive.files.get", "drive.v3", server), fileId="a/b", fields="name,id", supportsAllDrives=True)
    assert found == {"name": "x"}
    assert server.last.query == {"fields": ["name,id"], "supportsAllDrives": ["true"]}
    assert server.last.headers["Authorization"] == "Bearer token-1"


def test_the_fields_of_a_body_are_sent_as_json(call: Caller, server: Server) -> None:
    server.on("/files", {"id": "1"})
    call(method("drive.files.create", "drive.v3", server), name="a.txt", parents=["root"], keepRevisionForever=True)
    assert server.last.method == "POST" and server.last.json == {"name": "a.txt", "parents": ["root"]}
    assert server.last.query == {"keepRevisionForever": ["true"]}


def test_a_resource_name_keeps_its_slashes_and_never_climbs(call: Caller, server: Server) -> None:
    publish = method("pubsub.projects.topics.publish", "pubsub.v1", server)
    server.on("/v1/projects/p/topics/t:publish", {"messageIds": ["1"]})
    sent = call(publish, topic="projects/p/topics/t", messages=[{"data": "aGVsbG8="}])
    assert sent == {"messageIds": ["1"]} and server.last.json == {"messages": [{"data": "aGVsbG8="}]}
    before = len(server.seen)
    with pytest.raises(ApiArgumentError):
        call(publish, topic="projects/../../secret/topics/t", messages=[])
    assert len(server.seen) == before


def test_a_body_field_called_like_a_path_parameter_reaches_the_body(call: Caller, server: Server) -> None:
    create = method("pubsub.projects.topics.create", "pubsub.v1", server)
    server.on("/v1/projects/p/topics/t", {})
    call(create, name="projects/p/topics/t", body_name="projects/p/topics/t", labels={"a": "b"})
    assert server.last.json == {"name": "projects/p/topics/t", "labels": {"a": "b"}}


def test_content_is_downloaded_as_an_artifact(call: Caller, server: Server) -> None:
    server.on("/files/1", lambda talk: talk.say(b"\x00\x01", content_type="image/png"))
    handle = call(method("drive.files.get", "drive.v3", server), fileId="1", alt="media")
    assert handle["media_type"] == "image/png" and call.context.get_blob(handle["digest"]) == b"\x00\x01"
    assert server.last.query == {"alt": ["media"]}


def test_a_missing_token_is_asked_for_before_anything_is_sent(tmp_path: Path, server: Server) -> None:
    with pytest.raises(CredentialError):
        Caller(tmp_path)(method("drive.files.get", "drive.v3", server), fileId="1")
    assert server.seen == []
