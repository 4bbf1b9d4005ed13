"""What a model writes, as pieces that are worth showing: not one event for each token."""

import time
from typing import Literal

from taskmatrix.core.events import ModelWriting
from taskmatrix.core.protocols import Listen

Purpose = Literal["outline", "program", "summary"]

PIECE = 200
"""Characters that are told at once, whatever the time."""

INTERVAL = 0.2
"""Seconds between two pieces that are shorter."""


class Writing:
    """Gathers the tokens of one answer and tells of them a few times a second."""

    def __init__(self, purpose: Purpose, listen: Listen) -> None:
        self._purpose: Purpose = purpose
        self._listen = listen
        self._pieces: list[str] = []
        self._size = 0
        self._told = time.monotonic()

    def add(self, piece: str) -> None:
        """Take the next piece."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= PIECE or time.monotonic() - self._told >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Tell what was gathered so far."""
        if self._size:
            self._listen(ModelWriting(purpose=self._purpose, text="".join(self._pieces)))
        self._pieces.clear()
        self._size, self._told = 0, time.monotonic()
