"""The lines of a text file, compressed or not, in bounded memory."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from taskmatrix.api_platform.importers.reports import Progress
from taskmatrix.core.errors import ImportRefusedError

LONGEST_LINE = 8 * 1024 * 1024
_STEP = 500
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, 1-based; `data` is None for one that is longer than `LONGEST_LINE`."""

    number: int
    data: bytes | None


def read_lines(path: Path, tell: Progress) -> Iterator[Line]:
    """Give the lines that are not blank. Raises ImportRefusedError for a file that cannot be read or unpacked."""
    try:
        size = path.stat().st_size
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            for line in _split(file):
                if line.number % _STEP == 0:
                    tell("reading", raw.tell(), size)
                if line.data is None or line.data.strip():
                    yield line
            tell("reading", size, size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImportRefusedError(
            f"{path} is cut short or damaged: {error}", hint="get the compressed file once more"
        ) from error
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror or error}") from error


def _split(file: BinaryIO) -> Iterator[Line]:
    number = 0
    while data := file.readline(LONGEST_LINE + 1):
        number += 1
        whole = len(data) <= LONGEST_LINE
        while not whole and not data.endswith(b"\n"):
            data = file.readline(LONGEST_LINE + 1)
            if not data:
                break
        yield Line(number, data.removeprefix(_BOM) if whole and number == 1 else data if whole else None)
