import ast
from importlib.metadata import entry_points

import pytest

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.stubs import render_module

PACKAGES = {entry.name: entry.load() for entry in entry_points(group="taskmatrix.packages")}
OURS = [d for name in ("powerpoint", "math") for d in PACKAGES[name].documents()]


def test_both_packages_are_found_by_their_entry_points() -> None:
    assert PACKAGES["powerpoint"].name == "powerpoint"
    assert PACKAGES["math"].name == "math"


@pytest.mark.parametrize("document", OURS, ids=lambda d: d.id)
def test_a_document_has_all_five_parts(document: ApiDocument) -> None:
    assert document.description.endswith((".", "?"))
    assert all(p.description for p in document.parameters)
    assert all(p.type for p in document.parameters)
    assert document.returns.description and document.returns.type
    assert document.errors and all(e.description for e in document.errors)
    assert document.examples
    assert document.composition
    assert not document.effects.inferred
    assert parse_document(document.to_json()) == document


@pytest.mark.parametrize("document", OURS, ids=lambda d: d.id)
def test_rules_and_prose_name_apis_that_exist(document: ApiDocument) -> None:
    known = {d.id for d in OURS}
    named = {document.resolve(api) for rule in document.rules for api in rule.apis}
    assert named <= known
    quoted = {word for word in document.composition.split("`")[1::2] if "_" in word}
    assert {f"{document.package}.{word}" for word in quoted} <= known


@pytest.mark.parametrize("document", OURS, ids=lambda d: d.id)
def test_examples_are_calls_of_the_api_with_its_own_parameters(document: ApiDocument) -> None:
    for example in document.examples:
        calls = [node for node in ast.walk(ast.parse(example)) if isinstance(node, ast.Call)]
        (own,) = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == document.name]
        assert {k.arg for k in own.keywords} <= {p.name for p in document.parameters}
        assert len(own.args) <= len(document.parameters)


def test_every_change_is_to_be_saved_and_nothing_that_only_reads_is() -> None:
    for document in PACKAGES["powerpoint"].documents():
        saves = any(r.kind == "after" and r.apis == ("save_presentation",) for r in document.rules)
        assert saves == (document.effects.kind == "write" and document.name != "save_presentation"), document.id


def test_the_stubs_of_a_package_are_valid_python() -> None:
    for name in ("powerpoint", "math"):
        package = PACKAGES[name]
        stub = render_module(name, package.documents(), package.about())
        compile(stub.stub, stub.name, "exec")
    assert stub.name == "math_"


def test_examples_of_the_math_package_run_as_they_are() -> None:
    functions = {name: d.function for name, d in PACKAGES["math"].definitions.items()}
    for document in PACKAGES["math"].documents():
        for example in document.examples:
            exec(compile(example, document.id, "exec"), {**functions, "print": str})  # noqa: S102
