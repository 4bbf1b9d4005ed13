"""Images as a model is shown them: upright, still, and no larger than it looks at."""

import struct
import warnings
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import UsageError
from taskmatrix.core.protocols import Attachment, Media

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_EDGE = 1568
"""Pixels. Models scale down what is larger."""
MAX_BYTES = 3_000_000
"""What every provider takes of one image."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_ORIENTATION = 0x0112


def read_image(artifact: Artifact, data: bytes) -> Attachment:
    """Return an image with its size in pixels. Raises UsageError for one that is damaged or too large."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                return _seen(artifact, data, image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise UsageError(
            f"the image {artifact.name!r} has more pixels than can be unpacked here",
            hint="attach a smaller copy of it",
        ) from None
    except (OSError, ValueError, SyntaxError, ArithmeticError, LookupError, struct.error):
        raise UsageError(
            f"the image {artifact.name!r} is damaged", hint="open it, save it again, and attach that"
        ) from None


def _seen(artifact: Artifact, data: bytes, image: "Image") -> Attachment:
    width, height = image.size
    turned = _is_turned(image)
    as_it_is = max(width, height) <= MAX_EDGE and len(data) <= MAX_BYTES
    if as_it_is and not turned and not getattr(image, "is_animated", False):
        image.load()
        return Attachment(artifact, _pixels(width, height), (Media(artifact.media_type, data, artifact.name),))
    media, shown = _redrawn(artifact.name, image, turned=turned)
    if turned and (shown[0] < shown[1]) != (width < height):
        width, height = height, width
    text = _pixels(width, height) + ("" if shown == (width, height) else f", shown as {shown[0]} × {shown[1]}")
    return Attachment(artifact, text, (media,))


def _redrawn(name: str, image: "Image", *, turned: bool) -> tuple[Media, tuple[int, int]]:
    from PIL import Image, ImageOps

    image.draft("RGB", (MAX_EDGE, MAX_EDGE))  # JPEG is unpacked at a fraction of its size
    drawn = ImageOps.exif_transpose(image) if turned else image
    clear = "A" in drawn.getbands() or "transparency" in drawn.info
    drawn = drawn.convert("RGBA" if clear else "RGB")
    drawn.thumbnail((MAX_EDGE, MAX_EDGE))
    out = BytesIO()
    if image.format != "JPEG":
        drawn.save(out, "PNG")
        if out.tell() <= MAX_BYTES:
            return Media("image/png", out.getvalue(), name), drawn.size
        out = BytesIO()
    if clear:
        white = Image.new("RGBA", drawn.size, "white")
        drawn = Image.alpha_composite(white, drawn)
    drawn.convert("RGB").save(out, "JPEG", quality=85)
    return Media("image/jpeg", out.getvalue(), name), drawn.size


def _is_turned(image: "Image") -> bool:
    """Whether the file says that it is to be turned before it is looked at."""
    with suppress(struct.error, OSError, ValueError, SyntaxError, LookupError):
        return image.getexif().get(_ORIENTATION, 1) != 1
    return False


def _pixels(width: int, height: int) -> str:
    return f"{width} × {height} pixels"
