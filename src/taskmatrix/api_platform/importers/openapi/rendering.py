"""How much there is to read in a schema that contains itself, once it is written out as types."""

from collections.abc import Iterator

from pydantic import JsonValue

from taskmatrix.core.documents import Schema
from taskmatrix.core.schemas import MAX_DEPTH

_MOST = 600


def is_costly(schema: Schema) -> bool:
    """Whether writing a schema out, references followed as deep as stubs go, takes too many types."""
    definitions = schema.get("$defs")
    named: dict[str, JsonValue] = definitions if isinstance(definitions, dict) else {}
    level: list[JsonValue] = [schema]
    seen = 0
    for _ in range(MAX_DEPTH + 1):
        seen += len(level)
        if seen > _MOST:
            return True
        level = [inner for node in level for inner in _inner(node, named)]
    return False


def _inner(node: JsonValue, named: dict[str, JsonValue]) -> Iterator[JsonValue]:
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str):
        yield named.get(reference.removeprefix("#/$defs/"))
        return
    properties = node.get("properties")
    if isinstance(properties, dict):
        yield from properties.values()
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield node[key]
    for key in ("oneOf", "anyOf", "allOf"):
        options = node.get(key)
        if isinstance(options, list):
            yield from options
