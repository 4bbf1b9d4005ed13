"""Who may change what: owners, known by the hash of their key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Row, insert, select, update

from taskmatrix.core.errors import AlreadyRegisteredError, NotFoundError
from taskmatrix.store.characters import holdable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import owners

Role = Literal["owner", "operator"]

_OwnerRow = Row[str, str, Role, datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class OwnerRecord:
    """An owner of packages and APIs, or the operator; `key_hash` is all that is kept of the key."""

    name: str
    key_hash: str
    role: Role
    created: datetime
    revoked: datetime | None


class OwnerStore:
    """Keeps owners. A revoked owner keeps its name and what it owns, and no key of it is valid."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, key_hash: str, role: Role = "owner") -> OwnerRecord:
        """Keep a new owner, durably. Raises AlreadyRegisteredError for a name that is taken, StoreError."""
        record = OwnerRecord(name, key_hash, role, datetime.now(UTC), None)
        row = {"name": name, "key_hash": key_hash, "role": role, "created": record.created, "revoked": None}
        with self._database.write() as connection:
            if connection.execute(select(owners.c.name).where(owners.c.name == name)).first() is not None:
                raise AlreadyRegisteredError(f"there is an owner {name!r} already", hint="choose another name")
            connection.execute(insert(owners), [row])
        return record

    def get(self, name: str) -> OwnerRecord | None:
        """Return an owner, also a revoked one, or None."""
        if not holdable(name):
            return None
        with self._database.read() as connection:
            row = connection.execute(select(owners).where(owners.c.name == name)).first()
        return None if row is None else _record(row)

    def by_hash(self, key_hash: str) -> OwnerRecord | None:
        """Return the owner whose key has this hash; None for a key that is unknown or was revoked."""
        if not holdable(key_hash):
            return None
        wanted = select(owners).where(owners.c.key_hash == key_hash, owners.c.revoked.is_(None))
        with self._database.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else _record(row)

    def all(self) -> Sequence[OwnerRecord]:
        """Return all owners, also revoked ones, by name."""
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(select(owners).order_by(owners.c.name))]

    def replace_key(self, name: str, key_hash: str) -> OwnerRecord:
        """Make another key the only valid one, also of an owner that was revoked. Raises NotFoundError, StoreError."""
        return self._change(name, {"key_hash": key_hash, "revoked": None})

    def revoke(self, name: str) -> OwnerRecord:
        """Let the key of an owner be valid no more. Raises NotFoundError, StoreError."""
        return self._change(name, {"revoked": datetime.now(UTC)})

    def _change(self, name: str, values: dict[str, object]) -> OwnerRecord:
        with self._database.write() as connection:
            if holdable(name):
                connection.execute(update(owners).where(owners.c.name == name).values(values))
            found = self.get(name)
        if found is None:
            raise NotFoundError(f"there is no owner {name!r}", hint="taskmatrix apis owners lists them")
        return found


def _record(row: _OwnerRow) -> OwnerRecord:
    return OwnerRecord(row.name, row.key_hash, row.role, row.created, row.revoked)
