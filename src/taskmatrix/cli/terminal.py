"""The terminal: where text goes, and how text of unknown origin is shown safely."""

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN_WIDTH = 100_000
"""Columns where nobody looks at a terminal: a pipe gets whole lines."""

_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


def console(file: TextIO | None = None) -> "Console":
    """Return a rich console on standard output (or `file`): colours on a terminal, plain whole lines in a pipe.

    Printing raises BrokenPipeError when whoever read the pipe has gone.
    """
    from rich.console import Console

    class OutputConsole(Console):
        def on_broken_pipe(self) -> None:  # rich would end the process, and the run with it
            raise BrokenPipeError

    target = file or sys.stdout
    width = None if target.isatty() else _PLAIN_WIDTH
    return OutputConsole(file=target, width=width, highlight=False, emoji=False, markup=False, soft_wrap=False)


def visible(text: str, *, limit: int = 0) -> str:
    r"""Return text in which nothing can steer a terminal: control characters become `\x1b` and the like.

    Line breaks and tabs stay. With `limit`, longer text is cut and says so.
    """
    if limit and len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text.translate(_TURNING)
    return "".join(c if c.isprintable() or c in "\n\t" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    if ord(character) in _TURNING:
        return ""
    return character.encode("unicode_escape").decode("ascii")


def forgive_encoding() -> None:
    """Let characters that the terminal's encoding lacks be shown as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def silence_output() -> None:
    """Send standard output nowhere from now on: whoever read it has gone."""
    import os

    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def counted(number: int, what: str = "API") -> str:
    """Return a number with what it counts: `1 API`, `2,000 APIs`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
