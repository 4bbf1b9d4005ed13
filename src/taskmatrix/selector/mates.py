"""APIs that must come along: what a document's composition instructions refer to."""

import re
from collections.abc import Iterator, Sequence

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Registry

MAX_MATES = 16
_NAMED = re.compile(r"`([^`\s][^`]*?)(?:\([^`]*)?`|([\w.]+)\(")


def find_mates(documents: Sequence[ApiDocument], registry: Registry, limit: int = MAX_MATES) -> list[ApiDocument]:
    """Return the APIs that these and their mates refer to and that are not among them, nearest first."""
    known = {(d.package, d.name) for d in documents}
    mates: list[ApiDocument] = []
    waiting = list(documents)
    while waiting and len(mates) < limit:
        document = waiting.pop(0)
        for mate in _referred(document, registry):
            if (mate.package, mate.name) not in known and len(mates) < limit:
                known.add((mate.package, mate.name))
                mates.append(mate)
                waiting.append(mate)
    return mates


def _referred(document: ApiDocument, registry: Registry) -> Iterator[ApiDocument]:
    listed = [name for rule in document.rules for name in rule.apis]
    listed += [quoted or called for quoted, called in _NAMED.findall(document.composition)]
    for name in dict.fromkeys(listed):
        found = registry.get(document.package, name) or registry.find(name)
        if found is None and name.isidentifier():
            found = registry.get(document.package, names.original(name))
        if found is not None:
            yield found
