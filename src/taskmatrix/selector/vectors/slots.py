"""Which slot an API's row lies in, without a dictionary: a million keys take 20 MB and 0.1 s to sort."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taskmatrix.selector.vectors.table import VectorTable

_MOST_LATE = 4_096


def _none() -> NDArray[np.uint64]:
    return np.zeros(0, np.uint64)


@dataclass(frozen=True, slots=True)
class SlotMap:
    """The slots of a table by key, as of some moment. Never changes; `with_changes` makes the next one.

    `known`: the key of each slot. Two sorted lists, the keys of most slots and those of slots that have changed since.
    `free`: slots that are nobody's. `twice`: slots whose key another slot has too, which only a crash leaves behind.
    """

    known: NDArray[np.uint64]
    sorted_keys: NDArray[np.uint64]
    sorted_slots: NDArray[np.int64]
    late_keys: NDArray[np.uint64]
    late_slots: NDArray[np.int64]
    free: NDArray[np.int64]
    twice: NDArray[np.int64]

    @property
    def top(self) -> int:
        """How many slots there are."""
        return len(self.known)

    @property
    def size(self) -> int:
        """How many of them are in use."""
        return len(self.known) - len(self.free)

    def find(self, keys: NDArray[np.uint64], table: VectorTable) -> NDArray[np.int64]:
        """Return the slot of each key, -1 where there is none."""
        slots = np.full(len(keys), -1, np.int64)
        for sorted_keys, sorted_slots in (
            (self.sorted_keys, self.sorted_slots),
            (self.late_keys, self.late_slots),
        ):
            if len(sorted_keys):
                places = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
                found = np.flatnonzero(sorted_keys[places] == keys)
                # What the lists say may have changed since; the table has the last word.
                there = found[table.keys(sorted_slots[places[found]]) == keys[found]]
                slots[there] = sorted_slots[places[there]]
        return slots

    def with_changes(self, slots: NDArray[np.int64], keys: NDArray[np.uint64], top: int) -> "SlotMap":
        """Return the map in which these slots have these keys, and no slot from `top` on has any."""
        if top < self.top:
            return sort_slots(self.known[:top])
        known = np.zeros(top, np.uint64)
        known[: self.top] = self.known
        known[slots] = keys
        late = np.union1d(self.late_slots, slots)
        if len(late) > max(_MOST_LATE, top // 8):
            return sort_slots(known)
        order = np.argsort(known[late])
        return SlotMap(
            known,
            self.sorted_keys,
            self.sorted_slots,
            known[late][order],
            late[order],
            np.flatnonzero(known == 0),
            np.setdiff1d(self.twice, slots) if len(self.twice) else self.twice,
        )

    def refreshed(self, table: VectorTable, top: int) -> "SlotMap":
        """Return the map as the table is now, after others have changed it."""
        now = table.all_keys(top)
        if top < self.top:
            return sort_slots(now)
        changed = np.flatnonzero(now[: self.top] != self.known)
        changed = np.concatenate((changed, np.arange(self.top, top)))
        return self.with_changes(changed, now[changed], top) if len(changed) else self


def sort_slots(known: NDArray[np.uint64]) -> SlotMap:
    """Return the map of slots with these keys, 0 for those that are free."""
    order = np.argsort(known)
    order = order[np.searchsorted(known[order], np.uint64(1)) :]
    keys = known[order]
    same = keys[1:] == keys[:-1]
    twice = np.zeros(len(keys), bool)
    twice[1:] |= same
    twice[:-1] |= same
    none = np.zeros(0, np.int64)
    return SlotMap(known, keys, order, _none(), none, np.flatnonzero(known == 0), order[twice])
