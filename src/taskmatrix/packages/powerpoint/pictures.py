"""Inserting, moving and resizing pictures."""

import io
import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from typing_extensions import TypedDict

from taskmatrix.core.api import api
from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiArgumentError, ApiFileError, ApiStateError
from taskmatrix.core.files import READS
from taskmatrix.packages.powerpoint.elements import element_of, tag
from taskmatrix.packages.powerpoint.rules import CURRENT_SLIDE, NEEDS_SLIDE, SAVE_LATER, UNSAVED
from taskmatrix.packages.powerpoint.session import Desk, editing
from taskmatrix.packages.powerpoint.shapes import content_box, is_content, pictures, text_of
from taskmatrix.packages.powerpoint.units import position_in_emu, size_in_emu, to_length, to_units

if TYPE_CHECKING:
    from pptx.shapes.picture import Picture

Position = Literal[
    "left",
    "right",
    "top",
    "bottom",
    "center",
    "middle",
    "top left",
    "top right",
    "bottom left",
    "bottom right",
]

_TOUCH = 12700
"""EMU (one point) within which a picture counts as touching an edge: programs round differently."""


PICTURES = (f"{CURRENT_SLIDE}.pictures", f"{CURRENT_SLIDE}.look", UNSAVED)
"""What changes of the deck where a picture does."""


class PictureBox(TypedDict):
    """A picture and where it is, in the units of `read_presentation`."""

    picture: int
    left: int
    top: int
    width: int
    height: int
    right: int
    down: int


class Box(NamedTuple):
    """A rectangle in EMU."""

    left: float
    top: float
    width: float
    height: float


@api(effects="write", rules=[NEEDS_SLIDE, SAVE_LATER], changes=PICTURES)
def insert_picture(
    path: Annotated[str, READS],
    position: Position | None = None,
    left: int | None = None,
    top: int | None = None,
    width: int | None = None,
    height: int | None = None,
    *,
    context: RunContext,
) -> PictureBox:
    """Insert (add, place, put) a picture (image, photo, logo) from a file on the current slide.

    Without a place it goes where there is room: into an empty content box, else beside the content. Pictures
    larger than that place are made to fit; their proportions stay.

    Args:
        path: Name of the picture file (.png, .jpg, .gif, .bmp, .tiff).
        position: Edge or corner of the slide to put it at, or the center.
        left: Distance from the left edge of the slide, in units: the slide is 12192 units wide.
        top: Distance from the top edge of the slide, in units: the slide is 6858 units high.
        width: Width in units; without a height the proportions stay.
        height: Height in units; without a width the proportions stay.

    Returns:
        The number of the picture on its slide and where it is.

    Raises:
        ApiFileError: The file is missing, empty or no picture.
        ApiArgumentError: A number is impossible, or both a position and a distance are given.
        ApiStateError: No presentation is open, or it has no slide.

    Example:
        insert_picture("logo.png", position="top right")

    Composition:
        Works on the current slide: call `create_slide` or `move_to_slide` first. Afterwards `move_picture` and
        `resize_picture` can change it. Call `save_presentation` at the end.
    """
    _refuse_two_places(position, left, top)
    data = context.read_input(path)
    with editing(context) as desk:
        slide = desk.slide
        room = _room(desk)
        try:
            picture = slide.shapes.add_picture(io.BytesIO(data), to_length(0), to_length(0))
        except (OSError, ValueError, KeyError, AttributeError, SyntaxError) as error:
            raise ApiFileError(
                f"{path!r} is no picture that a presentation can hold",
                hint="use a .png, .jpg, .gif, .bmp or .tiff file",
            ) from error
        # python-pptx names a picture after its file only when it reads the file itself.
        next(element_of(picture).iter(tag("p:cNvPr"))).set("descr", PurePath(path).name)
        size = _picture_size(picture, room, width, height)
        _set_box(picture, Box(room.left + (room.width - size.width) / 2, room.top + (room.height - size.height) / 2,
                              size.width, size.height))  # fmt: skip
        _place(desk, picture, position, left, top)
        return _describe(picture, len(pictures(slide)))


@api(effects="write", rules=[NEEDS_SLIDE, SAVE_LATER], changes=PICTURES)
def move_picture(
    position: Position | None = None,
    left: int | None = None,
    top: int | None = None,
    picture: int = 1,
    *,
    context: RunContext,
) -> PictureBox:
    """Move (shift, align, position) a picture (image, photo, logo) on the current slide.

    Moved to an edge it touches that edge and keeps its distance from the other edges. Its size stays.

    Args:
        position: Edge or corner of the slide to move it to, or the center (middle).
        left: Distance from the left edge of the slide, in units: the slide is 12192 units wide.
        top: Distance from the top edge of the slide, in units: the slide is 6858 units high.
        picture: Which of several pictures on the slide, counted from 1 in the order they were placed.

    Returns:
        The number of the picture on its slide and where it is.

    Raises:
        ApiArgumentError: No place is given, or there is no such picture.
        ApiStateError: No presentation is open, or the current slide has no picture.

    Example:
        move_picture(position="top right")

    Composition:
        Works on the current slide: call `move_to_slide` first, unless `insert_picture` just placed the picture
        there. Call `save_presentation` at the end.
    """
    if position is None and left is None and top is None:
        raise ApiArgumentError("no place to move to is given", hint="give a position, or left and top in units")
    _refuse_two_places(position, left, top)
    with editing(context) as desk:
        chosen = _numbered(desk, picture)
        _place(desk, chosen, position, left, top)
        return _describe(chosen, picture)


@api(effects="write", rules=[NEEDS_SLIDE, SAVE_LATER], changes=PICTURES)
def resize_picture(
    width_factor: float | None = None,
    height_factor: float | None = None,
    size_factor: float | None = None,
    width: int | None = None,
    height: int | None = None,
    picture: int = 1,
    *,
    context: RunContext,
) -> PictureBox:
    """Resize (scale, enlarge, shrink, stretch) a picture (image, photo, logo) on the current slide.

    Makes it bigger (larger), smaller, wider, narrower, taller or shorter. Only what is given changes; the left and
    top edges stay where they are, but a picture that touches the right or bottom edge of the slide goes on
    touching it.

    Args:
        width_factor: How many times as wide: 0.5 for half as wide, 2 for twice as wide (double the width).
        height_factor: How many times as high (tall): 0.5 for half as high, 2 for twice as high.
        size_factor: How many times as big in both directions: 0.5 for half the size, 2 for twice as big.
        width: New width in units: the slide is 12192 units wide.
        height: New height in units: the slide is 6858 units high.
        picture: Which of several pictures on the slide, counted from 1 in the order they were placed.

    Returns:
        The number of the picture on its slide and where it is.

    Raises:
        ApiArgumentError: No size is given, a size is given twice or is impossible, or there is no such picture.
        ApiStateError: No presentation is open, or the current slide has no picture.

    Example:
        resize_picture(size_factor=2)

    Composition:
        Works on the current slide: call `move_to_slide` first, unless `insert_picture` just placed the picture
        there. Call `save_presentation` at the end.
    """
    if all(value is None for value in (width_factor, height_factor, size_factor, width, height)):
        raise ApiArgumentError(
            "no new size is given", hint="give a factor such as size_factor=0.5, or a width or height"
        )
    with editing(context) as desk:
        chosen = _numbered(desk, picture)
        old = _box(chosen)
        slide = _slide_box(desk)
        new_width = _resized("width", old.width, width, width_factor, size_factor)
        new_height = _resized("height", old.height, height, height_factor, size_factor)
        left = _anchored(old.left, old.width, new_width, slide.width)
        top = _anchored(old.top, old.height, new_height, slide.height)
        _set_box(chosen, Box(left, top, new_width, new_height))
        return _describe(chosen, picture)


def _resized(name: str, old: float, units: int | None, factor: float | None, both: float | None) -> float:
    given = [value for value in (units, factor, both) if value is not None]
    if len(given) > 1:
        raise ApiArgumentError(
            f"the new {name} is given twice", hint=f"give one of {name}, {name}_factor and size_factor"
        )
    if units is not None:
        return size_in_emu(name, units)
    if not given:
        return old
    if not (math.isfinite(given[0]) and given[0] > 0):
        raise ApiArgumentError(f"a {name} cannot become {given[0]:g} times what it is", hint="give a number above 0")
    return size_in_emu(name, max(math.ceil(old * given[0] / 1000), 1)) and old * given[0]


def _anchored(start: float, size: float, new_size: float, slide: float) -> float:
    touches_end = abs(start + size - slide) <= _TOUCH and abs(start) > _TOUCH
    return slide - new_size if touches_end else start


def _refuse_two_places(position: Position | None, left: int | None, top: int | None) -> None:
    if position is not None and (left is not None or top is not None):
        raise ApiArgumentError("both a position and a distance are given", hint="give position, or left and top")


def _numbered(desk: Desk, number: int) -> "Picture":
    found = pictures(desk.slide)
    if not found:
        raise ApiStateError(
            f"slide {desk.session.slide} has no picture", hint="call move_to_slide or insert_picture first"
        )
    if not 1 <= number <= len(found):
        many = f"{len(found)} pictures" if len(found) > 1 else "1 picture"
        raise ApiArgumentError(
            f"picture {number} is out of range: slide {desk.session.slide} has {many}", hint="the first picture is 1"
        )
    return found[number - 1]


def _place(desk: Desk, picture: "Picture", position: Position | None, left: int | None, top: int | None) -> None:
    box, slide = _box(picture), _slide_box(desk)
    x, y = box.left, box.top
    if left is not None:
        x = position_in_emu("left", left)
    if top is not None:
        y = position_in_emu("top", top)
    if position is not None:
        words = position.split()
        if "left" in words or "right" in words:
            x = 0 if "left" in words else slide.width - box.width
        if "top" in words or "bottom" in words:
            y = 0 if "top" in words else slide.height - box.height
        if words[0] in ("center", "middle"):
            x, y = (slide.width - box.width) / 2, (slide.height - box.height) / 2
    _set_box(picture, Box(x, y, box.width, box.height))


def _picture_size(picture: "Picture", room: Box, width: int | None, height: int | None) -> Box:
    """Return the size to give a new picture: what was asked for, else its own, made to fit the room."""
    own = _box(picture)
    ratio = own.height / own.width if own.width and own.height else 1.0
    if width is not None and height is not None:
        return Box(0, 0, size_in_emu("width", width), size_in_emu("height", height))
    if width is not None:
        return Box(0, 0, size_in_emu("width", width), size_in_emu("width", width) * ratio)
    if height is not None:
        return Box(0, 0, size_in_emu("height", height) / ratio, size_in_emu("height", height))
    scale = min(1.0, room.width / (own.width or 1), room.height / (own.height or 1))
    return Box(0, 0, own.width * scale, own.height * scale)


def _room(desk: Desk) -> Box:
    """Return where a new picture can go: the empty content box, or the right third of one that has text."""
    slide, whole = desk.slide, _slide_box(desk)
    box = content_box(slide)
    if box is None or not is_content(box):
        margin = whole.width * 0.07
        return Box(margin, whole.height * 0.25, whole.width - 2 * margin, whole.height * 0.65)
    room = Box(box.left, box.top, box.width, box.height)
    if text_of(box).text.strip():
        third = whole.width / 3
        return Box(room.left + room.width - third, room.top, third, room.height)
    return room


def _slide_box(desk: Desk) -> Box:
    return Box(0, 0, int(desk.deck.slide_width or 12192000), int(desk.deck.slide_height or 6858000))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _box(picture: "Picture") -> Box:
    return Box(picture.left or 0, picture.top or 0, picture.width or 0, picture.height or 0)


def _set_box(picture: "Picture", box: Box) -> None:
    picture.left, picture.top = to_length(box.left), to_length(box.top)
    picture.width, picture.height = to_length(box.width), to_length(box.height)


def _describe(picture: "Picture", number: int) -> PictureBox:
    box = Box(*(int(value) for value in _box(picture)))
    return PictureBox(
        picture=number,
        left=to_units(int(box.left)),
        top=to_units(int(box.top)),
        width=to_units(int(box.width)),
        height=to_units(int(box.height)),
        right=to_units(int(box.left + box.width)),
        down=to_units(int(box.top + box.height)),
    )
