"""The arithmetic of the vector index: rows and codes from vectors, distances of codes, cosines of rows."""

import numpy as np
from numpy.typing import NDArray

from taskmatrix.selector.vectors.table import DIMENSIONS, LONGEST_RUN, VectorTable, runs

FARTHEST = 255
"""Distances are counted in a byte, so that codes which differ in all 256 bits seem to be the same. That costs less
than asking: such a row is looked at, and its cosine says how far it is."""

_QUERY_LENGTH = 8_192
_AT_ONCE = 2_048
_SAMPLE = 1 << 16


def quantised(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return rows (n, 256) int8 and the scales (n,) that give them unit length; a zero vector has scale 0."""
    peaks = np.abs(vectors).max(axis=1, keepdims=True)
    rows = np.rint(vectors * (127 / np.where(peaks > 0, peaks, 1))).astype(np.int8)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float32))
    return rows, np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def codes_of(vectors: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return codes (n, 4): one bit a dimension, on which side of the centre a unit vector lies."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    units = vectors / np.where(lengths > 0, lengths, 1)
    return np.packbits(units > centre, axis=1, bitorder="little").view(np.uint64)


def distances(table: VectorTable, top: int, codes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return how many bits of each slot's code differ from each query's (n, 4): (n, top), 0 for 256."""
    found = np.empty((len(codes), top), np.uint8)
    width = min(top, LONGEST_RUN)
    differing, counted = np.empty(width, np.uint64), np.empty(width, np.uint8)
    for run in runs(top):
        bits, count = differing[: run.used], counted[: run.used]
        near = found[:, run.start : run.start + run.used]
        # One word of all codes after the other: it is in the cache for the second query and the third.
        for word, of_rows in enumerate(table.codes(run)):
            for code, sums in zip(codes, near, strict=True):
                np.bitwise_xor(of_rows, code[word], out=bits)
                np.bitwise_count(bits, out=count if word else sums)
                if word:
                    np.add(sums, count, out=sums)
    return found


def nearest_codes(row: NDArray[np.uint8], wanted: int) -> NDArray[np.int64]:
    """Return the slots of the smallest distances: at least `wanted` if there are so many below FARTHEST, and of those
    at the farthest distance kept at most as many again.
    """
    step = max(1, len(row) // _SAMPLE)
    counts = np.bincount(row[::step], minlength=FARTHEST + 1).cumsum()
    # The sample may be off: aim a little high, look, and go on if it was too low.
    threshold = int(np.searchsorted(counts, 1.2 * wanted / step))
    while True:
        threshold = min(threshold, FARTHEST - 1)
        slots = np.flatnonzero(row <= threshold)
        if len(slots) >= wanted or threshold == FARTHEST - 1:
            break
        threshold += 1
    if len(slots) > 2 * wanted:
        slots = slots[np.sort(np.argsort(row[slots], kind="stable")[: 2 * wanted])]
    return slots


class QueryVector:
    """A query in whole numbers, so that its cosine with a row is the same in whatever order it is summed up.

    Products of int8 rows (length at most 2,032) and queries of length 8,192 sum up to less than 2^24, which float32
    holds exactly.
    """

    def __init__(self, vector: NDArray[np.float32]) -> None:
        length = float(np.sqrt(np.dot(vector, vector)))
        self.numbers = np.rint(vector * (_QUERY_LENGTH / length if length > 0 else 0)).astype(np.float32)
        rounded = float(np.sqrt(np.dot(self.numbers, self.numbers)))
        self.scale = np.float32(1 / rounded if rounded > 0 else 0)

    def cosines(self, table: VectorTable, slots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine with the row in each slot."""
        sums = np.empty(len(slots), np.float32)
        for start in range(0, len(slots), _AT_ONCE):
            part = slots[start : start + _AT_ONCE]
            rows = table.rows.take(part, axis=0).astype(np.float32)
            np.einsum("ij,j->i", rows, self.numbers, out=sums[start : start + _AT_ONCE])
        return sums * table.scales(slots) * self.scale


def checked(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors (n, 256) as float32; raises ValueError for another shape or numbers that are not finite."""
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[1] != DIMENSIONS:
        raise ValueError(f"vectors have the shape (n, {DIMENSIONS}), not {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("a vector holds a number that is not finite")
    return vectors
