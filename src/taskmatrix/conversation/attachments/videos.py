"""Videos as a model is shown them: frames at even distances, taken by ffmpeg."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from taskmatrix.conversation.attachments.kinds import VIDEOS
from taskmatrix.conversation.attachments.sounds import clock
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.protocols import Attachment, Media

FRAMES = 8
MAX_EDGE = 768
"""Pixels of a frame."""
FRAME_SECONDS = 20.0
"""How long one frame may take: a damaged file can keep ffmpeg busy for ever."""
_DURATION = re.compile(rb"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_SIZE = re.compile(rb"Video: [^\n]*?\b(\d{2,5})x(\d{2,5})\b")
_SCALE = f"scale='min({MAX_EDGE},iw)':'min({MAX_EDGE},ih)':force_original_aspect_ratio=decrease"


def read_video(artifact: Artifact, path: Path) -> Attachment:
    """Return a video with frames of the file at `path`; without ffmpeg, or where it fails, the text says so."""
    program = shutil.which("ffmpeg")
    if program is None:
        return Attachment(artifact, "its frames are not shown: ffmpeg is not installed")
    # The container is given and only files are opened: a playlist in disguise could name any address.
    source = ["-protocol_whitelist", "file", "-f", VIDEOS[artifact.media_type], "-i", f"file:{path}"]
    told = _output([program, *source], errors=True)
    length = _DURATION.search(told)
    hours, minutes, rest = length.groups() if length else (b"0", b"0", b"0")
    seconds = int(hours) * 3600 + int(minutes) * 60 + float(rest)
    size = _SIZE.search(told)
    about = [clock(seconds)] if seconds else []
    about += [f"{int(size[1])} × {int(size[2])} pixels"] if size else []
    media: list[Media] = []
    for number in range(FRAMES if seconds else 1):
        at = seconds * (number + 0.5) / FRAMES
        sought = ["-ss", f"{at:.3f}", *source, "-frames:v", "1", "-vf", _SCALE]
        data = _output([program, *sought, "-c:v", "mjpeg", "-q:v", "4", "-f", "image2pipe", "pipe:1"])
        if not data:
            break
        media.append(Media("image/jpeg", data, f"{artifact.name} at {clock(at)}"))
    about.append(f"{len(media)} frames shown" if media else "its frames cannot be read")
    return Attachment(artifact, ", ".join(about), tuple(media))


def _output(command: list[str], *, errors: bool = False) -> bytes:
    """Return what a command writes; nothing where it fails or takes too long."""
    try:
        done = subprocess.run(
            [command[0], "-nostdin", "-hide_banner", *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=FRAME_SECONDS,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stderr if errors else done.stdout
