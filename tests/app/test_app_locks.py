import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from databases import DatabasePlace
from taskmatrix.app.locks import FileLocks, LeaseLocks, RunLocks, run_locks
from taskmatrix.core.errors import UsageError
from taskmatrix.store import Leases


@pytest.fixture
def locks(database_place: DatabasePlace) -> Iterator[RunLocks]:
    """The locks on the runs of a database, once for each kind."""
    with database_place.open() as database:
        leases = Leases(database) if database.is_postgres else None
        yield run_locks(database, leases)
        if leases is not None:
            leases.close()


def test_a_run_is_held_while_it_is_carried_out(locks: RunLocks) -> None:
    assert not locks.is_held("one")
    with locks.hold("one"):
        assert locks.is_held("one")
        assert not locks.is_held("two")
    assert not locks.is_held("one")


def test_a_run_is_held_once_and_free_again_after_a_failure(locks: RunLocks) -> None:
    with (
        pytest.raises(UsageError, match="another process is carrying out run one"),
        locks.hold("one"),
        locks.hold("one"),
    ):
        pass
    with locks.hold("one"):
        assert locks.is_held("one")


def test_locks_on_files_leave_no_file(tmp_path: Path) -> None:
    with FileLocks(tmp_path / "locks").hold("one"):
        pass
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_lock_that_was_left_behind_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    locks = FileLocks(tmp_path)
    assert not locks.is_held("one")
    with locks.hold("one"):
        assert locks.is_held("one")


def test_two_machines_never_hold_a_run_together_and_the_second_gets_it_when_the_first_is_gone(
    postgres_url: str, tmp_path: Path
) -> None:
    # A name of its own, for other tests hold leases on this server as well.
    name = f"here-{uuid.uuid4().hex}"
    named = make_url(postgres_url).update_query_dict({"application_name": name}).render_as_string(hide_password=False)
    with (
        DatabasePlace(tmp_path / "here", named).open() as here,
        DatabasePlace(tmp_path / "there", postgres_url).open() as there,
    ):
        first, second = Leases(here), Leases(there)
        with LeaseLocks(first).hold("one"):
            assert LeaseLocks(second).is_held("one")
            assert not LeaseLocks(second).is_held("two")
            assert not second.take("run/one")
            assert first.holds()
            # As if its machine were gone: the server ends the session.
            with there.session() as session:
                session.exec_driver_sql(
                    f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{name}'"
                )
            assert not first.holds()
            with LeaseLocks(second).hold("one"):
                assert LeaseLocks(second).is_held("one")
        first.close()
        second.close()
