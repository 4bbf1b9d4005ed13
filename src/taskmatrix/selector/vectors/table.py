"""Where the parts of a row lie: a table of columns, laid out so that all codes can be read in long runs.

A row takes 320 bytes: its vector as 256 int8 (`rows`), and 64 bytes of columns. Columns lie in runs of 1,024 rows,
then of twice as many each time, up to 65,536: within a run all first words of the codes follow each other, then all
second words, and so on. A scan is a dozen calls of numpy a run, so runs should be long; a small table should be small.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 256
CODE_WORDS = DIMENSIONS // 64
TAGS = 3
ROW_BYTES = DIMENSIONS
COLUMN_BYTES = 64
SHORTEST_RUN, LONGEST_RUN = 1 << 10, 1 << 16

# Places of the columns in a run, in words of 8 bytes and of 4 bytes.
_KEY, _DIGEST = CODE_WORDS, CODE_WORDS + 1
_TAG, _SCALE = 2 * (CODE_WORDS + 2), 2 * (CODE_WORDS + 2) + TAGS

_CHECK = np.array(
    [int.from_bytes(blake2b(bytes([n]), digest_size=8).digest(), "little") | 1 for n in range(64)], dtype=np.uint64
)


@dataclass(frozen=True, slots=True)
class Run:
    """Rows that lie together: `size` of them from slot `start`, of which the first `used` are looked at."""

    start: int
    size: int
    used: int


def runs(top: int) -> Iterator[Run]:
    """Return the runs that hold slots 0 to top - 1."""
    start = 0
    while start < top:
        size = min(max(start, SHORTEST_RUN), LONGEST_RUN)
        yield Run(start, size, min(size, top - start))
        start += size


def whole_runs(rows: int) -> int:
    """Return how many of so many rows are in runs that are complete."""
    if rows < LONGEST_RUN:
        return 0 if rows < SHORTEST_RUN else 1 << (rows.bit_length() - 1)
    return rows - rows % LONGEST_RUN


def room_for(rows: int) -> int:
    """Return the least number of rows, in complete runs, that has room for so many."""
    whole = whole_runs(rows)
    return whole if whole == rows and rows else whole + min(max(whole, SHORTEST_RUN), LONGEST_RUN)


class VectorTable:
    """Columns by slot, over memory or over mapped files. `slots` are int64 (n,) below `capacity`."""

    def __init__(self, columns: NDArray[np.uint64], rows: NDArray[np.int8]) -> None:
        self.capacity = len(rows)
        self.rows = rows
        self._words = columns
        self._halves = columns.view(np.uint32)
        self._scales = columns.view(np.float32)

    def keys(self, slots: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the key of each slot, 0 where the slot is free."""
        return self._words[_words_at(slots, _KEY)]

    def set_keys(self, slots: NDArray[np.int64], keys: NDArray[np.uint64] | int) -> None:
        """Say whose the rows are; 0 for nobody's."""
        self._words[_words_at(slots, _KEY)] = keys

    def all_keys(self, top: int) -> NDArray[np.uint64]:
        """Return a copy of the keys of slots 0 to top - 1."""
        found = np.empty(top, np.uint64)
        for run in runs(top):
            begin = 8 * run.start + _KEY * run.size
            found[run.start : run.start + run.used] = self._words[begin : begin + run.used]
        return found

    def tags(self, slots: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return the tags (n, 3): package, owner, effect."""
        return self._halves[_tags_at(slots)]

    def all_tags(self, which: int, top: int) -> NDArray[np.uint32]:
        """Return a copy of one of the tags of slots 0 to top - 1."""
        found = np.empty(top, np.uint32)
        for run in runs(top):
            begin = 16 * run.start + (_TAG + which) * run.size
            found[run.start : run.start + run.used] = self._halves[begin : begin + run.used]
        return found

    def scales(self, slots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what makes each row a vector of unit length."""
        return self._scales[_halves_at(slots, _SCALE)]

    def codes(self, run: Run) -> NDArray[np.uint64]:
        """Return the codes of a run, word by word: (4, used), not copied."""
        begin = 8 * run.start
        return self._words[begin : begin + CODE_WORDS * run.size].reshape(CODE_WORDS, run.size)[:, : run.used]

    def digests(self, slots: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the digest that each row was written with; a number without meaning if the row is torn."""
        return self._words[_words_at(slots, _DIGEST)] ^ self._check(slots)

    def set_digests(self, slots: NDArray[np.int64], digests: NDArray[np.uint64]) -> None:
        """Note the digests, mixed with a sum over the row as it is now. To be called last."""
        self._words[_words_at(slots, _DIGEST)] = digests ^ self._check(slots)

    def set_tags(self, slots: NDArray[np.int64], tags: NDArray[np.uint32]) -> None:
        """Write tags (n, 3)."""
        self._halves[_tags_at(slots)] = tags

    def set_vectors(
        self,
        slots: NDArray[np.int64],
        rows: NDArray[np.int8],
        scales: NDArray[np.float32],
        codes: NDArray[np.uint64],
    ) -> None:
        """Write rows (n, 256), scales (n,) and codes (n, 4)."""
        self.rows[slots] = rows
        self._scales[_halves_at(slots, _SCALE)] = scales
        self._words[_codes_at(slots)] = codes

    def _check(self, slots: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return a sum over all of a row but its digest.

        A crash of the machine may leave any mixture of old and new pages. The sum tells such a row from a whole one;
        the key alone would not, nor would a digest written last.
        """
        words = np.concatenate(
            (
                self.rows[slots].view(np.uint64),
                self._words[_codes_at(slots)],
                self._words[_words_at(slots, _KEY)][:, None],
                self._halves[_tags_at(slots)].astype(np.uint64),
                self._halves[_halves_at(slots, _SCALE)][:, None].astype(np.uint64),
            ),
            axis=1,
        )
        return words @ _CHECK[: words.shape[1]]


def _places(slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return size and start of the run of each slot."""
    exponents = np.frexp(slots.astype(np.float64))[1].astype(np.int64) - 1
    shortest, longest = SHORTEST_RUN.bit_length() - 1, LONGEST_RUN.bit_length() - 1
    sizes = np.left_shift(np.int64(1), np.clip(exponents, shortest, longest))
    return sizes, slots - slots % sizes


def _words_at(slots: NDArray[np.int64], column: int) -> NDArray[np.int64]:
    sizes, starts = _places(slots)
    return 7 * starts + column * sizes + slots  # 8 words for each row before the run, and the place in the run


def _halves_at(slots: NDArray[np.int64], column: int) -> NDArray[np.int64]:
    sizes, starts = _places(slots)
    return 15 * starts + column * sizes + slots


def _tags_at(slots: NDArray[np.int64]) -> NDArray[np.int64]:
    return _halves_at(slots, _TAG)[:, None] + np.arange(TAGS) * _places(slots)[0][:, None]


def _codes_at(slots: NDArray[np.int64]) -> NDArray[np.int64]:
    return _words_at(slots, 0)[:, None] + np.arange(CODE_WORDS) * _places(slots)[0][:, None]
