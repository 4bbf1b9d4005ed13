import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "package": NAME,
        "name": NAME,
        "description": TEXT,
        "parameters": st.lists(
            st.fixed_dictionaries(
                {"name": NAME},
                optional={
                    "description": TEXT | st.none(),
                    "required": st.booleans(),
                    "schema": st.dictionaries(TEXT, JSON, max_size=3) | st.none(),
                    "location": st.sampled_from(["path", "query"]),
                },
            ),
            max_size=4,
            unique_by=lambda p: p["name"],
        ),
    },
    optional={
        "composition": TEXT | st.none(),
        "effects": st.sampled_from(["read", "write", "destructive", "physical"]),
        "examples": st.lists(TEXT, max_size=2),
        "returns": st.fixed_dictionaries({"description": TEXT, "schema": st.dictionaries(TEXT, JSON, max_size=2)}),
        "source": st.fixed_dictionaries({"kind": st.just("rest"), "path": TEXT}),
        "x-unknown": JSON.filter(lambda value: value is not None),
    },
)
MINIMAL = {"package": "p", "name": "n", "description": "d", "parameters": []}


@given(DOCUMENTS)
def test_a_document_comes_back_from_its_interchange_form(data: dict[str, Any]) -> None:
    document = parse_document(data)
    again = parse_document(json.loads(json.dumps(document.to_json())))
    assert again == document
    assert again.digest() == document.digest()


@given(DOCUMENTS)
def test_unknown_keys_are_kept_everywhere(data: dict[str, Any]) -> None:
    written = parse_document(data).to_json()
    assert written.get("x-unknown") == data.get("x-unknown")
    assert [p.get("location") for p in written["parameters"]] == [p.get("location") for p in data["parameters"]]
    assert written.get("source", {}).get("path") == data.get("source", {}).get("path")


@given(DOCUMENTS)
def test_the_digest_does_not_depend_on_the_order_of_keys(data: dict[str, Any]) -> None:
    assert parse_document(data).digest() == parse_document(dict(reversed(data.items()))).digest()


@given(DOCUMENTS, TEXT)
def test_another_description_is_another_digest(data: dict[str, Any], description: str) -> None:
    same = data["description"] == description
    changed = {**data, "description": description}
    assert (parse_document(data).digest() == parse_document(changed).digest()) == same


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "package"),
        ([], "document"),
        ({**MINIMAL, "package": ""}, "package"),
        ({**MINIMAL, "name": 3}, "name"),
        ({**MINIMAL, "parameters": None}, "parameters"),
        ({**MINIMAL, "parameters": [{"name": "a"}, {}]}, "parameters.1.name"),
        ({**MINIMAL, "parameters": [{"name": "a", "schema": "text"}]}, "parameters.0.schema"),
        ({**MINIMAL, "parameters": [{"name": "a"}, {"name": "a"}]}, "parameters"),
        ({**MINIMAL, "effects": "boom"}, "effects.kind"),
        ({**MINIMAL, "rules": [{"kind": "sometimes"}]}, "rules.0.kind"),
    ],
)
def test_what_breaks_the_schema_is_named(data: object, path: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document(data)
    assert caught.value.path == path


@given(JSON)
def test_any_json_is_a_document_or_a_document_error(data: object) -> None:
    try:
        parse_document(data)
    except DocumentError as error:
        assert error.path


@pytest.mark.parametrize(
    ("returns", "schema"),
    [
        ({"description": "text"}, {}),
        ({"type": "string", "description": "text"}, {"type": "string", "description": "text"}),
        (
            {"id": {"type": "integer"}, "name": {"type": "string"}},
            {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
        ),
        ({"properties": {"a": {}}}, {"properties": {"a": {}}}),
        (None, {}),
    ],
)
def test_results_are_read_in_the_forms_found_in_the_wild(returns: object, schema: object) -> None:
    assert parse_document({**MINIMAL, "returns": returns}).returns.type == schema


def test_an_api_that_says_nothing_of_its_effect_counts_as_writing() -> None:
    document = parse_document(MINIMAL)
    assert document.effects.kind == "write"
    assert document.effects.inferred


def test_a_default_is_told_from_no_default() -> None:
    parameters = [{"name": "a", "schema": {"default": None}}, {"name": "b", "schema": {"enum": [1, 2]}}]
    document = parse_document({**MINIMAL, "parameters": parameters})
    first, second = document.parameters
    assert (first.has_default, first.default) == (True, None)
    assert (second.has_default, second.choices) == (False, (1, 2))


def test_rules_name_apis_of_the_same_package_or_of_another() -> None:
    document = parse_document(MINIMAL)
    assert document.resolve("open") == "p.open"
    assert document.resolve("p.open") == "p.open"


def test_documents_cannot_be_changed() -> None:
    document: Any = parse_document(MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        document.name = "other"
    assert isinstance(document, ApiDocument)
