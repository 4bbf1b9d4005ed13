import pytest

from taskmatrix.core.documents import parse_document
from taskmatrix.core.programs import Argument, Program
from taskmatrix.policy import DefaultPolicy, DoubtingPolicy


def document(effects: str):
    return parse_document(
        {
            "package": "shop",
            "name": "order",
            "description": "Orders a thing.",
            "parameters": [{"name": "thing", "description": "what", "required": True, "schema": {"type": "string"}}],
            "effects": effects,
        }
    )


def verdict(program: Program, effects: str = "write") -> str:
    return DoubtingPolicy(DefaultPolicy(), program).decide(document(effects), {"thing": "tea"}).verdict


def test_a_change_that_the_writer_is_sure_of_runs():
    assert verdict(Program(code="", confidence=0.9)) == "run"


def test_a_change_that_the_writer_is_not_sure_of_is_asked_about():
    assert verdict(Program(code="", confidence=0.1)) == "ask"


def test_a_change_that_rests_on_a_guess_is_asked_about_by_its_name():
    guess = Argument(api="shop.order", parameter="thing", origin="guess", text="tea", confidence=0.3)
    decision = DoubtingPolicy(DefaultPolicy(), Program(code="", arguments=(guess,))).decide(
        document("write"), {"thing": "tea"}
    )
    assert decision.verdict == "ask" and "thing" in decision.reason


def test_reading_needs_no_certainty():
    assert verdict(Program(code="", confidence=0.1), "read") == "run"


@pytest.mark.parametrize("effects", ["destructive", "physical"])
def test_what_is_asked_about_anyway_stays_so(effects: str):
    assert verdict(Program(code="", confidence=1.0), effects) == "ask"
