import pytest
from make_session_set import convert
from public_sets.planning_set import find_faults

NEW = {"package": "deck", "name": "new_slide", "description": "Adds a slide.", "parameters": []}
TEXT = {"name": "text", "description": "", "required": True}
TITLE = {"package": "deck", "name": "set_title", "description": "Sets the title.", "parameters": [TEXT]}
APIS = [TITLE, NEW]
SESSION = [
    {"say": f"Call slide {n} Bees", "calls": [["new_slide", {}], ["set_title", {"text": "Bees"}]]} for n in range(40)
]


def test_a_session_becomes_cases_that_stand_alone_or_have_the_turns_before() -> None:
    made = convert([{"turns": SESSION}, {"say": "A slide", "calls": [["new_slide", {}]]}], APIS, set(), "bees")
    assert len(made.cases) == 41 and find_faults(made) == []
    alone = [c for c in made.cases if "instruction" in c]
    led = [c for c in made.cases if "messages" in c]
    assert alone and led and max(len(c["messages"]) for c in led) == 4
    assert [c["api"] for c in made.cases[0]["expected"]] == ["deck.new_slide", "deck.set_title"]
    assert made.cases[0]["expected"][1]["arguments"] == {"text": ["Bees"]}


def test_what_a_case_that_measures_says_is_left_out() -> None:
    made = convert([{"turns": SESSION[:2]}], APIS, {"call slide 0 bees"}, "bees")
    assert [c["id"] for c in made.cases] == ["bees-0-1@written"] and sum(made.dropped.values()) == 1


def test_a_call_for_help_is_no_call_and_an_unknown_one_is_told() -> None:
    [case] = convert([{"say": "Print it", "calls": [["seek_assistance", {}]]}], APIS, set(), "bees").cases
    assert (case["expected"], case["kind"]) == ([], "left_out")
    with pytest.raises(SystemExit, match="print"):
        convert([{"say": "Print it", "calls": [["print", {}]]}], APIS, set(), "bees")
