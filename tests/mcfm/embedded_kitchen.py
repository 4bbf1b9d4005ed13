"""APIs nothing was tuned on: a kitchen. Two packages stand alone, one has to be composed."""

from typing import Literal

from typing_extensions import TypedDict

from taskmatrix.core.api import ApiPackage, api
from taskmatrix.core.documents import CompositionRule


class Shelf(TypedDict):
    number: int
    jars: list[str]


@api(effects="write")
def send_letter(recipient: str, subject: str, pages: int = 1) -> str:
    """Send a letter to a person.

    Args:
        recipient: The name of the person who receives the letter.
        subject: What the letter is about.
        pages: How many pages the letter has.
    """
    return "sent"


@api(effects="read")
def get_tide(harbour: str, unit: Literal["metres", "feet"] = "metres") -> float:
    """Get the height of the tide at a harbour.

    Args:
        harbour: The name of the harbour.
        unit: The unit of the height.
    """
    return 1.0


@api(effects="read")
def convert_height(height: float, factor: float) -> float:
    """Convert a height to another unit.

    Args:
        height: The height to convert.
        factor: The factor to multiply the height by.
    """
    return height * factor


@api(effects="read")
def open_pantry(path: str) -> str:
    """Open an existing pantry from its file.

    Args:
        path: The file of the pantry.
    """
    return path


_OPEN = CompositionRule(kind="before", apis=("open_pantry",))
_LOCK = CompositionRule(kind="after", apis=("lock_pantry",))


@api(effects="write", rules=[_OPEN])
def lock_pantry() -> None:
    """Lock the pantry, which keeps every change."""


@api(effects="read", rules=[_OPEN])
def read_shelf(shelf_id: int) -> Shelf:
    """Read a shelf of the pantry: which jars stand on it.

    Args:
        shelf_id: The number of the shelf.
    """
    return {"number": shelf_id, "jars": []}


@api(effects="read", rules=[_OPEN])
def select_lid() -> None:
    """Select the lid of the jar."""


@api(effects="read", rules=[_OPEN])
def select_front() -> None:
    """Select the front of the jar."""


@api(effects="write", rules=[_OPEN, _LOCK])
def create_jar() -> None:
    """Create a new jar."""


@api(effects="write", rules=[CompositionRule(kind="before", apis=("select_lid", "select_front")), _LOCK])
def write_label(text: str) -> None:
    """Write a label on the selected part of the jar.

    Args:
        text: The words of the label.
    """


harbour = ApiPackage("harbour", "Tides and letters", [send_letter, get_tide, convert_height])
pantry = ApiPackage(
    "pantry",
    "A pantry of jars",
    [open_pantry, lock_pantry, read_shelf, select_lid, select_front, create_jar, write_label],
)
