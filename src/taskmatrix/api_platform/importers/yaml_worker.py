"""The process that reads YAML: a document on standard input; on standard output a code, a line break, and JSON.

Run as a file, so that it loads nothing of TaskMatrix. The process that started it ends it when it takes too long.
Nodes are composed by PyYAML's C reader and turned into data here, so no tag can construct anything.
"""

import json
import math
import re
import resource
import sys
from typing import Any

import yaml

MEMORY = 2 * 2**30
"""Bytes of address space."""

DEEPEST = 200
MOST_EXPANDED = 200_000
"""Nodes that aliases may add to those that are written."""

MOST_TEXT = 64 * 1024 * 1024
"""Bytes that aliases may make of the document."""

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_PLAIN = "plain"
_MERGE = _TAG + "merge"
_GUESSED = (_PLAIN, _MERGE, _TAG + "int", _TAG + "float", _TAG + "bool", _TAG + "null")
_TEXT_TAGS = (_TAG + "str", _TAG + "timestamp", _TAG + "value", _TAG + "binary", "!")


class RefusedError(Exception):
    """A document that is not taken; `code` is for the caller."""

    def __init__(self, message: str, mark: "yaml.Mark | None" = None, code: str = "doc.invalid") -> None:
        super().__init__(f"line {mark.line + 1}: {message}" if mark is not None else message)
        self.code = code


class Reader(yaml.CSafeLoader):
    """Composes nodes. Plain scalars keep no guess at their type: YAML 1.1 would make a boolean of `on`."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        """Return the tag of a node that names none."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _MERGE if value == "<<" else _PLAIN
        return str(super().resolve(kind, value, implicit))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def main() -> None:
    """Answer one request."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        content = json.dumps(read(sys.stdin.buffer.read()), ensure_ascii=False, allow_nan=False).encode()
        out.write(b"ok\n" + content)
    except RefusedError as error:
        out.write(f"{error.code}\n{error}".encode())
    except UnicodeEncodeError:
        out.write(b"encoding\nhalf of a surrogate pair in a text")


def read(data: bytes) -> Any:
    """Return the data of a document. Raises RefusedError."""
    try:
        loader = Reader(data)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise RefusedError(str(getattr(error, "problem", None) or "no YAML"), mark) from error
    if root is None:
        raise RefusedError("it is empty")
    Measure().check(root)
    return Data().of(root)


class Measure:
    """Counts nodes, written and expanded, before anything is expanded."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        self._open: set[int] = set()

    def check(self, root: yaml.Node) -> None:
        """Raise RefusedError for aliases that expand too far, or into themselves."""
        nodes, text = self._size(root, 0)
        if nodes - len(self._known) > MOST_EXPANDED or text > MOST_TEXT:
            raise RefusedError(f"its aliases expand to more than {MOST_EXPANDED:,} nodes")

    def _size(self, node: yaml.Node, depth: int) -> tuple[int, int]:
        known = self._known.get(id(node))
        if known is not None:
            return known
        if id(node) in self._open:
            raise RefusedError("an alias stands inside of what it repeats", node.start_mark)
        if depth > DEEPEST:
            raise RefusedError(f"nested more than {DEEPEST} levels deep", node.start_mark)
        self._open.add(id(node))
        nodes, text = 1, len(node.value) if isinstance(node, yaml.ScalarNode) else 2
        for inner in _inner(node):
            more = self._size(inner, depth + 1)
            nodes, text = nodes + more[0], text + more[1]
        self._open.discard(id(node))
        self._known[id(node)] = (nodes, text)
        return nodes, text


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [one for pair in node.value for one in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


class Data:
    """Turns nodes into data. What is repeated by an alias is one object."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}

    def of(self, node: yaml.Node) -> Any:
        """Return the data of a node."""
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        found = self._known.get(id(node))
        if found is None:
            expected = _TAG + ("map" if isinstance(node, yaml.MappingNode) else "seq")
            if node.tag not in (expected, "!"):
                raise _foreign(node)
            found = self._mapping(node) if isinstance(node, yaml.MappingNode) else [self.of(n) for n in node.value]
            self._known[id(node)] = found
        return found

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise RefusedError("a key must be a text", key.start_mark)
            if key.tag == _MERGE:
                for name, inner in self._merged(value):
                    merged.setdefault(name, inner)
                continue
            if key.tag not in (*_TEXT_TAGS, *_GUESSED):
                raise _foreign(key)
            if key.value in own:
                raise RefusedError(f"the key {key.value!r} is given twice", key.start_mark, "json.duplicate_key")
            own[key.value] = self.of(value)
        return merged | own

    def _merged(self, node: yaml.Node) -> list[tuple[str, Any]]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(part, yaml.MappingNode) for part in parts):
            raise RefusedError("`<<` takes a mapping", node.start_mark)
        return [item for part in parts for item in self.of(part).items()]


def _scalar(node: yaml.ScalarNode) -> Any:
    if node.tag in _GUESSED:
        return _plain(node)
    if node.tag in _TEXT_TAGS:
        return node.value
    raise _foreign(node)


def _plain(node: yaml.ScalarNode) -> Any:
    """Resolve a plain scalar by the core schema of YAML 1.2. Dates stay text."""
    text = node.value
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _NO_NUMBER.fullmatch(text):
        raise RefusedError(f"{text} is no JSON number", node.start_mark, "json.number")
    try:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
            return int(text, 0)
        number = float(text) if _FLOAT.fullmatch(text) else None
    except ValueError as error:
        raise RefusedError("a number with too many digits", node.start_mark, "json.number") from error
    if number is not None and not math.isfinite(number):
        raise RefusedError(f"{text} is too large for a number", node.start_mark, "json.number")
    return text if number is None else number


def _foreign(node: yaml.Node) -> RefusedError:
    return RefusedError(f"the tag {node.tag!r} is not taken", node.start_mark)


if __name__ == "__main__":
    main()
