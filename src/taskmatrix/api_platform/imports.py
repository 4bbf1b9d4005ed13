"""Importing whatever a user names."""

from collections.abc import Iterator
from pathlib import Path

from taskmatrix.api_platform.importers.detect import Detected, detect
from taskmatrix.api_platform.importers.jsonl import import_jsonl
from taskmatrix.api_platform.importers.python import import_file, import_module
from taskmatrix.api_platform.importers.reports import ImportReport, Progress
from taskmatrix.api_platform.registry import ApiRegistry
from taskmatrix.api_platform.upkeep import restore


def import_apis(
    registry: ApiRegistry,
    source: str,
    *,
    package: str | None = None,
    skip_invalid: bool = False,
    on_progress: Progress | None = None,
) -> Iterator[ImportReport]:
    """Import a file, a folder, a module or an installed package; give one report for each file.

    Each file is imported as a whole or not at all. Raises ImportRefusedError, StoreError.
    """
    for found in detect(source):
        yield _import(registry, found, package, skip_invalid=skip_invalid, on_progress=on_progress)


def _import(
    registry: ApiRegistry, found: Detected, package: str | None, *, skip_invalid: bool, on_progress: Progress | None
) -> ImportReport:
    match found.kind:
        case "python-file":
            return import_file(registry, Path(found.value), package=package)
        case "module":
            return import_module(registry, found.value, root=found.root, package=package)
        case "package":
            return ImportReport(found.value, "package", restore(registry, found.value), (found.value,))
        case "jsonl":
            return import_jsonl(
                registry,
                Path(found.value),
                package=package,
                skip_invalid=skip_invalid,
                on_progress=on_progress,
            )
