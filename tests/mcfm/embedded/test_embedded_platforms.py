"""Home Assistant's documents do not say what their parameters take; the examples that come with TaskMatrix do."""

import pytest
from embedded_house import document as of_house
from embedded_house import planned

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.protocols import Request
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.learning.examples import read_example
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED
from taskmatrix.mcfm.embedded.learning.platforms import PLATFORMS, examples_of_platform, platform_memories
from taskmatrix.mcfm.embedded.learning.updating import update
from taskmatrix.mcfm.embedded.learning.versions import Versions


def text(name: str, description: str) -> dict:
    return {"name": name, "description": description, "schema": {}}


WHERE = (
    text("name", "Name of a device or entity"),
    text("area", "Name of an area"),
    text("floor", "Name of a floor"),
    text("domain", "Domain of devices/entities in an area"),
    text("device_class", "Device class of devices/entities in an area"),
)


def house(package: str) -> dict[str, ApiDocument]:
    made = (
        of_house("HassTurnOn", "Turns on a device or entity", *WHERE, package=package),
        of_house("HassTurnOff", "Turns off a device or entity", *WHERE, package=package),
        of_house(
            "HassGetState",
            "Gets or checks the state of an entity",
            *WHERE,
            text("state", "Name of state to match"),
            package=package,
        ),
    )
    return {d.id: d for d in made}


@pytest.mark.parametrize("package", ["home_assistant", "cottage"])
def test_lights_and_windows_of_home_assistant_are_known_whatever_its_package_is_called(package: str):
    documents = house(package)
    assert planned(NOTHING_LEARNED, "turn on the lights in the observatory", documents) == [
        (f"{package}.HassTurnOn", {"area": "observatory", "domain": "light"})
    ]
    [(api, given)] = planned(NOTHING_LEARNED, "are any windows open in the observatory?", documents)
    assert api == f"{package}.HassGetState"
    assert (given["domain"], given["device_class"], given["state"]) == ("binary_sensor", "window", "on")


def test_two_commands_in_one_sentence_are_both_done():
    documents = house("home_assistant")
    assert planned(NOTHING_LEARNED, "turn off all the lights and lock the cellar door", documents) == [
        ("home_assistant.HassTurnOff", {"domain": "light"}),
        ("home_assistant.HassTurnOn", {"name": "cellar door", "domain": "lock"}),
    ]


def test_what_points_back_or_holds_for_both_is_not_taken_apart():
    """Alone, `set it to …` would be about every device, and `in the office` a command of its own."""
    documents = house("home_assistant")
    for said in (
        "turn on the reading lamp and switch it off again",
        "in the study, turn off the lamps and lock the door",
    ):
        made = planned(NOTHING_LEARNED, said, documents)
        assert made
        assert all(len(given) > 0 for _, given in made)
        assert ("home_assistant.HassTurnOn", {"area": "study"}) not in made


def test_a_command_for_two_rooms_is_one_call_for_each():
    made = planned(NOTHING_LEARNED, "turn off the lights in the study and in the hall", house("home_assistant"))
    assert [api for api, _ in made] == ["home_assistant.HassTurnOff"] * 2
    assert {given["area"] for _, given in made} == {"study", "hall"}


def test_no_call_is_made_twice():
    made = planned(NOTHING_LEARNED, "turn off the fan and the lights in the office", house("home_assistant"))
    assert all(made.count(call) == 1 for call in made)


def test_a_name_may_hold_the_word_of_a_kind():
    """`sensor` says the domain, and is a part of the name all the same."""
    [(_, given)] = planned(NOTHING_LEARNED, "what is the voltage of the tractor shed sensor?", house("home_assistant"))
    assert (given["name"], given["domain"], given["device_class"]) == ("tractor shed sensor", "sensor", "voltage")


def test_one_thing_in_a_room_is_not_all_that_is_in_it():
    made = planned(NOTHING_LEARNED, "turn off the harpsichord in the orangery", house("home_assistant"))
    assert made == [("home_assistant.HassTurnOff", {"name": "harpsichord", "area": "orangery"})]


def test_a_parameter_that_takes_a_list_is_given_one():
    listed = {**WHERE[3], "schema": {"type": "array", "items": {"type": "string"}}}
    made = of_house("HassTurnOn", "Turns on a device or entity", *WHERE[:3], listed, package="cottage")
    assert planned(NOTHING_LEARNED, "turn on the lights in the observatory", {made.id: made}) == [
        ("cottage.HassTurnOn", {"area": "observatory", "domain": ["light"]})
    ]


def test_other_packages_know_nothing_of_it():
    assert platform_memories([of_house("turn_on", "Turns on a device or entity", *WHERE)]) == []


@pytest.mark.timeout(400)
def test_what_a_user_teaches_is_learned_together_with_what_is_known(tmp_path):
    documents = house("home_assistant")
    taught = [
        read_example(
            {
                "instruction": words,
                "expected": [{"api": "home_assistant.HassTurnOn", "arguments": {"name": ["Evening"]}}],
            }
        )
        for words in ("make it cosy", "cosy please", "make it cosy in here")
    ]
    versions = Versions(tmp_path)
    update(versions, taught, documents)
    learned = versions.learned()
    assert planned(learned, "make it cosy", documents) == [("home_assistant.HassTurnOn", {"name": "Evening"})]
    assert planned(learned, "turn on the lights in the observatory", documents) == [
        ("home_assistant.HassTurnOn", {"area": "observatory", "domain": "light"})
    ]


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_two_examples_say_the_same_and_the_memory_is_made_of_them(name: str):
    examples = examples_of_platform(name, "here")
    words = [example.instruction.strip().lower() for example in examples]
    assert len({*words}) == len(words)
    documents = [
        parse_document({"package": "here", "name": a.partition(".")[2], "description": "Does it.", "parameters": []})
        for e in examples
        for a in e.apis
    ]
    [memory] = platform_memories(documents)
    assert memory.examples == len(examples)
    assert all(memory.knows(api) for example in examples for api in example.apis)


@pytest.mark.parametrize(("package", "found"), [("hass", ("hass.HassGetState",)), ("cottage", ())])
def test_under_a_usual_name_the_apis_are_on_offer_whatever_the_search_finds(package: str, found: tuple[str, ...]):
    documents = house(package)
    asked = Request("are any windows open upstairs?")
    assert EmbeddedMcfm().recall(asked, documents.__contains__)[:1] == found


def test_questions_about_the_world_are_none_about_the_home():
    assert planned(NOTHING_LEARNED, "who won the world cup", house("home_assistant")) == []


@pytest.mark.parametrize("room", ["kitchen", "living room", "dungeon"])
def test_a_room_is_known_whatever_it_is_called(room: str):
    made = planned(NOTHING_LEARNED, f"turn all the lights in the {room} off", house("home_assistant"))
    assert [(api, given["area"].lower(), given["domain"]) for api, given in made] == [
        ("home_assistant.HassTurnOff", room, "light")
    ]


@pytest.mark.timeout(400)
def test_what_a_user_teaches_counts_more_than_what_came_with_it(tmp_path):
    """Its own examples say that `in here` names no room."""
    documents = house("home_assistant")
    api = "home_assistant.HassTurnOff"
    taught = [
        read_example(
            {"instruction": words, "expected": [{"api": api, "arguments": {"area": ["Den"], "domain": [kind]}}]}
        )
        for kind, thing in (("light", "lights"), ("fan", "fans"))
        for words in (
            f"turn off the {thing} in here",
            f"all the {thing} in here off",
            f"switch the {thing} in here off",
        )
    ]
    versions = Versions(tmp_path)
    update(versions, taught, documents)
    made = planned(versions.learned(), "please turn all the lights in here off", documents)
    assert made == [(api, {"area": "Den", "domain": "light"})]
