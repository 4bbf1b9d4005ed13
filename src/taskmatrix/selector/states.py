"""How far an index has followed the catalogue, and what becomes of one that cannot be read."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from taskmatrix.selector.feed import Catalogue


class IndexDamagedError(Exception):
    """The folder holds no index of ours, or one that cannot be read. It is derived data: build it again."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index has followed the catalogue, and which API the last change was about."""

    change: int = 0
    package: str = ""
    name: str = ""


def may_be_of(catalogue: Catalogue, state: IndexState) -> bool:
    """Whether the last change an index knows may have come from this catalogue."""
    found = catalogue.changes(state.change - 1, 1) if state.change > 0 else ()
    if not found or found[0].number != state.change:
        return True
    return (found[0].package, found[0].name) == (state.package, state.name)


def size_of(folder: Path | None) -> int:
    """Return how many bytes the files of an index take, 0 where there is no folder."""
    if folder is None or not folder.is_dir():
        return 0
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


def discard(folder: Path) -> None:
    """Remove an index folder that cannot be used, whatever it is."""
    # Renaming first takes it away from other processes in one step.
    aside = folder.with_name(f"{folder.name}.damaged-{os.getpid()}")
    with suppress(FileNotFoundError):
        folder.rename(aside)
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.unlink(missing_ok=True)
