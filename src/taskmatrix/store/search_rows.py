"""Fills the tables of a search inside PostgreSQL, inside the transaction that says how far they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, cast

from sqlalchemy import Connection

from taskmatrix.core.documents import ApiDocument
from taskmatrix.store.prepared import read_document
from taskmatrix.store.search_tables import PREFIX

if TYPE_CHECKING:
    import psycopg

LEASE = "10 minutes"
"""How long documents are left to the node that took them for making their vectors."""

WORD_TABLES = ("state", "documents", "stems")
VECTOR_TABLES = ("codes", "vectors", "waiting")

_COLUMNS: LiteralString = "key, package, name, holder, effects, digest, length, words, packed"
_REPLACED: LiteralString = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])

_DOCUMENTS = f"{PREFIX}documents"


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A document as the tables hold it. `key` and `digest` are signed 64-bit numbers.

    `words` is a tsvector as PostgreSQL writes it, `stems` what is in it; `length` counts them as often as they weigh.
    `packed` is given back by searches as it is.
    """

    key: int
    package: str
    name: str
    holder: str
    effects: str
    digest: int
    length: int
    words: str
    stems: Sequence[str]
    packed: bytes

    def row(self) -> tuple[int | str | bytes, ...]:
        """Return the values in the order of the columns."""
        return (
            self.key,
            self.package,
            self.name,
            self.holder,
            self.effects,
            self.digest,
            self.length,
            self.words,
            self.packed,
        )


@dataclass(frozen=True, slots=True)
class SearchVector:
    """A vector as the tables hold it: 256 signs as `0` and `1`, 256 signed bytes and what to multiply them by."""

    key: int
    digest: int
    code: str
    scale: float
    row: bytes


@dataclass(frozen=True, slots=True)
class WaitingDocument:
    """A document that has no vector yet."""

    key: int
    document: ApiDocument


def put_documents(connection: Connection, documents: Sequence[SearchDocument], *, new: bool) -> None:
    """Add or replace documents, each once; `new` says that none of them can be there."""
    driver = driver_of(connection)
    keys = [document.key for document in documents]
    before = {} if new else _counted_off(connection, keys)
    with driver.cursor() as cursor:
        if new:
            with cursor.copy(f"COPY {_DOCUMENTS} ({_COLUMNS}) FROM STDIN") as copy:
                for document in documents:
                    copy.write_row(document.row())
        else:
            cursor.executemany(
                f"INSERT INTO {_DOCUMENTS} ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
                f" ON CONFLICT (key) DO UPDATE SET {_REPLACED}",
                # In the same order as `put_vectors`, so that neither waits for the other for ever.
                [document.row() for document in sorted(documents, key=lambda d: d.key)],
            )
            for table in ("codes", "vectors"):
                _run(
                    connection,
                    f"DELETE FROM {PREFIX}{table} WHERE key IN (SELECT key FROM {PREFIX}vectors v JOIN {_DOCUMENTS} d"
                    " USING (key) WHERE key = ANY(%(keys)s) AND v.digest <> d.digest)",
                    keys=keys,
                )
    _run(
        connection,
        f"INSERT INTO {PREFIX}waiting (key) SELECT key FROM unnest(%(keys)s::bigint[]) AS key"
        f" WHERE NOT EXISTS (SELECT FROM {PREFIX}vectors v WHERE v.key = key.key)"
        f" ON CONFLICT (key) DO UPDATE SET taken = excluded.taken",
        keys=keys,
    )
    counts = dict(before)
    for document in documents:
        for stem in document.stems:
            counts[stem] = counts.get(stem, 0) + 1
    _count(connection, counts, len(documents), sum(document.length for document in documents))


def remove_documents(connection: Connection, keys: Sequence[int]) -> None:
    """Remove documents that may be there, with their vectors."""
    if keys:
        _count(connection, _counted_off(connection, keys), 0, 0)
        _run(connection, f"DELETE FROM {_DOCUMENTS} WHERE key = ANY(%(keys)s)", keys=list(keys))


def clear_documents(connection: Connection) -> None:
    """Remove everything; the next change to follow is the first."""
    connection.exec_driver_sql(f"TRUNCATE {_DOCUMENTS}, {PREFIX}stems CASCADE")
    connection.exec_driver_sql(f"UPDATE {PREFIX}state SET change = 0, documents = 0, length = 0")


def keep_change(connection: Connection, change: int) -> None:
    """Say up to which change the tables have followed."""
    _run(connection, f"UPDATE {PREFIX}state SET change = %(change)s", change=change)


def take_waiting(connection: Connection, limit: int) -> list[WaitingDocument]:
    """Take documents that have no vector; others do not get them before the lease ends."""
    found = _run(
        connection,
        f"WITH free AS (SELECT key FROM {PREFIX}waiting WHERE taken < now() - interval '{LEASE}'"
        " ORDER BY taken LIMIT %(limit)s FOR UPDATE SKIP LOCKED),"
        f" taken AS (UPDATE {PREFIX}waiting w SET taken = now() FROM free WHERE w.key = free.key RETURNING w.key)"
        f" SELECT key, a.document FROM taken JOIN {_DOCUMENTS} d USING (key)"
        " JOIN apis a ON a.package = d.package AND a.name = d.name",
        limit=limit,
    )
    return [WaitingDocument(row.key, read_document(row.document)) for row in found]


def leave_waiting(connection: Connection, keys: Sequence[int]) -> None:
    """Let others have documents that were taken."""
    _run(connection, f"UPDATE {PREFIX}waiting SET taken = '-infinity' WHERE key = ANY(%(keys)s)", keys=list(keys))


def is_any_taken(connection: Connection) -> bool:
    """Whether any documents without a vector are left to the node that took them."""
    found = connection.exec_driver_sql(
        f"SELECT EXISTS (SELECT FROM {PREFIX}waiting WHERE taken >= now() - interval '{LEASE}')"
    )
    return bool(found.scalar_one())


def put_vectors(connection: Connection, vectors: Sequence[SearchVector]) -> int:
    """Keep vectors of documents that still read as they did when they were made; return how many those are."""
    with driver_of(connection).cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE made_vectors (key bigint, digest bigint, code bit(256), scale real, bytes bytea)"
            " ON COMMIT DROP"
        )
        with cursor.copy("COPY made_vectors FROM STDIN") as copy:
            for v in vectors:
                copy.write_row((v.key, v.digest, v.code, v.scale, v.row))
        # Without this lock a document could change after the look at its digest, and keep the vector of what it was.
        cursor.execute(f"SELECT FROM {_DOCUMENTS} d JOIN made_vectors USING (key) ORDER BY key FOR SHARE OF d")
        cursor.execute(
            f"DELETE FROM made_vectors m WHERE NOT EXISTS (SELECT FROM {_DOCUMENTS} d"
            " WHERE d.key = m.key AND d.digest = m.digest)"
        )
        cursor.execute(
            f"INSERT INTO {PREFIX}codes SELECT key, code FROM made_vectors"
            " ON CONFLICT (key) DO UPDATE SET code = excluded.code"
        )
        cursor.execute(
            f"INSERT INTO {PREFIX}vectors SELECT key, digest, scale, bytes FROM made_vectors ON CONFLICT (key)"
            " DO UPDATE SET digest = excluded.digest, scale = excluded.scale, bytes = excluded.bytes"
        )
        kept = cursor.rowcount
        cursor.execute(f"DELETE FROM {PREFIX}waiting w USING made_vectors m WHERE w.key = m.key")
        cursor.execute("DROP TABLE made_vectors")
    return kept


def begin_vectors(connection: Connection, encoder: str) -> None:
    """Remove all vectors, to make them with another encoder."""
    connection.exec_driver_sql(f"TRUNCATE {PREFIX}codes, {PREFIX}vectors, {PREFIX}waiting")
    connection.exec_driver_sql(f"INSERT INTO {PREFIX}waiting (key) SELECT key FROM {_DOCUMENTS}")
    _run(connection, f"UPDATE {PREFIX}state SET encoder = %(encoder)s", encoder=encoder)


def count_vectors(connection: Connection) -> int:
    """Return how many documents have a vector."""
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {PREFIX}codes").scalar_one())


def measure_bytes(connection: Connection, tables: Sequence[str]) -> int:
    """Return what tables and their indexes take on the server's disk."""
    found = _run(
        connection,
        "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) FROM unnest(%(names)s::text[]) AS name",
        names=[f"{PREFIX}{table}" for table in tables],
    )
    return int(found.scalar_one())


def driver_of(connection: Connection) -> "psycopg.Connection":
    """Return the driver's own connection, in the same transaction."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


def _counted_off(connection: Connection, keys: Sequence[int]) -> dict[str, int]:
    """Take documents out of the counts; return what that changes for each stem."""
    gone = _run(
        connection,
        f"SELECT count(*) AS documents, coalesce(sum(length), 0) AS length FROM {_DOCUMENTS}"
        " WHERE key = ANY(%(keys)s)",
        keys=list(keys),
    ).one()
    if not gone.documents:
        return {}
    _count(connection, {}, -int(gone.documents), -int(gone.length))
    found = _run(
        connection,
        f"SELECT stem, count(*) AS n FROM {_DOCUMENTS}, unnest(tsvector_to_array(words)) AS stem"
        " WHERE key = ANY(%(keys)s) GROUP BY stem",
        keys=list(keys),
    )
    return {row.stem: -int(row.n) for row in found}


def _count(connection: Connection, stems: Mapping[str, int], documents: int, length: int) -> None:
    changed = {stem: count for stem, count in stems.items() if count}
    if changed:
        _run(
            connection,
            f"INSERT INTO {PREFIX}stems AS s SELECT * FROM unnest(%(stems)s::text[], %(counts)s::integer[])"
            " ON CONFLICT (stem) DO UPDATE SET documents = s.documents + excluded.documents",
            stems=list(changed),
            counts=list(changed.values()),
        )
    _run(
        connection,
        f"UPDATE {PREFIX}state SET documents = documents + %(documents)s, length = length + %(length)s",
        documents=documents,
        length=length,
    )


def _run(connection: Connection, statement: str, **values: object) -> Any:
    return connection.exec_driver_sql(statement, values)
