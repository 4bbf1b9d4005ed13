"""The schemas of a discovery document as JSON Schemas."""

import math
from collections.abc import Iterator

from pydantic import JsonValue

from taskmatrix.api_platform.importers.expansion import Expansion, Piece, brief
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.api_platform.importers.recursion import recursive_names
from taskmatrix.core.documents import Schema
from taskmatrix.core.errors import ImportRefusedError

_ATOMS = {"string", "integer", "number", "boolean", "object", "array", "null"}
_EXPLAINED = 40
"""Values of an enumeration whose meaning is told."""


class Shapes(Expansion):
    """The schemas of one document: as they are sent, or (`reading`) as they come back.

    What only the server writes is no part of a request.
    """

    def __init__(self, schemas: Node, recursive: frozenset[str], *, reading: bool) -> None:
        super().__init__(recursive)
        self._schemas = schemas
        self._reading = reading

    def write(self, name: str, depth: int) -> Piece:
        """Write the schema of that name with `depth` levels of content."""
        return self.piece(part(self._schemas, name), depth)

    def properties(self, name: str) -> Iterator[str]:
        """Give the names of a schema's properties, as far as they are to be shown."""
        for key, value in part(part(self._schemas, name), "properties").items():
            if self._reading or node(value).get("readOnly") is not True:
                yield key

    def schema_of(self, name: str) -> Node:
        """Return the schema of that name as it was given."""
        return part(self._schemas, name)

    def piece(self, given: Node, depth: int) -> Piece:
        """Return one schema of the document, written out."""
        reference = given.get("$ref")
        if isinstance(reference, str):
            return self._referred(reference, depth).saying(description=brief(text(given, "description")))
        if "properties" in given or "additionalProperties" in given or given.get("type") == "object":
            return self._object(given, depth)
        if given.get("type") == "array" or "items" in given:
            items = part(given, "items")
            nested = items.get("type") == "array" or "items" in items
            inner = Piece({}) if nested and depth <= 0 else self.piece(items, depth - nested)
            said: Schema = {"type": "array", **({"items": inner.schema} if inner.schema else {})}
            return Piece(said, inner.needs, 1 + inner.parts).saying(description=brief(text(given, "description")))
        return Piece(scalar(given, brief(text(given, "description"))))

    def _referred(self, name: str, depth: int) -> Piece:
        if name in self._schemas:
            return self.use(name, depth)
        if "/" in name or ":" in name:
            raise ImportRefusedError(
                f"a $ref leads out of the document: {name[:80]!r}",
                path="schemas",
                code="ref.external",
                hint="references are followed inside the document only",
            )
        return Piece({})

    def _object(self, given: Node, depth: int) -> Piece:
        said: Schema = {"type": "object"}
        needs: frozenset[str] = frozenset()
        parts = 1
        if depth > 0:
            inner: Schema = {}
            for key, value in part(given, "properties").items():
                if self._reading or node(value).get("readOnly") is not True:
                    piece = self.piece(node(value), depth - 1)
                    inner[key] = piece.schema
                    needs |= piece.needs
                    parts += piece.parts
            if inner:
                said["properties"] = inner
            if part(given, "additionalProperties"):
                piece = self.piece(part(given, "additionalProperties"), depth - 1)
                said["additionalProperties"] = piece.schema
                needs |= piece.needs
                parts += piece.parts
        return Piece(said, needs, parts).saying(description=brief(text(given, "description")))


def scalar(given: Node, description: str = "") -> Schema:
    """Return the schema of a single value: type, format, values, bounds and default."""
    declared = text(given, "type")
    said: Schema = {"type": declared} if declared in _ATOMS else {}
    if text(given, "format"):
        said["format"] = text(given, "format")
    if description:
        said["description"] = description
    values = texts(given, "enum")
    if values:
        said["enum"] = list[JsonValue](dict.fromkeys(values))
    elif text(given, "pattern"):
        said["pattern"] = text(given, "pattern")
    for key in ("minimum", "maximum", "default"):
        value = _typed(given.get(key), declared, values)
        if value is not None and (key == "default" or declared in ("integer", "number")):
            said[key] = value
    if given.get("deprecated") is True:
        said["deprecated"] = True
    return said


def described_values(given: Node) -> str:
    """Return the description, with the meaning of the values where the document tells it."""
    told = text(given, "description")
    meanings = list(zip(texts(given, "enum"), texts(given, "enumDescriptions"), strict=False))
    lines = [f"{value}: {meaning}" for value, meaning in meanings[:_EXPLAINED] if meaning]
    return "\n".join([told, *lines] if told else lines)


def _typed(value: JsonValue, declared: str, values: list[str]) -> JsonValue:
    """Return a bound or default as what it stands for: documents write all of them as texts. None if it is not."""
    if not isinstance(value, str):
        return value if isinstance(value, int | float) else None
    if declared == "boolean":
        return {"true": True, "false": False}.get(value.lower())
    if declared not in ("integer", "number"):
        return value if not values or value in values else None
    try:
        number = int(value) if declared == "integer" else float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def recursive_schemas(schemas: Node) -> frozenset[str]:
    """Return the names of those that contain themselves."""
    return recursive_names({name: list(_references(node(schema))) for name, schema in schemas.items()})


def _references(given: Node) -> Iterator[str]:
    waiting = [given]
    while waiting:
        at = waiting.pop()
        if isinstance(at.get("$ref"), str):
            yield text(at, "$ref")
        waiting.extend(node(value) for value in part(at, "properties").values())
        waiting.extend(part(at, key) for key in ("items", "additionalProperties") if key in at)
