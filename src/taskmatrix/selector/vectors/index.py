"""The vector index: finds APIs by meaning, and keeps a row for each, in a folder that is mapped or in memory."""

import threading
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taskmatrix.selector.states import IndexState
from taskmatrix.selector.vectors.files import Record, VectorFiles, VectorMemory
from taskmatrix.selector.vectors.scan import (
    FARTHEST,
    QueryVector,
    checked,
    codes_of,
    distances,
    nearest_codes,
    quantised,
)
from taskmatrix.selector.vectors.slots import SlotMap, sort_slots
from taskmatrix.selector.vectors.table import DIMENSIONS, TAGS, VectorTable, room_for

RESCORED = 500
"""How many of the nearest codes are compared by their rows, at least."""

ALL_COMPARED = 2_000
"""Up to so many rows are all compared, without a look at the codes."""

ALL_PASSING_COMPARED = 20_000
"""Up to so many rows that pass a filter are all compared, so that a narrow filter misses nothing."""

_PACKAGE, _OWNER, _EFFECT = range(TAGS)
_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Tags (`keys.tag_of`) that rows must have, one of each part that is not empty; owners in `beside` they must not.

    The owner tag of what nobody owns is the tag of its package.
    """

    packages: tuple[int, ...] = ()
    owners: tuple[int, ...] = ()
    effects: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """Rows near a query, best first: `keys` (k,) uint64 and `cosines` (k,) float32."""

    keys: NDArray[np.uint64]
    cosines: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _View:
    """The index at one moment. Nothing of it is changed but rows, in place."""

    record: Record
    table: VectorTable | None
    slots: SlotMap


_EVERYTHING = RowFilter()
_EMPTY = sort_slots(np.zeros(0, np.uint64))


class VectorIndex:
    """Rows by key: found by cosine, written by one process at a time, read by any number of threads and processes.

    `folder` None: in memory. `encoder` names what made the vectors: rows of another encoder, or codes around another
    `centre` (256,), count as not there. Raises IndexDamagedError from any method if the folder is not one of ours.
    """

    def __init__(self, folder: Path | None, encoder: str, centre: NDArray[np.float32]) -> None:
        self.centre = np.ascontiguousarray(centre, dtype=np.float32).reshape(DIMENSIONS)
        self._encoder = f"{encoder} {blake2b(self.centre.tobytes(), digest_size=8).hexdigest()}"
        self._files = VectorMemory() if folder is None else VectorFiles(folder)
        self._lock = threading.RLock()
        self._writing = False
        self._text: bytes = b""
        self._view = _View(Record(), None, _EMPTY)
        self._current()

    def state(self) -> IndexState:
        """Return up to which change of the catalogue the rows are right; picks up what other processes committed."""
        return self._current().record.state

    def is_sweeping(self) -> bool:
        """Whether a sweep has begun and not ended, maybe in a process that is gone: it is to begin again."""
        return self._current().record.sweeping

    def size(self) -> int:
        """Return how many rows there are."""
        return self._current().slots.size

    def search(self, queries: NDArray[np.float32], limit: int, where: RowFilter = _EVERYTHING) -> list[Nearest]:
        """Return the rows nearest to each query (n, 256), of those that pass the filter, at most `limit` for each.

        Exact where few rows are compared; else the nearest of those with the nearest codes.
        """
        queries, view = checked(queries), self._current()
        top, table = view.slots.top, view.table
        if table is None or not view.slots.size or limit < 1 or not len(queries):
            none = Nearest(np.zeros(0, np.uint64), np.zeros(0, np.float32))
            return [none] * len(queries)
        vectors = [QueryVector(query) for query in queries]
        passing = _passing(table, view.slots, where)
        count = view.slots.size if passing is None else int(np.count_nonzero(passing))
        if count <= max(ALL_COMPARED if passing is None else ALL_PASSING_COMPARED, limit):
            slots = np.flatnonzero(view.slots.known if passing is None else passing)
            return [_best(table, slots, vector, limit) for vector in vectors]
        far = distances(table, top, codes_of(queries, self.centre))
        if passing is None:
            far[:, view.slots.free] = FARTHEST
        else:
            # 0 where a row passes, 255 where it does not.
            np.bitwise_or(far, passing.view(np.uint8) - np.uint8(1), out=far)
        wanted = max(RESCORED, 4 * limit)
        pairs = zip(far, vectors, strict=True)
        return [_best(table, nearest_codes(row, wanted), vector, limit) for row, vector in pairs]

    def similarities(self, query: NDArray[np.float32], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return the cosines of a query (256,) with rows, to the bit as `search` gives them; nan where no row is."""
        vector, view = QueryVector(checked(query[None])[0]), self._current()
        keys = np.asarray(keys, dtype=np.uint64)
        found = np.full(len(keys), np.nan, np.float32)
        if view.table is None:
            return found
        slots = view.slots.find(keys, view.table)
        there = np.flatnonzero(slots >= 0)
        cosines = vector.cosines(view.table, slots[there])
        still = view.table.keys(slots[there]) == keys[there]
        found[there[still]] = cosines[still]
        return found

    def vectors(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Return the vectors of keys (n, 256), rounded as they are kept; zeros where no row is."""
        view, keys = self._current(), np.asarray(keys, dtype=np.uint64)
        found = np.zeros((len(keys), DIMENSIONS), np.float32)
        if view.table is not None:
            slots = view.slots.find(keys, view.table)
            there = np.flatnonzero(slots >= 0)
            found[there] = view.table.rows[slots[there]] * view.table.scales(slots[there])[:, None]
        return found

    def digests(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the digest that each key's row was put with, 0 where there is no row.

        A row that a crash has left half written shows a digest that nobody has given.
        """
        view, keys = self._current(), np.asarray(keys, dtype=np.uint64)
        found = np.zeros(len(keys), np.uint64)
        if view.table is None:
            return found
        slots = view.slots.find(keys, view.table)
        there = np.flatnonzero(slots >= 0)
        for start in range(0, len(there), _AT_ONCE):
            part = there[start : start + _AT_ONCE]
            digests = view.table.digests(slots[part])
            found[part] = np.where(view.table.keys(slots[part]) == keys[part], digests, 0)
        return found

    def writer(self) -> "VectorUpdate | None":
        """Begin an update, or return None while another process or thread is writing."""
        if not self._files.lock():
            return None
        with self._lock:
            try:
                view = self._current(writable=True)
                self._writing = True
                return VectorUpdate(self, view)
            except BaseException:
                self.forget_update()
                raise

    # The rest is between the index and its update.

    @property
    def files(self) -> VectorFiles | VectorMemory:
        """The folder, or what stands for it."""
        return self._files

    def show(self, view: "_View") -> None:
        """Let searches of this process see what has been written."""
        with self._lock:
            self._view = view

    def committed(self, text: bytes) -> None:
        """Note the state file that this process has written."""
        with self._lock:
            self._text = text

    def forget_update(self) -> None:
        """Go back to what is committed, and let others write."""
        with self._lock:
            self._writing = False
            self._view = replace(self._view, table=None)
            self._files.unlock()

    def _current(self, *, writable: bool = False) -> _View:
        """Return the index as it was committed last, by whomever; while this process writes, as it is."""
        with self._lock:
            if self._writing:
                return self._view
            text = self._files.text()
            if writable or text != self._text or (self._view.table is None and text):
                self._view = self._load(text, writable)
                self._text = self._files.text() if writable else text
            return self._view

    def _load(self, text: bytes, writable: bool) -> _View:
        record, before = self._files.record(text), self._view
        if writable and not text:
            record = self._files.begin(self._encoder)
        elif writable and record.encoder != self._encoder:
            record = Record(record.files, self._encoder)
            self._files.write(record)
        elif record.encoder != self._encoder:
            return _View(Record(), None, _EMPTY)
        table = before.table
        if writable or table is None or before.record.files != record.files or record.top > table.capacity:
            table = self._files.table(record, writable=writable)
        if before.record.files == record.files:
            return _View(record, table, before.slots.refreshed(table, record.top))
        return _View(record, table, sort_slots(table.all_keys(record.top)))


class VectorUpdate:
    """Changes to the rows, by one thread. They may be found once they are made, and stay once they are committed.

    A row is nobody's while it is written, so that nobody finds the one API by the vector of the other.
    """

    def __init__(self, index: VectorIndex, view: _View) -> None:
        assert view.table is not None
        self._index, self._view, self._table = index, view, view.table
        self._kept: NDArray[np.bool_] | None = None
        self._open = True
        if len(view.slots.twice):
            self._release(view.slots.twice)

    def put(
        self,
        keys: NDArray[np.uint64],
        digests: NDArray[np.uint64],
        tags: NDArray[np.uint32],
        vectors: NDArray[np.float32],
    ) -> None:
        """Write rows, new or changed: keys and digests (n,) that are not 0, tags (n, 3): package, owner, effect, and
        vectors (n, 256). Of a key that comes twice, the last counts. Raises ValueError for other shapes or numbers.
        """
        keys, digests = np.asarray(keys, dtype=np.uint64), np.asarray(digests, dtype=np.uint64)
        tags, vectors = np.asarray(tags, dtype=np.uint32), checked(vectors)
        if keys.shape != (len(vectors),) or digests.shape != keys.shape or tags.shape != (len(keys), TAGS):
            raise ValueError(f"{len(vectors)} vectors, keys {keys.shape}, digests {digests.shape}, tags {tags.shape}")
        if not (keys.all() and digests.all()):
            raise ValueError("a key or digest of 0 stands for none")
        for start in range(0, len(keys), _AT_ONCE):
            end = start + _AT_ONCE
            # The index of a key's first place, seen from the end, is its last.
            _, places = np.unique(keys[start:end][::-1], return_index=True)
            chosen = np.sort(min(end, len(keys)) - 1 - places)
            self._put(keys[chosen], digests[chosen], tags[chosen], vectors[chosen])

    def keep(self, keys: NDArray[np.uint64], tags: NDArray[np.uint32] | None = None) -> None:
        """Say in a sweep that rows are still wanted. With tags (n, 3): write those that differ, without a vector."""
        keys = np.asarray(keys, dtype=np.uint64)
        found = self._view.slots.find(keys, self._table)
        there = np.flatnonzero(found >= 0)
        slots = found[there]
        if self._kept is not None:
            self._kept[slots] = True
        if tags is None:
            return
        wanted = np.asarray(tags, dtype=np.uint32)[there]
        other = np.flatnonzero((self._table.tags(slots) != wanted).any(axis=1))
        if len(other):
            digests = self._table.digests(slots[other])
            self._table.set_tags(slots[other], wanted[other])
            self._table.set_digests(slots[other], digests)

    def remove(self, keys: NDArray[np.uint64]) -> None:
        """Free the rows of keys; those that are not there are passed over."""
        slots = self._view.slots.find(np.asarray(keys, dtype=np.uint64), self._table)
        self._release(np.unique(slots[slots >= 0]))

    def begin_sweep(self) -> None:
        """Begin a walk of the whole catalogue. Which rows it has met is known to this update only."""
        self._kept = np.zeros(self._view.slots.top, bool)

    def end_sweep(self) -> None:
        """End the walk: free all rows that were neither put nor kept since it began."""
        if self._kept is None:
            raise ValueError("no sweep was begun")
        self._release(np.flatnonzero((self._view.slots.known != 0) & ~self._kept))
        self._kept = None

    def commit(self, state: IndexState) -> None:
        """Make everything durable, as right up to a change of the catalogue."""
        sweeping = self._kept is not None
        record = replace(self._view.record, top=self._view.slots.top, state=state, sweeping=sweeping)
        text = self._index.files.write(record)
        self._show(replace(self._view, record=record))
        self._index.committed(text)

    def close(self) -> None:
        """Let others write. What was not committed may be lost, or half there, until it is put again."""
        if self._open:
            self._open = False
            self._index.forget_update()

    def _put(
        self,
        keys: NDArray[np.uint64],
        digests: NDArray[np.uint64],
        tags: NDArray[np.uint32],
        vectors: NDArray[np.float32],
    ) -> None:
        slots = self._view.slots.find(keys, self._table)
        new = np.flatnonzero(slots < 0)
        slots[new] = self._places_for(len(new))
        table = self._table
        # In this order: whoever reads meanwhile, or after the process has been killed, sees no row, or the whole.
        table.set_keys(slots, 0)
        table.set_vectors(slots, *quantised(vectors), codes_of(vectors, self._index.centre))
        table.set_tags(slots, tags)
        table.set_keys(slots, keys)
        table.set_digests(slots, digests)
        self._note(slots[new], keys[new])
        if self._kept is not None:
            self._kept[slots] = True

    def _places_for(self, count: int) -> NDArray[np.int64]:
        """Return slots that are nobody's, freed ones first."""
        slots = self._view.slots
        freed = slots.free[:count]
        top = slots.top + count - len(freed)
        if top > self._table.capacity:
            self._index.files.grow(room_for(top))
            self._table = self._index.files.table(self._view.record, writable=True)
            self._show(replace(self._view, table=self._table))
        return np.concatenate((freed, np.arange(slots.top, top)))

    def _release(self, slots: NDArray[np.int64]) -> None:
        self._table.set_keys(slots, 0)
        self._table.set_tags(slots, np.zeros((len(slots), TAGS), np.uint32))
        self._note(slots, np.zeros(len(slots), np.uint64))

    def _note(self, slots: NDArray[np.int64], keys: NDArray[np.uint64]) -> None:
        if not len(slots):
            return
        top = max(self._view.slots.top, int(slots.max()) + 1)
        self._show(replace(self._view, slots=self._view.slots.with_changes(slots, keys, top)))
        if self._kept is not None and len(self._kept) < top:
            self._kept = np.concatenate((self._kept, np.zeros(top - len(self._kept), bool)))

    def _show(self, view: _View) -> None:
        self._view = view
        self._index.show(view)


def _passing(table: VectorTable, slots: SlotMap, where: RowFilter) -> NDArray[np.bool_] | None:
    """Return which slots pass, None if all do that are in use."""
    passing: NDArray[np.bool_] | None = None
    parts = ((_PACKAGE, where.packages, True), (_OWNER, where.owners, True), (_EFFECT, where.effects, True))
    for which, tags, wanted in (*parts, (_OWNER, where.beside, False)):
        if tags:
            held = np.isin(table.all_tags(which, slots.top), np.array(tags, np.uint32), invert=not wanted)
            passing = held if passing is None else passing & held
    if passing is not None:
        passing[slots.free] = False
    return passing


def _best(table: VectorTable, slots: NDArray[np.int64], vector: QueryVector, limit: int) -> Nearest:
    """Return the rows in these slots with the highest cosines."""
    keys = table.keys(slots)
    cosines = vector.cosines(table, slots)
    # A row that was given to another API meanwhile, or taken away, has no cosine that means anything.
    sure = np.flatnonzero((keys != 0) & (table.keys(slots) == keys))
    order = sure[np.lexsort((keys[sure], -cosines[sure]))[:limit]]
    return Nearest(keys[order], cosines[order])
