"""AWS service models from botocore as documents."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.api_platform.importers.aws import read_aws
from taskmatrix.api_platform.importers.aws.prose import plain
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ImportRefusedError

MODEL = {
    "version": "2.0",
    "metadata": {
        "apiVersion": "2026-01-02",
        "endpointPrefix": "shelves",
        "protocol": "rest-json",
        "serviceFullName": "AWS Shelves",
        "serviceId": "Shelves",
        "signingName": "shelf",
    },
    "documentation": "<p>Keeps <b>shelves</b>.</p>",
    "operations": {
        "PutShelf": {
            "name": "PutShelf",
            "http": {"method": "PUT", "requestUri": "/shelf"},
            "input": {"shape": "PutShelfRequest"},
            "output": {"shape": "PutShelfResponse"},
            "errors": [{"shape": "Full"}],
            "documentation": "<p>Makes a shelf.</p><ul><li>One.</li></ul>",
        },
        "DescribeShelf": {"name": "DescribeShelf", "http": {"method": "POST"}, "authtype": "none"},
        "BatchDeleteShelf": {"name": "BatchDeleteShelf", "http": {"method": "POST"}, "deprecated": True},
        "RunShelf": {"name": "RunShelf", "http": {"method": "POST"}, "readonly": True},
        "TurnShelf": {"name": "TurnShelf", "http": {"method": "POST"}, "idempotent": True},
    },
    "shapes": {
        "PutShelfRequest": {
            "type": "structure",
            "required": ["Name", "Token"],
            "members": {
                "Name": {"shape": "Text", "documentation": "<p>Its &quot;name&quot;.</p>"},
                "Token": {"shape": "Text", "idempotencyToken": True},
                "Node": {"shape": "Node"},
                "Content": {"shape": "Blob"},
                "Kind": {"shape": "Kind", "deprecated": True},
                "When": {"shape": "Time"},
                "Labels": {"shape": "Labels"},
                "Free": {"shape": "Free"},
            },
        },
        "PutShelfResponse": {
            "type": "structure",
            "members": {"Content": {"shape": "Blob"}, "Node": {"shape": "Node"}},
        },
        "Full": {"type": "structure", "members": {}, "exception": True, "documentation": "<p>No room.</p>"},
        "Text": {"type": "string", "min": 1, "max": 9, "pattern": "[a-z]+"},
        "Kind": {"type": "string", "enum": ["A", "B"]},
        "Time": {"type": "timestamp"},
        "Blob": {"type": "blob"},
        "Free": {"type": "structure", "members": {}, "document": True},
        "Labels": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Kind"}},
        "Node": {"type": "structure", "members": {"Children": {"shape": "Nodes"}}},
        "Nodes": {"type": "list", "member": {"shape": "Node"}, "max": 5},
    },
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of the user's own, where botocore looks as well."""
    from botocore.loaders import Loader

    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(tmp_path))
    return tmp_path


def put_model(folder: Path, model: object, version: str = "2026-01-02") -> None:
    place = folder / "shelves" / version
    place.mkdir(parents=True)
    (place / "service-2.json").write_text(json.dumps(model))


@pytest.fixture
def shelves(models: Path) -> dict[str, ApiDocument]:
    put_model(models, MODEL)
    return {document.name: document for document in read_aws(["shelves"]).documents}


def test_operations_become_apis_of_the_service(models: Path) -> None:
    put_model(models, MODEL | {"metadata": {"serviceFullName": "An old one"}}, "2020-01-01")
    put_model(models, MODEL)
    reading = read_aws(["aws:shelves"])
    documents = list(reading.documents)
    assert reading.identity == "aws" and not reading.whole
    assert [d.id for d in documents][:2] == ["AWS Shelves.shelves.PutShelf", "AWS Shelves.shelves.DescribeShelf"]
    assert [(p.name, p.description) for p in reading.packages] == [("AWS Shelves", "Keeps shelves.")]
    assert documents[0].source.model_dump() == {"kind": "aws", "service": "shelves", "operation": "PutShelf"}
    assert documents[0].version == "2026-01-02"


def test_inputs_are_typed_and_described(shelves: dict[str, ApiDocument]) -> None:
    document = shelves["shelves.PutShelf"]
    found = {p.name: p for p in document.parameters}
    assert document.description == "Makes a shelf.\n- One."
    assert found["Name"].type == {"type": "string", "minLength": 1, "maxLength": 9}
    assert found["Name"].description == 'Its "name".'
    assert [name for name, p in found.items() if p.required] == ["Name"]
    assert found["Kind"].choices == ("A", "B") and found["Kind"].description.startswith("Deprecated")
    assert found["When"].type == {"type": "string", "format": "date-time"}
    assert found["Labels"].type == {"type": "object", "additionalProperties": {"type": "string", "enum": ["A", "B"]}}
    assert found["Free"].type == {}
    assert {"type": "string", "description": "the content as text"} in found["Content"].type["anyOf"]  # type: ignore[operator]


def test_a_shape_that_holds_itself_is_finite(shelves: dict[str, ApiDocument]) -> None:
    node = shelves["shelves.PutShelf"].parameter("Node")
    assert node is not None
    assert node.type == {
        "$ref": "#/$defs/Node",
        "$defs": {
            "Node": {"type": "object", "properties": {"Children": {"$ref": "#/$defs/Nodes"}}},
            "Nodes": {"type": "array", "items": {"$ref": "#/$defs/Node"}, "maxItems": 5},
        },
    }


def test_results_hold_artifacts_where_content_comes_back(shelves: dict[str, ApiDocument]) -> None:
    result = shelves["shelves.PutShelf"].returns.type
    assert "digest" in result["properties"]["Content"]["properties"]  # type: ignore[index, call-overload]
    assert [(e.name, e.description) for e in shelves["shelves.PutShelf"].errors] == [("Full", "No room.")]


def test_effects_are_inferred_from_traits_words_and_verbs(shelves: dict[str, ApiDocument]) -> None:
    kinds = {name.partition(".")[2]: (d.effects.kind, d.effects.idempotent) for name, d in shelves.items()}
    assert kinds == {
        "PutShelf": ("write", True),
        "DescribeShelf": ("read", True),
        "BatchDeleteShelf": ("destructive", False),
        "RunShelf": ("read", True),
        "TurnShelf": ("write", True),
    }
    assert all(d.effects.inferred for d in shelves.values())


def test_credentials_are_named_and_never_given(shelves: dict[str, ApiDocument]) -> None:
    assert shelves["shelves.PutShelf"].auth == {"aws": {"type": "aws-sigv4", "name": "shelf"}}
    assert shelves["shelves.DescribeShelf"].auth is None


def test_real_services_have_the_names_of_the_corpus() -> None:
    names = {d.id: d for d in read_aws(["s3", "sqs"]).documents}
    assert names["Amazon Simple Storage Service.s3.DeleteBucket"].effects.kind == "destructive"
    assert names["Amazon Simple Storage Service.s3.GetObject"].effects.kind == "read"
    assert names["Amazon Simple Queue Service.sqs.SendMessage"].effects.kind == "write"


def test_a_service_that_botocore_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(ImportRefusedError) as refused:
        read_aws(["s3controls"])
    assert "s3control" in str(refused.value.hint)


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(ImportRefusedError) as refused:
        read_aws()
    assert "taskmatrix[aws]" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One\n two.</p> <p>Three &amp; four.</p>", "One two.\nThree & four."),
        ("<ul> <li> <p>A</p> </li> <li>B</li> </ul>", "- A\n- B"),
        ("plain  words", "plain words"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<!-- hidden --><script>x()</script>seen<br/>below", "seen\nbelow"),
    ],
)
def test_markup_becomes_text(html: str, text: str) -> None:
    assert plain(html) == text


@given(st.text())
def test_any_text_is_made_plain(text: str) -> None:
    assert plain(text) == plain(text).strip()
