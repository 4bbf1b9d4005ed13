"""Colors by everyday name or as #RRGGBB."""

import re
from typing import TYPE_CHECKING

from taskmatrix.core.errors import ApiArgumentError

if TYPE_CHECKING:
    from pptx.dml.color import RGBColor

NAMES = {
    "black": "000000", "white": "FFFFFF", "red": "FF0000", "green": "008000", "blue": "0000FF",
    "yellow": "FFFF00", "orange": "FFA500", "purple": "800080", "violet": "8A2BE2", "pink": "FFC0CB",
    "brown": "8B4513", "gray": "808080", "grey": "808080", "silver": "C0C0C0", "gold": "FFD700",
    "cyan": "00FFFF", "turquoise": "40E0D0", "teal": "008080", "magenta": "FF00FF", "lime": "00FF00",
    "navy": "000080", "maroon": "800000", "olive": "808000", "beige": "F5F5DC",
    "dark red": "8B0000", "dark green": "006400", "dark blue": "00008B", "dark gray": "404040",
    "dark grey": "404040", "light green": "90EE90", "light blue": "ADD8E6", "light gray": "D3D3D3",
    "light grey": "D3D3D3", "light yellow": "FFFFE0",
}  # fmt: skip


def parse_color(text: str) -> "RGBColor":
    """Return the color a name or #RRGGBB means. Raises ApiArgumentError for anything else."""
    from pptx.dml.color import RGBColor

    folded = re.sub(r"[\s_-]+", " ", text.strip().lower())
    known = NAMES.get(folded) or {name.replace(" ", ""): code for name, code in NAMES.items()}.get(folded)
    digits = known.lower() if known else folded.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(c * 2 for c in digits)
    if not re.fullmatch(r"[0-9a-f]{6}", digits):
        raise ApiArgumentError(
            f"{text!r} is no color known here", hint=f"write #RRGGBB, such as #1F4E79, or one of {', '.join(NAMES)}"
        )
    return RGBColor(*bytes.fromhex(digits))
