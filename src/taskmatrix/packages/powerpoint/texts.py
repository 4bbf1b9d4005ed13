"""Selecting text boxes; writing, deleting, styling and replacing text."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import Ensured
from taskmatrix.core.errors import ApiArgumentError, ApiStateError
from taskmatrix.packages.powerpoint.colors import parse_color
from taskmatrix.packages.powerpoint.elements import Element, element_of, tag
from taskmatrix.packages.powerpoint.fitting import fit
from taskmatrix.packages.powerpoint.layouts import layouts_with
from taskmatrix.packages.powerpoint.paragraphs import add_lines, check_text, clear, replace, style
from taskmatrix.packages.powerpoint.rules import (
    CURRENT_SLIDE,
    NEEDS_DECK,
    NEEDS_SELECTION,
    NEEDS_SLIDE,
    SAVE_LATER,
    SELECTED_BOX,
    SHORT_LINES,
    UNSAVED,
)
from taskmatrix.packages.powerpoint.session import BoxName, Desk, Selection, editing, viewing
from taskmatrix.packages.powerpoint.shapes import Side, content_box, lines_of, text_of, title_box

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.text.text import Font

LARGEST_FONT = 3600

_LOOK = f"{CURRENT_SLIDE}.look"
_WRITTEN = Ensured.model_validate(
    {
        "read": "read_state",
        "path": SELECTED_BOX,
        "contains": {"from": "result"},
        "says": "The {session.selection.box} of slide {session.slide} says '{text}'",
    }
)


@api(effects="read", rules=[NEEDS_SLIDE])
def select_title(*, context: RunContext) -> str:
    """Select the title (heading, headline) of the current slide.

    Returns:
        The title as it is now.

    Raises:
        ApiStateError: No presentation is open, it has no slide, or the slide has no title box.

    Example:
        select_title()

    Composition:
        Call it before `insert_text`, `delete_text` or `set_text_style` when these mean the title. It works on the
        current slide: the one made by `create_slide` or gone to with `move_to_slide`. To give the title other
        words, call `delete_text` and then `insert_text`.
    """
    with viewing(context) as desk:
        return _select(desk, "title", title_box(desk.slide))


@api(effects="read", rules=[NEEDS_SLIDE])
def select_content(side: Side | None = None, *, context: RunContext) -> str:
    """Select the content (body, bullet points, main part) of the current slide.

    On a title slide that is the subtitle.

    Args:
        side: Which of two content boxes standing side by side; left out, the first one.

    Returns:
        The content as it is now, one line for each paragraph.

    Raises:
        ApiStateError: No presentation is open, it has no slide, or the slide has no content box.

    Example:
        select_content()

    Composition:
        Call it before `insert_text`, `delete_text` or `set_text_style` when these mean the content. It works on the
        current slide: the one made by `create_slide` or gone to with `move_to_slide`.
    """
    with viewing(context) as desk:
        return _select(desk, "content", content_box(desk.slide, side))


def _select(desk: Desk, box: BoxName, shape: "BaseShape | None") -> str:
    number = desk.session.slide
    if shape is None:
        layout = desk.slide.slide_layout.name
        raise ApiStateError(
            f"slide {number} has no {box} box: its layout is {layout!r}",
            hint=f"layouts that have one: {layouts_with(desk.deck, title=box == 'title')}",
        )
    desk.go(number, Selection(box=box, shape=shape.shape_id))
    return "\n".join(lines_of(text_of(shape)))


@api(
    effects="write",
    rules=[NEEDS_SELECTION, SAVE_LATER, SHORT_LINES],
    ensures=[_WRITTEN],
    changes=[SELECTED_BOX, _LOOK, UNSAVED],
)
def insert_text(text: str, *, context: RunContext) -> str:
    r"""Insert (write, type, enter, put) text into the selected text box.

    The first text takes the place of the empty prompt; text that is there stays, and the new text goes on a new
    line below it.

    Args:
        text: The words to write. Each line becomes a paragraph or bullet point of its own: split sentences
            by "\n", or insert them one after the other.

    Returns:
        All text that the box now holds.

    Raises:
        ApiStateError: No text box is selected.
        ApiArgumentError: The text is empty or holds a character that no PowerPoint file can hold.

    Example:
        insert_text("Revenue grew\nCosts fell")

    Composition:
        First call `select_title` or `select_content`, which say where the text goes. The content of a slide often
        has several sentences: call `insert_text` once for each of them, or split them by "\n". Call
        `save_presentation` at the end.
    """
    lines = check_text(text).strip("\n").split("\n")
    if not any(line.strip() for line in lines):
        raise ApiArgumentError("there is no text to insert", hint="to empty a text box call delete_text")
    with editing(context) as desk:
        box = desk.selected
        add_lines(box, lines)
        fit(desk.slide, box)
        return "\n".join(lines_of(text_of(box)))


@api(effects="write", rules=[NEEDS_SELECTION, SAVE_LATER], changes=[SELECTED_BOX, _LOOK, UNSAVED])
def delete_text(*, context: RunContext) -> str:
    """Delete (clear, empty, erase) all text in the selected text box. The box and its look stay.

    Returns:
        The text that was deleted.

    Raises:
        ApiStateError: No text box is selected.

    Example:
        delete_text()

    Composition:
        First call `select_title` or `select_content`, which say what is deleted. To change a text, call
        `delete_text` and then `insert_text`. Call `save_presentation` at the end.
    """
    with editing(context) as desk:
        box = desk.selected
        before = "\n".join(lines_of(text_of(box)))
        clear(box)
        fit(desk.slide, box)
        return before


@api(effects="write", rules=[NEEDS_SELECTION, SAVE_LATER], changes=[_LOOK, UNSAVED])
def set_text_style(
    size: float | None = None,
    bold: bool | None = None,
    italic: bool | None = None,
    underline: bool | None = None,
    color: str | None = None,
    *,
    context: RunContext,
) -> int:
    """Set the style (font, format, look) of the text in the selected text box.

    Makes it bold, italic or underlined, bigger or smaller, or gives it another color. What is left out stays as it
    is. In an empty box the style waits for the text that comes.

    Args:
        size: Font size in points, such as 28.
        bold: True makes the letters bold (fat, strong), False takes that away.
        italic: True makes the letters italic (slanted), False takes that away.
        underline: True underlines the letters, False takes that away.
        color: Color of the letters: a name such as "dark blue", or #RRGGBB such as "#1F4E79".

    Returns:
        How many lines got the style.

    Raises:
        ApiStateError: No text box is selected.
        ApiArgumentError: Nothing to set is given, the color is not known or the size is impossible.

    Example:
        set_text_style(size=32, bold=True, color="red")

    Composition:
        First call `select_title` or `select_content`, which say what gets the style. Call `save_presentation` at
        the end.
    """
    rgb = parse_color(color) if color is not None else None
    if (size, bold, italic, underline, rgb) == (None,) * 5:
        raise ApiArgumentError("no style is given", hint="give size, bold, italic, underline or color")
    if size is not None and not 1 <= size <= LARGEST_FONT:
        raise ApiArgumentError(f"{size:g} points is no font size", hint=f"give 1 to {LARGEST_FONT}")

    def change(font: "Font") -> None:
        from pptx.util import Pt

        font.size = font.size if size is None else Pt(size)
        font.bold = font.bold if bold is None else bold
        font.italic = font.italic if italic is None else italic
        font.underline = font.underline if underline is None else underline
        if rgb is not None:
            font.color.rgb = rgb

    with editing(context) as desk:
        box = desk.selected
        style(box, change)
        fit(desk.slide, box)
        return len(lines_of(text_of(box)))


@api(effects="write", rules=[NEEDS_DECK, SAVE_LATER], changes=["slides", UNSAVED])
def replace_text(old: str, new: str, *, context: RunContext) -> int:
    """Replace (swap, substitute, rename) words everywhere in the presentation, on all slides.

    Upper and lower case must match. The look of the text stays.

    Args:
        old: The words to look for.
        new: The words to put in their place; empty to take them out.

    Returns:
        How many times it was found and replaced, at least 1.

    Raises:
        ApiArgumentError: The words are on no slide, there is nothing to look for, or the words go over several lines.
        ApiStateError: No presentation is open.

    Example:
        replace_text("2023", "2024")

    Composition:
        Needs a presentation from `open_presentation` or `new_presentation`; nothing has to be selected. Call
        `save_presentation` at the end.
    """
    if not old:
        raise ApiArgumentError("there is nothing to look for: old is empty")
    if "\n" in old or "\n" in check_text(new, "new"):
        raise ApiArgumentError("replace_text works within a line, but the words go over several", hint="one at a time")
    with editing(context) as desk:
        paragraphs = [p for slide in desk.deck.slides for p in element_of(slide).iter(tag("a:p"))]
        count = sum(replace(paragraph, old, new) for paragraph in paragraphs)
        if not count:
            raise ApiArgumentError(f"{old!r} is on no slide of {desk.session.path!r}", hint=_spelling(old, paragraphs))
        return count


def _spelling(old: str, paragraphs: Sequence[Element]) -> str:
    """Say how words that were not found are written there, if they are."""
    for paragraph in paragraphs:
        text = "".join(node.text or "" for node in paragraph.iter(tag("a:t")))
        found = re.search(re.escape(old), text, re.IGNORECASE)
        if found and found[0] != old:
            return f"it is written {found[0]!r} there: upper and lower case must match"
    return "look with read_presentation how it is written there: upper and lower case must match"
