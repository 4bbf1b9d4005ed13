"""Schemas of the document as JSON Schemas that stand alone, and stay small: a document is read by a model.

Written level by level, so that what is cut, once there are too many, lies deepest. A schema that contains itself
refers to its own `$defs`.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.api_platform.importers.openapi.prose import tidy
from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.api_platform.importers.openapi.rendering import is_costly
from taskmatrix.api_platform.importers.openapi.shapes import Part, Shape, Shapes
from taskmatrix.api_platform.importers.openapi.values import plain_keywords
from taskmatrix.core.documents import Schema

_DEEPEST = 5
_MOST_PROPERTIES = 120
_MOST_OPTIONS = 16
_MOST_PIECE = 60
_LONGEST = 240
_CUT = "(more inside than is shown)"


@dataclass(slots=True)
class _Root:
    """One schema being written: its definitions by reference, and the places that refer to them."""

    schema: Schema
    names: dict[str, str] = field(default_factory=dict[str, str])
    definitions: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    uses: list[Schema] = field(default_factory=list[Schema])


@dataclass(slots=True)
class _Task:
    part: Part
    out: Schema
    root: _Root
    depth: int
    chain: tuple[str, ...] = ()


@dataclass(slots=True)
class _Run:
    """Tasks that wait, and how many more schemas they may be.

    `cyclic` says that one of them leads back to what it is a part of; None where that is dealt with at once.
    """

    left: int
    tasks: deque[_Task] = field(default_factory=deque[_Task])
    cyclic: bool | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A named schema written down from some depth, and of how many schemas it is made. Shared, so never changed."""

    schema: Schema
    size: int


class SchemaWriter:
    """Writes the schemas of one operation at a time."""

    def __init__(self, shapes: Shapes, remarks: Remarks) -> None:
        self._shapes = shapes
        self._remarks = remarks
        self._run = _Run(0)
        self._reading = False
        # What was written for schemas without schemas in them, by identity. They are kept, so none is given anew.
        self._leaves: dict[int, tuple[JsonValue, Schema]] = {}
        self._pieces: dict[tuple[str, int, bool], _Piece | None] = {}
        self._hidden: dict[tuple[int, bool], tuple[JsonValue, bool]] = {}

    def write(self, parts: Sequence[Part], *, most: int, reading: bool) -> Sequence[Schema]:
        """Return a schema for each part, of about `most` schemas in all.

        With `reading`, what is only ever written is left out, else what is only ever read. Raises
        ImportRefusedError.
        """
        self._reading = reading
        roots = [_Root({}) for _ in parts]
        tasks = [_Task(part, root.schema, root, 0) for part, root in zip(parts, roots, strict=True)]
        self._run = _Run(most - len(parts), deque(tasks))
        self._drain()
        return [_finished(root) for root in roots]

    def _drain(self) -> None:
        while self._run.tasks and not self._run.cyclic:
            self._fill(self._run.tasks.popleft())

    def _fill(self, task: _Task) -> None:
        known = self._leaves.get(id(task.part.value))
        if known is not None:
            task.out.update(known[1])
            return
        shape = self._shapes.open(task.part)
        if shape.hops:
            cycle = next((hop for hop in shape.hops if hop in task.chain), None)
            if cycle is not None:
                self._refer(cycle, task)
                return
            piece = self._piece(shape, task) if _is_named(task.part) else None
            if piece is not None and piece.size <= self._run.left:
                task.out.update(piece.schema)
                self._run.left -= piece.size
                return
            task.chain += shape.hops
        self._fill_from(shape, task)

    def _piece(self, shape: Shape, task: _Task) -> _Piece | None:
        """Return a named schema as it is written at this depth; None for one that is large or contains itself."""
        key = (shape.hops[0], task.depth, self._reading)
        if key not in self._pieces:
            outer, self._run = self._run, _Run(_MOST_PIECE, cyclic=False)
            root = _Root({})
            self._fill_from(shape, _Task(task.part, root.schema, root, task.depth, shape.hops))
            self._drain()
            size = _MOST_PIECE - self._run.left
            whole = size < _MOST_PIECE and not self._run.cyclic
            self._pieces[key] = _Piece(root.schema, size) if whole else None
            self._run = outer
        return self._pieces[key]

    def _fill_from(self, shape: Shape, task: _Task) -> None:
        out = task.out
        if shape.written is None:
            shape.written = self._own_keywords(shape)
        out.update(shape.written)
        if shape.is_leaf:
            if shape.keys.get("nullable") is True:
                _allow_null(out)
            self._leaves[id(task.part.value)] = (task.part.value, dict(out))
            return
        if self._run.left <= 0 or task.depth >= _DEEPEST:
            _cut(out, shape)
        else:
            self._fill_inside(shape, task)
        if shape.keys.get("nullable") is True:
            _allow_null(out)

    def _own_keywords(self, shape: Shape) -> Schema:
        written = plain_keywords(shape.keys, shape.path, self._remarks)
        described = tidy(shape.keys.get("description") or shape.keys.get("title"), _LONGEST)
        return written | {"description": described} if described else written

    def _fill_inside(self, shape: Shape, task: _Task) -> None:
        out = task.out
        if shape.properties:
            self._fill_object(shape, task)
        extra = shape.inner("additionalProperties")
        if extra is not None and isinstance(extra.value, dict) and extra.value:
            out.setdefault("type", "object")
            out["additionalProperties"] = self._child(extra, task)
        items = shape.inner("items")
        if items is not None:
            out.setdefault("type", "array")
            out["items"] = self._child(items, task)
        for key in ("oneOf", "anyOf"):
            if key in shape.keys:
                self._fill_options(key, list(shape.options(key)), task)
        if shape.choices and len(shape.choices) <= _MOST_OPTIONS:
            out["allOf"] = [self._child(part, task) for part in shape.choices]

    def _fill_object(self, shape: Shape, task: _Task) -> None:
        out = task.out
        wanted = {name: part for name, part in shape.properties.items() if not self._is_hidden(part)}
        required = [name for name in shape.required if name in wanted]
        if len(wanted) > _MOST_PROPERTIES:
            chosen = dict.fromkeys([*required, *wanted])
            wanted = {name: wanted[name] for name in list(chosen)[:_MOST_PROPERTIES]}
            required = [name for name in required if name in wanted]
            out["description"] = f"{out.get('description', '')} {_CUT}".strip()
        if wanted:
            out.setdefault("type", "object")
            out["properties"] = {name: self._child(part, task) for name, part in wanted.items()}
            if required:
                out["required"] = list[JsonValue](required)

    def _is_hidden(self, part: Part) -> bool:
        """Whether a property is only ever read, or only ever written. Said beside its reference, or behind it."""
        value, word = part.value, "writeOnly" if self._reading else "readOnly"
        if not isinstance(value, dict):
            return False
        if value.get(word) is True:
            return True
        if "$ref" not in value and "allOf" not in value:
            return False
        known = self._hidden.get((id(value), self._reading))
        if known is None:
            known = self._hidden[id(value), self._reading] = (value, self._shapes.open(part).keys.get(word) is True)
        return known[1]

    def _fill_options(self, key: str, options: Sequence[Part], task: _Task) -> None:
        # Alternatives that only say which properties must be there say nothing about types.
        typed = [o for o in options if not isinstance(o.value, dict) or o.value.keys() - {"required", "not", "title"}]
        if not typed:
            return
        if len(typed) > _MOST_OPTIONS:
            task.out["description"] = f"{task.out.get('description', '')} {_CUT}".strip()
            return
        task.out[key] = [self._child(option, task) for option in typed]

    def _child(self, part: Part, task: _Task) -> Schema:
        out: Schema = {}
        self._run.left -= 1
        self._run.tasks.append(_Task(part, out, task.root, task.depth + 1, task.chain))
        return out

    def _refer(self, reference: str, task: _Task) -> None:
        if self._run.cyclic is not None:
            self._run.cyclic = True
            return
        root = task.root
        if reference not in root.names:
            last = re.sub(r"[^A-Za-z0-9_.-]", "_", reference.rpartition("/")[2]) or "Root"
            name, n = last, 2
            while name in root.definitions:
                name, n = f"{last}{n}", n + 1
            root.names[reference] = name
            definition: Schema = {}
            root.definitions[name] = definition
            self._run.tasks.append(_Task(Part({"$ref": reference}, task.part.path), definition, root, 1))
        task.out["$ref"] = f"#/$defs/{root.names[reference]}"
        root.uses.append(task.out)


def _is_named(part: Part) -> bool:
    return isinstance(part.value, dict) and len(part.value) == 1


def _finished(root: _Root) -> Schema:
    if not root.definitions:
        return root.schema
    root.schema["$defs"] = root.definitions
    if is_costly(root.schema):
        del root.schema["$defs"]
        for use in root.uses:
            use.clear()
            use.update(type="object", description=_CUT)
    return root.schema


def _cut(out: Schema, shape: Shape) -> None:
    """Say what kind of thing it is, and that there is more to it."""
    if shape.is_object:
        out["type"] = "object"
    elif "items" in shape.keys:
        out["type"] = "array"
    out["description"] = f"{out.get('description', '')} {_CUT}".strip()


def _allow_null(out: Schema) -> None:
    """Say in the words of JSON Schema what OpenAPI 3.0 calls `nullable`."""
    declared, values = out.get("type"), out.get("enum")
    if isinstance(values, list) and None not in values:
        out["enum"] = [*values, None]
    null: Mapping[str, JsonValue] = {"type": "null"}
    for key in ("oneOf", "anyOf"):
        options = out.get(key)
        if isinstance(options, list):
            out[key] = [*options, dict(null)]
    if isinstance(declared, str) and declared != "null":
        out["type"] = [declared, "null"]
    elif isinstance(declared, list) and "null" not in declared:
        out["type"] = [*declared, "null"]
