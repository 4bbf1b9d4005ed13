"""The shape of a result: names and types, never a value."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

Shape = JsonValue
"""`"str"`, `"null"` …, several as `"number|str"`; a list of its items' shape, an object of its fields' shapes."""

MOST_FIELDS = 100
_DEEPEST = 6
_FIELD = re.compile(r"[A-Za-z_$@][A-Za-z_$@:.\-]*\d{0,2}[A-Za-z_]*$")
_ANY = "*"


def shape_of(value: JsonValue, depth: int = 0) -> Shape:
    """Return the shape of a value. Keys that look like data, not like fields, become one: `*`."""
    if depth >= _DEEPEST:
        return "any"
    if isinstance(value, dict):
        shapes = {key: shape_of(item, depth + 1) for key, item in value.items()}
        if len(shapes) > MOST_FIELDS or not all(_FIELD.match(key) and len(key) <= 64 for key in shapes):
            return {_ANY: merged(list(shapes.values()))}
        return dict(sorted(shapes.items()))
    if isinstance(value, list):
        return [merged([shape_of(item, depth + 1) for item in value])] if value else []
    return "null" if value is None else {"str": "str", "bool": "bool"}.get(type(value).__name__, "number")


def merged(shapes: Sequence[Shape]) -> Shape:
    """Return one shape for several: fields of objects together, other types side by side."""
    objects = [shape for shape in shapes if isinstance(shape, dict)]
    lists = [shape for shape in shapes if isinstance(shape, list)]
    atoms = sorted({part for shape in shapes if isinstance(shape, str) for part in shape.split("|")})
    found: list[Shape] = []
    if objects:
        keys = sorted({key for shape in objects for key in shape})
        found.append({key: merged([shape[key] for shape in objects if key in shape]) for key in keys})
    if lists:
        inner = [item for shape in lists for item in shape]
        found.append([merged(inner)] if inner else [])
    if not found:
        return "|".join(atoms)
    # An object beside other types is told by its object; null beside it is no change.
    return found[0]


def changes(before: Shape, after: Shape, path: str = "result") -> Iterator[str]:
    """Yield how a shape differs from the one before: fields that went, types that changed; not fields that came."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _fields(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        if before and after:
            yield from changes(before[0], after[0], f"{path}[]")
    elif isinstance(before, str) and isinstance(after, str):
        old, new = set(before.split("|")) - {"null", "any"}, set(after.split("|")) - {"null", "any"}
        if old and new and not new <= old:
            yield f"{path} was {before}, is {after}"
    elif "null" not in (before, after) and "any" not in (before, after):
        yield f"{path} was {_kind(before)}, is {_kind(after)}"


def to_text(shape: Shape) -> str:
    """Return a shape as it is stored."""
    return json.dumps(shape, sort_keys=True, separators=(",", ":"))


def from_text(text: str) -> Shape:
    """Return a stored shape; `any` for one that cannot be read, such as one that was cut."""
    try:
        return json.loads(text)
    except ValueError:
        return "any"


def _fields(before: Mapping[str, Shape], after: Mapping[str, Shape], path: str) -> Iterator[str]:
    for key, shape in before.items():
        if key in after:
            yield from changes(shape, after[key], f"{path}.{key}")
        elif _ANY not in after and _ANY not in before:
            yield f"{path}.{key} is gone"


def _kind(shape: Shape) -> str:
    return "an object" if isinstance(shape, dict) else "a list" if isinstance(shape, list) else str(shape)
