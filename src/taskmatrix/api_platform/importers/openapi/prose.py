"""Texts of a document as a reader needs them: words, without the markup they were published in."""

import html
import re
from collections.abc import Iterable

from taskmatrix.api_platform.importers.expansion import brief
from taskmatrix.core import names

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\s]{1,500}(?: \"[^\"\n]{0,200}\")?\)")
_MARKS = re.compile(r"\*\*|__(?=\S)|(?<=\S)__|^\s{0,3}#{1,6}\s+|^\s*```\w*\s*$|^\s*\|?[-:| ]{5,}\|?\s*$", re.MULTILINE)
_MARKED = re.compile(r"[<\[*#`&|]|__")

LONGEST = 1_000
"""Characters of an operation's description."""

LONGEST_PART = 400
"""Characters of the description of a parameter or a result."""

_LONGEST_ABOUT = 500


def tidy(text: object, most: int = LONGEST_PART) -> str:
    """Return a text on one line, without HTML and the noise of Markdown, cut after a sentence."""
    if not isinstance(text, str) or not text:
        return ""
    if len(text) > 20 * most:  # what is cut anyway need not be cleaned
        text = text[: 20 * most]
    if _MARKED.search(text):
        text = _TAG.sub(" ", _COMMENT.sub(" ", text)) if "<" in text else text
        text = _MARKS.sub("", _LINK.sub(r"\1", text))
        if "&" in text:
            text = html.unescape(text)
    return brief(" ".join(text.split()), most)


def describe(summary: object, description: object, tags: Iterable[str], *, name: str, deprecated: bool) -> str:
    """Return what an operation does: its summary, what the description adds to it, topics nobody has named yet."""
    short, long = tidy(summary, LONGEST), tidy(description, LONGEST)
    text = long if _says(long, short) else short if _says(short, long) else f"{_sentence(short)} {long}"
    if deprecated and "deprecated" not in text.lower():
        text = f"Deprecated. {text}".strip()
    told = f"{text} {name}".lower()
    unsaid = [tag for tag in map(tidy, tags) if tag and tag.lower() not in told]
    fresh = (
        [tag for tag in unsaid if not set(names.words(f"{text} {name}")).issuperset(names.words(tag))]
        if unsaid
        else []
    )
    if fresh:
        text = f"{_sentence(text)} Topic: {', '.join(fresh[:5])}.".strip()
    return brief(text, LONGEST + 200)


def about(description: object) -> str:
    """Return the first paragraph that says something."""
    if not isinstance(description, str):
        return ""
    paragraphs = re.split(r"\n\s*\n", description[:20_000].strip())
    for paragraph in paragraphs:
        heading = paragraph.lstrip().startswith("#") and "\n" not in paragraph.strip()
        text = "" if heading else tidy(paragraph, _LONGEST_ABOUT)
        if len(text) > 2:
            return text
    return tidy(description, _LONGEST_ABOUT)


def _says(text: str, other: str) -> bool:
    """Whether a text begins with what the other says."""
    plain = other.rstrip(". ").casefold()
    return text.casefold().startswith(plain)


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?:" else f"{text}."
