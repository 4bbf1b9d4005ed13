"""Vectors as PostgreSQL keeps them: 256 signs to find what may be near, 256 signed bytes to compare closely."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taskmatrix.selector.vectors.scan import quantised
from taskmatrix.selector.vectors.table import DIMENSIONS

RESCORED = 500
"""How many vectors are compared closely for one query."""

RESCORED_OF_GRAPH = 200
"""How many where a graph finds them: what it costs grows with how many it is asked for."""


def write_codes(vectors: np.ndarray, centre: np.ndarray) -> list[str]:
    """Return the signs of vectors (n, 256) around a centre (256,), as `0` and `1`."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # The mean says nothing about any of them; without taking it off, many signs are the same for all.
    signs = (vectors / np.maximum(lengths, 1e-9) > centre).astype(np.uint8) + ord("0")
    return [row.tobytes().decode("ascii") for row in signs]


@dataclass(frozen=True, slots=True)
class Row:
    """A vector as 256 signed bytes, and what to multiply them by."""

    data: bytes
    scale: float


def write_rows(vectors: np.ndarray) -> list[Row]:
    """Return vectors (n, 256) as signed bytes."""
    rounded, scales = quantised(vectors)
    return [Row(row.tobytes(), float(scale)) for row, scale in zip(rounded, scales, strict=True)]


def cosines(query: np.ndarray, rows: Sequence[bytes], scales: Sequence[float]) -> np.ndarray:
    """Return the cosine similarities (n,) of a query (256,) and vectors, all of unit length."""
    if not rows:
        return np.zeros(0, np.float32)
    table = np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), DIMENSIONS).astype(np.float32)
    return (table @ query.astype(np.float32)) * np.array(scales, np.float32)
