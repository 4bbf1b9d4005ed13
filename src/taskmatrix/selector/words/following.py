"""Keeps the word index in line with the catalogue, across processes, crashes and damaged folders."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from taskmatrix.selector.feed import Catalogue
from taskmatrix.selector.retrieval import WordsStatus, words_status
from taskmatrix.selector.states import IndexDamagedError, IndexState, discard, may_be_of, size_of
from taskmatrix.selector.words.index import IndexUpdate, WordIndex

logger = logging.getLogger(__name__)

PAGE = 2_000
"""Changes read at once."""

COMMIT_EVERY = 100_000
"""Changes after which a long update is made durable, so that a crash does not cost all of it."""

WAIT_SECONDS = 10.0
"""How long a search waits for another process that is writing, before it answers from what there is."""

_T = TypeVar("_T")


class FollowingIndex:
    """A word index that follows a catalogue's change feed. Safe to use from several threads and processes."""

    def __init__(self, catalogue: Catalogue, folder: Path | None) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._lock = threading.RLock()
        self._index: WordIndex | None = None
        self._change = -1

    def use(self, read: Callable[[WordIndex], _T]) -> _T:
        """Bring the index up to date and read from it; build it again if it turns out to be damaged."""
        last = 2
        for attempt in range(last + 1):
            try:
                return read(self._current())
            except IndexDamagedError as error:
                with self._lock:
                    self._replace(error, in_memory=attempt == last - 1)
        raise AssertionError("an index in memory is never damaged")

    def status(self) -> WordsStatus:
        """Return how far the index is, without bringing it up to date."""
        latest, size = self._catalogue.latest_change(), size_of(self._folder)
        with self._lock:
            if self._index is None and (self._folder is None or not self._folder.is_dir()):
                return words_status(0, latest, 0, 0)
            try:
                index = self._index or WordIndex(self._folder)
                state = index.state()
                known = state.change if may_be_of(self._catalogue, state) else 0
                return words_status(known, latest, index.size(), size)
            except IndexDamagedError:
                return WordsStatus("damaged", changes=latest, bytes=size)

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            self._index = None

    def _current(self) -> WordIndex:
        with self._lock:
            if self._index is None:
                self._index = WordIndex(self._folder)
                self._change = -1
            latest, opened = self._catalogue.latest_change(), self._change < 0
            if latest != self._change:
                self._follow(self._index, latest)
                if opened and self._folder is not None:
                    self._compare_size(self._index)
            return self._index

    def _replace(self, error: IndexDamagedError, *, in_memory: bool) -> None:
        self._index = None
        if self._folder is None:
            raise error
        if not in_memory:
            logger.warning("the index %s cannot be used (%s): building it again", self._folder, error)
            try:
                discard(self._folder)
                return
            except OSError as failure:
                error = IndexDamagedError(str(failure))
        logger.warning("no index can be kept in %s (%s): searching from memory", self._folder, error)
        self._folder = None

    def _follow(self, index: WordIndex, latest: int) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            state = index.state()
            if state.change == latest and (self._change >= 0 or may_be_of(self._catalogue, state)):
                self._change = latest
                return
            update = index.writer()
            if update is not None:
                break
            if time.monotonic() > deadline:
                logger.warning("another process is writing the index %s: searching what it holds so far", self._folder)
                return
            time.sleep(0.02)
        try:
            self._change = self._write(index, update)
        finally:
            update.close()
        index.state()

    def _compare_size(self, index: WordIndex) -> None:
        """Raise IndexDamagedError if an index that claims to be complete holds more or fewer APIs."""
        registered = self._catalogue.count()
        if self._change == self._catalogue.latest_change() and registered != index.size():
            raise IndexDamagedError(f"it holds {index.size()} APIs of {registered}")

    def _write(self, index: WordIndex, update: IndexUpdate) -> int:
        state = index.state()  # another process may have written while this one waited
        latest = self._catalogue.latest_change()
        if state.change > latest or not may_be_of(self._catalogue, state):
            logger.warning("the index %s belongs to another catalogue: building it again", self._folder)
            update.clear()
            state = IndexState()
        fresh, pending = state.change == 0, 0
        while changes := self._catalogue.changes(state.change, PAGE):
            for change in changes:
                # In a new index nothing can be there before, but for what changed while it was being built.
                if not fresh or change.number > latest:
                    update.remove(change.package, change.name)
                if change.document is not None:
                    update.add(change.document, change.owner, change.confirmed)
            state = IndexState(changes[-1].number, changes[-1].package, changes[-1].name)
            pending += len(changes)
            if pending >= COMMIT_EVERY:
                update.commit(state)
                pending = 0
        update.commit(state)
        return state.change
