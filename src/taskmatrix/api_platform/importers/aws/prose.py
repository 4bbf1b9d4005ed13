"""The HTML of AWS's documentation as plain text."""

import html
import re

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_MAY_HIDE = re.compile(r"<(?:!|s[ct])", re.IGNORECASE)
_BREAK = re.compile(r"<(?:/?(?:p|ul|ol|dl|dt|dd|div|note|important|h\d|fullname|examples?)|br)\b[^>]*>", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^>]*>\s*(?:<p>)?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_SPACE = re.compile(r"[ \t\r\f\v]{2,}|[\t\r\f\v]")
_LINES = re.compile(r"\s*\n\s*")


def plain(text: str) -> str:
    """Return the text without markup: one line for each paragraph, list items with a dash."""
    if "<" not in text and "&" not in text and "\n" not in text and "  " not in text:
        return text.strip()
    if "<" in text:
        # What a paragraph breaks over lines is one line; what ends a paragraph ends a line.
        text = (_HIDDEN.sub("", text) if _MAY_HIDE.search(text) else text).replace("\n", " ")
        text = _TAG.sub("", _BREAK.sub("\n", _ITEM.sub("\n- ", text) if "<li" in text else text))
    if "&" in text:
        text = html.unescape(text)
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()
