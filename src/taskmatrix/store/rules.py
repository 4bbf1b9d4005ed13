"""The user's own rules, as JSON, in the order in which they decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import rules

_LOCK = "rules"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule by its number; `body` are its fields in JSON."""

    number: int
    body: str
    at: datetime
    by: str


class RuleStore:
    """Keeps rules. Raises StoreError where the database does not do what is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, body: str, *, by: str, last: bool = False) -> KeptRule:
        """Keep a rule, durably, before all others, or after them."""
        now = datetime.now(UTC)
        with self._database.write(lock=_LOCK) as connection:
            place = connection.execute(select(func.max(rules.c.place) if last else func.min(rules.c.place))).scalar()
            row = {
                "place": (place or 0) + (1 if last else -1),
                "body": storable(body),
                "at": now,
                "author": storable(by),
            }
            number = connection.execute(insert(rules).returning(rules.c.number), [row]).scalar_one()
        return KeptRule(number, body, now, by)

    def remove(self, number: int) -> bool:
        """Drop a rule; return whether it was there."""
        with self._database.write(lock=_LOCK) as connection:
            return connection.execute(delete(rules).where(rules.c.number == number)).rowcount > 0

    def bodies(self) -> Sequence[tuple[int, str]]:
        """Return number and fields in JSON of each rule; the first decides first."""
        rows = self._database.rows("SELECT number, body FROM rules ORDER BY place", {})
        return [(int(str(number)), str(body)) for number, body in rows]

    def all(self) -> Sequence[KeptRule]:
        """Return the rules; the first decides first."""
        with self._database.read() as connection:
            rows = connection.execute(select(rules).order_by(rules.c.place)).all()
        return [KeptRule(row.number, row.body, row.at, row.author) for row in rows]
