"""The tables of a search inside PostgreSQL: made when first needed, since all in them can be made again.

They are no part of the migrations: who searches on each node never has them. The names of tables hold a number, so
that nodes of two versions do not write into each other's. One row says how far they have followed the catalogue; it
changes in the transaction that changes the rows, so that both always agree.
"""

from dataclasses import dataclass
from typing import LiteralString

from sqlalchemy import Connection

from taskmatrix.store.database import Database

GRAPH_MEMORY = "1GB"
"""What the server may use to make the graph over the codes; without it, making it takes many times as long."""

PREFIX: LiteralString = "search1_"
"""What the names of the tables begin with; the number grows when tables filled before could not be used any more."""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(coalesce(current_schema(), '') || '/taskmatrix/search', 0))"

# `packed` is the document as the selector packs it.
# `holder` is the owner, or what stands for the package that nobody owns. `digest` is that of the passage that the
# vector is made from. A lexeme's one position in `words` is how often the document holds it, by weight; its label
# says how much that counts for ranking, A most. `bytes` and `scale` are the vector, `code` its signs.
_TABLES = f"""
CREATE TABLE {PREFIX}state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), change bigint NOT NULL DEFAULT 0,
    documents bigint NOT NULL DEFAULT 0, length bigint NOT NULL DEFAULT 0,
    indexed boolean NOT NULL DEFAULT false, encoder text NOT NULL DEFAULT '');
CREATE TABLE {PREFIX}documents (
    key bigint PRIMARY KEY, package text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL, effects text COLLATE "C" NOT NULL,
    digest bigint NOT NULL, length integer NOT NULL, words tsvector NOT NULL,
    packed bytea NOT NULL);
CREATE TABLE {PREFIX}stems (stem text COLLATE "C" PRIMARY KEY, documents integer NOT NULL) WITH (fillfactor = 70);
CREATE TABLE {PREFIX}codes (
    key bigint PRIMARY KEY REFERENCES {PREFIX}documents ON DELETE CASCADE, code bit(256) NOT NULL);
CREATE TABLE {PREFIX}vectors (
    key bigint PRIMARY KEY REFERENCES {PREFIX}documents ON DELETE CASCADE,
    digest bigint NOT NULL, scale real NOT NULL, bytes bytea NOT NULL);
CREATE TABLE {PREFIX}waiting (
    key bigint PRIMARY KEY REFERENCES {PREFIX}documents ON DELETE CASCADE,
    taken timestamptz NOT NULL DEFAULT '-infinity');
CREATE INDEX {PREFIX}waiting_by_taken ON {PREFIX}waiting (taken);
INSERT INTO {PREFIX}state DEFAULT VALUES;
"""

_WORD_INDEXES = f"""
CREATE INDEX IF NOT EXISTS {PREFIX}documents_by_words ON {PREFIX}documents USING gin (words) WITH (fastupdate = off);
CREATE INDEX IF NOT EXISTS {PREFIX}documents_by_package ON {PREFIX}documents (package);
CREATE INDEX IF NOT EXISTS {PREFIX}documents_by_holder ON {PREFIX}documents (holder);
"""

_GRAPH = f"{PREFIX}codes_near"
_EXTENSION = (
    "SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
    " WHERE e.extname = 'vector'"
)


@dataclass(frozen=True, slots=True)
class SearchState:
    """How far the tables have followed the catalogue, and what they hold.

    `length` counts the stems of all `documents` together. `indexed`: the first filling is over. `encoder` names what
    the vectors are from, or is empty. `near` is the schema whose extension searches the codes by a graph, if one does.
    """

    change: int
    documents: int
    length: int
    indexed: bool
    encoder: str
    near: str | None


def read_state(connection: Connection) -> SearchState | None:
    """Return the state, or None where there are no tables."""
    if connection.exec_driver_sql(f"SELECT to_regclass('{PREFIX}state')").scalar() is None:
        return None
    row = connection.exec_driver_sql(
        f"SELECT change, documents, length, indexed, encoder, ({_EXTENSION} AND EXISTS (SELECT FROM pg_index"
        f" WHERE indexrelid = to_regclass('{_GRAPH}') AND indisvalid)) AS near FROM {PREFIX}state"
    ).one()
    return SearchState(row.change, row.documents, row.length, row.indexed, row.encoder, row.near)


def create_tables(database: Database) -> None:
    """Make the tables where they do not exist yet. Raises StoreError."""
    with database.write(lock="search tables") as connection:
        if connection.exec_driver_sql(f"SELECT to_regclass('{PREFIX}state')").scalar() is None:
            connection.exec_driver_sql(_TABLES)


def drop_tables(database: Database) -> None:
    """Remove the tables of every format; nothing is lost that cannot be made again. Raises StoreError."""
    with database.write(lock="search tables") as connection:
        found = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            r" AND tablename ~ '^search\d+_(state|documents|stems|codes|vectors|waiting)$'"
        )
        if names := list(found.scalars()):
            connection.exec_driver_sql(f"DROP TABLE {', '.join(names)} CASCADE")


def take_turn(connection: Connection) -> bool:
    """Be the one who writes the tables until the transaction ends; return False if another is."""
    return bool(connection.exec_driver_sql(_LOCK).scalar())


def index_words(connection: Connection) -> None:
    """Make the indexes that filling goes faster without, if they are not there."""
    connection.exec_driver_sql(_WORD_INDEXES)
    connection.exec_driver_sql(f"ANALYZE {PREFIX}documents")
    connection.exec_driver_sql(f"UPDATE {PREFIX}state SET indexed = true")


def index_codes(connection: Connection) -> bool:
    """Make the graph over the codes if this database has the extension `vector`; return whether there is one now.

    Takes minutes for a million codes, during which they can be searched, but not changed.
    """
    schema = connection.exec_driver_sql(_EXTENSION).scalar()
    if schema is None:
        return False
    quoted = str(schema).replace('"', '""')
    connection.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{GRAPH_MEMORY}'")
    connection.exec_driver_sql(
        f'CREATE INDEX IF NOT EXISTS {_GRAPH} ON {PREFIX}codes USING hnsw (code "{quoted}".bit_hamming_ops)'
    )
    return True
