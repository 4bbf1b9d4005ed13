"""The reading side of the catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from sqlalchemy import Select, bindparam, func, select

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.store import history, pending, sources
from taskmatrix.store.characters import holdable
from taskmatrix.store.confirmed import confirmed_between
from taskmatrix.store.counter import latest_change
from taskmatrix.store.database import Database
from taskmatrix.store.prepared import LONGEST_IDENTITY, read_document
from taskmatrix.store.records import Change, Entry, PendingChange, Revision, SourceRecord, Tombstone
from taskmatrix.store.tables import KEYS_AT_ONCE, apis, packages, removed

_BY_IDS = select(apis.c.package, apis.c.name, apis.c.document).where(apis.c.id.in_(bindparam("ids", expanding=True)))
_ENTRY = """
    SELECT apis.document, apis.revision, coalesce(apis.owner, packages.owner), apis.digest, sources.identity,
        apis.quarantined
    FROM apis LEFT JOIN packages ON packages.name = apis.package LEFT JOIN sources ON sources.id = apis.source_id
    WHERE apis.package = :package AND apis.name = :name
"""


class CatalogueReader:
    """Reads API documents. Reading one costs the same whatever the size."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, package: str, name: str) -> ApiDocument | None:
        """Return the document of one API, also of one in quarantine, or None."""
        if not holdable(package, name):
            return None
        return self._one(select(apis.c.document).where(apis.c.package == package, apis.c.name == name))

    def get_all(self, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], ApiDocument]:
        """Return the documents of those APIs (package, name) that are there, in one look-up."""
        wanted = [key for key in keys if holdable(*key)]
        found: dict[tuple[str, str], ApiDocument] = {}
        # Asked by `id`, since SQLite scans the whole table for pairs. Others printed alike are left out again.
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            part = set(wanted[start : start + KEYS_AT_ONCE])
            ids = [f"{package}.{name}" for package, name in part]
            with self._database.read() as connection:
                for row in connection.execute(_BY_IDS, {"ids": ids}):
                    if (row.package, row.name) in part:
                        found[row.package, row.name] = read_document(row.document)
        return found

    def find(self, api: str) -> ApiDocument | None:
        """Return the document printed as `api` (`package.name`), also of one in quarantine, or None.

        Both parts may hold dots: of two APIs printed alike, the one with the shorter package is meant.
        """
        if not holdable(api):
            return None
        found = select(apis.c.document).where(apis.c.id == api).order_by(func.length(apis.c.package)).limit(1)
        return self._one(found)

    def entry(self, package: str, name: str) -> Entry | None:
        """Return an API with what is kept beside its document, or None."""
        if not holdable(package, name):
            return None
        found = self._database.rows(_ENTRY, {"package": package, "name": name})
        if not found:
            return None
        row = cast("tuple[str, int, str | None, str, str | None, str | None]", found[0])
        return Entry(read_document(row[0]), *row[1:])

    def documents(
        self, package: str | None = None, *, limit: int | None = None, after: str = "", served: bool = False
    ) -> Sequence[ApiDocument]:
        """Return documents by package and name; `after` goes on within one package after that name.

        `served` leaves out those in quarantine.
        """
        wanted = select(apis.c.document).order_by(apis.c.package, apis.c.name).limit(limit)
        if package is not None:
            if not holdable(package, after):
                return []
            wanted = wanted.where(apis.c.package == package, apis.c.name > after)
        if served:
            wanted = wanted.where(apis.c.quarantined.is_(None))
        with self._database.read() as connection:
            return [read_document(text) for text in connection.execute(wanted).scalars()]

    def digests(self, package: str) -> Mapping[str, str]:
        """Return name → digest of the APIs of one package."""
        if not holdable(package):
            return {}
        wanted = select(apis.c.name, apis.c.digest).where(apis.c.package == package)
        with self._database.read() as connection:
            return {row.name: row.digest for row in connection.execute(wanted)}

    def names(self, containing: str = "", *, limit: int = 1_000) -> Sequence[str]:
        """Return the `package.name` of APIs that contain a text, in any case, in no order."""
        # SQLite refuses to look for what is longer than 50,000 bytes.
        if not holdable(containing) or len(containing) > LONGEST_IDENTITY:
            return []
        wanted = select(apis.c.id).limit(limit)
        if containing:
            wanted = wanted.where(apis.c.id.icontains(containing, autoescape=True))
        with self._database.read() as connection:
            return [row.id for row in connection.execute(wanted)]

    def package(self, name: str) -> Package | None:
        """Return what is known of a package, or None."""
        if not holdable(name):
            return None
        found = self._database.rows("SELECT document FROM packages WHERE name = :name", {"name": name})
        return Package.model_validate_json(str(found[0][0])) if found else None

    def package_owner(self, name: str) -> str | None:
        """Return who owns a package; None for a package of nobody in particular, or none."""
        if not holdable(name):
            return None
        with self._database.read() as connection:
            return connection.execute(select(packages.c.owner).where(packages.c.name == name)).scalar()

    def packages(self) -> Sequence[Package]:
        """Return all packages, by name."""
        with self._database.read() as connection:
            rows = connection.execute(select(packages.c.document).order_by(packages.c.name))
            return [Package.model_validate_json(row.document) for row in rows]

    def count(self, package: str | None = None, *, served: bool = False) -> int:
        """Return how many APIs there are, in all or in one package; `served` leaves out those in quarantine."""
        if package is not None and not holdable(package):
            return 0
        wanted = select(func.count()).select_from(apis)
        if package is not None:
            wanted = wanted.where(apis.c.package == package)
        with self._database.read() as connection:
            found = connection.execute(wanted).scalar_one()
            # Asked the other way round, since few are in quarantine and those have an index.
            hidden = connection.execute(wanted.where(apis.c.quarantined.is_not(None))).scalar_one() if served else 0
        return found - hidden

    def changes(self, since: int, limit: int = 1_000) -> Sequence[Change]:
        """Return the changes after number `since`, oldest first; of several to one API only the last."""
        owner = func.coalesce(apis.c.owner, packages.c.owner).label("owner")
        columns = (apis.c.change, apis.c.package, apis.c.name, apis.c.document, apis.c.quarantined, owner)
        put = select(*columns).join_from(apis, packages, packages.c.name == apis.c.package, isouter=True)
        put = put.where(apis.c.change > since).order_by(apis.c.change).limit(limit)
        columns = (removed.c.change, removed.c.package, removed.c.name)
        gone = select(*columns).where(removed.c.change > since).order_by(removed.c.change).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(put).all()
            said = confirmed_between(connection, since + 1, rows[-1].change if rows else since)
            found = [
                Change(
                    number=r.change,
                    package=r.package,
                    name=r.name,
                    document=None if r.quarantined is not None else read_document(r.document),
                    confirmed=said.get((r.package, r.name), ()),
                    owner=r.owner or "",
                )
                for r in rows
            ]
            found += [Change(r.change, r.package, r.name, None) for r in connection.execute(gone)]
        return sorted(found, key=lambda change: change.number)[:limit]

    def latest_change(self) -> int:
        """Return the number of the newest change, 0 before the first."""
        with self._database.read() as connection:
            return latest_change(connection)

    def history(self, package: str, name: str) -> Sequence[Revision]:
        """Return all versions of one API, oldest first; the last one is served, if the API is there."""
        if not holdable(package, name):
            return []
        with self._database.read() as connection:
            return history.list_revisions(connection, package, name)

    def revision(self, package: str, name: str, number: int) -> ApiDocument | None:
        """Return one version of an API, also of one that was removed, or None."""
        if not holdable(package, name):
            return None
        with self._database.read() as connection:
            return history.find_revision(connection, package, name, number)

    def at_digest(self, package: str, name: str, digest: str) -> ApiDocument | None:
        """Return the version that has this digest, also of an API that was removed, or None: what a run pinned."""
        if not holdable(package, name, digest):
            return None
        with self._database.read() as connection:
            return history.find_digest(connection, package, name, digest)

    def tombstone(self, package: str, name: str) -> Tombstone | None:
        """Return what is left of an API that was removed, or None; an API that came back has none."""
        if not holdable(package, name):
            return None
        with self._database.read() as connection:
            return history.find_tombstone(connection, package, name)

    def package_tombstones(self, package: str) -> Tombstone | None:
        """Return what is left of the API of a package that was removed last, or None."""
        if not holdable(package):
            return None
        with self._database.read() as connection:
            return history.latest_tombstone(connection, package)

    def pending(self, package: str | None = None) -> Sequence[PendingChange]:
        """Return the changes that wait for the operator, oldest first."""
        if package is not None and not holdable(package):
            return []
        with self._database.read() as connection:
            return pending.list_waiting(connection, package)

    def source(self, identity: str) -> SourceRecord | None:
        """Return a source by its identity, or None."""
        if not holdable(identity):
            return None
        with self._database.read() as connection:
            return sources.find_source(connection, identity)

    def sources(self) -> Sequence[SourceRecord]:
        """Return all sources, oldest first."""
        with self._database.read() as connection:
            return sources.list_sources(connection)

    def _one(self, wanted: Select[str]) -> ApiDocument | None:
        with self._database.read() as connection:
            text = connection.execute(wanted).scalar()
        return None if text is None else read_document(text)
