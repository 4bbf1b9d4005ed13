"""Which documents the model sees: what the selector found, or a small registry whole."""

from collections.abc import Sequence
from dataclasses import replace

from taskmatrix.conversation.parts import Parts
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.protocols import Recalls, Registry, Request, Selection

SMALL_REGISTRY = 200
"""APIs. So many a model reads in one go, so words that no document holds need not be the end."""

_AT_HOME = ("entry-point", "python")
"""Kinds of sources whose APIs are functions of this machine."""


def widen(selection: Selection, registry: Registry, *, at_home: bool = False) -> Selection:
    """Return the selection with every document of a small registry, where some step has no API yet.

    The steps stay as they are: they say what the selector found. `at_home` leaves out what is called elsewhere: no
    word of the instruction speaks for it.
    """
    if not selection.unmet or not 0 < registry.count() <= SMALL_REGISTRY:
        return selection
    near = (registry.find(api) for api in selection.nearest)
    more = [*(d for d in near if d is not None), *registry.documents()]
    offered = (*selection.documents, *(d for d in more if not at_home or d.source.kind in _AT_HOME))
    return replace(selection, documents=tuple({(d.package, d.name): d for d in offered}.values()))


def recalled(request: Request, parts: Parts) -> list[ApiDocument]:
    """Return the registered APIs that the model has learned to call for such a request."""
    if not isinstance(parts.mcfm, Recalls):
        return []
    names = parts.mcfm.recall(request, lambda api: parts.registry.find(api) is not None)
    found = [parts.registry.find(api) for api in names]
    return [document for document in found if document is not None]


def pinned(apis: Sequence[str], registry: Registry) -> list[ApiDocument]:
    """Return what the user wants on offer: APIs, and all those of a package. Raises NotFoundError."""
    documents: list[ApiDocument] = []
    for api in apis:
        found = registry.find(api)
        of_package = () if found is not None else registry.documents(api)
        if found is None and not of_package:
            raise NotFoundError(
                f"there is no API or package {api!r}", hint="`taskmatrix apis list` shows what there is"
            )
        documents += [found] if found is not None else of_package
    return documents


def with_known(selection: Selection, known: Sequence[ApiDocument]) -> Selection:
    """Return the selection with documents that are on offer whatever the search found, first."""
    return replace(selection, documents=tuple({d.id: d for d in (*known, *selection.documents)}.values()))


def nothing_found(selection: Selection) -> bool:
    """Whether the selector has no API for any step."""
    return len(selection.unmet) == len(selection.steps)
