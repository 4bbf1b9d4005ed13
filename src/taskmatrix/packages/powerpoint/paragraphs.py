"""Writing, clearing and styling the text of one text box, with the look it has kept."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.powerpoint.elements import Element, copy, drop, element_of, tag
from taskmatrix.packages.powerpoint.shapes import text_of

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.text.text import Font

_P, _R, _PPR, _RPR, _END = tag("a:p"), tag("a:r"), tag("a:pPr"), tag("a:rPr"), tag("a:endParaRPr")


def check_text(text: str, name: str = "text") -> str:
    """Return a text that a .pptx file can hold. Raises ApiArgumentError naming the first character it cannot."""
    for index, character in enumerate(text):
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) or (code < 32 and character not in "\n\r\t\v"):
            raise ApiArgumentError(
                f"{name} holds the character U+{code:04X} at position {index + 1}, which no PowerPoint file can hold",
                hint="leave it out",
            )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def add_lines(shape: "BaseShape", lines: Sequence[str]) -> None:
    """Write lines at the end of a text box, one paragraph each, in the look of what stands there.

    The first line fills the last paragraph if that is empty, as it is in a box without text.
    """
    frame, body = text_of(shape), _body(shape)
    if not frame.text.strip():
        clear(shape)
    paragraphs = body.findall(_P)
    model = next((p for p in reversed(paragraphs) if p.findall(_R)), paragraphs[0])
    look = _last_look(model)
    spacing = model.find(_PPR)
    free = paragraphs[-1] if not frame.paragraphs[-1].text else None
    for line in lines:
        paragraph = frame.paragraphs[-1] if free is not None else frame.add_paragraph()
        element, free = body.findall(_P)[-1], None
        paragraph.text = line
        if spacing is not None and element.find(_PPR) is None:
            element.insert(0, copy(spacing))
        for run in element.findall(_R):
            _set_look(run, look)


def clear(shape: "BaseShape") -> None:
    """Take all text out of a text box; its first paragraph and the look of its text stay."""
    body = _body(shape)
    first, *others = body.findall(_P)
    look = _last_look(next((p for p in [first, *others] if p.findall(_R)), first))
    for other in others:
        body.remove(other)
    for child in list(first):
        if child.tag != _PPR:
            first.remove(child)
    if look is not None:
        first.append(_as(_END, look))


def style(shape: "BaseShape", change: "Callable[[Font], None]") -> None:
    """Change the font of everything in a text box, and of what is written into it next."""
    body = _body(shape)
    for paragraph, element in zip(text_of(shape).paragraphs, body.findall(_P), strict=True):
        for run in paragraph.runs:
            change(run.font)
        # An empty paragraph keeps its look in the mark at its end, which only a run's font can write.
        mark = paragraph.add_run()
        added = element.findall(_R)[-1]
        end = element.find(_END)
        if end is not None:
            _set_look(added, end)
        change(mark.font)
        look = added.find(_RPR)
        element.remove(added)
        if look is not None:
            if end is not None:
                element.remove(end)
            element.append(_as(_END, look))


def replace(paragraph: Element, old: str, new: str) -> int:
    """Replace a text in one paragraph, also where it is spread over runs of different look; return how often."""
    count = 0
    stretch: list[Element] = []
    for child in [*paragraph, None]:
        if child is not None and child.tag == _R:
            stretch += child.findall(tag("a:t"))
        elif stretch and (child is None or child.tag != _RPR):
            count += _replace_in(stretch, old, new)
            stretch = []
    return count


def _replace_in(nodes: list[Element], old: str, new: str) -> int:
    whole = "".join(node.text or "" for node in nodes)
    starts: list[int] = []
    at = whole.find(old)
    while at >= 0:
        starts.append(at)
        at = whole.find(old, at + len(old))
    # From the last one back, so that the positions of those before stay right.
    for start in reversed(starts):
        _splice(nodes, start, start + len(old), new)
    return len(starts)


def _splice(nodes: list[Element], start: int, end: int, new: str) -> None:
    offset, written = 0, False
    for node in nodes:
        text = node.text or ""
        first, last = max(start - offset, 0), min(end - offset, len(text))
        offset += len(text)
        if first < last:
            node.text = text[:first] + ("" if written else new) + text[last:]
            written = True


def _body(shape: "BaseShape") -> Element:
    text_of(shape)
    body = element_of(shape).find(tag("p:txBody"))
    if body is None:
        raise ApiArgumentError("this shape holds no text")
    return body


def _last_look(paragraph: Element) -> Element | None:
    """Return the run properties that a person typing at the end of the paragraph would get."""
    looks = [look for run in paragraph.findall(_R) if (look := run.find(_RPR)) is not None]
    if paragraph.findall(_R):
        return looks[-1] if looks else None
    return paragraph.find(_END)


def _set_look(run: Element, look: Element | None) -> None:
    old = run.find(_RPR)
    if old is not None:
        drop(old)
    if look is not None:
        run.insert(0, _as(_RPR, look))


def _as(name: str, look: Element) -> Element:
    twin = copy(look)
    twin.tag = name
    return twin
