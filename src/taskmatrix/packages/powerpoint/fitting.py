"""Making text fit its box, as PowerPoint does while a person types.

PowerPoint works out how far to shrink only when the text is edited in it, so a file written without it must say
so itself (`a:normAutofit`, ECMA-376 part 1, 21.1.2.1.3). The widths are estimates after the font Calibri.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from taskmatrix.packages.powerpoint.elements import Element, element_of, tag
from taskmatrix.packages.powerpoint.shapes import is_title, text_of

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide

# Font size and reduction of line spacing, in thousandths of a percent: the steps PowerPoint itself takes.
_STEPS = (
    (100_000, 0), (92_500, 0), (92_500, 10_000), (85_000, 20_000), (77_500, 20_000), (70_000, 20_000),
    (62_500, 20_000), (55_000, 20_000), (47_500, 20_000), (40_000, 20_000), (32_500, 20_000), (25_000, 20_000),
)  # fmt: skip
_EMU_PER_POINT = 12700
_AUTOFITS = (tag("a:normAutofit"), tag("a:noAutofit"), tag("a:spAutoFit"))
_SAFETY = 1.04
_DEFAULT_SIZE = 18.0


def fit(slide: "Slide", shape: "BaseShape") -> None:
    """Shrink the text of a placeholder so far that it fits, or let it have its full size again.

    Boxes that are set not to shrink their text, and boxes without a size, are left alone.
    """
    holders = _holders(slide, shape)
    setting = next((found for holder in holders if (found := _autofit(holder)) is not None), None)
    if setting is None or setting.tag != _AUTOFITS[0] or not shape.width or not shape.height:
        return
    width = shape.width / _EMU_PER_POINT - 14.4
    height = shape.height / _EMU_PER_POINT - 7.2
    paragraphs = zip(text_of(shape).paragraphs, element_of(shape).iter(tag("a:p")), strict=True)
    lines = [_Line(paragraph.text, _look(holders, element)) for paragraph, element in paragraphs]
    scale, tighter = next(
        (step for step in _STEPS if _height(lines, width, *step) <= height),
        _STEPS[-1],
    )
    _write(shape, scale, tighter)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a paragraph inherits: lengths in points, line spacing as a factor."""

    size: float
    indent: float
    spacing: float
    before: float


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    look: _Look


def _height(lines: list[_Line], width: float, scale: int, tighter: int) -> float:
    total, factor = 0.0, scale / 100_000
    for number, line in enumerate(lines):
        look, size = line.look, line.look.size * factor
        rows = sum(_rows(part, size, width - look.indent) for part in line.text.split("\v"))
        total += rows * size * 1.2 * (look.spacing - tighter / 100_000)
        total += look.before * factor if number else 0.0
    return total


def _rows(text: str, size: float, width: float) -> int:
    """Return how many rows a text takes when it breaks between words."""
    rows, used = 1, 0.0
    for word in text.split(" "):
        length = _width(word) * size * _SAFETY
        if used and used + length > width:
            rows, used = rows + 1, 0.0
        # A word longer than the box breaks inside.
        rows += int(max(length - 0.01, 0) // width) if width > 0 else 0
        used += length + 0.226 * size
    return rows


def _width(word: str) -> float:
    return sum(_character_width(c) for c in word)


def _character_width(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF":
        return 1.0
    if c in "iljtfrI.,:;'|!()[]-":
        return 0.31
    if c in "mwMW@%":
        return 0.83
    return 0.6 if c.isupper() else 0.5


def _holders(slide: "Slide", shape: "BaseShape") -> list[Element]:
    """Return the elements a placeholder inherits from: itself, its layout's box, the master's box."""
    holders = [element_of(shape)]
    if not shape.is_placeholder:
        return holders
    index, layout = shape.placeholder_format.idx, slide.slide_layout
    alike = [s for s in _shapes(layout.placeholders) if is_title(s) == is_title(shape)]
    holders += [element_of(s) for s in alike if s.placeholder_format.idx == index][:1]
    masters = _shapes(layout.slide_master.placeholders)
    return holders + [element_of(s) for s in masters if is_title(s) == is_title(shape)][:1]


def _shapes(found: object) -> "Iterable[BaseShape]":
    return cast("Iterable[BaseShape]", found)


def _autofit(holder: Element) -> Element | None:
    for properties in holder.iter(tag("a:bodyPr")):
        return next((child for child in properties if child.tag in _AUTOFITS), None)
    return None


def _look(holders: list[Element], paragraph: Element) -> _Look:
    own = paragraph.find(tag("a:pPr"))
    level = int((own.get("lvl") if own is not None else None) or 0) + 1
    styles = [own] if own is not None else []
    styles += [found for holder in holders for found in holder.iter(tag(f"a:lvl{level}pPr"))]
    styles += _master_styles(holders, level)
    runs = [_number(run, "sz") for run in paragraph.iter(tag("a:rPr"))]
    inherited = next((n for style in styles for run in style.findall(tag("a:defRPr")) if (n := _number(run, "sz"))), 0)
    size = (max(runs, default=0) or inherited) / 100 or _DEFAULT_SIZE
    spacing = _spacing(styles, "a:lnSpc", size)
    return _Look(
        size=size,
        indent=next((n for style in styles if (n := _number(style, "marL"))), 0) / _EMU_PER_POINT,
        spacing=spacing / size if spacing else 1.0,
        before=_spacing(styles, "a:spcBef", size),
    )


def _master_styles(holders: list[Element], level: int) -> list[Element]:
    """Return the master's text style for the level: titles have one, everything else another."""
    kind = next((ph.get("type") for ph in holders[-1].iter(tag("p:ph"))), None)
    name = "p:titleStyle" if kind in ("title", "ctrTitle") else "p:bodyStyle"
    root = holders[-1]
    while (parent := root.getparent()) is not None:
        root = parent
    return [found for style in root.iter(tag(name)) for found in style.findall(tag(f"a:lvl{level}pPr"))]


def _spacing(styles: list[Element], name: str, size: float) -> float:
    """Return the first spacing the styles give, in points; 0 without one."""
    for style in styles:
        spacing = style.find(tag(name))
        for amount in spacing if spacing is not None else ():
            value = _number(amount, "val")
            return value / 100_000 * size if amount.tag == tag("a:spcPct") else value / 100
    return 0.0


def _number(element: Element, name: str) -> int:
    text = element.get(name) or "0"
    return int(text) if text.lstrip("-").isdigit() else 0


def _write(shape: "BaseShape", scale: int, tighter: int) -> None:
    from pptx.enum.text import MSO_AUTO_SIZE

    full_size = scale == _STEPS[0][0]
    if full_size and _autofit(element_of(shape)) is None:
        return
    # Setting it anew takes away an earlier scale.
    text_of(shape).auto_size = MSO_AUTO_SIZE.NONE
    text_of(shape).auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
    setting = _autofit(element_of(shape))
    if setting is None or full_size:
        return
    setting.set("fontScale", str(scale))
    if tighter:
        setting.set("lnSpcReduction", str(tighter))
