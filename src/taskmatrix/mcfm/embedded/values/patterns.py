"""Kinds of typed values, and patterns of those that show by their form alone: addresses, paths, dates, identifiers."""

import re
from typing import Literal

from taskmatrix.mcfm.embedded.instruction.language import colors

Kind = Literal[
    "quote",
    "number",
    "percent",
    "date",
    "time",
    "path",
    "url",
    "email",
    "id",
    "color",
    "formula",
    "name",
    "phrase",
    "list",
]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("url", re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]", re.I)),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("path", re.compile(r"(?<![\w./~-])~?[\w./-]*\w\.(?:[a-z][a-z0-9]{1,4}|[A-Z]{2,4})(?![\w/])")),
    ("path", re.compile(r"(?<![^\s(\[\"'`=,])(?:~/|\.{1,2}/|/(?=[^\s/]+/))[\w./{}+@-]*[\w}/](?=[\s,;:!?.)\]\"'`]|$)")),
    (
        "date",
        re.compile(
            r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?Z?)?\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|"
            r"\b\d{4}/\d{1,2}/\d{1,2}\b"
        ),
    ),
    (
        "date",
        re.compile(
            rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b|"
            rf"\b(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+\d{{4}})?\b",
            re.I,
        ),
    ),
    ("date", re.compile(r"\b(?:today|tomorrow|yesterday|tonight)\b", re.I)),
    ("time", re.compile(r"\b\d{1,2}(?::\d{2}){1,2}\s*(?:[ap]\.?m\.?)?(?!\w)|\b\d{1,2}\s*[ap]\.?m\.?(?!\w)", re.I)),
    ("color", re.compile(colors(), re.I)),
    (
        "id",
        re.compile(
            r"\b(?!\d+(?:st|nd|rd|th)\b)(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]+(?:[_\-][A-Za-z0-9]+)*\b|"
            r"\b[a-z]+(?:_[a-z0-9]+)+\b|(?<!-)\b(?:[A-Z]+-)+(?=[A-Z]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*\b|"
            r"\b[a-z]{1,4}-(?!\d+(?:s|st|nd|rd|th)?\b)(?=[a-z]*\d)[a-z0-9]{4,}\b"
        ),
    ),
)
"""In the order in which they are looked for: addresses, paths and days hold nothing else."""
