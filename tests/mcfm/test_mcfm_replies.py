import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.errors import ModelAnswerError, NeedsInputError, NothingFitsError, TaskMatrixError
from taskmatrix.mcfm.replies import parse, read_program, without_thoughts

CODE = "from lamp import switch\n\nfor room in ['a', 'b']:\n    switch(room, on=True)\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"```python\n{CODE}```",
        f"```py\n{CODE}```",
        f"```\n{CODE}```",
        f"```Python\n{CODE}\n\n```\n",
        f"~~~python\n{CODE}~~~",
        f"````python\n{CODE}````",
        f"Sure! Here it is:\n\n```python\n{CODE}```\nThis switches both lamps on. Let me know!",
        f"```python\n{CODE}",
        CODE,
        f"Here you go:\n{CODE}\nHope that helps, and ask me anything.",
        f"```bash\npip install lamp\n```\nand then\n```python\n{CODE}```",
        f"First a sketch:\n```python\nswitch('a')\n```\nNow all of it:\n```python\n{CODE}```",
        f"```python\n{CODE}```\nIt prints:\n```json\n{list(range(40))}\n```",
        f"<think>The user wants\n```python\nswitch({list(range(40))})\n```\n</think>\n```python\n{CODE}```",
        f"I should switch them.\n</think>\n```python\n{CODE}```",
        f"```python\r\n{CODE}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        "1. the program:\n\n" + "\n".join("   " + line for line in f"```python\n{CODE}```".split("\n")),
    ],
)
def test_the_program_is_found_whatever_is_around_it(reply):
    assert read_program(reply).code == CODE


def test_a_fence_inside_a_string_does_not_end_the_program():
    code = 'from notes import write\n\nwrite("""\n```\nx\n```\n""")\n'
    assert read_program(f"```python\n{code}```\n").code == code


def test_a_block_that_does_not_parse_is_returned_for_its_check_to_say_why():
    assert read_program("```python\nfrom lamp import\n```").code == "from lamp import\n"


def test_of_equally_long_programs_the_last_counts():
    assert read_program("```python\nf('a')\n```\nno, better:\n```python\nf('b')\n```").code == "f('b')\n"


def test_notes_for_the_user_are_collected():
    found = read_program(f"```python\n{CODE}```\nNOTE: I took *both* rooms.\n**NOTE:** Lamps only.\nnote this")
    assert found.notes == ("I took *both* rooms.", "Lamps only.")


@pytest.mark.parametrize(
    "reply",
    [
        "Sorry",
        "I cannot write programs.",
        "Sorry, from what I see import taxes are due.",
        "",
        "   \n",
        "```python\n```",
        "```python\n# nothing to do\n```",
        '```json\n{"a": 1}\n```',
        "```\nsome words\n```",
        "<think>hm</think>",
        "\x00",
        "((((" * 5_000,
        "from lamp import switch " + "x" * 300_000,
    ],
)
def test_a_reply_without_a_program_is_an_error_that_keeps_it(reply):
    with pytest.raises(ModelAnswerError) as caught:
        read_program(reply)
    assert caught.value.answer == reply and caught.value.hint


def test_a_program_too_long_to_be_meant_is_refused():
    with pytest.raises(ModelAnswerError, match="characters"):
        read_program("```python\n" + "f(1)\n" * 30_000 + "```")


@pytest.mark.parametrize(
    "reply",
    [
        "NOTHING FITS: there is no API for lamps",
        "**NOTHING FITS:** there is no API for lamps",
        "**NOTHING FITS: there is no API for lamps**",
        "I looked at all of them.\n\nNOTHING FITS: there is no API for lamps\n",
        "```\nNOTHING FITS: there is no API for lamps\n```",
        "```python\n# NOTHING FITS: there is no API for lamps\n```",
        f"NOTHING FITS: there is no API for lamps\n```python\n{CODE}```",
        "NOTHING FITS:\nthere is no API for lamps",
    ],
)
def test_a_refusal_is_passed_on_in_its_words(reply):
    with pytest.raises(NothingFitsError, match=r"there is no API for lamps$"):
        read_program(reply)


def test_a_question_is_passed_on_even_beside_a_guess():
    with pytest.raises(NeedsInputError) as caught:
        read_program(f"QUESTION: Which room?\n\n```python\n{CODE}```")
    assert caught.value.question.text == "Which room?"


@pytest.mark.parametrize(
    ("reply", "text", "choices"),
    [
        (
            "QUESTION: Which of the two\nrooms do you mean?\n\nI ask as there are two.",
            "Which of the two rooms do you mean?",
            (),
        ),
        (
            "**QUESTION:**\n\nWhich room?\n1. the kitchen\n2. **the hall**\nThanks",
            "Which room?",
            ("the kitchen", "the hall"),
        ),
        ("QUESTION: Which room?\n\n- kitchen\n- hall\nNOTE: two rooms", "Which room?", ("kitchen", "hall")),
        ("QUESTION: What is missing?\n- the room", "What is missing? the room", ()),
        ("> QUESTION: Which room?\n> And when?", "Which room? And when?", ()),
        ("QUESTION:", "What exactly should be done?", ()),
    ],
)
def test_a_question_may_take_several_lines_and_list_its_answers(reply, text, choices):
    for around in (reply, f"```\n{reply}\n```", f"{reply}\n\n```python\n{CODE}```"):
        with pytest.raises(NeedsInputError) as caught:
            read_program(around)
        assert (caught.value.question.text, caught.value.question.choices) == (text, choices)


def test_a_refusal_may_take_several_lines():
    with pytest.raises(NothingFitsError, match=r"no API for lamps, nor for: rooms; doors$"):
        read_program("NOTHING FITS: no API for lamps,\nnor for:\n\n- rooms\n- doors\n\nSorry.")


def test_a_directive_inside_a_program_is_only_text():
    code = 'from chat import say\n\n# QUESTION: is this right?\nsay("""\nNOTHING FITS: me\n""")\n'
    assert read_program(f"```python\n{code}```").code == code


def test_thoughts_are_dropped_but_not_strings_that_look_like_them():
    assert without_thoughts("<think>a</think>b") == "b"
    code = '```python\nsay("</think>")\n```'
    assert without_thoughts(code) == code


def test_parsing_warns_of_nothing():
    assert parse("f('\\d')") is not None


FRAGMENTS = st.sampled_from(
    [
        "```",
        "```python",
        "~~~",
        "\n",
        "\n",
        "f(1)",
        "import x",
        "QUESTION: ",
        "NOTHING FITS",
        ":",
        "<think>",
        "</think>",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=30).map("".join))
def test_any_reply_gives_a_program_or_a_typed_error(reply):
    try:
        assert read_program(reply).code.strip()
    except TaskMatrixError as error:
        assert error.message and error.hint


@pytest.mark.parametrize(
    "unit", [" ", "\n", "*", "_", "#", "`", "QUESTION:" + " ", "NOTE", "```\n", "> ", "1. ", "\t*"]
)
def test_hostile_repetition_is_read_in_linear_time(unit):
    with pytest.raises(TaskMatrixError):
        read_program(unit * (400_000 // len(unit)) + "x")
