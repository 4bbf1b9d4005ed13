"""Messages between a program's process and its host: the length in four bytes, then JSON."""

import json
import os
import time
from typing import Any

_PIPE = 0
_LAG_SECONDS = 0.05
_now = time.monotonic


class Pipe:
    """The program's end. What is printed is gathered, and sent before anything that comes after it."""

    def __init__(self) -> None:
        self._printed: list[str] = []
        self._size = 0
        self._flushed = 0.0
        self.room = 0

    def receive(self) -> dict[str, Any]:
        """Return the next message; a closed pipe ends the process."""
        message: dict[str, Any] = json.loads(_read(int.from_bytes(_read(4), "big")))
        return message

    def send(self, kind: str, **fields: object) -> None:
        """Send a message, after what was printed before it."""
        self.flush()
        _write(json.dumps({"kind": kind, **fields}))

    def write(self, text: str) -> int:
        """Print: this is what stands behind `sys.stdout`."""
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # a program may write anything
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        self._printed.append(text[: self.room + 1])
        self._size += len(text)
        if self._size > min(self.room, 8192) or _now() - self._flushed > _LAG_SECONDS:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what was printed so far."""
        printed, self._printed, self._size = self._printed, [], 0
        self._flushed = _now()
        if printed:
            text = "".join(printed)[: self.room + 1].encode("utf-8", "replace").decode()
            self.room = max(self.room - len(text), 0)
            _write(json.dumps({"kind": "print", "text": text}))

    def writable(self) -> bool:
        """Whether it can be printed to: always."""
        return True

    def isatty(self) -> bool:
        """Whether somebody sits at a terminal: never."""
        return False


def _read(size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(_PIPE, min(size, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _write(text: str) -> None:
    data = text.encode()
    view = memoryview(len(data).to_bytes(4, "big") + data)
    while view:
        view = view[os.write(_PIPE, view) :]
