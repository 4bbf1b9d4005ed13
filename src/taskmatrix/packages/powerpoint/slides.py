"""Adding, deleting and finding slides, and what belongs to a slide as a whole."""

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import Ensured
from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.packages.powerpoint.colors import parse_color
from taskmatrix.packages.powerpoint.elements import drop, element_of, tag
from taskmatrix.packages.powerpoint.layouts import LayoutName, find_layout
from taskmatrix.packages.powerpoint.paragraphs import check_text
from taskmatrix.packages.powerpoint.rules import (
    CURRENT_SLIDE,
    NEEDS_DECK,
    NEEDS_SLIDE,
    SAVE_LATER,
    UNSAVED,
    has_slides,
)
from taskmatrix.packages.powerpoint.session import Desk, editing, viewing

_NOTES = f"{CURRENT_SLIDE}.notes"
_NOTED = Ensured.model_validate(
    {
        "read": "read_state",
        "path": _NOTES,
        "contains": {"from": "result"},
        "says": "The notes of slide {session.slide} say '{text}'",
    }
)
_COLORED = Ensured.model_validate(
    {
        "read": "has_background",
        "arguments": {"color": {"from": "argument", "path": "color"}, "slides": {"from": "result"}},
        "equals": {"value": True},
        "says": "Slides with a background of {color}: {result} or more",
    }
)


@api(
    effects="write",
    rules=[NEEDS_DECK, SAVE_LATER],
    ensures=[has_slides("")],
    changes=["slides.{result}", UNSAVED],
)
def create_slide(layout: LayoutName = "title and content", *, context: RunContext) -> int:
    """Create (add, make, append) a new, empty slide (page) at the end of the presentation.

    It becomes the current slide; nothing on it is selected.

    Args:
        layout: Kind of slide: which empty boxes it starts with.

    Returns:
        The number of the new slide.

    Raises:
        ApiStateError: No presentation is open.
        ApiArgumentError: The presentation has no layout of that kind.

    Example:
        create_slide(layout="two content")

    Composition:
        Needs a presentation from `new_presentation` or `open_presentation`. To fill the slide, call `select_title`
        or `select_content` and then `insert_text`, for each of the two boxes in turn. Call `save_presentation` at
        the end.
    """
    with editing(context) as desk:
        desk.deck.slides.add_slide(find_layout(desk.deck, layout))
        desk.go(len(desk.deck.slides))
        return desk.session.slide


@api(effects="write", rules=[NEEDS_DECK, SAVE_LATER], ensures=[has_slides("")], changes=["slides", UNSAVED])
def delete_slide(slide_id: int, *, context: RunContext) -> int:
    """Delete (remove, drop) a whole slide (page) from the presentation.

    The slides after it move up by one number.

    Args:
        slide_id: Number of the slide to delete; the first slide is 1.

    Returns:
        The number of slides that are left.

    Raises:
        ApiArgumentError: There is no slide of that number.
        ApiStateError: No presentation is open.

    Example:
        delete_slide(3)

    Composition:
        Needs a presentation from `open_presentation` or `new_presentation`. To delete several slides, begin with
        the highest number. Call `save_presentation` at the end.
    """
    with editing(context) as desk:
        desk.numbered(slide_id)
        _take_out(desk, slide_id)
        left = len(desk.deck.slides)
        current = desk.session.slide
        if slide_id == current:
            desk.go(min(current, left))
        elif slide_id < current:
            desk.go(current - 1, desk.session.selection)
        return left


def _take_out(desk: Desk, slide_id: int) -> None:
    """Take a slide out of the deck, and out of the sections and custom shows that list it."""
    presentation = element_of(desk.deck)
    entries = presentation.find(tag("p:sldIdLst"))
    if entries is None:
        return
    entry = list(entries)[slide_id - 1]
    number, relation = entry.get("id"), entry.get(tag("r:id"))
    drop(entry)
    for other in list(presentation.iter()):
        in_section = str(other.tag).endswith("}sldId") and other.get("id") == number
        in_show = other.tag == tag("p:sld") and other.get(tag("r:id")) == relation
        if in_section or in_show:
            drop(other)
    if relation is not None:
        desk.deck.part.drop_rel(relation)
    # python-pptx names the part of a new slide by the number of slides, a name that is now taken; it numbers the
    # parts anew only in a deck it has just read.
    desk.used_up = True


@api(effects="read", rules=[NEEDS_DECK])
def move_to_slide(slide_id: int, *, context: RunContext) -> int:
    """Go to (jump to, switch to, turn to) a slide (page), which becomes the current slide.

    What comes next works on that slide. The order of the slides stays as it is.

    Args:
        slide_id: Number of the slide to go to; the first slide is 1.

    Returns:
        The number of the current slide.

    Raises:
        ApiArgumentError: There is no slide of that number.
        ApiStateError: No presentation is open.

    Example:
        move_to_slide(2)

    Composition:
        Call it after `open_presentation` and before changing or selecting anything on that slide; nothing is
        selected afterwards. A slide just made by `create_slide` is the current slide already.
    """
    with viewing(context) as desk:
        desk.numbered(slide_id)
        desk.go(slide_id)
        return slide_id


@api(effects="write", rules=[NEEDS_SLIDE, SAVE_LATER], ensures=[_NOTED], changes=[_NOTES, UNSAVED])
def insert_note(text: str, *, context: RunContext) -> str:
    """Insert (add, write) a speaker note (presenter note, talking point) for the current slide.

    Notes are seen by the speaker, not by the audience.

    Args:
        text: What the note says; it is added below the notes that are there.

    Returns:
        All notes of the slide.

    Raises:
        ApiStateError: No presentation is open, or it has no slide.

    Example:
        insert_note("Thank the team")

    Composition:
        Works on the current slide: call `create_slide` or `move_to_slide` first, `save_presentation` at the end.
    """
    with editing(context) as desk:
        frame = desk.slide.notes_slide.notes_text_frame
        if frame is None:
            raise ApiArgumentError(f"slide {desk.session.slide} has no room for notes")
        frame.text = f"{frame.text}\n{check_text(text)}" if frame.text else check_text(text)
        return frame.text


@api(
    effects="write",
    rules=[NEEDS_SLIDE, SAVE_LATER],
    ensures=[_COLORED],
    changes=["slides.*.background", UNSAVED],
)
def set_background_color(color: str, every_slide: bool = False, *, context: RunContext) -> int:
    """Set the background color (fill, backdrop) of the current slide, or of every slide.

    Args:
        color: A color name such as "light blue", or #RRGGBB such as "#1F4E79".
        every_slide: True to color the background of all slides instead of only the current one.

    Returns:
        How many slides got the background.

    Raises:
        ApiArgumentError: The color is not known.
        ApiStateError: No presentation is open, or it has no slide.

    Example:
        set_background_color("light blue")

    Composition:
        Works on the current slide: call `create_slide` or `move_to_slide` first, `save_presentation` at the end.
    """
    value = parse_color(color)
    with editing(context) as desk:
        slides = list(desk.deck.slides) if every_slide else [desk.slide]
        for slide in slides:
            slide.background.fill.solid()
            slide.background.fill.fore_color.rgb = value
        return len(slides)
