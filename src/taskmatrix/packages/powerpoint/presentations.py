"""Creating, opening and saving presentations."""

from datetime import UTC
from pathlib import PurePath
from typing import Annotated

from typing_extensions import TypedDict

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import Ensured
from taskmatrix.core.errors import ApiArgumentError, ApiStateError
from taskmatrix.core.files import NAMES, READS, WRITES
from taskmatrix.packages.powerpoint.decks import MACRO_MEDIA_TYPE, dump_deck, media_type, new_deck, parse_deck
from taskmatrix.packages.powerpoint.fitting import fit
from taskmatrix.packages.powerpoint.layouts import find_layout
from taskmatrix.packages.powerpoint.paragraphs import add_lines, check_text
from taskmatrix.packages.powerpoint.rules import NEEDS_DECK, SAVE_LATER, UNSAVED, has_slides
from taskmatrix.packages.powerpoint.session import Desk, Session, open_session, store_deck, viewing
from taskmatrix.packages.powerpoint.shapes import title_box

_OTHER_FORMATS = frozenset(
    ".ppt .pps .ppsx .pot .potx .potm .odp .key .pdf .doc .docx .xls .xlsx .txt .md .html .png .jpg".split()
)

_LONGEST_PROPERTY = 255
"""Characters a document property may have (ECMA-376 part 2)."""

_HOLDS_DECK = Ensured.model_validate(
    {
        "read": "file_holds_deck",
        "arguments": {"path": {"from": "result"}},
        "equals": {"value": True},
        "says": "{result}, read again, holds the presentation",
    }
)


class DeckInfo(TypedDict):
    """An open presentation."""

    path: str
    slides: int


@api(effects="write", rules=[SAVE_LATER], ensures=[has_slides("slides")], changes=["*"])
def new_presentation(path: Annotated[str, NAMES], title: str = "", *, context: RunContext) -> DeckInfo:
    """Create a new PowerPoint presentation (deck, slideshow, pptx file).

    It starts empty; with a title it starts with one title slide, which becomes the current slide.

    Args:
        path: Name of the file to create, such as "report.pptx"; the ending .pptx is added when it is missing.
        title: Title (heading, name, subject) of the whole presentation, shown on its first slide.

    Returns:
        The path the presentation will be saved to and the number of slides it has so far.

    Raises:
        ApiFileError: Nothing can be written at that path.
        ApiArgumentError: The path names a file of another format than .pptx.
        ApiStateError: Another presentation is open and has changes that were not saved.

    Example:
        new_presentation("report.pptx", title="Annual report")

    Composition:
        Call it first, before anything else that works on the new presentation, and call `save_presentation` after
        all changes: until then no file is written. To work on a file that exists already, use `open_presentation`.
    """
    _refuse_to_lose_changes(context)
    target = context.claim_output(_with_ending(path))
    desk = Desk(new_deck(), Session(path=target, document=""))
    title = check_text(title, "title").strip()
    about = desk.deck.core_properties
    about.created = context.now.astimezone(UTC).replace(tzinfo=None)
    about.title = title[:_LONGEST_PROPERTY]
    if title:
        slide = desk.deck.slides.add_slide(find_layout(desk.deck, "title slide"))
        box = title_box(slide)
        if box is not None:
            add_lines(box, title.split("\n"))
            fit(slide, box)
        desk.go(1)
    store_deck(context, desk)
    return DeckInfo(path=target, slides=len(desk.deck.slides))


@api(effects="read", changes=["*"])
def open_presentation(path: Annotated[str, READS], *, context: RunContext) -> DeckInfo:
    """Open an existing PowerPoint presentation (deck, slideshow, pptx file).

    Its first slide becomes the current slide.

    Args:
        path: Name of the file to open, such as "report.pptx".

    Returns:
        The path of the presentation and the number of slides it has.

    Raises:
        ApiFileError: The file is missing, empty, damaged, encrypted or no .pptx file.
        ApiStateError: Another presentation is open and has changes that were not saved.

    Example:
        open_presentation("report.pptx")

    Composition:
        Call it first, before anything else that works on an existing presentation. After changes call
        `save_presentation`. For a file that does not exist yet, use `new_presentation`.
    """
    _refuse_to_lose_changes(context)
    name = path if PurePath(path).suffix else path + ".pptx"
    data = context.read_input(name)
    slides = len(parse_deck(data, name).slides)
    session = Session(path=name, document=context.put_blob(data), slide=min(slides, 1), saved=True, original=True)
    session.store(context)
    return DeckInfo(path=name, slides=slides)


@api(effects="write", rules=[NEEDS_DECK], ensures=[_HOLDS_DECK], changes=["path", UNSAVED])
def save_presentation(path: Annotated[str | None, WRITES] = None, *, context: RunContext) -> str:
    """Save (write, store) the presentation to its file.

    Args:
        path: Name of another file to save as, such as "copy.pptx"; left out, the file that the presentation was
            opened from, created as or last saved as.

    Returns:
        The path of the file that was written.

    Raises:
        ApiFileError: The file cannot be written: the disk is full, or the place is read-only.
        ApiArgumentError: The path names a file of another format than .pptx.
        ApiStateError: No presentation is open.

    Example:
        save_presentation()

    Composition:
        Call it last, after all changes. It needs a presentation from `new_presentation` or `open_presentation`,
        which stays open.
    """
    with viewing(context) as desk:
        target = context.claim_output(_with_ending(path)) if path else desk.session.path
        kind = media_type(desk.deck)
        _check_macros(target, kind)
        original = desk.session.original
        data = context.get_blob(desk.session.document) if original else dump_deck(desk.deck)
        artifact = context.write_output(target, data, kind)
        desk.session = desk.session.model_copy(
            update={"path": target, "document": context.put_blob(data), "saved": True, "original": True}
        )
        return artifact.path or target


def _refuse_to_lose_changes(context: RunContext) -> None:
    session = open_session(context)
    if session is not None and not session.saved:
        raise ApiStateError(
            f"{session.path!r} has changes that are not saved", hint="call save_presentation first, then go on"
        )


def _with_ending(path: str) -> str:
    ending = PurePath(path).suffix.lower()
    if not path.strip() or path.endswith(("/", "\\")):
        raise ApiArgumentError(f"{path!r} is no name for a file", hint="give a name such as 'report.pptx'")
    if ending in (".pptx", ".pptm"):
        return path
    if ending in _OTHER_FORMATS:
        raise ApiArgumentError(
            f"{path!r} asks for a {ending} file, but presentations are saved as .pptx",
            hint=f"use {PurePath(path).with_suffix('.pptx').as_posix()!r}",
        )
    return path + ".pptx"


def _check_macros(path: str, kind: str) -> None:
    wanted = ".pptm" if kind == MACRO_MEDIA_TYPE else ".pptx"
    ending = PurePath(path).suffix.lower()
    if ending in (".pptx", ".pptm") and ending != wanted:
        raise ApiArgumentError(
            f"{path!r} ends in {ending}, but a presentation {'with' if wanted == '.pptm' else 'without'} macros "
            f"must be saved as {wanted}",
            hint=f"use {PurePath(path).with_suffix(wanted).as_posix()!r}",
        )
