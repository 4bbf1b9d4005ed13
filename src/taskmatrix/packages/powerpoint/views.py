"""What a chat model is told of the open deck: where the run is in it, then pages as in Figure 10 of the paper.

Whatever the size of the deck, the text stays short: pages near the current one are told whole, others by their title.
"""

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.packages.powerpoint.reading import kind_of, page_text, title_of
from taskmatrix.packages.powerpoint.session import Desk, open_session, viewing
from taskmatrix.packages.powerpoint.shapes import lines_of, text_of

LONGEST_VIEW = 10_000
"""Characters, up to a line more."""

_LONGEST_TITLE, _LONGEST_SELECTED, _LONGEST_PATH = 80, 400, 300


@api(effects="read")
def read_view(*, context: RunContext) -> str:
    """Read which presentation is open, its current slide, what is selected, and its pages; empty where none is."""
    if open_session(context) is None:
        return ""
    with viewing(context) as desk:
        head = "\n".join(_head(desk))
        pages = _pages(desk, LONGEST_VIEW - len(head))
        return f"{head}\n\n{pages}" if pages else head


def _head(desk: Desk) -> list[str]:
    session, count = desk.session, len(desk.deck.slides)
    saved = "saved" if session.saved else "not saved"
    path = _cut(session.path, _LONGEST_PATH)
    lines = [f"Presentation: {path}, {count} {'slide' if count == 1 else 'slides'}, {saved}"]
    if session.slide:
        lines.append(f"Current page: {_line(desk, session.slide)}")
        lines += _selected(desk) or ["Selected: nothing"]
    return lines


def _selected(desk: Desk) -> list[str]:
    selection = desk.session.selection
    shape = next((s for s in desk.slide.shapes if selection and s.shape_id == selection.shape), None)
    if shape is None:
        return []
    text = _cut(" / ".join(lines_of(text_of(shape))), _LONGEST_SELECTED) if shape.has_text_frame else ""
    return [f"Selected: {kind_of(shape)}, " + (f"which says: {text}" if text else "empty")]


def _pages(desk: Desk, room: int) -> str:
    """Return the pages in order, `room` characters at most: a line each, the nearest whole as far as there is room."""
    count, told = len(desk.deck.slides), dict[int, str]()
    nearest = sorted(range(1, count + 1), key=lambda number: abs(number - desk.session.slide))
    lines = room // 3
    for number in nearest:
        line = f"Page: {_line(desk, number)}"
        lines -= len(line) + 1
        if lines < 0:
            break
        told[number] = line
    room -= sum(len(line) + 1 for line in told.values())
    for number in nearest:
        text = page_text(desk.numbered(number), number)
        more = len(text) - len(told.get(number, ""))
        if more > room and number == nearest[0]:
            text, more = f"{text[: max(room - 20, 0)]}\n (cut here)\n", room
        if more > room:
            break
        told[number], room = text, room - more
    left = count - len(told)
    return "\n".join(told[number] for number in sorted(told)) + (f"\n({left} more pages)\n" if left else "")


def _line(desk: Desk, number: int) -> str:
    title = _cut(title_of(desk.numbered(number)), _LONGEST_TITLE)
    return f"{number}, {title}" if title else str(number)


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
