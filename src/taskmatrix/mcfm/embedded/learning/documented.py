"""The examples in API documents as examples to learn from: code with a sentence beside it, parsed and never run."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.learning.examples import Example, RightCall
from taskmatrix.mcfm.embedded.learning.memory import Memory, remember

LONGEST_CODE, MOST_EXAMPLES, MOST_DEPTH = 2_000, 12, 40
_MARKS = " \t\r\n`#:;,-–—>*.\"'"


def documented(documents: Sequence[ApiDocument]) -> Memory | None:
    """Return what the examples of some documents teach, None where they teach nothing. Made once for the same ones."""
    told = tuple(d for d in documents if d.examples)
    return _remembered(_Documents(told)) if told else None


def repeated(document: ApiDocument, words: str) -> dict[str, JsonValue]:
    """Return the values that an example gives for these very words, as far as they stand in them."""
    for example in examples_of(document) if document.examples else ():
        if example.instruction.strip(_MARKS).casefold() != words.strip(_MARKS).casefold():
            continue
        given = {name: values[0] for name, values in example.calls[0].arguments.items()}
        return {n: v for n, v in given.items() if isinstance(v, str) and v and v.casefold() in words.casefold()}
    return {}


class _Documents(tuple[ApiDocument, ...]):
    """Documents that are compared by what they say."""

    def __hash__(self) -> int:
        return hash(tuple((d.id, d.examples) for d in self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Documents) and [(d.id, d.examples) for d in self] == [
            (d.id, d.examples) for d in other
        ]


@lru_cache(maxsize=64)
def _remembered(documents: _Documents) -> Memory | None:
    found = [example for document in documents for example in examples_of(document)]
    # Made while a request waits, hence by words alone.
    return remember(found, with_meaning=False) if found else None


def examples_of(document: ApiDocument) -> list[Example]:
    """Return the examples of a document that call its API and have a sentence, at most `MOST_EXAMPLES`."""
    found: list[Example] = []
    for text in document.examples[:MOST_EXAMPLES]:
        found += _read(text, document)
    return found[:MOST_EXAMPLES]


def _read(text: str, document: ApiDocument) -> Iterator[Example]:
    """Yield the calls of the API in a text, each with the words before it, or behind it where none are before."""
    short = document.name.rsplit(".", 1)[-1]
    place, text = 0, text[:LONGEST_CODE]
    for match in re.finditer(rf"(?<![\w])(?:[\w.]+\.)?{re.escape(short)}\s*\(", text):
        if match.start() < place:
            continue
        end = _closing(text, match.end() - 1)
        call = _call(text[match.start() : end], document) if end else None
        if call is None:
            continue
        behind = text[end:].partition("\n")[0]
        words = _sentence(text[place : match.start()]) or _sentence(behind)
        place = end
        if words:
            yield Example(words, (call,), id=f"{document.id} example")


def _sentence(text: str) -> str:
    """The last line of words before code, without marks of comments; empty for what is no sentence."""
    lines = [line.strip(_MARKS) for line in text.replace("```python", "").replace("```", "").splitlines()]
    lines = [re.sub(r"\s*(?:=|->|=>|→)$", "", line).strip(_MARKS) for line in lines if line.strip(_MARKS)]
    words = lines[-1] if lines else ""
    return words if len(re.findall(r"[^\W\d_]{2,}", words)) >= 2 and "(" not in words else ""


def _closing(text: str, opening: int) -> int:
    """The place behind the bracket that closes the one at `opening`, 0 where none does."""
    depth, quote = 0, ""
    for at in range(opening, len(text)):
        mark = text[at]
        if quote:
            quote = "" if mark == quote and text[at - 1] != "\\" else quote
        elif mark in "\"'":
            quote = mark
        elif mark in "([{":
            depth += 1
            if depth > MOST_DEPTH:
                return 0
        elif mark in ")]}":
            depth -= 1
            if depth == 0:
                return at + 1
    return 0


def _call(code: str, document: ApiDocument) -> RightCall | None:
    """The call in a piece of code, if it is one of literals only."""
    try:
        parsed = ast.parse(code.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(parsed, ast.Call):
        return None
    known = [p.name for p in document.parameters]
    given = dict(zip(known, parsed.args, strict=False))
    given |= {k.arg: k.value for k in parsed.keywords if k.arg is not None}
    arguments: dict[str, Sequence[JsonValue]] = {}
    for name, node in given.items():
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return None
        if name not in known or not _is_json(value):
            return None
        arguments[name] = [value]
    return RightCall(document.id, arguments)


def _is_json(value: object, depth: int = 0) -> bool:
    if depth > MOST_DEPTH:
        return False
    if isinstance(value, list):
        return all(_is_json(v, depth + 1) for v in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_json(v, depth + 1) for k, v in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value is None or isinstance(value, str | int | float | bool)
