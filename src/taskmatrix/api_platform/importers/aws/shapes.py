"""The shapes of a service model as JSON Schemas."""

from collections.abc import Iterator

from pydantic import JsonValue

from taskmatrix.api_platform.importers.aws.prose import plain
from taskmatrix.api_platform.importers.expansion import Expansion, Piece, brief
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.api_platform.importers.recursion import recursive_names
from taskmatrix.core.documents import Schema

_ATOMS = {
    "string": "string",
    "character": "string",
    "integer": "integer",
    "long": "integer",
    "bigint": "integer",
    "float": "number",
    "double": "number",
    "bigdecimal": "number",
    "boolean": "boolean",
}
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
CONTENT: Schema = {
    "anyOf": [
        {"type": "string", "description": "the content as text"},
        {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
            "description": "a file to read",
        },
        {
            "type": "object",
            "properties": {"digest": {"type": "string"}},
            "required": ["digest"],
            "description": "an artifact another call returned",
        },
    ]
}
ARTIFACT: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "media_type": {"type": "string"},
        "digest": {"type": "string"},
        "size": {"type": "integer"},
        "text": {"type": "string", "description": "the content, where it is a short text"},
    },
    "required": ["name", "media_type", "digest", "size"],
}


class Shapes(Expansion):
    """The shapes of one service: as they are sent, or (`reading`) as they come back."""

    def __init__(self, shapes: Node, recursive: frozenset[str], *, reading: bool) -> None:
        super().__init__(recursive)
        self._shapes = shapes
        self._reading = reading

    def shape(self, name: str) -> Node:
        """Return the shape of that name as it was given."""
        return part(self._shapes, name)

    def member(self, given: Node, depth: int) -> Piece:
        """Return what a member refers to, with what is said of it there."""
        piece = self.bare(given, depth)
        if "$ref" not in piece.schema and given.get("deprecated") is True:
            piece = piece.saying(deprecated=True)
        return piece.saying(description=brief(plain(text(given, "documentation"))))

    def bare(self, given: Node, depth: int) -> Piece:
        """Return what a member refers to."""
        return Piece({}) if given.get("jsonvalue") is True else self.use(text(given, "shape"), depth)

    def write(self, name: str, depth: int) -> Piece:
        """Write the shape of that name with `depth` levels of content."""
        shape = self.shape(name)
        match shape.get("type"):
            case "structure":
                return self._structure(shape, depth)
            case "list":
                inner = self._content(part(shape, "member"), depth)
                said: Schema = {"type": "array", **({"items": inner.schema} if inner.schema else {})}
                return Piece(said | _bounds(shape, "array"), inner.needs, 1 + inner.parts)
            case "map":
                inner = self._content(part(shape, "value"), depth)
                said = {"type": "object", **({"additionalProperties": inner.schema} if inner.schema else {})}
                return Piece(said | _bounds(shape, "object"), inner.needs, 1 + inner.parts)
            case "timestamp":
                return Piece({"type": "string", "format": "date-time"})
            case "blob":
                return Piece(ARTIFACT if self._reading else CONTENT)
            case _:
                return Piece(_scalar(shape))

    def _content(self, given: Node, depth: int) -> Piece:
        """Return the items of a list or map. Lists of lists count as levels of content."""
        name = text(given, "shape")
        nested = self.shape(name).get("type") in ("list", "map")
        if nested and depth <= 0 and not self.is_recursive(name):
            return Piece({})
        piece = self.use(name, depth - nested)
        return piece.saying(description=brief(plain(text(given, "documentation"))))

    def _structure(self, shape: Node, depth: int) -> Piece:
        if shape.get("document") is True:
            return Piece({})
        said: Schema = {"type": "object"}
        if shape.get("union") is True and not self._reading:
            said["maxProperties"] = 1
        if depth <= 0:
            return Piece(said)
        inner: Schema = {}
        needs: frozenset[str] = frozenset()
        parts = 1
        for name, given in part(shape, "members").items():
            piece = self.member(node(given), depth - 1)
            inner[name] = piece.schema
            needs |= piece.needs
            parts += piece.parts
        if inner:
            said["properties"] = inner
        required: list[JsonValue] = [name for name in texts(shape, "required") if name in inner]
        if required:
            said["required"] = required
        return Piece(said, needs, parts)


def _scalar(shape: Node) -> Schema:
    atom = _ATOMS.get(text(shape, "type"))
    if atom is None:
        return {}
    values = list[JsonValue](dict.fromkeys(texts(shape, "enum")))
    # Patterns are those of another regular-expression language, and AWS checks them itself.
    return {"type": atom, **({"enum": values} if values else _bounds(shape, atom))}


def _bounds(shape: Node, kind: str) -> Schema:
    said: Schema = {}
    for key, name in zip(("min", "max"), _BOUNDS.get(kind, ()), strict=False):
        value = shape.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            said[name] = value
    return said


def recursive_shapes(shapes: Node) -> frozenset[str]:
    """Return the names of those that contain themselves."""
    return recursive_names({name: list(_references(node(shape))) for name, shape in shapes.items()})


def _references(shape: Node) -> Iterator[str]:
    yield from (text(node(member), "shape") for member in part(shape, "members").values())
    yield from (text(part(shape, key), "shape") for key in ("member", "key", "value") if key in shape)
