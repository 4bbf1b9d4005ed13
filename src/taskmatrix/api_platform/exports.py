"""Writing APIs in the interchange format: one document a line, as `taskmatrix apis import` reads it."""

import json
from collections.abc import Iterator, Sequence

from taskmatrix.api_platform.registry import ApiRegistry
from taskmatrix.core.documents import ApiDocument

PAGE = 500
_HERE_ONLY = {"python": ("path", "root"), "entry-point": ()}
"""Sources that are code on this machine, and what in them says where it lies."""


def export_lines(registry: ApiRegistry, packages: Sequence[str] = ()) -> Iterator[str]:
    """Give the documents of some packages, or of all, as JSON texts without line breaks, by package and name.

    Paths of this machine are left out. Reads in pages, so memory stays bounded. Raises StoreError.
    """
    for name in packages or [package.name for package in registry.packages()]:
        after = ""
        while page := registry.documents(name, limit=PAGE, after=after, served=False):
            for document in page:
                yield json.dumps(_portable(document), ensure_ascii=False)
            after = page[-1].name


def _portable(document: ApiDocument) -> dict[str, object]:
    data: dict[str, object] = document.to_json()
    private = _HERE_ONLY.get(document.source.kind)
    if private is not None:
        extra = document.source.model_extra or {}
        data["source"] = {"kind": document.source.kind, **{k: v for k, v in extra.items() if k not in private}}
    return data
