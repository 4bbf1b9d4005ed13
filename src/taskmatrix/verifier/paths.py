"""The paths a program may take, as a graph of its API calls.

Functions are laid out at each of their calls, so a call site may stand in the graph more than once. Edges
carry how likely it is that they are taken: `sure` edges follow the program's own choices; `zero` goes past a
loop without items; `raised` leads from a call that may fail into the code that handles it; `caught` enters the
same code as if the protected part had run.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from taskmatrix.core.documents import ApiDocument

EdgeKind = Literal["sure", "zero", "raised", "caught"]
MAX_NODES = 5_000


class TooManyPathsError(Exception):
    """The program calls its functions in so many ways that laying them out takes too long."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between two nodes, by their numbers."""

    source: int
    target: int
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Exit:
    """A loose end: the next node will be joined to it."""

    node: int
    kind: EdgeKind = "sure"

    def turned(self, kind: EdgeKind) -> "Exit":
        """Return the same end leaving in a less certain way."""
        return Exit(self.node, kind if self.kind == "sure" else self.kind)


@dataclass(frozen=True, slots=True)
class Site:
    """A call of an API in the program's text; `call` is None where the API is handed on as a value."""

    document: ApiDocument
    line: int
    column: int
    call: ast.Call | None


@dataclass(slots=True)
class Graph:
    """Nodes (API calls, or None for joints) and edges. Node 0 is the start, node 1 the end of the program."""

    sites: list[Site | None] = field(default_factory=lambda: [None, None])
    edges: list[Edge] = field(default_factory=list[Edge])

    def add(self, site: Site | None, sources: list[Exit]) -> int:
        """Add a node after some loose ends; return its number. Raises TooManyPathsError."""
        if len(self.sites) >= MAX_NODES:
            raise TooManyPathsError
        number = len(self.sites)
        self.sites.append(site)
        self.join(number, sources)
        return number

    def join(self, target: int, sources: list[Exit]) -> None:
        """Lead loose ends to a node that is there already."""
        self.edges += [Edge(e.node, target, e.kind) for e in dict.fromkeys(sources)]

    def successors(self, ignoring: frozenset[EdgeKind]) -> Mapping[int, list[int]]:
        """Return each node's successors, without the edges of some kinds."""
        found: dict[int, list[int]] = {n: [] for n in range(len(self.sites))}
        for edge in self.edges:
            if edge.kind not in ignoring:
                found[edge.source].append(edge.target)
        return found

    def predecessors(self, ignoring: frozenset[EdgeKind]) -> Mapping[int, list[int]]:
        """Return each node's predecessors, without the edges of some kinds."""
        found: dict[int, list[int]] = {n: [] for n in range(len(self.sites))}
        for edge in self.edges:
            if edge.kind not in ignoring:
                found[edge.target].append(edge.source)
        return found
