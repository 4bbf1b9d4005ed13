"""Sounds as a model is played them: as they are, if they are not too long."""

import struct

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.protocols import Attachment, Media

MAX_BYTES = 20_000_000
"""Of what is played to a model: 10 minutes of a WAV file of speech, 20 minutes of an MP3."""


def read_sound(artifact: Artifact, data: bytes) -> Attachment:
    """Return a sound with its length, where that is known."""
    seconds = _wav_seconds(data) if artifact.media_type == "audio/wav" else None
    text = clock(seconds) if seconds is not None else ""
    if len(data) > MAX_BYTES:
        return Attachment(artifact, too_large(text))
    return Attachment(artifact, text, (Media(artifact.media_type, data, artifact.name),))


def too_large(text: str = "") -> str:
    """Say that a sound is too large to be played."""
    return f"{text}, too large to be played to a model".lstrip(", ")


def clock(seconds: float) -> str:
    """Return a time as `1:05`, with hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _wav_seconds(data: bytes) -> float | None:
    """Return the length of a RIFF WAVE file: bytes of sound by bytes a second."""
    position, rate = 12, 0
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        if name == b"fmt " and position + 20 <= len(data):
            rate = struct.unpack_from("<I", data, position + 16)[0]
        elif name == b"data":
            return min(size, len(data) - position - 8) / rate if rate else None
        position += 8 + size + size % 2
    return None
