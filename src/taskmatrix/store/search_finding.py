"""Searches inside PostgreSQL: by words through full text, by meaning through the codes of the vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, cast

from sqlalchemy import Connection

from taskmatrix.core.search import SearchFilter
from taskmatrix.store.search_rows import driver_of
from taskmatrix.store.search_tables import PREFIX, SearchState

MOST_MATCHES = 20_000
"""How many documents are ranked for one query at most: what a search costs at any size."""

MOST_VISITED = 1_000
"""How many codes the graph may visit for one query: as many as the extension allows."""

LEVELS = (0.25, 0.45, 0.65, 0.85)
"""What a word's labels D, C, B, A in a tsvector count for the rank."""

_DOCUMENTS = f"{PREFIX}documents"

# What the planner does by default serves reports over whole tables: compiling a statement takes longer than such a
# search, and a plan for any query is a plan for none. Codes are compared all at once, words never.
_SETTINGS = (
    "SELECT set_config('jit', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('work_mem', '32MB', true)"
)

_RANK_OF_ONE = 0.6079271  # What `ts_rank` gives for one word of weight 1: 6 / π².


@dataclass(frozen=True, slots=True)
class WordHit:
    """A document that holds words of a query: its tsvector as text, and its stems counted as often as they weigh."""

    key: int
    words: str
    length: int


@dataclass(frozen=True, slots=True)
class NearHit:
    """A document that may be near a query: its vector as signed bytes, and what to multiply them by."""

    key: int
    scale: float
    row: bytes


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """What is kept of a document; `row` is None where it has no vector."""

    key: int
    packed: bytes
    scale: float | None
    row: bytes | None


def prepare_search(connection: Connection) -> None:
    """Make the statements of this transaction planned for searching."""
    connection.exec_driver_sql(_SETTINGS)


def count_stems(connection: Connection, stems: Sequence[str]) -> dict[str, int]:
    """Return in how many documents each of the stems is; those that none has are left out."""
    found = _rows(
        connection,
        f"SELECT stem, documents FROM {PREFIX}stems WHERE stem = ANY(%(stems)s) AND documents > 0",
        {"stems": list(stems)},
    )
    return {str(stem): int(count) for stem, count in found}


def find_by_words(
    connection: Connection,
    match: str,
    groups: Sequence[tuple[str, float, int]],
    limit: int,
    where: SearchFilter,
    beside: Sequence[str],
) -> list[WordHit]:
    """Return the documents that a tsquery matches, best first.

    `groups` are tsqueries of words that count the same: the query, what each of its words counts, how many it has.
    """
    values: dict[str, object] = {"match": match, "limit": limit, "most": MOST_MATCHES, "levels": list(LEVELS)}
    ranks: list[str] = []
    for number, (query, mass, size) in enumerate(groups):
        values |= {f"q{number}": query, f"m{number}": mass * size / _RANK_OF_ONE}
        ranks.append(f"%(m{number})s::real * ts_rank(%(levels)s::real[], words, %(q{number})s::tsquery)")
    statement = (
        f"SELECT key, words::text, length FROM (SELECT key, words, length, {' + '.join(ranks)} AS rank"
        f" FROM {_DOCUMENTS} d WHERE words @@ %(match)s::tsquery{_narrowed(where, beside, values)} LIMIT %(most)s)"
        " AS matching ORDER BY rank DESC, key LIMIT %(limit)s"
    )
    return [WordHit(*row) for row in _rows(connection, statement, values)]


def find_near(
    connection: Connection, state: SearchState, code: str, limit: int, where: SearchFilter, beside: Sequence[str]
) -> list[NearHit]:
    """Return the vectors whose signs differ least from a code (256 times `0` or `1`), in no order.

    Without a graph, and where a filter leaves few, every code is compared.
    """
    values: dict[str, object] = {"code": code, "limit": limit}
    narrowed = _narrowed(where, beside, values)
    joined = (
        f"{PREFIX}codes c JOIN {_DOCUMENTS} d USING (key) WHERE true{narrowed}" if narrowed else f"{PREFIX}codes c"
    )
    order = "bit_count(c.code # %(code)s::bit(256))"
    if state.near is not None and not where.packages and not where.owners:
        schema = state.near.replace('"', '""')
        connection.exec_driver_sql(
            f"SELECT set_config('hnsw.ef_search', '{min(limit, MOST_VISITED)}', true),"
            " set_config('hnsw.iterative_scan', 'relaxed_order', true)"
        )
        order = f'c.code OPERATOR("{schema}".<~>) %(code)s::bit(256)'
    statement = (
        f"WITH near AS MATERIALIZED (SELECT key FROM {joined} ORDER BY {order} LIMIT %(limit)s)"
        f" SELECT key, scale, bytes FROM near JOIN {PREFIX}vectors USING (key)"
    )
    return [NearHit(*row) for row in _rows(connection, statement, values)]


def read_found(connection: Connection, keys: Sequence[int]) -> list[FoundDocument]:
    """Return what is kept of documents, in no order; those that are gone are left out."""
    statement = (
        "SELECT key, packed, scale, bytes"
        f" FROM {_DOCUMENTS} LEFT JOIN {PREFIX}vectors USING (key) WHERE key = ANY(%(keys)s)"
    )
    return [FoundDocument(*row) for row in _rows(connection, statement, {"keys": list(keys)})]


def _narrowed(where: SearchFilter, beside: Sequence[str], values: dict[str, object]) -> str:
    parts = ""
    for column, wanted in (("package", where.packages), ("holder", where.owners), ("effects", where.effects)):
        if wanted:
            values[column] = list(wanted)
            parts += f" AND d.{column} = ANY(%({column})s)"
    if beside:
        values["beside"] = list(beside)
        parts += " AND d.holder <> ALL(%(beside)s)"
    return parts


def _rows(connection: Connection, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    # Bytes come over as they are, not as text: half the size, and nothing to decode.
    with driver_of(connection).cursor(binary=True) as cursor:
        return cursor.execute(cast(LiteralString, statement), values, prepare=False).fetchall()
