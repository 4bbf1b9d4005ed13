"""Places for the databases of tests: a SQLite file, or a schema of a PostgreSQL server."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from taskmatrix.store import Database, open_database

SERVER = "TASKMATRIX_TEST_DATABASE_URL"
NO_BACKGROUND = {"TASKMATRIX_BACKGROUND": "off"}
HOW_TO = f"no PostgreSQL: export {SERVER}=$(scripts/postgres start DIR), then run the tests again"


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Where a test's own database is; `url` is None for the file in `home`."""

    home: Path
    url: str | None

    def open(self, busy_seconds: float = 10.0) -> Database:
        return open_database(self.url, self.home, busy_seconds=busy_seconds)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a child process whose TaskMatrix is to use this place."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TASKMATRIX_")}
        own = {"TASKMATRIX_HOME": str(self.home), "TASKMATRIX_DATABASE_URL": self.url or ""}
        return kept | NO_BACKGROUND | own


def tables_of(server: str) -> str:
    """Return the statements that make the tables of an empty database, by making one."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.split(maxsplit=1)[0] not in ("SELECT", "SET", "SHOW"):
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with schema_of_its_own(server) as url:
            open_database(url, Path("/nowhere")).close()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return ";\n".join(said)


@contextmanager
def schema_of_its_own(server: str) -> Iterator[str]:
    """Give the URL of a new schema, dropped afterwards."""
    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    try:
        url = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
            connection.execute(f"DROP SCHEMA IF EXISTS {schema}_dbos CASCADE")
