import os
import re
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from store_documents import document

from taskmatrix.core.errors import SettingError, StoreBusyError, StoreError, StoreForeignError, StoreFullError
from taskmatrix.store import Catalogue, JournalStore, open_database
from taskmatrix.store.migrations import VERSION_TABLE


def told(url: URL | str, home: Path) -> StoreError:
    """Return the error of opening a URL, after seeing that it does not show the password."""
    url = make_url(url)
    with pytest.raises(StoreError) as caught:
        open_database(url.render_as_string(hide_password=False), home)
    shown = "".join(traceback.format_exception(caught.value)) + str(caught.value.hint)
    assert url.password
    assert url.password not in shown
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_usual_form_of_the_url_opens_the_same_database(postgres_url: str, tmp_path: Path, scheme: str) -> None:
    with open_database(re.sub(r"^\w+", lambda _found: scheme, postgres_url), tmp_path / "home") as database:
        assert Catalogue(database).put(document("a")) == "added"
        parsed = make_url(postgres_url)
        schema = parsed.query["options"].removeprefix("-csearch_path=")
        assert database.where == (
            f"postgresql://{parsed.username}@{parsed.host}:{parsed.port}/{parsed.database}"
            f"?options=-csearch_path%3D{schema}"
        )
        assert database.locks.is_relative_to(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_password_is_shown_nowhere_wherever_it_stands(postgres_url: str, tmp_path: Path) -> None:
    url = make_url(postgres_url)
    elsewhere = url.set(password=None).update_query_dict({"password": url.password or ""})
    with open_database(elsewhere.render_as_string(hide_password=False), tmp_path) as database:
        assert (url.password or "") not in f"{database.where} {database.locks} {database!r}"


def test_a_wrong_password_is_told_without_it(postgres_url: str, tmp_path: Path) -> None:
    error = told(make_url(postgres_url).set(password="not-the-password"), tmp_path)
    assert "password authentication failed" in error.message
    assert "user and password" in (error.hint or "")


def test_a_database_that_is_missing_is_told(postgres_url: str, tmp_path: Path) -> None:
    error = told(make_url(postgres_url).set(database="no_such_database"), tmp_path)
    assert "no_such_database" in error.message
    assert "createdb" in (error.hint or "")


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = told(f"postgresql://u:secret@127.0.0.1:{taken.getsockname()[1]}/db", tmp_path)
    assert "refused" in error.message
    assert "TASKMATRIX_DATABASE_URL" in (error.hint or "")


def test_a_schema_that_is_missing_is_told(postgres_url: str, tmp_path: Path) -> None:
    error = told(make_url(postgres_url).update_query_dict({"options": "-csearch_path=no_such_schema"}), tmp_path)
    assert "no schema" in error.message


def test_without_the_driver_the_extra_is_named(tmp_path: Path) -> None:
    code = """
import sys, pathlib
sys.modules["psycopg"] = None
from taskmatrix.core.errors import SettingError
from taskmatrix.store import open_database
try:
    open_database("postgresql://u:secret@127.0.0.1/db", pathlib.Path(sys.argv[1]))
except SettingError as error:
    print(error, error.hint, sep="|")
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "taskmatrix[postgres]" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_an_option_that_libpq_does_not_know_is_told(postgres_url: str, tmp_path: Path) -> None:
    error = told(make_url(postgres_url).update_query_dict({"colour": "red"}), tmp_path)
    assert "colour" in error.message


@pytest.mark.parametrize("table", ["apis", "audit"])
def test_tables_of_somebody_else_are_refused_and_left_alone(postgres_url: str, tmp_path: Path, table: str) -> None:
    plain = psycopg_url(postgres_url)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (photo text)")
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    with pytest.raises(StoreForeignError, match=table):
        open_database(postgres_url, tmp_path)
    with psycopg.connect(plain) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").fetchone()
        assert found == (2,)


def test_another_user_of_alembic_in_the_same_schema_is_no_trouble(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(psycopg_url(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('c0ffee')")
    with open_database(postgres_url, tmp_path) as database:
        assert Catalogue(database).count() == 0


def test_a_database_of_a_newer_version_is_refused(postgres_url: str, tmp_path: Path) -> None:
    with open_database(postgres_url, tmp_path) as database, database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE['postgresql']} SET version_num = '9999'"))
    with pytest.raises(StoreForeignError, match="newer version"):
        open_database(postgres_url, tmp_path)


def test_a_database_that_cannot_hold_every_character_is_refused(postgres_url: str, tmp_path: Path) -> None:
    url = make_url(postgres_url).set(query={})
    name = f"latin_{os.getpid()}_{os.urandom(4).hex()}"
    with psycopg.connect(psycopg_url(postgres_url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(StoreForeignError, match="LATIN1"):
                open_database(url.set(database=name).render_as_string(hide_password=False), tmp_path)
        finally:
            connection.execute(f"DROP DATABASE {name}")


def psycopg_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def role_without_rights(url: str) -> Iterator[URL]:
    name = f"poor_{os.urandom(4).hex()}"
    schema = make_url(url).query["options"].removeprefix("-csearch_path=")
    with psycopg.connect(psycopg_url(url), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'pass-of-the-poor'")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        try:
            yield make_url(url).set(username=name, password="pass-of-the-poor")
        finally:
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")


def test_a_user_without_rights_is_told(postgres_url: str, tmp_path: Path) -> None:
    with role_without_rights(postgres_url) as url:
        error = told(url, tmp_path)
    assert "permission denied" in error.message
    assert "GRANT" in (error.hint or "")


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("53100", StoreFullError, "no space is left"),
        ("40001", StoreBusyError, "in each other's way"),
        ("53300", StoreBusyError, "no connection free"),
        ("XX001", StoreError, "is damaged"),
        ("25006", StoreError, "cannot be written"),
        ("P0001", StoreError, "as the server says"),
    ],
)
def test_what_the_server_reports_becomes_an_error_of_the_store(
    postgres_url: str, tmp_path: Path, state: str, kind: type[StoreError], words: str
) -> None:
    said = f"DO $$ BEGIN RAISE EXCEPTION 'as the server says' USING ERRCODE = '{state}'; END $$"
    with open_database(postgres_url, tmp_path) as database:
        with pytest.raises(StoreError, match=words) as caught, database.write() as connection:
            connection.exec_driver_sql(said)
        assert type(caught.value) is kind
        assert Catalogue(database).count() == 0


def test_a_connection_that_is_cut_is_told_and_the_next_one_works(postgres_url: str, tmp_path: Path) -> None:
    with open_database(postgres_url, tmp_path) as database:
        catalogue = Catalogue(database)
        catalogue.put(document("a"))

        def write() -> None:
            with database.write() as connection:
                number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                catalogue.put(document("b"))
                with psycopg.connect(psycopg_url(postgres_url), autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
                catalogue.put(document("c"))

        with pytest.raises(StoreError, match="was lost") as caught:
            write()
        assert caught.value.hint
        assert [d.name for d in catalogue.documents()] == ["a"]


def test_connections_that_were_cut_while_idle_cost_nothing(postgres_url: str, tmp_path: Path) -> None:
    with open_database(postgres_url, tmp_path) as database:
        with database.read() as connection:
            number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(psycopg_url(postgres_url), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
        assert Catalogue(database).count() == 0


def test_only_locks_of_one_name_wait_for_each_other(postgres_url: str, tmp_path: Path) -> None:
    with open_database(postgres_url, tmp_path, busy_seconds=0.1) as database:
        with database.write(lock="one"), pytest.raises(StoreBusyError):
            wait_for(postgres_url, tmp_path)
        with database.write(lock="two"):
            wait_for(postgres_url, tmp_path)


def wait_for(url: str, home: Path) -> None:
    with open_database(url, home, busy_seconds=0.1) as other, other.write(lock="one"):
        pass


def test_journals_do_not_wait_for_an_import(postgres_url: str, tmp_path: Path) -> None:
    with (
        open_database(postgres_url, tmp_path) as database,
        open_database(postgres_url, tmp_path, busy_seconds=0.05) as other,
        database.write(),
    ):
        Catalogue(database).put(document("a"))
        assert JournalStore(other).create("0123456789ab", "i", "m", "/").id == "0123456789ab"


def test_a_writer_waits_for_the_disk_only_if_it_must(postgres_url: str, tmp_path: Path) -> None:
    with open_database(postgres_url, tmp_path) as database:
        levels: list[object] = []
        for durable in (True, False, True):
            with database.write(durable=durable) as connection:
                levels.append(connection.exec_driver_sql("SHOW synchronous_commit").scalar())
    assert levels == ["on", "off", "on"]


def test_a_setting_of_the_url_that_is_no_postgres_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="neither"):
        open_database("mysql://host/db", tmp_path)
