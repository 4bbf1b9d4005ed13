"""What documents say of the values that pass through an API: secret, private, or from an untrusted place.

Marked in a schema, at any depth: `"x-sensitivity": "secret" | "private" | "untrusted" | "trusted" | "public"`, or the
standard words `"format": "password"` and `"writeOnly": true`, which mean secret. A parameter or a result may carry
`x-sensitivity` beside its schema too. What is marked with an unknown word is not marked.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import JsonValue

from taskmatrix.core.documents import Parameter, Returns
from taskmatrix.core.schemas import resolve

Sensitivity = Literal["secret", "private", "untrusted", "trusted", "public"]
"""`secret`: a credential. `private`: about a person. `untrusted`: written by somebody else, like a web page.
`trusted`: a parameter that takes nothing untrusted. `public`: a result that gives away nothing of what went in."""

KEY = "x-sensitivity"
MAX_DEPTH = 6
_WORDS: tuple[Sensitivity, ...] = get_args(Sensitivity)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked part of a value: `path` holds the keys that lead to it, `*` for every item."""

    path: tuple[str, ...]
    kind: Sensitivity


def of_parameter(parameter: Parameter) -> Sensitivity | None:
    """Return what a parameter takes; None where its document does not say."""
    return _stated(parameter.model_extra or {}) or _of_schema(parameter.type)


def marks(value: Parameter | Returns) -> tuple[Mark, ...]:
    """Return the marked parts of a result, or of what a parameter takes; nothing below what is secret."""
    whole = _stated(value.model_extra or {})
    if whole == "secret":
        return (Mark((), whole),)
    stated = [Mark((), whole)] if whole is not None else []
    return tuple(dict.fromkeys([*stated, *_walk(value.type, value.type, (), 0)]))


def marked(value: JsonValue, found: Iterable[Mark], kind: Sensitivity = "secret") -> Iterator[str]:
    """Yield the texts and numbers that stand at the places of a value with marks of one kind."""
    for mark in found:
        if mark.kind == kind:
            parts = [value]
            for step in mark.path:
                parts = [inner for part in parts for inner in _below(part, step)]
            for part in parts:
                yield from texts_in(part)


def texts_in(value: JsonValue) -> Iterator[str]:
    """Yield the texts and numbers of a value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            yield one
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield json.dumps(one)


def _below(value: JsonValue, step: str) -> list[JsonValue]:
    if isinstance(value, list):
        return value if step == "*" else []
    if isinstance(value, dict):
        return list(value.values()) if step == "*" else [value[step]] if step in value else []
    return []


def _walk(
    schema: Mapping[str, JsonValue], root: Mapping[str, JsonValue], path: tuple[str, ...], depth: int
) -> Iterator[Mark]:
    kind = _of_schema(schema)
    if kind is not None:
        yield Mark(path, kind)
    if depth > MAX_DEPTH or kind == "secret":
        return
    for step, part in _parts(schema, root):
        if isinstance(part, Mapping):
            yield from _walk(part, root, (*path, step) if step else path, depth + 1)


def _parts(schema: Mapping[str, JsonValue], root: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    """Yield what lies one level below a schema, with the key that leads there (none for another form of itself)."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield "", resolve(reference, root)
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        yield from properties.items()
    for word in ("items", "additionalProperties"):
        yield "*", schema.get(word)
    for word in ("anyOf", "oneOf", "allOf"):
        options = schema.get(word)
        for option in options if isinstance(options, list) else ():
            yield "", option


def _of_schema(schema: Mapping[str, JsonValue]) -> Sensitivity | None:
    stated = _stated(schema)
    if stated is None and (schema.get("format") == "password" or schema.get("writeOnly") is True):
        return "secret"
    return stated


def _stated(data: Mapping[str, object]) -> Sensitivity | None:
    word = data.get(KEY)
    return next((known for known in _WORDS if known == word), None)
