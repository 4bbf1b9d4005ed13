"""Calls that are not asked about again, until they are revoked."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from taskmatrix.core.permits import Permit, PermittedCall
from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import permits

_LONGEST = 2_000
_LOCK = "permits"


class PermitStore:
    """Implements `Permits`. Raises StoreError where the database does not do what is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, call: PermittedCall) -> Permit | None:
        """Return the permit that covers a call; None where none does."""
        wanted = select(permits).where(permits.c.call == call.digest())
        with self._database.read() as connection:
            row = connection.execute(wanted).first()
        return _permit(row) if row is not None else None

    def add(self, call: PermittedCall, *, run: str, by: str) -> Permit:
        """Keep a permit, durably; one that is there already is given anew."""
        document, digest = call.document, call.digest()
        row = {
            "package": document.package,
            "name": document.name,
            "digest": document.digest(),
            "call": digest,
            "directory": storable(call.folder),
            "arguments": storable(json.dumps(dict(call.arguments), ensure_ascii=False)[:_LONGEST]),
            "run_id": run,
            "at": datetime.now(UTC),
            "author": storable(by),
        }
        with self._database.write(lock=_LOCK) as connection:
            connection.execute(delete(permits).where(permits.c.call == digest))
            return _permit(connection.execute(insert(permits).returning(permits), [row]).one())

    def remove(self, number: int) -> bool:
        """Revoke a permit; return whether it was there."""
        with self._database.write(lock=_LOCK) as connection:
            return connection.execute(delete(permits).where(permits.c.number == number)).rowcount > 0

    def all(self) -> Sequence[Permit]:
        """Return the permits, oldest first."""
        with self._database.read() as connection:
            return [_permit(row) for row in connection.execute(select(permits).order_by(permits.c.number))]


def _permit(row: Row[Any]) -> Permit:
    return Permit(
        number=row.number,
        package=row.package,
        name=row.name,
        digest=row.digest,
        arguments=row.arguments,
        directory=row.directory,
        run=row.run_id,
        at=row.at,
        by=row.author,
    )
