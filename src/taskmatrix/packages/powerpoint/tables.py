"""Inserting tables."""

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.powerpoint.elements import drop, element_of
from taskmatrix.packages.powerpoint.paragraphs import check_text
from taskmatrix.packages.powerpoint.rules import CURRENT_SLIDE, NEEDS_SLIDE, SAVE_LATER, UNSAVED
from taskmatrix.packages.powerpoint.session import editing
from taskmatrix.packages.powerpoint.shapes import content_boxes, lines_of, text_of
from taskmatrix.packages.powerpoint.units import to_length

MOST_ROWS, MOST_COLUMNS = 75, 75
"""What PowerPoint's own dialog takes."""


@api(effects="write", rules=[NEEDS_SLIDE, SAVE_LATER], changes=[CURRENT_SLIDE, UNSAVED])
def insert_table(rows: list[list[str]], header: bool = True, *, context: RunContext) -> int:
    """Insert (add, draw) a table (grid of rows and columns) on the current slide.

    It takes the place of an empty content box, else it stands below the middle of the slide.

    Args:
        rows: The cells, row by row, such as [["Year", "Sales"], ["2023", "10"]]; short rows are filled up with
            empty cells.
        header: Whether the first row is a header (column names).

    Returns:
        The number of rows.

    Raises:
        ApiArgumentError: There is no cell, or there are more than 75 rows or columns.
        ApiStateError: No presentation is open, or it has no slide.

    Example:
        insert_table([["Year", "Sales"], ["2023", "10"], ["2024", "12"]])

    Composition:
        Works on the current slide: call `create_slide` or `move_to_slide` first, `save_presentation` at the end.
    """
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        raise ApiArgumentError("a table needs at least one cell", hint='give rows such as [["Year", "Sales"]]')
    if len(rows) > MOST_ROWS or columns > MOST_COLUMNS:
        raise ApiArgumentError(
            f"a table of {len(rows)} rows and {columns} columns does not fit a slide",
            hint=f"at most {MOST_ROWS} rows and {MOST_COLUMNS} columns",
        )
    with editing(context) as desk:
        slide = desk.slide
        empty = next((box for box in content_boxes(slide) if not lines_of(text_of(box))), None)
        wide, high = int(desk.deck.slide_width or 0), int(desk.deck.slide_height or 0)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        left, top, width = wide * 0.07, high * 0.55, wide * 0.86
        if empty is not None:
            left, top, width = empty.left, empty.top, empty.width
            drop(element_of(empty))
        row_height = min(370840.0, max(high * 0.95 - top, high * 0.3) / len(rows))
        frame = slide.shapes.add_table(
            len(rows), columns, to_length(left), to_length(top), to_length(width), to_length(row_height * len(rows))
        )
        frame.table.first_row = header
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                frame.table.cell(r, c).text_frame.text = check_text(text, f"row {r + 1}, column {c + 1}")
        desk.go(desk.session.slide)
        return len(rows)
