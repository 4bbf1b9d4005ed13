"""Of what media type a file is: by its content first, then by its name."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, getincrementaldecoder
from mimetypes import MimeTypes
from pathlib import PurePath

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
SOUNDS = frozenset({"audio/wav", "audio/mpeg"})
VIDEOS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
}
"""Media type → what ffmpeg calls the container."""
UNKNOWN = "application/octet-stream"

_TYPES = MimeTypes()
_OFFICE = "application/vnd.openxmlformats-officedocument."
for _suffix, _type in {
    ".docx": f"{_OFFICE}wordprocessingml.document",
    ".pptx": f"{_OFFICE}presentationml.presentation",
    ".xlsx": f"{_OFFICE}spreadsheetml.sheet",
    ".md": "text/markdown",
    ".srt": "text/plain",
    ".vtt": "text/vtt",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
}.items():
    _TYPES.add_type(_type, _suffix)

_STARTS = (
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"RIFF.{4}WEBP", "image/webp"),
    (rb"RIFF.{4}WAVE", "audio/wav"),
    (rb"RIFF.{4}AVI ", "video/x-msvideo"),
    (rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
    (rb".{4}ftypqt", "video/quicktime"),
    (rb".{4}ftyp(?!M4A|heic|heix|mif1|avif)", "video/mp4"),
    (rb"\x1aE\xdf\xa3", "video/webm"),
    (rb"%PDF-", "application/pdf"),
    (rb"OggS", "application/ogg"),
    (rb"fLaC", "audio/flac"),
    (rb"\x1f\x8b", "application/gzip"),
)
_MAGIC = tuple((re.compile(start, re.DOTALL), kind) for start, kind in _STARTS)
_TOLD_BY_CONTENT = {kind for _, kind in _STARTS} - {"application/gzip", "application/ogg"}

_BOMS = (
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_FOREIGN_SHARE = 0.3
"""Of letters beyond ASCII: more of them, in no encoding that tells itself, are no text."""


def media_type_of(head: bytes, name: str) -> str:
    """Return the media type of what begins with `head`. A name is not believed where the content would show it."""
    for pattern, kind in _MAGIC:
        if pattern.match(head):
            return "video/x-matroska" if kind == "video/webm" and b"webm" not in head[:64] else kind
    named = named_type(name)
    if encoding_of(head) is not None:
        return named if is_text(named) else "text/plain"
    return UNKNOWN if is_text(named) or named in _TOLD_BY_CONTENT else named


def named_type(name: str) -> str:
    """Return the media type that the end of a name stands for."""
    return _TYPES.types_map[True].get(PurePath(name).suffix.lower(), UNKNOWN)


def is_text(media_type: str) -> bool:
    """Whether content of that type is text, code included."""
    kind, _, form = media_type.partition("/")
    return kind == "text" or form.endswith(("json", "xml", "yaml", "toml", "javascript", "x-sh", "sql", "x-tex"))


def encoding_of(head: bytes) -> str | None:
    """Return the encoding of a text that begins with `head`: what its first bytes say, UTF-8 or Windows-1252."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if _CONTROL.search(head):
        return None
    try:
        getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        foreign = sum(byte > 127 for byte in head)
        undefined = any(byte in head for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
        return None if undefined or foreign > _FOREIGN_SHARE * len(head) else "cp1252"
    return "utf-8"
