import os
from pathlib import Path
from typing import Any

import pytest
from executor_stage import NOW, Stage, store_journal
from undo_shop import Shop

from forked import ForkedCommands
from taskmatrix.core.events import (
    EVENT,
    ApprovalAnswered,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    RunStarted,
    UndoFinished,
)
from taskmatrix.executor import context
from taskmatrix.executor.contents import fingerprint_of
from taskmatrix.sandbox import MontySandbox


@pytest.fixture
def shop(stage: Stage, sandbox: MontySandbox) -> Shop:
    return Shop(stage.directory, stage.home, sandbox)


def states(steps: Any) -> list[tuple[int, str]]:
    return [(step.call, step.state) for step in steps]


def test_calls_are_taken_back_last_first_with_arguments_from_their_results(shop: Shop) -> None:
    shop.run("import shop\nshop.order('tea', 2)\nshop.stock()\nshop.order('milk', 1)\nshop.reserve('T1')")
    steps = shop.undo()
    assert states(steps) == [(4, "undone"), (3, "undone"), (1, "undone")]
    assert shop.ledger()[3:] == ["release T1", "cancel A2 for milk why=undone", "cancel A1 for tea why=undone"]
    undoing = [event for event in shop.of(CallIntended) if event.undoes is not None]
    assert [(event.call, event.undoes, event.api) for event in undoing] == [
        (5, 4, "shop.release"),
        (6, 3, "shop.cancel"),
        (7, 1, "shop.cancel"),
    ]
    assert shop.of(UndoFinished)[0].steps == steps


def test_undoing_again_takes_nothing_back_twice(shop: Shop) -> None:
    shop.run("import shop\nshop.order('tea', 2)\nshop.order('milk', 1)")
    assert states(shop.undo([2])) == [(2, "undone")]
    assert states(shop.plan()) == [(2, "undone"), (1, "can-be-undone")]
    assert states(shop.undo()) == [(2, "undone"), (1, "undone")]
    shop.undo()
    assert sum(line.startswith("cancel") for line in shop.ledger()) == 2


def test_what_cannot_be_taken_back_is_told_with_the_reason_and_the_rest_is_undone(shop: Shop) -> None:
    shop.run("import shop\nshop.order('tea', 2)\nshop.mail('hello')\nshop.order('nothing', 0)\nshop.gift('tea')")
    steps = shop.undo()
    assert states(steps) == [
        (4, "cannot-be-undone"),
        (3, "cannot-be-undone"),
        (2, "cannot-be-undone"),
        (1, "undone"),
    ]
    assert [step.why for step in steps[:3]] == [
        "there is no API 'shop.take_gift', which is said to take it back",
        "shop.cancel needs 'number', and its result holds no 'order.id'",
        "nothing is known to take it back",
    ]


def test_a_refused_or_surely_failed_call_is_nothing_to_take_back(shop: Shop) -> None:
    shop.run("import shop\ntry:\n    shop.order('tea', -1)\nexcept RuntimeError:\n    pass\nshop.pay(3)")
    assert [event.code for event in shop.of(CallFailed)] == ["api-argument", "approval-denied"]
    assert shop.plan() == ()


def test_a_call_without_an_answer_is_told_as_unknown(shop: Shop) -> None:
    shop.run("import shop\nshop.order('tea', 2)")
    shop.events = [event for event in shop.events if not isinstance(event, CallDone)]
    (step,) = shop.undo()
    assert step.state == "unknown"
    assert len(shop.ledger()) == 1


def test_a_compensation_is_asked_about_as_any_call_and_may_be_denied(shop: Shop) -> None:
    shop.run("import shop\nshop.order('coffee', 2)\nshop.lend('book')")
    steps = shop.undo()
    assert states(steps) == [(2, "not-undone"), (1, "undone")]
    assert "waits for an answer" in steps[0].why
    shop.answers = lambda request: "deny"
    assert "was not approved" in shop.undo()[0].why
    shop.answers = lambda request: "approve"
    assert states(shop.undo()) == [(2, "undone"), (1, "undone")]
    assert shop.ledger().count("demand book") == 1
    assert [event.answer for event in shop.of(ApprovalAnswered)] == ["deny", "approve"]


def test_yes_approves_what_takes_calls_back(shop: Shop) -> None:
    shop.run("import shop\nshop.lend('book')")
    assert states(shop.undo(yes=True)) == [(1, "undone")]


def test_a_new_file_is_removed_and_a_replaced_one_restored(shop: Shop) -> None:
    there = shop.directory / "old.txt"
    there.write_bytes(b"before\n")
    there.chmod(0o600)
    shop.record(RunStarted(instruction="write", model="m", directory=str(shop.directory), now=NOW))
    shop.answers = lambda request: "overwrite"
    shop.run("import shop\nshop.write('new.txt', 'a')\nshop.write('old.txt', 'b')\nshop.write('old.txt', 'c')")
    assert there.read_bytes() == b"c"
    assert [event.before for event in shop.of(ArtifactMade)] == ["", fingerprint_of(b"before\n"), fingerprint_of(b"b")]
    steps = shop.undo()
    assert states(steps) == [(3, "undone"), (2, "undone"), (1, "undone")]
    assert [step.restores.partition(" at ")[0] for step in steps[:2]] == ["old.txt, as it was"] * 2
    assert [step.restores.rpartition(" ")[2] for step in steps[:2]] == ["bytes)"] * 2
    assert steps[2].restores == "new.txt, removed: it was not there before"
    assert there.read_bytes() == b"before\n"
    assert there.stat().st_mode & 0o777 == 0o600
    assert not (shop.directory / "new.txt").exists()


def test_a_file_that_somebody_changed_since_is_left_as_it_is(shop: Shop) -> None:
    shop.run("import shop\nshop.write('new.txt', 'a')\nshop.write('other.txt', 'b')")
    (shop.directory / "new.txt").write_bytes(b"mine")
    planned = shop.plan()
    assert states(planned) == [(2, "can-be-undone"), (1, "cannot-be-undone")]
    steps = shop.undo()
    assert states(steps) == [(2, "undone"), (1, "not-undone")]
    assert "changed since" in steps[1].why
    assert steps[1].why.endswith(planned[1].why)
    assert (shop.directory / "new.txt").read_bytes() == b"mine"
    (shop.directory / "new.txt").write_bytes(b"a")
    assert [(step.state, step.why) for step in shop.undo()] == [("undone", ""), ("undone", "")]


def test_a_file_written_twice_is_as_the_first_call_left_it_only_when_the_second_is_taken_back(shop: Shop) -> None:
    shop.answers = lambda request: "overwrite"
    shop.run("import shop\nshop.write('new.txt', 'a')\nshop.write('new.txt', 'b')")
    assert states(shop.plan()) == [(2, "can-be-undone"), (1, "can-be-undone")]
    assert states(shop.plan([1])) == [(1, "cannot-be-undone")]
    assert states(shop.undo([1])) == [(1, "not-undone")]
    assert (shop.directory / "new.txt").read_bytes() == b"b"


def test_what_was_too_large_to_keep_cannot_be_restored(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "MAX_KEPT_BYTES", 3)
    (shop.directory / "old.txt").write_bytes(b"four")
    shop.answers = lambda request: "overwrite"
    shop.run("import shop\nshop.write('old.txt', 'b')")
    (step,) = shop.undo()
    assert (step.state, "was not kept" in step.why) == ("cannot-be-undone", True)
    assert (shop.directory / "old.txt").read_bytes() == b"b"


def test_a_file_is_taken_back_also_where_the_call_that_wrote_it_failed(shop: Shop) -> None:
    shop.run("import shop\nshop.write_badly('new.txt')")
    assert (shop.directory / "new.txt").exists()
    assert states(shop.undo()) == [(1, "undone")]
    assert not (shop.directory / "new.txt").exists()


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from undo_shop import Shop
from taskmatrix.core.events import EVENT
from taskmatrix.sandbox import MontySandbox
work, journal = Path(sys.argv[2]), Path(sys.argv[3])
shop = Shop(work, work.parent / "home", MontySandbox(), journal=journal)
shop.events = [EVENT.validate_json(line) for line in journal.read_text().splitlines()]
shop.undo()
shop.sandbox.close()
"""


@pytest.mark.parametrize("point", ["call_sent", "cancel", "call_done"])
def test_undoing_that_was_killed_goes_on_and_undoes_nothing_twice(
    shop: Shop, stage: Stage, tmp_path: Path, forked_commands: ForkedCommands, point: str
) -> None:
    shop.run("import shop\nshop.order('tea', 2)\nshop.order('milk', 1)")
    stage.events = shop.events
    journal = store_journal(stage, tmp_path / "journal")
    arguments = [str(Path(__file__).parent), str(shop.directory), str(journal)]
    killed = forked_commands.run(*arguments, code=CHILD, env=dict(os.environ, KILL_AT=point))
    assert killed.returncode == -9, killed.stderr
    again = forked_commands.run(*arguments, code=CHILD)
    assert again.returncode == 0, again.stderr
    events = [EVENT.validate_json(line) for line in journal.read_text().splitlines()]
    steps = next(event.steps for event in reversed(events) if isinstance(event, UndoFinished))
    assert states(steps) == [(2, "undone"), (1, "undone")]
    cancelled = [line for line in shop.ledger() if line.startswith("cancel")]
    assert len(cancelled) == len(set(cancelled)) == 2
    sent = [event.call for event in events if isinstance(event, CallSent)]
    assert len(sent) == len(set(sent)) + (point != "call_done")
