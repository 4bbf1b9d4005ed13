"""What the selector needs of the catalogue: documents by name, and the feed of changes that the index follows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Registry


class Change(Protocol):
    """One change: the document as it is now, or None for an API that is gone."""

    @property
    def number(self) -> int:
        """Return the number of the change; numbers grow."""
        ...

    @property
    def package(self) -> str:
        """Return the package of the API."""
        ...

    @property
    def name(self) -> str:
        """Return the name of the API."""
        ...

    @property
    def document(self) -> ApiDocument | None:
        """Return the document, None if it was removed."""
        ...

    @property
    def owner(self) -> str:
        """Return the owner of the API or else of its package, empty where nobody in particular owns it."""
        ...

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Return the instructions that were confirmed for the API, newest first."""
        ...


class Catalogue(Registry, Protocol):
    """A registry that tells what changed, and need not read out all of a large package."""

    def get_all(self, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], ApiDocument]:
        """Return the documents of those APIs (package, name) that are there, in one look-up."""
        ...

    def documents(self, package: str | None = None, *, limit: int | None = None) -> Sequence[ApiDocument]:
        """Return all documents, or those of one package, by package and name; at most `limit`."""
        ...

    def changes(self, since: int, limit: int = 1_000) -> Sequence[Change]:
        """Return the changes after number `since`, oldest first; of several to one API only the last."""
        ...

    def latest_change(self) -> int:
        """Return the number of the newest change, 0 before the first."""
        ...
