"""What a file holds, as a fingerprint: so that a run replaces only what it knows, and nobody's changes unseen."""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

NOTHING = ""
"""The fingerprint of a path at which no file is."""

UNKNOWN = "unknown"
"""The fingerprint of a file that cannot be looked at."""

_LOCK_TRIES = 200
_LOCK_PAUSE = 0.025


def fingerprint(path: Path) -> str:
    """Return the SHA-256 (hex) of what a file holds, `NOTHING` if there is no file.

    A file that can be written but not read is told by its number, size and time of change.
    """
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            with suppress(PermissionError), path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING
    except OSError:
        return UNKNOWN
    return f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def fingerprint_of(data: bytes) -> str:
    """Return the fingerprint of a file that holds `data`."""
    return hashlib.sha256(data).hexdigest()


def replace_unchanged(temporary: Path, path: Path, expected: str) -> None:
    """Put a finished file in the place of one that still has its expected fingerprint.

    Raises FileExistsError if `path` holds something else, or nothing. Of several runs that replace the same file,
    one at a time compares and replaces; a change by another program is missed only if it falls between the last
    look at the file and its replacement, which is one system call later.
    """
    with _held(path.parent):
        before = _stamp(path)
        if fingerprint(path) != expected or _stamp(path) != before:
            raise FileExistsError(errno.EEXIST, "not what was to be replaced", str(path))
        temporary.replace(path)


def remove_unchanged(path: Path, expected: str) -> None:
    """Remove a file that still has its expected fingerprint, as `replace_unchanged` replaces one.

    Raises FileExistsError if `path` holds something else, OSError if it cannot be removed.
    """
    with _held(path.parent):
        before = _stamp(path)
        if fingerprint(path) != expected or _stamp(path) != before:
            raise FileExistsError(errno.EEXIST, "not what was to be removed", str(path))
        path.unlink()


@dataclass(frozen=True, slots=True)
class _Stamp:
    number: int
    size: int
    changed: int


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


@contextmanager
def _held(folder: Path) -> Generator[None]:
    """Hold a folder against other runs, where the system and its file system have such locks.

    Waits five seconds at most: whoever holds it longer is no run of ours, and the comparison protects without it.
    """
    descriptor = None
    try:
        with suppress(ImportError, OSError):
            import fcntl

            descriptor = os.open(folder, os.O_RDONLY)
            for _ in range(_LOCK_TRIES):
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(_LOCK_PAUSE)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
