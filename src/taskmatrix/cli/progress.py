"""How far long work is: a bar where somebody looks at it, else a line now and then."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from taskmatrix.cli.terminal import console

if TYPE_CHECKING:
    from taskmatrix.api_platform import Progress

TELL_SECONDS = 4.0
"""How often a line is printed where no bar is shown."""


@contextmanager
def show_progress(what: str = "reading") -> Generator["Progress", None, None]:
    """Give a function that is told what is done, how much of it, and of how much (0: not known)."""
    if not sys.stderr.isatty():
        yield _tell_now_and_then()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield tell


def _tell_now_and_then() -> "Progress":
    last = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_SECONDS:
            last = time.monotonic()
            share = f" {done / total:.0%}" if total else f" {done:,}"
            print(f"{what}{share}", file=sys.stderr, flush=True)

    return tell
