"""The folder of a vector index: `columns` and `rows` (mapped, changed in place), `state` (written aside) and `lock`.

Only `state` says what counts: how many rows, made by which encoder, and up to which change of the catalogue. Whatever
is written after it may be half there after a crash; since the feed goes on from `state`, all of it is written again.
"""

import fcntl
import json
import mmap
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import cast
from uuid import uuid4

import numpy as np

from taskmatrix.selector.states import IndexDamagedError, IndexState
from taskmatrix.selector.vectors.table import COLUMN_BYTES, DIMENSIONS, ROW_BYTES, VectorTable, room_for, whole_runs

FORMAT = 1
"""Grows whenever files written before could not be used any more."""

_TITLE = "taskmatrix vectors"
_HEADER_BYTES = 4_096
_WIDTHS = {"columns": COLUMN_BYTES, "rows": ROW_BYTES}


@dataclass(frozen=True, slots=True)
class Record:
    """What the state file says: which files it belongs to, who made the rows, how many slots have been in use.

    `sweeping`: a sweep had begun and not ended, so rows that nothing in the catalogue has may still be there.
    """

    files: str = ""
    encoder: str = ""
    top: int = 0
    state: IndexState = field(default_factory=IndexState)
    sweeping: bool = False


class VectorFiles:
    """Reads and writes the folder. Raises IndexDamagedError if it is not one of ours, or not whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = -1
        self._mapped: list[mmap.mmap] = []

    def text(self) -> bytes:
        """Return the state file as it is, b"" where there is none. Cheap enough to be asked before every search."""
        with _damage_noticed():
            try:
                # Not Path.open: this is on the way of every search, and takes a third of the time.
                descriptor = os.open(self.folder / "state", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return b""
            try:
                return os.read(descriptor, 1 << 20) or b"nothing"
            finally:
                os.close(descriptor)

    def record(self, text: bytes) -> Record:
        """Read a state file."""
        if not text:
            return Record()
        head, _, rest = text.partition(b"\n")
        body, _, check = rest.partition(b"\n")
        title = f"{_TITLE} {FORMAT}".encode()
        if head != title and head.startswith(_TITLE.encode()):
            raise IndexDamagedError(f"its format is {head[:40].decode(errors='replace')!r}, not {title.decode()!r}")
        if head != title or check != _sum(head + body):
            raise IndexDamagedError("the state file is not ours, or has been changed")
        data = cast("dict[str, object]", json.loads(body))
        feed = cast("dict[str, object]", data["state"])
        state = IndexState(int(str(feed["change"])), str(feed["package"]), str(feed["name"]))
        sweeping = data.get("sweeping") is True
        return Record(str(data["files"]), str(data["encoder"]), int(str(data["top"])), state, sweeping)

    def write(self, record: Record) -> bytes:
        """Make rows and record durable, in this order; returns the state file."""
        with _damage_noticed():
            for mapped in self._mapped:
                mapped.flush()
            head, body = f"{_TITLE} {FORMAT}".encode(), json.dumps(asdict(record)).encode()
            text = b"\n".join((head, body, _sum(head + body)))
            if not self._is_ours():
                raise IndexDamagedError("another process has put it aside")
            self._replace("state", text)
            return text

    def begin(self, encoder: str) -> Record:
        """Make a new pair of files with nothing in it, beside what readers may still have mapped."""
        with _damage_noticed():
            record = Record(uuid4().hex, encoder)
            for name in _WIDTHS:
                self._replace(name, _header(name, record.files))
            self.grow(room_for(1))
            self.write(record)
            return record

    def grow(self, capacity: int) -> None:
        """Make room for so many rows. Files never shrink, so that who has mapped them can go on reading."""
        with _damage_noticed():
            for name, width in _WIDTHS.items():
                with (self.folder / name).open("r+b") as file:
                    size = _HEADER_BYTES + capacity * width
                    # Without blocks of its own, a page that is written while the disk is full kills the process.
                    if hasattr(os, "posix_fallocate"):
                        os.posix_fallocate(file.fileno(), 0, size)
                    elif os.fstat(file.fileno()).st_size < size:
                        os.ftruncate(file.fileno(), size)

    def table(self, record: Record, *, writable: bool) -> VectorTable:
        """Map the files."""
        with _damage_noticed():
            maps = {name: self._map(name, record, writable) for name in _WIDTHS}
        capacity = min(whole_runs((len(maps[name]) - _HEADER_BYTES) // width) for name, width in _WIDTHS.items())
        if capacity < max(record.top, 1):
            raise IndexDamagedError(f"it is truncated: room for {capacity} rows, {record.top} are in use")
        if writable:
            self._mapped = list(maps.values())
        words = np.frombuffer(maps["columns"], np.uint64, capacity * COLUMN_BYTES // 8, _HEADER_BYTES)
        rows = np.frombuffer(maps["rows"], np.int8, capacity * ROW_BYTES, _HEADER_BYTES)
        return VectorTable(words, rows.reshape(capacity, DIMENSIONS))

    def lock(self) -> bool:
        """Begin to write; False while anybody else writes, in this process or another."""
        with _damage_noticed():
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            self._lock = descriptor
            if not self._is_ours():
                self.unlock()
                return False
            return True

    def unlock(self) -> None:
        """Let others write."""
        self._mapped = []
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _is_ours(self) -> bool:
        """Whether the folder is still the one that was locked: a damaged one may have been put aside meanwhile."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._lock), (self.folder / "lock").stat())
        return False

    def _map(self, name: str, record: Record, writable: bool) -> mmap.mmap:
        with (self.folder / name).open("r+b" if writable else "rb") as file:
            header = file.read(_HEADER_BYTES)
            if header != _header(name, record.files):
                raise IndexDamagedError(f"the file {name!r} is not ours, truncated, or of another index")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
        if name == "rows" and not writable and hasattr(mmap, "MADV_RANDOM"):
            # A search reads some hundred rows from anywhere: reading ahead would fetch fifty times as much.
            mapped.madvise(mmap.MADV_RANDOM)
        return mapped

    def _replace(self, name: str, content: bytes) -> None:
        aside = self.folder / f"{name}.new"
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.folder / name)
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class VectorMemory:
    """The same without a folder: for one process, and gone with it."""

    def __init__(self) -> None:
        self._record = Record()
        self._text = b""
        self._words, self._rows = np.zeros(0, np.uint64), np.zeros((0, DIMENSIONS), np.int8)
        self._busy = threading.Lock()

    def text(self) -> bytes:
        """Return something that is another after each write."""
        return self._text

    def record(self, text: bytes) -> Record:
        """Return what was written last."""
        return self._record if text else Record()

    def write(self, record: Record) -> bytes:
        """Note the record."""
        self._record, self._text = record, uuid4().bytes
        return self._text

    def begin(self, encoder: str) -> Record:
        """Make room for the first rows."""
        self.grow(room_for(1))
        record = Record(uuid4().hex, encoder)
        self.write(record)
        return record

    def grow(self, capacity: int) -> None:
        """Make room for so many rows."""
        words, rows = np.zeros(capacity * COLUMN_BYTES // 8, np.uint64), np.zeros((capacity, DIMENSIONS), np.int8)
        words[: len(self._words)] = self._words  # runs of columns stay where they are
        rows[: len(self._rows)] = self._rows
        self._words, self._rows = words, rows

    def table(self, record: Record, *, writable: bool) -> VectorTable:
        """Return the arrays."""
        return VectorTable(self._words, self._rows)

    def lock(self) -> bool:
        """Begin to write; False while another thread does."""
        return self._busy.acquire(blocking=False)

    def unlock(self) -> None:
        """Let others write."""
        self._busy.release()


def _header(name: str, files: str) -> bytes:
    text = f"{_TITLE} {FORMAT}\n{name} of {files}, {DIMENSIONS} dimensions\n"
    return text.encode().ljust(_HEADER_BYTES, b"\0")


def _sum(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).hexdigest().encode()


@contextmanager
def _damage_noticed() -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise IndexDamagedError(str(error)) from error
