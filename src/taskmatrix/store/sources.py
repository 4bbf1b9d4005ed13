"""Where APIs were imported from, and which of them a source no longer offers, inside one transaction."""

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    exists,
    func,
    insert,
    select,
    update,
)

from taskmatrix.core.errors import UsageError
from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.records import SourceRecord
from taskmatrix.store.tables import Key, apis, sources

LONGEST_IDENTITY = 2_000
"""Bytes of UTF-8."""

_PAGE = 2_000

_SourceRow = Row[int, str, str, str, str, datetime | None, int]

_temporary = MetaData()
_met = Table(
    "met",
    _temporary,
    Column("package", Key),
    Column("name", Key),
    Index("met_by_name", "package", "name"),
    prefixes=["TEMPORARY"],
)
_stale = Table(
    "stale",
    _temporary,
    Column("number", Integer, primary_key=True),
    Column("package", Key),
    Column("name", Key),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Entered:
    """The source of an import, and whether it was imported before."""

    id: int
    known: bool


def enter(connection: Connection, source: SourceRecord) -> Entered:
    """Keep a source under its identity. Raises UsageError for an identity that cannot be kept."""
    if not holdable(source.identity) or len(source.identity.encode()) > LONGEST_IDENTITY:
        raise UsageError(
            f"{source.identity[:100]!r} cannot name a source", hint=f"it may have {LONGEST_IDENTITY:,} bytes"
        )
    values = {
        "kind": storable(source.kind),
        "location": storable(source.location),
        "options": json.dumps(dict(source.options)),
    }
    found = connection.execute(select(sources.c.id).where(sources.c.identity == source.identity)).scalar()
    if found is not None:
        connection.execute(update(sources).where(sources.c.id == found).values(values))
        return Entered(found, known=True)
    row = values | {"identity": source.identity, "apis": 0}
    return Entered(connection.execute(insert(sources).values(row).returning(sources.c.id)).scalar_one(), known=False)


def finish(connection: Connection, source_id: int) -> None:
    """Note when a source was imported, and how many APIs are from it now."""
    count = select(func.count()).select_from(apis).where(apis.c.source_id == source_id).scalar_subquery()
    change = update(sources).where(sources.c.id == source_id)
    connection.execute(change.values(imported=datetime.now(UTC), apis=count))


def find_source(connection: Connection, identity: str) -> SourceRecord | None:
    """Return a source, or None."""
    row = connection.execute(select(sources).where(sources.c.identity == identity)).first()
    return None if row is None else _record(row)


def list_sources(connection: Connection) -> Sequence[SourceRecord]:
    """Return all sources, oldest first."""
    return [_record(row) for row in connection.execute(select(sources).order_by(sources.c.id))]


def source_id(connection: Connection, identity: str) -> int | None:
    """Return the number of a source, or None."""
    return connection.execute(select(sources.c.id).where(sources.c.identity == identity)).scalar()


def _record(row: _SourceRow) -> SourceRecord:
    return SourceRecord(row.identity, row.kind, row.location, json.loads(row.options), row.imported, row.apis)


class Meetings:
    """Which APIs of a source an import has met again: a table of names, so that memory stays bounded.

    What the import wrote itself has a change number above `start` and need not be noted.
    """

    def __init__(self, connection: Connection, source_id: int, start: int) -> None:
        self._connection = connection
        self._source_id = source_id
        self._start = start
        _temporary.create_all(connection, checkfirst=False)

    def note(self, keys: Iterable[tuple[str, str]]) -> None:
        """Note APIs that the source still offers."""
        rows = [{"package": package, "name": name} for package, name in keys]
        if rows:
            self._connection.execute(insert(_met), rows)

    def stale(self) -> Generator[Sequence[tuple[str, str]], None, None]:
        """Yield the APIs that the source offers no more, in pages; they may be removed meanwhile."""
        again = exists().where(_met.c.package == apis.c.package, _met.c.name == apis.c.name)
        gone = select(apis.c.package, apis.c.name).where(
            apis.c.source_id == self._source_id, apis.c.change <= self._start, ~again
        )
        self._connection.execute(insert(_stale).from_select([_stale.c.package, _stale.c.name], gone))
        last = 0
        while True:
            page = select(_stale).where(_stale.c.number > last).order_by(_stale.c.number).limit(_PAGE)
            rows = self._connection.execute(page).all()
            if not rows:
                return
            yield [(row.package, row.name) for row in rows]
            last = rows[-1].number

    def close(self) -> None:
        """Drop the tables: another import may follow on the same connection."""
        _temporary.drop_all(self._connection, checkfirst=False)
