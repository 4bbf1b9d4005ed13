"""Databases for tests. What holds for SQLite is to hold for PostgreSQL: take `database` or `database_place`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from databases import HOW_TO, NO_BACKGROUND, SERVER, DatabasePlace, schema_of_its_own, tables_of
from forked import ForkedCommands
from taskmatrix import TaskMatrix
from taskmatrix.store import Database

# No test waits for vectors, or leaves a process behind, that it did not ask for.
os.environ |= NO_BACKGROUND

# Hundreds of processes start here: where the environment forbids it, each would compile the whole source anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Nothing here is timed: on a busy machine any example may take long.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def forked_commands() -> Iterator[ForkedCommands]:
    """Runs the command as processes that start in milliseconds."""
    commands = ForkedCommands()
    yield commands
    commands.close()


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as its first start leaves it, to be copied: the installed packages are registered."""
    home = tmp_path_factory.mktemp("started") / "home"
    with TaskMatrix(home=home) as tm:
        tm.registry  # noqa: B018 — made at first use
    return home


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL schema of its own."""
    server = os.environ.get(SERVER)
    if not server:
        pytest.skip(HOW_TO)
    with schema_of_its_own(server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_place(request: pytest.FixtureRequest, tmp_path: Path) -> DatabasePlace:
    """A place for a database that is not there yet, once for each kind."""
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return DatabasePlace(tmp_path / "home", url)


@pytest.fixture(scope="session")
def _empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("empty") / "home"
    DatabasePlace(home, None).open().close()
    return home


@pytest.fixture(scope="session")
def _empty_tables() -> str:
    return tables_of(os.environ[SERVER])


def _fill(place: DatabasePlace, home: str, request: pytest.FixtureRequest) -> DatabasePlace:
    """Copy what a fixture made, or the tables alone where that is a server's: faster than to migrate to them."""
    if place.url:
        with psycopg.connect(place.url) as connection:
            connection.execute(request.getfixturevalue("_empty_tables"))
    else:
        shutil.copytree(request.getfixturevalue(home), place.home)
    return place


@pytest.fixture
def started_place(database_place: DatabasePlace, request: pytest.FixtureRequest) -> DatabasePlace:
    """A place for a TaskMatrix whose database is there already, once for each kind."""
    return _fill(database_place, "started", request)


@pytest.fixture
def database(database_place: DatabasePlace, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database, once for each kind."""
    with _fill(database_place, "_empty_home", request).open() as opened:
        yield opened
