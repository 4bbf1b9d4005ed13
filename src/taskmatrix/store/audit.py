"""Who changed the registry, who was refused, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import insert, select

from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import audit

Outcome = Literal["done", "refused", "held"]

MOST_BYTES = 4_000
"""Of one field. A refused name may be a megabyte long."""
LONGEST_TARGET = 1_000


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that somebody did to the registry, or tried to do."""

    number: int
    at: datetime
    actor: str
    action: str
    target: str
    outcome: Outcome
    code: str | None
    detail: str


class AuditLog:
    """Adds records, durably, and never changes one.

    Inside `with database.write()` a record is kept or dropped together with the change it tells of. Write the
    record of a refusal after that block has raised, or it is dropped with it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, actor: str, action: str, target: str, outcome: Outcome, code: str | None = None, detail: str = ""
    ) -> None:
        """Add a record; what is too long is cut. Raises StoreError."""
        row = {
            "at": datetime.now(UTC),
            "actor": storable(actor, LONGEST_TARGET),
            "action": storable(action, LONGEST_TARGET),
            "target": storable(target, LONGEST_TARGET),
            "outcome": outcome,
            "code": None if code is None else storable(code, LONGEST_TARGET),
            "detail": storable(detail, MOST_BYTES),
        }
        with self._database.write(lock=None) as connection:
            connection.execute(insert(audit), [row])

    def read(self, limit: int = 100, target: str | None = None) -> Sequence[AuditRecord]:
        """Return the newest records, newest first, of all or of one target."""
        wanted = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if target is not None:
            wanted = wanted.where(audit.c.target == storable(target, LONGEST_TARGET))
        with self._database.read() as connection:
            return [
                AuditRecord(r.number, r.at, r.actor, r.action, r.target, r.outcome, r.code, r.detail)
                for r in connection.execute(wanted)
            ]
