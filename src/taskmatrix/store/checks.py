"""What came of running the examples of APIs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select

from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import checks

MOST_BYTES = 16_000
"""Of a shape or a problem: what comes back from outside may be long."""


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One check of one document: `seconds` it took, the `shape` of what came back, the `problem` if it failed."""

    package: str
    name: str
    digest: str
    at: datetime
    passed: bool
    seconds: float | None = None
    shape: str | None = None
    problem: str | None = None


class CheckStore:
    """Keeps the results of checks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, check: CheckRecord) -> None:
        """Keep one result. Raises StoreError."""
        row = asdict(check) | {"shape": _cut(check.shape), "problem": _cut(check.problem)}
        with self._database.write(durable=False, lock=None) as connection:
            connection.execute(insert(checks), [row])

    def last(self, package: str, name: str, limit: int = 10) -> Sequence[CheckRecord]:
        """Return the newest results of one API, newest first."""
        if not holdable(package, name):
            return []
        wanted = select(checks).where(checks.c.package == package, checks.c.name == name)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(checks.c.number.desc()).limit(limit)).all()
        return [CheckRecord(r.package, r.name, r.digest, r.at, r.passed, r.seconds, r.shape, r.problem) for r in rows]


def _cut(text: str | None) -> str | None:
    return None if text is None else storable(text, MOST_BYTES)
