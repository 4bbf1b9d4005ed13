"""The catalogue of API documents, with the change feed that indexes follow.

Every change gets the next number, given out inside the transaction that makes it: whoever has read the feed up
to a number has seen all that came before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Literal

from sqlalchemy import Connection, delete, update

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import NotFoundError, StaleVersionError
from taskmatrix.store import package_rows, pending, sources
from taskmatrix.store.changes import Terms, Writer
from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.counter import renumber
from taskmatrix.store.database import Database
from taskmatrix.store.prepared import PreparedDocument, prepare
from taskmatrix.store.reading import CatalogueReader
from taskmatrix.store.records import Completion, Entry, Judge, Preference, PutCounts, SourceRecord
from taskmatrix.store.tables import apis, packages
from taskmatrix.store.tables import sources as source_rows

BATCH = 2_000
"""Documents per transaction in `put_many`: other processes wait for one batch only."""

OPERATOR = "operator"
"""Who runs this registry: what belongs to no owner is the operator's."""

_MOST_REASON = 4_000


class Catalogue(CatalogueReader):
    """Reads and writes API documents. Reading, writing and removing one costs the same whatever the size.

    `skeleton` gives the form that package names share which look alike.
    """

    def __init__(self, database: Database, skeleton: Callable[[str], str] = str.casefold) -> None:
        super().__init__(database)
        self._skeleton = skeleton

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
        by: str = OPERATOR,
        owner: str | None = None,
        source: SourceRecord | None = None,
        whole: bool = True,
        judge: Judge | None = None,
        prefer: Preference | None = None,
        inherit: Preference | None = None,
        complete: Completion | None = None,
    ) -> PutCounts:
        """Put, remove (package → names) and describe packages, all in one transaction. Raises StoreError.

        `owner` gets the packages and APIs that are new. With a `source`, an API of another source, or of none, is
        replaced only if `prefer` says so (else it is counted as kept), or `inherit` of one that is older than
        sources; what the source brought before and does not put now is removed, unless it is not put as a `whole`.
        `complete` adds to an offer what was added here to the one before. A change for which `judge` gives a reason
        waits for the operator (counted as held). What is replaced or removed goes to the history. The size of `put`
        is not bounded by memory.
        """
        with self._database.write(durable=False) as connection:
            entered = None if source is None else sources.enter(connection, source)
            writer = Writer(
                connection, Terms(by, self._skeleton, owner, entered, whole, judge, prefer, inherit, complete)
            )
            for package in about:
                writer.describe(package)
            documents = iter(put)
            while batch := list(islice(documents, BATCH)):
                writer.put(batch)
            for name, gone in (remove or {}).items():
                writer.remove(name, gone)
            writer.remove_stale()
            counts = writer.finish()
            if entered is not None:
                if counts.removed:
                    package_rows.drop_empty(connection, entered.id)
                sources.finish(connection, entered.id)
            return counts

    def replace(self, document: ApiDocument, *, expected: int, by: str) -> Entry:
        """Replace the document of an API whose current revision is `expected`.

        Raises StaleVersionError if it is another, NotFoundError, DocumentError, StoreError.
        """
        prepared = prepare(document)
        with self._database.write(durable=False):
            served = self._existing(document.package, document.name)
            if served.revision != expected:
                raise StaleVersionError(
                    f"{document.id} is at revision {served.revision}, not {expected}",
                    hint="read it again, make your change to what it says now, and send that",
                )
            self.apply([prepared], by=by)
            return self._existing(document.package, document.name)

    def describe(self, package: Package, *, owner: str | None = None) -> None:
        """Keep what is said of a package; `owner` gets it if it is new. Raises DocumentError, StoreError."""
        self.apply((), about=[package], owner=owner)

    def remove(self, package: str, name: str) -> bool:
        """Remove one API; return whether it was there. Raises StoreError."""
        return holdable(package, name) and self.apply((), remove={package: [name]}).removed > 0

    def remove_package(self, package: str) -> int:
        """Remove a package and all its APIs; return how many. Raises StoreError."""
        if not holdable(package):
            return 0
        with self._database.write(durable=False) as connection:
            writer = self._writer(connection)
            writer.remove_where(apis.c.package == package)
            connection.execute(delete(packages).where(packages.c.name == package))
            return writer.finish().removed

    def remove_source(self, identity: str) -> int:
        """Forget a source and remove the APIs that are from it; return how many. Raises NotFoundError, StoreError."""
        with self._database.write(durable=False) as connection:
            found = sources.source_id(connection, identity) if holdable(identity) else None
            if found is None:
                raise NotFoundError(f"nothing was imported from {identity!r}")
            writer = self._writer(connection)
            writer.remove_where(apis.c.source_id == found)
            package_rows.drop_empty(connection, found)
            connection.execute(update(packages).where(packages.c.source_id == found).values(source_id=None))
            connection.execute(delete(source_rows).where(source_rows.c.id == found))
            return writer.finish().removed

    def take_pending(self, package: str, name: str, by: str) -> Entry:
        """Let a change that waits take the place of what is served. Raises NotFoundError, StoreError."""
        with self._database.write(durable=False) as connection:
            waiting = pending.find_waiting(connection, package, name) if holdable(package, name) else None
            if waiting is None:
                raise NotFoundError(f"no change of {f'{package}.{name}'!r} waits for an approval")
            source = None if waiting.source_id is None else sources.Entered(waiting.source_id, known=False)
            writer = Writer(connection, Terms(by, self._skeleton, source=source, prefer=_always))
            writer.put([waiting.document])
            writer.finish()
            return self._existing(package, name)

    def drop_pending(self, package: str, name: str) -> bool:
        """Drop a change that waits; return whether there was one. Raises StoreError."""
        if not holdable(package, name):
            return False
        with self._database.write(durable=False) as connection:
            return pending.drop_waiting(connection, package, name)

    def quarantine(self, package: str, name: str, reason: str | None) -> None:
        """Take an API out of what is offered, or offer it again (None). Raises NotFoundError, StoreError.

        The change feed tells of it as of a removed one; `get` and `find` still return it. A new document does not
        let it out.
        """
        with self._database.write(durable=False) as connection:
            before = self._existing(package, name).quarantined
            reason = None if reason is None else storable(reason, _MOST_REASON)
            if before != reason:
                writer = self._writer(connection)
                writer.quarantine(package, name, reason)
                writer.finish()

    def give(self, package: str, name: str | None, owner: str | None) -> None:
        """Give a whole package, or one API of it, to another owner.

        None gives a package to nobody in particular, and an API back to whom its package belongs. APIs of a
        package that have an owner of their own keep it. The feed tells of all whose owner changes. Raises
        NotFoundError, StoreError.
        """
        with self._database.write() as connection:
            if name is None:
                change = update(packages).where(packages.c.name == package)
                if not holdable(package) or not connection.execute(change.values(owner=owner)).rowcount:
                    raise NotFoundError(f"there is no package {package!r}")
                renumber(connection, package, apis.c.owner.is_(None))
                return
            self._existing(package, name)
            own = None if owner == self.package_owner(package) else owner
            change = update(apis).where(apis.c.package == package, apis.c.name == name)
            connection.execute(change.values(owner=own))
            renumber(connection, package, apis.c.name == name)

    def skeletons(self, skeleton: str) -> Sequence[str]:
        """Return the packages whose look-alike form is this one. Raises StoreError."""
        with self._database.read() as connection:
            lacking = package_rows.lacks_skeletons(connection)
        if lacking:
            with self._database.write(durable=False) as connection:
                package_rows.fill_skeletons(connection, self._skeleton)
        with self._database.read() as connection:
            return package_rows.list_skeletons(connection, skeleton) if holdable(skeleton) else []

    def _writer(self, connection: Connection) -> Writer:
        return Writer(connection, Terms(OPERATOR, self._skeleton))

    def _existing(self, package: str, name: str) -> Entry:
        found = self.entry(package, name)
        if found is None:
            raise NotFoundError(f"there is no API {f'{package}.{name}'!r}")
        return found


def _always(_served: ApiDocument, _offered: ApiDocument) -> bool:
    return True
