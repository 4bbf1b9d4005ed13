"""What must come before an example: its API's composition rules say which calls, their own examples how."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from taskmatrix.api_platform.quality.calls import Example
from taskmatrix.api_platform.quality.examples import runnable
from taskmatrix.core.documents import ApiDocument

MOST_WAYS = 6
_DEEPEST = 4


def ways_to_set_up(
    document: ApiDocument, example: Example, siblings: Sequence[ApiDocument]
) -> Iterator[tuple[Example, ...]]:
    """Yield ways to fulfil the `before` rules of an API, as examples to run first: an empty one where it has none."""
    by_name = {d.name: d for d in (*siblings, document)}
    yield from islice(_ways(document, set(example.apis) - {document.name}, by_name, siblings, 0), MOST_WAYS)


def _ways(
    document: ApiDocument,
    done: set[str],
    by_name: Mapping[str, ApiDocument],
    siblings: Sequence[ApiDocument],
    depth: int,
) -> Iterator[tuple[Example, ...]]:
    open_rules = [
        rule.apis for rule in document.rules if rule.kind == "before" and not done & _names(rule.apis, document)
    ]
    if not open_rules:
        yield ()
        return
    if depth >= _DEEPEST:
        return
    for reference in open_rules[0]:
        before = by_name.get(document.resolve(reference).removeprefix(document.package + "."))
        examples = runnable(before, siblings)[:1] if before is not None and before.name != document.name else ()
        if before is None or not examples:
            continue
        for first in _ways(before, done, by_name, siblings, depth + 1):
            reached = done | {before.name} | {name for example in first for name in example.apis}
            for rest in _ways(document, reached, by_name, siblings, depth + 1):
                yield (*first, examples[0], *rest)


def _names(references: Sequence[str], document: ApiDocument) -> set[str]:
    return {document.resolve(reference).removeprefix(document.package + ".") for reference in references}
