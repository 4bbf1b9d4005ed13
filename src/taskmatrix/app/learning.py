"""Teaching the embedded model: corrections from a file, over the APIs that are registered."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.app.models import learned_versions

if TYPE_CHECKING:
    from taskmatrix.app.taskmatrix import TaskMatrix
    from taskmatrix.core.documents import ApiDocument
    from taskmatrix.mcfm.embedded.learning.updating import Updated

MOST_MATES = 200
"""APIs of a package beside those that corrections call: to tell these from."""


def learn_from(tm: "TaskMatrix", file: Path, progress: Callable[[str], None] = lambda text: None) -> "Updated":
    """Teach the embedded model the corrections in a file; see `updating.update`.

    Raises UsageError with file and line, or where nothing in it can be learned from; StoreError.
    """
    from taskmatrix.mcfm.embedded.learning.examples import read_examples
    from taskmatrix.mcfm.embedded.learning.updating import update

    corrections = read_examples(file)
    versions = learned_versions(tm.home)
    earlier = versions.examples(versions.active)
    called = [api for example in (*corrections, *earlier) for api in example.apis]
    return update(versions, corrections, _documents(tm, called), progress=progress)


def _documents(tm: "TaskMatrix", apis: Iterable[str]) -> "dict[str, ApiDocument]":
    """The documents of these APIs and of others of their packages."""
    found: dict[str, ApiDocument] = {}
    for api in dict.fromkeys(apis):
        document = tm.registry.find(api)
        if document is not None:
            found[document.id] = document
    for package in {d.package for d in found.values()}:
        for document in tm.registry.documents(package)[:MOST_MATES]:
            found.setdefault(document.id, document)
    return found
