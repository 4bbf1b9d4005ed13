"""Layouts by the names people use, whatever a deck or its language calls them."""

from typing import TYPE_CHECKING, Literal

from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.powerpoint.elements import element_of
from taskmatrix.packages.powerpoint.shapes import layout_has

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Deck
    from pptx.slide import SlideLayout

LayoutName = Literal[
    "title slide", "title and content", "section header", "two content", "comparison", "title only", "blank"
]

# ECMA-376 part 1, 19.7.15 ST_SlideLayoutType
_TYPES: dict[str, tuple[str, ...]] = {
    "title slide": ("title",),
    "title and content": ("obj", "tx"),
    "section header": ("secHead",),
    "two content": ("twoObj",),
    "comparison": ("twoTxTwoObj",),
    "title only": ("titleOnly",),
    "blank": ("blank",),
}


def find_layout(deck: "Deck", name: LayoutName) -> "SlideLayout":
    """Return the deck's layout of that kind: by its type, by its name, or by the boxes it has.

    Where there are several, that of the slides nearest the end, so that a new slide looks like the others. Raises
    ApiArgumentError, listing what there is, for a deck without one.
    """
    layouts = _layouts(deck)
    for kind in _TYPES[name]:
        for layout in layouts:
            if element_of(layout).get("type") == kind:
                return layout
    for layout in layouts:
        if layout.name.strip().lower() == name:
            return layout
    if name in ("title and content", "title only"):
        for layout in layouts:
            if layout_has(layout, title=True) and (name == "title only" or layout_has(layout, title=False)):
                return layout
    offered = ", ".join(sorted({repr(layout.name) for layout in layouts})) or "none at all"
    raise ApiArgumentError(
        f"this presentation has no layout {name!r}", hint=f"choose another one; its layouts are {offered}"
    )


def _layouts(deck: "Deck") -> "list[SlideLayout]":
    """Return all layouts, those in use first, then those that share a master with them, from the end."""
    used = [slide.slide_layout for slide in reversed(list(deck.slides))]
    masters = [*(layout.slide_master for layout in used), *deck.slide_masters]
    found = [*used, *(layout for master in masters for layout in master.slide_layouts)]
    return list({str(layout.part.partname): layout for layout in found}.values())


def layouts_with(deck: "Deck", *, title: bool) -> str:
    """Return the names of the layouts that have a title box (or a content box), for a message."""
    names = [repr(layout.name) for layout in deck.slide_layouts if layout_has(layout, title=title)]
    return ", ".join(names) or "none of this deck's layouts"
