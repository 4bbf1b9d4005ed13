import os
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from databases import DatabasePlace
from taskmatrix.core.errors import SettingError, StoreBusyError, StoreError, StoreForeignError, StoreFullError
from taskmatrix.store import Catalogue, Database, Notes, open_database
from taskmatrix.store.creation import APPLICATION_ID
from taskmatrix.store.migrations import HEAD, REVISIONS, VERSION_TABLE
from taskmatrix.store.tables import metadata


def run_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_opening_creates_home_file_and_tables(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    with open_database(None, home) as database:
        assert Catalogue(database).count() == 0
    assert (home / "taskmatrix.db").is_file()


def test_a_created_file_carries_our_mark_and_write_ahead_logging(tmp_path: Path) -> None:
    open_database(None, tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "taskmatrix.db")) as raw:
        assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_opening_a_current_file_does_not_import_alembic(tmp_path: Path) -> None:
    open_database(None, tmp_path).close()
    code = """
import sys, pathlib
from taskmatrix.store import open_database
open_database(None, pathlib.Path(sys.argv[1])).close()
print("alembic" in sys.modules)
"""
    out, err = run_python(code, str(tmp_path)).communicate()
    assert (out.strip(), err) == ("False", "")


def test_a_url_names_another_file(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/other/r.db", tmp_path / "home").close()
    assert (tmp_path / "other" / "r.db").is_file()
    assert not (tmp_path / "home").exists()


def test_a_path_with_strange_characters_works(tmp_path: Path) -> None:
    home = tmp_path / "ein Ordner % ? # äö"
    open_database(None, home).close()
    with open_database(None, home) as database:
        assert Catalogue(database).count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secret@host/db",
        "mysql://host/db?password=secret",
        "postgresql://u:secret@host:secret/db",
        "postgresql://u:secret@host:70000x/db",
        "sqlite://",
        "sqlite:///:memory:",
        "nonsense",
        "x://[",
    ],
)
def test_a_url_that_names_no_database_is_a_setting_error_without_the_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        open_database(url, tmp_path)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_the_migrations_end_where_the_tables_are(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.read() as connection:
        table = VERSION_TABLE[connection.dialect.name]
        context = MigrationContext.configure(connection, opts={"version_table": table})
        assert compare_metadata(context, metadata) == []


def test_the_list_of_revisions_is_the_one_alembic_sees() -> None:
    from alembic.script import ScriptDirectory

    import taskmatrix.store.migrations as migrations

    folder = Path(str(migrations.__file__)).parent
    seen = [s.revision for s in ScriptDirectory(str(folder)).walk_revisions()]
    assert tuple(reversed(seen)) == REVISIONS
    assert seen[0] == HEAD


@pytest.mark.parametrize(
    "content", [b"hello, this is a text\n", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\xff" * 200]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "taskmatrix.db").write_bytes(content)
    before = snapshot(tmp_path)
    with pytest.raises(StoreError) as caught:
        open_database(None, tmp_path)
    assert str(tmp_path / "taskmatrix.db") in caught.value.message
    assert caught.value.hint
    assert snapshot(tmp_path) == before


def test_a_text_file_is_called_foreign(tmp_path: Path) -> None:
    (tmp_path / "taskmatrix.db").write_text("hello")
    with pytest.raises(StoreForeignError, match="no TaskMatrix database"):
        open_database(None, tmp_path)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path, mode: str) -> None:
    with closing(sqlite3.connect(tmp_path / "taskmatrix.db")) as raw:
        raw.execute(f"PRAGMA journal_mode={mode}")
        raw.execute("CREATE TABLE photos (id)")
        raw.commit()
    before = snapshot(tmp_path)
    with pytest.raises(StoreForeignError, match=r"taskmatrix\.db"):
        open_database(None, tmp_path)
    assert snapshot(tmp_path) == before


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_database(None, tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "taskmatrix.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = (tmp_path / "taskmatrix.db").read_bytes()
    with pytest.raises(StoreForeignError, match="newer version"):
        open_database(None, tmp_path)
    assert (tmp_path / "taskmatrix.db").read_bytes() == before


def test_an_empty_file_is_taken_as_new(tmp_path: Path) -> None:
    (tmp_path / "taskmatrix.db").touch()
    with open_database(None, tmp_path) as database:
        assert Catalogue(database).count() == 0


def test_a_creation_cut_short_before_its_commit_is_done_again(tmp_path: Path) -> None:
    code = """
import os, sys, pathlib
from taskmatrix.store import creation, open_database
from alembic import command
real = command.upgrade
def cut(config, revision):
    real(config, revision)
    os.kill(os.getpid(), 9)
command.upgrade = cut
open_database(None, pathlib.Path(sys.argv[1]))
"""
    with run_python(code, str(tmp_path)) as process:
        assert process.wait() == -9
    with open_database(None, tmp_path) as database:
        assert Catalogue(database).count() == 0


def test_processes_that_create_the_same_database_at_once_all_get_it(database_place: DatabasePlace) -> None:
    code = """
import sys, pathlib
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import Catalogue, open_database
import alembic.command
print("ready", flush=True)
sys.stdin.readline()
with open_database(sys.argv[3] or None, pathlib.Path(sys.argv[1])) as database:
    for n in range(20):
        Catalogue(database).put(ApiDocument(package=sys.argv[2], name=str(n), description="d", parameters=()))
"""
    home, url = str(database_place.home), database_place.url or ""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, home, f"p{n}", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ends = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [process.communicate()[1] for process in processes]
    assert ends == [""] * 4
    with database_place.open() as database:
        catalogue = Catalogue(database)
        assert catalogue.count() == 80
        assert sorted(c.number for c in catalogue.changes(0)) == list(range(1, 81))


def test_a_writer_that_waits_too_long_says_who_is_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "taskmatrix.db"
    with (
        open_database(None, tmp_path, busy_seconds=0.05) as database,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="locked by another process") as caught, database.write():
            pass
        assert caught.value.retryable
        assert Catalogue(database).count() == 0


def test_a_full_disk_is_told_and_nothing_is_half_written(sqlite_database: Database) -> None:
    database = sqlite_database

    def fill() -> None:
        with database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.execute(text("INSERT INTO meta VALUES ('big', :v)"), {"v": "x" * 1_000_000})

    with pytest.raises(StoreFullError, match="no space is left"):
        fill()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM meta")).scalar() == 0


def test_home_below_a_file_is_told_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        open_database(None, tmp_path / "file" / "home")
    assert "TASKMATRIX_HOME" in (caught.value.hint or "")


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "taskmatrix.db").mkdir()
    with pytest.raises(StoreError):
        open_database(None, tmp_path)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere: for the length of the block, be somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("below", [".", "new/home"])
def test_a_read_only_home_is_told_with_a_hint(below: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with as_nobody(), pytest.raises(StoreError, match="Permission denied") as caught:
            open_database(None, Path(folder) / below)
        Path(folder).chmod(0o700)
    assert "TASKMATRIX_HOME" in (caught.value.hint or "")


def test_a_registry_that_may_only_be_read_is_told_with_a_hint() -> None:
    with tempfile.TemporaryDirectory() as folder:
        open_database(None, Path(folder)).close()
        (Path(folder) / "taskmatrix.db").chmod(0o444)
        Path(folder).chmod(0o555)
        with (
            as_nobody(),
            pytest.raises(StoreError, match="cannot be written") as caught,
            open_database(None, Path(folder)) as database,
        ):
            Notes(database, "x").put("k", "v")
        Path(folder).chmod(0o700)
    assert "TASKMATRIX_HOME" in (caught.value.hint or "")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    open_database(None, tmp_path).close()
    path = tmp_path / "taskmatrix.db"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    with pytest.raises(StoreError, match="damaged"), open_database(None, tmp_path) as database:
        Catalogue(database).count()


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM meta")).scalar() == 0


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_durable_writes_sync_the_disk(sqlite_database: Database, durable: bool, level: int) -> None:
    with sqlite_database.write(durable=durable) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level


def test_foreign_keys_hold(database: Database) -> None:
    insert = text("INSERT INTO events VALUES ('nobody', 1, '2026-01-01', 'printed', '{}')")
    with pytest.raises(StoreError, match=r"(?i)foreign key"), database.write() as connection:
        connection.execute(insert)
