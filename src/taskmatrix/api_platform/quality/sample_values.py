"""Values for the arguments of an example call: from defaults, choices, examples in the schema, and types."""

from collections.abc import Mapping

from pydantic import JsonValue

from taskmatrix.core import names, schemas
from taskmatrix.core.documents import Parameter, Schema

_DEEPEST = 4
_FORMATS: Mapping[str, str] = {
    "date": "2024-05-31",
    "date-time": "2024-05-31T12:00:00Z",
    "time": "12:00:00",
    "email": "person@example.com",
    "uri": "https://example.com",
    "url": "https://example.com",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
_BY_WORD: Mapping[str, str] = {
    "email": "person@example.com",
    "mail": "person@example.com",
    "url": "https://example.com",
    "uri": "https://example.com",
    "date": "2024-05-31",
    "country": "DE",
    "language": "en",
    "currency": "EUR",
    "city": "Paris",
    "color": "red",
    "colour": "red",
    "phone": "+15550100",
}


def sample(parameter: Parameter) -> JsonValue:
    """Return a value that the parameter takes, as likely as can be told from its schema and name."""
    return _sample(parameter.type, parameter.name, parameter.type, 0)


def _sample(schema: Mapping[str, JsonValue], name: str, root: Schema, depth: int) -> JsonValue:
    stated = _stated(schema)
    if stated is not None:
        return stated
    for key in ("anyOf", "oneOf", "allOf"):
        options = schema.get(key)
        for option in options if isinstance(options, list) else ():
            if isinstance(option, dict) and option.get("type") != "null" and depth < _DEEPEST:
                return _sample(option, name, root, depth + 1)
    reference = schema.get("$ref")
    if isinstance(reference, str) and depth < _DEEPEST:
        target = _resolve(reference, root)
        return _sample(target, name, root, depth + 1) if target is not None else {}
    match schemas.kind(schema):
        case "int" | "float":
            return _number(schema)
        case "bool":
            return True
        case "list":
            items = schema.get("items")
            if not isinstance(items, dict) or depth >= _DEEPEST:
                return [_text(schema, name)]
            return [_sample(items, name, root, depth + 1)]
        case "dict":
            return _object(schema, root, depth)
        case _:
            return _text(schema, name)


def _stated(schema: Mapping[str, JsonValue]) -> JsonValue:
    for key in ("default", "const", "example"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        values = schema.get(key)
        if isinstance(values, list):
            found = next((value for value in values if value is not None), None)
            if found is not None:
                return found
    return None


def _number(schema: Mapping[str, JsonValue]) -> JsonValue:
    least = schema.get("minimum", 1)
    above = schema.get("exclusiveMinimum")
    most = schema.get("maximum")
    value = least if isinstance(least, int | float) and not isinstance(least, bool) else 1
    if isinstance(above, int | float) and not isinstance(above, bool) and above >= value:
        value = above + 1
    if isinstance(most, int | float) and not isinstance(most, bool) and value > most:
        value = most
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and not isinstance(step, bool) and step > 0 and value % step:
        value = step * (value // step + 1)
    return int(value) if schemas.kind(schema) == "int" else value


def _text(schema: Mapping[str, JsonValue], name: str) -> str:
    shaped = _FORMATS.get(str(schema.get("format")))
    if shaped is not None:
        return shaped
    words = names.words(name)
    for word in words:
        if word in _BY_WORD:
            return _BY_WORD[word]
    named = words[-1] in ("id", "ids") if words else False
    # Brackets, since it must not be taken for a real value.
    text = f"{words[-2] if len(words) > 1 else 'item'}-1" if named else f"<{' '.join(words) or 'text'}>"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(least, int) and len(text) < least <= 200:
        text += "x" * (least - len(text))
    return text[:most] if isinstance(most, int) and most > 0 else text


def _object(schema: Mapping[str, JsonValue], root: Schema, depth: int) -> JsonValue:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or depth >= _DEEPEST:
        return {}
    needed = [key for key in properties if isinstance(required, list) and key in required]
    found: dict[str, JsonValue] = {}
    for key in needed:
        part = properties[key]
        found[key] = _sample(part, key, root, depth + 1) if isinstance(part, dict) else key
    return found


def _resolve(reference: str, root: Schema) -> Mapping[str, JsonValue] | None:
    node: JsonValue = root
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    return node if isinstance(node, dict) else None
