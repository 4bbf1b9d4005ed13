"""Finding things on a slide: its title, its content boxes, other text, pictures."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.shapes.group import GroupShape
    from pptx.shapes.picture import Picture
    from pptx.shapes.shapetree import SlideShapes
    from pptx.slide import Slide, SlideLayout
    from pptx.table import Table
    from pptx.text.text import TextFrame

Side = Literal["left", "right"]


def text_of(shape: "BaseShape") -> "TextFrame":
    """Return the text frame of a shape that has one (`shape.has_text_frame`)."""
    return cast("TextFrame", getattr(shape, "text_frame"))  # noqa: B009  python-pptx declares it on some subclasses only


def table_of(shape: "BaseShape") -> "Table":
    """Return the table of a shape that holds one (`shape.has_table`)."""
    return cast("Table", getattr(shape, "table"))  # noqa: B009


def lines_of(frame: "TextFrame") -> list[str]:
    """Return the lines of a text frame that hold something."""
    texts = (paragraph.text.replace("\v", " ").strip() for paragraph in frame.paragraphs)
    return [text for text in texts if text]


def title_box(slide: "Slide") -> "BaseShape | None":
    """Return the title's text box, or None on a slide without one."""
    return next((s for s in _placeholders(slide) if is_title(s) and s.has_text_frame), None)


def is_title(shape: "BaseShape") -> bool:
    """Whether a placeholder is there for the title.

    By its type, not by its index being 0 as in PowerPoint: LibreOffice gives every placeholder the index 0.
    """
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    return shape.is_placeholder and shape.placeholder_format.type in (
        KIND.TITLE,
        KIND.CENTER_TITLE,
        KIND.VERTICAL_TITLE,
    )


def content_boxes(slide: "Slide") -> list["BaseShape"]:
    """Return the text boxes the layout made for content, in the layout's order."""
    return [s for s in _placeholders(slide) if is_content(s) and s.has_text_frame]


def is_content(shape: "BaseShape") -> bool:
    """Whether a placeholder is there for content: no title, date, footer or slide number."""
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    return shape.is_placeholder and shape.placeholder_format.type in (
        KIND.BODY,
        KIND.OBJECT,
        KIND.SUBTITLE,
        KIND.VERTICAL_BODY,
        KIND.VERTICAL_OBJECT,
    )


def free_text_boxes(slide: "Slide") -> list["BaseShape"]:
    """Return the text boxes that no layout made, top to bottom; those inside groups too."""
    found = [s for s in flat(slide.shapes) if not s.is_placeholder and s.has_text_frame and lines_of(text_of(s))]
    return sorted(found, key=lambda s: (s.top or 0, s.left or 0))


def flat(shapes: "Iterable[BaseShape]") -> Iterator["BaseShape"]:
    """Return shapes with the members of groups in the place of the groups."""
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from flat(_members(shape))
        else:
            yield shape


def _members(group: "GroupShape") -> "Iterable[BaseShape]":
    return cast("Iterable[BaseShape]", group.shapes)


def _placeholders(slide: "Slide") -> "Iterable[BaseShape]":
    return cast("Iterable[BaseShape]", slide.placeholders)


def pictures(slide: "Slide") -> list["Picture"]:
    """Return the pictures that stand on the slide by themselves, in the order they were placed."""
    from pptx.shapes.picture import Picture
    from pptx.shapes.placeholder import PlaceholderPicture

    shapes: SlideShapes = slide.shapes
    return [cast("Picture", s) for s in shapes if isinstance(s, (Picture, PlaceholderPicture))]


def content_box(slide: "Slide", side: Side | None = None) -> "BaseShape | None":
    """Return the box that text of the content goes to, or None.

    That is the largest content box of the side asked for, else the first content box; on a slide whose layout
    has none, its text box with most lines.
    """
    boxes = content_boxes(slide)
    if side and len(boxes) > 1:
        boxes = [box for box in boxes if _side(box, boxes) == side]
        return max(boxes, key=_area, default=None)
    if boxes:
        return boxes[0] if len({box.left for box in boxes}) > 1 else max(boxes, key=_area)
    return max(free_text_boxes(slide), key=lambda box: len(lines_of(text_of(box))), default=None)


def _side(box: "BaseShape", boxes: "list[BaseShape]") -> Side:
    middles = [b.left + b.width / 2 for b in boxes]
    return "left" if box.left + box.width / 2 < sum(middles) / len(middles) else "right"


def _area(box: "BaseShape") -> int:
    return (box.width or 0) * (box.height or 0)


def layout_has(layout: "SlideLayout", *, title: bool) -> bool:
    """Whether slides of a layout get a title box (or, with `title` false, a content box)."""
    shapes = cast("Iterable[BaseShape]", layout.placeholders)
    return any(is_title(s) if title else is_content(s) for s in shapes)
