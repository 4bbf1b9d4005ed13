"""Reading what is said in a conversation: at a terminal, with a history, or from a pipe."""

import contextlib
import select
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

MOST_HISTORY = 1_000
_PASTE_SECONDS = 0.05


class Leave(Exception):
    """The conversation is to end; `wanted` says that the process is to."""

    wanted = False


def read_lines(home: Path, leave: Leave) -> Iterator[str]:
    """Yield what is said, without what is blank, until the end of the input.

    At a terminal Ctrl-C takes back what is being typed; lines pasted at once are one.
    """
    from taskmatrix.cli.approving import is_somebody_there

    if not is_somebody_there():
        for line in sys.stdin:
            if line.strip():
                yield line.strip()
            if leave.wanted:
                break
        return
    with _history(home / "chat_history"):
        while not leave.wanted:
            try:
                said = _ask()
            except EOFError:
                print()
                return
            except KeyboardInterrupt:
                print()
                continue
            if said.strip():
                yield said


def _ask() -> str:
    """Read a line, and those that are there at the same moment."""
    lines = [input("\n> ")]
    # A command is a line by itself; what was typed ahead of it waits its turn.
    while not lines[0].lstrip().startswith("/") and select.select([sys.stdin], [], [], _PASTE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        lines.append(line.rstrip("\n"))
    return "\n".join(lines)


@contextlib.contextmanager
def _history(place: Path) -> Generator[None]:
    """Keep what is typed from one conversation to the next, for this user's eyes only, where the system can."""
    try:
        import readline
    except ImportError:
        yield
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(place)
    readline.set_history_length(MOST_HISTORY)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.touch(mode=0o600)
            readline.write_history_file(place)
