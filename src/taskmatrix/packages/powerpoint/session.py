"""Where a run is in its deck: what the package remembers from call to call, all of it in `context.state`.

The deck itself lies in the run's blobs; every edit stores a new one. See docs/design/powerpoint-state.md.
"""

from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from threading import Lock
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiArgumentError, ApiStateError
from taskmatrix.packages.powerpoint.decks import parse_deck
from taskmatrix.packages.powerpoint.storage import load_parts, store_parts

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Deck
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide

BoxName = Literal["title", "content"]


class Selection(BaseModel):
    """The text box that is selected on the current slide, by the number PowerPoint gives each shape."""

    model_config = ConfigDict(frozen=True)

    box: BoxName
    shape: int


class Session(BaseModel):
    """The package's whole session state."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="file the deck is saved to")
    document: str = Field(description="digest of the blob that holds the deck as it is now")
    slide: int = Field(default=0, description="number of the current slide from 1; 0 while there is none")
    selection: Selection | None = None
    saved: bool = Field(default=False, description="whether the file holds the deck as it is now")
    original: bool = Field(default=False, description="whether the blob is a whole file, as opened or saved")

    def store(self, context: RunContext) -> None:
        """Make this the state of the run."""
        context.state.clear()
        context.state.update(self.model_dump(mode="json"))


@dataclass(slots=True)
class Desk:
    """The open deck and where the run is in it, for the length of one call.

    `used_up` says that the next call must parse the deck anew.
    """

    deck: "Deck"
    session: Session
    used_up: bool = False

    @property
    def slide(self) -> "Slide":
        """The current slide. Raises ApiStateError while there is none."""
        if not self.session.slide:
            raise ApiStateError("the presentation has no slide yet", hint="call create_slide first")
        return self.numbered(self.session.slide)

    @property
    def selected(self) -> "BaseShape":
        """The selected text box. Raises ApiStateError when nothing is selected."""
        slide, selection = self.slide, self.session.selection
        shape = next((s for s in slide.shapes if selection and s.shape_id == selection.shape), None)
        if shape is None:
            raise ApiStateError(
                f"no text box is selected on slide {self.session.slide}",
                hint="call select_title or select_content first",
            )
        return shape

    def numbered(self, slide_id: int) -> "Slide":
        """Return a slide by its number. Raises ApiArgumentError when there is no such slide."""
        count = len(self.deck.slides)
        if not 1 <= slide_id <= count:
            has = f"{count} slides (1 to {count})" if count > 1 else "1 slide" if count else "no slides"
            raise ApiArgumentError(
                f"slide {slide_id} is out of range: the deck has {has}", hint="slide numbers start at 1"
            )
        return self.deck.slides[slide_id - 1]

    def go(self, slide: int, selection: Selection | None = None) -> None:
        """Make a slide the current one, with nothing but `selection` selected."""
        self.session = self.session.model_copy(update={"slide": slide, "selection": selection})


def open_session(context: RunContext) -> Session | None:
    """Return the state of the run, or None when no presentation is open."""
    if not context.state:
        return None
    try:
        return Session.model_validate(context.state)
    except ValidationError as error:
        raise ApiStateError(
            "the stored state of this run is not the powerpoint package's", hint="open the presentation again"
        ) from error


@contextmanager
def viewing(context: RunContext) -> Generator[Desk]:
    """Look at the open deck, or move in it. Raises ApiStateError when none is open."""
    session = open_session(context)
    if session is None:
        raise ApiStateError("no presentation is open", hint="call open_presentation or new_presentation first")
    desk = Desk(_take(context, session), session)
    yield desk
    # Only after success: a deck that a failed call may have changed halfway must not come back from the cache.
    _keep(desk.session.document, desk.deck)
    desk.session.store(context)


@contextmanager
def editing(context: RunContext) -> Generator[Desk]:
    """Change the open deck: on leaving without error it becomes the run's new document."""
    session = open_session(context)
    if session is None:
        raise ApiStateError("no presentation is open", hint="call open_presentation or new_presentation first")
    desk = Desk(_take(context, session), session)
    yield desk
    store_deck(context, desk)


def store_deck(context: RunContext, desk: Desk) -> None:
    """Keep a changed deck as the run's document."""
    desk.deck.core_properties.modified = context.now.astimezone(UTC).replace(tzinfo=None)
    digest = store_parts(desk.deck, context)
    if not desk.used_up:
        _keep(digest, desk.deck)
    desk.session = desk.session.model_copy(update={"document": digest, "saved": False, "original": False})
    desk.session.store(context)


# Parsed decks by digest, so that the next call need not parse again: only a cache, and each deck is taken out
# while a call works on it, so that no two calls ever share one.
_parsed: "OrderedDict[str, Deck]" = OrderedDict()
_parsed_lock = Lock()
_PARSED_AT_MOST = 2


def _take(context: RunContext, session: Session) -> "Deck":
    with _parsed_lock:
        deck = _parsed.pop(session.document, None)
    if deck is not None:
        return deck
    if session.original:
        return parse_deck(context.get_blob(session.document), session.path)
    return load_parts(session.document, context, session.path)


def _keep(digest: str, deck: "Deck") -> None:
    with _parsed_lock:
        _parsed[digest] = deck
        while len(_parsed) > _PARSED_AT_MOST:
            _parsed.popitem(last=False)


def forget_parsed() -> None:
    """Empty the cache of parsed decks."""
    with _parsed_lock:
        _parsed.clear()
