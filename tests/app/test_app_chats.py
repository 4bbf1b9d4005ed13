"""Conversations: each turn finds what those before it said, did and left open; in any process, at any length."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pptx import Presentation

from databases import DatabasePlace
from forked import ForkedCommands
from taskmatrix import TaskMatrix
from taskmatrix.app.chats import TOLD_TO_MODEL
from taskmatrix.conversation.compaction import KEPT_TURNS, MOST_TURNS, WHOLE
from taskmatrix.core.errors import ConflictError, NotFoundError, UsageError
from taskmatrix.core.events import Run, RunFinished, RunStarted
from taskmatrix.store import new_run_id

Open = Callable[..., TaskMatrix]


@pytest.fixture
def start(started_place: DatabasePlace) -> Open:
    return lambda model="embedded": TaskMatrix(started_place.home, started_place.url, model)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def said(tm: TaskMatrix, conversation: str, turn: int, instruction: str = "look", *, ended: bool = True) -> Run:
    """Record a turn in which nothing was called."""
    started = RunStarted(
        instruction=instruction, model="m", directory="/", conversation=conversation, turn=turn, now=tm.clock()
    )
    ending = (RunFinished(status="done", answer=f"answer {turn}"),) if ended else ()
    return tm.journal.create(new_run_id(), instruction, "m", "/", opening=(started, *ending))


def called(run: Run) -> list[str]:
    return [event.api.removeprefix("powerpoint.") for event in run.events if event.type == "call_intended"]


def ending(run: Run) -> RunFinished:
    last = run.events[-1]
    assert isinstance(last, RunFinished), last
    return last


def test_a_deck_is_made_turn_by_turn_and_each_leans_on_those_before(start: Open, work: Path) -> None:
    with start() as tm:
        chat = tm.chats.start(directory=work)
    dialogue = (
        'create a presentation a.pptx with the title "Big Tech"',
        'add a slide titled "Microsoft"',
        'add a slide titled "Amazon"',
        "make the title blue",
        "do the same on the second slide",
        "make it red instead",
        "now save it as b.pptx",
    )
    for line in dialogue:  # each as if the process had ended meanwhile
        with start() as tm:
            run = tm.run_sync(line, conversation=chat.id, assume_yes=True)
            assert ending(run).status == "done", (line, ending(run))
            assert not any(event.type == "approval_requested" and event.kind == "file" for event in run.events)
    made = [
        (shape.text_frame.text, shape.text_frame.paragraphs[0].runs[0].font.color)
        for slide in Presentation(str(work / "b.pptx")).slides
        for shape in slide.shapes
        if shape.has_text_frame and shape.text_frame.text
    ]
    assert [(text, str(color.rgb) if color.type else None) for text, color in made] == [
        ("Big Tech", None),
        ("Microsoft", "FF0000"),
        ("Amazon", "0000FF"),
    ]
    assert sorted(path.name for path in work.iterdir()) == ["a.pptx", "b.pptx"]
    with start() as tm:
        shown = tm.chats.show(chat.id)
        assert shown.record.title == dialogue[0] and list(shown.runs) == list(range(1, 8))
        assert "new_presentation" not in called(shown.runs[2]) and "open_presentation" not in called(shown.runs[2])


def test_what_packages_say_of_the_world_is_read_before_a_turn_is_planned(start: Open, work: Path) -> None:
    with start() as tm:
        chat = tm.chats.start(directory=work)
        for line in ('create a presentation a.pptx with the title "Big Tech"', "make the title blue"):
            run = tm.run_sync(line, conversation=chat.id, assume_yes=True)
    types = [event.type for event in run.events]
    assert types.index("world_read") < types.index("outline_proposed")
    assert any(event.type == "world_read" and "Title: Big Tech" in event.text for event in run.events)


def test_a_turn_that_failed_changes_nothing_of_what_is_open(start: Open, work: Path) -> None:
    with start() as tm:
        chat = tm.chats.start(directory=work)
        tm.run_sync('create a presentation a.pptx with the title "Big Tech"', conversation=chat.id, assume_yes=True)
        before = tm.chats.next_turn(chat.id).session
        failed = tm.run_sync("move to slide 9", conversation=chat.id, assume_yes=True)
        opening = tm.chats.next_turn(chat.id)
    assert ending(failed).status == "failed"
    assert before is not None and opening.session is not None and opening.session.states == before.states
    assert opening.turn == 3 and "It failed" in opening.context.turns[-1].text


def test_a_turn_that_was_taken_back_is_as_if_it_had_not_been(start: Open, work: Path) -> None:
    with start() as tm:
        chat = tm.chats.start(directory=work)
        tm.run_sync('create a presentation a.pptx with the title "Big Tech"', conversation=chat.id, assume_yes=True)
        before = (work / "a.pptx").read_bytes()
        run = tm.run_sync('add a slide titled "Amazon"', conversation=chat.id, assume_yes=True)
        tm.undo_sync(run.id, assume_yes=True)
        assert (work / "a.pptx").read_bytes() == before
        tm.run_sync('add a slide titled "Apple"', conversation=chat.id, assume_yes=True)
    titles = [slide.shapes.title.text for slide in Presentation(str(work / "a.pptx")).slides]
    assert titles == ["Big Tech", "Apple"]


def test_a_chat_model_is_told_what_was_said_called_and_made(start: Open, work: Path, tmp_path: Path) -> None:
    deck = (
        "from powerpoint import new_presentation, save_presentation\nnew_presentation('a.pptx')\nsave_presentation()"
    )
    replies = ["1. Create a.pptx", f"```python\n{deck}\n```", "1. Add a slide", "NOTHING FITS: of course"]
    script = tmp_path / "script.jsonl"
    script.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    with start(f"scripted:{script}") as tm:
        chat = tm.chats.start(directory=work)
        tm.run_sync("create a.pptx", conversation=chat.id, assume_yes=True)
        turns = tm.chats.context_before(chat.id, 2).turns
    assert [turn.role for turn in turns] == ["user", "assistant", "tool"]
    assert [(call.api, dict(call.arguments)) for call in turns[0].calls] == [
        ("powerpoint.new_presentation", {"path": "a.pptx"}),
        ("powerpoint.save_presentation", {}),
    ]
    assert str(work / "a.pptx") in turns[2].text


def test_no_turn_follows_one_that_waits_or_goes_on(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        waiting = tm.run_sync("create a presentation", conversation=chat.id)
        assert waiting.status == "waiting"
        with pytest.raises(UsageError, match="waits for an answer") as raised:
            tm.run_sync("add a slide", conversation=chat.id)
        assert waiting.id in (raised.value.hint or "")
        tm.resume_sync(waiting.id, "")
        run = said(tm, chat.id, 2, ended=False)
        with tm.locks.hold(run.id), pytest.raises(UsageError, match="is running"):
            tm.chats.next_turn(chat.id)
        assert tm.chats.next_turn(chat.id).turn == 3  # its process is gone


def test_a_turn_that_later_ones_follow_does_not_go_on(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        broken_off = said(tm, chat.id, 1, ended=False)
        later = said(tm, chat.id, 2)
        with pytest.raises(ConflictError, match=later.id):
            tm.go_on_sync(broken_off.id)
        assert tm.journal.run(broken_off.id).events == broken_off.events


def test_of_two_processes_that_take_the_same_turn_one_gets_it(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        turn = tm.chats.next_turn(chat.id).turn
        said(tm, chat.id, turn)
        with pytest.raises(ConflictError):
            said(tm, chat.id, turn)
        assert len(tm.journal.runs()) == 1


def test_of_processes_that_speak_at_once_each_turn_is_had_by_one(
    start: Open, database_place: DatabasePlace, work: Path, forked_commands: ForkedCommands
) -> None:
    with start() as tm:
        chat = tm.chats.start(directory=work)
    program = (
        "from taskmatrix import TaskMatrix\n"
        "from taskmatrix.core.errors import TaskMatrixError\n"
        "with TaskMatrix(model='embedded') as tm:\n"
        "    for _ in range(3):\n"
        "        try:\n"
        f"            print(tm.run_sync('what is 2 + 3', conversation={chat.id!r}).id)\n"
        "        except TaskMatrixError as error:\n"
        "            print(type(error).__name__)\n"
    )
    with ThreadPoolExecutor(2) as pool:
        children = [pool.submit(forked_commands.run, code=program, env=database_place.environment) for _ in range(2)]
        printed = [line for child in children for line in child.result().stdout.split()]
    with start() as tm:
        runs = {run.id for run in tm.chats.show(chat.id).runs.values()}
        assert runs == {run.id for run in tm.journal.runs()}
    assert {line for line in printed if line[0].isdigit()} == runs
    assert {line for line in printed if not line[0].isdigit()} <= {"ConflictError", "UsageError"}


def test_the_context_of_a_long_conversation_costs_as_much_as_that_of_a_short_one(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        read: list[str] = []
        kept = tm.journal.run
        tm.journal.run = lambda run_id: (read.append(run_id), kept(run_id))[1]  # type: ignore[method-assign]
        most = 0
        for turn in range(1, 101):
            read.clear()
            opening = tm.chats.next_turn(chat.id)
            most = max(most, len(read))
            told = opening.context
            assert sum(len(one.text) for one in told.turns) <= WHOLE + MOST_TURNS * 250
            if turn > 1:
                assert told.turns[-1].text == f"answer {turn - 1}"
            if opening.compacted is not None:
                assert opening.compacted.reaches == turn - 1 - KEPT_TURNS
                assert sum(len(one.text) for one in opening.compacted.turns) <= TOLD_TO_MODEL
            said(tm, chat.id, turn, f"look at number {turn}")
        assert most <= 2 * MOST_TURNS + 2
        record = tm.chats.find(chat.id)
        assert record.turns == 100 and record.turns - record.summarized <= MOST_TURNS
        assert "look at number 50" in tm.chats.next_turn(chat.id).context.summary


def test_better_words_for_the_summary_are_kept_and_gone_on_from(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        for turn in range(1, MOST_TURNS + 2):
            said(tm, chat.id, turn)
        opening = tm.chats.next_turn(chat.id)
        assert opening.compacted is not None and opening.compacted.before == ""
        tm.chats.keep_summary(chat.id, "They looked around.", opening.compacted.reaches)
        again = tm.chats.next_turn(chat.id)
        assert (again.context.summary, again.compacted) == ("They looked around.", None)
        assert [turn.text for turn in again.context.turns][-1] == f"answer {MOST_TURNS + 1}"


def test_an_earlier_turn_that_is_planned_again_knows_nothing_of_later_ones(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        for turn in range(1, MOST_TURNS + 2):
            said(tm, chat.id, turn)
        tm.chats.next_turn(chat.id)
        context = tm.chats.context_before(chat.id, 3)
    assert [turn.text for turn in context.turns if turn.role == "assistant"] == ["answer 1", "answer 2"]
    assert context.summary == ""


def test_the_newest_of_a_folder_is_the_one_to_go_on_with(start: Open, work: Path, tmp_path: Path) -> None:
    with start() as tm:
        with pytest.raises(NotFoundError, match="no conversation was begun"):
            tm.chats.newest(work)
        chat = tm.chats.start(directory=work)
        assert tm.chats.newest(work).id == chat.id
        with pytest.raises(NotFoundError) as raised:
            tm.chats.newest(tmp_path)
        assert chat.id in (raised.value.hint or "")
        with pytest.raises(UsageError, match="is not a folder"):
            tm.chats.start(directory=work / "gone")


def test_a_conversation_is_deleted_with_its_runs_only_where_they_have_ended(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start()
        run = tm.run_sync("create a presentation", conversation=chat.id)
        with pytest.raises(UsageError, match="waits for an answer"):
            tm.chats.delete(chat.id, with_runs=True)
        tm.chats.delete(chat.id)
        assert tm.journal.run(run.id).status == "waiting"
        with pytest.raises(NotFoundError):
            tm.chats.next_turn(chat.id)


def test_a_title_that_says_nothing_is_refused(start: Open) -> None:
    with start() as tm:
        chat = tm.chats.start("decks")
        with pytest.raises(UsageError, match="title is empty"):
            tm.chats.rename(chat.id, "  ")
        assert tm.chats.rename(chat.id[-6:], "more decks").title == "more decks"
