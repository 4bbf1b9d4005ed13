import json
from pathlib import Path

from cli_command import Command

PROGRAM = "from math_ import evaluate\n\nevaluate(expression='1 + 1')\n"


def test_an_instruction_that_says_when_becomes_a_schedule_and_says_what_it_waits_for(taskmatrix: Command) -> None:
    done = taskmatrix("Every day at 9 compute 3 * 4", TZ="Europe/Berlin")
    assert done.returncode == 0, done.stderr
    assert "waits for `taskmatrix worker`" in " ".join(done.stdout.split())
    (kept,) = json.loads(taskmatrix("schedules", "list", "--json").stdout)
    assert (kept["state"], kept["zone"], kept["trigger"]["kind"]) == ("active", "Europe/Berlin", "every")
    assert "evaluate" in taskmatrix("schedules", "show", kept["name"]).stdout


def test_a_schedule_is_added_by_options_run_by_hand_paused_and_removed(taskmatrix: Command, work: Path) -> None:
    (work / "sum.py").write_text(PROGRAM)
    given = ("--cron", "0 9 * * 1-5", "--program", "sum.py", "--name", "sums", "--zone", "Europe/Berlin")
    assert taskmatrix("schedules", "add", "sum", *given).returncode == 0
    run_id = json.loads(taskmatrix("schedules", "run-now", "sums", "--json").stdout)["run"]
    worked = taskmatrix("worker", "--once", "--json")
    assert json.loads(worked.stdout) == {"run": run_id, "status": "done"}
    assert "by schedule sums: asked for by hand" in taskmatrix("runs", "show", run_id).stdout
    assert "paused" in taskmatrix("schedules", "pause", "sums").stdout
    assert "active" in taskmatrix("schedules", "resume", "sums").stdout
    assert taskmatrix("schedules", "remove", "sums").returncode == 0
    assert json.loads(taskmatrix("schedules", "list", "--json").stdout) == []


def test_a_run_is_queued_for_a_worker(taskmatrix: Command) -> None:
    queued = json.loads(taskmatrix("run", "--queue", "compute 3 * 4", "--json").stdout)
    assert queued["status"] == "queued"
    assert f"{queued['id']}  done" in taskmatrix("worker", "--once").stdout


def test_what_cannot_be_waited_for_is_refused_by_its_option(taskmatrix: Command) -> None:
    for options, said in (
        (("--cron", "61 * * * *"), "no cron expression"),
        (("--every", "daily"), "no interval"),
        (("--at", "noon"), "no time"),
        (("--at", "2020-01-01T00:00"), "that is past"),
        (("--on-webhook", "orders"), "path"),
        (("--cron", "0 9 * * *", "--on-topic", "t"), "one thing only"),
        (("--cron", "0 9 * * *", "--zone", "Europe/Nowhere"), "no time zone"),
    ):
        done = taskmatrix("schedules", "add", "compute 1 + 1", *options)
        assert done.returncode != 0
        assert said in " ".join(done.stderr.split())


ALARMS = '''
from taskmatrix import RunContext, api


@api(effects="write")
def set_alarm(time: str, *, context: RunContext) -> str:
    """Set an alarm at a time of day.

    Args:
        time: The time of day of the alarm, as 7:30.
    """
    (context.directory / "alarm").write_text(time)
    return time
'''


def test_what_says_no_time_is_not_run_and_is_no_schedule(taskmatrix: Command, work: Path) -> None:
    (work / "alarms.py").write_text(ALARMS)
    (work / "sum.py").write_text(PROGRAM)
    assert taskmatrix("apis", "import", "alarms.py").returncode == 0
    for given in (("set an alarm at 7:30",), ("compute 3 * 4", "--json"), ("--program", "sum.py")):
        done = taskmatrix("schedules", "add", *given)
        assert done.returncode == 2, done.stdout + done.stderr
        told = " ".join((done.stdout + done.stderr).split())
        assert "say when" in told and "--every" in told
    assert not (work / "alarm").exists()
    assert json.loads(taskmatrix("schedules", "list", "--json").stdout) == []


def test_an_instruction_is_kept_until_the_time_it_says(taskmatrix: Command) -> None:
    done = taskmatrix("schedules", "add", "every day at 9 compute 3 * 4", "--name", "sums")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Program") == 1 and "dry run" not in done.stdout and "Kept as schedule" in done.stdout
    (kept,) = json.loads(taskmatrix("schedules", "list", "--json").stdout)
    assert (kept["name"], kept["trigger"]["kind"]) == ("sums", "every")
    (planned,) = json.loads(taskmatrix("runs", "list", "--json").stdout)
    assert (planned["id"], planned["kept_as"]) == (kept["id"], "sums")
    assert taskmatrix("schedules", "run-now", "sums").returncode == 0
    listed = taskmatrix("runs", "list").stdout
    assert listed.count("nothing was run; kept as schedule sums") == listed.count("run by schedule sums") == 1


def test_a_name_that_no_event_brings_is_refused_with_the_names_there_are(taskmatrix: Command, work: Path) -> None:
    (work / "sum.py").write_text("from math_ import evaluate\n\nevaluate(expression='{event.sum}')\n")
    done = taskmatrix("schedules", "add", "--on-topic", "sums", "--program", "sum.py")
    assert done.returncode == 2
    assert "a topic never brings {event.sum}" in done.stderr and "{event.body.NAME}" in done.stderr
    assert json.loads(taskmatrix("schedules", "list", "--json").stdout) == []


def test_a_program_needs_no_words_and_gives_its_schedule_a_name(taskmatrix: Command, work: Path) -> None:
    (work / "sum.py").write_text(PROGRAM)
    done = taskmatrix("schedules", "add", "--cron", "0 9 * * *", "--program", "sum.py")
    assert done.returncode == 0, done.stderr
    (kept,) = json.loads(taskmatrix("schedules", "list", "--json").stdout)
    assert (kept["name"], kept["task"]["instruction"]) == ("sum", "sum")
