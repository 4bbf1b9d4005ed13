import contextvars
import threading
from contextlib import suppress

import pytest
from sqlalchemy import text
from store_documents import document, prepared

from databases import DatabasePlace
from taskmatrix.core.errors import StaleVersionError, StoreBusyError, StoreError
from taskmatrix.core.events import Printed
from taskmatrix.store import AuditLog, Catalogue, Database, IdempotencyStore, JournalStore, Notes


def test_stores_change_together_or_not_at_all(database: Database) -> None:
    catalogue, log, answers = Catalogue(database), AuditLog(database), IdempotencyStore(database)

    def register(name: str, *, fails: bool) -> None:
        with database.write():
            catalogue.put(document(name))
            answers.keep("alice", name, "0" * 64, {"api": name})
            log.write("alice", "register", name, "done")
            if fails:
                raise RuntimeError("cut short")

    register("a", fails=False)
    with pytest.raises(RuntimeError):
        register("b", fails=True)
    assert [d.name for d in catalogue.documents()] == ["a"]
    assert [r.target for r in log.read()] == ["a"]
    assert answers.find("alice", "b") is None
    assert catalogue.latest_change() == 1


def test_a_read_inside_a_write_sees_what_was_written(database: Database) -> None:
    catalogue = Catalogue(database)
    with database.write():
        catalogue.put(document("a"))
        assert catalogue.get("mail", "a") is not None
        assert catalogue.put(document("a")) == "unchanged"


def test_an_inner_write_that_fails_takes_back_only_itself(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))

    def half_done() -> None:
        with database.write():
            catalogue.put(document("half"))
            catalogue.replace(document("a", description="new"), expected=7, by="alice")

    with database.write():
        catalogue.put(document("b"))
        with pytest.raises(StaleVersionError):
            half_done()
        catalogue.put(document("c"))
    assert [d.name for d in catalogue.documents()] == ["a", "b", "c"]
    assert [c.number for c in catalogue.changes(0)] == [1, 2, 3]


def test_a_statement_that_fails_inside_does_not_spoil_the_rest(database: Database) -> None:
    journal = JournalStore(database)
    with database.write():
        journal.create("0123456789ab", "i", "m", "/")
        with pytest.raises(Exception, match=r"(?i)unique"):
            journal.create("0123456789ab", "again", "m", "/")
        journal.append("0123456789ab", Printed(text="on"))
    assert len(journal.run("0123456789ab").events) == 1


def test_a_write_inside_a_read_is_on_its_own(database: Database) -> None:
    catalogue = Catalogue(database)
    with database.read():
        assert catalogue.count() == 0
        catalogue.put(document("a"))
        assert catalogue.count() == 0
    assert catalogue.count() == 1


def test_a_reader_sees_one_state_whatever_others_write(database_place: DatabasePlace) -> None:
    with database_place.open() as database, database_place.open() as other:
        with database.read():
            assert Catalogue(database).count() == 0
            Catalogue(other).put(document("a"))
            assert Catalogue(database).count() == 0
            assert Catalogue(database).latest_change() == 0
        assert Catalogue(database).count() == 1


def test_a_thread_that_inherits_an_open_transaction_does_not_join_it(database: Database) -> None:
    seen: list[int] = []
    with database.write() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('k', 'v')"))
        inherited = contextvars.copy_context()

        def look() -> None:
            with database.read() as own:
                seen.append(own.execute(text("SELECT count(*) FROM meta")).scalar_one())

        thread = threading.Thread(target=inherited.run, args=[look])
        thread.start()
        thread.join()
    assert seen == [0]


def test_what_inherits_a_transaction_that_has_ended_does_not_join_it(database: Database) -> None:
    with database.write():
        inherited = contextvars.copy_context()
    inherited.run(Catalogue(database).put, document("a"))
    assert Catalogue(database).count() == 1


def test_two_databases_have_transactions_of_their_own(database_place: DatabasePlace, database: Database) -> None:
    with database_place.open() as other, database.read():
        assert Catalogue(database).count() == 0
        Catalogue(other).put(document("a"))
        with other.read():
            assert Catalogue(database).count() == 0
            assert Catalogue(other).count() == 1


def test_a_writer_that_waits_too_long_is_told_to_try_again(database_place: DatabasePlace) -> None:
    with database_place.open() as other, database_place.open(busy_seconds=0.05) as database, other.write():
        with pytest.raises(StoreBusyError, match="locked by another process") as caught, database.write():
            pass
        assert caught.value.retryable
        assert Catalogue(database).count() == 0


def test_what_was_looked_up_in_a_write_holds_until_it_ends(database_place: DatabasePlace) -> None:
    """Of many who register the same new name at once, one finds it free."""
    database_place.open().close()
    winners: list[str] = []
    start = threading.Barrier(6)

    def register(who: str) -> None:
        with database_place.open() as database:
            catalogue = Catalogue(database)
            start.wait()
            with database.write():
                if catalogue.entry("mail", "a") is None:
                    catalogue.apply([prepared("a", description=who)], by=who, owner=who)
                    winners.append(who)

    threads = [threading.Thread(target=register, args=[f"owner {n}"]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database_place.open() as database:
        entry = Catalogue(database).entry("mail", "a")
    assert entry is not None
    assert winners == [entry.owner]


def test_the_first_changes_of_many_writers_are_numbered_without_a_gap(database_place: DatabasePlace) -> None:
    database_place.open().close()
    start = threading.Barrier(6)

    def put(package: str) -> None:
        with database_place.open() as database:
            start.wait()
            for n in range(5):
                Catalogue(database).put(document(str(n), package))

    threads = [threading.Thread(target=put, args=[f"p{n}"]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database_place.open() as database:
        assert [c.number for c in Catalogue(database).changes(0)] == list(range(1, 31))


def test_rows_are_those_of_the_open_transaction_and_else_what_was_kept(database: Database) -> None:
    counted = "SELECT count(*) FROM meta WHERE key = :key"
    notes = Notes(database, "colours")
    with suppress(ZeroDivisionError), database.write():
        notes.put("red", "1")
        assert [tuple(row) for row in database.rows(counted, {"key": "colours/red"})] == [(1,)]
        raise ZeroDivisionError
    assert [tuple(row) for row in database.rows(counted, {"key": "colours/red"})] == [(0,)]
    with pytest.raises(StoreError):
        database.rows("SELECT nothing FROM nowhere", {})
