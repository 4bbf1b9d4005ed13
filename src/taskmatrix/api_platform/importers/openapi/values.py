"""The keywords of a schema that hold values: types, enums, bounds, defaults, examples, made consistent."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.api_platform.quality.schema_faults import misfit
from taskmatrix.core.documents import Schema
from taskmatrix.core.schemas import kind

_MOST_VALUES = 300
_LONGEST_EXAMPLE = 120
_KEPT = frozenset((
    "format", "const", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems",
    "maxItems", "uniqueItems", "minProperties", "maxProperties", "contentEncoding", "contentMediaType",
))  # fmt: skip
_WORDS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "None": "null",
}
_STANDARD = frozenset(_WORDS.values())


def plain_keywords(keys: Mapping[str, JsonValue], path: str, remarks: Remarks) -> Schema:
    """Return those keywords of a schema that hold no schemas, in the words of JSON Schema 2020-12.

    An enum of texts is a string's, whatever the document says; a default outside of its schema is dropped, with a
    remark.
    """
    out = _typed(keys.get("type"))
    for key, value in keys.items():
        if key in _KEPT and value is not None:
            out[key] = value
    if keys.get("type") == "file":
        out["format"] = "binary"
    if "exclusiveMinimum" in keys or "exclusiveMaximum" in keys:
        _add_limits(out, keys)
    values = keys.get("enum")
    if isinstance(values, list):
        _add_enum(out, values)
    if "default" in keys:
        _add_default(out, keys, path, remarks)
    example = _example(keys)
    if example is not None and "enum" not in out and misfit(example, out) is None:
        out["examples"] = [example]
    return out


def _typed(declared: JsonValue) -> Schema:
    if declared is None:
        return {}
    if isinstance(declared, str) and declared in _STANDARD:
        return {"type": declared}
    words = [_word(word) for word in (declared if isinstance(declared, list) else [declared])]
    found = [word for word in dict.fromkeys(words) if word]
    if not found or len(found) != len(set(words)):
        return {}
    return {"type": found[0] if len(found) == 1 else list[JsonValue](found)}


def _word(word: JsonValue) -> str:
    if not isinstance(word, str):
        return "null" if word is None else ""
    if word in _STANDARD:
        return word
    return "string" if word == "file" else _WORDS.get(kind({"type": word}), "")


def _add_limits(out: Schema, keys: Mapping[str, JsonValue]) -> None:
    """Say exclusive limits as numbers; in OpenAPI 3.0 they are booleans beside the inclusive ones."""
    for limit, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = keys.get(limit)
        if value is True and bound in out:
            out[limit] = out.pop(bound)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            out[limit] = value


def _add_enum(out: Schema, values: list[JsonValue]) -> None:
    if len(values) > _MOST_VALUES:
        return
    if all(v is None or misfit(v, out) is None for v in values):
        out["enum"] = list({json.dumps(v): v for v in values}.values())
        return
    if out.get("type") == "string" and not any(isinstance(v, dict | list) for v in values):
        # `enum: [1, 2]` of a string, `enum: [yes]` that a YAML reader made a boolean of.
        out["enum"] = list(dict.fromkeys(v if v is None else _text(v) for v in values))
        return
    out.pop("type", None)
    out["enum"] = values


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _add_default(out: Schema, keys: Mapping[str, JsonValue], path: str, remarks: Remarks) -> None:
    default = keys["default"]
    if default is None and keys.get("nullable") is not True and misfit(None, out) is not None:
        return  # a common way to say that there is none
    if default is not None and (why := misfit(default, out)):
        remarks.add(f"{path}.default was left out: {why}")
        return
    out["default"] = default


def _example(keys: Mapping[str, JsonValue]) -> JsonValue:
    given = keys.get("examples")
    found = keys.get("example", given[0] if isinstance(given, list) and given else None)
    short = isinstance(found, str | int | float | bool) and len(str(found)) <= _LONGEST_EXAMPLE
    return found if short and found != "" else None
