"""Discovery documents: those that the client library ships, and one from a file."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.api_platform.http_sources import http_source, security_schemes
from taskmatrix.api_platform.importers.google import is_discovery, read_discovery, read_google
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ImportRefusedError

SHELF = {
    "kind": "discovery#restDescription",
    "discoveryVersion": "v1",
    "name": "shelves",
    "version": "v2",
    "title": "Shelves API",
    "description": "Keeps shelves.",
    "revision": "20260102",
    "rootUrl": "https://shelves.example.com/",
    "servicePath": "api/",
    "auth": {"oauth2": {"scopes": {"https://example.com/auth/all": {"description": "Everything"}}}},
    "parameters": {"key": {"type": "string", "location": "query"}, "alt": {"type": "string", "location": "query"}},
    "schemas": {
        "Shelf": {
            "id": "Shelf",
            "type": "object",
            "description": "A shelf.",
            "properties": {
                "name": {"type": "string", "description": "Required. Its name."},
                "size": {"type": "string", "format": "int64", "default": "3"},
                "count": {"type": "integer", "format": "int32", "default": "7", "minimum": "1"},
                "made": {"type": "string", "readOnly": True},
                "kind": {"type": "string", "enum": ["A", "B"], "enumDescriptions": ["The first.", ""]},
                "inner": {"$ref": "Node"},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "parts": {"type": "array", "items": {"$ref": "Part"}, "annotations": {"required": ["shelves.create"]}},
            },
        },
        "Node": {
            "id": "Node",
            "type": "object",
            "properties": {
                "children": {"type": "array", "items": {"$ref": "Node"}},
                "when": {"type": "string", "readOnly": True},
            },
        },
        "Part": {"id": "Part", "type": "object", "properties": {"any": {"type": "any"}}},
    },
    "resources": {
        "shelves": {
            "methods": {
                "create": {
                    "id": "shelves.create",
                    "path": "v2/{+name}/shelves",
                    "httpMethod": "POST",
                    "description": "Makes a shelf.",
                    "parameterOrder": ["name"],
                    "parameters": {
                        "dry": {"type": "boolean", "location": "query", "default": "false"},
                        "name": {"type": "string", "location": "path", "required": True, "pattern": "^rooms/[^/]+$"},
                        "tags": {"type": "string", "location": "query", "repeated": True},
                    },
                    "request": {"$ref": "Shelf"},
                    "response": {"$ref": "Shelf"},
                    "scopes": ["https://example.com/auth/all"],
                },
                "read": {
                    "id": "shelves.read",
                    "path": "v2/shelves/{id}",
                    "httpMethod": "GET",
                    "deprecated": True,
                    "description": "Reads one.",
                    "parameters": {"id": {"type": "string", "location": "path", "required": True}},
                    "response": {"$ref": "Shelf"},
                    "supportsMediaDownload": True,
                },
                "delete": {"id": "shelves.delete", "path": "v2/shelves", "httpMethod": "DELETE"},
                "purge": {"id": "shelves.purgeAll", "path": "v2/shelves:purge", "httpMethod": "POST"},
            },
            "resources": {"deep": {"methods": {"put": {"id": "shelves.deep.put", "path": "x", "httpMethod": "PUT"}}}},
        }
    },
}


def read_file(folder: Path, data: object, options: ImportOptions | None = None) -> Reading:
    path = folder / "shelves.json"
    path.write_text(json.dumps(data))
    return read_discovery(path, options)


@pytest.fixture
def shelves(tmp_path: Path) -> dict[str, ApiDocument]:
    return {document.name: document for document in read_file(tmp_path, SHELF).documents}


def test_methods_of_all_resources_become_apis_of_one_package(tmp_path: Path) -> None:
    reading = read_file(tmp_path, SHELF)
    documents = list(reading.documents)
    assert reading.identity == "google:shelves.v2"
    assert {d.package for d in documents} == {"Shelves API v2"}
    assert [d.name for d in documents] == [
        "shelves.create",
        "shelves.read",
        "shelves.delete",
        "shelves.purgeAll",
        "shelves.deep.put",
    ]
    assert [(p.name, p.description) for p in reading.packages] == [("Shelves API v2", "Keeps shelves.")]
    assert reading.invalid.count == 0


def test_the_source_says_where_each_argument_goes(shelves: dict[str, ApiDocument]) -> None:
    source = http_source(shelves["shelves.create"])
    places = {
        name: placed.model_dump(exclude_defaults=True, by_alias=True) for name, placed in source.parameters.items()
    }
    assert (source.method, source.server, source.path) == (
        "POST",
        "https://shelves.example.com/api",
        "/v2/{name}/shelves",
    )
    assert source.body == "application/json"
    assert places["name"] == {"in": "path", "reserved": True}
    assert places["tags"] == {"in": "query", "style": "form", "explode": True}
    assert places["body_name"] == {"in": "json", "name": "name"}
    assert places["parts"] == {"in": "json"}
    assert set(places) == {p.name for p in shelves["shelves.create"].parameters}


def test_parameters_have_types_defaults_and_meanings(shelves: dict[str, ApiDocument]) -> None:
    document = shelves["shelves.create"]
    found = {p.name: p for p in document.parameters}
    assert next(iter(found)) == "name" and found["name"].required
    assert found["name"].type == {"type": "string", "pattern": "^rooms/[^/]+$"}
    assert found["dry"].default is False
    assert found["tags"].type == {"type": "array", "items": {"type": "string"}}
    assert found["size"].default == "3" and found["count"].type["minimum"] == 1
    assert found["kind"].choices == ("A", "B") and found["kind"].description == "A: The first."
    assert found["labels"].type["additionalProperties"] == {"type": "string"}
    assert "made" not in found
    assert [name for name, p in found.items() if p.required] == ["name", "body_name", "parts"]


def test_a_schema_that_holds_itself_is_finite(shelves: dict[str, ApiDocument]) -> None:
    inner = shelves["shelves.create"].parameter("inner")
    assert inner is not None and inner.type["$ref"] == "#/$defs/Node"
    node = inner.type["$defs"]["Node"]  # type: ignore[index, call-overload]
    assert node["properties"] == {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}  # type: ignore[index, call-overload]
    result = shelves["shelves.read"].returns.type
    assert result["properties"]["made"] == {"type": "string"}  # type: ignore[index, call-overload]
    assert "when" in result["$defs"]["Node"]["properties"]  # type: ignore[index, call-overload]


def test_effects_follow_the_verb_and_are_inferred(shelves: dict[str, ApiDocument]) -> None:
    kinds = {name: (d.effects.kind, d.effects.idempotent, d.effects.inferred) for name, d in shelves.items()}
    assert kinds == {
        "shelves.create": ("write", False, True),
        "shelves.read": ("read", True, True),
        "shelves.delete": ("destructive", True, True),
        "shelves.purgeAll": ("destructive", False, True),
        "shelves.deep.put": ("write", True, True),
    }


def test_scopes_become_alternatives_of_a_token(shelves: dict[str, ApiDocument]) -> None:
    document = shelves["shelves.create"]
    scheme = security_schemes(document)["oauth2"]
    assert scheme.flows is not None
    assert scheme.flows["authorizationCode"]["scopes"] == {"https://example.com/auth/all": "Everything"}
    assert http_source(document).security == ({"oauth2": ("https://example.com/auth/all",)}, {"key": ()})
    assert http_source(shelves["shelves.read"]).security == ({"key": ()}, {})


def test_deprecation_and_downloads_are_told(shelves: dict[str, ApiDocument]) -> None:
    document = shelves["shelves.read"]
    assert document.description.startswith("Deprecated. Reads one.")
    alt = document.parameter("alt")
    assert alt is not None and alt.choices == ("json", "media")
    assert document.parameter("fields") is not None


def test_package_and_server_can_be_replaced(tmp_path: Path) -> None:
    reading = read_file(tmp_path, SHELF, ImportOptions(package="mine", server="http://127.0.0.1:1"))
    document = next(iter(reading.documents))
    assert document.package == "mine" and http_source(document).server == "http://127.0.0.1:1"


def test_methods_without_identity_are_left_out_with_a_reason(tmp_path: Path) -> None:
    broken = SHELF | {
        "resources": {},
        "methods": {"a": {"path": "x"}, "b": {"id": "b", "httpMethod": "GET", "path": ""}},
    }
    reading = read_file(tmp_path, broken)
    assert [d.name for d in reading.documents] == ["b"]
    assert reading.invalid.count == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"kind": "other"}', "\xff", '{"kind": 1, "kind": 2}', "[" * 5_000]
)
def test_what_is_no_discovery_document_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ImportRefusedError, match=r"x\.json"):
        read_discovery(path)


def test_references_out_of_the_document_are_refused(tmp_path: Path) -> None:
    schemas = {"Shelf": {"type": "object", "properties": {"x": {"$ref": "https://example.com/secret"}}}}
    with pytest.raises(ImportRefusedError) as refused:
        list(read_file(tmp_path, SHELF | {"schemas": schemas}).documents)
    assert refused.value.code == "ref.external"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "$ref", "properties", "items", "additionalProperties", "enum", "default", "required"]
            )
            | st.sampled_from(
                ["Shelf", "Node", "id", "path", "httpMethod", "parameters", "request", "response", "methods"]
            )
            | st.sampled_from(["object", "array", "location", "scopes", "deprecated", "description", "mediaUpload"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(JSON, JSON, JSON)
def test_whatever_is_in_a_document_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, a: object, b: object, c: object
) -> None:
    method = {"id": "m", "path": "x/{+y}", "httpMethod": "POST", "request": {"$ref": "Shelf"}, "parameters": b}
    data = SHELF | {"schemas": {"Shelf": a, "Node": b}, "methods": {"m": method, "n": c}, "auth": c}
    try:
        documents = list(read_file(tmp_path_factory.getbasetemp(), data).documents)
    except ImportRefusedError:
        return
    for document in documents:
        json.dumps(document.to_json())


def test_discovery_documents_are_recognised() -> None:
    assert is_discovery(SHELF) and is_discovery({"discoveryVersion": "v1", "rootUrl": "https://x.example"})
    assert not is_discovery({"openapi": "3.1.0"}) and not is_discovery([]) and not is_discovery(None)


def test_a_shipped_document_has_the_methods_and_names_of_the_corpus() -> None:
    reading = read_google(["drive.v3"])
    names = {(d.package, d.name) for d in reading.documents}
    assert reading.identity == "google" and not reading.whole
    assert ("Google Drive API v3", "drive.files.list") in names and len(names) > 40
    assert [p.name for p in reading.packages] == ["Google Drive API v3"]


def test_a_document_that_is_shipped_under_two_spellings_is_read_once() -> None:
    names = [d.id for d in read_google(["google:admin.directory_v1"]).documents]
    assert len(names) == len(set(names)) > 100


def test_a_document_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(ImportRefusedError) as refused:
        read_google(["drive.v99"])
    assert "drive.v3" in str(refused.value.hint)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "googleapiclient", None)
    with pytest.raises(ImportRefusedError) as refused:
        read_google()
    assert "taskmatrix[google]" in str(refused.value.hint)
