"""How clauses hang together: loops, conditions and order words, read from the words alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmatrix.mcfm.embedded.instruction.clauses import Clause, Each, Part, leaves
from taskmatrix.mcfm.embedded.instruction.conditions import read_condition
from taskmatrix.mcfm.embedded.instruction.control import is_too_deep, split_instruction


def shown(part: Part) -> str:
    if isinstance(part, Clause):
        return part.text
    body = "; ".join(map(shown, part.body))
    if isinstance(part, Each):
        only = f" {part.only.text}" if part.only else ""
        return f"each[{part.item}{only}]({body})"
    otherwise = f" else {'; '.join(map(shown, part.otherwise))}" if part.otherwise else ""
    return f"{'unless' if part.negated else 'if'}[{part.condition.text}]({body}{otherwise})"


def read(text: str) -> list[str]:
    return [shown(part) for part in split_instruction(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("If I fly to Kenya, what jabs do I need?", ["If I fly to Kenya, what jabs do I need?"]),
        ("If a car brakes for 3 s, how far does it go?", ["If a car brakes for 3 s, how far does it go?"]),
        ("If the door is open, what is the time?", ["if[the door is open](what is the time?)"]),
        ("When is the next train to Bath?", ["When is the next train to Bath?"]),
        ("If it rains, mail Ann, otherwise water the roses", ["if[it rains](mail Ann else water the roses)"]),
        ("If it rains then mail Ann. Otherwise, call Bob.", ["if[it rains](mail Ann. else call Bob.)"]),
        ("Mail Ann if it rains", ["if[it rains](Mail Ann)"]),
        ("If the shop is open buy milk", ["if[the shop is open](buy milk)"]),
        ("Unless the door is locked, lock it", ["unless[the door is locked](lock it)"]),
        ("Start the fan when the heat is over 30", ["if[the heat is over 30](Start the fan)"]),
        ("Get the weather and mail Ann if it is above 20", ["Get the weather", "if[it is above 20](mail Ann)"]),
        ("Check if it rains and if so mail Ann", ["if[it rains](mail Ann)"]),
        ("Check whether it rains. If not, mail Ann.", ["unless[it rains](mail Ann.)"]),
        ("If a is 1, if b is 2, delete c, else delete d", ["if[a is 1](if[b is 2](delete c else delete d))"]),
        ("If a is 1, open c, else if b is 2, open d", ["if[a is 1](open c else if[b is 2](open d))"]),
        ("For each order, if its total is over 9, cancel it", ["each[order](if[its total is over 9](cancel it))"]),
        ("For each order: read it. If it is late, cancel it.", ["each[order](read it.; if[it is late](cancel it.))"]),
        ("For all mails that are unread, archive them", ["each[mails that are unread](archive them)"]),
        ("Send a note for every bill that is late", ["each[bill that is late](Send a note)"]),
        ("Send each of them a note", ["each[them](Send each of them a note)"]),
        ("Cancel every order whose total is 0", ["each[order whose total is 0](Cancel every order)"]),
    ],
)
def test_loops_and_conditions_are_read(text, parts):
    assert read(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Before closing the file, save it", ["save it", "closing the file"]),
        ("Close the file after saving it", ["saving it", "Close the file"]),
        ("After you have saved the file, close it", ["you have saved the file", "close it"]),
        ("Close the file once it is saved", ["it is saved", "Close the file"]),
        ("Close the file, but first save it", ["save it", "Close the file"]),
        ("Close the file. Before that, save it.", ["save it.", "Close the file."]),
        ("Open the file, then save it, finally close it", ["Open the file", "save it", "close it"]),
    ],
)
def test_order_words_put_calls_in_order(text, parts):
    assert read(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "Write 'if it rains, stay home' on the lid",
        "Act as if nothing happened",
        "What if it rains?",
        "Tell me if it rains in Paris",
        "Send the invoices, if any, to Ann",
        "Open the file if possible",
        "Water the roses every day",
        "Add a note saying “for each guest, buy a gift”",
    ],
)
def test_words_that_only_look_like_control_are_left_alone(text):
    assert read(text) == [text]


def test_a_hundred_nested_conditions_are_told_at_once():
    text = ", ".join(f"if x{n} is above {n}" for n in range(100)) + ", close the door"
    assert is_too_deep(split_instruction(text))
    assert not is_too_deep(split_instruction("If a is 1, if b is 2, for each c, close it"))


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            ["if", "unless", "for each", "otherwise", "and", "then", ",", ".", "before", "it", "is", "open", "a", '"']
        ),
        max_size=25,
    )
)
def test_any_control_words_give_parts_that_lie_where_they_say(words):
    text = " ".join(words)
    for clause in leaves(split_instruction(text)):
        assert text[clause.start : clause.end] == clause.text
        read_condition(clause)


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("the heat in Rome is above 30 degrees", [("the heat in Rome", ">", "30 degrees")]),
        ("the price does not exceed 5", [("the price", "not >", "5")]),
        ("it is 30 or more", [("it", ">=", "30")]),
        ("it is between 10 and 20", [("it", ">=", "10"), ("it", "<=", "20")]),
        ("it is over 30 and less than 20", [("it", ">", "30"), ("it", "<", "20")]),
        ("there are no unread mails", [("unread mails", "empty", "")]),
        ("there are any unread mails", [("unread mails", "not empty", "")]),
        ("there are more than 5 unread mails", [("unread mails", ">", "5")]),
        ("the door isn't locked", [("the door", "not true", "locked")]),
        ("it rains", [("it rains", "true", "")]),
        ("milk is cheaper than tea", [("milk", "<", "tea")]),
        ('the title contains "if 3 is above 2"', [("the title", "in", '"if 3 is above 2"')]),
    ],
)
def test_a_condition_says_what_is_compared_and_how(text, tests):
    found = read_condition(Clause(text, 0, len(text))).tests
    said = [
        (t.subject.text, ("not " if t.negated else "") + t.operator, t.value.text if t.value else "") for t in found
    ]
    assert said == tests


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("in 15 minutes, close the shutters", ["in 15 minutes, close the shutters"]),
        ("tomorrow at 5, wash the car, then wax it", ["tomorrow at 5, wash the car", "wax it"]),
        ("in the office, turn on the lights", ["in the office", "turn on the lights"]),
        ("open the lid, close the hatch", ["open the lid", "close the hatch"]),
        ("in the list find Anna, open her file", ["in the list find Anna", "open her file"]),
    ],
)
def test_when_said_first_is_no_step_of_its_own(text: str, clauses: list[str]):
    assert [clause.text for clause in leaves(split_instruction(text))] == clauses
