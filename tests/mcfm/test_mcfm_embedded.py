"""What a person relies on: the right calls for plain words over any APIs, and no call where nothing fits."""

import ast
import contextlib
import re

import anyio
import pytest
from embedded_kitchen import harbour, pantry
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import NeedsInputError, NothingFitsError, UsageError
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Call, Context, Request, Turn
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.packages.math import package as math_package
from taskmatrix.packages.powerpoint import package as powerpoint

KITCHEN = (*harbour.documents(), *pantry.documents())
OFFICE = (*powerpoint.documents(), *math_package.documents())


def write(instruction, documents=KITCHEN, **context) -> Program:
    async def plan():
        model = EmbeddedMcfm()
        request = Request(instruction, context=Context(**context), documents=tuple(documents))
        outline = await model.outline(request, lambda _: None)
        whole = Request(instruction, context=request.context, documents=request.documents, outline=outline)
        return await model.write(whole, lambda _: None)

    return anyio.run(plan)


def calls(program: Program) -> list[str]:
    """The calls of a program, without imports, comments and names of results."""
    lines = [line.strip() for line in program.code.splitlines() if "print(" not in line]
    kept = [re.sub(r"^\w+ = ", "", line) for line in lines if line and not line.startswith(("from", "import", "#"))]
    return [line for line in kept if "(" in line or line.startswith("for")]


def test_a_request_becomes_one_call_with_typed_arguments():
    assert calls(write("Send a letter to Ann Bell with the subject 'Spring tide' and 3 pages")) == [
        "send_letter(recipient='Ann Bell', subject='Spring tide', pages=3)"
    ]


def test_a_choice_is_read_from_the_words():
    assert calls(write("Get the tide at the harbour of Dover in feet")) == ["get_tide(harbour='Dover', unit='feet')"]


def test_a_clause_over_composed_apis_becomes_the_calls_their_rules_ask_for():
    program = write('In home.pantry.txt, create a jar with the lid "Salt" and the front "Fine sea salt"')
    assert calls(program) == [
        "open_pantry(path='home.pantry.txt')",
        "create_jar()",
        "select_lid()",
        "write_label(text='Salt')",
        "select_front()",
        "write_label(text='Fine sea salt')",
        "lock_pantry()",
    ]


@pytest.mark.parametrize(
    ("instruction", "first", "last"),
    [
        (
            "Create a presentation titled Bees and save it as bees.pptx",
            "new_presentation(path='bees.pptx', title='Bees')",
            "save_presentation()",
        ),
        (
            "Create a presentation called Bees and save it as bees.pptx",
            "new_presentation(path='bees.pptx', title='Bees')",
            "save_presentation()",
        ),
        (
            "Create a presentation and save it as bees.pptx",
            "new_presentation(path='bees.pptx')",
            "save_presentation()",
        ),
        (
            "Open bees.pptx, add a slide and save it as copy.pptx",
            "open_presentation(path='bees.pptx')",
            "save_presentation(path='copy.pptx')",
        ),
    ],
)
def test_what_is_made_is_saved_under_the_name_that_is_said_at_the_end(instruction, first, last):
    made = calls(write(instruction, OFFICE))
    assert (made[0], made[-1]) == (first, last)


def test_each_thing_that_is_made_takes_the_words_behind_it():
    instruction = 'Create a presentation with the title "Bees" and a slide titled "Honey", then save it as bees.pptx'
    assert calls(write(instruction, OFFICE)) == [
        "new_presentation(path='bees.pptx', title='Bees')",
        "create_slide()",
        "select_title()",
        "insert_text(text='Honey')",
        "save_presentation()",
    ]


@pytest.mark.parametrize(
    "said", ["two slides: Honey and Wax", 'the slides "Honey" and "Wax"', "slides called Honey and Wax"]
)
def test_a_list_behind_the_things_that_are_made_says_what_they_are_called(said):
    assert calls(write(f"Create bees.pptx with {said}", OFFICE)) == [
        "new_presentation(path='bees.pptx')",
        "create_slide()",
        "select_title()",
        "insert_text(text='Honey')",
        "create_slide()",
        "select_title()",
        "insert_text(text='Wax')",
        "save_presentation()",
    ]


@pytest.mark.parametrize("number", ["3", "three"])
def test_as_many_are_made_as_are_asked_for(number):
    assert calls(write(f"Create bees.pptx with {number} slides", OFFICE)) == [
        "new_presentation(path='bees.pptx')",
        *["create_slide()"] * 3,
        "save_presentation()",
    ]


def test_what_a_slide_is_to_be_about_is_not_left_out_silently():
    with pytest.raises(NeedsInputError, match="honey"):
        write("Create a presentation called Bees with a slide about honey and save it as bees.pptx", OFFICE)


def test_for_each_reads_the_list_and_repeats_the_body():
    program = write("In home.txt, for each jar on shelf 4 create a jar with its name on the lid")
    assert calls(program) == [
        "open_pantry(path='home.txt')",
        "read_shelf(shelf_id=4)",
        "for jar in shelf['jars']:",
        "create_jar()",
        "select_lid()",
        "write_label(text=jar)",
        "lock_pantry()",
    ]


def test_every_call_says_why_it_is_there():
    program = write('In home.txt, create a jar with the lid "Salt"')
    assert {use.api: use.why for use in program.uses} == {
        "pantry.open_pantry": "goes to home.txt",
        "pantry.create_jar": "said: create … jar",
        "pantry.select_lid": "has to come before write_label",
        "pantry.write_label": 'takes "Salt"',
        "pantry.lock_pantry": "has to come after create_jar",
    }


def test_a_missing_value_is_asked_for_and_not_invented():
    with pytest.raises(NeedsInputError, match="path"):
        write("Create a jar")


@pytest.mark.parametrize(
    "instruction",
    ["Write an essay about whales", "order a pizza", "open the pod bay doors", "What is love?", "sdkfj wqe rtz"],
)
def test_what_nothing_does_is_refused(instruction):
    with pytest.raises(NothingFitsError):
        write(instruction, OFFICE)


def test_nothing_on_offer_is_refused():
    with pytest.raises(NothingFitsError):
        write("Send a letter to Ann", ())


def test_prose_composition_orders_calls_as_machine_checked_rules_do():
    documents = [
        parse_document(
            {"package": "p", "name": name, "description": text, "parameters": parameters, "composition": rule}
        )
        for name, text, parameters, rule in [
            (
                "choose_lid",
                "Choose the lid of the jar.",
                [],
                "First call choose_lid() before writing a label on the lid.",
            ),
            (
                "write_label",
                "Write a label on the jar.",
                [{"name": "text", "description": "The label.", "required": True, "schema": {"type": "string"}}],
                "",
            ),
        ]
    ]
    assert calls(write('Write the label "Salt" on the lid', documents)) == ["choose_lid()", "write_label(text='Salt')"]


def test_what_earlier_turns_selected_is_not_selected_again():
    earlier = (
        Turn("user", 'In home.txt, write "Salt" on the lid', (Call("pantry.open_pantry", {"path": "home.txt"}),)),
        Turn("user", "Select the lid", (Call("pantry.select_lid", {}),)),
    )
    program = write('Write the label "Pepper"', turns=earlier)
    assert calls(program) == ["write_label(text='Pepper')", "lock_pantry()"]


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("What is (3 + 4) * 12 - 5?", ["evaluate(expression='(3 + 4) * 12 - 5')"]),
        ("Solve x^2 - 9 = 0", ["solve(equation='x^2 - 9 = 0')"]),
        ("differentiate x^4 - 3x", ["differentiate(expression='x^4 - 3x')"]),
    ],
)
def test_formulas_go_whole_to_the_api_that_asks_for_one(instruction, expected):
    assert calls(write(instruction, OFFICE)) == expected


def test_a_later_call_takes_the_result_of_an_earlier_one():
    program = write("Get the tide at the harbour of Dover, then convert the height with the factor 3.28")
    assert calls(program) == ["get_tide(harbour='Dover')", "convert_height(height=tide, factor=3.28)"]


def test_confidence_lies_between_nothing_and_certainty():
    assert 0 < write("Get the tide at the harbour of Dover").confidence < 1


def test_an_instruction_too_long_to_read_is_refused_with_what_to_do():
    with pytest.raises(UsageError, match="100,000 characters"):
        write("a" * 100_000)
    with pytest.raises(UsageError, match="steps"):
        write("Create a jar. " * 200)


HOSTILE = ["\x00\x01", "أضف شريحة", "🎉" * 50, '"' * 99, "(" * 500, "create a jar" * 50, "'", "in in in 3", "for each"]


@pytest.mark.parametrize("instruction", HOSTILE)
def test_hostile_text_is_answered_or_refused(instruction):
    with contextlib.suppress(NothingFitsError, NeedsInputError, UsageError):
        ast.parse(write(instruction).code)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            ["create", "a", "jar", "on", "shelf", "3", '"Salt"', "lid", "and", "for each", ",", "x.txt", "it", "red"]
        ),
        max_size=14,
    )
)
def test_any_words_give_a_program_that_parses_or_a_typed_refusal(words):
    with contextlib.suppress(NothingFitsError, NeedsInputError, UsageError):
        ast.parse(write(" ".join(words)).code)


def test_documents_with_odd_names_are_called_by_their_identifiers():
    document = parse_document(
        {
            "package": "az",
            "name": "vm restart",
            "description": "Restart a virtual machine.",
            "parameters": [
                {
                    "name": "--name",
                    "description": "Name of the machine.",
                    "required": True,
                    "schema": {"type": "string"},
                }
            ],
        }
    )
    assert calls(write('Restart the virtual machine "web-1"', [document])) == ["vm_s_restart(_h__h_name='web-1')"]
