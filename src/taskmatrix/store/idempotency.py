"""Answers by the key that a client gave with its request, so that a repeated request is not carried out twice."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import delete, insert, select

from taskmatrix.core.errors import ConflictError, UsageError
from taskmatrix.store.characters import holdable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import idempotency

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class IdempotentAnswer:
    """What a request was answered, and the digest of what it asked."""

    digest: str
    answer: JsonValue


class IdempotencyStore:
    """Keeps one answer for each owner and key. Keep it in the transaction of what it answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, owner: str, key: str) -> IdempotentAnswer | None:
        """Return what a request with this key was answered, or None. Raises UsageError for an impossible key."""
        wanted = select(idempotency).where(idempotency.c.owner == owner, idempotency.c.key == _checked(key))
        with self._database.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else IdempotentAnswer(row.digest, json.loads(row.answer))

    def keep(self, owner: str, key: str, digest: str, answer: JsonValue) -> None:
        """Keep an answer. Raises ConflictError for a key that has one, UsageError, StoreError."""
        row = {
            "owner": owner,
            "key": _checked(key),
            "digest": digest,
            "answer": json.dumps(answer),
            "at": datetime.now(UTC),
        }
        with self._database.write() as connection:
            if self.find(owner, key) is not None:
                raise ConflictError(
                    f"the idempotency key {key!r} was used before", hint="use a new key for each request"
                )
            connection.execute(insert(idempotency), [row])

    def forget(self, before: datetime) -> int:
        """Drop the answers given before a point in time; return how many. Raises StoreError."""
        with self._database.write(durable=False) as connection:
            return connection.execute(delete(idempotency).where(idempotency.c.at < before)).rowcount


def _checked(key: str) -> str:
    if not key or len(key) > LONGEST_KEY or not holdable(key):
        raise UsageError(
            f"{key[:60]!r} cannot be an idempotency key", hint=f"it has 1 to {LONGEST_KEY} characters, and no NUL"
        )
    return key
