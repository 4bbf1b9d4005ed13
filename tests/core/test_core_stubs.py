import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core import names
from taskmatrix.core.documents import Package, parse_document
from taskmatrix.core.stubs import clean, render_module, render_modules, signature_order
from taskmatrix.sandbox import MontySandbox

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ['"""', "'''", "\\", 'ends with "', "\\N{bad}", "a\nb", "\x00\x1b[31m", '"', "# type: ignore", "\u2028"]
)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
SCHEMA = st.sampled_from(
    [
        {},
        {"type": "string", "default": None},
        {"type": "integer", "default": 3},
        {"enum": ["a", 'b"', "c\\"]},
        {"type": "object", "properties": {"a-b": {"type": "string"}, "class": {}}},
        {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer"}}}},
        {"type": "number", "default": {"odd": [1]}},
        {"type": "string", "default": 'q"uote'},
    ]
)
DOCUMENTS = st.lists(
    st.fixed_dictionaries(
        {
            "package": st.just("p"),
            "name": NAME,
            "description": TEXT,
            "parameters": st.lists(
                st.fixed_dictionaries(
                    {"name": NAME, "description": TEXT, "required": st.booleans(), "schema": SCHEMA}
                ),
                max_size=4,
                unique_by=lambda p: p["name"],
            ),
            "composition": TEXT,
            "examples": st.lists(TEXT, max_size=2),
            "returns": st.fixed_dictionaries({"description": TEXT, "schema": SCHEMA}),
        }
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda d: d["name"],
)
SLIDE: dict[str, Any] = {
    "package": "my-deck",
    "name": "create slide",
    "description": "Create a slide.",
    "parameters": [
        {"name": "layout", "required": False, "schema": {"enum": ["title", "blank"]}},
        {"name": "from", "description": "Where it comes from.", "required": True, "schema": {"type": "string"}},
    ],
    "returns": {"description": "Its number.", "schema": {"type": "integer"}},
    "errors": [{"name": "NoDeck", "description": "Nothing is open."}],
    "examples": ["create_s_slide('x')"],
    "composition": "Call open first.",
    "effects": "write",
}


@given(DOCUMENTS, TEXT)
def test_any_documents_are_written_as_python_with_their_functions(data: list[dict[str, Any]], about: str) -> None:
    documents = [parse_document(d) for d in data]
    stub = render_module("p", documents, Package(name="p", description=about, composition=about))
    functions = [node for node in ast.parse(stub.stub).body if isinstance(node, ast.FunctionDef)]
    assert tuple(f.name for f in functions) == stub.functions
    for function, document in zip(functions, documents, strict=True):
        given_names = [names.original(a.arg) for a in function.args.args]
        assert given_names == [p.name for p in signature_order(document)]
        assert ast.get_docstring(function) is not None


def test_all_five_parts_of_a_document_are_in_its_stub() -> None:
    stub = render_module("my-deck", [parse_document(SLIDE)])
    assert stub.name == "my_h_deck"
    assert stub.functions == ("create_s_slide",)
    assert "def create_s_slide(from_: str, layout: Literal['title', 'blank'] = ...) -> int:" in stub.stub
    for part in (
        "Create a slide.",
        "Name: create slide",
        "from_ (from): Where it comes from.",
        "Returns: Its number.",
        "Raises: NoDeck: Nothing is open.",
        "Example: create_s_slide('x')",
        "Composition: Call open first.",
        "Effect: write",
    ):
        assert part in stub.stub


def test_packages_become_one_module_each() -> None:
    documents = [parse_document({**SLIDE, "package": package}) for package in ("a", "b", "a")]
    assert [(m.name, len(m.functions)) for m in render_modules(documents)] == [("a", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("code", "fine"),
    [
        ("from my_h_deck import create_s_slide\nn: int = create_s_slide('x', layout='blank')", True),
        ("from my_h_deck import create_s_slide\ncreate_s_slide(layout='blank')", False),
        ("from my_h_deck import create_s_slide\ncreate_s_slide('x', layout='round')", False),
        ("from my_h_deck import create_s_slide\ncreate_s_slide(3)", False),
    ],
)
def test_the_type_checker_reads_the_stub(code: str, fine: bool) -> None:
    sandbox = MontySandbox(max_processes=1)
    try:
        assert (not sandbox.check(code, [render_module("my-deck", [parse_document(SLIDE)])])) is fine
    finally:
        sandbox.close()


@given(TEXT)
def test_clean_text_is_one_line_that_shows_what_it_holds(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert "  " not in cleaned
    assert clean(cleaned) == cleaned
