import itertools
import json
import stat

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay_server import ReplayServer, ServedReply

from taskmatrix.core.errors import ModelAnswerError, ModelError, NotFoundError, SettingError
from taskmatrix.core.protocols import Ask, Media, Message, Reply
from taskmatrix.models import OpenAIChatModel, Patience, RecordingModel, ScriptedModel, ScriptedReply, open_model


def say(model, text: str, on_text=None) -> Reply:
    return anyio.run(lambda: model.complete([Message("user", text)], on_text=on_text))


def test_replies_come_in_order():
    model = ScriptedModel(["one", "two"])
    assert [say(model, "a").text, say(model, "b").text] == ["one", "two"]
    assert [messages[-1].content for messages in model.calls] == ["a", "b"]


def test_a_reply_waits_for_the_words_it_answers():
    model = ScriptedModel([ScriptedReply(reply="blue", when="colour"), "else"])
    assert say(model, "what size").text == "else"
    assert say(model, "what colour").text == "blue"


def test_a_repeated_reply_is_never_used_up():
    model = ScriptedModel([ScriptedReply(reply="again", repeat=True)])
    assert [say(model, "x").text for _ in range(3)] == ["again"] * 3


def test_an_exhausted_script_says_so():
    model = ScriptedModel([ScriptedReply(reply="x", when="never")])
    with pytest.raises(ModelError, match="none of the 1 left fits"):
        say(model, "hello")
    with pytest.raises(ModelError, match="all are used up"):
        say(ScriptedModel([]), "hello")


def test_a_script_can_fail_on_purpose():
    model = ScriptedModel([ScriptedReply(error="overloaded", hint="later"), "fine"])
    with pytest.raises(ModelError, match="overloaded") as caught:
        say(model, "x")
    assert caught.value.hint == "later"
    assert say(model, "x").text == "fine"


def test_an_answer_that_broke_off_is_recorded_and_replayed_with_its_words(tmp_path):
    path = tmp_path / "r.jsonl"
    recorded = RecordingModel(ScriptedModel([ScriptedReply(reply="from lamp imp", error="cut")]), path)
    with pytest.raises(ModelAnswerError):
        say(recorded, "x")
    with pytest.raises(ModelAnswerError, match="cut") as caught:
        say(ScriptedModel.from_file(path), "x")
    assert caught.value.answer == "from lamp imp"


def test_the_pieces_add_up_to_the_reply():
    seen: list[str] = []
    say(ScriptedModel(["a\nb\n\nc"]), "x", seen.append)
    assert len(seen) > 1 and "".join(seen) == "a\nb\n\nc"


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=5))
def test_what_is_recorded_replays_the_same(tmp_path_factory, replies):
    path = tmp_path_factory.mktemp("record") / "r.jsonl"
    recorded = RecordingModel(ScriptedModel(replies), path)
    first = [say(recorded, "x") for _ in replies]
    path.touch()
    again = open_model(f"scripted:{path}")
    assert [say(again, "x").text for _ in replies] == [reply.text for reply in first]


def test_a_recording_keeps_failures_token_counts_and_question(tmp_path):
    path = tmp_path / "r.jsonl"
    inner = ScriptedModel([ScriptedReply(reply="yes", input_tokens=5, output_tokens=1), ScriptedReply(error="no")])
    recorded = RecordingModel(inner, path)
    say(recorded, "well?")
    with pytest.raises(ModelError):
        say(recorded, "well?")
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["reply"], first["input_tokens"], first["asked"]) == ("yes", 5, "well?")
    assert second["error"] == "no"
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def asking(model, kind: str, loose: str = "", **parts: str) -> str:
    """Ask a model in a prompt that says something else each time."""
    words = f"asked {next(COUNT)}"
    messages = [Message("user", words, ask=Ask(kind, parts, {"learned": loose}))]
    return anyio.run(lambda: model.complete(messages)).text


COUNT = itertools.count()


def recording(path, *replies: str) -> RecordingModel:
    return RecordingModel(ScriptedModel(replies), path)


def test_a_recording_answers_what_is_asked_in_whatever_order(tmp_path):
    path = tmp_path / "r.jsonl"
    model = recording(path, "steps", "code one", "code two", "code two again")
    asking(model, "outline", instruction="go")
    for outline in ("1. one", "1. two", "1. two"):
        asking(model, "program", instruction="go", outline=outline)
    again = ScriptedModel.from_file(path)
    asked = [asking(again, "program", instruction="go ", outline=f"1. {n}") for n in ("two", "one", "two")]
    assert asked == ["code two", "code one", "code two again"]
    assert asking(again, "outline", instruction="go") == "steps"


def test_a_part_that_may_differ_tells_apart_what_is_else_the_same(tmp_path):
    path = tmp_path / "r.jsonl"
    model = recording(path, "first", "after x", "after y")
    for learned in ("", "x failed", "y failed"):
        asking(model, "outline", learned, instruction="go")
    again = ScriptedModel.from_file(path)
    assert asking(again, "outline", "y failed", instruction="go") == "after y"
    assert asking(again, "outline", "x failed at 12:01", instruction="go") == "first"


def test_what_was_not_recorded_is_named_with_what_is_nearest_to_it(tmp_path):
    path = tmp_path / "r.jsonl"
    model = recording(path, "steps", "code")
    asking(model, "outline", instruction="go")
    asking(model, "program", instruction="go", outline="1. one")
    again = ScriptedModel.from_file(path)
    with pytest.raises(
        ModelError, match=r"the program for 'go' is asked: the nearest .* differs in: outline"
    ) as caught:
        asking(again, "program", instruction="go", outline="1. two")
    assert "TASKMATRIX_RECORD" in (caught.value.hint or "")
    with pytest.raises(ModelError, match="nothing of this kind was recorded, only: outline, program"):
        asking(again, "summary", turns="a")
    assert asking(again, "outline", instruction="go") == "steps"
    with pytest.raises(ModelError, match="replayed already"):
        asking(again, "outline", instruction="go")


def test_lines_without_what_was_asked_still_answer_in_order(tmp_path):
    path = tmp_path / "r.jsonl"
    path.write_text('{"reply": "old", "asked": "what was shown"}\n{"reply": "by hand", "when": "asked"}\n')
    again = ScriptedModel.from_file(path)
    assert [asking(again, "outline", instruction="go"), asking(again, "program", instruction="go")] == [
        "old",
        "by hand",
    ]


SEEN = Media("image/png", b"\x89PNG", "photo.png")


def test_a_dialogue_with_media_failures_and_counts_replays_exactly(tmp_path):
    path = tmp_path / "r.jsonl"
    script = [
        ServedReply(reply="a lamp", input_tokens=100, cached_tokens=80, output_tokens=7, model="m-1"),
        ServedReply(fault="500", error="overloaded"),
        ServedReply(reply="from lamp imp", fault="truncated"),
        ServedReply(reply="from lamp imp", fault="disconnect"),
        ServedReply(fault="empty"),
        "a \u2028 b",
    ]
    with ReplayServer(script, refuses="image_url is not supported") as server:
        model = OpenAIChatModel("m", base_url=server.url, patience=Patience(retries=0))
        first = [outcome(RecordingModel(model, path)) for _ in script]
    first.append(outcome(RecordingModel(OpenAIChatModel("m", base_url="nowhere"), path)))
    again = open_model(f"scripted:{path}")
    assert [outcome(again) for _ in first] == first
    assert [type(each) for each in first[:2]] == [Reply, tuple] and first[0].unseen == ("image photo.png",)
    assert first[-1][1] == "model-access"
    assert json.loads(path.read_text().splitlines()[0])["given"] == ["image photo.png"]


def outcome(model) -> Reply | tuple[object, ...]:
    try:
        return anyio.run(lambda: model.complete([Message("user", "what is it?", (SEEN,))]))
    except ModelError as error:
        return type(error), error.code, error.message, error.hint, getattr(error, "answer", "")


def test_a_model_is_recorded_by_where_to(tmp_path):
    script, path = tmp_path / "s.jsonl", tmp_path / "r.jsonl"
    script.write_text('{"reply": "yes"}\n')
    say(open_model(f"scripted:{script}", record=path), "well?")
    assert say(open_model(f"scripted:{path}"), "well?").text == "yes"


def test_a_recording_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(SettingError, match="cannot be written"):
        say(RecordingModel(ScriptedModel(["x"]), tmp_path / "no" / "r.jsonl"), "x")


def test_a_missing_script_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"gone\.jsonl"):
        open_model(f"scripted:{tmp_path / 'gone.jsonl'}")


@pytest.mark.parametrize("line", ["{", "[]", '{"replay": "x"}', "{}", '{"when": "x"}', '{"reply": 3}'])
def test_a_bad_line_is_named_with_its_number(tmp_path, line):
    path = tmp_path / "s.jsonl"
    path.write_text('{"reply": "fine"}\n\n' + line + "\n")
    with pytest.raises(SettingError, match=r"s\.jsonl:3"):
        open_model(f"scripted:{path}")


def test_a_script_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match="cannot be read"):
        open_model(f"scripted:{path}")
    with pytest.raises(SettingError, match="cannot be read"):
        open_model(f"scripted:{tmp_path}")
