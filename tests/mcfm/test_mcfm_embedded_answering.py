"""An answer becomes an argument, or is asked for again: plans over the kitchen's documents, made by hand."""

from datetime import datetime
from zoneinfo import ZoneInfo

import anyio
import pytest
from embedded_kitchen import harbour, pantry

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import NeedsInputError
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Request
from taskmatrix.core.questions import Answered, Question
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.answering import (
    about_parameter,
    about_step,
    about_value,
    bind,
    bind_unused,
    open_parameters,
)
from taskmatrix.mcfm.embedded.documents.reading import read_documents
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.writing import write_code

MONDAY = datetime(2024, 5, 6, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
BOOK = parse_document(
    {
        "package": "inn",
        "name": "book_room",
        "description": "Book a room.",
        "parameters": [
            {"name": name, "description": text, "required": True, "schema": schema}
            for name, text, schema in [
                ("day", "The day, as YYYY-MM-DD.", {"type": "string", "format": "date"}),
                ("guests", "How many guests.", {"type": "integer", "minimum": 1}),
                ("quiet", "Whether it is to be quiet.", {"type": "boolean"}),
                ("floors", "Floors that will do.", {"type": "array", "items": {"type": "integer"}}),
                ("size", "How large.", {"type": "string", "enum": ["small", "large"]}),
            ]
        ],
    }
)
VIEWS = {view.id: view for view in read_documents((*harbour.documents(), BOOK))}


def lacking(api: str, *missing: str) -> Plan:
    return Plan([PlannedCall(VIEWS[api], missing=missing)])


def answered(api: str, parameter: str, text: str) -> Answered:
    return Answered(about_parameter(VIEWS[api], parameter), text)


def arguments(plan: Plan) -> list[dict[str, object]]:
    return [{n: a.value for n, a in c.arguments.items() if isinstance(a, Filled)} for c in plan.calls()]


def write(instruction: str, *answers: Answered) -> Program:
    async def plan() -> Program:
        model, documents = EmbeddedMcfm(), tuple(pantry.documents())
        outline = await model.outline(Request(instruction), lambda _: None)
        request = Request(instruction, documents=documents, outline=outline, answers=answers)
        return await model.write(request, lambda _: None)

    return anyio.run(plan)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        ("day", "tomorrow", "2024-05-07"),
        ("guests", "three", 3),
        ("quiet", "yes", True),
        ("quiet", "no", False),
        ("floors", "1, 2 and 4", [1, 2, 4]),
        ("size", "a large one", "large"),
    ],
)
def test_an_answer_is_read_as_the_parameter_wants_it(parameter: str, text: str, value: object) -> None:
    plan = bind(lacking("inn.book_room", parameter), [answered("inn.book_room", parameter, text)], MONDAY)
    assert arguments(plan) == [{parameter: value}]
    assert not any(open_parameters(call) for call in plan.calls())


@pytest.mark.parametrize(
    ("parameter", "text", "expected"),
    [
        ("guests", "a few", "a whole number"),
        ("guests", "the usual one", "a whole number"),
        ("guests", "0", "less than the minimum"),
        ("quiet", "perhaps", "yes or no"),
        ("floors", "upstairs", "a list"),
        ("size", "enormous", "one of these"),
        ("guests", "x" * 8_000, "a whole number"),
    ],
)
def test_an_answer_that_does_not_fit_is_asked_for_again_with_what_is_expected(
    parameter: str, text: str, expected: str
) -> None:
    with pytest.raises(NeedsInputError, match=expected) as caught:
        bind(lacking("inn.book_room", parameter), [answered("inn.book_room", parameter, text)], MONDAY)
    asked = caught.value.question
    assert (asked.api, asked.parameter) == ("inn.book_room", parameter)
    assert len(asked.text) < 400
    assert asked.choices == {"size": ("small", "large"), "quiet": ("yes", "no")}.get(parameter, ())


def test_the_later_of_two_answers_counts() -> None:
    answers = [answered("inn.book_room", "guests", "a few"), answered("inn.book_room", "guests", "2")]
    assert arguments(bind(lacking("inn.book_room", "guests"), answers)) == [{"guests": 2}]


def test_what_must_be_there_cannot_be_left_out_unless_the_words_are_quoted() -> None:
    with pytest.raises(NeedsInputError, match="cannot be left out"):
        bind(lacking("harbour.send_letter", "subject"), [answered("harbour.send_letter", "subject", "skip it")])
    quoted = bind(lacking("harbour.send_letter", "subject"), [answered("harbour.send_letter", "subject", '"skip it"')])
    assert arguments(quoted) == [{"subject": "skip it"}]


def test_an_answer_goes_to_every_call_that_lacks_it_and_to_no_other() -> None:
    letter = VIEWS["harbour.send_letter"]
    said = Filled("Tide", Candidate(3, 7, "Tide", "Tide", "quote"), 0.9)
    guess = Filled("Bob", Candidate(9, 12, "Bob", "Bob", "name"), 0.05)
    plan = Plan([PlannedCall(letter, {"subject": said}), PlannedCall(letter, {"subject": guess}), PlannedCall(letter)])
    plan.nodes[2].missing = ("subject",)  # type: ignore[union-attr]
    assert [open_parameters(call) for call in plan.calls()] == [(), ("subject",), ("subject",)]
    bind(plan, [answered("harbour.send_letter", "subject", "Fog")])
    assert [a["subject"] for a in arguments(plan)] == ["Tide", "Fog", "Fog"]


def test_an_answer_about_an_api_that_is_not_called_changes_nothing() -> None:
    plan = bind(lacking("inn.book_room", "guests"), [answered("harbour.send_letter", "subject", "Fog")])
    assert arguments(plan) == [{}]


def test_a_value_that_no_call_takes_is_given_to_what_the_answer_names_or_left_out() -> None:
    def unused() -> Plan:
        plan = lacking("harbour.send_letter")
        plan.unused = ('"Fog"',)
        return plan

    question = about_value('"Fog"', unused())
    assert question.choices[:2] == ("leave it out", "use it as recipient of harbour.send_letter")
    for text in (question.choices[2], "as the subject"):
        plan = bind_unused(unused(), [Answered(question, text)])
        assert (arguments(plan), plan.unused) == ([{"subject": "Fog"}], ())
    plan = bind_unused(unused(), [Answered(question, "leave it out")])
    assert (arguments(plan), plan.unused) == ([{}], ())
    with pytest.raises(NeedsInputError, match="names nothing") as caught:
        bind_unused(unused(), [Answered(question, "paint it")])
    assert caught.value.question.choices == question.choices


def test_what_an_answer_says_again_is_not_left_over() -> None:
    plan = lacking("harbour.send_letter", "subject")
    plan.unused = ('"Fog"', "3")
    answers = [answered("harbour.send_letter", "subject", "the word Fog, 30 times")]
    assert bind_unused(bind(plan, answers), answers).unused == ("3",)


def test_a_step_that_is_left_out_is_not_asked_about_again() -> None:
    plan = Plan(unread=["photograph the zebra", "sing"])
    assert bind(plan, [Answered(about_step("sing"), "skip it")]).unread == ["photograph the zebra"]


def test_the_model_plans_with_what_it_asked_for() -> None:
    with pytest.raises(NeedsInputError) as caught:
        write("Create a jar")
    asked = caught.value.question
    assert (asked.api, asked.parameter) == ("pantry.open_pantry", "path")
    program = write("Create a jar", Answered(asked, "home.txt"))
    assert "open_pantry(path='home.txt')" in program.code
    origins = {(a.parameter, a.origin, a.text) for a in program.arguments}
    assert ("path", "said", "home.txt") in origins


def test_hostile_answers_stay_values() -> None:
    question = Question("?", "pantry.open_pantry", "path")
    text = "x')\nimport os; os.remove('y"
    code = write("Create a jar", Answered(question, text)).code
    assert f"open_pantry(path={text!r})" in code


@pytest.mark.parametrize(
    ("instruction", "asked"),
    [("Create an issue", "repo"), ("Create an issue in the repository acme/web", "title")],
)
def test_a_value_that_is_not_said_is_asked_for_where_the_api_is_meant(instruction: str, asked: str) -> None:
    said = (("repo", "Repository as owner/name"), ("title", "Title of the issue"))
    parameters = [{"name": n, "description": d, "required": True, "schema": {"type": "string"}} for n, d in said]
    data = {"package": "code", "name": "create_issue", "description": "Open an issue.", "parameters": parameters}
    document = parse_document(data)
    with pytest.raises(NeedsInputError) as error:
        anyio.run(EmbeddedMcfm().write, Request(instruction, documents=(document,)), print)
    assert error.value.question.parameter == asked


@pytest.mark.parametrize("schema", [{"type": "string", "enum": ["No", "Yes"]}, {"type": "string"}])
def test_yes_is_an_answer_where_a_text_stands_for_it(schema: dict[str, object]) -> None:
    insured = {"name": "insured", "description": "Whether it is insured.", "required": True, "schema": schema}
    data = {"package": "inn", "name": "book_trip", "description": "Book a trip.", "parameters": [insured]}
    [view] = read_documents([parse_document(data)])
    plan = Plan([PlannedCall(view, {}, ("insured",), 0, 1, 0.9)])
    bind(plan, [Answered(about_parameter(view, "insured"), "yes")])
    assert f"book_trip(insured='{'Yes' if 'enum' in schema else 'true'}')" in write_code(plan, None)
