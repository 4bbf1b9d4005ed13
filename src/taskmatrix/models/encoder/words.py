"""The word table that our small models share: a row of numbers for each token, mapped from its file."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

WORDS = "words.bin"
"""int8 (tokens, 384), row after row; from `SCALES_AT` on float32 (tokens,), by which each row is multiplied. The graph
of the encoder reads the same bytes as external data."""
TOKENS, WIDTH = 30_522, 384
SCALES_AT = -(-TOKENS * WIDTH // 65_536) * 65_536


class WordTable:
    """Token ids to rows of 384 float32. Only the pages of the tokens that are read come into memory."""

    def __init__(self, file: Path) -> None:
        import numpy as np

        self._rows = np.memmap(file, np.int8, "r", 0, (TOKENS, WIDTH))
        self._scales = np.memmap(file, np.float32, "r", SCALES_AT, (TOKENS,))

    def __call__(self, ids: "np.ndarray") -> "np.ndarray":
        """Return (len(ids), 384) float32."""
        import numpy as np

        return self._rows[ids].astype(np.float32) * self._scales[ids][:, None]
