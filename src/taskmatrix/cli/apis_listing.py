"""How APIs are listed: a row each, or an object each for programs."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from taskmatrix.api_platform import ApiRegistry
    from taskmatrix.core.documents import ApiDocument


def need_package(registry: "ApiRegistry", name: str) -> None:
    """Raise NotFoundError with the nearest names, or UsageError, for what is no package."""
    if registry.package(name) is None:
        registry.resolve(name)
        raise UsageError(f"{name!r} is an API, not a package", hint=f"taskmatrix apis show {name!r}")


def need_api(registry: "ApiRegistry", name: str) -> "ApiDocument":
    """Return the document of an API. Raises NotFoundError with the nearest names, UsageError for a package."""
    registry.resolve(name)
    document = registry.find(name)
    if document is None:
        raise UsageError(f"{name!r} is a package, not an API", hint=f"taskmatrix apis list --package {name!r}")
    return document


def summary(document: "ApiDocument") -> dict[str, object]:
    """Return what `--json` tells of an API in a list."""
    return {
        "api": document.id,
        "package": document.package,
        "name": document.name,
        "description": document.description,
        "effects": document.effects.kind,
    }


def first_sentence(text: str) -> str:
    """Return the first sentence of a description, on one line."""
    flat = " ".join(text.split())
    return flat.partition(". ")[0].rstrip(".")[:200]


def print_rows(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table on a terminal, and lines with tabs where a program may read them."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(visible(cell) for cell in row))
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for index in range(len(rows[0]) if rows else 0):
        table.add_column(style="bold" if index == 0 else None, overflow="fold" if index == 0 else "ellipsis")
    for row in rows:
        table.add_row(*(visible(cell) for cell in row))
    console().print(table)
