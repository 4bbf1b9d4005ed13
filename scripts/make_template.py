"""Make the blank 16:9 deck that the `powerpoint` package starts new presentations from.

Run `python scripts/make_template.py` after a change here; `tests/packages` fails while the shipped file differs.
python-pptx's own default deck is 4:3 with the look of 2007. This one has the size of today's PowerPoint
(12192000 x 6858000 EMU), its placeholder geometry and its text sizes, seven layouts and no slide.
"""

import io
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.util import Emu

TARGET = Path(__file__).parents[1] / "src/taskmatrix/packages/powerpoint/template.pptx"

TITLE = (838200, 365125, 10515600, 1325563)
CONTENT = (838200, 1825625, 10515600, 4351338)
MASTER = {
    0: TITLE,
    1: CONTENT,
    2: (838200, 6356350, 2743200, 365125),
    3: (4038600, 6356350, 4114800, 365125),
    4: (8610600, 6356350, 2743200, 365125),
}
# Placeholder index → left, top, width, height in EMU; None inherits from the master.
LAYOUTS = {
    "Title Slide": {0: (1524000, 1122363, 9144000, 2387600), 1: (1524000, 3602038, 9144000, 1655762)},
    "Title and Content": {0: None, 1: None},
    "Section Header": {0: (831850, 1709738, 10515600, 2852737), 1: (831850, 4589463, 10515600, 1500187)},
    "Two Content": {0: None, 1: (838200, 1825625, 5181600, 4351338), 2: (6172200, 1825625, 5181600, 4351338)},
    "Comparison": {
        0: (839788, 365125, 10515600, 1325563),
        1: (839788, 1681163, 5157787, 823912),
        2: (839788, 2505075, 5157787, 3684588),
        3: (6172200, 1681163, 5183188, 823912),
        4: (6172200, 2505075, 5183188, 3684588),
    },
    "Title Only": {0: None},
    "Blank": {},
}
# (layout, placeholder index) → size in hundredths of a point, alignment, anchor, bold, grey
LOOKS = {
    ("Title Slide", 0): (6000, "ctr", "b", False, False),
    ("Title Slide", 1): (2400, "ctr", None, False, False),
    ("Section Header", 0): (6000, "l", "b", False, False),
    ("Section Header", 1): (2400, "l", "t", False, True),
    ("Comparison", 1): (2400, "l", "b", True, False),
    ("Comparison", 3): (2400, "l", "b", True, False),
}
BODY_SIZES = (2800, 2400, 2000, 1800, 1800, 1800, 1800, 1800, 1800)
COLOURS = {
    "dk2": "44546A", "lt2": "E7E6E6", "accent1": "4472C4", "accent2": "ED7D31", "accent3": "A5A5A5",
    "accent4": "FFC000", "accent5": "5B9BD5", "accent6": "70AD47", "hlink": "0563C1", "folHlink": "954F72",
}  # fmt: skip


def make() -> bytes:
    """Return the template's bytes: the same on every run."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Emu(12192000), Emu(6858000)
    deck.element.find(qn("p:sldSz")).attrib.pop("type")
    drop_layouts(deck)
    place_master(deck)
    style_master(deck)
    for layout in deck.slide_layouts:
        for placeholder in layout.placeholders:
            place_in_layout(layout.name, placeholder)
    recolour(deck)
    drop_leftovers(deck)
    describe(deck)
    return steady(deck)


def drop_layouts(deck: Deck) -> None:
    for layout in list(deck.slide_layouts):
        if layout.name not in LAYOUTS:
            deck.slide_layouts.remove(layout)


def place_master(deck: Deck) -> None:
    for placeholder in deck.slide_master.placeholders:
        index = placeholder.placeholder_format.idx
        put(placeholder, MASTER[index])
        if index >= 2:
            body = placeholder.element.txBody
            grey(body.find(qn("a:lstStyle")).find(qn("a:lvl1pPr")).find(qn("a:defRPr")))


def put(placeholder, box) -> None:
    placeholder.left, placeholder.top, placeholder.width, placeholder.height = map(Emu, box)


def style_master(deck: Deck) -> None:
    styles = deck.slide_master.element.find(qn("p:txStyles"))
    title = styles.find(qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    title.set("algn", "l")
    space(title, before_points=0)
    for level, (size, paragraph) in enumerate(zip(BODY_SIZES, styles.find(qn("p:bodyStyle")), strict=False)):
        paragraph.set("marL", str(228600 + 457200 * level))
        paragraph.set("indent", "-228600")
        space(paragraph, before_points=10 if level == 0 else 5)
        paragraph.find(qn("a:buChar")).set("char", "•")
        paragraph.find(qn("a:defRPr")).set("sz", str(size))
    for paragraph in styles.iter():
        if "defTabSz" in paragraph.attrib:
            paragraph.set("defTabSz", "914400")


def space(paragraph, before_points: int) -> None:
    for tag in ("a:lnSpc", "a:spcBef"):
        for old in paragraph.findall(qn(tag)):
            paragraph.remove(old)
    lines = etree.Element(qn("a:lnSpc"))
    etree.SubElement(lines, qn("a:spcPct")).set("val", "90000")
    before = etree.Element(qn("a:spcBef"))
    etree.SubElement(before, qn("a:spcPts")).set("val", str(before_points * 100))
    paragraph.insert(0, lines)
    paragraph.insert(1, before)


def place_in_layout(layout: str, placeholder) -> None:
    index = placeholder.placeholder_format.idx
    if index >= 10:
        return
    box = LAYOUTS[layout][index]
    properties = placeholder.element.spPr
    for transform in properties.findall(qn("a:xfrm")):
        properties.remove(transform)
    if box is not None:
        put(placeholder, box)
    styles = placeholder.element.txBody.find(qn("a:lstStyle"))
    for child in list(styles):
        styles.remove(child)
    look = LOOKS.get((layout, index))
    body = placeholder.element.txBody.find(qn("a:bodyPr"))
    body.attrib.pop("anchor", None)
    if look is not None:
        size, align, anchor, bold, faded = look
        if anchor:
            body.set("anchor", anchor)
        for level in range(1, 10 if index else 2):
            styles.append(level_style(level, size, align, bold=bold, faded=faded, plain=index > 0))


def level_style(level: int, size: int, align: str, *, bold: bool, faded: bool, plain: bool):
    paragraph = etree.Element(qn(f"a:lvl{level}pPr"))
    if plain:
        paragraph.set("marL", str(457200 * (level - 1)))
        paragraph.set("indent", "0")
    paragraph.set("algn", align)
    if plain:
        etree.SubElement(paragraph, qn("a:buNone"))
    run = etree.SubElement(paragraph, qn("a:defRPr"))
    run.set("sz", str(max(size - 400 * min(level - 1, 2), 1600)))
    if bold:
        run.set("b", "1")
    if faded:
        grey(run)
    return paragraph


def grey(run) -> None:
    for old in run.findall(qn("a:solidFill")):
        run.remove(old)
    fill = etree.Element(qn("a:solidFill"))
    colour = etree.SubElement(fill, qn("a:schemeClr"))
    colour.set("val", "tx1")
    etree.SubElement(colour, qn("a:tint")).set("val", "75000")
    run.insert(0, fill)


def recolour(deck: Deck) -> None:
    part = theme_part(deck)
    theme = etree.fromstring(part.blob)
    scheme = theme.find(f".//{qn('a:clrScheme')}")
    for name, value in COLOURS.items():
        scheme.find(qn(f"a:{name}"))[0].set("val", value)
    part.blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)


def theme_part(deck: Deck):
    return next(r.target_part for r in deck.slide_master.part.rels.values() if r.reltype.endswith("/theme"))


def drop_leftovers(deck: Deck) -> None:
    whole = deck.part.package._rels
    leftovers = ((deck.part.rels, "/printerSettings"), (whole, "/thumbnail"), (whole, "/extended-properties"))
    for owner, ending in leftovers:
        for rel_id in [r.rId for r in owner.values() if r.reltype.endswith(ending)]:
            owner.pop(rel_id)


def describe(deck: Deck) -> None:
    about = deck.core_properties
    about.title = about.author = about.last_modified_by = about.comments = ""
    about.created = about.modified = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    about.revision = 1


def steady(deck: Deck) -> bytes:
    """Write the deck with fixed file times, so that the same content gives the same bytes."""
    first = io.BytesIO()
    deck.save(first)
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members(first.getvalue()):
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def members(deck: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(deck)) as source:
        for info in source.infolist():
            yield info.filename, source.read(info)


if __name__ == "__main__":
    TARGET.write_bytes(make())
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size} bytes\n")
