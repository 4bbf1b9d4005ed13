"""A set's documents in a registry of their own, with the selector over them: what is measured is what users run."""

import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskmatrix.api_platform import ApiRegistry
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import DocumentError, EvaluationSetError
from taskmatrix.selector import ApiSelector
from taskmatrix.store import open_database


@dataclass(frozen=True, slots=True)
class Library:
    """Documents that can be searched."""

    registry: ApiRegistry
    selector: ApiSelector


@contextmanager
def open_library(documents: Iterable[ApiDocument]) -> Generator[Library]:
    """Register documents in a folder that lasts as long as the block; of several of one name the first counts.

    Raises EvaluationSetError for a document that cannot be registered.
    """
    with tempfile.TemporaryDirectory(prefix="taskmatrix-eval-") as folder:
        home = Path(folder)
        with open_database(None, home) as database:
            registry = ApiRegistry(database)
            try:
                registry.register_many(_first_of_each(documents))
            except DocumentError as error:
                raise EvaluationSetError(f"a document cannot be registered: {error}", hint=error.hint) from error
            selector = ApiSelector(registry, home)
            try:
                yield Library(registry, selector)
            finally:
                selector.close()


def _first_of_each(documents: Iterable[ApiDocument]) -> Iterable[ApiDocument]:
    seen: set[str] = set()
    for document in documents:
        if document.id not in seen:
            seen.add(document.id)
            yield document
