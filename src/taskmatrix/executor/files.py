"""Reading and writing the user's files: whole or not at all, and every failure named."""

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from taskmatrix.core.errors import ApiFileError
from taskmatrix.executor.contents import NOTHING, replace_unchanged

MAX_INPUT_BYTES = 512 * 1024 * 1024

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, then run it again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then run it again"),
    errno.EFBIG: ("the file would be larger than allowed here", "raise the limit on file sizes"),
    errno.EROFS: ("the place is read-only", "name a path that can be written"),
    errno.EACCES: ("permission denied", "name a path you have the right to use"),
    errno.EPERM: ("permission denied", "name a path you have the right to use"),
    errno.ENAMETOOLONG: ("the name is too long", "name a shorter path"),
    errno.ELOOP: ("its links go round in circles", "name the file itself"),
    errno.ENOTDIR: ("part of the path is a file, not a folder", "check the path"),
}


def absolute(directory: Path, path: str) -> Path:
    """Return where a path in an argument leads, links followed. Raises ApiFileError for what is no path."""
    if not path.strip():
        raise ApiFileError("the path is empty", hint="name a file")
    if "\0" in path:
        raise ApiFileError(f"{path!r} is no path: it holds a null character")
    try:
        return Path(os.path.realpath(directory / Path(path).expanduser()))
    except (OSError, RuntimeError, ValueError) as error:
        raise ApiFileError(f"{path!r} is no usable path: {error}") from error


def read_file(path: Path, shown: str) -> bytes:
    """Return a file's bytes; `shown` is the path as the user knows it.

    Raises ApiFileError if it is missing, a folder, no ordinary file, empty, larger than 512 MB or unreadable.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ApiFileError(f"{shown!r} is a folder", hint="name a file in it")
        if not stat.S_ISREG(found.st_mode):  # a pipe or device, which may never end
            raise ApiFileError(f"{shown!r} is not an ordinary file", hint="copy it to a file first")
        if found.st_size > MAX_INPUT_BYTES:
            raise ApiFileError(
                f"{shown!r} has {found.st_size:,} bytes, at most {MAX_INPUT_BYTES:,} can be read",
                hint="split it, or name a smaller file",
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ApiFileError(f"{shown!r} does not exist", hint=_nearby(path)) from error
    except (OSError, ValueError) as error:
        raise _refused(f"{shown!r} cannot be read", error) from error
    if not data:
        raise ApiFileError(f"{shown!r} is empty (zero bytes)", hint="check that it was saved or copied completely")
    return data


def check_place(path: Path, shown: str) -> None:
    """Raise ApiFileError if no file can be written at `path`."""
    folder = path.parent
    try:
        if not folder.is_dir():
            raise ApiFileError(f"the folder {str(folder)!r} does not exist", hint="create it, or name another path")
        if path.is_dir():
            raise ApiFileError(f"{shown!r} is a folder", hint="name a file in it")
        if path.exists() and not path.is_file():
            raise ApiFileError(f"{shown!r} is not an ordinary file", hint="name another path")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ApiFileError(f"{shown!r} cannot be written: the folder is read-only", hint=_REASONS[errno.EROFS][1])
        if path.exists() and not path.stat().st_mode & 0o222:
            raise ApiFileError(f"{shown!r} is read-only", hint="name another path, or make the file writable")
    except (OSError, ValueError) as error:
        raise _refused(f"{shown!r} cannot be written", error) from error


def write_file(path: Path, data: bytes, shown: str, *, replaces: str = NOTHING) -> None:
    """Write a file in one step, keeping the mode of what it replaces: the file of fingerprint `replaces`.

    Raises FileExistsError if another file is there, or none is where one was to be replaced; ApiFileError if it
    cannot be written. What was there before is then as it was, and nothing else is left behind.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if replaces and path.exists() else None
        _put(path, data, mode, replaces)
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        if path.parent.is_dir():  # one of the system's own, such as /proc
            why = f"{shown!r} cannot be written: {str(path.parent)!r} is a folder in which no files can be made"
            raise ApiFileError(why, hint="name a path in another folder") from error
        raise ApiFileError(f"the folder {str(path.parent)!r} does not exist", hint="create it first") from error
    except (OSError, ValueError) as error:
        raise _refused(f"{shown!r} cannot be written", error) from error


def _put(path: Path, data: bytes, mode: int | None, replaces: str) -> None:
    """Write to a file without a name where the system has such, so that not even a kill leaves anything."""
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.tmp")
    unnamed = _open_unnamed(path.parent)
    descriptor = unnamed if unnamed is not None else os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        try:
            _fill(descriptor, data, mode)
            if unnamed is not None:
                _link_unnamed(unnamed, temporary if replaces else path)
        finally:
            os.close(descriptor)
        if replaces:
            replace_unchanged(temporary, path, replaces)
        elif unnamed is None:
            _move_to_free(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()
    _sync_folder(path.parent)


def _fill(descriptor: int, data: bytes, mode: int | None) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    if mode is not None:
        os.fchmod(descriptor, mode)
    os.fsync(descriptor)


def _open_unnamed(folder: Path) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not Path("/proc/self/fd").is_dir():
        return None
    try:
        return os.open(folder, flag | os.O_WRONLY, 0o666)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
            return None
        raise


def _link_unnamed(descriptor: int, path: Path) -> None:
    # With a directory descriptor, Python calls linkat, which follows the link in /proc; plain link would not.
    os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)


def _move_to_free(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: hold the name, then replace what holds it
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _refused(what: str, error: OSError | ValueError) -> ApiFileError:
    number = error.errno if isinstance(error, OSError) else None
    reason, hint = _REASONS.get(number or 0, (getattr(error, "strerror", None) or str(error), None))
    return ApiFileError(f"{what}: {reason}", hint=hint)


def _nearby(path: Path) -> str:
    """Name up to three files of the same kind in the folder, for a name that was mistyped."""
    with suppress(OSError):
        names = sorted(p.name for p in path.parent.iterdir() if p.suffix == path.suffix and not p.name.startswith("."))
        if names:
            return f"files there: {', '.join(names[:3])}" + (" …" if len(names) > 3 else "")
    return "check the path"
