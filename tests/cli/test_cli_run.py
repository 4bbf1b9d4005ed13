import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_command import COMMAND

Command = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("notebook")

NOTE = 'write a note "memo.txt" with the text "buy milk"'


def _script(work: Path, *replies: str) -> str:
    file = work / "script.jsonl"
    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    return f"scripted:{file}"


def _writing(work: Path, code: str, step: str = "Write a note to a file") -> str:
    return _script(work, f"1. {step}", f"```python\n{code}\n```")


def test_a_run_shows_every_step_and_what_was_made(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix(NOTE)
    assert done.returncode == 0, done.stderr
    order = [
        done.stdout.index(f"\n{part}") for part in ("Outline", "APIs", "Program", "Check", "Run", "Made", "Answer")
    ]
    assert order == sorted(order)
    assert "notebook.write_note" in done.stdout
    assert str(work / "memo.txt") in done.stdout
    assert re.search(r"taskmatrix feedback \w{12} up", done.stdout)
    assert "\x1b" not in done.stdout
    assert (work / "memo.txt").read_text() == "buy milk"


def test_words_without_quotes_are_one_instruction(taskmatrix: Command) -> None:
    done = taskmatrix("run", "--json", "count", "the", "words", "of", "the", "text", '"one two three"')
    assert json.loads(done.stdout)["answer"] == "3"


def test_json_is_one_object_with_the_whole_run(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix("run", "--json", NOTE)
    run = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert run["status"] == "done"
    assert [a["path"] for a in run["artifacts"]] == [str(work / "memo.txt")]
    assert run["program"]["code"]
    assert run["check"]["calls"] == ["notebook.write_note"]
    assert [e["seq"] for e in run["events"]] == list(range(1, len(run["events"]) + 1))
    shown = taskmatrix("runs", "show", run["id"], "--json")
    assert json.loads(shown.stdout) == run


def test_a_dry_run_makes_nothing(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix("run", "--dry-run", NOTE)
    assert done.returncode == 0
    assert "passed" in done.stdout
    assert "It may write: memo.txt" in done.stdout
    assert not (work / "memo.txt").exists()


def test_a_dry_run_tells_which_files_it_would_open_make_change_and_ask_about(taskmatrix: Command, work: Path) -> None:
    assert taskmatrix("run", "-y", 'Create a presentation a.pptx with the title "One"').returncode == 0
    before = (work / "a.pptx").read_bytes()
    changing = taskmatrix(
        "run", "--dry-run", 'Open the presentation a.pptx, insert the picture "logo.png" and save it'
    )
    assert "It would open: a.pptx, logo.png (which is not there)\n  It would change: a.pptx" in changing.stdout
    making = json.loads(taskmatrix("run", "--dry-run", "--json", 'Create a presentation b.pptx titled "Two"').stdout)
    assert "It would make: b.pptx" in making["answer"]
    files = [(file["way"], file["path"]) for file in making["check"]["files"]]
    assert files == [("name", "b.pptx"), ("write", "b.pptx")]
    again = taskmatrix("run", "--dry-run", 'Create a presentation a.pptx with the title "One"')
    assert "Already there, so it would ask before it replaces: a.pptx" in again.stdout
    code = "from notebook import count_words, write_note\nwrite_note(str(count_words('a b')), 'x')"
    unclear = taskmatrix("run", "--dry-run", "write", "--model", _writing(work, code))
    assert "the file `str(count_words('a b'))` perhaps written by notebook.write_note in line 2" in unclear.stdout
    nothing = taskmatrix("run", "--dry-run", 'count the words of the text "one two"')
    assert "No call of it names a file to write." in nothing.stdout
    assert [path.name for path in work.glob("*.pptx")] == ["a.pptx"]
    assert (work / "a.pptx").read_bytes() == before


def test_a_dry_run_tells_what_is_written_under_another_name_and_what_is_not_there(
    taskmatrix: Command, work: Path
) -> None:
    code = "from powerpoint import new_presentation, open_presentation, save_presentation\n"
    copying = f"{code}new_presentation('a.pptx')\nsave_presentation(path='b.pptx')\nopen_presentation('b')"
    copied = taskmatrix("run", "--dry-run", "make it", "--model", _writing(work, copying, "Make and save a deck"))
    assert "It would open: b\n  It would make: b.pptx\n" in copied.stdout
    missing = taskmatrix("run", "--dry-run", "Open missing.pptx and add a slide")
    assert "It would open: missing.pptx (which is not there)" in missing.stdout
    assert "It would change" not in missing.stdout
    (work / "a.pptx").write_bytes(b"mine")
    asking = taskmatrix("run", "--dry-run", "make it", "--model", _writing(work, copying, "Make and save a deck"))
    assert "so it would ask before it replaces: a.pptx" in asking.stdout


@pytest.mark.parametrize("instruction", ["", "  \n "])
def test_an_empty_instruction_is_a_usage_error(taskmatrix: Command, instruction: str) -> None:
    done = taskmatrix(instruction)
    assert done.returncode == 2
    assert "the instruction is empty" in done.stderr


def test_an_instruction_nothing_fits_says_what_to_do(taskmatrix: Command) -> None:
    done = taskmatrix("photograph the zebra")
    assert done.returncode == 1
    assert "no registered API does" in done.stderr
    assert "taskmatrix apis import" in done.stderr
    assert "TASKMATRIX_MODEL" in done.stderr


def test_relative_paths_start_where_directory_says(taskmatrix: Command, work: Path) -> None:
    (work / "sub").mkdir()
    assert taskmatrix("run", NOTE, "--directory", "sub").returncode == 0
    assert (work / "sub" / "memo.txt").exists()
    assert taskmatrix("run", NOTE, "--directory", "nowhere").returncode == 2


def test_an_existing_file_is_asked_about_and_the_answer_may_come_later(taskmatrix: Command, work: Path) -> None:
    (work / "memo.txt").write_text("precious")
    done = taskmatrix(NOTE)
    assert done.returncode == 3
    assert (work / "memo.txt").read_text() == "precious"
    offered = re.search(r"taskmatrix runs approve (\w+) --with rename", done.stdout)
    assert offered is not None
    run_id = offered[1]
    unclear = taskmatrix("runs", "approve", run_id)
    assert unclear.returncode == 2
    assert "in several ways: rename, overwrite" in unclear.stderr
    renamed = taskmatrix("runs", "approve", run_id, "--with", "rename")
    assert renamed.returncode == 0, renamed.stderr
    assert (work / "memo.txt").read_text() == "precious"
    assert (work / "memo-2.txt").read_text() == "buy milk"


def test_yes_takes_a_new_name_and_never_overwrites(taskmatrix: Command, work: Path) -> None:
    (work / "memo.txt").write_text("precious")
    assert taskmatrix("run", "-y", NOTE).returncode == 0
    assert (work / "memo.txt").read_text() == "precious"
    assert (work / "memo-2.txt").read_text() == "buy milk"


def test_a_risky_call_waits_and_can_be_denied(taskmatrix: Command) -> None:
    done = taskmatrix("run", "--json", 'shred the note "memo.txt" for good')
    assert done.returncode == 3
    run = json.loads(done.stdout)
    assert run["status"] == "waiting"
    assert run["pending"]["arguments"] == {"path": "memo.txt"}
    denied = taskmatrix("runs", "deny", run["id"])
    assert denied.returncode == 1
    assert "was not called" in denied.stderr
    assert 'notebook.shred_note\n    path = "memo.txt"' in denied.stdout
    again = taskmatrix("runs", "approve", run["id"])
    assert again.returncode == 2


def test_a_program_that_fails_tells_the_calls_error(taskmatrix: Command, work: Path) -> None:
    model = _writing(work, "from notebook import write_note\nwrite_note('nowhere/x.txt', 'a')")
    done = taskmatrix("run", "write a note", "--model", model)
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "✗" in done.stdout


def test_what_a_model_said_is_shown_where_nothing_could_be_made_of_it(taskmatrix: Command, work: Path) -> None:
    prose = "I would rather not. " + "\x1b[31mlong " * 1_000
    run = json.loads(taskmatrix("run", "--json", "count words", "--model", _script(work, *[prose] * 3)).stdout)
    assert run["error"]["code"] == "model-answer"
    shown = taskmatrix("runs", "show", run["id"]).stdout
    assert "I would rather not. \\x1b[31mlong" in shown and len(shown) < 2_500
    assert f"taskmatrix runs show {run['id']} --json" in " ".join(shown.split())


def test_text_from_outside_cannot_steer_the_terminal(taskmatrix: Command, work: Path) -> None:
    model = _writing(work, "from notebook import count_words\nprint('\\x1b[2J')\n'\\x1b]0;owned\\x07'")
    done = taskmatrix("run", "count the words \x1b[31m of this", "--model", model)
    assert "\x1b" not in done.stdout
    assert "\\x1b[2J" in done.stdout


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start_waiting(taskmatrix: Command, work: Path, environment: dict[str, str]) -> Start:
    """Start a run and return its process when it is within a call that never ends."""
    fifo = work / "started"
    os.mkfifo(fifo)
    (work / "slow.py").write_text(
        "import anyio\n"
        "from taskmatrix import RunContext, api\n"
        '@api(effects="write")\n'
        "async def wait_long(path: str, context: RunContext) -> str:\n"
        '    """Wait very long, then write a file.\n\n    Args:\n        path: The file.\n    """\n'
        "    context.claim_output(path)\n"
        f"    with open({str(fifo)!r}, 'w') as started: started.write('now')\n"
        "    await anyio.sleep_forever()\n"
        "    return path\n"
    )
    assert taskmatrix("apis", "import", "slow.py").returncode == 0
    model = _writing(work, "from slow import wait_long\nwait_long('late.txt')", "Wait very long")

    def start(*options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, "run", "wait very long", "--model", model, *options],
            cwd=work,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell that runs the tests in the background has them, and their children, ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert fifo.read_text() == "now"
        return process

    return start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_run_cancels_it_and_leaves_no_file(
    taskmatrix: Command, work: Path, start_waiting: Start, number: signal.Signals
) -> None:
    process = start_waiting()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err == "error: the run was stopped\nhint: files are as the last finished save left them\n"
    run = json.loads(taskmatrix("runs", "list", "--json").stdout)[0]
    assert run["status"] == "cancelled"
    assert out.endswith(f"taskmatrix runs show {run['id']}\n\nMay have happened: 1 slow.wait_long\n")
    events = json.loads(taskmatrix("runs", "show", run["id"], "--json").stdout)["events"]
    assert events[-1]["type"] == "run_finished"
    assert sorted(p.name for p in work.iterdir()) == ["script.jsonl", "slow.py", "started"]


def test_stopping_a_run_gives_its_json_object_all_the_same(start_waiting: Start) -> None:
    process = start_waiting("--json")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    told = json.loads(out)
    assert (told["status"], told["error"]["code"]) == ("cancelled", "cancelled")


def test_stopping_an_import_says_so(work: Path, environment: dict[str, str]) -> None:
    source = work / "never_ending.jsonl"
    os.mkfifo(source)
    process = subprocess.Popen(
        [*COMMAND, "apis", "import", source.name],
        cwd=work,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with source.open("w"):  # waits until the import reads
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.startswith("error: stopped\n")


def test_a_run_whose_process_was_killed_goes_on_and_asks_about_the_call_that_nobody_knows_of(
    taskmatrix: Command, start_waiting: Start
) -> None:
    process = start_waiting()
    alive = json.loads(taskmatrix("runs", "list", "--json").stdout)[0]
    assert alive["status"] == "running"
    assert "another process" in taskmatrix("runs", "approve", alive["id"]).stderr
    process.kill()
    process.communicate(timeout=60)
    assert json.loads(taskmatrix("runs", "list", "--json").stdout)[0]["status"] == "interrupted"
    told = json.loads(taskmatrix("runs", "show", alive["id"], "--json").stdout)
    assert (told["status"], told["error"]["code"]) == ("interrupted", "interrupted")
    listed = taskmatrix("runs", "list").stdout
    resume = f"taskmatrix runs resume {alive['id']}"
    assert "  interrupted  " in listed and resume in listed
    assert resume in taskmatrix("runs", "show", alive["id"]).stderr
    approved = taskmatrix("runs", "approve", alive["id"])
    assert approved.returncode == 2
    assert "its process ended before the run did" in approved.stderr and resume in approved.stderr
    resumed = taskmatrix("runs", "resume", alive["id"])
    assert resumed.returncode == 3
    assert f"taskmatrix runs approve {alive['id']} --with it-happened" in resumed.stdout
    assert "nobody knows whether it happened" in taskmatrix("runs", "list").stdout
    assert taskmatrix("runs", "approve", alive["id"], "--with", "it-happened").returncode == 0
    again = taskmatrix("runs", "resume", alive["id"])
    assert again.returncode == 2 and "it is done" in again.stderr


def test_a_turn_that_later_ones_follow_is_overtaken_and_not_offered_to_go_on(
    taskmatrix: Command, start_waiting: Start
) -> None:
    assert taskmatrix('count the words of the text "one two"').returncode == 0
    process = start_waiting("--continue")
    process.kill()
    process.communicate(timeout=60)
    broken = json.loads(taskmatrix("runs", "list", "--json").stdout)[0]["id"]
    assert f"taskmatrix runs resume {broken}" in taskmatrix("runs", "list").stdout
    assert taskmatrix("run", "--continue", 'count the words of the text "one"').returncode == 0
    rows = json.loads(taskmatrix("runs", "list", "--json").stdout)
    assert [row["overtaken_by"] for row in rows] == ["", rows[0]["id"], ""]
    listed = taskmatrix("runs", "list").stdout
    assert f"{broken}  overtaken" in listed and "runs resume" not in listed
    shown = taskmatrix("runs", "show", broken)
    assert "\novertaken, started" in shown.stdout and "as the next turn" in shown.stderr
    assert "runs resume" not in shown.stdout + shown.stderr
    told = json.loads(taskmatrix("runs", "show", broken, "--json").stdout)
    assert (told["error"]["code"], told["overtaken_by"]) == ("overtaken", rows[0]["id"])
    assert taskmatrix("runs", "resume", broken).returncode == 1


def test_what_a_model_took_is_shown_and_unknown_where_it_is_not_reported(taskmatrix: Command, work: Path) -> None:
    counted = {"input_tokens": 1_000, "cached_tokens": 0}
    lines = [{"reply": "1. Count the words of a text"}, {"reply": "```python\n2\n```", "output_tokens": 5}]
    script = work / "script.jsonl"
    script.write_text("".join(json.dumps(line | counted) + "\n" for line in lines))
    run = json.loads(taskmatrix("run", "--json", "count", "--model", f"scripted:{script}").stdout)
    told = run["usage"]
    assert (told["input_tokens"], told["output_tokens"], told["cached_tokens"]) == (2_000, None, 0)
    shown = taskmatrix("runs", "show", run["id"]).stdout
    assert "tokens in: 2,000 (of them kept: 0), out: unknown" in shown


def test_a_reader_that_goes_away_does_not_stop_the_run(
    taskmatrix: Command, work: Path, environment: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [*COMMAND, NOTE], cwd=work, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    assert (work / "memo.txt").read_text() == "buy milk"
    assert json.loads(taskmatrix("runs", "list", "--json").stdout)[0]["status"] == "done"


def test_two_runs_at_once_on_one_registry_both_finish(taskmatrix: Command, work: Path) -> None:
    given = [f'write a note "{name}.txt" with the text "buy {name}"' for name in ("milk", "bread")]
    with ThreadPoolExecutor(2) as pool:
        runs = [json.loads(done.stdout) for done in pool.map(partial(taskmatrix, "run", "--json"), given)]
    assert [run["status"] for run in runs] == ["done", "done"]
    assert runs[0]["id"] != runs[1]["id"]
    assert {p.name for p in work.glob("*.txt")} == {"milk.txt", "bread.txt"}


def test_of_two_processes_that_approve_at_once_one_goes_on(taskmatrix: Command) -> None:
    run_id = json.loads(taskmatrix("run", "--json", 'shred the note "memo.txt" for good').stdout)["id"]
    with ThreadPoolExecutor(2) as pool:
        approved = pool.map(partial(taskmatrix, "runs", "approve"), [run_id] * 2)
        assert sorted(done.returncode for done in approved) == [0, 2]
    events = json.loads(taskmatrix("runs", "show", run_id, "--json").stdout)["events"]
    assert [event["type"] for event in events].count("call_done") == 1


def test_feedback_is_kept_with_its_run(taskmatrix: Command) -> None:
    run_id = json.loads(taskmatrix("run", "--json", NOTE).stdout)["id"]
    done = taskmatrix("feedback", run_id[-4:], "down", "wrong", "name")
    assert done.returncode == 0, done.stderr
    assert "Feedback: down  wrong name" in taskmatrix("runs", "show", run_id).stdout
    assert taskmatrix("feedback", "zzzzzzzz", "up").returncode == 2
    assert taskmatrix("feedback", run_id, "sideways").returncode == 2


def test_an_id_that_is_too_short_says_how_much_is_needed(taskmatrix: Command) -> None:
    for command in (("runs", "show", "1m7"), ("runs", "approve", "1m7"), ("feedback", "1m7", "up")):
        done = taskmatrix(*command)
        assert done.returncode == 2
        assert "at least 4 characters" in done.stderr


@pytest.mark.parametrize("arguments", [("run", "--json"), ("run", "--json", "--nope", "x"), ("rum", "--json")])
def test_wrong_use_is_one_json_object_too(taskmatrix: Command, arguments: tuple[str, ...]) -> None:
    done = taskmatrix(*arguments)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"


def test_runs_that_do_not_exist_are_named(taskmatrix: Command) -> None:
    for command in ("show", "approve", "deny"):
        done = taskmatrix("runs", command, "nope1234")
        assert done.returncode == 2
        assert "there is no run 'nope1234'" in done.stderr
