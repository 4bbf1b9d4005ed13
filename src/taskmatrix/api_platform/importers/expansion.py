"""Named types of a source as JSON Schemas that stand alone, and stay small.

A type that contains itself becomes a `$ref` into the schema's own `$defs`; any other is written in place, down to a
depth. What lies deeper is said to be an object or a list, and no more: a document is read by a model.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.documents import Schema

DEEPEST = 3
"""Levels of content that an input shows, where they are few enough."""

_DEFINITION_DEPTH = 1
_MOST_PARTS = 60
_LONGEST = 240
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """A schema, the recursive types it refers to, and how many schemas it is made of.

    Pieces are shared, so a schema is never changed in place.
    """

    schema: Schema
    needs: frozenset[str] = _NONE
    parts: int = 1

    def saying(self, **keys: JsonValue) -> "Piece":
        """Return the piece with keys added; those that are empty are left out."""
        said = {key: value for key, value in keys.items() if value not in ("", None)}
        return Piece(self.schema | said, self.needs, self.parts) if said else self


class Expansion(ABC):
    """Writes the named types of one source. Keeps what it wrote: most types are used many times."""

    def __init__(self, recursive: frozenset[str]) -> None:
        self._recursive = recursive
        self._known: dict[tuple[str, int], Piece] = {}
        self._definitions: dict[frozenset[str], Schema] = {}

    @abstractmethod
    def write(self, name: str, depth: int) -> Piece:
        """Write the type of that name with `depth` levels of content."""

    def use(self, name: str, depth: int) -> Piece:
        """Return the type of that name as a part of another."""
        if self.is_recursive(name):
            return Piece({"$ref": f"#/$defs/{_escaped(name)}"}, frozenset((name,)))
        return self._kept(name, depth)

    def is_recursive(self, name: str) -> bool:
        """Whether the type of that name contains itself."""
        return name in self._recursive

    def fitting(self, write: Callable[[int], Piece], deepest: int = DEEPEST) -> Schema:
        """Return the schema that `write` gives for the greatest depth at which it stays small."""
        for depth in range(deepest, 0, -1):
            piece = write(depth)
            if piece.parts <= _MOST_PARTS:
                return self._finished(piece)
        return self._finished(write(0))

    def _finished(self, piece: Piece) -> Schema:
        """Return a schema that holds the definitions it refers to."""
        if not piece.needs:
            return piece.schema
        found = self._definitions.get(piece.needs)
        if found is None:
            found = self._definitions[piece.needs] = self._define(piece.needs)
        return {**piece.schema, "$defs": found}

    def _define(self, names: frozenset[str]) -> Schema:
        found: Schema = {}
        waiting = sorted(names)
        parts = 0
        for name in waiting:
            piece = self._kept(name, _DEFINITION_DEPTH)
            if parts + piece.parts > _MOST_PARTS:
                piece = Piece({})
            parts += piece.parts
            found[name] = piece.schema
            waiting.extend(sorted(piece.needs.difference(waiting)))
        return found

    def _kept(self, name: str, depth: int) -> Piece:
        found = self._known.get((name, depth))
        if found is None:
            found = self._known[name, depth] = self.write(name, depth)
        return found


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def brief(text: str, most: int = _LONGEST) -> str:
    """Return the sentences of a text that fit, where it is about a part of a part."""
    if len(text) <= most:
        return text
    cut = text[:most]
    ends = [match.end(1) for match in re.finditer(r"([.!?])\s", cut)]
    return cut[: ends[-1]] if ends else cut.rpartition(" ")[0] + " …"
