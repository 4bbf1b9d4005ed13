"""`$ref`, followed inside the document only. Nothing is ever fetched.

A reference to a file below the document's own folder is honest, and the file did not come with the document: what
lies in it is left out with a note. Any other reference to the outside (a URL, an absolute path, a path that leads out
of the folder) is how a document reaches for what is not its own, and refuses the import.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node
from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.core.errors import ImportRefusedError

CODE = "ref.external"

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_MOST_HOPS = 60
# Values, and parts that import nothing: a `$ref` there is an example of one, or leads to what is not imported.
_VALUES = frozenset(("example", "examples", "default", "enum", "const", "value"))
# Objects whose keys are names that the document's author chose, or status codes such as `default`.
_NAMED = frozenset(
    """properties patternProperties $defs definitions schemas responses parameters requestBodies headers
    securitySchemes securityDefinitions paths content dependentSchemas""".split()
)
_IGNORED = frozenset(("webhooks", "callbacks", "externalDocs", "links"))


@dataclass(frozen=True, slots=True)
class Found:
    """What a reference leads to, and where that lies in the document."""

    value: JsonValue
    path: str


@dataclass(slots=True)
class References:
    """Resolves the references of one document."""

    root: Node
    remarks: Remarks
    _known: dict[str, Found | None] = field(default_factory=dict[str, "Found | None"])

    def follow(self, reference: str, path: str) -> Found | None:
        """Return what one reference leads to; None, with a note, for what is not in the document.

        Raises ImportRefusedError for one that leads outside; `path` says where it stands.
        """
        if reference not in self._known:
            if not reference.startswith("#"):
                refuse_outside(reference, path)
                file = reference.partition("#")[0]
                self.remarks.add(f"{file!r} did not come with the document: what it describes is left open")
            found = self._look_up(reference) if reference.startswith("#") else None
            if found is None and reference.startswith("#"):
                self.remarks.add(f"{reference!r} leads to nothing in the document")
            self._known[reference] = found
        return self._known[reference]

    def resolve(self, value: JsonValue, path: str) -> Found | None:
        """Return an object itself, or what its `$ref` leads to, over several hops if need be; None for nothing."""
        seen: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            reference = str(value["$ref"])
            if reference in seen or len(seen) > _MOST_HOPS:
                self.remarks.add(f"{reference!r} leads to itself")
                return None
            seen.add(reference)
            found = self.follow(reference, f"{path}.$ref")
            if found is None:
                return None
            value, path = found.value, found.path
        return Found(value, path) if isinstance(value, dict) else None

    def _look_up(self, reference: str) -> Found | None:
        pointer = unquote(reference[1:])
        if pointer and not pointer.startswith("/"):
            return None
        value: JsonValue = dict(self.root)
        parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        for part in parts:
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isdecimal() and len(part) < 8 and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return Found(value, ".".join(parts))


def is_outside(reference: str) -> bool:
    """Whether a reference leads to anything but the document and the files below its folder."""
    file = unquote(reference.partition("#")[0]).replace("\\", "/").strip()
    return bool(_SCHEME.match(file)) or file.startswith("/") or ".." in file.split("/")


def refuse_outside(reference: str, path: str) -> None:
    """Raise ImportRefusedError for a reference that leads outside."""
    if is_outside(reference):
        raise ImportRefusedError(
            f"{path}: {reference[:200]!r} leads outside of the document, and is never fetched",
            path=path,
            code=CODE,
            hint="bundle the document into one file, with references of its own",
        )


def refuse_any_outside(document: Node) -> None:
    """Raise ImportRefusedError for the first reference of a document that leads outside."""
    for reference, path in _references(document):
        refuse_outside(reference, path)


def _references(document: Node) -> Iterator[tuple[str, str]]:
    """Give the references that matter, with where they stand. `named` objects hold names, not keywords."""
    waiting: list[tuple[JsonValue, str, bool]] = [(dict(document), "", False)]
    while waiting:
        node, path, named = waiting.pop()
        if isinstance(node, list):
            waiting += [
                (inner, f"{path}.{i}", False) for i, inner in enumerate(node) if isinstance(inner, dict | list)
            ]
        if not isinstance(node, dict):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference, f"{path}.$ref".lstrip(".")
        for key, inner in node.items():
            if isinstance(inner, dict | list) and (named or not _is_value(key)):
                inside = not named and key in _NAMED and isinstance(inner, dict)
                waiting.append((inner, f"{path}.{key}".lstrip("."), inside))


def _is_value(key: str) -> bool:
    return key in _VALUES or key in _IGNORED or key.startswith("x-")
