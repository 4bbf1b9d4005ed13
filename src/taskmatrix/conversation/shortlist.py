"""What a chat model is told of any number of APIs: so much that it fits, and the same whatever the number is."""

from collections.abc import Iterator
from dataclasses import replace

from taskmatrix.conversation.offering import SMALL_REGISTRY
from taskmatrix.core.documents import Package
from taskmatrix.core.protocols import Context, Registry, Selection, Selector
from taskmatrix.core.search import SearchFilter

MOST_PACKAGES = 6
"""As many as a prompt shows."""

SEARCHED = 24
"""APIs. Several of the best are often in one package."""

OFFERED = 36
"""APIs to select for a chat model: about as many as its prompt has room for."""

_OURS = SearchFilter(noted=False)
"""Lets all through. Nobody asked for it."""

LOOKED_BACK = 6
"""Turns whose packages an instruction such as "make them blue" may be about."""


def shortlist_packages(
    instruction: str, context: Context, selector: Selector, registry: Registry
) -> tuple[Package, ...]:
    """Return at most `MOST_PACKAGES` packages: those called lately, then those of the closest APIs, best first.

    Of a small registry others follow. What is read does not depend on the size of the registry.
    """
    named = dict.fromkeys(_called(context, registry))
    found = selector.search(instruction, limit=SEARCHED, where=_OURS)
    named |= dict.fromkeys(match.document.package for match in found)
    if len(named) < MOST_PACKAGES and registry.count() <= SMALL_REGISTRY:
        named |= dict.fromkeys(package.name for package in registry.packages())
    packages = (registry.package(name) for name in list(named)[:MOST_PACKAGES])
    return tuple(package for package in packages if package is not None)


def with_small_registry(selection: Selection, registry: Registry) -> Selection:
    """Return the selection with every document of a small registry, behind what was found.

    The prompt shows what fits of them. So it is as long as in a large registry, where more is found; and where all
    of a registry fits, it is the same for every instruction, and a provider's cache holds.
    """
    if len(selection.documents) > SMALL_REGISTRY or not 0 < registry.count() <= SMALL_REGISTRY:
        return selection
    offered = (*selection.documents, *registry.documents())
    return replace(selection, documents=tuple({(d.package, d.name): d for d in offered}.values()))


def _called(context: Context, registry: Registry) -> Iterator[str]:
    apis = dict.fromkeys(call.api for turn in reversed(context.turns[-LOOKED_BACK:]) for call in turn.calls)
    for api in list(apis)[:SEARCHED]:
        document = registry.find(api)
        if document is not None:
            yield document.package
