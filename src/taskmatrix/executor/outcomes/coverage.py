"""What a call may change: paths of its document, filled with what the call was given and gave back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.paths import levels, pieces, place_of
from taskmatrix.executor.compensations import MISSING
from taskmatrix.executor.outcomes.differences import Change, Path, down

Pattern = tuple[frozenset[str] | None, ...]
"""What may stand at each level of a path; None for anything. It means all that lies below as well."""

_END = object()
"""Stands in the tree where a pattern ends."""

_Node = dict[object, Any]


@dataclass(frozen=True, slots=True)
class Filling:
    """What placeholders stand for: arguments by name, `result`, and the session of the package after the call."""

    arguments: Mapping[str, object]
    result: object = MISSING
    session: Mapping[str, object] = field(default_factory=dict[str, object])

    @classmethod
    def of(
        cls, document: ApiDocument, arguments: Mapping[str, object], result: object, session: Mapping[str, object]
    ) -> "Filling":
        """Return the values of a call; what it was not given has its default."""
        defaults = {p.name: p.default for p in document.parameters if p.has_default}
        return cls({**defaults, **arguments}, result, session)

    def value(self, place: str) -> object:
        """Return what a placeholder stands for, or `MISSING`."""
        if place in self.arguments:
            return self.arguments[place]
        first, *rest = place.split(".")
        root = {"result": self.result, "session": self.session}.get(first, self.arguments.get(first, MISSING))
        return down(root, rest)


def pattern(path: str, filling: Filling) -> Pattern:
    """Return what a path means for one call. A placeholder of which the call says nothing may be anything.

    One that stands for a list means each of its items.
    """
    return tuple(_level(segment, filling) for segment in levels(path))


def _level(segment: str, filling: Filling) -> frozenset[str] | None:
    if segment == "*":
        return None
    texts = [""]
    for piece in pieces(segment):
        place = place_of(piece)
        found = piece if place is None else filling.value(place)
        values: list[object] = cast("list[object]", found) if isinstance(found, list) else [found]
        if not all(isinstance(value, str | int | float) for value in values):
            return None
        texts = [text + as_name(value) for text in texts for value in values]
    return frozenset(texts)


def as_name(value: object) -> str:
    """Return a value as a name in a path."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def overlap(one: Iterable[Pattern], other: Iterable[Pattern]) -> bool:
    """Whether something may be meant by patterns of both."""
    others = tuple(other)
    return any(all(_meet(a, b) for a, b in zip(x, y, strict=False)) for x in one for y in others)


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or bool(one & other)


class Coverage:
    """All that may change, as a tree: what is asked about a path costs its length, however many calls there were."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._tree: _Node = {}
        for each in set(patterns):
            nodes = [self._tree]
            for level in each:
                names: list[str | None] = [None] if level is None else [*level]
                nodes = [node.setdefault(name, {}) for node in nodes for name in names]
            for node in nodes:
                node[_END] = {}

    def uncovered(self, change: Change) -> Iterator[Change]:
        """Yield what of a change nothing allows: all of it, or parts of what came or went as a whole."""
        waiting = [change]
        while waiting:
            one = waiting.pop()
            nodes = self._below(one.path)
            if nodes is None:
                continue
            parts = list(one.parts()) if any(nodes) else []
            if parts:
                waiting += reversed(parts)
            else:
                yield one

    def _below(self, path: Path) -> list[_Node] | None:
        """Return where the tree goes on below a path; None where it allows the path itself."""
        nodes = [self._tree]
        for part in path:
            if any(_END in node for node in nodes):
                return None
            nodes = [node[key] for node in nodes for key in (None, part) if key in node]
        return None if any(_END in node for node in nodes) else nodes
