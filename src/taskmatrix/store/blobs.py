"""Bytes by content, as files: `HOME/blobs/ab/cdef…`, named by their SHA-256."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from taskmatrix.core.errors import NotFoundError
from taskmatrix.store.failures import translated


class FileBlobs:
    """Keeps blobs below one folder. A blob is there as a whole or not at all."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "blobs"

    def put(self, data: bytes) -> str:
        """Store bytes, durably, once; return their digest. Raises StoreFullError, StoreError."""
        digest = hashlib.sha256(data).hexdigest()
        target = self._place(digest)
        with translated(str(target)):
            # A file of another length is one that a failing disk cut short.
            if not (target.exists() and target.stat().st_size == len(data)):
                _write(target, data)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes. Raises NotFoundError for a digest that is not there, or whose bytes are damaged."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise NotFoundError(f"{digest!r} is no digest of a blob")
        target = self._place(digest)
        with translated(str(target)):
            try:
                data = target.read_bytes()
            except FileNotFoundError:
                raise NotFoundError(f"the blob {digest} is gone") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise NotFoundError(f"the blob {digest} is damaged")
        return data

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
