"""Lengths as the package's callers see them: units of 1000 EMU, rounded down, as in Figure 10 of the paper.

A slide of 16:9 is 12192 units wide and 6858 high; 360 units are one centimetre, 12.7 one point.
"""

from typing import TYPE_CHECKING

from taskmatrix.core.errors import ApiArgumentError

if TYPE_CHECKING:
    from pptx.util import Length

EMU = 1000
"""EMU in one unit."""

FARTHEST = 100_000
"""The largest coordinate or size taken, in units: about eight slides of 16:9 side by side."""


def to_units(emu: int) -> int:
    """Return a length in units, rounded down."""
    return emu // EMU


def to_length(emu: float) -> "Length":
    """Return a python-pptx length."""
    from pptx.util import Emu

    return Emu(round(emu))


def position_in_emu(name: str, units: int) -> int:
    """Return a coordinate in EMU. Raises ApiArgumentError beyond any slide."""
    if not -FARTHEST <= units <= FARTHEST:
        raise ApiArgumentError(
            f"{name}={units} is far off any slide",
            hint="units are those of read_presentation: a wide slide is 12192 wide and 6858 high",
        )
    return units * EMU


def size_in_emu(name: str, units: int) -> int:
    """Return a size in EMU. Raises ApiArgumentError unless it is positive and of a sensible size."""
    if not 1 <= units <= FARTHEST:
        raise ApiArgumentError(
            f"{name}={units} is no size for a picture",
            hint=f"give a number from 1 to {FARTHEST}; a wide slide is 12192 wide and 6858 high",
        )
    return units * EMU
