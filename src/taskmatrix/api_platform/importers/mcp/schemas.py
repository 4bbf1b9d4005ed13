"""From the one schema of a tool's input to a schema for each parameter.

A parameter's schema has to stand alone: what it refers to comes along in `$defs` of its own. References to other
places of the tool's schema (`#`, `#/properties/…`) become definitions too, and cycles stay references. Nothing is ever
fetched: a reference that leads out of the schema is a reason to leave the tool out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node, node
from taskmatrix.core.documents import Schema
from taskmatrix.core.errors import DocumentError

MOST_NODES = 50_000
"""Values a tool's schemas may have, with what each parameter brings along."""

_DEFINITIONS = ("$defs", "definitions")


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an object: its schema stands alone."""

    name: str
    schema: Schema
    required: bool


def fields_of(schema: Mapping[str, JsonValue]) -> list[Field]:
    """Return the properties of an input schema. Raises DocumentError for one that is too large or leads elsewhere."""
    bundler = _Bundler(schema)
    properties, required = _properties(schema, schema, set())
    return [
        Field(name, bundler.bundle(value), name in required)
        for name, value in properties.items()
        if value is not False
    ]


def standalone(schema: Mapping[str, JsonValue]) -> Schema:
    """Return a whole schema after looking it over. Raises DocumentError as `fields_of`."""
    bundler = _Bundler(schema)
    for target in bundler.references(dict(schema)):
        bundler.find(target)
    return dict(schema)


def _properties(root: Node, schema: Node, seen: set[str]) -> tuple[dict[str, JsonValue], set[str]]:
    """Collect the properties of an object and of the parts it is made of; alternatives require nothing.

    What is referred to counts once, so that an object made of itself, twice, is no work without end.
    """
    properties: dict[str, JsonValue] = {}
    required: set[str] = set()
    reference = schema.get("$ref")
    parts: list[tuple[JsonValue, bool]] = []
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        parts.append((_find(root, reference), True))
    for key in ("allOf", "oneOf", "anyOf"):
        options = schema.get(key)
        if isinstance(options, list):
            parts += [(option, key == "allOf") for option in options]
    for inner, always in parts:
        more, needed = _properties(root, node(inner), seen)
        properties = more | properties
        required |= needed if always else set()
    stated = schema.get("required")
    if isinstance(stated, list):
        required |= {name for name in stated if isinstance(name, str)}
    return properties | dict(node(schema.get("properties"))), required


@dataclass(slots=True)
class _Bundler:
    root: Node
    nodes: int = 0
    names: dict[str, str] = field(default_factory=dict[str, str])
    taken: dict[str, int] = field(default_factory=dict[str, int])

    def bundle(self, schema: JsonValue) -> Schema:
        """Return a schema with all it refers to."""
        start = dict(node(schema))
        used: dict[str, JsonValue] = {}
        waiting = list(self.references(start))
        while waiting:
            reference = waiting.pop()
            name = self._name(reference)
            if name in used:
                continue
            target = self.find(reference)
            inner = {k: v for k, v in target.items() if k not in _DEFINITIONS} if isinstance(target, dict) else target
            waiting += self.references(inner)
            used[name] = self._renamed(inner)
        bundled = node(self._renamed({k: v for k, v in start.items() if k not in _DEFINITIONS or not used}))
        return {**bundled, "$defs": used} if used else dict(bundled)

    def references(self, value: JsonValue) -> Iterator[str]:
        """Give the references in a value, counting its parts."""
        waiting = [value]
        while waiting:
            self.nodes += 1
            if self.nodes > MOST_NODES:
                raise DocumentError(
                    f"the schema is larger than {MOST_NODES} values", path="inputSchema", code="doc.invalid"
                )
            part = waiting.pop()
            if isinstance(part, dict):
                reference = part.get("$ref")
                if isinstance(reference, str):
                    yield reference
                waiting.extend(part.values())
            elif isinstance(part, list):
                waiting.extend(part)

    def find(self, reference: str) -> JsonValue:
        """Return what a reference means. Raises DocumentError for one that leads out of the schema or nowhere."""
        return _find(self.root, reference)

    def _name(self, reference: str) -> str:
        if reference not in self.names:
            wanted = reference.rpartition("/")[2].replace("~1", "_").replace("~0", "_").strip("#") or "root"
            name = wanted
            while name in self.taken:
                self.taken[wanted] += 1
                name = f"{wanted}_{self.taken[wanted]}"
            self.taken[name] = 1
            self.names[reference] = name
        return self.names[reference]

    def _renamed(self, value: JsonValue, depth: int = 0) -> JsonValue:
        # The parser of messages takes no more than some hundred levels, so neither can this get deeper.
        if isinstance(value, list):
            return [self._renamed(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        renamed = {key: self._renamed(item, depth + 1) for key, item in value.items()}
        reference = value.get("$ref")
        if isinstance(reference, str):
            escaped = self._name(reference).replace("~", "~0")
            renamed["$ref"] = f"#/$defs/{escaped}"
        return renamed


def _find(root: Node, reference: str) -> JsonValue:
    if not reference.startswith("#"):
        raise DocumentError(
            f"the schema refers to {reference[:200]!r}, which is not fetched", path="inputSchema", code="ref.external"
        )
    place: JsonValue = dict(root)
    for key in reference[1:].split("/")[1:]:
        key = key.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict) and key in place:
            place = place[key]
        elif isinstance(place, list) and key.isdecimal() and int(key) < len(place):
            place = place[int(key)]
        else:
            raise DocumentError(f"the schema refers to {reference[:200]!r}, which is not there", path="inputSchema")
    return place
