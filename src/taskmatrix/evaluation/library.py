"""A set's documents in a registry of their own, with the selector over them: what is measured is what users run."""

import logging
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from taskmatrix.api_platform import ApiRegistry
from taskmatrix.app.settings import read_settings
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import DocumentError, EncoderUnavailableError, EvaluationSetError
from taskmatrix.evaluation.remembering import RememberingEncoder
from taskmatrix.models.encoder import load_encoder
from taskmatrix.selector import ApiSelector
from taskmatrix.selector.retrieval import Progress
from taskmatrix.store import open_database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Library:
    """Documents that can be searched."""

    registry: ApiRegistry
    selector: ApiSelector


@contextmanager
def open_library(documents: Iterable[ApiDocument], progress: Progress | None = None) -> Generator[Library]:
    """Register documents in a folder that lasts as long as the block; of several of one name the first counts.

    Their vectors are there too; those of passages that were encoded for an earlier evaluation are read from
    `cache/vectors` in TaskMatrix's own folder. Raises EvaluationSetError for a document that cannot be registered.
    """
    with tempfile.TemporaryDirectory(prefix="taskmatrix-eval-") as folder:
        home = Path(folder)
        with open_database(None, home) as database:
            registry = ApiRegistry(database)
            try:
                registry.register_many(_first_of_each(documents))
            except DocumentError as error:
                raise EvaluationSetError(f"a document cannot be registered: {error}", hint=error.hint) from error
            selector = ApiSelector(registry, home, encoder=_encoder)
            try:
                _embed(selector, progress)
                yield Library(registry, selector)
            finally:
                selector.close()


@cache
def _encoder() -> RememberingEncoder:
    return RememberingEncoder(load_encoder(), read_settings().folder / "cache" / "vectors")


def _embed(selector: ApiSelector, progress: Progress | None) -> None:
    try:
        selector.embedding.catch_up(progress)
    except EncoderUnavailableError as error:
        logger.warning("measuring a search by words only: %s", error)


def _first_of_each(documents: Iterable[ApiDocument]) -> Iterable[ApiDocument]:
    seen: set[str] = set()
    for document in documents:
        if document.id not in seen:
            seen.add(document.id)
            yield document
