"""A recorded run, replayed as it was and with another outline."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taskmatrix import TaskMatrix
from taskmatrix.conversation import RunSummary, summarize
from taskmatrix.core.events import QuestionAsked

Open = Callable[..., TaskMatrix]

OUTLINE = "1. Add 5 euros to savings\n2. Read the balance of savings\n3. Read the balance of holidays"
BOTH = "```python\nfrom ledger import add_money, read_balance\nadd_money('savings', 5.0)\nread_balance('savings')\n```"
ONE = "```python\nfrom ledger import add_money\nadd_money('savings', 5.0)\n```"
ASKED = "add 5 euros to savings and read the balances"


def _carry_out(tm: TaskMatrix, *answers: str) -> RunSummary:
    left = list(answers)

    async def answer(request: QuestionAsked) -> str | None:
        return left.pop(0)

    return summarize(tm.run_sync(ASKED, asker=answer, review="always", assume_yes=True))


@pytest.fixture
def recorded(open_ledger: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script of two runs, whose user left out one step and two."""
    path = tmp_path / "recorded.jsonl"
    monkeypatch.setenv("TASKMATRIX_RECORD", str(path))
    tm = open_ledger(OUTLINE, BOTH, OUTLINE, ONE)
    assert _carry_out(tm, "drop step 3", "ok").status == "done"
    assert _carry_out(tm, "drop steps 2 and 3", "ok").status == "done"
    monkeypatch.delenv("TASKMATRIX_RECORD")
    return path


def test_a_recorded_run_is_replayed_by_what_is_asked_and_not_by_its_place(open_ledger: Open, recorded: Path) -> None:
    tm = open_ledger(model=f"scripted:{recorded}")
    told = _carry_out(tm, "drop steps 2 and 3", "ok")
    assert told.program is not None and told.program.code in ONE
    told = _carry_out(tm, "drop step 3", "ok")
    assert told.program is not None and told.program.code in BOTH


def test_an_outline_that_was_edited_otherwise_is_said_not_to_be_in_the_recording(
    open_ledger: Open, recorded: Path
) -> None:
    told = _carry_out(open_ledger(model=f"scripted:{recorded}"), "drop step 1", "ok")
    assert told.error is not None and told.status == "failed"
    assert f"the program for {ASKED!r}" in told.error.message
    assert "differs in: outline" in told.error.message


def test_a_run_that_waited_goes_on_with_its_recording_in_another_process(open_ledger: Open, recorded: Path) -> None:
    waiting = open_ledger(model=f"scripted:{recorded}").run_sync(ASKED, review="always", assume_yes=True)
    assert waiting.status == "waiting"
    again = open_ledger(model=f"scripted:{recorded}")
    edited = again.resume_sync(waiting.id, "drop steps 2 and 3")
    told = summarize(again.resume_sync(edited.id, "ok")) if edited.status == "waiting" else summarize(edited)
    assert (told.status, told.program and told.program.code in ONE) == ("done", True)
