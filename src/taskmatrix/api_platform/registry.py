"""`ApiRegistry`: the API platform's catalogue, where APIs are looked up, registered, updated and removed."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError, NotFoundError
from taskmatrix.store import Catalogue, Change, Database, PreparedDocument, PutCounts

LONGEST_NAME = 1_000
"""Characters a package or an API name may have."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Registration:
    """What registering one document did."""

    api: str
    outcome: Literal["added", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed: one API, or a package with all of its APIs."""

    name: str
    kind: Literal["api", "package"]
    apis: int


class ApiRegistry:
    """Implements `core.protocols.Registry` over the database, and its writing side."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._catalogue = Catalogue(database)

    def get(self, package: str, name: str) -> ApiDocument | None:
        """Return the document of one API, or None."""
        return self._catalogue.get(package, name)

    def find(self, api: str) -> ApiDocument | None:
        """Return the document printed as `api` (`package.name`; either part may hold dots), or None."""
        return self._catalogue.find(api)

    def package(self, name: str) -> Package | None:
        """Return what is known of a package, or None."""
        return self._catalogue.package(name)

    def packages(self) -> Sequence[Package]:
        """Return all packages, by name."""
        return self._catalogue.packages()

    def documents(
        self, package: str | None = None, *, limit: int | None = None, after: str = ""
    ) -> Sequence[ApiDocument]:
        """Return documents by package and name; `after` goes on within one package after that name."""
        return self._catalogue.documents(package, limit=limit, after=after)

    def digests(self, package: str) -> Mapping[str, str]:
        """Return name → digest of the APIs of one package."""
        return self._catalogue.digests(package)

    def count(self, package: str | None = None) -> int:
        """Return how many APIs are registered, in all or in one package."""
        return self._catalogue.count(package)

    def changes(self, since: int, limit: int = 1_000) -> Sequence[Change]:
        """Return the changes after number `since`, oldest first: what an index follows."""
        return self._catalogue.changes(since, limit)

    def latest_change(self) -> int:
        """Return the number of the newest change."""
        return self._catalogue.latest_change()

    def register(self, document: ApiDocument) -> Registration:
        """Add an API, or update the one with its name. Raises DocumentError, StoreError."""
        return Registration(document.id, self._catalogue.put(checked(document)))

    def register_many(self, documents: Iterable[ApiDocument]) -> PutCounts:
        """Register documents in batches. Raises DocumentError, StoreError; earlier batches stay."""
        return self._catalogue.put_many(checked(document) for document in documents)

    def apply(
        self,
        put: Iterable[PreparedDocument],
        *,
        remove: Mapping[str, Iterable[str]] | None = None,
        about: Iterable[Package] = (),
    ) -> PutCounts:
        """Put prepared documents, remove others (package → names), describe packages: all or nothing.

        `put` may be a stream; it is `prepare(checked(document))`, done outside the transaction. Raises StoreError.
        """
        return self._catalogue.apply(put, remove=remove, about=about)

    def resolve(self, name: str) -> Literal["api", "package"]:
        """Say what a name stands for. Raises NotFoundError with the nearest names."""
        if self._catalogue.find(name) is not None:
            return "api"
        if self._catalogue.package(name) is not None:
            return "package"
        near = self.nearest(name)
        hint = (
            f"the nearest names are {', '.join(near)}" if near else "taskmatrix apis search finds APIs by what they do"
        )
        raise NotFoundError(f"there is no API or package {name!r}", hint=hint)

    def remove(self, name: str) -> Removal:
        """Remove an API (`package.name`), or a package with all its APIs. Raises NotFoundError, StoreError."""
        if self.resolve(name) == "package":
            return Removal(name, "package", self._catalogue.remove_package(name))
        document = self._catalogue.find(name)
        if document is not None:
            self._catalogue.remove(document.package, document.name)
        return Removal(name, "api", 1)

    def nearest(self, name: str, limit: int = 3) -> Sequence[str]:
        """Return the names of APIs and packages that look most like `name`, best first."""
        parts = sorted({word for word in names.words(name) if len(word) > 2}, key=len, reverse=True)[:4]
        # Comparing with a whole catalogue would take seconds: names that share a piece of a word come first.
        pieces = dict.fromkeys([*parts, *(part[:3] for part in parts), *(part[-3:] for part in parts)])
        candidates = {found for piece in pieces for found in self._catalogue.names(piece, limit=400)}
        candidates |= set(self._catalogue.names(limit=400)) | {p.name for p in self._catalogue.packages()}
        by_form: dict[str, str] = {}
        for candidate in sorted(candidates):
            by_form.setdefault(candidate.casefold(), candidate)
        close = difflib.get_close_matches(name.casefold()[:LONGEST_NAME], by_form, n=limit, cutoff=0.6)
        return [by_form[form] for form in close]


def checked(document: ApiDocument) -> ApiDocument:
    """Return a document whose names can be printed on one line. Raises DocumentError for any other."""
    for path, name in (("package", document.package), ("name", document.name)):
        if len(name) > LONGEST_NAME:
            raise DocumentError(
                f"{path}: {name[:40]!r} … has {len(name)} characters",
                path=path,
                hint=f"a name has at most {LONGEST_NAME}",
            )
        if not name.strip() or _CONTROL.search(name):
            raise DocumentError(
                f"{path}: {name!r} is blank or holds a control character", path=path, hint="use a name of one line"
            )
    return document
