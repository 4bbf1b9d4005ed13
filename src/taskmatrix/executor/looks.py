"""What a value or a file is, in a few words: so that it can be shown without being shown in full."""

import io
import warnings
import wave
from collections.abc import Iterator
from contextlib import suppress

from pydantic import JsonValue, ValidationError

from taskmatrix.core.artifacts import Artifact

_PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_NAMES = {
    "application/pdf": "PDF document",
    "application/json": "JSON data",
    "application/msword": "Word document",
    "application/vnd.ms-excel": "Excel workbook",
    "application/vnd.ms-powerpoint": "PowerPoint presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel workbook",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/zip": "ZIP archive",
    "text/csv": "CSV table",
    "text/html": "HTML document",
    "text/markdown": "Markdown text",
    "text/plain": "text",
}


def columns_of(value: JsonValue) -> tuple[str, ...]:
    """Return the columns of a table: a list of objects that all have the same keys. Empty for anything else."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return ()
    keys = value[0].keys()
    return tuple(keys) if all(isinstance(row, dict) and row.keys() == keys for row in value) else ()


def look_of(value: JsonValue) -> str:
    """Say what a JSON value is: `table of 3 rows: name, size`, `text of 1,204 characters`."""
    columns = columns_of(value)
    match value:
        case str():
            return f"text of {_counted(len(value), 'character')}"
        case list() if columns:
            return f"table of {_counted(len(value), 'row')}: {', '.join(columns)}"
        case list():
            return f"list of {_counted(len(value), 'item')}"
        case dict():
            return f"object with {_counted(len(value), 'key')}"
        case None:
            return "nothing"
        case bool():
            return "yes or no"
        case _:
            return "number"


def look_of_bytes(data: bytes, media_type: str) -> str:
    """Say what bytes are, as far as their header tells: `PNG image, 640 × 480 pixels, 12 kB`."""
    kind, _, form = media_type.partition(";")[0].strip().lower().partition("/")
    parts = [_NAMES.get(f"{kind}/{form}", "")]
    if kind == "image":
        parts = list(_picture(data) or (f"image ({form})",))
    elif kind == "audio":
        seconds = _seconds(data)
        parts = [f"audio ({form})"] + ([f"{seconds:.1f} seconds"] if seconds is not None else [])
    elif not parts[0]:
        parts = [f"{kind} ({form})" if kind in ("text", "video", "font", "model") else media_type or "data"]
    return ", ".join([*parts, size_of(len(data))])


def size_of(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def artifacts_in(value: JsonValue) -> Iterator[Artifact]:
    """Yield the handles in a result."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
            if {"digest", "media_type"} <= part.keys():
                with suppress(ValidationError):
                    yield Artifact.model_validate({"name": "content", "size": 0} | part, strict=True)


def _picture(data: bytes) -> tuple[str, str] | None:
    """Read the header of a picture; its pixels are never unpacked."""
    with suppress(ImportError, OSError, ValueError, SyntaxError, ArithmeticError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from PIL import Image

        with suppress(Image.DecompressionBombError), Image.open(io.BytesIO(data), formats=_PICTURES) as picture:
            return f"{picture.format} image", f"{picture.width} × {picture.height} pixels"
    return None


def _seconds(data: bytes) -> float | None:
    """Return how long a recording lasts, where a WAV or FLAC header tells."""
    if data[:4] == b"fLaC" and len(data) >= 26:
        told = int.from_bytes(data[18:26], "big")  # 20 bits samples a second, 3 channels, 5 depth, 36 samples
        rate, samples = told >> 44, told & (1 << 36) - 1
        return samples / rate if rate and samples else None
    with suppress(wave.Error, EOFError, ValueError), wave.open(io.BytesIO(data)) as sound:
        return sound.getnframes() / sound.getframerate() if sound.getframerate() else None
    return None


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
