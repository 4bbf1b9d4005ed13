"""What is remembered of APIs: every version of a document, and the names that were freed."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, Select, select

from taskmatrix.core.documents import ApiDocument
from taskmatrix.store.prepared import read_document
from taskmatrix.store.records import Revision, Tombstone
from taskmatrix.store.removal import SERVED, SUPERSEDED
from taskmatrix.store.tables import apis, removed, revisions


def list_revisions(connection: Connection, package: str, name: str) -> Sequence[Revision]:
    """Return all versions of one API, oldest first; the last one is served, if the API is there."""
    past = select(*SUPERSEDED).where(revisions.c.package == package, revisions.c.name == name)
    found = [
        Revision(r.package, r.name, r.number, r.digest, r.at, r.author, read_document(r.document))
        for r in connection.execute(past.order_by(revisions.c.number))
    ]
    now = select(*SERVED).where(apis.c.package == package, apis.c.name == name)
    found += [
        Revision(r.package, r.name, r.revision, r.digest, r.updated, r.author, read_document(r.document))
        for r in connection.execute(now)
    ]
    return found


def find_revision(connection: Connection, package: str, name: str, number: int) -> ApiDocument | None:
    """Return one version, or None."""
    now = select(apis.c.document).where(apis.c.package == package, apis.c.name == name, apis.c.revision == number)
    past = select(revisions.c.document).where(
        revisions.c.package == package, revisions.c.name == name, revisions.c.number == number
    )
    return _first(connection, now, past)


def find_digest(connection: Connection, package: str, name: str, digest: str) -> ApiDocument | None:
    """Return the version that says exactly this, or None."""
    now = select(apis.c.document).where(apis.c.package == package, apis.c.name == name, apis.c.digest == digest)
    past = select(revisions.c.document).where(
        revisions.c.package == package, revisions.c.name == name, revisions.c.digest == digest
    )
    return _first(connection, now, past.limit(1))


def find_tombstone(connection: Connection, package: str, name: str) -> Tombstone | None:
    """Return what is left of an API that was removed, or None."""
    row = connection.execute(select(removed).where(removed.c.package == package, removed.c.name == name)).first()
    return None if row is None else _tombstone(row)


def latest_tombstone(connection: Connection, package: str) -> Tombstone | None:
    """Return what is left of the API of a package that was removed last, or None."""
    wanted = select(removed).where(removed.c.package == package).order_by(removed.c.change.desc()).limit(1)
    row = connection.execute(wanted).first()
    return None if row is None else _tombstone(row)


def _first(connection: Connection, *wanted: Select[str]) -> ApiDocument | None:
    for one in wanted:
        text = connection.execute(one).scalar()
        if text is not None:
            return read_document(text)
    return None


def _tombstone(row: Row[*tuple[object, ...]]) -> Tombstone:
    return Tombstone(row.package, row.name, row.owner, row.at, row.revision)
