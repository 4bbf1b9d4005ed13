"""The numbers of changes: one sequence without a gap, given out inside the transaction that makes the change."""

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from taskmatrix.store.tables import apis, meta

_KEY = "change"

_LATEST = select(meta.c.value).where(meta.c.key == _KEY)  # every search asks it first


def latest_change(connection: Connection) -> int:
    """Return the number of the newest change, 0 before the first."""
    return int(connection.execute(_LATEST).scalar() or 0)


class ChangeNumbers:
    """Gives out the next numbers. The transaction holds the registry's lock, so no other can come in between."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.start = self._last = latest_change(connection)

    def next(self) -> int:
        """Return the next number."""
        self._last += 1
        return self._last

    def keep(self) -> None:
        """Keep the last number that was given out."""
        if self._last != self.start:
            self._connection.execute(delete(meta).where(meta.c.key == _KEY))
            self._connection.execute(insert(meta), [{"key": _KEY, "value": str(self._last)}])


def renumber(connection: Connection, package: str, which: ColumnElement[bool]) -> None:
    """Give new numbers to APIs of a package of which something changed beside the document."""
    numbers = ChangeNumbers(connection)
    names = connection.execute(select(apis.c.name).where(apis.c.package == package, which).order_by(apis.c.name))
    rows = [{"n": name, "c": numbers.next()} for name in names.scalars()]
    if rows:
        change = update(apis).where(apis.c.package == package, apis.c.name == bindparam("n"))
        connection.execute(change.values(change=bindparam("c")), rows)
        numbers.keep()
