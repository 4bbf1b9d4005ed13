"""`taskmatrix check`: verify a program without running it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from taskmatrix.cli.failures import DONE, FAILED
from taskmatrix.cli.run import Json, warn_of_problems
from taskmatrix.cli.terminal import console
from taskmatrix.core.errors import UsageError

LARGEST_FILE = 1_000_000
"""Bytes. Action code is written to be read; more than this is something else."""


def check(
    file: Annotated[
        Path, typer.Argument(help="A program over API packages; - reads standard input.", metavar="FILE.py")
    ],
    as_json: Json = False,
) -> int:
    """Check a program without running it.

    Syntax, types and composition rules, against the registered APIs that it imports. Exit status 1 with findings.
    """
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli import rendering
    from taskmatrix.core.events import ProgramChecked

    code = _read(file)
    with TaskMatrix() as tm:
        report = tm.check(code)
        warn_of_problems(tm)
    if as_json:
        print(report.model_dump_json())
    else:
        console().print(rendering.checked(ProgramChecked(report=report)))
    return DONE if report.ok else FAILED


def _read(file: Path) -> str:
    """Return a program's text. Raises UsageError for what is no readable text file."""
    name = str(file)
    try:
        data = sys.stdin.buffer.read(LARGEST_FILE + 1) if name == "-" else _head(file)
    except IsADirectoryError:
        raise UsageError(f"{name!r} is a folder", hint="name one program") from None
    except FileNotFoundError:
        raise UsageError(f"{name!r} does not exist") from None
    except OSError as error:
        raise UsageError(f"{name!r} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_FILE:
        raise UsageError(f"{name!r} has more than {LARGEST_FILE:,} bytes, which no program needs")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name!r} is no UTF-8 text", hint="a program is Python source") from None


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(LARGEST_FILE + 1)
