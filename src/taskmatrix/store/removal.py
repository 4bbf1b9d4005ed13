"""Taking APIs out of the catalogue, inside one transaction: the document goes to the history, a tombstone stays."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from taskmatrix.store.confirmed import forget_confirmed
from taskmatrix.store.counter import ChangeNumbers
from taskmatrix.store.pending import PendingRows
from taskmatrix.store.tables import apis, packages, removed, revisions

_KEYS = 400
"""Names asked for at once: SQLite takes 32,766 parameters in a statement, old builds 999."""
_PAGE = 2_000

SUPERSEDED = (
    revisions.c.package,
    revisions.c.name,
    revisions.c.number,
    revisions.c.document,
    revisions.c.digest,
    revisions.c.at,
    revisions.c.author,
)
SERVED = (
    apis.c.package,
    apis.c.name,
    apis.c.revision,
    apis.c.document,
    apis.c.digest,
    apis.c.updated,
    apis.c.author,
)
"""The columns of `apis` that go to the columns `SUPERSEDED` of `revisions`."""


class Removal:
    """Removes APIs and counts them."""

    def __init__(self, connection: Connection, numbers: ChangeNumbers, pending: PendingRows) -> None:
        self._connection = connection
        self._numbers = numbers
        self._pending = pending
        self._now = datetime.now(UTC)
        self.count = 0

    def remove(self, package: str, names: Iterable[str]) -> None:
        """Remove those APIs of a package that are there."""
        rest = iter(names)
        while some := list(islice(rest, _KEYS)):
            self._remove((apis.c.package == package) & apis.c.name.in_(some), package)

    def remove_where(self, condition: ColumnElement[bool]) -> None:
        """Remove all APIs of which a condition holds."""
        wanted = select(apis.c.package, apis.c.name).where(condition).limit(_PAGE)
        while rows := self._connection.execute(wanted).all():
            by_package: dict[str, list[str]] = {}
            for row in rows:
                by_package.setdefault(row.package, []).append(row.name)
            for package, names in by_package.items():
                self.remove(package, names)

    def _remove(self, meant: ColumnElement[bool], package: str) -> None:
        owner = select(packages.c.owner).where(packages.c.name == package).scalar_subquery()
        wanted = select(apis.c.name, apis.c.revision, func.coalesce(apis.c.owner, owner).label("owner"))
        found = self._connection.execute(wanted.where(meant).order_by(apis.c.name)).all()
        if not found:
            return
        self._connection.execute(insert(revisions).from_select(SUPERSEDED, select(*SERVED).where(meant)))
        self._connection.execute(delete(apis).where(meant))
        rows = [
            {
                "package": package,
                "name": row.name,
                "change": self._numbers.next(),
                "owner": row.owner,
                "at": self._now,
                "revision": row.revision,
            }
            for row in found
        ]
        self._connection.execute(insert(removed), rows)
        self._pending.settle((package, row.name) for row in found)
        forget_confirmed(self._connection, package, [row.name for row in found])
        self.count += len(rows)
