"""The edges of spans: brackets and quotes that were cut off are added, marks and articles around a value are not."""

import re

from taskmatrix.mcfm.embedded.instruction.language import AUXILIARIES

_CLOSES = {"(": ")", "[": "]", "{": "}"}
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`"}
"""Opening quotes and what closes them."""
_ARTICLE = re.compile(r"(?:the|a|an)\s+(?=\S)")
_BRACKETED = re.compile(r"\((?=[^()]*[A-Za-z])([^()+*/^=<>,|&]+)\)")
"""Words or an identifier in brackets."""
_MARKS = "?!."
_ASKING = re.compile(rf"(?:who|whom|whose|what|which|when|where|why|how|{AUXILIARIES}|am|shall|may|might)\b", re.I)
_COLOR = re.compile(r"[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")
MAX_LENGTH = 20_000
"""A longer span stays as it is."""
MAX_ADDED = 6


def whole_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of a span with the brackets and quotes that stand right beside it and that it lacks."""
    start, end = max(0, start), min(len(text), end)
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start >= end or end - start > MAX_LENGTH:
        return start, end
    if text[start - 1 : start] == "#" and _COLOR.fullmatch(text, start, end):
        start -= 1
    if text[start - 1 : start] == "/" and (start < 2 or text[start - 2].isspace()):
        start -= 1  # of a path
    return _with_quotes(text, *_with_brackets(text, start, end))


def _with_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """Nothing is added unless what is added makes the span balanced."""
    before, behind = _unmatched(text[start:end])
    if (not before and not behind) or len(before) + len(behind) > MAX_ADDED:
        return start, end
    first, last = start, end
    for wanted in before:
        first -= 1
        while first > 0 and text[first] == " ":
            first -= 1
        if first < 0 or text[first] != wanted:
            return start, end
    for wanted in behind:
        while last < len(text) and text[last] == " ":
            last += 1
        if last >= len(text) or text[last] != wanted:
            return start, end
        last += 1
    return first, last


def _unmatched(span: str) -> tuple[list[str], list[str]]:
    """The brackets that are lacking before a span (from the inside out), and behind it; none where they cross."""
    lacking: list[str] = []
    stack: list[str] = []
    opens = {closing: opening for opening, closing in _CLOSES.items()}
    for char in span:
        if char in _CLOSES:
            stack.append(_CLOSES[char])
        elif char in opens:
            if not stack:
                lacking.append(opens[char])
            elif stack.pop() != char:
                return [], []
    return lacking, stack[::-1]


def _with_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """With both quotes, where one of them or a mark of the sentence between them was cut off or would be."""
    outside = text[start] not in QUOTES
    opening = start - 1 if outside else start
    if opening < 0 or text[opening] not in QUOTES or (opening and text[opening - 1].isalnum()):
        return start, end
    closing = QUOTES[text[opening]]
    inner = text[opening + 1 : end]
    if inner.endswith(closing):
        return (opening, end) if outside and closing not in inner[:-1] else (start, end)
    last = end
    while last < len(text) and text[last] in _MARKS and last < end + 3:
        last += 1
    ended = text[last : last + 1] == closing and not text[last + 1 : last + 2].isalnum()
    if not ended or closing in inner.replace(f"n{closing}t", ""):
        return start, end
    marked = last > end or inner[-1:] in _MARKS
    return (opening, last + 1) if not outside or marked else (start, end)


def trim(span: str, *, with_article: bool = False) -> str:
    """Return a span without the quotes around it, or the marks and the lower-case article at its edges.

    `with_article`: the article of three words or more is kept, which somebody is to read.
    """
    span = span.strip()
    for held in (span, span.strip(" \t\n,;:.?!")):
        inner = held[1:-1]
        if len(held) > 1 and QUOTES.get(held[0]) == held[-1] and not _ends_within(inner, held[-1]):
            return inner
    span = span.strip(" \t\n,;:") or span
    for opening, closing in QUOTES.items():
        if span.startswith(opening) and closing not in span[1:]:
            span = span[1:]
        if span.endswith(closing) and opening not in span[:-1] and span[:-1]:
            span = span[:-1]
    if span.endswith((".", "?", "!")) and not re.search(
        r"\b(?:[A-Za-z]\.){2,}$|\b(?:Inc|Jr|Sr|Ltd|Co|St|etc)\.$", span[-12:]
    ):
        span = span.rstrip(".?!")
    if (held := _BRACKETED.fullmatch(span)) is not None:
        return held[1]
    article = None if with_article and span.count(" ") >= 2 else _ARTICLE.match(span)
    return span[article.end() :].strip() if article else span.strip()


def is_question(text: str, start: int, end: int) -> bool:
    """Return whether a span is a question by its first word, and its mark stands at its end or right behind it."""
    return _ASKING.match(text, start, end) is not None and text[start : end + 1].rstrip().endswith("?")


def _ends_within(inner: str, mark: str) -> bool:
    """Whether a quotation that `mark` ends is over before its last character; in a word it is an apostrophe."""
    return bool(re.search(rf"{mark}(?!\w)" if mark in "'’" else mark, inner))
