"""Keeps the vectors in line with the catalogue, in the background: words find what has no vector yet."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import StoreError
from taskmatrix.selector.feed import Catalogue, Change
from taskmatrix.selector.keys import digest_of, key_of, owner_of, tag_of
from taskmatrix.selector.passages import read_passage
from taskmatrix.selector.retrieval import EmbeddingStatus, Encoder, Progress
from taskmatrix.selector.states import IndexDamagedError, IndexState, discard, may_be_of, size_of
from taskmatrix.selector.vectors.index import VectorIndex, VectorUpdate

logger = logging.getLogger(__name__)

PAGE = 512
"""Changes read and made durable at once: about two seconds of work on one core, which a crash may cost."""


class Embedding:
    """Implements `Vectors` in a folder. Safe to use from several threads and processes; one at a time writes."""

    def __init__(self, catalogue: Catalogue, folder: Path | None, load: Callable[[], Encoder]) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._load = load
        self._lock = threading.RLock()
        self._vectors: VectorIndex | None = None

    def vectors(self) -> VectorIndex:
        """Return the vectors as they are on disk now. Raises EncoderUnavailableError.

        Files that cannot be used are removed, with a message, and begun again.
        """
        with self._lock:
            if self._vectors is None:
                self._vectors = self._open()
            try:
                self._vectors.state()
            except IndexDamagedError as error:
                self._discard(error)
                self._vectors = self._open()
            return self._vectors

    def waiting(self) -> int:
        """Return about how many changes have no vectors yet, 0 if all have."""
        return self._catalogue.latest_change() - self._followed().change

    def catch_up(self, progress: Progress | None = None, seconds: float | None = None) -> EmbeddingStatus:
        """Make the vectors that are missing, for at most so many seconds; what is done stays done.

        Returns at once, saying so, where another process is at it. Raises EncoderUnavailableError.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._lock:
            try:
                update = self.vectors().writer()
                if update is None:
                    return self.status()
                try:
                    self._follow(update, progress or _tell_nobody, deadline)
                finally:
                    update.close()
            except IndexDamagedError as error:
                raise StoreError(
                    f"the vectors in {str(self._folder)!r} cannot be written: {error}",
                    hint="is there room on the disk? then: taskmatrix apis index",
                ) from error
        return self.status()

    def status(self) -> EmbeddingStatus:
        """Return how far the vectors are. Raises EncoderUnavailableError."""
        vectors, followed = self.vectors(), self._followed().change
        behind = self._catalogue.latest_change() > followed
        update = vectors.writer() if behind else None
        if update is not None:
            update.close()
        total = self._catalogue.count()
        return EmbeddingStatus(
            done=min(vectors.size(), total) if followed else 0,  # rows of another catalogue are nothing done
            total=total,
            encoder=self._load().name,
            bytes=size_of(self._folder),
            running=behind and update is None,
        )

    def rebuild(self) -> None:
        """Throw all vectors away; `catch_up` makes them again."""
        with self._lock:
            self._discard(None)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._vectors = None

    def _open(self) -> VectorIndex:
        encoder = self._load()
        for _ in range(2):
            try:
                return VectorIndex(self._folder, encoder.name, encoder.centre)
            except IndexDamagedError as error:
                self._discard(error)
            except OSError as error:
                logger.warning("no vectors can be kept in %s (%s): searching by words", self._folder, error)
                self._folder = None
        return VectorIndex(None, encoder.name, encoder.centre)

    def _discard(self, error: IndexDamagedError | None) -> None:
        if error is not None:
            logger.warning("the vectors %s cannot be used (%s): making them again", self._folder, error)
        self.close()
        if self._folder is not None:
            with suppress(OSError):
                discard(self._folder)

    def _followed(self) -> IndexState:
        """Return up to where the rows are right: not at all where another catalogue's may be among them."""
        vectors = self.vectors()
        state = vectors.state()
        foreign = state.change > self._catalogue.latest_change() or not may_be_of(self._catalogue, state)
        return IndexState() if foreign or vectors.is_sweeping() else state

    def _follow(self, update: VectorUpdate, progress: Progress, deadline: float | None) -> None:
        latest = self._catalogue.latest_change()
        state = self._followed()
        # Rows that are right up to no change are another catalogue's, all or some. Without rows there is nothing to
        # free, and a walk that is cut off goes on where it was.
        whole = state.change == 0 and self.vectors().size() > 0
        if whole:
            logger.warning("the vectors %s hold those of another catalogue: keeping what is the same", self._folder)
            update.begin_sweep()
        started = state.change
        while changes := self._catalogue.changes(state.change, PAGE):
            self._take(update, changes)
            state = IndexState(changes[-1].number, changes[-1].package, changes[-1].name)
            if whole and state.change >= latest:
                update.end_sweep()
                whole = False
            update.commit(state)
            progress(min(state.change, latest) - started, latest - started)
            if deadline is not None and time.monotonic() > deadline:
                return
        if whole:  # an empty catalogue
            update.end_sweep()
            update.commit(state)

    def _take(self, update: VectorUpdate, changes: Sequence[Change]) -> None:
        gone = [key_of(c.package, c.name) for c in changes if c.document is None]
        if gone:
            update.remove(np.array(gone, np.uint64))
        there = [(c, c.document) for c in changes if c.document is not None]
        if not there:
            return
        passages = [read_passage(document) for _, document in there]
        keys = np.array([key_of(c.package, c.name) for c, _ in there], np.uint64)
        digests = np.array([digest_of(text) for text in passages], np.uint64)
        tags = np.array([_tags(change, document) for change, document in there], np.uint32)
        same = self.vectors().digests(keys) == digests
        if same.any():
            update.keep(keys[same], tags[same])
        other = np.flatnonzero(~same)
        if len(other):
            rows = self._load().encode_passages([passages[n] for n in other])
            update.put(keys[other], digests[other], tags[other], rows)


def _tags(change: Change, document: ApiDocument) -> tuple[int, int, int]:
    owner = owner_of(change.package, change.owner)
    return tag_of(change.package), tag_of(owner), tag_of(document.effects.kind)


def _tell_nobody(_done: int, _total: int) -> None:
    """Show no progress."""
