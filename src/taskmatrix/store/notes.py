"""Small facts that other parts keep from one start to the next, by key."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import meta


class Notes:
    """Text by key, below a prefix of its own."""

    def __init__(self, database: Database, prefix: str) -> None:
        self._database = database
        self._prefix = f"{prefix}/"

    def all(self) -> Mapping[str, str]:
        """Return every note, by key."""
        wanted = select(meta).where(meta.c.key.startswith(self._prefix, autoescape=True))
        with self._database.read() as connection:
            return {row.key.removeprefix(self._prefix): row.value for row in connection.execute(wanted)}

    def put(self, key: str, value: str) -> None:
        """Keep a note. Raises StoreError."""
        row = {"key": self._prefix + key, "value": storable(value)}
        with self._database.write(durable=False, lock=f"note/{row['key']}") as connection:
            connection.execute(delete(meta).where(meta.c.key == row["key"]))
            connection.execute(insert(meta), [row])

    def remove(self, key: str) -> None:
        """Drop a note. Raises StoreError."""
        with self._database.write(durable=False, lock=None) as connection:
            connection.execute(delete(meta).where(meta.c.key == self._prefix + key))
