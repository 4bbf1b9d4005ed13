"""Which documents the model sees: what the selector found, or a small registry whole."""

from collections.abc import Sequence
from dataclasses import replace

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Mcfm, Recalls, Registry, Request, Selection

SMALL_REGISTRY = 200
"""APIs. So many a model reads in one go, so words that no document holds need not be the end."""


def widen(selection: Selection, registry: Registry) -> Selection:
    """Return the selection with every document of a small registry, where some step has no API yet.

    The steps stay as they are: they say what the selector found.
    """
    if not selection.unmet or not 0 < registry.count() <= SMALL_REGISTRY:
        return selection
    near = (registry.find(api) for api in selection.nearest)
    offered = (*selection.documents, *(d for d in near if d is not None), *registry.documents())
    return replace(selection, documents=tuple({(d.package, d.name): d for d in offered}.values()))


def recalled(mcfm: Mcfm, request: Request, registry: Registry) -> list[ApiDocument]:
    """Return the registered APIs that the model has learned to call for such a request."""
    found = [registry.find(api) for api in mcfm.recall(request)] if isinstance(mcfm, Recalls) else []
    return [document for document in found if document is not None]


def with_recalled(selection: Selection, known: Sequence[ApiDocument]) -> Selection:
    """Return the selection with documents that are on offer whatever the search found, first."""
    return replace(selection, documents=tuple({d.id: d for d in (*known, *selection.documents)}.values()))


def nothing_found(selection: Selection) -> bool:
    """Whether the selector has no API for any step."""
    return len(selection.unmet) == len(selection.steps)
