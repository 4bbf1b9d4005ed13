"""Corrections move the heads of the cross-encoder; the gate chooses what is used, and how sure it may be."""

import numpy as np
import pytest
from embedded_house import AREA, CORRECTIONS, DOCUMENTS, DOMAIN, OTHERS, document, lights, planned

from taskmatrix.core.protocols import Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.encoder.cross_encoder import SPAN
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.learning.answering import Answer
from taskmatrix.mcfm.embedded.learning.examples import read_example
from taskmatrix.mcfm.embedded.learning.learned import SHIPPED, Learned
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.moving import move
from taskmatrix.mcfm.embedded.learning.rereading import Reread, Taught
from taskmatrix.mcfm.embedded.learning.rows import rows_of
from taskmatrix.mcfm.embedded.learning.sureness import MIDDLE, UNCHANGED, Seen, fit_sureness
from taskmatrix.mcfm.embedded.learning.teaching import BOTH, MEMORY, best_of, teach
from taskmatrix.mcfm.embedded.learning.updating import update
from taskmatrix.mcfm.embedded.learning.versions import Versions

ROOMS = "attic bathroom cellar den garage hall kitchen larder library lounge nursery office pantry porch study".split()
MOVES = {
    made.id: made
    for made in (
        document("glorp", "Glorps an area", AREA),
        document("frobnicate", "Frobnicates an area", AREA),
        document("play", "Plays music", {"name": "song", "schema": {"type": "string"}}),
    )
}


def cosy(room: str, api: str = "house.glorp"):
    return read_example(
        {"instruction": f"Make it cosy in the {room}", "expected": [{"api": api, "arguments": {"area": [room]}}]}
    )


def fits(encoder, words: str, api: str) -> float:
    from taskmatrix.mcfm.embedded.documents.reading import read_document
    from taskmatrix.mcfm.embedded.encoder.sequences import Said

    return encoder.read(encoder.builder.pieces(Said.of(words)), read_document(MOVES[api])).fits


def test_moved_heads_say_what_corrections_said_of_words_not_seen():
    encoder = load_cross_encoder()
    rows = rows_of([cosy(room) for room in ROOMS[1:]], MOVES, encoder, 100)
    taught = encoder.moved(move(encoder.heads, rows))
    words = "Make it cosy in the attic"
    before, after = (fits(e, words, "house.glorp") - fits(e, words, "house.frobnicate") for e in (encoder, taught))
    assert after > before + 0.2 and after > 0


def test_the_same_corrections_move_the_heads_alike():
    encoder = load_cross_encoder()
    rows = rows_of([cosy(room) for room in ROOMS], MOVES, encoder, 100)
    one, other = move(encoder.heads, rows), move(encoder.heads, rows)
    assert all(np.array_equal(one.arrays[n], other.arrays[n]) for n in one.arrays)
    assert move(encoder.heads, []) is encoder.heads


def test_rows_hold_where_values_stand_and_no_more_than_asked_for():
    encoder = load_cross_encoder()
    rows = rows_of([cosy("hall")], MOVES, encoder, 100)
    called = [row for row in rows if row.fit]
    assert len(called) == 1 and called[0].kinds == [SPAN] and called[0].spans
    assert len(rows_of([cosy(room) for room in ROOMS], MOVES, encoder, 7)) == 7


def test_packages_that_no_correction_is_about_are_read_as_before():
    encoder = load_cross_encoder()
    heads = move(encoder.heads, rows_of([cosy(room) for room in ROOMS], MOVES, encoder, 100))
    words = "Make it cosy in the attic"
    about, other = (Taught(encoder, heads, frozenset((p,))) for p in ("house", "garden"))
    assert fits(other, words, "house.glorp") == fits(encoder, words, "house.glorp")
    assert fits(about, words, "house.glorp") != fits(encoder, words, "house.glorp")


def test_what_was_read_once_is_not_read_again():
    encoder = load_cross_encoder()
    reader = Reread(encoder, most=2)
    made = encoder.builder.build(encoder.builder.pieces(_said("Play it")), _view("house.play"))[0]
    first = reader.states(made)
    assert reader.states(made) is not first and np.array_equal(reader.states(made), first)
    assert np.allclose(first, encoder.states(made), atol=0.02)


def test_heads_survive_being_kept_and_roll_back(tmp_path):
    encoder = load_cross_encoder()
    heads = move(encoder.heads, rows_of([cosy(room) for room in ROOMS], MOVES, encoder, 100))
    sureness = fit_sureness([Seen(0.5, 0.5, True)] * 20)
    made = Learned("taught", None, heads, frozenset(("house",)), sureness)
    versions = Versions(tmp_path)
    name = versions.add([cosy("hall")], made, "shipped", {}, adopted=True).name
    again = Versions(tmp_path).load(name)
    assert again.memory is None and again.packages == {"house"} and again.sureness == sureness
    assert again.heads is not None
    assert all(np.array_equal(again.heads.arrays[n], heads.arrays[n].astype(np.float16)) for n in heads.arrays)


def test_the_simplest_form_stands_unless_another_is_right_more_often():
    right, wrong = Answer(True), Answer(False)
    assert best_of({MEMORY: [right] * 9, BOTH: [right] * 9}) == MEMORY
    assert best_of({MEMORY: [wrong] * 2 + [right] * 9, BOTH: [right] * 11}) == MEMORY
    assert best_of({MEMORY: [wrong] * 9, BOTH: [right] * 9}) == BOTH
    assert best_of({MEMORY: [right] * 9, BOTH: [wrong] * 9}) == MEMORY


def test_corrections_whose_calls_are_shuffled_are_refused(tmp_path):
    styles = ("Turn on the lights in the {}", "Lights on in the {}", "Put out the {} lights", "The {} can go dark")
    dealt = [
        lights(style.format(room), ROOMS[-n], "house.turn_on" if (n + m) % 3 else "house.turn_off")
        for m, style in enumerate(styles)
        for n, room in enumerate(ROOMS, 1)
    ]
    made = update(Versions(tmp_path), dealt, DOCUMENTS)
    assert not made.version.adopted and Versions(tmp_path).active == SHIPPED


def test_a_version_is_as_sure_as_it_was_right_on_what_was_held_out():
    often = fit_sureness([Seen(0.2, 0.9, True)] * 38 + [Seen(0.2, 0.9, False)] * 2)
    seldom = fit_sureness([Seen(0.9, 0.9, True)] * 4 + [Seen(0.9, 0.9, False)] * 36)
    assert often.of(0.2, 0.9) == pytest.approx(0.95, abs=0.05)
    assert seldom.of(0.9, 0.9) == pytest.approx(0.1, abs=0.07)
    assert fit_sureness([]) == UNCHANGED and UNCHANGED.of(0.3, MIDDLE) == 0.3


def test_words_far_from_all_examples_are_less_sure():
    seen = [Seen(0.6, 0.9, True)] * 30 + [Seen(0.6, 0.3, False)] * 20 + [Seen(0.6, 0.3, True)] * 5
    made = fit_sureness(seen)
    assert made.of(0.6, 0.2) < made.of(0.6, 0.9)


def test_a_value_that_examples_have_no_place_for_is_not_dropped_silently():
    examples = [lights(f"Turn on the lights in the {room}", room) for room in ROOMS]
    learned = Learned("taught", remember(examples, DOCUMENTS))
    plan = plan_request(
        Request('Turn on the lights in the kitchen "Moonlight"', documents=tuple(DOCUMENTS.values())), learned
    )
    said = [a.value for a in plan.values() if hasattr(a, "value")]
    assert plan.unused or any("Moonlight" in str(v) for v in said)
    assert planned(learned, "Turn on the lights in the kitchen") == [
        ("house.turn_on", {"area": "kitchen", "domain": "light"})
    ]


def test_a_parameter_that_no_example_gives_is_left_out():
    documents = {
        d.id: d
        for d in (
            document(
                "turn_on",
                "Turns on a device",
                AREA,
                DOMAIN,
                {"name": "name", "description": "Name of a device", "schema": {"type": "string"}},
            ),
        )
    }
    learned = Learned("taught", remember([lights(f"Turn on all the lights in the {r}", r) for r in ROOMS], documents))
    assert planned(learned, "Turn on all the lights in the veranda", documents)[0][1].keys() == {"area", "domain"}


def test_apis_are_told_apart_by_memory_and_reading_together():
    styles = ("Turn on the lights in the {}", "Lights on in the {}")
    examples = [lights(style.format(room), room) for style in styles for room in ROOMS]
    examples += [lights(f"Put out the lights in the {room}", room, "house.turn_off") for room in ROOMS]
    recall = Learned("taught", remember(examples, DOCUMENTS)).recall(
        Request("Turn on the lights in the veranda"), _views(DOCUMENTS)
    )
    assert recall is not None
    fits = recall.fits({"house.turn_on": 0.4, "house.turn_off": 0.45, "house.play": 0.01})
    assert max(fits, key=lambda api: fits[api]) == "house.turn_on"
    assert recall.fits({}) == {}


def test_three_corrections_make_a_memory_and_change_nothing_else():
    made = teach(Learned(), [], CORRECTIONS, DOCUMENTS)
    assert made.form == MEMORY and made.verdict.adopt and made.learned.packages == {"house"}
    assert [planned(made.learned, w) for w in OTHERS] == [planned(Learned(), w) for w in OTHERS]


def _said(words: str):
    from taskmatrix.mcfm.embedded.encoder.sequences import Said

    return Said.of(words)


def _view(api: str):
    from taskmatrix.mcfm.embedded.documents.reading import read_document

    return read_document(DOCUMENTS[api])


def _views(documents):
    from taskmatrix.mcfm.embedded.documents.reading import read_documents

    return read_documents(tuple(documents.values()))
