"""The catalogue of API documents, with the change feed that indexes follow.

Every change gets the next number, given out inside the transaction that makes it: whoever has read the feed up
to a number has seen all that came before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pydantic import ValidationError
from sqlalchemy import Select, delete, func, select

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import StoreError
from taskmatrix.store.changes import PreparedDocument, PutCounts, Writer, prepare
from taskmatrix.store.database import Database
from taskmatrix.store.tables import apis, packages, removed

BATCH = 2_000
"""Documents per transaction in `put_many`: other processes wait for one batch only."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change feed; `document` is None for an API that was removed."""

    number: int
    package: str
    name: str
    document: ApiDocument | None


class Catalogue:
    """Reads and writes API documents. Reading one costs the same whatever the size."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, package: str, name: str) -> ApiDocument | None:
        """Return the document of one API, or None."""
        return self._one(select(apis.c.document).where(apis.c.package == package, apis.c.name == name))

    def find(self, api: str) -> ApiDocument | None:
        """Return the document printed as `api` (`package.name`), or None.

        Both parts may hold dots: of two APIs printed alike, the one with the shorter package is meant.
        """
        found = select(apis.c.document).where(apis.c.id == api).order_by(func.length(apis.c.package)).limit(1)
        return self._one(found)

    def documents(
        self, package: str | None = None, *, limit: int | None = None, after: str = ""
    ) -> Sequence[ApiDocument]:
        """Return documents by package and name; `after` goes on within one package after that name."""
        wanted = select(apis.c.document).order_by(apis.c.package, apis.c.name).limit(limit)
        if package is not None:
            wanted = wanted.where(apis.c.package == package, apis.c.name > after)
        with self._database.read() as connection:
            return [_document(text) for text in connection.execute(wanted).scalars()]

    def digests(self, package: str) -> Mapping[str, str]:
        """Return name → digest of the APIs of one package."""
        wanted = select(apis.c.name, apis.c.digest).where(apis.c.package == package)
        with self._database.read() as connection:
            return {row.name: row.digest for row in connection.execute(wanted)}

    def names(self, containing: str = "", *, limit: int = 1_000) -> Sequence[str]:
        """Return the `package.name` of APIs that contain a text, in any case, in no order."""
        wanted = select(apis.c.id).limit(limit)
        if containing:
            wanted = wanted.where(apis.c.id.icontains(containing, autoescape=True))
        with self._database.read() as connection:
            return [row.id for row in connection.execute(wanted)]

    def package(self, name: str) -> Package | None:
        """Return what is known of a package, or None."""
        with self._database.read() as connection:
            text = connection.execute(select(packages.c.document).where(packages.c.name == name)).scalar()
        return None if text is None else Package.model_validate_json(text)

    def packages(self) -> Sequence[Package]:
        """Return all packages, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(packages.c.document).order_by(packages.c.name))
            return [Package.model_validate_json(row.document) for row in rows]

    def count(self, package: str | None = None) -> int:
        """Return how many APIs there are, in all or in one package."""
        wanted = select(func.count()).select_from(apis)
        if package is not None:
            wanted = wanted.where(apis.c.package == package)
        with self._database.read() as connection:
            return connection.execute(wanted).scalar_one()

    def put(self, document: ApiDocument) -> Literal["added", "updated", "unchanged"]:
        """Add or replace one document. Raises DocumentError, StoreError."""
        counts = self.apply([prepare(document)])
        return "added" if counts.added else "updated" if counts.updated else "unchanged"

    def put_many(self, documents: Iterable[ApiDocument]) -> PutCounts:
        """Add or replace documents, one transaction for every `BATCH` of them. Raises DocumentError, StoreError."""
        counts = PutCounts()
        prepared = (prepare(document) for document in documents)
        while batch := list(islice(prepared, BATCH)):
            counts += self.apply(batch)
        return counts

    def apply(
        self,
        put: Iterable[PreparedDocument],
        *,
        remove: Mapping[str, Iterable[str]] | None = None,
        about: Iterable[Package] = (),
    ) -> PutCounts:
        """Put, remove (package → names) and describe packages, all in one transaction. Raises StoreError."""
        with self._database.write(durable=False) as connection:
            writer = Writer(connection)
            for package in about:
                writer.describe(package)
            documents = iter(put)
            while batch := list(islice(documents, BATCH)):
                writer.put(batch)
            for name, gone in (remove or {}).items():
                writer.remove(name, gone)
            return writer.finish()

    def describe(self, package: Package) -> None:
        """Keep what is said of a package. Raises StoreError."""
        self.apply((), about=[package])

    def remove(self, package: str, name: str) -> bool:
        """Remove one API; return whether it was there. Raises StoreError."""
        return self.apply((), remove={package: [name]}).removed > 0

    def remove_package(self, package: str) -> int:
        """Remove a package and all its APIs; return how many. Raises StoreError."""
        with self._database.write(durable=False) as connection:
            writer = Writer(connection)
            writer.remove(package, connection.execute(select(apis.c.name).where(apis.c.package == package)).scalars())
            connection.execute(delete(packages).where(packages.c.name == package))
            return writer.finish().removed

    def changes(self, since: int, limit: int = 1_000) -> Sequence[Change]:
        """Return the changes after number `since`, oldest first; of several to one API only the last."""
        put = select(apis).where(apis.c.change > since).order_by(apis.c.change).limit(limit)
        gone = select(removed).where(removed.c.change > since).order_by(removed.c.change).limit(limit)
        with self._database.read() as connection:
            found = [Change(r.change, r.package, r.name, _document(r.document)) for r in connection.execute(put)]
            found += [Change(r.change, r.package, r.name, None) for r in connection.execute(gone)]
        return sorted(found, key=lambda change: change.number)[:limit]

    def latest_change(self) -> int:
        """Return the number of the newest change, 0 before the first."""
        with self._database.read() as connection:
            return Writer.latest(connection)

    def _one(self, wanted: Select[str]) -> ApiDocument | None:
        with self._database.read() as connection:
            text = connection.execute(wanted).scalar()
        return None if text is None else _document(text)


def _document(text: str) -> ApiDocument:
    try:
        return ApiDocument.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(
            f"a stored document cannot be read: {text[:80]!r}", hint="remove that API and import it again"
        ) from error
