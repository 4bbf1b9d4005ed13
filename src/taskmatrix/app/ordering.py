"""From what a caller asks for to the order of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from taskmatrix.core.errors import UsageError
from taskmatrix.core.limits import read_budget
from taskmatrix.core.outlines import Review

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Order
    from taskmatrix.core.artifacts import Artifact


class Wishes(TypedDict, total=False):
    """How a run is to be carried out; all of it can be left out.

    `dry_run`: the program is written and checked, not run. `assume_yes`: everything is approved, no file overwritten.
    `directory`: where relative paths start; else the conversation's, or the current folder. `budget` ("5 USD"): the
    most that its calls may cost. `review`: whether the user looks at the outline first. `pinned`: APIs
    (`package.name`) or packages on offer whatever is found. `attachments`: files given along. `conversation`: whose
    next turn it is.
    """

    dry_run: bool
    assume_yes: bool
    directory: str | Path | None
    budget: str | None
    review: Review
    pinned: Sequence[str]
    attachments: Sequence[str | Path]
    conversation: str | None


def make_order(tm: "Wiring", instruction: str, wishes: Wishes) -> "Order":
    """Return the order of a new run. What cannot be read is told before anything is done.

    Raises UsageError, SettingError, NotFoundError for a conversation, an attachment or a pinned API that is not there.
    """
    from taskmatrix.conversation import Order
    from taskmatrix.conversation.offering import pinned as find_pinned
    from taskmatrix.store import new_run_id

    conversation, directory = wishes.get("conversation"), wishes.get("directory")
    opening = tm.chats.next_turn(conversation) if conversation is not None else None
    folder = folder_of(directory if directory is not None or opening is None else opening.directory)
    tm.rules.table(folder)  # a rule that cannot be read
    pinned = tuple(wishes.get("pinned", ()))
    find_pinned(pinned, tm.registry)  # one that is not there
    money = wishes.get("budget") or tm.settings.budget
    return Order(
        new_run_id(),
        instruction,
        folder,
        wishes.get("dry_run", False),
        wishes.get("assume_yes", False),
        budget=read_budget(money) if money else None,
        review=wishes.get("review", "never"),
        pinned=pinned,
        attachments=_attached(tm, wishes.get("attachments", ()), folder),
        conversation=opening.conversation if opening else "",
        turn=opening.turn if opening else 0,
        session=opening.session if opening else None,
        compacted=opening.compacted if opening else None,
    )


def folder_of(directory: str | Path | None) -> Path:
    """Return the folder in which relative paths start. Raises UsageError for one that is not there."""
    try:
        folder = (Path(directory) if directory is not None else Path.cwd()).absolute()
    except FileNotFoundError as error:
        raise UsageError("the current folder no longer exists", hint="change to another folder") from error
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is not a folder")
    return folder


def _attached(tm: "Wiring", paths: Sequence[str | Path], folder: Path) -> "tuple[Artifact, ...]":
    if not paths:
        return ()
    from taskmatrix.conversation.attachments import read_attachments

    return tuple(attachment.artifact for attachment in read_attachments(paths, folder, tm.blobs))
