"""Bytes by content, as rows: where several machines share a database, all of them reach what a run has stored."""

import hashlib
import re
from pathlib import Path

from sqlalchemy import insert, select

from taskmatrix.core.errors import NotFoundError
from taskmatrix.store.blobs import FileBlobs
from taskmatrix.store.database import Database
from taskmatrix.store.tables import blobs

PART = 1 << 20
"""Bytes in one row: large ones are kept in parts, none of which is held twice in memory."""


class DatabaseBlobs:
    """Implements `BlobStore` over the registry's database. A blob is there as a whole or not at all.

    What was stored as files below `home` before the database was shared is still found.
    """

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self._earlier = FileBlobs(home)

    def put(self, data: bytes) -> str:
        """Store bytes, durably, once; return their digest. Raises StoreFullError, StoreError."""
        digest = hashlib.sha256(data).hexdigest()
        with self._database.write(lock=f"blob/{digest}") as connection:
            there = select(blobs.c.part).where(blobs.c.digest == digest).limit(1)
            if connection.execute(there).first() is None:
                for part, start in enumerate(range(0, max(len(data), 1), PART)):
                    row = {"digest": digest, "part": part, "data": data[start : start + PART]}
                    connection.execute(insert(blobs), [row])
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes. Raises NotFoundError for a digest that is not there, or whose bytes are damaged."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise NotFoundError(f"{digest!r} is no digest of a blob")
        wanted = select(blobs.c.data).where(blobs.c.digest == digest).order_by(blobs.c.part)
        with self._database.read() as connection:
            parts = [bytes(part) for part in connection.execute(wanted).scalars()]
        if not parts:
            return self._earlier.get(digest)
        data = b"".join(parts)
        if hashlib.sha256(data).hexdigest() != digest:
            raise NotFoundError(f"the blob {digest} is damaged")
        return data
