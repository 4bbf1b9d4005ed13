from pathlib import Path

import pytest

from taskmatrix.app.locks import hold_run, is_held
from taskmatrix.core.errors import UsageError


def test_a_run_is_held_while_it_is_carried_out_and_leaves_no_file(tmp_path: Path) -> None:
    locks = tmp_path / "locks"
    assert not is_held(locks, "one")
    with hold_run(locks, "one"):
        assert is_held(locks, "one")
        assert not is_held(locks, "two")
    assert not is_held(locks, "one")
    assert list(locks.iterdir()) == []


def test_a_run_is_held_once_and_free_again_after_a_failure(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="another process is carrying out run one"),
        hold_run(tmp_path, "one"),
        hold_run(tmp_path, "one"),
    ):
        pass
    with hold_run(tmp_path, "one"):
        assert is_held(tmp_path, "one")


def test_a_lock_that_was_left_behind_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    assert not is_held(tmp_path, "one")
    with hold_run(tmp_path, "one"):
        assert is_held(tmp_path, "one")
