"""What the catalogue gives out and takes: the rows of its tables as named things."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument

Judge = Callable[[ApiDocument, ApiDocument], str | None]
"""Given what is served and what is offered instead: why the change must wait for the operator, or None."""

Preference = Callable[[ApiDocument, ApiDocument], bool]
"""Given what is served and what a source offers that it is not from: whether the offer may take its place."""


Completion = Callable[[ApiDocument, ApiDocument], ApiDocument]
"""Given what is served and what its own source offers now: the offer, with what was added to it here meanwhile."""


@dataclass(frozen=True, slots=True)
class PutCounts:
    """What became of the documents that were put.

    `held` wait for the operator, `kept` are of another source and were left as they are.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    held: int = 0
    kept: int = 0

    def __add__(self, other: "PutCounts") -> "PutCounts":
        return PutCounts(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.held + other.held,
            self.kept + other.kept,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change feed; `document` is None for an API that was removed or is in quarantine.

    `owner` is the API's own or else its package's, empty where nobody in particular owns it. `confirmed` are the
    instructions that were confirmed for it, newest first.
    """

    number: int
    package: str
    name: str
    document: ApiDocument | None
    confirmed: tuple[str, ...] = ()
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An API as it is served now.

    `owner` is its own or else its package's, `source` the identity of where it was imported from, `quarantined`
    the reason why it is not offered.
    """

    document: ApiDocument
    revision: int
    owner: str | None
    digest: str
    source: str | None
    quarantined: str | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of a document; it never changes. Numbers go on where an API was removed and came back."""

    package: str
    name: str
    number: int
    digest: str
    at: datetime
    by: str
    document: ApiDocument


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A document that waits for the operator before it takes the place of the one that is served."""

    package: str
    name: str
    document: ApiDocument
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A name that was freed: who had it, since when it is free, and the last revision."""

    package: str
    name: str
    owner: str | None
    at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where APIs were imported from. `imported` and `apis` are set by the catalogue."""

    identity: str
    kind: str
    location: str
    options: Mapping[str, JsonValue]
    imported: datetime | None = None
    apis: int = 0
