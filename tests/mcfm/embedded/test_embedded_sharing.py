"""One command for several things: each is planned alone where examples know what the things are."""

import pytest
from embedded_house import document, planned
from hypothesis import given
from hypothesis import strategies as st
from test_embedded_platforms import WHERE, house, text

from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.instruction.clauses import leaves
from taskmatrix.mcfm.embedded.instruction.conjuncts import conjuncts
from taskmatrix.mcfm.embedded.instruction.control import split_instruction
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED
from taskmatrix.mcfm.embedded.sharing import lists_of

OFF, ON = "home_assistant.HassTurnOff", "home_assistant.HassTurnOn"


def shares(said: str) -> list[str]:
    clauses = leaves(split_instruction(said))
    return [c.of(said) for c in conjuncts(said, clauses, lists_of(clauses))]


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        ("water the fern and the moss in the hall", ["water the fern in the hall", "water the moss in the hall"]),
        ("feed the cat, the dog and the hen", ["feed the cat", "feed the dog", "feed the hen"]),
        ("open the hatch and the vents upstairs", ["open the hatch upstairs", "open the vents upstairs"]),
        (
            "in the barn, open the hatch and close the vents",
            ["open the hatch in the barn", "close the vents in the barn"],
        ),
        ("water the fern and the moss and call Ann", ["water the fern", "water the moss", "call Ann"]),
    ],
)
def test_what_holds_for_several_things_is_said_of_each(said: str, apart: list[str]):
    assert shares(said) == apart


@pytest.mark.parametrize(
    "said",
    [
        "water the fern",
        "water the fern and call Ann",  # two clauses that share nothing
        "paint the kitchen and dining room walls",  # the walls of both
        "wait 1 hour and 15 minutes",
        "in the barn, open the hatch",
        "",
        "feed " + ", ".join(f"the {c}" for c in "cat dog pig cow ewe mare goat".split()) + " and the hen",
    ],
)
def test_what_shares_nothing_or_may_be_one_thing_stays_whole(said: str):
    assert shares(said) == []


@given(st.lists(st.sampled_from("in the barn, open hatch hatch and and vents upstairs . ? 5 feed cat dog".split(" "))))
def test_what_is_told_apart_stands_in_the_instruction(words: list[str]):
    said = " ".join(words)
    clauses = leaves(split_instruction(said))
    for share in conjuncts(said, clauses, lists_of(clauses)):
        part = share.of(said)
        for start in range(len(part)):
            place = share.place(start, start + 1)
            assert place is None or said[slice(*place)] == part[start]
        assert share.place(0, len(part) + 1) is None


def test_two_kinds_of_things_are_both_switched():
    documents = house("home_assistant")
    assert planned(NOTHING_LEARNED, "turn off the fan and the lights in the office", documents) == [
        (OFF, {"area": "office", "domain": "fan"}),
        (OFF, {"area": "office", "domain": "light"}),
    ]
    assert planned(NOTHING_LEARNED, "turn off the lights and the tv", documents) == [
        (OFF, {"domain": "light"}),
        (OFF, {"domain": "media_player", "device_class": "tv"}),
    ]


def test_a_place_said_first_holds_for_all():
    made = planned(NOTHING_LEARNED, "in the barn, turn on the lights and close the blinds", house("home_assistant"))
    assert [(api, given_["area"], given_["domain"]) for api, given_ in made] == [
        (ON, "barn", "light"),
        (OFF, "barn", "cover"),
    ]


def test_a_title_with_and_in_it_is_one():
    play = document(
        "HassMediaSearchAndPlay",
        "Searches for media and plays the first result",
        text("search_query", "Text to search for"),
        *WHERE[:3],
        package="home_assistant",
    )
    made = planned(NOTHING_LEARNED, "play the fox and the hound", {**house("home_assistant"), play.id: play})
    assert len(made) == 1


@pytest.mark.parametrize(
    ("said", "length"),
    [
        ("start a 1 hour 15 minute and 30 second timer", {"hours": 1, "minutes": 15, "seconds": 30}),
        ("set a timer for half an hour", {"minutes": 30}),
        ("set a timer for half a minute", {"seconds": 30}),
        ("start a 5 minute and 10 second timer", {"minutes": 5, "seconds": 10}),
        ("set a timer for 1/2 a minute", {"seconds": 30}),
        ("set a timer for 1 and a 1/2 hours", {"hours": 1, "minutes": 30}),
        ("start a timer for ½ hour", {"minutes": 30}),
        ("in 3/4 of an hour, lower the drawbridge", {"minutes": 45, "conversation_command": "lower the drawbridge"}),
    ],
)
def test_examples_do_not_outvote_a_length_that_is_said(said: str, length: dict[str, int]):
    parts = (text(unit, f"Number of {unit}") for unit in ("hours", "minutes", "seconds"))
    timer: ApiDocument = document(
        "HassStartTimer",
        "Starts a timer",
        *parts,
        text("name", "Name attached to the timer"),
        text("conversation_command", "Command to execute when timer finishes"),
        package="home_assistant",
    )
    assert planned(NOTHING_LEARNED, said, {timer.id: timer}) == [(timer.id, length)]
