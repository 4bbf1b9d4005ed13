"""Corrections change what they are about and nothing else; the gate keeps out what makes things worse."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from embedded_house import AREA, CORRECTIONS, DOCUMENTS, DOMAIN, OTHERS, document, lights, planned

from taskmatrix.core.errors import NotFoundError, StoreError, UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.protocols import Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.learning.answering import calls_of
from taskmatrix.mcfm.embedded.learning.comparing import Pair, judge, sign_test
from taskmatrix.mcfm.embedded.learning.documented import examples_of
from taskmatrix.mcfm.embedded.learning.examples import as_line, read_example, read_examples
from taskmatrix.mcfm.embedded.learning.keeping import from_bytes, to_bytes
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED, SHIPPED, Learned
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.updating import update
from taskmatrix.mcfm.embedded.learning.versions import Versions

KITCHEN = ("house.turn_on", {"area": "kitchen", "domain": "light"})
ROOMS = "attic bathroom cellar den garage hall kitchen larder library lounge nursery office pantry porch study".split()


def test_three_corrections_change_the_right_answers_and_nothing_else(tmp_path):
    versions = Versions(tmp_path)
    before = [planned(versions.learned(), words) for words in OTHERS]
    made = update(versions, CORRECTIONS, DOCUMENTS)
    assert made.version.adopted and versions.active == made.version.name
    assert planned(versions.learned(), "Turn on the lights in the kitchen") == [KITCHEN]
    assert planned(versions.learned(), "Switch the bedroom lights on") == [
        ("house.turn_on", {"area": "bedroom", "domain": "light"})
    ]
    assert [planned(versions.learned(), words) for words in OTHERS] == before


def test_roll_back_restores_every_answer(tmp_path):
    versions = Versions(tmp_path)
    words = ["Turn on the lights in the kitchen", *OTHERS]
    before = [planned(versions.learned(), w) for w in words]
    name = update(versions, CORRECTIONS, DOCUMENTS).version.name
    taught = [planned(versions.learned(), w) for w in words]
    versions.activate(SHIPPED)
    assert [planned(versions.learned(), w) for w in words] == before
    versions.activate(name)
    assert [planned(Versions(tmp_path).learned(), w) for w in words] == taught


def test_poisoned_corrections_are_refused_and_kept_for_inspection(tmp_path):
    versions = Versions(tmp_path)
    styles = ("Turn on the lights in the {}", "Switch the lights in the {} on", "Lights on in the {}")
    good = [lights(style.format(room), room) for style in styles for room in ROOMS]
    assert update(versions, good, DOCUMENTS).version.adopted
    # Words that nothing tells from the good ones': those with a mark of their own would be learned beside them.
    poison = [lights(style.format(f" {room}"), room, "house.turn_off") for style in styles for room in ROOMS]
    made = update(versions, poison, DOCUMENTS)
    assert not made.version.adopted
    assert made.verdict.replayed.lost > made.verdict.replayed.won
    assert versions.active == "v1" and [v.name for v in versions.all()] == ["v1", "v2"]
    assert planned(versions.learned(), "Turn on the lights in the kitchen") == [KITCHEN]


def test_corrections_that_contradict_each_other_are_not_learned(tmp_path):
    words = "Turn on the lights in the kitchen"
    with pytest.raises(UsageError, match="different things"):
        update(Versions(tmp_path), [lights(words, "kitchen"), lights(words, "kitchen", "house.turn_off")], DOCUMENTS)


def test_a_later_correction_of_the_same_words_replaces_the_earlier_one(tmp_path):
    versions = Versions(tmp_path)
    update(versions, CORRECTIONS, DOCUMENTS)
    update(versions, [lights("Turn on the lights in the kitchen", "cook's corner")], DOCUMENTS)
    assert planned(versions.learned(), "Turn on the lights in the kitchen") == [
        ("house.turn_on", {"area": "cook's corner", "domain": "light"})
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"instruction": "x", "expected": [{"api": "house.nothing"}]}', "no API 'house.nothing'"),
        ('{"instruction": "x", "expected": [{"api": "house.play", "arguments": {"tune": [1]}}]}', "'tune'"),
    ],
)
def test_what_cannot_be_learned_is_told(tmp_path, line, told):
    with pytest.raises(UsageError, match=told):
        update(Versions(tmp_path), [read_example(json.loads(line))], DOCUMENTS)


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"instruction": "x"}', '{"expected": []}', '{"instruction": 1, "expected": []}']
)
def test_a_malformed_line_is_told_with_its_number(tmp_path, line):
    file = tmp_path / "corrections.jsonl"
    file.write_text(as_line(CORRECTIONS[0]) + "\n" + line + "\n")
    with pytest.raises(UsageError, match="line 2"):
        read_examples(file)


def test_examples_survive_being_written_and_read():
    example = read_example(
        {
            "instruction": "Send it",
            "messages": [{"role": "user", "content": "Hi"}, {"role": "tool", "content": "{}"}],
            "outline": ["One", "Two"],
            "expected": [{"api": "a.b", "id": "c0", "arguments": {"x": [1, "1"]}}],
        }
    )
    assert read_example(json.loads(as_line(example))) == example


def test_a_memory_survives_being_written_and_read():
    memory = remember(CORRECTIONS, DOCUMENTS)
    data = to_bytes(memory)
    again = Learned("again", from_bytes(data))
    for words in ("Turn on the lights in the kitchen", *OTHERS):
        assert planned(again, words) == planned(Learned("first", memory), words)
    assert to_bytes(remember(CORRECTIONS, DOCUMENTS)) == data
    assert to_bytes(from_bytes(data)) == data


def test_whole_programs_are_recalled_step_by_step_with_values_copied_from_call_to_call():
    documents = {d.id: d for d in (document("go", "Moves", AREA), document("clean", "Cleans a room", AREA))}

    def told(room: str, steps: list[str]):
        calls = [{"api": f"house.{name}", "arguments": {"area": [room]}} for name in ("go", "clean")]
        return {"instruction": f"See to the {room}", "outline": steps, "expected": calls}

    examples = [read_example(told(room, [f"Walk over to the {room}", "Tidy everything up"])) for room in ROOMS]
    learned = Learned("taught", remember(examples, documents))
    outline = Outline(steps=(Step(text="Walk over to the library"), Step(text="Tidy everything up")))
    plan = plan_request(Request("See to the library", outline=outline, documents=tuple(documents.values())), learned)
    found = [(c.api, dict(c.arguments)) for c in calls_of(plan)]
    assert found == [("house.go", {"area": "library"}), ("house.clean", {"area": "library"})]


def test_an_example_in_a_document_is_learned_from_at_once():
    plain = document("set_state", "Sets the state of an entity", DOMAIN, AREA)
    text = 'Make it cosy in the den: `set_state(domain="scene.cosy", area="den")`'
    told = plain.model_copy(update={"examples": (text,)})
    words = "Make it cosy in the den"
    assert planned(NOTHING_LEARNED, words, {told.id: told}) == [
        ("house.set_state", {"domain": "scene.cosy", "area": "den"})
    ]
    assert planned(NOTHING_LEARNED, words, {plain.id: plain}) != planned(NOTHING_LEARNED, words, {told.id: told})


@pytest.mark.parametrize(
    "text",
    [
        "# Plays a song\nplay(song=open('{mark}', 'w').write('x'))",
        "Plays a song: play(song=__import__('pathlib').Path('{mark}').touch())",
        "Plays a song: play(**{{'song': [].__class__}})",
        "Plays a song: play(song=" + "(" * 5_000,
        "Plays a song: play(song=" + "[" * 300 + "]" * 300 + ")",
        "Plays a song: play(song='a', other='b')",
        "Plays a song: play(song={{1: 2}})",
        "Plays a song: play(song=1e999999) \x00",
        "play(" * 400,
    ],
)
def test_hostile_or_broken_examples_are_neither_run_nor_learned(tmp_path, text):
    mark = tmp_path / "mark"
    made = document("play", "Plays music", {"name": "song", "schema": {}}, examples=[text.format(mark=mark)])
    found = examples_of(made)
    assert not mark.exists()
    assert all(call.arguments.keys() <= {"song"} for example in found for call in example.calls)
    assert planned(NOTHING_LEARNED, "What is the weather like?", {made.id: made}) == []
    assert not mark.exists()


def test_the_gate_counts_pairs_and_tests_their_signs():
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 0) == pytest.approx(0.0625)
    right, worse, better = Pair(True, True, False), Pair(True, False, False), Pair(False, True, True)
    assert judge([right] * 20).adopt
    assert not judge([right] * 20 + [worse]).adopt
    assert judge([right] * 20 + [better] * 8).adopt
    assert not judge([right] * 20 + [Pair(False, False, True)] * 10).adopt
    forgetful = judge([worse] * 6 + [better] * 9)
    assert not forgetful.adopt and "forgets" in forgetful.why


def test_a_damaged_version_is_told_and_others_still_work(tmp_path):
    versions = Versions(tmp_path)
    name = update(versions, CORRECTIONS, DOCUMENTS).version.name
    file = tmp_path / name / "memory.npz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    fresh = Versions(tmp_path)
    with pytest.raises(StoreError, match="not as it was written"):
        fresh.learned()
    fresh.activate(SHIPPED)
    assert fresh.learned() is NOTHING_LEARNED
    with pytest.raises(StoreError):
        fresh.activate(name)
    with pytest.raises(NotFoundError):
        fresh.activate("v99")


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from embedded_house import AREA, CORRECTIONS, DOCUMENTS
from taskmatrix.mcfm.embedded.learning.learned import Learned
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.versions import Versions
versions, learned = Versions(Path(sys.argv[1])), Learned("taught", remember(CORRECTIONS, DOCUMENTS))
while True:
    print("writes", flush=True)
    versions.activate(versions.add(CORRECTIONS, learned, versions.active, {}, adopted=True).name)
"""


def test_a_kill_at_any_moment_leaves_versions_that_load(tmp_path):
    here = str(Path(__file__).parent)
    for written in (1, 2, 3, 5, 8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), here], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(written):
                assert process.stdout.readline() == "writes\n"
            process.send_signal(signal.SIGKILL)
        versions = Versions(tmp_path)
        assert versions.active == SHIPPED or versions.learned().memory is not None
        for version in versions.all():
            assert versions.load(version.name).memory is not None
            assert len(versions.examples(version.name)) == len(CORRECTIONS)
