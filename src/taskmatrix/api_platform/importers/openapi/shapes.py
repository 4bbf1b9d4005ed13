"""A schema of the document, opened one level: references followed, the parts of `allOf` made one."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from taskmatrix.api_platform.importers.openapi.references import References
from taskmatrix.api_platform.quality.schema_faults import keyword_faults
from taskmatrix.core.documents import Schema
from taskmatrix.core.errors import ImportRefusedError

_MOST_HOPS = 40
_MOST_MERGED = 100
_CHOICES = ("oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Part:
    """A schema as it stands in the document, and where it stands."""

    value: JsonValue
    path: str


@dataclass(slots=True)
class Shape:
    """A schema opened: keywords without `$ref` and `allOf`, its properties, the choices that could not be merged.

    `hops` are the references that led to it. A shape is shared: only `written`, which is for the writer to keep
    what it made of the keywords, changes after it was opened.
    """

    path: str
    keys: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    properties: dict[str, Part] = field(default_factory=dict[str, Part])
    required: list[str] = field(default_factory=list[str])
    choices: list[Part] = field(default_factory=list[Part])
    hops: tuple[str, ...] = ()
    written: Schema | None = None

    @property
    def is_object(self) -> bool:
        """Whether it describes an object."""
        declared = self.keys.get("type")
        words = declared if isinstance(declared, list) else [declared]
        return "object" in words or (bool(self.properties) and declared is None)

    @property
    def is_leaf(self) -> bool:
        """Whether there are no schemas in it."""
        keys = self.keys
        if self.properties or self.choices or "items" in keys or "oneOf" in keys or "anyOf" in keys:
            return False
        return not isinstance(keys.get("additionalProperties"), dict)

    def options(self, key: str) -> Iterator[Part]:
        """Give the alternatives of `oneOf` or `anyOf`."""
        given = self.keys.get(key)
        for i, option in enumerate(given if isinstance(given, list) else ()):
            yield Part(option, f"{self.path}.{key}.{i}")

    def inner(self, key: str) -> Part | None:
        """Return the schema under a keyword, such as `items`."""
        given = self.keys.get(key)
        return Part(given, f"{self.path}.{key}") if isinstance(given, dict | bool) else None


class Shapes:
    """Opens the schemas of one document, and keeps those that have a name: most are used many times."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._known: dict[str, Shape] = {}
        # By identity; they are kept, so that no other schema takes the place of one.
        self._checked: dict[int, JsonValue] = {}
        self._opening: list[str] = []
        self._left = 0
        self._skipped = False

    def open(self, part: Part) -> Shape:
        """Return a schema opened. Raises ImportRefusedError for a fault in it and for a reference to the outside."""
        self._left, self._skipped = _MOST_MERGED, False
        return self._open(part)

    def _open(self, part: Part) -> Shape:
        node, path = part.value, part.path
        if not isinstance(node, dict):
            return Shape(path, {"not": {}} if node is False else {})
        if id(node) not in self._checked:
            self._check(node, path)
        reference = node.get("$ref")
        if isinstance(reference, str):
            return self._behind(reference, node, path)
        shape = Shape(path)
        for key, value in node.items():
            if key == "properties" and isinstance(value, dict):
                shape.properties = {n: Part(v, f"{path}.properties.{n}") for n, v in value.items()}
            elif key == "required":
                shape.required = [n for n in value if isinstance(n, str)] if isinstance(value, list) else []
            elif key != "allOf":
                shape.keys[key] = value
        parts = node.get("allOf")
        if isinstance(parts, list) and parts:
            self._merge_all(shape, [Part(p, f"{path}.allOf.{i}") for i, p in enumerate(parts)])
        return shape

    def _behind(self, reference: str, node: dict[str, JsonValue], path: str) -> Shape:
        """Open what a reference leads to; what stands beside the reference counts more."""
        target = self._named(reference, path)
        if len(node) == 1:
            return target
        shape = self._open(Part({key: value for key, value in node.items() if key != "$ref"}, path))
        shape.hops = target.hops
        _merge(shape, target, keep=set(shape.properties))
        return shape

    def _named(self, reference: str, path: str) -> Shape:
        known = self._known.get(reference)
        if known is not None:
            return known
        if reference in self._opening or len(self._opening) >= _MOST_HOPS:
            self._skipped = True  # an object is itself anyway
            return Shape(path)
        found = self._references.follow(reference, f"{path}.$ref")
        if found is None:
            return Shape(path)
        self._opening.append(reference)
        try:
            shape = self._open(Part(found.value, found.path))
        finally:
            self._opening.pop()
        shape = replace(shape, hops=(reference, *shape.hops))
        if not self._skipped:
            self._known[reference] = shape
        return shape

    def _merge_all(self, shape: Shape, parts: list[Part]) -> None:
        own = set(shape.properties)
        for part in parts:
            self._left -= 1
            if self._left < 0:
                self._skipped = True
                return
            inner = self._open(part)
            if len(parts) == 1:
                shape.hops = inner.hops
            _merge(shape, inner, keep=own)

    def _check(self, node: dict[str, JsonValue], path: str) -> None:
        self._checked[id(node)] = node
        for fault in keyword_faults(node):
            where = f"{path}.{fault.path}"
            if fault.path == "type":  # `uuid`, `datetime`: what else the schema says still holds
                self._references.remarks.add(f"{where} was left out: {fault.message}")
                continue
            raise ImportRefusedError(
                f"{where}: {fault.message}", path=where, code="doc.invalid", hint="correct the schema"
            )


def _merge(shape: Shape, other: Shape, *, keep: set[str]) -> None:
    """Add another schema that holds as well: a later part refines an earlier one, the whole refines its parts."""
    for name, part in other.properties.items():
        if name not in keep:
            shape.properties[name] = part
    shape.required += [name for name in other.required if name not in shape.required]
    shape.choices += other.choices
    for key, value in other.keys.items():
        if key not in shape.keys:
            shape.keys[key] = value
        elif key in _CHOICES and shape.keys[key] != value:
            shape.choices.append(Part({key: value}, other.path))
        elif key == "additionalProperties" and shape.keys[key] is False:
            # Two closed objects that are one: each of them means "and the other's".
            shape.keys[key] = value
