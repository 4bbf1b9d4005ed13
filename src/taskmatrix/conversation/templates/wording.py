"""Words with slots: `{slot}` stands for a value, a brace that is none is doubled. No format string of Python's."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

LONGEST_VALUE = 200
"""Characters of a value in words; the program has it whole."""

_MARK = re.compile(r"\{\{|\}\}|\{([A-Za-z]\w*)\}", re.ASCII)
_BETWEEN = re.compile(r"""[\s,;&'"“”‘’]*(?:\b(?:and|or|then)\b)?[\s'"“”‘’]*""")
_QUOTES = "\"'“”‘’«»`"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a text says a value: `end` is one past it."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether both have a character in common."""
        return self.start < other.end and other.start < self.end


def escape(text: str) -> str:
    """Return a text as one without slots."""
    return text.replace("{", "{{").replace("}", "}}")


def fill(text: str, values: Mapping[str, JsonValue]) -> str:
    """Return the words with the values in place of the slots; a slot without a value stays as it is."""

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        return said(values[name]) if name in values else found[0]

    return _MARK.sub(put, text)


def generic(text: str) -> str:
    """Return the words with the names of the slots in their place, on one line."""
    return " ".join(_MARK.sub(lambda found: found[1] or found[0][0], text).split())


def mentions(text: str, name: str) -> bool:
    """Whether the words name a slot."""
    return any(found[1] == name for found in _MARK.finditer(text))


def said(value: JsonValue) -> str:
    """Return a value as a person says it, on one line, cut where it is long."""
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        text = ", ".join(said(item) for item in value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def place(text: str, spans: Mapping[str, Sequence[Span]]) -> str:
    """Return the text as one with slots: their names in place of what they span. Spans do not overlap."""
    ordered = sorted((span.start, span.end, name) for name, found in spans.items() for span in found)
    parts: list[str] = []
    at = 0
    for start, end, name in ordered:
        parts += [escape(text[at:start]), f"{{{name}}}"]
        at = end
    return "".join([*parts, escape(text[at:])])


def find(text: str, value: JsonValue, told: str = "") -> Sequence[Span]:
    """Return where a text says a value, as whole words; `told` are the words that it is known to be read from.

    A list is said where its items follow one another with nothing but commas, quotes and *and* between them.
    """
    if isinstance(value, list):
        return _find_items(text, value)
    for form in dict.fromkeys(filter(None, (*_forms(value), told.strip(_QUOTES + " ")))):
        found = _whole_words(text, form, ignore_case=False) or _whole_words(text, form, ignore_case=True)
        if found:
            return found
    return ()


def find_word(text: str, word: str) -> Sequence[Span]:
    """Return where a text says a word as it is, or all of it in small letters."""
    found = _whole_words(text, word, ignore_case=True)
    return [span for span in found if text[span.start : span.end] in (word, word.lower())]


def _find_items(text: str, items: Sequence[JsonValue]) -> Sequence[Span]:
    first = last = None
    for item in items:
        found = next((span for span in find(text, item) if last is None or span.start >= last.end), None)
        if found is None or (last is not None and not _BETWEEN.fullmatch(text[last.end : found.start])):
            return ()
        first, last = first or found, found
    return (Span(first.start, last.end),) if first is not None and last is not None else ()


def _forms(value: JsonValue) -> Sequence[str]:
    """The ways to write a value."""
    if isinstance(value, bool) or value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, int):
        return (str(value), f"{value:,}") if abs(value) < 10**15 else (str(value),)
    if isinstance(value, float):
        return (repr(value), f"{value:g}", f"{value:,.15g}")
    return ()


def _whole_words(text: str, form: str, *, ignore_case: bool) -> Sequence[Span]:
    words = r"\s+".join(map(re.escape, form.split()))
    if not words:
        return ()
    before = r"(?<!\w)(?<!\d\.)(?<!-)" if form[0].isdigit() else r"(?<!\w)" if _is_word(form[0]) else ""
    after = r"(?!\w|[.,]\d)" if form[-1].isdigit() else r"(?!\w)" if _is_word(form[-1]) else ""
    found = re.finditer(before + words + after, text, re.IGNORECASE if ignore_case else 0)
    return [Span(match.start(), match.end()) for match in found]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
