import pytest

from taskmatrix.core.questions import Answered, Question

UNIT = Question("In which unit?", api="harbour.get_tide", parameter="unit", choices=("metres", "feet"))


@pytest.mark.parametrize(("typed", "said"), [("2", "feet"), (" feet ", "feet"), ("3", "3"), ("0", "0"), ("²", "²")])
def test_a_choice_can_be_answered_by_its_number(typed: str, said: str) -> None:
    assert UNIT.read(typed) == said


def test_choices_that_are_numbers_themselves_have_none() -> None:
    rooms = Question("Which room?", choices=("3", "1"))
    assert not rooms.numbered
    assert rooms.read("1") == "1"


@pytest.mark.parametrize("text", ["skip it", "None.", "leave it out", "Don't use it, please", "no", "drop that"])
def test_an_answer_may_leave_the_thing_out(text: str) -> None:
    assert Answered(UNIT, text).leaves_out


@pytest.mark.parametrize("text", ["", "feet", "drop the anchor", "no salt", "it", "leave " * 100])
def test_other_words_leave_nothing_out(text: str) -> None:
    assert not Answered(UNIT, text).leaves_out


def test_questions_in_other_words_are_about_the_same_thing() -> None:
    assert UNIT.is_about(Question("Metres or feet?", api="harbour.get_tide", parameter="unit"))
    assert not UNIT.is_about(Question("In which unit?", api="harbour.get_tide", parameter="harbour"))
