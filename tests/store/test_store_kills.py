"""kill -9 at many moments: what is there afterwards is whole, and whatever was acknowledged is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from store_documents import prepared, source

from databases import DatabasePlace
from forked import ForkedCommands
from taskmatrix.store import AuditLog, Catalogue, IdempotencyStore

IMPORT = """
import sys, pathlib
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import Catalogue, SourceRecord, open_database, prepare

def rows():
    for n in range(500, 2_000):
        if n % 100 == 0:
            print(n, flush=True)
        yield prepare(ApiDocument(package="mail", name=f"n{n}", description="new", parameters=()))

with open_database(sys.argv[2] or None, pathlib.Path(sys.argv[1])) as database:
    source = SourceRecord("openapi:mail", "openapi", "/somewhere", {})
    Catalogue(database).apply(rows(), source=source)
    print("done", flush=True)
"""

REGISTER = """
import sys, pathlib
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import AuditLog, Catalogue, IdempotencyStore, open_database

database = open_database(sys.argv[2] or None, pathlib.Path(sys.argv[1]))
catalogue, log, answers = Catalogue(database), AuditLog(database), IdempotencyStore(database)
n = 0
while True:
    name = f"n{n}"
    with database.write():
        catalogue.put(ApiDocument(package="mail", name=name, description="d", parameters=()))
        answers.keep("alice", name, "0" * 64, {"api": name})
        log.write("alice", "register", name, "done")
    print(n, flush=True)
    n += 1
"""


@contextmanager
def child(commands: ForkedCommands, code: str, place: DatabasePlace) -> Iterator[Iterator[str]]:
    """Run a writer that is killed when the block ends; give the lines it prints."""
    process = commands.talk(str(place.home), place.url or "", code=code)
    assert process.stdout is not None
    try:
        yield iter(process.stdout)
    finally:
        process.kill()
        process.communicate()


def assert_sound(place: DatabasePlace) -> None:
    with place.open() as database, database.write():
        # A server may still be at work on what it was last asked: it holds this lock until it has ended.
        pass
    if place.url is None:
        with closing(sqlite3.connect(place.home / "taskmatrix.db")) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("lines", [1, 8, 15, 16])
def test_an_import_that_is_killed_is_done_as_a_whole_or_not_at_all(
    database_place: DatabasePlace, forked_commands: ForkedCommands, lines: int
) -> None:
    with database_place.open() as database:
        Catalogue(database).apply((prepared(f"n{n}") for n in range(1_000)), source=source())
    with child(forked_commands, IMPORT, database_place) as printed:
        said = [line for _, line in zip(range(lines), printed, strict=False)]
    assert_sound(database_place)
    with database_place.open() as database:
        catalogue = Catalogue(database)
        found = {d.name: d.description for d in catalogue.documents()}
        kept = catalogue.source("openapi:mail")
        assert kept is not None
        before = {f"n{n}": "d" for n in range(1_000)}
        after = {f"n{n}": "new" for n in range(500, 2_000)}
        assert found == (after if "done\n" in said or kept.apis == len(after) else before)
        assert catalogue.latest_change() == (3_000 if found == after else 1_000)
        assert len(catalogue.history("mail", "n700")) == (2 if found == after else 1)
        counts = catalogue.apply((prepared(f"n{n}") for n in range(1_000)), source=source())
        assert counts.unchanged == (0 if found == after else 1_000)


@pytest.mark.parametrize("lines", [1, 5, 23])
def test_what_was_registered_before_a_kill_is_there_with_its_record(
    database_place: DatabasePlace, forked_commands: ForkedCommands, lines: int
) -> None:
    with child(forked_commands, REGISTER, database_place) as printed:
        acknowledged = [int(line) for _, line in zip(range(lines), printed, strict=False)]
    assert len(acknowledged) == lines
    assert_sound(database_place)
    with database_place.open() as database:
        catalogue, log, answers = Catalogue(database), AuditLog(database), IdempotencyStore(database)
        there = sorted(int(d.name.removeprefix("n")) for d in catalogue.documents())
        assert there == list(range(len(there)))
        assert there[: len(acknowledged)] == acknowledged
        assert [record.target for record in log.read(1_000)] == [f"n{n}" for n in reversed(there)]
        assert all(answers.find("alice", f"n{n}") is not None for n in there)
        assert answers.find("alice", f"n{len(there)}") is None
        assert catalogue.latest_change() == len(there)
