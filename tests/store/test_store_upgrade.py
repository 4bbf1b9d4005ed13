"""A database as version 0001 wrote it is brought up to date where it lies, with all that is in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from store_documents import document, prepared, source

import taskmatrix.store as store
from databases import DatabasePlace
from taskmatrix.core.documents import Package
from taskmatrix.core.events import Printed
from taskmatrix.store import Catalogue, FeedbackStore, JournalStore, PutCounts, postgres, prepare, sqlite
from taskmatrix.store.creation import APPLICATION_ID

BODY = '{"type":"printed","seq":1,"at":"2026-01-01T00:00:00Z","text":"hello"}'


def write_first_version(connection: Connection) -> None:
    """Create the tables of 0001 with its own migration, and fill them the way it did."""
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    for number, name in enumerate(("a", "b"), start=1):
        row = prepare(document(name))
        values = {"n": name, "i": f"mail.{name}", "t": row.text, "d": row.digest, "c": number}
        insert = "INSERT INTO apis VALUES ('mail', :n, :i, :t, :d, :c, '2026-01-01 00:00:00.000000')"
        connection.execute(text(insert), values)
    for statement in (
        """INSERT INTO packages VALUES ('mail', '{"name": "mail", "description": "letters"}')""",
        "INSERT INTO removed VALUES ('mail', 'gone', 3)",
        "INSERT INTO meta VALUES ('change', '3')",
        "INSERT INTO runs VALUES ('0123456789ab', 'do it', 'running', '2026-01-01 00:00:00.000000', NULL, 'm', '/')",
        "INSERT INTO feedback VALUES (1, '0123456789ab', 'up', 'good', '2026-01-01 00:00:00.000000')",
    ):
        connection.exec_driver_sql(statement)
    insert = "INSERT INTO events VALUES ('0123456789ab', 1, '2026-01-01 00:00:00.000000', 'printed', :b)"
    connection.execute(text(insert), {"b": BODY})


@pytest.fixture
def old_place(database_place: DatabasePlace) -> DatabasePlace:
    if database_place.url is None:
        database_place.home.mkdir()
        engine = sqlite.make_engine(database_place.home / "taskmatrix.db", 10)
    else:
        engine = postgres.make_engine(sqlalchemy.make_url(database_place.url), 10)
    with engine.connect() as plain:
        connection = plain.execution_options(taskmatrix_write=True)
        with connection.begin():
            write_first_version(connection)
            if database_place.url is None:
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    if database_place.url is None:
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    engine.dispose()
    return database_place


def test_everything_is_there_after_the_upgrade(old_place: DatabasePlace) -> None:
    with old_place.open() as database:
        catalogue = Catalogue(database)
        assert list(catalogue.documents()) == [document("a"), document("b")]
        assert list(catalogue.packages()) == [Package(name="mail", description="letters")]
        assert [(c.number, c.name, c.document is None) for c in catalogue.changes(0)] == [
            (1, "a", False),
            (2, "b", False),
            (3, "gone", True),
        ]
        assert catalogue.latest_change() == 3
        (event,) = JournalStore(database).run("0123456789ab").events
        assert isinstance(event, Printed)
        assert event.text == "hello"
        assert [said.text for said in FeedbackStore(database).of("0123456789ab")] == ["good"]


def test_what_is_new_works_on_what_is_old(old_place: DatabasePlace) -> None:
    with old_place.open() as database:
        catalogue = Catalogue(database)
        entry = catalogue.entry("mail", "a")
        assert entry is not None
        assert (entry.revision, entry.owner, entry.source, entry.quarantined) == (1, None, None, None)
        tombstone = catalogue.tombstone("mail", "gone")
        assert tombstone is not None
        assert datetime.now(UTC) - tombstone.at < timedelta(hours=1)
        assert catalogue.skeletons("mail") == ["mail"]
        assert catalogue.replace(document("a", description="new"), expected=1, by="alice").revision == 2
        assert [(r.number, r.by) for r in catalogue.history("mail", "a")] == [(1, ""), (2, "alice")]
        catalogue.put(document("gone"))
        assert [r.number for r in catalogue.history("mail", "gone")] == [2]
        assert catalogue.apply([prepared("b")], source=source()) == PutCounts(unchanged=1)
        entry = catalogue.entry("mail", "b")
        assert entry is not None
        assert entry.source == "openapi:mail"


def test_an_upgrade_is_done_once(old_place: DatabasePlace) -> None:
    old_place.open().close()
    with old_place.open() as database:
        assert Catalogue(database).count() == 2
