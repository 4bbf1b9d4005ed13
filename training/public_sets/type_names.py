"""Types as function documents name them ("List[int], optional"), as JSON Schema, and values of these types."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

NAMES = {
    "string": "str string text char date datetime time uuid url file bytes path email",
    "integer": "int integer long",
    "number": "float number double decimal numeric",
    "boolean": "bool boolean",
    "object": "dict object map hashmap mapping json",
    "array": "list array arraylist tuple set sequence iterable",
}
TYPES = {word: kind for kind, words in NAMES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Typed:
    """A schema, and whether the type's text says that the parameter may be left out."""

    schema: Schema
    optional: bool = False


def read_type(text: object) -> Typed:
    """Return what a type's text says; an empty schema where it names no known type."""
    name, optional = str(text or "").strip(), False
    if re.search(r",?\s*\boptional\b\s*\.?$", name, re.IGNORECASE) and not re.match(r"(?i)optional\[", name):
        name, optional = re.sub(r"(?i),?\s*\(?optional\)?\s*\.?$", "", name).strip(), True
    name = re.sub(r",?\s*default\b.*$", "", name, flags=re.IGNORECASE).strip()
    name = re.sub(r"(?i)^typing\.", "", name)
    if inside := re.match(r"(?is)^optional\[(.*)\]$", name):
        name, optional = inside.group(1).strip(), True
    if inside := re.match(r"(?is)^union\[(.*)\]$", name):
        every = split_outside(inside.group(1))
        parts = [part for part in every if part.strip().lower() not in ("none", "nonetype")]
        optional = optional or len(parts) < len(every)
        if len(parts) != 1:
            return Typed(_either(parts), optional)
        name = parts[0].strip()
    return Typed(_one_type(name), optional)


def _either(parts: list[str]) -> Schema:
    kinds = sorted({kind for part in parts if (kind := read_type(part).schema.get("type")) is not None})
    return {"type": kinds if len(kinds) > 1 else kinds[0]} if kinds else {}


def _one_type(name: str) -> Schema:
    if inside := re.match(r"(?is)^(list|array|sequence|set|tuple|iterable)\s*[\[<(](.*)[\])>]$", name):
        parts = split_outside(inside.group(2))
        items = read_type(parts[0]).schema if parts else {}
        return {"type": "array", "items": items} if items else {"type": "array"}
    if re.match(r"(?i)^(dict|map|mapping)\s*\[", name):
        return {"type": "object"}
    kind = TYPES.get(re.split(r"[^a-z]", name.lower())[0]) if name else None
    return {"type": kind} if kind else {}


def split_outside(text: str) -> list[str]:
    """Return what stands between the commas outside of brackets."""
    parts, depth, current = [], 0, ""
    for sign in text:
        depth += (sign in "[<(") - (sign in "])>")
        if sign == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [*parts, current] if current.strip() else parts


def read_schema(found: dict[str, Any]) -> Schema:
    """Return a property of JSON Schema with known types and the keys that the project reads."""
    schema: Schema = {}
    kind = found.get("type")
    if isinstance(kind, list):
        schema["type"] = [TYPES.get(str(one).lower(), one) for one in kind]
    elif kind is not None:
        schema.update(read_type(kind).schema)
    if isinstance(found.get("enum"), list) and found["enum"]:
        schema["enum"] = found["enum"]
    if isinstance(found.get("items"), dict) and schema.get("type") == "array":
        schema["items"] = read_schema(found["items"])
    if isinstance(found.get("properties"), dict) and schema.get("type") == "object":
        schema["properties"] = {
            name: read_schema(inner) | ({"description": inner["description"]} if inner.get("description") else {})
            for name, inner in found["properties"].items()
            if isinstance(inner, dict)
        }
    if found.get("default") not in (None, ""):
        schema["default"] = found["default"]
    for key in ("format", "minimum", "maximum", "pattern"):
        if key in found and isinstance(found[key], int | float | str):
            schema[key] = found[key]
    return schema


def as_parameter_name(name: object) -> str:
    """Return an identifier for a parameter."""
    name = re.sub(r"\W+", "_", str(name).strip()).strip("_") or "p"
    return "_" + name if name[0].isdigit() else name


def as_function_name(name: object) -> str:
    return re.sub(r"[^\w.\-]+", "_", str(name).strip()).strip("_.") or "f"


def typed_value(value: Any, schema: Schema) -> Any:
    """Return a value as its schema wants it where its text says one (`"7"` → 7), else the value itself."""
    kind = schema.get("type")
    if isinstance(value, str) and isinstance(kind, str):
        with suppress(ValueError):
            return _said_value(value, kind)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _said_value(text: str, kind: str) -> Any:
    bare = text.strip()
    if kind == "integer" and re.fullmatch(r"[+-]?\d+(\.0+)?", bare):
        return int(float(text))
    if kind == "number" and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", bare):
        number = float(text)
        return int(number) if number.is_integer() and "." not in text else number
    if kind == "boolean" and bare.lower() in ("true", "false"):
        return bare.lower() == "true"
    if kind in ("array", "object") and bare[:1] in "[{":
        found = json.loads(text)
        return found if isinstance(found, list if kind == "array" else dict) else text
    return text


def fits(value: Any, schema: Schema) -> bool:
    """Say whether a value is of its schema's type; references to earlier results fit anything."""
    kind = schema.get("type")
    if kind is None or (isinstance(value, dict) and "$ref" in value):
        return True
    number = isinstance(value, int | float) and not isinstance(value, bool)
    of_type = {
        "string": isinstance(value, str),
        "integer": number and isinstance(value, int),
        "number": number,
        "boolean": isinstance(value, bool),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
        "null": value is None,
    }
    return any(of_type.get(one, True) for one in (kind if isinstance(kind, list) else [kind]))
