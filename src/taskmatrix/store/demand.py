"""What people asked for that no API does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from taskmatrix.core.search import DemandOrigin
from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import unmet
from taskmatrix.store.wordings import wording_of

MOST_UNMET = 10_000
"""Wishes kept; the rarest go, of those the oldest."""

MOST_NEAREST = 5
"""Names of APIs kept beside a wish."""

_LONGEST_NAME = 2_000
_LOCK = "demand"


@dataclass(frozen=True, slots=True)
class Unmet:
    """Something that no API does: how it was said first, how often and when it was asked for, what came closest."""

    text: str
    times: int
    first: datetime
    last: datetime
    nearest: tuple[str, ...]
    origin: DemandOrigin


class DemandStore:
    """Keeps what nothing fitted."""

    def __init__(self, database: Database, most: int = MOST_UNMET) -> None:
        self._database = database
        self._most = most

    def record_unmet(self, text: str, nearest: Sequence[str] = (), *, origin: DemandOrigin) -> bool:
        """Count a wish, known again by its words; return whether it says anything. Raises StoreError."""
        wording = wording_of(text)
        if wording is None:
            return False
        names = json.dumps([storable(name, _LONGEST_NAME) for name in nearest[:MOST_NEAREST]], ensure_ascii=False)
        now = datetime.now(UTC)
        new = {"last": now, "nearest": names, "origin": origin}
        with self._database.write(durable=False, lock=_LOCK) as connection:
            again = update(unmet).where(unmet.c.digest == wording.digest).values(times=unmet.c.times + 1, **new)
            if not connection.execute(again).rowcount:
                row = new | {"digest": wording.digest, "text": wording.text, "first": now, "times": 1}
                connection.execute(insert(unmet), [row])
                self._make_room(connection, wording.digest)
        return True

    def most_asked(self, limit: int = 50) -> Sequence[Unmet]:
        """Return the wishes that were made most often, of those the latest first."""
        wanted = select(unmet).order_by(unmet.c.times.desc(), unmet.c.last.desc(), unmet.c.digest).limit(limit)
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(wanted)]

    def find(self, text: str) -> Unmet | None:
        """Return a wish by its words, or None where nobody asked for it in vain."""
        wording = wording_of(text)
        if wording is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(select(unmet).where(unmet.c.digest == wording.digest)).first()
        return None if row is None else _read(row)

    def count(self) -> int:
        """Return how many different wishes are kept."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(unmet)).scalar_one()

    def clear(self) -> int:
        """Forget all wishes; return how many there were. Raises StoreError."""
        with self._database.write(durable=False, lock=_LOCK) as connection:
            return connection.execute(delete(unmet)).rowcount

    def _make_room(self, connection: Connection, newest: str) -> None:
        """Drop what is too much, but not the newest: else nothing new could come in beside 10,000 of two."""
        surplus = connection.execute(select(func.count()).select_from(unmet)).scalar_one() - self._most
        if surplus > 0:
            rarest = select(unmet.c.digest).where(unmet.c.digest != newest)
            rarest = rarest.order_by(unmet.c.times, unmet.c.last, unmet.c.digest).limit(surplus)
            connection.execute(delete(unmet).where(unmet.c.digest.in_(rarest)))


def _read(row: Row[*tuple[object, ...]]) -> Unmet:
    return Unmet(row.text, row.times, row.first, row.last, tuple(json.loads(row.nearest)), row.origin)
