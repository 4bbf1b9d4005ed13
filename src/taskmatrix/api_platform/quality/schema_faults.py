"""Faults of a JSON Schema itself: words that are none, bounds that nothing can meet, defaults outside.

Types may be JSON Schema's words or the looser ones that published documents use (`str`, `List[int]`). Patterns are
never run: one like `(a+)+$` takes for ever.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.schemas import kind

_DEEPEST = 100
_WORDS = frozenset(("any", "unknown", "mixed", "file", "null", "none"))
_SIZES = (
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
)
_BOUNDS = ("minimum", "maximum")
_LIMITS = ("exclusiveMinimum", "exclusiveMaximum")
_PAIRS = (("minimum", "maximum"), *zip(_SIZES[::2], _SIZES[1::2], strict=True))
_CHECKED = frozenset((*_SIZES, *_BOUNDS, *_LIMITS, "type", "multipleOf", "enum", "pattern", "properties", "required"))
_TYPE_ONLY = frozenset(("type",))
_STANDARD = ("string", "integer", "object", "array", "boolean", "number")
_ONE = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_SEVERAL = ("oneOf", "anyOf", "allOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
    "None": (),
}


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One fault; `path` leads from the schema to the keyword, as in `properties.size.maximum`."""

    path: str
    message: str


def schema_faults(schema: Mapping[str, JsonValue]) -> Iterator[SchemaFault]:
    """Yield the faults of a schema and of all schemas in it, default values included."""
    waiting: list[tuple[str, JsonValue, int]] = [("", dict(schema), 0)]
    while waiting:
        path, node, depth = waiting.pop()
        if not isinstance(node, Mapping):
            if node is not None and not isinstance(node, bool):
                yield SchemaFault(path.removesuffix("."), f"a schema is an object, {_shown(node)} is none")
            continue
        for fault in keyword_faults(node):
            yield SchemaFault(path + fault.path, fault.message)
        if "default" in node and (why := misfit(node["default"], node)):
            yield SchemaFault(f"{path}default", why)
        if depth < _DEEPEST:
            waiting += [(f"{path}{key}.", inner, depth + 1) for key, inner in _inner(node)]


def keyword_faults(schema: Mapping[str, JsonValue]) -> Iterator[SchemaFault]:
    """Yield the faults of a schema's own keywords, without those of the schemas in it or of its default."""
    told = _CHECKED.intersection(schema)
    if not told or (told == _TYPE_ONLY and schema["type"] in _STANDARD):
        return
    if "type" in schema and (why := _type_fault(schema["type"])):
        yield SchemaFault("type", why)
    yield from _number_faults(schema)
    for low, high in _PAIRS:
        least, most = schema.get(low), schema.get(high)
        if _is_number(least) and _is_number(most) and least > most:  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
            yield SchemaFault(low, f"{low} {least} is above {high} {most}")
    enum = schema.get("enum")
    if "enum" in schema and enum is not None and (not isinstance(enum, list) or not enum):
        yield SchemaFault("enum", "enum allows nothing" if enum == [] else f"enum is a list, {_shown(enum)} is none")
    pattern = schema.get("pattern")
    if pattern is not None and not isinstance(pattern, str):
        yield SchemaFault("pattern", f"a pattern is a text, {_shown(pattern)} is none")
    properties = schema.get("properties")
    if properties is not None and not isinstance(properties, Mapping):
        yield SchemaFault("properties", f"properties are an object, {_shown(properties)} is none")


def misfit(value: JsonValue, schema: Mapping[str, JsonValue]) -> str | None:
    """Say why a value is outside of its schema; None if it fits, or if only a full validator could tell."""
    declared = schema.get("type")
    words = [w for w in declared if isinstance(w, str)] if isinstance(declared, list) else [declared]
    kinds = {kind({"type": word}) for word in words if isinstance(word, str)}
    if value is None:
        can = not kinds or "Any" in kinds or "None" in kinds or schema.get("nullable") is True
        return None if can else f"null is no {_named(declared)}"
    if kinds and not any(_is_kind(value, k) for k in kinds):
        return f"{_shown(value)} is no {_named(declared)}"
    enum = schema.get("enum")
    if isinstance(enum, list) and enum and not any(_same(value, one) for one in enum):
        return f"{_shown(value)} is not among the values of enum"
    if _is_number(value):
        return _outside(value, schema)  # pyright: ignore[reportArgumentType]
    if isinstance(value, str):
        return _size_fault(len(value), schema, "Length", "characters")
    if isinstance(value, list):
        return _size_fault(len(value), schema, "Items", "items")
    return None


def _inner(node: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    for key in _ONE:
        if key in node:
            yield key, node[key]
    for key in _SEVERAL:
        options = node.get(key)
        if isinstance(options, list):
            yield from ((f"{key}.{i}", option) for i, option in enumerate(options))
    for key in _NAMED:
        named = node.get(key)
        if isinstance(named, Mapping):
            yield from ((f"{key}.{name}", one) for name, one in named.items())


def _type_fault(declared: JsonValue) -> str | None:
    words: Iterable[JsonValue] = declared if isinstance(declared, list) else [declared]
    if declared == []:
        return "type allows nothing"
    for word in words:
        if word is None:
            continue
        if not isinstance(word, str):
            return f"{_shown(word)} is no type"
        if kind({"type": word}) == "Any" and word.strip().lower() not in _WORDS:
            return f"{word!r} is no type"
    return None


def _number_faults(schema: Mapping[str, JsonValue]) -> Iterator[SchemaFault]:
    for key in (*_SIZES, *_BOUNDS):
        value = schema.get(key)
        if value is None:
            continue
        if not _is_number(value):
            yield SchemaFault(key, f"{key} is a number, {_shown(value)} is none")
        elif key in _SIZES and value < 0:  # pyright: ignore[reportOperatorIssue]
            yield SchemaFault(key, f"{key} is never below 0")
    for key in _LIMITS:  # a boolean in OpenAPI 3.0
        value = schema.get(key)
        if value is not None and not isinstance(value, bool) and not _is_number(value):
            yield SchemaFault(key, f"{key} is a number, {_shown(value)} is none")
    step = schema.get("multipleOf")
    if step is not None and (not _is_number(step) or step <= 0):  # pyright: ignore[reportOperatorIssue]
        yield SchemaFault("multipleOf", f"multipleOf is a number above 0, {_shown(step)} is none")


def _outside(value: float, schema: Mapping[str, JsonValue]) -> str | None:
    least, most = schema.get("minimum"), schema.get("maximum")
    low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(least, int | float) and (value < least or (low is True and value == least)):
        return f"{value} is below {least}"
    if isinstance(most, int | float) and (value > most or (high is True and value == most)):
        return f"{value} is above {most}"
    if _is_number(low) and value <= low:  # pyright: ignore[reportOperatorIssue]
        return f"{value} is not above {low}"
    if _is_number(high) and value >= high:  # pyright: ignore[reportOperatorIssue]
        return f"{value} is not below {high}"
    return None


def _size_fault(size: int, schema: Mapping[str, JsonValue], key: str, what: str) -> str | None:
    least, most = schema.get(f"min{key}"), schema.get(f"max{key}")
    if isinstance(least, int | float) and size < least:
        return f"it has fewer than {least} {what}"
    if isinstance(most, int | float) and size > most:
        return f"it has more than {most} {what}"
    return None


def _is_kind(value: JsonValue, name: str) -> bool:
    if name == "Any":
        return True
    if isinstance(value, bool):
        return name == "bool"
    if name == "int" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS[name])


def _is_number(value: JsonValue) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _same(one: JsonValue, other: JsonValue) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _named(declared: JsonValue) -> str:
    return " or ".join(map(str, declared)) if isinstance(declared, list) else str(declared)


def _shown(value: JsonValue) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
