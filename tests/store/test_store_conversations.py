from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from databases import DatabasePlace
from taskmatrix.core.errors import ConflictError, NotFoundError
from taskmatrix.core.events import Printed
from taskmatrix.store import ConversationStore, Database, JournalStore, new_run_id
from taskmatrix.store.appending import EngineStatements
from taskmatrix.store.turns import take_turn


def say(database: Database, conversation: str, turn: int, instruction: str = "do it") -> str:
    """Open a run as a turn, both or neither."""
    run_id = new_run_id()
    with database.write(lock=None):
        JournalStore(database).create(run_id, instruction, "m", "/work", opening=[Printed(text="hello")])
        take(database, conversation, turn, run_id, instruction)
    return run_id


def take(database: Database, conversation: str, turn: int, run_id: str, instruction: str = "do it") -> None:
    with database.write(lock=None) as connection:
        statements = EngineStatements(connection)
        take_turn(statements, conversation, turn, run_id, instruction, statements.moment(datetime.now(UTC)))


def test_the_runs_of_a_conversation_are_its_turns_in_order(database: Database) -> None:
    store = ConversationStore(database)
    made = store.create(directory="/work")
    said = [say(database, made.id, turn) for turn in (1, 2, 3)]
    assert store.runs(made.id) == dict(enumerate(said, start=1))
    assert list(store.runs(made.id, after=1, before=3)) == [2]
    assert store.find(made.id).turns == 3
    assert store.find(made.id).directory == "/work"


def test_a_conversation_is_called_by_its_first_instruction_until_somebody_names_it(database: Database) -> None:
    store = ConversationStore(database)
    made = store.create()
    say(database, made.id, 1, "create a\n presentation " + "x" * 200)
    say(database, made.id, 2, "save it")
    title = store.find(made.id).title
    assert title.startswith("create a presentation x") and len(title) == 80
    store.rename(made.id, "the\0 deck\ud800")
    assert store.find(made.id).title == "the? deck?"


def test_the_one_that_was_spoken_in_last_is_the_newest(database: Database) -> None:
    store = ConversationStore(database)
    first, second = store.create("first", "/a"), store.create("second", "/b")
    say(database, first.id, 1)
    assert [one.title for one in store.newest()] == ["first", "second"]
    assert [one.id for one in store.newest(directory="/b")] == [second.id]
    assert len(store.newest(1)) == 1


def test_of_many_that_want_the_same_turn_one_gets_it_and_the_others_leave_no_run(database: Database) -> None:
    made = ConversationStore(database).create()
    say(database, made.id, 1)

    def try_it(_: int) -> str:
        try:
            return say(database, made.id, 2)
        except ConflictError as error:
            assert "turn 2" in error.message
            return ""

    with ThreadPoolExecutor(4) as pool:
        won = [run for run in pool.map(try_it, range(8)) if run]
    assert len(won) == 1
    assert ConversationStore(database).runs(made.id)[2] == won[0]
    assert len(JournalStore(database).runs()) == 2


def test_a_run_is_one_turn_only_and_no_turn_is_left_out(database: Database) -> None:
    store = ConversationStore(database)
    one, other = store.create(), store.create()
    run = say(database, one.id, 1)
    with pytest.raises(ConflictError):
        take(database, other.id, 1, run)
    with pytest.raises(ConflictError):
        say(database, one.id, 3)
    with pytest.raises(NotFoundError):
        say(database, "gone", 1)


def test_it_is_found_by_a_part_of_its_id_that_only_it_has(database: Database) -> None:
    store = ConversationStore(database)
    made = [store.create() for _ in range(2)]
    assert store.find(made[0].id[-5:].upper()).id == made[0].id
    with pytest.raises(NotFoundError, match="several conversations"):
        store.find(made[0].id[:4])
    for nothing in ("", "no", "zzzzzzzz", "\0\0\0\0\0", "a%%%%", "\ud800abcd"):
        with pytest.raises(NotFoundError, match="no conversation"):
            store.find(nothing)


def test_a_summary_never_reaches_back_behind_a_longer_one(database: Database) -> None:
    store = ConversationStore(database)
    made = store.create()
    store.keep_summary(made.id, "up to twelve", 12)
    store.keep_summary(made.id, "up to ten", 10)
    store.keep_summary(made.id, "better", 12)
    found = store.find(made.id)
    assert (found.summary, found.summarized) == ("better", 12)


def test_deleting_it_leaves_its_runs_unless_they_are_to_go_too(database: Database) -> None:
    store, journal = ConversationStore(database), JournalStore(database)
    kept, gone = store.create(), store.create()
    run, other = say(database, kept.id, 1), say(database, gone.id, 1)
    store.delete(kept.id)
    store.delete(gone.id, with_runs=True)
    assert journal.run(run).events and not store.newest()
    with pytest.raises(NotFoundError):
        journal.run(other)
    with pytest.raises(NotFoundError):
        store.delete(kept.id)


def test_it_is_there_after_a_restart(database_place: DatabasePlace, tmp_path: Path) -> None:
    with database_place.open() as database:
        made = ConversationStore(database).create("kept", str(tmp_path))
        run = say(database, made.id, 1)
    with database_place.open() as database:
        assert ConversationStore(database).runs(made.id) == {1: run}
