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

    Raises ApiArgumentError, listing what there is, for a deck without one.
    """
    layouts = [layout for master in deck.slide_masters for layout in master.slide_layouts]
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


def layouts_with(deck: "Deck", *, title: bool) -> str:
    """Return the names of the layouts that have a title box (or a content box), for a message."""
    names = [repr(layout.name) for layout in deck.slide_layouts if layout_has(layout, title=title)]
    return ", ".join(names) or "none of this deck's layouts"
