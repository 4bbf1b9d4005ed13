"""JSON Schema as Python type expressions, for the typed stubs.

Schemas in the wild are loose: `"type": "str"`, `"List[int]"`, type lists, missing types, cyclic `$ref`. What
cannot be expressed becomes `Any`, never an error. Nesting is cut at `MAX_DEPTH`.
"""

import json
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

MAX_DEPTH = 6
MAX_LITERALS = 60

_IMPORTED = frozenset({"Any", "Literal", "NotRequired", "TypedDict"})

_ATOMS = {
    "string": "str",
    "str": "str",
    "text": "str",
    "integer": "int",
    "int": "int",
    "long": "int",
    "number": "float",
    "float": "float",
    "double": "float",
    "decimal": "float",
    "boolean": "bool",
    "bool": "bool",
    "null": "None",
    "none": "None",
    "array": "list",
    "list": "list",
    "tuple": "list",
    "set": "list",
    "object": "dict",
    "dict": "dict",
    "dictionary": "dict",
    "map": "dict",
}


def kind(schema: Mapping[str, JsonValue]) -> str:
    """Return the one Python type a schema stands for: `str int float bool None list dict`, or `Any`.

    `"List[int]"` is a list, `["string", "null"]` a string; an enum without a type is what its values are.
    """
    declared = schema.get("type")
    if isinstance(declared, list):
        names = [_atom(t) for t in declared if isinstance(t, str)]
        solid = [n for n in names if n != "None"]
        return solid[0] if len(set(solid)) == 1 else "Any"
    if isinstance(declared, str):
        return _atom(declared)
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        kinds = {type(v).__name__ for v in choices if v is not None}
        return kinds.pop() if len(kinds) == 1 and kinds <= {"str", "int", "float", "bool"} else "Any"
    if "properties" in schema:
        return "dict"
    if "items" in schema:
        return "list"
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        if isinstance(options, list):
            found = {kind(o) for o in options if isinstance(o, dict)} - {"None"}
            return found.pop() if len(found) == 1 else "Any"
    return "Any"


def _atom(name: str) -> str:
    bare = re.split(r"[\[(<]", name.strip().lower(), maxsplit=1)[0].strip()
    return _ATOMS.get(bare, "Any")


@dataclass(slots=True)
class TypeWriter:
    """Writes type expressions and collects the `TypedDict` classes they need, in dependency order."""

    classes: list[str] = field(default_factory=list[str])
    names: set[str] = field(default_factory=set[str])

    def expression(self, schema: Mapping[str, JsonValue], name: str, *, reading: bool = False) -> str:
        """Return the type expression for a schema.

        `name` (CamelCase) is used for a class, if one is needed. With `reading`, every key of an object counts
        as present, since results seldom say which are.
        """
        return self._write(schema, name, root=schema, reading=reading, depth=0)

    def _write(
        self,
        schema: Mapping[str, JsonValue],
        name: str,
        *,
        root: Mapping[str, JsonValue],
        reading: bool,
        depth: int,
    ) -> str:
        if depth > MAX_DEPTH:
            return "Any"

        def inner(part: JsonValue, suffix: str) -> str:
            if not isinstance(part, Mapping):
                return "Any"
            return self._write(part, name + suffix, root=root, reading=reading, depth=depth + 1)

        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = resolve(reference, root)
            return inner(target, "") if target is not None else "Any"
        literal = _literal(schema)
        if literal:
            return literal
        for key in ("anyOf", "oneOf"):
            options = schema.get(key)
            if isinstance(options, list) and options:
                return _union([inner(option, str(i or "")) for i, option in enumerate(options)])
        parts = schema.get("allOf")
        if isinstance(parts, list) and len(parts) == 1:
            return inner(parts[0], "")
        declared = schema.get("type")
        if isinstance(declared, list):
            kinds: list[JsonValue] = [{**schema, "type": t} for t in declared]
            return _union([inner(k, "") for k in kinds])
        return self._of_kind(schema, name, inner, reading=reading)

    def _of_kind(
        self,
        schema: Mapping[str, JsonValue],
        name: str,
        inner: Callable[[JsonValue, str], str],
        *,
        reading: bool,
    ) -> str:
        atom = kind(schema)
        if atom == "list":
            items = schema.get("items")
            if not isinstance(items, Mapping):
                declared = re.search(r"[\[<](.*)[\]>]", str(schema.get("type")))
                items = {"type": declared.group(1)} if declared else {}
            return f"list[{inner(items, 'Item')}]"
        properties = schema.get("properties")
        if atom == "dict" and isinstance(properties, Mapping) and properties:
            required = schema.get("required")
            needed = (
                set(properties) if reading else set(map(str, required)) if isinstance(required, list) else set[str]()
            )
            fields = {key: inner(value, _camel(key)) for key, value in properties.items()}
            return self._class(name, {k: t if k in needed else f"NotRequired[{t}]" for k, t in fields.items()})
        if atom == "dict":
            extra = schema.get("additionalProperties")
            return f"dict[str, {inner(extra, 'Value') if isinstance(extra, Mapping) else 'Any'}]"
        return atom

    def _class(self, name: str, fields: Mapping[str, str]) -> str:
        # A name made of an API's words may begin with a digit, hold what no identifier may, or be `TypedDict` itself.
        name = re.sub(r"[^A-Za-z0-9_]", "", name)
        if not name.isidentifier() or keyword.iskeyword(name) or name in _IMPORTED:
            name = f"Type{name}"
        unique, n = name, 2
        while unique in self.names:
            unique, n = f"{name}{n}", n + 1
        self.names.add(unique)
        if all(key.isidentifier() and not keyword.iskeyword(key) for key in fields):
            lines = [f"class {unique}(TypedDict):", *(f"    {key}: {value}" for key, value in fields.items())]
            self.classes.append("\n".join(lines))
        else:
            body = ", ".join(
                f"{json.dumps(key) if key.isascii() else repr(key)}: {value}" for key, value in fields.items()
            )
            self.classes.append(f'{unique} = TypedDict("{unique}", {{{body}}})')
        return unique


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.findall(r"[A-Za-z0-9]+", name)) or "Field"


def resolve(reference: str, root: Mapping[str, JsonValue]) -> JsonValue:
    """Return what a `$ref` inside the same schema stands for, None for any other: nothing is ever fetched."""
    if not reference.startswith("#/"):
        return None
    node: JsonValue = dict(root)
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, Mapping) or key not in node:
            return None
        node = node[key]
    return node


def _literal(schema: Mapping[str, JsonValue]) -> str | None:
    values = schema.get("enum")
    if "const" in schema:
        values = [schema["const"]]
    if not isinstance(values, list) or not values or len(values) > MAX_LITERALS:
        return None
    if not all(v is None or isinstance(v, str | int | bool) for v in values):
        return None
    return f"Literal[{', '.join(repr(v) for v in values)}]"


def _union(options: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(options))
    return "Any" if "Any" in distinct or not distinct else " | ".join(distinct)
