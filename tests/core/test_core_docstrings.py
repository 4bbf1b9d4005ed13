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
        types={"width": "int, optional"},
        returns="Its number.",
        errors={"ApiFileError": "The file is missing."},
        examples=('insert_picture("a.png")\n# twice', 'insert_picture("b.png", width=3)'),
        composition="Call `open` first.",
    )


def test_a_docstring_of_numpy_style_is_read() -> None:
    text = """stretch(x, y)

    Stretch a :class:`~curves.Curve`.

    The long
    explanation.

    Parameters
    ----------
    x, y : (M,) array_like
        Two arrays.

        With a second paragraph.
    degree : int, optional
        How far.
    **options
        Anything else.

    Returns
    -------
    out : ndarray
        The result.

    Raises
    ------
    LinAlgError
        It cannot be done.
    ValueError

    See Also
    --------
    shrink : The opposite.

    Notes
    -----
    It takes long.

    Examples
    --------
    A case:

    >>> stretch([1], [2],
    ...         degree=3)
    array([1])
    """
    assert parse_docstring(text) == Docstring(
        description="Stretch a `curves.Curve`. The long explanation.",
        parameters={
            "x": "Two arrays. With a second paragraph.",
            "y": "Two arrays. With a second paragraph.",
            "degree": "How far.",
            "options": "Anything else.",
        },
        types={"x": "(M,) array_like", "y": "(M,) array_like", "degree": "int, optional"},
        returns="out: The result.",
        result_type="ndarray",
        errors={"LinAlgError": "It cannot be done.", "ValueError": ""},
        examples=("stretch([1], [2],\n        degree=3)",),
    )


def test_a_docstring_of_sphinx_style_is_read() -> None:
    text = """Send a message.

    It is sent once.

    :param str text: What to say,
        at length.
    :param to: Who gets it.
    :type to: list[str]
    :returns: Its number.
    :rtype: int
    :raises KeyError: Nobody is called so.
    :raises ValueError: It is empty.

    It may be late.

    >>> send("hello", to=["me"])
    7
    """
    assert parse_docstring(text) == Docstring(
        description="Send a message. It is sent once. It may be late.",
        parameters={"text": "What to say, at length.", "to": "Who gets it."},
        types={"text": "str", "to": "list[str]"},
        returns="Its number.",
        result_type="int",
        errors={"KeyError": "Nobody is called so.", "ValueError": "It is empty."},
        examples=('send("hello", to=["me"])',),
    )


def test_what_comes_after_a_section_at_the_margin_is_description_again() -> None:
    found = parse_docstring("Do it.\n\nArgs:\n    x: One.\n\nNote: never twice.")
    assert (found.description, found.parameters) == ("Do it. Note: never twice.", {"x": "One."})


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


LINES = st.sampled_from(
    [
        "Args:",
        "  x: One.",
        "Returns:",
        "Parameters",
        "----",
        "x, y : int",
        "    Text.",
        ":param x: y",
        ":type x: z",
        ":rtype:",
        ">>> f(1)",
        "...",
        "",
        "Raises",
        "Examples",
        "Note:",
        ":returns",
        "f(x)",
        "See Also",
        "\t",
        ":raises :",
        "*: int",
    ]
)


@given(st.lists(LINES | st.text(max_size=12), max_size=20))
def test_any_mixture_of_styles_is_read(lines: list[str]) -> None:
    found = parse_docstring("\n".join(lines))
    assert all(isinstance(text, str) for text in [*found.parameters.values(), *found.errors.values()])
    assert all(name.strip() for name in found.errors)
