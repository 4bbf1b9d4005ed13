import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.docstrings import Docstring, parse_docstring


def test_all_sections_are_read() -> None:
    text = """Insert a picture.

    It goes on the
    current slide.

    Args:
        path: Where it lies.
            It must exist.
        width (int, optional): In EMU: never zero.
        **more: Anything else.

    Returns:
        Its number.

    Raises:
        ApiFileError: The file is missing.

    Examples:
        >>> insert_picture("a.png")
        ... # twice

        insert_picture("b.png", width=3)

    Composition:
        Call `open` first.
    """
    assert parse_docstring(text) == Docstring(
        description="Insert a picture. It goes on the current slide.",
        parameters={"path": "Where it lies. It must exist.", "width": "In EMU: never zero.", "more": "Anything else."},
        returns="Its number.",
        errors={"ApiFileError": "The file is missing."},
        examples=('insert_picture("a.png")\n# twice', 'insert_picture("b.png", width=3)'),
        composition="Call `open` first.",
    )


@pytest.mark.parametrize("text", [None, "", "   \n  "])
def test_nothing_is_an_empty_docstring(text: str | None) -> None:
    assert parse_docstring(text) == Docstring()


def test_a_section_may_begin_on_the_line_of_its_name_and_go_by_another_name() -> None:
    found = parse_docstring("Do it.\n\nReturns: A number.\nArguments:\n    x: One.\nExample: do_it(1)")
    assert (found.returns, found.parameters, found.examples) == ("A number.", {"x": "One."}, ("do_it(1)",))


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(parse_docstring(text), Docstring)


@given(st.text(st.characters(categories=["L", "Zs", "N"])))
def test_a_text_without_sections_is_all_description(text: str) -> None:
    assert parse_docstring(text).description == " ".join(text.split())
