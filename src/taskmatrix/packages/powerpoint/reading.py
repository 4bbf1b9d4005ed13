"""Reading slides: for programs as fields, for models as the text of Figure 10 of the paper."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import TypedDict

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.packages.powerpoint.rules import NEEDS_DECK, NEEDS_SLIDE
from taskmatrix.packages.powerpoint.session import viewing
from taskmatrix.packages.powerpoint.shapes import (
    content_boxes,
    flat,
    free_text_boxes,
    is_content,
    is_title,
    lines_of,
    pictures,
    table_of,
    text_of,
    title_box,
)
from taskmatrix.packages.powerpoint.units import to_units

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide


class SlideContents(TypedDict):
    """What a slide holds."""

    slide_id: Annotated[int, Field(description="number of the slide")]
    title: Annotated[str, Field(description="the title (heading, name) of the slide")]
    contents: Annotated[list[str], Field(description="the lines (items, points, entries) listed on the slide")]
    tables: Annotated[list[list[list[str]]], Field(description="the cells of each table, row by row")]
    pictures: Annotated[int, Field(description="how many pictures (images) the slide has")]
    notes: Annotated[str, Field(description="the speaker notes")]


@api(effects="read", rules=[NEEDS_SLIDE])
def read_slide(slide_id: int | None = None, *, context: RunContext) -> SlideContents:
    """Read (get, list, look at) what is on a slide (page): its title, lines, tables, pictures and notes.

    Args:
        slide_id: Number of the slide to read, the first slide is 1; left out, the current slide.

    Returns:
        The title; as contents the lines of the content boxes one by one, or of other text boxes where the slide has
        none; the cells of tables; the number of pictures; the speaker notes.

    Raises:
        ApiArgumentError: There is no slide of that number.
        ApiStateError: No presentation is open, or it has no slide.

    Example:
        lines = read_slide(2)["contents"]

    Composition:
        Needs a presentation from `open_presentation` or `new_presentation`. The current slide stays what it is. To
        do something for each item listed on a slide, loop over `contents` of the result.
    """
    with viewing(context) as desk:
        slide = desk.slide if slide_id is None else desk.numbered(slide_id)
        number = slide_id or desk.session.slide
        frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        return SlideContents(
            slide_id=number,
            title=title_of(slide),
            contents=main_lines(slide),
            tables=tables_on(slide),
            pictures=len(pictures(slide)),
            notes=frame.text if frame is not None else "",
        )


@api(effects="read", rules=[NEEDS_DECK])
def read_presentation(*, context: RunContext) -> str:
    """Read (describe, show, print) the whole presentation as text, with the position of each shape on every page.

    Returns:
        For every page its number, title and contents, then the visual positions: height, width, left, top, right
        and down of each text box, picture and table, in units of a thousand EMU.

    Raises:
        ApiStateError: No presentation is open.

    Example:
        print(read_presentation())

    Composition:
        Needs a presentation from `open_presentation` or `new_presentation`. Use it to see where shapes are;
        `read_slide` gives the lines of one slide one by one.
    """
    with viewing(context) as desk:
        pages = [page_text(slide, number) for number, slide in enumerate(desk.deck.slides, start=1)]
        return "\n".join(pages)


@api(effects="read", rules=[NEEDS_DECK])
def count_slides(*, context: RunContext) -> int:
    """Count the slides (pages) of the presentation: how many it has.

    Returns:
        The number of slides, which is also the number of the last slide.

    Raises:
        ApiStateError: No presentation is open.

    Example:
        last = count_slides()

    Composition:
        Needs a presentation from `open_presentation` or `new_presentation`.
    """
    with viewing(context) as desk:
        return len(desk.deck.slides)


def page_text(slide: "Slide", number: int) -> str:
    """Return a page exactly as Figure 10 of the paper prints it.

    One blank before every line but the first, an empty line before the positions and one at the end.
    """
    lines = [f"Page: {number}", f" Title: {title_of(slide)}".rstrip(), " Contents:"]
    lines += [f" {line}" for line in _all_lines(slide)]
    lines += ["", " Visual Positions:"]
    lines += [f" {_position(shape)}" for shape in slide.shapes if not _is_page_furniture(shape)]
    return "\n".join(lines) + "\n"


def title_of(slide: "Slide") -> str:
    """Return the title of a slide in one line; empty where it has none."""
    box = title_box(slide)
    return " ".join(lines_of(text_of(box))) if box is not None else ""


def main_lines(slide: "Slide") -> list[str]:
    """Return the lines of a slide's content boxes, or of its other text boxes where it has none."""
    lines = [line for box in content_boxes(slide) for line in lines_of(text_of(box))]
    return lines or [line for box in free_text_boxes(slide) for line in lines_of(text_of(box))]


def _all_lines(slide: "Slide") -> list[str]:
    boxes = [*content_boxes(slide), *free_text_boxes(slide)]
    lines = [line for box in boxes for line in lines_of(text_of(box))]
    return lines + [" | ".join(row) for table in tables_on(slide) for row in table]


def tables_on(slide: "Slide") -> list[list[list[str]]]:
    """Return the cells of each table of a slide, row by row."""
    tables = [table_of(shape) for shape in flat(slide.shapes) if shape.has_table]
    return [[[" ".join(lines_of(cell.text_frame)) for cell in row.cells] for row in table.rows] for table in tables]


def _is_page_furniture(shape: "BaseShape") -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    furniture = (KIND.DATE, KIND.FOOTER, KIND.SLIDE_NUMBER)
    return shape.is_placeholder and shape.placeholder_format.type in furniture


def _position(shape: "BaseShape") -> str:
    left, top, width, height = (int(v or 0) for v in (shape.left, shape.top, shape.width, shape.height))
    return (
        f"{kind_of(shape)}, height={to_units(height)}, width={to_units(width)}, it's position: left={to_units(left)}, "
        f"top={to_units(top)}, right={to_units(left + width)}, down={to_units(top + height)}"
    )


def kind_of(shape: "BaseShape") -> str:
    """Say what a shape is, in the words of Figure 10."""
    from pptx.shapes.group import GroupShape
    from pptx.shapes.picture import Picture
    from pptx.shapes.placeholder import PlaceholderPicture

    if isinstance(shape, (Picture, PlaceholderPicture)):
        return "A picture"
    if shape.has_table:
        return "A table"
    if shape.has_chart:
        return "A chart"
    if isinstance(shape, GroupShape):
        return "A group"
    if is_title(shape):
        return "A text box of title"
    if is_content(shape):
        return "A text box of content"
    return "A text box" if shape.has_text_frame and lines_of(text_of(shape)) else "A shape"
