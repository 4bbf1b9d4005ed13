"""Loops and conditions run: the program passes its check, and the APIs are called as was asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio
import embedded_household as household
import pytest
from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import NeedsInputError, ScheduleError, UsageError
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Context, HostCall, Limits, Request, Value
from taskmatrix.core.stubs import render_modules
from taskmatrix.mcfm.embedded import EmbeddedMcfm, plan_request
from taskmatrix.mcfm.embedded.instruction.scheduling import find_schedules
from taskmatrix.sandbox import MontySandbox
from taskmatrix.sandbox.stepping import answer_each
from taskmatrix.verifier import ProgramVerifier

DOCUMENTS = {d.name: d for package in household.PACKAGES for d in package.documents()}
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@dataclass
class Ran:
    done: list[tuple[object, ...]]
    value: JsonValue
    printed: str


class House:
    """Plans over the named APIs, checks the program and runs it."""

    def __init__(self) -> None:
        self.sandbox = MontySandbox()
        self.verifier = ProgramVerifier(self.sandbox)

    def run(self, instruction: str, *names: str) -> Ran:
        offered = [DOCUMENTS[name] for name in names]
        program = write(instruction, offered)
        report = self.verifier.check(program.code, offered)
        assert report.ok, f"{report.findings}\n{program.code}"
        household.done.clear()
        printed: list[str] = []

        async def call(made: HostCall) -> Value:
            return Value(getattr(household, made.function)(*made.args, **made.kwargs))

        async def main() -> JsonValue:
            async with self.sandbox.start(program.code, render_modules(offered), Limits(), printed.append) as run:
                return (await answer_each(run, call)).value

        value = anyio.run(main)
        return Ran(list(household.done), value, "".join(printed))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    made = House()
    yield made
    anyio.run(made.sandbox.aclose)


def request(instruction: str, offered: Sequence[ApiDocument]) -> Request:
    return Request(instruction, context=Context(now=NOW), documents=tuple(offered))


def write(instruction: str, offered: Sequence[ApiDocument]) -> Program:
    asked = request(instruction, offered)
    return anyio.run(EmbeddedMcfm().write, asked, lambda _: None)


MAIL = ("list_mails", "send_mail", "archive_mail")
WEATHER = ("get_weather", "send_mail")


@pytest.mark.parametrize(
    ("instruction", "names", "done"),
    [
        ("If it rains in Paris, send Ann a mail saying 'wet'", WEATHER, [("send_mail", "Ann", "wet")]),
        ("If it rains in Rome, send Ann a mail saying 'wet'", WEATHER, []),
        (
            "If it rains in Rome, send Ann a mail saying 'wet', otherwise send Bob a mail saying 'dry'",
            WEATHER,
            [("send_mail", "Bob", "dry")],
        ),
        (
            "If the temperature in the kitchen is above 30 degrees, turn on the fan",
            ("get_temperature", "turn_on"),
            [("turn_on", "fan")],
        ),
        (
            "If the temperature in the kitchen is above 90 °F, turn on the fan",
            ("get_temperature", "turn_on"),
            [],
        ),
        (
            "Turn on the heater when the temperature in the attic is below 15",
            ("get_temperature", "turn_on"),
            [("turn_on", "heater")],
        ),
        (
            "Unless the back door is locked, lock the back door",
            ("is_door_locked", "lock_door"),
            [("lock_door", "back")],
        ),
        ("If the front door is not locked, lock the front door", ("is_door_locked", "lock_door"), []),
        ("If there are any unread mails, send Ann a mail saying 'read'", MAIL, [("send_mail", "Ann", "read")]),
        ("If there are more than 2 mails, send Ann a mail saying 'read'", MAIL, []),
        (
            "If the price of milk is lower than the price of tea, send Ann a mail saying 'milk'",
            ("get_price", "send_mail"),
            [("send_mail", "Ann", "milk")],
        ),
    ],
)
def test_a_condition_is_looked_up_and_decides(house, instruction, names, done):
    assert house.run(instruction, *names).done == done


@pytest.mark.parametrize(
    ("instruction", "names", "done"),
    [
        ("For each mail, archive it", MAIL, [("archive_mail", 1), ("archive_mail", 2)]),
        ("For each mail that is unread, archive it", MAIL, [("archive_mail", 1)]),
        ("For each unread mail, archive it", MAIL, [("archive_mail", 1)]),
        (
            "For each order in the shop, if its total is over 100, cancel it",
            ("list_orders", "cancel_order"),
            [("cancel_order", 7)],
        ),
        (
            "For each order, for each item in it, if its quantity is above 10, reorder it",
            ("list_orders", "reorder_item"),
            [("reorder_item", "salt")],
        ),
        (
            "Get all customers. Send each of them a mail with their balance",
            ("list_customers", "send_mail"),
            [("send_mail", "Ann", "12.5"), ("send_mail", "Bob", "900.0")],
        ),
    ],
)
def test_a_loop_gives_its_items_to_the_calls(house, instruction, names, done):
    assert house.run(instruction, *names).done == done


def test_what_a_loop_reads_is_the_answer(house):
    names = ("list_orders", "get_weather")
    assert house.run("If it is sunny in Rome, list the orders", *names).value == household.ORDERS
    assert house.run("If it is sunny in Paris, list the orders", *names).value is None


def test_a_loop_over_nothing_calls_nothing_and_says_so(house):
    ran = house.run("For each refund, pay it", "list_refunds", "pay_refund")
    assert (ran.done, ran.printed) == ([], "There is no refund: nothing was done.\n")


@pytest.mark.parametrize(
    "instruction",
    [
        "If the moon is full, turn on the fan",
        "If there are any urgent mails, turn on the fan",
        "If the temperature in the kitchen is above 30 and below 20, turn on the fan",
        "If the kitchen is cold and the attic is warm or the moon is full, turn on the fan",
    ],
)
def test_a_condition_that_nothing_tells_is_asked_about(instruction):
    names = ("get_temperature", "turn_on", "list_mails")
    with pytest.raises(NeedsInputError, match="no API on offer") as asked:
        write(instruction, [DOCUMENTS[n] for n in names])
    assert isinstance(asked.value.best, Program)
    assert "if False:" in asked.value.best.code


def test_conditions_nested_too_deep_are_refused():
    text = ", ".join(f"if x{n} is above {n}" for n in range(30)) + ", turn on the fan"
    with pytest.raises(UsageError, match="nested"):
        write(text, [DOCUMENTS["turn_on"]])


@pytest.mark.parametrize(
    ("instruction", "kind", "said", "waits_for"),
    [
        ("Every day at 9 turn on the fan", "every", "Every day at 9", "every day from 2026-03-05 09:00 on"),
        ("Turn on the fan every 5 minutes", "every", "every 5 minutes", "every 5 minutes from 2026-03-04 10:05 on"),
        ("Turn on the fan every weekday at 7:30", "every", "every weekday at 7:30", "cron 30 7 * * 1-5"),
        ("In two hours turn on the fan", "once", "In two hours", "once, at 2026-03-04 12:00"),
        ("Tomorrow at 5 pm turn on the fan", "once", "Tomorrow at 5 pm", "once, at 2026-03-05 17:00"),
        (
            "Whenever the file /in/*.csv changes, turn on the fan",
            "when",
            "Whenever the file /in/*.csv changes",
            "whenever /in/*.csv appears or changes",
        ),
    ],
)
def test_what_is_wanted_later_says_what_it_waits_for(instruction, kind, said, waits_for):
    asked = request(instruction, [DOCUMENTS["turn_on"]])
    schedule = plan_request(asked).schedule
    assert schedule is not None
    assert (schedule.kind, schedule.text) == (kind, said)
    program = anyio.run(EmbeddedMcfm().write, asked, lambda _: None)
    assert program.apis == ("house.turn_on",)
    assert str(program.trigger).startswith(waits_for)


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        ("Whenever a mail arrives, turn on the fan", "Whenever a mail arrives"),
        ("Turn on the fan until it is cold", "until it is cold"),
    ],
)
def test_what_nothing_can_wait_for_is_refused_before_any_call(instruction, said):
    with pytest.raises(ScheduleError, match=said) as refused:
        anyio.run(EmbeddedMcfm().write, request(instruction, [DOCUMENTS["turn_on"]]), lambda _: None)
    assert "turn on the fan" in refused.value.message.lower()
    assert "taskmatrix schedules add" in (refused.value.hint or "")


def test_an_api_that_has_a_parameter_for_it_needs_no_schedule_until_then():
    count = {"name": "count", "description": "Ignore until it has occurred so many times more"}
    issue = {"name": "issue_id", "description": "The issue", "required": True, "schema": {"type": "string"}}
    document = {
        "package": "tracker",
        "name": "ignore_issue",
        "description": "Ignore an issue until it occurs again often.",
        "parameters": [issue, {**count, "schema": {"type": "integer"}}],
    }
    code = write("Ignore API-90 until it has happened 1000 times", [parse_document(document)]).code
    assert "ignore_issue(issue_id='API-90', count=1000)" in code


@pytest.mark.parametrize(
    "instruction",
    [
        "Drop a hammer from 2.5 meters. How many seconds until it hits the ground?",
        "How far till the car stops?",
        "By how much does the board drop when a swimmer pushes its end?",
        "When the ball hits the ground, how fast is it?",
        "How fast is it when it hits the ground?",
        "If we leave at 4:45, when do we arrive after 112 miles?",
        "Show earthquakes in Nepal since 2015-04-25 until 2015-05-25",
        "April 14 would work, any time after lunch",
        "What tax is added at the till to a purchase of 350?",
    ],
)
def test_when_and_until_in_a_question_or_between_two_days_are_no_schedule(instruction):
    assert [s.text for s in find_schedules(instruction) if s.kind in ("when", "until")] == []


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        ("How long until the sun sets? Then turn on the fan until it is cold", "until it is cold"),
        ("When the mail arrives, can you tell me who wrote it?", "When the mail arrives"),
        ("Tell me how many mails there are whenever a mail arrives", "whenever a mail arrives"),
        ("Turn on the lights at 8 pm until 10 pm", "until 10 pm"),
    ],
)
def test_what_is_to_be_done_when_something_happens_is_a_schedule(instruction, said):
    assert [s.text for s in find_schedules(instruction) if s.kind in ("when", "until")] == [said]


def test_an_api_that_takes_the_words_needs_no_schedule(house):
    ran = house.run("Create a meeting titled 'Standup' every Monday", "create_meeting")
    assert ran.done == [("create_meeting", "Standup", "every Monday")]
