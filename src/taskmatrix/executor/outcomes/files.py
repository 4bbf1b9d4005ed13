"""The files that a run wrote, read again: there, as they were written, and what they say they are."""

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import ArtifactMade, CallDone, CallIntended, Event, Fact
from taskmatrix.executor.contents import NOTHING, UNKNOWN, fingerprint
from taskmatrix.executor.looks import look_of_bytes

MOST_OPENED = 64 * 1024 * 1024
"""Bytes of a file up to which it is opened; a larger one is only compared with what was written."""

_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "application/gzip": (b"\x1f\x8b",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/bmp": (b"BM",),
    "image/tiff": (b"II*\0", b"MM\0*"),
    "image/webp": (b"RIFF",),
    "audio/wav": (b"RIFF",),
    "audio/x-wav": (b"RIFF",),
    "audio/flac": (b"fLaC",),
    "audio/ogg": (b"OggS",),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "video/webm": (b"\x1aE\xdf\xa3",),
}
_ARCHIVES = ("application/zip", "application/epub+zip", "application/vnd.ms-powerpoint.presentation.macroenabled.12")
_PACKED = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")


async def check_files(events: Sequence[Event], directory: Path) -> Sequence[Fact]:
    """Return a fact for each file that the run wrote, as the last call that wrote it left it."""
    undone = _undone(events)
    written = {
        event.artifact.path: event for event in events if isinstance(event, ArtifactMade) and event.artifact.path
    }
    names = {event.call: event.api for event in events if isinstance(event, CallIntended)}
    facts: list[Fact] = []
    for path, event in written.items():
        if event.call not in undone:
            fact = await anyio.to_thread.run_sync(_check, Path(path), event.artifact, directory)
            facts.append(fact.model_copy(update={"call": event.call, "api": names.get(event.call, "")}))
    return facts


def _undone(events: Sequence[Event]) -> set[int]:
    undoing = {e.call: e.undoes for e in events if isinstance(e, CallIntended) and e.undoes is not None}
    return {undoing[event.call] for event in events if isinstance(event, CallDone) and event.call in undoing}


def _check(path: Path, artifact: Artifact, directory: Path) -> Fact:
    shown = str(path.relative_to(directory)) if path.is_relative_to(directory) else str(path)
    fact = Fact(text=f"{shown} is as it was written", state="verified")
    found = fingerprint(path)
    if found == UNKNOWN:
        return fact.model_copy(update={"state": "unverified", "why": "it cannot be read"})
    if found == NOTHING:
        return fact.model_copy(update={"state": "false", "why": "it is not there"})
    if found != artifact.digest:
        return fact.model_copy(update={"state": "false", "why": "it was changed since"})
    if artifact.size > MOST_OPENED:
        return fact
    try:
        data = path.read_bytes()
    except OSError as error:
        return fact.model_copy(update={"state": "unverified", "why": f"it cannot be read: {error.strerror}"})
    wrong = why_not(data, artifact.media_type)
    if wrong:
        return fact.model_copy(update={"state": "false", "why": wrong})
    return fact.model_copy(
        update={"text": f"{shown} is as it was written: {look_of_bytes(data, artifact.media_type)}"}
    )


def why_not(data: bytes, media_type: str) -> str:
    """Say why bytes are not what their media type says; empty where they are, or where nothing is known of it."""
    kind, _, rest = media_type.lower().partition(";")
    kind = kind.strip()
    if kind in _ARCHIVES or kind.startswith(_PACKED):
        return _why_no_archive(data)
    if kind in _BEGINNINGS:
        return "" if data.startswith(_BEGINNINGS[kind]) else f"it is no {kind}"
    if kind == "application/json" or kind.endswith("+json"):
        try:
            json.loads(data)
        except (ValueError, RecursionError) as error:
            return f"it is no JSON: {error}"
        return ""
    if kind.startswith("text/") and ("charset" not in rest or "utf-8" in rest):
        try:
            data.decode()
        except UnicodeDecodeError as error:
            return f"it is no text in UTF-8: {error.reason} at byte {error.start:,}"
    return ""


def _why_no_archive(data: bytes) -> str:
    """Look at the directory of an archive, and unpack nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "" if archive.namelist() else "it is an empty archive"
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError, EOFError) as error:
        return f"it cannot be opened: {error}"
