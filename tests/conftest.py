"""Databases for tests. What holds for SQLite is to hold for PostgreSQL: take `database` or `database_place`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from databases import HOW_TO, NO_BACKGROUND, SERVER, DatabasePlace, schema_of_its_own
from taskmatrix.store import Database

# No test waits for vectors, or leaves a process behind, that it did not ask for.
os.environ |= NO_BACKGROUND

# Nothing here is timed: on a busy machine any example may take long.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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


@pytest.fixture
def database(database_place: DatabasePlace) -> Iterator[Database]:
    """An empty database, once for each kind."""
    with database_place.open() as opened:
        yield opened
