"""`taskmatrix chat` and `taskmatrix chats`: piped, at a terminal, gone on with, listed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from cli_session import Session
from pptx import Presentation

Command = Callable[..., CompletedProcess[str]]
Start = Callable[..., Session]

pytestmark = pytest.mark.usefixtures("notebook")

CREATE = 'create a presentation a.pptx with the title "Big Tech"'
PROMPT = "\n> "


def newest(taskmatrix: Command) -> dict[str, Any]:
    found = json.loads(taskmatrix("chats", "list", "--json").stdout)[0]
    return json.loads(taskmatrix("chats", "show", found["id"], "--json").stdout)


def statuses(chat: dict[str, Any]) -> list[str]:
    return [turn["run"]["status"] for turn in chat["turns"]]


def test_each_line_of_a_pipe_is_a_turn_that_leans_on_those_before(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix("chat", "-y", stdin=f'{CREATE}\n\nadd a slide titled "Amazon"\nnow save it as b.pptx\n')
    assert done.returncode == 0, done.stderr
    assert "> now save it as b.pptx" in done.stdout and "Made b.pptx." in done.stdout
    slides = Presentation(str(work / "b.pptx")).slides
    assert [slide.shapes.title.text for slide in slides] == ["Big Tech", "Amazon"]
    chat = newest(taskmatrix)
    assert statuses(chat) == ["done"] * 3 and f"taskmatrix chat --continue {chat['id']}" in done.stdout


def test_a_conversation_goes_on_in_another_process_with_what_it_left_open(taskmatrix: Command, work: Path) -> None:
    taskmatrix("chat", "-y", stdin=f"{CREATE}\n")
    chat = newest(taskmatrix)
    for which in ((), (chat["id"][-6:],)):
        done = taskmatrix("chat", "-y", "--continue", *which, stdin='add a slide titled "Amazon"\n')
        assert done.returncode == 0, done.stderr
        assert chat["id"] in done.stdout
    assert len(Presentation(str(work / "a.pptx")).slides) == 3
    assert [turn["turn"] for turn in newest(taskmatrix)["turns"]] == [1, 2, 3]


def test_a_line_answers_what_the_turn_before_asks(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix("chat", stdin="Create a presentation\na.pptx\n/runs\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "needs 'path'" in done.stdout and (work / "a.pptx").exists()
    assert statuses(newest(taskmatrix)) == ["done"]


def test_a_turn_that_waits_can_be_given_up_and_its_status_is_that_of_the_chat(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix("chat", stdin="Create a presentation\n/stop\nwrite the note n.txt with the text 'hello'\n")
    assert done.returncode == 1 and "The question was not answered" in done.stdout
    assert statuses(newest(taskmatrix)) == ["cancelled", "done"]
    waiting = taskmatrix("chat", stdin="Create a presentation\n")
    assert waiting.returncode == 3
    again = taskmatrix("chat", "--continue", stdin="")
    assert "The last turn asks" in again.stdout and "needs 'path'" in again.stdout
    assert [path.name for path in work.iterdir()] == ["n.txt"]


def test_an_approval_takes_one_of_its_answers_only(taskmatrix: Command) -> None:
    done = taskmatrix("chat", stdin="shred the note n.txt\nperhaps\ndeny\n")
    assert "'perhaps' is no answer to what is asked" in done.stderr
    assert "deny" in done.stdout
    assert statuses(newest(taskmatrix)) == ["failed"]


def test_a_failed_turn_does_not_end_the_conversation(taskmatrix: Command, work: Path) -> None:
    done = taskmatrix("chat", "-y", stdin=f"open gone.pptx\n{CREATE}\n")
    assert done.returncode == 1 and (work / "a.pptx").exists()
    assert statuses(newest(taskmatrix)) == ["failed", "done"]


def test_turns_are_taken_back_one_after_the_other_and_each_is_named(taskmatrix: Command, work: Path) -> None:
    second = 'add a slide titled "Amazon"'
    done = taskmatrix("chat", "-y", stdin=f"{CREATE}\n{second}\nwhat is 2 + 3\n/undo\n")
    assert done.returncode == 0, done.stderr
    assert f"Taking back turn 2: {second}" in done.stdout and "Turn 2 is taken back." in done.stdout
    assert len(Presentation(str(work / "a.pptx")).slides) == 1
    again = taskmatrix("chat", "-y", "--continue", stdin="/undo\n/undo\n/runs\n")
    assert again.returncode == 0, again.stderr
    assert re.search(r"1 +\w+ +done, undone +create", again.stdout), again.stdout
    assert re.search(r"3 +\w+ +done +what", again.stdout), again.stdout
    assert "done, undone" in taskmatrix("chats", "show", newest(taskmatrix)["id"]).stdout
    assert f"Taking back turn 1: {CREATE}" in again.stdout
    assert "Nothing is left that could be taken back." in again.stdout
    assert not (work / "a.pptx").exists()
    # Nothing is open any more: what was made first, and taken back last, is gone for the next turn, too.
    gone = taskmatrix("chat", "-y", "--continue", stdin="save it as b.pptx\n")
    assert gone.returncode != 0 and not (work / "b.pptx").exists()


def test_a_turn_that_is_named_is_taken_back_alone_unless_a_later_one_changed_the_same(
    taskmatrix: Command, work: Path
) -> None:
    lines = ("write the note n.txt with the text 'one'", CREATE, 'add a slide titled "Amazon"')
    taskmatrix("chat", "-y", stdin="\n".join(lines) + "\n")
    refused = taskmatrix("chat", "-y", "--continue", stdin="/undo 2\n/undo 9\n/undo two\n")
    assert refused.returncode == 2
    assert "turn 2 cannot be taken back alone: turn 3 changed" in refused.stderr and "/undo 3" in refused.stderr
    assert "there is no turn 9" in refused.stderr and "'two' is no turn" in refused.stderr
    done = taskmatrix("chat", "-y", "--continue", stdin='undo turn 1\nadd a slide titled "Google"\n')
    assert done.returncode == 0, done.stderr
    assert "Turn 1 is taken back." in done.stdout and not (work / "n.txt").exists()
    assert len(Presentation(str(work / "a.pptx")).slides) == 3


def test_after_two_turns_are_taken_back_the_next_finds_open_what_was_before_both(
    taskmatrix: Command, work: Path
) -> None:
    lines = (CREATE, 'add a slide titled "Amazon"', 'add a slide titled "Google"', "/undo", "/undo")
    done = taskmatrix("chat", "-y", stdin="\n".join((*lines, 'add a slide titled "Apple"')) + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    slides = Presentation(str(work / "a.pptx")).slides
    assert [slide.shapes.title.text for slide in slides] == ["Big Tech", "Apple"]
    assert "free name" not in done.stdout and [path.name for path in work.iterdir()] == ["a.pptx"]


def test_a_turn_that_nothing_takes_back_stands_in_the_way_of_those_before_it(taskmatrix: Command, work: Path) -> None:
    lines = ("write the note n.txt with the text 'one'", "shred the note n.txt", "/undo")
    done = taskmatrix("chat", "-y", stdin="\n".join(lines) + "\n")
    assert done.returncode == 2
    assert "turn 2 cannot be taken back: notebook.shred_note" in done.stderr and "/undo TURN" in done.stderr


def test_commands_say_what_they_cannot_do(taskmatrix: Command) -> None:
    lines = "/help\n/runs\n/undo\n/stop\n/attach gone.png\n/outline perhaps\n/dance\n/new\n/quit\nnever said\n"
    done = taskmatrix("chat", stdin=lines)
    for told in ("/attach FILE", "nothing was said yet", "Ctrl-C ends a turn"):
        assert told in done.stdout
    for told in ("nothing was done yet", "no turn waits", "'gone.png' is no file", "is neither", "there is no /dance"):
        assert told in done.stderr
    assert "never said" not in done.stdout and done.returncode == 2
    assert json.loads(taskmatrix("chats", "list", "--json").stdout) == []


def test_a_new_conversation_knows_nothing_of_the_last(taskmatrix: Command, work: Path) -> None:
    taskmatrix("chat", "-y", stdin=f"{CREATE}\n/new\nwhat is 2 + 3\n")
    assert len(json.loads(taskmatrix("chats", "list", "--json").stdout)) == 2
    assert statuses(newest(taskmatrix)) == ["done"]


def test_what_cannot_even_begin_leaves_no_conversation(taskmatrix: Command) -> None:
    done = taskmatrix("chat", stdin="x" * 50_000 + "\n")
    assert done.returncode == 2 and "50,000 characters" in done.stderr
    assert json.loads(taskmatrix("chats", "list", "--json").stdout) == []


def test_conversations_are_listed_shown_renamed_and_deleted(taskmatrix: Command) -> None:
    assert "no conversations yet" in taskmatrix("chats", "list").stdout
    taskmatrix("chat", stdin="what is 2 + 3\nwhat\x1b is\x07 3 + 4\n")
    chat = newest(taskmatrix)
    assert "what is 2 + 3" in taskmatrix("chats", "list").stdout
    shown = taskmatrix("chats", "show", chat["id"]).stdout
    assert "1  " in shown and "> what is 2 + 3" in shown and "   exact: 5" in shown
    assert "\x1b" not in shown and "\x07" not in shown
    renamed = taskmatrix("chats", "rename", chat["id"], "Sums", "\x1b[2J").stdout
    assert "Sums" in renamed and "\x1b" not in renamed
    assert "its runs stay" in taskmatrix("chats", "delete", chat["id"]).stdout
    missing = taskmatrix("chats", "show", chat["id"])
    assert missing.returncode != 0 and "there is no conversation" in missing.stderr
    assert json.loads(taskmatrix("runs", "list", "--json").stdout)


def test_going_on_where_there_is_nothing_says_what_to_do(taskmatrix: Command) -> None:
    for given in (("--continue",), ("--continue", "zzzzzz"), ("zzzzzz",)):
        done = taskmatrix("chat", *given)
        assert done.returncode != 0 and "conversation" in done.stderr and "hint" in done.stderr


def test_ctrl_c_ends_a_turn_and_not_the_conversation_and_ctrl_d_leaves(start: Start, taskmatrix: Command) -> None:
    session = start("chat")
    session.expect(PROMPT)
    session.type("Create a presentation\n")
    session.expect("(Enter ends the run without any call): ")
    session.type("\x03")
    session.expect("the run was stopped")
    session.seen = session.seen.rpartition("the run was stopped")[2]
    session.expect(PROMPT)
    session.type("what is 2 + 3\n")
    session.expect("Answer")
    session.seen = session.seen.rpartition("Answer")[2]
    session.expect(PROMPT)
    session.type("half a li")
    session.expect("half a li")
    session.seen = ""
    session.interrupt(PROMPT)
    session.type("\x04")
    assert session.finish() == 0, session.seen
    assert "Traceback" not in session.seen
    assert statuses(newest(taskmatrix)) == ["cancelled", "done"]


def test_commands_work_at_a_question_and_are_no_answers(start: Start, taskmatrix: Command, work: Path) -> None:
    asked = "(Enter ends the run without any call): "
    session = start("chat", "--no-review")
    session.expect(PROMPT)
    session.type("Create a presentation\n")
    for typed, said in (("/help", "/attach FILE"), ("/undo", "waits until this is answered"), ("/runs", "waiting")):
        session.expect(asked)
        session.seen = ""
        session.type(f"{typed}\n")
        session.expect(said)
    session.expect(asked)
    session.type("/stop\n")
    session.expect("the run was stopped")
    session.seen = session.seen.rpartition("the run was stopped")[2]
    session.expect(PROMPT)
    session.type("Create a presentation\n")
    session.expect(asked)
    session.type("/quit\n")
    assert session.finish() == 0, session.seen
    assert statuses(newest(taskmatrix)) == ["cancelled", "waiting"]
    assert not list(work.glob("*.pptx"))


def test_commands_work_at_an_outline_and_a_path_is_an_answer(start: Start, taskmatrix: Command, work: Path) -> None:
    session = start("chat", "--review")
    session.expect(PROMPT)
    session.type("what is 2 + 3\n")
    session.expect("go on, or what to change: ")
    session.type("/quit\n")
    assert session.finish() == 0, session.seen
    assert statuses(newest(taskmatrix)) == ["waiting"]
    again = start("chat", "--no-review")
    again.expect(PROMPT)
    again.type("Create a presentation\n")
    again.expect("without any call): ")
    again.type(f"{work}/a.pptx\n")
    again.expect("Answer")
    again.seen = again.seen.rpartition("Answer")[2]
    again.expect(PROMPT)
    again.type("/quit\n")
    assert again.finish() == 0, again.seen
    assert (work / "a.pptx").exists()


def test_lines_that_are_pasted_together_are_one_turn_and_history_is_private(
    start: Start, taskmatrix: Command, tmp_path: Path
) -> None:
    session = start("chat", "-y")
    session.expect(PROMPT)
    session.type("write the note n.txt\nwith the text 'hello'\n")
    session.expect("n.txt")
    session.expect("Answer")
    session.seen = session.seen.rpartition("Answer")[2]
    session.expect(PROMPT)
    session.type("/quit\n")
    assert session.finish() == 0, session.seen
    (turn,) = newest(taskmatrix)["turns"]
    assert turn["run"]["instruction"].splitlines() == ["write the note n.txt", "with the text 'hello'"]
    assert (tmp_path / "home" / "chat_history").stat().st_mode & 0o077 == 0
