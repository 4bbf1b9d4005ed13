import json
import logging

import anyio
import pytest

from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiStateError, LimitError, SandboxError, StoreFullError
from taskmatrix.core.events import EVENT, ArtifactMade, CallDone, CallFailed, CallIntended, CallSent, Printed
from taskmatrix.core.protocols import Decision, Limits
from taskmatrix.store.blobs import FileBlobs


def test_a_program_runs_and_every_step_is_written_down(stage):
    outcome = stage.run("from desk import add\nprint('start')\nx = add(1, b=2)\nadd(a=x, b=4)")
    assert (outcome.status, outcome.value, outcome.error) == ("done", 7.0, None)
    assert stage.types() == ["printed"] + ["call_intended", "call_sent", "call_done"] * 2
    first, second = stage.of(CallIntended)
    assert (first.call, first.api, first.arguments, first.effect, first.line) == (
        1,
        "desk.add",
        {"a": 1, "b": 2},
        "read",
        3,
    )
    assert (second.call, second.arguments, second.line) == (2, {"a": 3.0, "b": 4}, 4)
    assert [e.result for e in stage.of(CallDone)] == [3.0, 7.0] and stage.of(Printed)[0].text == "start\n"


def test_every_event_survives_its_json_form(stage):
    (stage.directory / "n.txt").write_text("a\n")
    stage.run("from desk import *\n")
    stage.run("from desk import open_note, append, save\nopen_note('n.txt')\nappend('b')\nsave('m.txt')")
    for event in stage.events:
        assert EVENT.validate_json(EVENT.dump_json(event)) == event


def test_package_state_goes_from_call_to_call_and_into_the_journal(stage):
    (stage.directory / "n.txt").write_text("one\n")
    outcome = stage.run("import desk\ndesk.open_note('n.txt')\ndesk.append('two')\ndesk.append('three')\ndesk.save()")
    assert outcome.status == "done"
    assert (stage.directory / "n.txt").read_text() == "one\ntwo\nthree\n"
    states = [event.state for event in stage.of(CallDone)]
    assert all(state and state["open"]["path"] == "n.txt" for state in states[:3]) and states[3] is None
    (made,) = stage.of(ArtifactMade)
    assert (made.artifact.name, made.artifact.size, made.call) == ("n.txt", 14, 4)
    assert FileBlobs(stage.home).get(made.artifact.digest) == b"one\ntwo\nthree\n"


def test_packages_do_not_see_each_others_state(stage):
    stage.answers = lambda request: "approve"
    stage.run("import desk, shop\ndesk.new_note('n.txt')\nshop.pay(3)\nshop.pay(4)")
    assert [event.state for event in stage.of(CallDone)][1:] == [{"paid": 3}, {"paid": 7}]


def test_a_call_that_raises_leaves_the_state_as_it_was(stage):
    code = "import desk\ndesk.new_note('n.txt')\ndesk.append('a')\ntry:\n    desk.append('fail')\nexcept RuntimeError as e:\n    print(e)\ndesk.append('b')\ndesk.save()"  # noqa: E501
    assert stage.run(code).status == "done"
    assert (stage.directory / "n.txt").read_text() == "a\nb\n"
    assert stage.of(Printed)[0].text == "api-failed: this line cannot be added\n"
    (failed,) = stage.of(CallFailed)
    assert (failed.call, failed.code, failed.message, failed.hint) == (
        3,
        "api-failed",
        "this line cannot be added",
        "write another",
    )


def test_an_unhandled_failure_is_the_outcome_as_it_was_raised(stage):
    outcome = stage.run("import desk\ndesk.append('a')")
    assert outcome.status == "failed" and isinstance(outcome.error, ApiStateError)
    assert outcome.error.message == "no note is open" and outcome.error.hint == "call open_note or new_note first"


def test_a_failure_that_is_raised_again_later_is_still_the_same(stage):
    code = "import desk\nerror = None\ntry:\n    desk.append('a')\nexcept RuntimeError as e:\n    error = e\ndesk.add(1, 2)\nraise error"  # noqa: E501
    assert isinstance(stage.run(code).error, ApiStateError)


def test_an_error_of_the_program_itself_names_its_line(stage):
    outcome = stage.run("x = [1]\n\nx[3]")
    assert isinstance(outcome.error, SandboxError) and outcome.error.line == 3
    assert "IndexError" in outcome.error.message


def test_a_program_error_in_a_package_is_an_api_error_and_is_logged(stage, caplog):
    with caplog.at_level(logging.ERROR):
        outcome = stage.run("import odd\nodd.crash()")
    assert isinstance(outcome.error, ApiError) and "ZeroDivisionError: one over nothing" in outcome.error.message
    assert caplog.records and caplog.records[0].exc_info


def test_arguments_that_do_not_bind_are_written_down_and_raised(stage):
    code = "import desk\nfor call in (lambda: desk.add(1), lambda: desk.add(1, 2, 3), lambda: desk.add(1, 2, c=3), lambda: desk.add('x', 2)):\n    try:\n        call()\n    except RuntimeError as e:\n        print(e)"  # noqa: E501
    assert stage.run(code).status == "done"
    lines = "".join(event.text for event in stage.of(Printed)).splitlines()
    assert len(lines) == 4 and all(line.startswith("api-argument: ") for line in lines)
    assert [event.code for event in stage.of(CallFailed)] == ["api-argument"] * 4
    assert len(stage.of(CallIntended)) == 4 and len(stage.of(CallSent)) == 1
    assert isinstance(stage.run("import desk\ndesk.add(1)").error, ApiArgumentError)


def test_the_context_tells_run_time_and_directory(stage):
    assert stage.run("import desk\ndesk.clock()").value == "r1 2026-05-04T12:30:00+00:00 work"


def test_state_without_a_json_form_is_the_packages_error(stage):
    outcome = stage.run("import odd\nodd.keep_odd()")
    assert isinstance(outcome.error, ApiError) and "bytes" in outcome.error.message


def test_a_large_result_is_journalled_as_a_preview_and_the_program_gets_it_whole(stage):
    outcome = stage.run("import odd\nx = odd.big(3_000_000)\nlen(x)")
    assert outcome.value == 3_000_000
    (done,) = stage.of(CallDone)
    assert set(done.result) == {"$blob", "look", "preview"} and len(done.result["preview"]) == 1000
    assert json.loads(FileBlobs(stage.home).get(done.result["$blob"])) == "x" * 3_000_000
    assert stage.run("import odd\nodd.big(1000)").value == "x" * 1000


def test_a_large_argument_is_journalled_as_a_preview_too(stage):
    stage.answers = lambda request: "approve"
    assert stage.run("import shop\nlen(shop.guess('x' * 2_000_000))").value == 2_000_000
    assert set(stage.of(CallIntended)[0].arguments["text"]) == {"$blob", "look", "preview"}


def test_large_state_is_kept_outside_the_journal(stage):
    assert stage.run("import odd\nodd.big_state(2_000_000)\nodd.big_state(1)").value == 2_000_000
    assert len(EVENT.dump_json(stage.of(CallDone)[0])) < 10_000


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("while True:\n    pass", "time"),
        ("x = [0] * 10**9", "memory"),
        ("import desk\nwhile True:\n    desk.add(1, 2)", "calls"),
        ("while True:\n    print('x' * 1000)", "output"),
    ],
)
def test_a_limit_ends_the_run_by_name_with_the_journal_intact(stage, code, limit):
    stage.limits = Limits(seconds=0.3, calls=20, output_bytes=10_000)
    outcome = stage.run(code)
    assert isinstance(outcome.error, LimitError) and f"(limit: {limit})" in outcome.error.message
    assert outcome.error.hint
    assert len(stage.of(CallDone)) == len(stage.of(CallIntended)) <= 20


def test_cancelling_stops_a_call_in_flight_and_leaves_it_open_in_the_journal(stage):
    async def main():
        with anyio.move_on_after(0.3) as scope:
            await stage.executor().execute(stage.job("import odd\nodd.wait()"), stage.record, stage.approve)
        assert scope.cancelled_caught

    anyio.run(main)
    assert stage.types() == ["call_intended", "call_sent"]


def test_a_journal_that_cannot_be_written_stops_the_run_before_the_call(stage):
    def full(event, *more, durable=True):
        raise StoreFullError("no space left")

    async def main():
        await stage.executor().execute(stage.job("import shop\nshop.pay(3)", yes=True), full, stage.approve)

    with pytest.raises(StoreFullError):
        anyio.run(main)
    assert stage.files() == []


def test_runs_share_nothing(stage):
    code = "import desk\ndesk.new_note('n{}.txt')\ndesk.append('{}')\ndesk.save()"

    async def main():
        async with anyio.create_task_group() as group:
            for i in range(6):
                job = stage.job(code.format(i, i))
                group.start_soon(stage.executor().execute, job, stage.record, stage.approve)

    anyio.run(main)
    assert {path.name: path.read_text() for path in stage.directory.iterdir()} == {
        f"n{i}.txt": f"{i}\n" for i in range(6)
    }


def test_a_refused_call_is_not_made(stage):
    class Never:
        def decide(self, document, arguments):
            return Decision("refuse", "not on a Sunday")

    stage.policy = Never()
    outcome = stage.run("import shop\ntry:\n    shop.pay(3)\nexcept RuntimeError as e:\n    print(e)\nshop.pay(4)")
    assert outcome.error and outcome.error.code == "approval-denied" and "not on a Sunday" in outcome.error.message
    assert stage.files() == [] and not stage.of(CallSent)


@pytest.mark.parametrize("code", ["odd.big(80_000_000)", "odd.keep_odd()", "odd.not_a_number()", "odd.binary()"])
def test_a_result_that_no_journal_can_hold_is_a_failure_of_its_call_that_the_program_may_handle(stage, code):
    outcome = stage.run(f"import odd\ntry:\n    {code}\nexcept RuntimeError as e:\n    pass\n'on'")
    assert outcome.value == "on"
    (failed,) = stage.of(CallFailed)
    assert failed.code in ("api.limit", "api-failed")
