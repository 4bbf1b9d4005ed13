"""Text that a person does not see and a model reads: invisible characters, unseen markup, encoded sentences."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

HiddenKind = Literal["invisible", "smuggled", "markup", "encoded"]

LONGEST_WORD = 24
"""Characters from which on a word may be an encoded sentence."""

UNSEEN_WORDS = frozenset((b"display", b"visibility", b"font", b"opacity", b"color", b"hidden"))
"""A tag that is not shown holds one of these words."""
_TURNING = "\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0000-\U000e007f\U000e0100-\U000e01ef"
_ZERO = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u061c\u2060-\u2065\u3164\ufeff\uffa0"
_ANY = re.compile(f"[{_TURNING}{_TAGS}{_ZERO}]")
_SMUGGLED = re.compile(f"[{_TURNING}]|[{_TAGS}]|[{_ZERO}]{{6,}}")
_MANY = 24
_JOINERS = "\u200c\u200d"
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f")
"""A flag such as Scotland's: the one honest use of tag characters."""

_COMMENT = re.compile(r"<!--(.*?)(?:-->|$)|^\[[^\]]*\]:\s*#\s*[(\"'](.*?)[)\"']\s*$", re.DOTALL | re.MULTILINE)
_UNSEEN = re.compile(
    r"<(\w+)[^>]{0,200}?(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])"
    r"|(?<![-\w])color\s*[:=]\s*[\"']?(?:white|transparent|#fff(?:fff)?)\b|\shidden(?=[\s>]))[^>]{0,200}>(.*?)(?:</\1|$)",
    re.DOTALL | re.IGNORECASE,
)
_LATEX_WHITE = re.compile(r"\\(?:text)?color\{white\}\s*\{?([^}]*)", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){20,}")

# Cyrillic and Greek letters that look like Latin ones.
_ALIKE = str.maketrans("аеорсухіјѕһԁԛԝοαειυνρτκАВЕКМНОРСТХІЅ", "aeopcyxijshdqwoaeiuvptkABEKMHOPCTXIS")


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Something hidden in a text, in clear."""

    kind: HiddenKind
    text: str


def find_hidden(text: str) -> Iterator[HiddenText]:
    """Yield what a text hides."""
    if not text.isascii():
        yield from _invisible(text)
    if "<" in text or "]:" in text or "color{" in text:
        yield from _markup(text)
    yield from _encoded(text)


def holds_encoded(text: str) -> bool:
    """Whether a text holds an encoded sentence."""
    return next(_encoded(text), None) is not None


def plain(text: str) -> str:
    """Return a text as a reader would take it: no invisible characters, one form for letters that look alike."""
    if text.isascii():
        return text
    shown = _ANY.sub("", text)
    return unicodedata.normalize("NFKC", shown).translate(_ALIKE)


def _invisible(text: str) -> Iterator[HiddenText]:
    honest = _FLAG.sub("", text)
    found = [m.start() for m in _ANY.finditer(honest) if not _joins(honest, m.start())]
    if not found:
        return
    smuggled = len(found) > _MANY or _SMUGGLED.search(honest) is not None
    tagged = "".join(chr(ord(c) - 0xE0000) for c in honest if 0xE0020 <= ord(c) <= 0xE007E)
    names = ", ".join(sorted({f"U+{ord(honest[i]):04X}" for i in found})[:4])
    yield HiddenText("smuggled" if smuggled else "invisible", tagged or names)


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands where scripts and emoji need one."""
    if text[index] not in _JOINERS or not 0 < index < len(text) - 1:
        return False
    before = text[index - 1]
    return not before.isascii() and (unicodedata.category(before) in ("So", "Sk", "Mn", "Mc", "Lo", "Cf"))


def _markup(text: str) -> Iterator[HiddenText]:
    for match in _COMMENT.finditer(text):
        yield HiddenText("markup", match[1] or match[2] or "")
    for match in _UNSEEN.finditer(text):
        yield HiddenText("markup", match[2])
    for match in _LATEX_WHITE.finditer(text):
        yield HiddenText("markup", match[1])


def _encoded(text: str) -> Iterator[HiddenText]:
    for match in _BASE64.finditer(text):
        word = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            decoded = base64.b64decode(word + "=" * (-len(word) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        if _is_sentence(decoded):
            yield HiddenText("encoded", decoded)
    for match in _HEX.finditer(text):
        digits = re.sub(r"[\s:]", "", match[0])
        try:
            decoded = bytes.fromhex(digits).decode()
        except ValueError:
            continue
        if _is_sentence(decoded):
            yield HiddenText("encoded", decoded)


def _is_sentence(text: str) -> bool:
    letters = sum(c.isalpha() or c == " " for c in text)
    return text.isprintable() and " " in text.strip() and letters >= 0.8 * len(text)
