"""Which documents the model sees: what the selector found, or a small registry whole."""

from dataclasses import replace

from taskmatrix.core.protocols import Registry, Selection

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


def nothing_found(selection: Selection) -> bool:
    """Whether the selector has no API for any step."""
    return len(selection.unmet) == len(selection.steps)
