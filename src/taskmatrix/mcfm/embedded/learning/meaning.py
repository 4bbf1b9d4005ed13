"""What an instruction means, as the encoder of the selector has it: other words for the same are near."""

from functools import lru_cache
from typing import TYPE_CHECKING

from taskmatrix.core.errors import EncoderUnavailableError
from taskmatrix.mcfm.embedded.learning.units import Unit
from taskmatrix.models.encoder import load_encoder

if TYPE_CHECKING:
    import numpy as np

MOST_KEPT = 8_000
"""Vectors that are kept, 1 kB each."""


def meaning(unit: Unit) -> "np.ndarray | None":
    """Return the unit vector of an instruction, (256,) float32; None for a step, which its neighbours explain, and
    where the encoder cannot be read.
    """
    return None if unit.is_step else _encoded(unit.text)


@lru_cache(maxsize=MOST_KEPT)
def _encoded(text: str) -> "np.ndarray | None":
    import numpy as np

    try:
        [vector] = load_encoder().encode_queries([text])
    except EncoderUnavailableError:
        return None
    length = float(np.linalg.norm(vector))
    return np.asarray(vector, np.float32) / length if length > 0 else None
