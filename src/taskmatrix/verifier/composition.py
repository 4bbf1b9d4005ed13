"""Composition rules over all paths of a program (§2.3: composition instructions, written by API owners)."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from taskmatrix.core.documents import ApiDocument, CompositionRule
from taskmatrix.core.programs import Finding, Severity
from taskmatrix.verifier.paths import EdgeKind, Graph, Site

# Which edges count. An error needs a path made of the program's own choices; a path past an empty loop, or
# through the handling of an error, is worth a warning.
_CHOSEN: Mapping[str, frozenset[EdgeKind]] = {
    "before": frozenset(("zero", "raised")),
    "after": frozenset(("zero", "raised", "caught")),
    "once": frozenset(("zero", "raised", "caught")),
}
_ALL: Mapping[str, frozenset[EdgeKind]] = {
    "before": frozenset(),
    "after": frozenset(("caught",)),
    "once": frozenset(("caught",)),
}
_UNLIKELY = " when a loop has no items or an error is handled"


def check_order(graph: Graph, before: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield a finding for each call that breaks a `before`, `after` or `once` rule of its document.

    `before` are the APIs that were called before the program starts, in order.
    """
    seen: set[tuple[str, str, int, int]] = set()
    for severity, ignoring in _TIERS:
        tier = _Tier(graph, ignoring, before)
        for number, site, rule in _ruled(graph):
            key = (rule.model_dump_json(), site.document.id, site.line, site.column)
            if key in seen or not tier.breaks(number, site, rule):
                continue
            seen.add(key)
            yield _finding(site, rule, severity)


_TIERS: tuple[tuple[Severity, Mapping[str, frozenset[EdgeKind]]], ...] = (("error", _CHOSEN), ("warning", _ALL))


def wanted(document: ApiDocument, rule: CompositionRule) -> frozenset[str]:
    """Return the ids a rule's names may mean: `name` of the same package, or a full `package.name`."""
    return resolved(document, rule.apis)


def resolved(document: ApiDocument, apis: Sequence[str]) -> frozenset[str]:
    """Return the ids that names in a document's rules may mean."""
    return frozenset(name for api in apis for name in (api, document.resolve(api)))


def shown(apis: Sequence[str]) -> str:
    """Return names in a rule as a phrase: `a`, `b` or `c`."""
    names = [f"`{api}`" for api in apis]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


class _Tier:
    """One reading of the paths: which of the edges count."""

    def __init__(self, graph: Graph, ignoring: Mapping[str, frozenset[EdgeKind]], called: Sequence[str]) -> None:
        self._graph = graph
        self._called = called
        self._earlier = graph.predecessors(ignoring["before"])
        self._later = graph.successors(ignoring["after"])
        self._next = graph.successors(ignoring["once"])
        self._known: dict[tuple[str, frozenset[str], frozenset[str]], Sequence[bool | None]] = {}

    def breaks(self, number: int, site: Site, rule: CompositionRule) -> bool:
        """Whether the call at a node breaks a rule on some path."""
        if rule.kind == "once":
            return self._comes_again(number, site)
        names, ends = wanted(site.document, rule), resolved(site.document, rule.until)
        key = (rule.kind, names, ends)
        if key not in self._known:
            before = rule.kind == "before"
            neighbours = self._earlier if before else self._later
            begun = before and self._is_in_force(names, ends)
            self._known[key] = _certain(self._graph, neighbours, names, ends, start=0 if before else 1, begun=begun)
        return self._known[key][number] is False

    def _is_in_force(self, names: frozenset[str], ends: frozenset[str]) -> bool:
        """Whether one of the APIs was called before the program starts, and none of `ends` since."""
        last = next((api for api in reversed(self._called) if api in names or api in ends), None)
        return last in names

    def _comes_again(self, number: int, site: Site) -> bool:
        reached, todo = set[int](), list(self._next[number])
        while todo:
            node = todo.pop()
            if node in reached:
                continue
            reached.add(node)
            other = self._graph.sites[node]
            if other is not None and other.document.id == site.document.id:
                return True
            todo += self._next[node]
        return False


def _certain(
    graph: Graph,
    neighbours: Mapping[int, list[int]],
    names: frozenset[str],
    ends: frozenset[str],
    *,
    start: int,
    begun: bool,
) -> Sequence[bool | None]:
    """Return for each node whether one of the APIs is called on every path between `start` and it.

    A call of one of `ends` undoes what was called farther from the node. `neighbours` are the nodes one step nearer
    to the start, where it is so already if `begun`. None stands for a node to which no path leads.
    """
    found: list[bool | None] = [None] * len(graph.sites)
    found[start] = begun
    told = [_effect_on(site, names, ends) for site in graph.sites]
    order = range(len(found)) if start == 0 else range(len(found) - 1, -1, -1)
    changed = True
    while changed:
        changed = False
        for node in order:
            ways = [
                known if (said := told[n]) is None else said
                for n in neighbours[node]
                if (known := found[n]) is not None
            ]
            value = all(ways) if ways else None
            if node != start and value != found[node]:
                found[node], changed = value, True
    return found


def _effect_on(site: Site | None, names: frozenset[str], ends: frozenset[str]) -> bool | None:
    """Return whether a call fulfils a rule or ends that; None where it does neither."""
    if site is not None and site.document.id in names:
        return True
    return False if site is not None and site.document.id in ends else None


def _ruled(graph: Graph) -> Iterator[tuple[int, Site, CompositionRule]]:
    for number, site in enumerate(graph.sites):
        for rule in site.document.rules if site is not None else ():
            if site is not None and (rule.kind == "once" or (rule.kind in ("before", "after") and rule.apis)):
                yield number, site, rule


_MESSAGES: Mapping[str, Callable[[str, str], str]] = {
    "before": lambda api, others: f"`{api}` needs a call of {others} before it",
    "after": lambda api, others: f"`{api}` needs a call of {others} after it",
    "once": lambda api, _: f"`{api}` may be called once in a run, and this calls it again",
}


def _finding(site: Site, rule: CompositionRule, severity: Severity) -> Finding:
    others = shown(rule.apis) if rule.apis else ""
    message = _MESSAGES[rule.kind](site.document.id, others)
    if rule.until:
        message += f", {'after the last' if rule.kind == 'before' else 'before the next'} {shown(rule.until)}"
    return Finding(
        rule=f"composition-{rule.kind}",
        message=message + (_UNLIKELY if severity == "warning" else ""),
        line=site.line,
        column=site.column,
        severity=severity,
        hint=site.document.composition,
    )
