"""Which of the types a source names contain themselves."""

from collections.abc import Iterable, Iterator, Mapping


def recursive_names(graph: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the names that lie on a cycle of `graph` (name → the names it uses).

    Tarjan's strongly connected components, without recursion: sources nest deeper than Python's stack.
    """
    numbers: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    on_stack: set[str] = set()
    found: set[str] = set()

    def enter(name: str) -> tuple[str, Iterator[str]]:
        numbers[name] = low[name] = len(numbers)
        waiting.append(name)
        on_stack.add(name)
        return name, iter(list(graph[name]))

    for root in graph:
        path = [] if root in numbers else [enter(root)]
        while path:
            name, rest = path[-1]
            for used in rest:
                if used == name:
                    found.add(name)
                if used in graph and used not in numbers:
                    path.append(enter(used))
                    break
                if used in on_stack:
                    low[name] = min(low[name], numbers[used])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[name])
                if low[name] == numbers[name]:
                    group = waiting[waiting.index(name) :] if name != waiting[-1] else [name]
                    del waiting[-len(group) :]
                    on_stack.difference_update(group)
                    found.update(group if len(group) > 1 else ())
    return frozenset(found)
