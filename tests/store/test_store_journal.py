import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from databases import DatabasePlace
from taskmatrix.core.errors import NotFoundError, StoreError
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    CallDone,
    Event,
    Printed,
    RunFinished,
    RunPaused,
)
from taskmatrix.core.feedback import Feedback
from taskmatrix.store import Database, FeedbackStore, JournalStore, Notes, new_run_id


def begin(database: Database, run_id: str = "0123456789ab") -> JournalStore:
    journal = JournalStore(database)
    journal.create(run_id, "do it", "embedded", "/somewhere")
    return journal


def test_events_are_numbered_and_stamped_in_their_order(database: Database) -> None:
    journal = begin(database)
    before = datetime.now(UTC)
    stored = [journal.append("0123456789ab", Printed(text=word)) for word in ("a", "b", "c")]
    assert [event.seq for event in stored] == [1, 2, 3]
    assert all(event.at is not None and before <= event.at <= datetime.now(UTC) for event in stored)
    assert list(journal.run("0123456789ab").events) == stored


def test_runs_number_their_events_each_for_itself(database: Database) -> None:
    journal = begin(database)
    journal.create("1111111111aa", "other", "m", "/")
    journal.append("0123456789ab", Printed(text="x"))
    assert journal.append("1111111111aa", Printed(text="y")).seq == 1


def test_an_event_of_no_run_is_refused(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no run 'nobody'"):
        JournalStore(database).append("nobody", Printed(text="x"))


def test_an_id_is_taken_once(database: Database) -> None:
    journal = begin(database)
    with pytest.raises(StoreError):
        journal.create("0123456789ab", "again", "m", "/")


def test_the_status_follows_the_events(database: Database) -> None:
    journal = begin(database)
    steps: list[tuple[Event, str]] = [
        (Printed(text="x"), "running"),
        (ApprovalRequested(call=1, api="a.b", arguments={}, reason="why"), "waiting"),
        (RunPaused(snapshot="s", call=1), "waiting"),
        (ApprovalAnswered(call=1, answer="approve", by="user"), "running"),
        (RunFinished(status="failed", code="api-failed"), "failed"),
    ]
    for event, status in steps:
        journal.append("0123456789ab", event)
        assert journal.run("0123456789ab").status == status
    finished = journal.run("0123456789ab").finished
    assert finished is not None
    assert finished.tzinfo is not None


def test_ids_are_short_distinct_and_sort_by_time() -> None:
    ids = [new_run_id() for _ in range(300)]
    assert all(len(run_id) == 12 for run_id in ids)
    assert [i[:9] for i in ids] == sorted(i[:9] for i in ids)
    assert len(set(ids)) > 290


def test_the_newest_runs_are_listed_first_without_events(database: Database) -> None:
    journal = JournalStore(database)
    for run_id in ("0001aaaa", "0003aaaa", "0002aaaa"):
        journal.create(run_id, run_id, "m", "/")
        journal.append(run_id, Printed(text="x"))
    assert [run.id for run in journal.runs(2)] == ["0003aaaa", "0002aaaa"]
    assert journal.runs(2)[0].events == ()


def test_a_run_is_found_by_the_beginning_or_the_end_of_its_id(database: Database) -> None:
    journal = begin(database, "0123456789ab")
    journal.create("0123999999zz", "other", "m", "/")
    for typed in ("0123456789ab", "01234", "89ab", "89AB", " OI234 "):
        assert journal.run(typed).id == "0123456789ab"


@pytest.mark.parametrize(
    "typed", ["", "9ab", "0123", "%%%%", "____", "a\0bcd", "abc\ud800", "777777", "0123456789abc", "' OR 1=1"]
)
def test_an_id_that_is_short_unknown_or_ambiguous_is_not_found(database: Database, typed: str) -> None:
    journal = begin(database, "0123456789ab")
    journal.create("0123999999zz", "other", "m", "/")
    with pytest.raises(NotFoundError) as caught:
        journal.run(typed)
    assert caught.value.hint


def test_half_a_surrogate_pair_does_not_cost_the_event(database: Database) -> None:
    journal = begin(database)
    stored = journal.append("0123456789ab", Printed(text="a\ud800b"))
    assert journal.run("0123456789ab").events == (stored,)
    assert stored == Printed(text="a?b", seq=1, at=stored.at)


def test_an_instruction_with_half_a_surrogate_pair_is_kept(database: Database) -> None:
    JournalStore(database).create("aaaabbbb", "x\udcff", "m", "/\udcff")
    assert JournalStore(database).run("aaaabbbb").instruction == "x?"


def test_an_event_that_could_not_be_read_back_is_refused(database: Database) -> None:
    journal = begin(database)
    with pytest.raises(StoreError, match="cannot be kept"):
        journal.append("0123456789ab", CallDone(call=1, result=10**5000, seconds=0))
    assert journal.run("0123456789ab").events == ()
    assert journal.append("0123456789ab", Printed(text="on")).seq == 1


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_any_result_is_read_as_it_was_stored(database: Database, printed: str, result: dict[str, object]) -> None:
    journal = JournalStore(database)
    run_id = new_run_id()
    journal.create(run_id, printed, "m", "/")
    stored = [
        journal.append(run_id, Printed(text=printed)),
        journal.append(run_id, CallDone.model_validate({"call": 1, "result": result, "seconds": 0})),
    ]
    assert list(journal.run(run_id).events) == stored


def test_events_written_before_a_kill_are_there_after_it(database_place: DatabasePlace) -> None:
    code = """
import sys, pathlib
from taskmatrix.core.events import Printed
from taskmatrix.store import JournalStore, open_database
journal = JournalStore(open_database(sys.argv[2] or None, pathlib.Path(sys.argv[1])))
journal.create("0123456789ab", "i", "m", "/")
while True:
    print(journal.append("0123456789ab", Printed(text="x")).seq, flush=True)
"""
    arguments = [sys.executable, "-c", code, str(database_place.home), database_place.url or ""]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    last = 0
    for line in process.stdout:
        last = int(line)
        if last == 20:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()
    with database_place.open() as database, database.write(lock="run/0123456789ab"):
        events = JournalStore(database).run("0123456789ab").events
        assert len(events) >= last
        assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_two_processes_append_to_one_journal_without_a_gap(database_place: DatabasePlace) -> None:
    with database_place.open() as database:
        begin(database)
    code = """
import sys, pathlib
from taskmatrix.core.events import Printed
from taskmatrix.store import JournalStore, open_database
with open_database(sys.argv[2] or None, pathlib.Path(sys.argv[1])) as database:
    for _ in range(40):
        JournalStore(database).append("0123456789ab", Printed(text="x"))
"""
    arguments = [sys.executable, "-W", "error", "-c", code, str(database_place.home), database_place.url or ""]
    processes = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[1] for process in processes] == ["", ""]
    with database_place.open() as database:
        events = JournalStore(database).run("0123456789ab").events
    assert [event.seq for event in events] == list(range(1, 81))


def test_feedback_is_kept_beside_its_run(database: Database) -> None:
    begin(database)
    said = Feedback(run="0123456789ab", verdict="down", text="wrong title", at=datetime.now(UTC))
    store = FeedbackStore(database)
    store.add(said)
    assert store.of("0123456789ab") == [said]
    assert store.of("other") == []


def test_feedback_on_no_run_is_refused(database: Database) -> None:
    with pytest.raises(NotFoundError):
        FeedbackStore(database).add(Feedback(run="none", verdict="up", at=datetime.now(UTC)))


def test_notes_are_kept_below_their_prefix(database: Database) -> None:
    notes, other = Notes(database, "a"), Notes(database, "a%")
    notes.put("k", "1")
    notes.put("k", "2")
    other.put("k", "3")
    assert (notes.all(), other.all()) == ({"k": "2"}, {"k": "3"})
    notes.remove("k")
    assert (notes.all(), other.all()) == ({}, {"k": "3"})


def test_threads_share_one_database_without_a_gap(database: Database) -> None:
    journal = begin(database)

    def write() -> None:
        for _ in range(20):
            journal.append("0123456789ab", Printed(text="x"))

    threads = [threading.Thread(target=write) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in journal.run("0123456789ab").events] == list(range(1, 401))
