"""Changes that wait for the operator, inside one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from taskmatrix.store.prepared import PreparedDocument, read_document
from taskmatrix.store.records import PendingChange
from taskmatrix.store.tables import pending


@dataclass(frozen=True, slots=True)
class Held:
    """A document that is to wait, and why."""

    document: PreparedDocument
    reason: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that has waited, with the source it came from."""

    document: PreparedDocument
    source_id: int | None


class PendingRows:
    """Holds documents back and lets go of them; of one API the last one waits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._some = connection.execute(select(pending.c.name).limit(1)).first() is not None

    def hold(self, held: Sequence[Held], by: str, source_id: int | None) -> None:
        """Let documents wait; one that waits already keeps its place."""
        fresh = [one for one in held if not self._waits(one)]
        if not fresh:
            return
        self.settle(one.document.key for one in fresh)
        now = datetime.now(UTC)
        rows = [
            {
                "package": one.document.package,
                "name": one.document.name,
                "document": one.document.text,
                "digest": one.document.digest,
                "reason": one.reason,
                "at": now,
                "author": by,
                "source_id": source_id,
            }
            for one in fresh
        ]
        self._connection.execute(insert(pending), rows)
        self._some = True

    def settle(self, keys: Iterable[tuple[str, str]]) -> None:
        """Drop what waits for these APIs, if anything does."""
        if not self._some:
            return
        gone = delete(pending).where(pending.c.package == bindparam("p"), pending.c.name == bindparam("n"))
        rows = [{"p": package, "n": name} for package, name in keys]
        if rows:
            self._connection.execute(gone, rows)

    def _waits(self, one: Held) -> bool:
        if not self._some:
            return False
        package, name = one.document.key
        wanted = select(pending.c.digest, pending.c.reason).where(pending.c.package == package, pending.c.name == name)
        row = self._connection.execute(wanted).first()
        return row is not None and (row.digest, row.reason) == (one.document.digest, one.reason)


def find_waiting(connection: Connection, package: str, name: str) -> Waiting | None:
    """Return what waits for one API, or None."""
    wanted = select(pending).where(pending.c.package == package, pending.c.name == name)
    row = connection.execute(wanted).first()
    if row is None:
        return None
    return Waiting(PreparedDocument(row.package, row.name, row.document, row.digest), row.source_id)


def list_waiting(connection: Connection, package: str | None) -> Sequence[PendingChange]:
    """Return what waits, oldest first, in all or in one package."""
    wanted = select(pending).order_by(pending.c.at, pending.c.package, pending.c.name)
    if package is not None:
        wanted = wanted.where(pending.c.package == package)
    return [
        PendingChange(r.package, r.name, read_document(r.document), r.reason, r.at, r.author)
        for r in connection.execute(wanted)
    ]


def drop_waiting(connection: Connection, package: str, name: str) -> bool:
    """Drop what waits for one API; return whether anything did."""
    gone = delete(pending).where(pending.c.package == package, pending.c.name == name)
    return connection.execute(gone).rowcount > 0
