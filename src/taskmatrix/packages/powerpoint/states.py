"""How the open deck is, for looking at it after a run: what changed, and whether it is as it was to be."""

import hashlib
from collections import OrderedDict
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.packages.powerpoint.colors import parse_color
from taskmatrix.packages.powerpoint.decks import parse_deck
from taskmatrix.packages.powerpoint.elements import copy, drop, element_of, tag
from taskmatrix.packages.powerpoint.reading import main_lines, tables_on
from taskmatrix.packages.powerpoint.session import Desk, open_session, viewing
from taskmatrix.packages.powerpoint.shapes import lines_of, pictures, text_of, title_box
from taskmatrix.packages.powerpoint.units import to_units

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Deck
    from pptx.shapes.picture import Picture
    from pptx.slide import Slide


class SlideState(TypedDict):
    """A slide; `look` changes with anything on it that the other fields do not tell."""

    title: str
    content: str
    pictures: dict[str, list[int]]
    tables: list[list[list[str]]]
    notes: str
    background: str
    look: str


class DeckState(TypedDict):
    """The open deck; slides by number."""

    path: str
    saved: bool
    slides: dict[str, SlideState]


@api(effects="read")
def read_state(*, context: RunContext) -> DeckState:
    """Read all of the open presentation that calls can change; nothing where none is open."""
    session = open_session(context)
    if session is None:
        return DeckState(path="", saved=True, slides={})
    with viewing(context) as desk:
        return DeckState(path=session.path, saved=session.saved, slides=_slides_of(desk))


@api(effects="read")
def has_background(color: str, slides: int, *, context: RunContext) -> bool:
    """Whether at least so many slides have a background of that color."""
    wanted = str(parse_color(color))
    with viewing(context) as desk:
        return sum(_background(slide) == wanted for slide in desk.deck.slides) >= slides


@api(effects="read")
def file_holds_deck(path: str, *, context: RunContext) -> bool:
    """Whether a file, read again, holds the open presentation."""
    saved = _slides(parse_deck(context.read_input(path), path))
    with viewing(context) as desk:
        return saved == _slides_of(desk)


# What the last decks held, by their digest: a run is compared with the deck it began with, looked at after it, and
# gone on from in the next turn. Only a cache, like that of parsed decks.
_read: "OrderedDict[str, dict[str, SlideState]]" = OrderedDict()
_read_lock = Lock()
_READ_AT_MOST = 4


def _slides_of(desk: Desk) -> dict[str, SlideState]:
    digest = desk.session.document
    with _read_lock:
        known = _read.get(digest)
    if known is None:
        known = _slides(desk.deck)
        with _read_lock:
            _read[digest] = known
            while len(_read) > _READ_AT_MOST:
                _read.popitem(last=False)
    return known


def _slides(deck: "Deck") -> dict[str, SlideState]:
    return {str(number): _slide(slide) for number, slide in enumerate(deck.slides, start=1)}


def _slide(slide: "Slide") -> SlideState:
    title = title_box(slide)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return SlideState(
        title="\n".join(lines_of(text_of(title))) if title is not None else "",
        content="\n".join(main_lines(slide)),
        pictures={str(number): _place(picture) for number, picture in enumerate(pictures(slide), start=1)},
        tables=tables_on(slide),
        notes=notes.text if notes is not None else "",
        background=_background(slide),
        look=_look(slide),
    )


def _place(picture: "Picture") -> list[int]:
    """Return left, top, width and height, in units."""
    return [to_units(int(v or 0)) for v in (picture.left, picture.top, picture.width, picture.height)]


def _background(slide: "Slide") -> str:
    """Return the color of a slide's own plain background as RRGGBB; empty where it has none."""
    color = next(element_of(slide).iter(tag("p:bg")), None)
    plain = next(color.iter(tag("a:srgbClr")), None) if color is not None else None
    return (plain.get("val") or "") if plain is not None else ""


def _look(slide: "Slide") -> str:
    """Return a short mark of the slide's XML without its background, the same before and after saving."""
    element = copy(element_of(slide))
    for background in list(element.iter(tag("p:bg"))):
        drop(background)
    canonical: bytes = import_module("lxml.etree").tostring(element, method="c14n", exclusive=True)
    return hashlib.sha256(canonical).hexdigest()[:12]
