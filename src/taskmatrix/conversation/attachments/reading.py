"""From a file that the user gives to an attachment, and from its handle in a journal to the same attachment again."""

import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taskmatrix.conversation.attachments.images import read_image
from taskmatrix.conversation.attachments.kinds import (
    IMAGES,
    SOUNDS,
    UNKNOWN,
    VIDEOS,
    encoding_of,
    is_text,
    media_type_of,
    named_type,
)
from taskmatrix.conversation.attachments.sounds import read_sound, too_large
from taskmatrix.conversation.attachments.videos import read_video
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.core.protocols import Attachment, BlobStore
from taskmatrix.core.stubs import clean

MAX_FILES = 20
MAX_KEPT = 64 * 1024**2
"""Bytes. A larger file is not kept with the run, and never read as a whole: its handle has no digest."""
MAX_TEXT = 100_000
"""Characters of a text file."""
_HEAD = 4 * MAX_TEXT
_TRANSCRIPTS = (".srt", ".vtt")


def read_attachments(paths: Sequence[Path | str], directory: Path, blobs: BlobStore) -> tuple[Attachment, ...]:
    """Read files, each once; relative paths start at `directory`. Transcripts beside recordings are read as well.

    Raises NotFoundError, UsageError, as `read_attachment` does, and UsageError for too many.
    """
    wanted = dict.fromkeys(_place(given, directory) for given in paths)
    if len(wanted) > MAX_FILES:
        raise UsageError(f"{len(wanted)} files are attached; {MAX_FILES} are the most", hint="attach fewer")
    found: dict[Path, Attachment] = {}
    for path in wanted:
        if path in found:
            continue
        found[path] = read_attachment(path, blobs)
        if found[path].artifact.media_type in SOUNDS | VIDEOS.keys():
            beside = (path.with_suffix(suffix) for suffix in _TRANSCRIPTS)
            found |= {each: read_attachment(each, blobs) for each in beside if each.is_file() and each not in found}
    return tuple(found.values())


def read_attachment(path: Path, blobs: BlobStore) -> Attachment:
    """Read a file, and keep it with the run unless it is large.

    Raises NotFoundError where there is none; UsageError for a folder, an empty or unreadable file, and an image that
    is damaged or too large; StoreError.
    """
    file = _open(path)
    name = clean(path.name) or "file"
    media_type = media_type_of(file.head, name)
    if named_type(name) in IMAGES and media_type not in IMAGES:
        raise UsageError(
            f"{str(path)!r} is named as an image and is none", hint="attach a PNG, JPEG, GIF or WebP file"
        )
    if media_type in IMAGES and file.data is None:
        raise UsageError(f"the image {str(path)!r} has {file.size:,} bytes", hint="attach a smaller copy of it")
    digest = blobs.put(file.data) if file.data is not None else ""
    artifact = Artifact(name=name, media_type=media_type, digest=digest, size=file.size, path=str(path))
    return _read(artifact, file, path)


def attachment_of(artifact: Artifact, blobs: BlobStore) -> Attachment:
    """Return the same attachment again. Raises NotFoundError where its file or its blob is gone, or has changed."""
    if not artifact.digest:
        path = Path(artifact.path or "")
        file = _open(path)
        if file.size != artifact.size:
            raise NotFoundError(f"{artifact.path!r} is not the file that was attached", hint="attach it again")
        return _read(artifact, file, path)
    data = blobs.get(artifact.digest)
    file = _File(len(data), data[:_HEAD], data)
    if artifact.media_type not in VIDEOS:
        return _read(artifact, file, None)
    with tempfile.NamedTemporaryFile(prefix="taskmatrix-") as copy:
        copy.write(data)
        copy.flush()
        return _read(artifact, file, Path(copy.name))


def describe_attachment(attachment: Attachment) -> str:
    """Return one line for a model that sees nothing, and for people: name, media type, size, what else is known."""
    artifact = attachment.artifact
    parts = [artifact.media_type, f"{artifact.size:,} bytes"]
    if is_text(artifact.media_type):
        parts.append(f"{attachment.text.count(chr(10)) + 1:,} lines")
    elif attachment.text:
        parts.append(attachment.text)
    return f"{artifact.name}: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class _File:
    """What was read of a file: its beginning, and all of it (`data`) unless it is large."""

    size: int
    head: bytes = field(repr=False)
    data: bytes | None = field(default=None, repr=False)


def _read(artifact: Artifact, file: _File, path: Path | None) -> Attachment:
    kind = artifact.media_type
    if kind in IMAGES and file.data is not None:
        return read_image(artifact, file.data)
    if kind in SOUNDS:
        return read_sound(artifact, file.data) if file.data is not None else Attachment(artifact, too_large())
    if kind in VIDEOS and path is not None:
        return read_video(artifact, path)
    encoding = encoding_of(file.head) if is_text(kind) and kind != UNKNOWN else None
    return Attachment(artifact, _text(file, encoding) if encoding else "")


def _text(file: _File, encoding: str) -> str:
    said = file.head.decode(encoding, errors="replace").replace("\r\n", "\n")
    if file.size <= len(file.head) and len(said) <= MAX_TEXT:
        return said
    shown = said[:MAX_TEXT]
    return f"{shown}\n… these are the first {len(shown):,} characters of a file of {file.size:,} bytes"


def _place(given: Path | str, directory: Path) -> Path:
    try:
        return (directory / Path(given).expanduser()).absolute()
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"{str(given)!r} is no path: {error}", hint="attach a file by its path") from None


def _open(path: Path) -> _File:
    """Read a regular file; nothing else is waited for. Raises NotFoundError, UsageError."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", closefd=True) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"{str(path)!r} is no file", hint="attach files")
            if status.st_size > MAX_KEPT:
                return _File(status.st_size, file.read(_HEAD))
            data = file.read(MAX_KEPT)
    except IsADirectoryError:
        raise UsageError(f"{str(path)!r} is a folder", hint="attach the files in it that matter") from None
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"there is no file {str(path)!r}", hint="attach a file by its path") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{str(path)!r} cannot be read: {reason}", hint="attach a file that you may read") from None
    if not data:
        raise UsageError(f"{str(path)!r} is empty", hint="attach a file with something in it")
    return _File(len(data), data[:_HEAD], data)
