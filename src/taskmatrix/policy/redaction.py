"""Taking secrets out of what others send back, in every form in which they may come."""

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from pydantic import JsonValue

MASK = "***"

SHORTEST = 4
"""A secret shorter than this is taken out only where it stands alone: else half of every text would go."""

_SHORTEST_INNER = 8


class Redactor:
    """Replaces secrets by `***`: raw, base64 (at any offset), hexadecimal, URL-quoted, escaped for JSON or HTML."""

    __slots__ = ("_alone", "_data", "_text")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = {s for s in secrets if s}
        long = {s for s in given if len(s) >= SHORTEST}
        self._alone = frozenset(given - long)
        forms = sorted({f for s in long for f in _forms(s)}, key=lambda f: (-len(f), f))
        self._text = re.compile("|".join(map(re.escape, forms))) if forms else None
        # UTF-16 too: what is binary may hold text of any kind.
        encoded = [f.encode(code, "replace") for code in ("utf-8", "utf-16-le", "utf-16-be") for f in forms]
        self._data = re.compile(b"|".join(re.escape(f) for f in encoded), re.DOTALL) if encoded else None

    def __repr__(self) -> str:
        return "Redactor(***)"

    def found_in(self, text: str) -> bool:
        """Whether a secret stands in a text."""
        return text in self._alone or bool(self._text and self._text.search(text))

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        if text in self._alone:
            return MASK
        return self._text.sub(MASK, text) if self._text else text

    def data(self, data: bytes) -> bytes:
        """Return the bytes without secrets, as many as before."""
        return self._data.sub(lambda found: b"*" * len(found[0]), data) if self._data else data

    def value(self, value: JsonValue) -> JsonValue:
        """Return the JSON value without secrets, in keys as in values."""
        if self._text is None and not self._alone:
            return value
        return self._walk(value)

    def _walk(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._walk(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self._walk(item) for key, item in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool) and self.found_in(json.dumps(value)):
            return MASK
        return value


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="/:@!$&'()*+,;=")}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret)}
    escaped |= {e.replace("/", "\\/") for e in escaped}
    hexadecimal = {raw.hex(), raw.hex().upper(), raw.hex(" "), raw.hex(":")}
    lower = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), q) for q in quoted}
    return {secret} | quoted | lower | escaped | hexadecimal | _base64_forms(raw)


def _base64_forms(raw: bytes) -> set[str]:
    """Return what base64 makes of a secret, also inside of something longer: the characters it alone decides."""
    whole = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    forms = whole | {w.rstrip("=") for w in whole}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        first, last = -(-offset * 8 // 6), (offset + len(raw)) * 8 // 6
        inner = encoded[first:last].decode()
        if len(inner) >= _SHORTEST_INNER:
            forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {f for f in forms if len(f) >= SHORTEST}
