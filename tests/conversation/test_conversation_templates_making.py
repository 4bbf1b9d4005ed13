import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger import LEDGER
from pydantic import JsonValue

from taskmatrix.conversation import RunSummary
from taskmatrix.conversation.templates import NO_CHOICES, Choices, document_of, make_template, render, write_markdown
from taskmatrix.core.api import api, definition_of
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import UsageError
from taskmatrix.core.event_parts import ApiVersion, Fact
from taskmatrix.core.events import CallDone, CallIntended, Event, OutcomeChecked, RoundStarted
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.programs import Argument, CheckReport, Program
from taskmatrix.core.templates import Template
from taskmatrix.store import FileBlobs


@api(package="ledger", effects="write")
def tag(accounts: list[str], color: str, secret: str = "") -> int:
    """Tag accounts.

    Args:
        accounts: The accounts.
        color: Which color.
        secret: The key.
    """
    return len(accounts) + len(color) + len(secret)


@api(package="ledger", effects="write")
def write_text(text: str) -> int:
    """Write something.

    Args:
        text: What to write.
    """
    return len(text)


@api(package="ledger", effects="write")
def add_remark(text: str) -> int:
    """Add a remark.

    Args:
        text: What to say.
    """
    return len(text)


@api(package="ledger", effects="write")
def mail(content: str) -> int:
    """Mail something.

    Args:
        content: The letter, in full.
    """
    return len(content)


def _document(function: object) -> ApiDocument:
    found = definition_of(function)
    assert found is not None
    return found.document("ledger")


DOCUMENTS = [_document(function) for function in (*LEDGER, write_text, add_remark, mail, tag)]


def _run(
    instruction: str, code: str, *events: Event, arguments: tuple[Argument, ...] = (), status: str = "done"
) -> RunSummary:
    """A run that called `ledger.add_money` once, whatever its program says."""
    intended = CallIntended(seq=5, call=1, api="ledger.add_money", arguments={"account": "rent"}, effect="write")
    done = CallDone(seq=6, call=1, result="/home/me/x/ledger.json", seconds=0.1)
    return RunSummary.model_validate(
        {
            "id": "abc",
            "instruction": instruction,
            "status": status,
            "started": datetime(2026, 1, 1, tzinfo=UTC),
            "directory": "/home/me/x",
            "events": (intended, done, *events),
            "outline": Outline(steps=(Step(text=instruction),)),
            "program": Program(code=code, arguments=arguments),
            "check": CheckReport(calls=tuple(d.id for d in DOCUMENTS)),
            "versions": tuple(ApiVersion(package=d.package, name=d.name, digest=d.digest()) for d in DOCUMENTS),
            "calls": (intended,),
        }
    )


def _make(
    tmp_path: Path, run: RunSummary, choices: Choices = NO_CHOICES, documents: list[ApiDocument] = DOCUMENTS
) -> Template:
    return make_template(run, documents, FileBlobs(tmp_path), choices)


def test_what_was_said_becomes_slots_named_after_the_parameters_they_feed(tmp_path: Path) -> None:
    code = "from ledger import add_money\n\n# 1. Add 250 to rent\nadd_money(account='rent', amount=250)\n"
    made = _make(tmp_path, _run("Add 250 to rent", code))
    assert [(slot.name, slot.example, slot.type["type"]) for slot in made.slots] == [
        ("account", "rent", "string"),
        ("amount", 250, "number"),
    ]
    assert made.instruction == "Add {amount} to {account}"
    assert made.steps[0].text == "Add {amount} to {account}"
    assert made.code.endswith("# 1. Add {amount} to {account}\nadd_money(account=account, amount=amount)")
    assert made.name == "add-to"
    assert made.slots[0].description == "Name of the account."


def test_what_the_user_did_not_say_stays_in_the_program(tmp_path: Path) -> None:
    code = "from ledger import add_money\nadd_money(account='rent', amount=3.5)\n"
    made = _make(tmp_path, _run("Add some money to rent", code))
    assert [slot.name for slot in made.slots] == ["account"]
    assert "amount=3.5" in made.code


def test_a_value_used_twice_is_one_slot_and_a_number_said_twice_is_two(tmp_path: Path) -> None:
    code = (
        "from ledger import add_money, read_balance\nfor _ in range(2):\n"
        "    add_money('rent', 2)\nread_balance('rent')\n"
    )
    made = _make(tmp_path, _run("Add 2 to rent, do it 2 times", code))
    assert [slot.name for slot in made.slots] == ["count", "account", "amount"]
    once = _make(tmp_path, _run("Add 2 to rent, as many times", code))
    assert [slot.name for slot in once.slots] == ["count", "account"]
    assert "range(count)" in once.code
    assert "add_money(account, count)" in once.code


def test_a_list_that_was_said_is_one_slot(tmp_path: Path) -> None:
    code = "from ledger import add_money\nfor account in ['rent', 'food', 'fun']:\n    add_money(account, 5)\n"
    made = _make(tmp_path, _run('Add 5 to "rent", "food" and "fun"', code))
    (accounts, amount) = made.slots
    assert (accounts.name, accounts.type) == ("accounts", {"type": "array", "items": {"type": "string"}})
    assert made.instruction == 'Add {amount} to "{accounts}"'
    assert "for account in accounts:" in made.code
    direct = _make(tmp_path, _run("Tag rent, food blue", "from ledger import tag\ntag(['rent', 'food'], 'blue')\n"))
    assert [slot.name for slot in direct.slots] == ["accounts", "color"]
    assert amount.name == "amount"


def test_a_variable_is_a_slot_of_its_name_and_its_own_line_goes(tmp_path: Path) -> None:
    code = "from ledger import add_money\nwhere = 'rent'\nadd_money(where, 5)\n"
    made = _make(tmp_path, _run("Add 5 to rent", code))
    assert [slot.name for slot in made.slots] == ["where", "amount"]
    assert "where = " not in made.code
    assert made.slots[0].description == "Name of the account."


def test_a_function_of_the_program_names_its_slots(tmp_path: Path) -> None:
    code = "from ledger import add_money\ndef pay(whom, much):\n    return add_money(whom, much)\n\npay('rent', 5)\n"
    made = _make(tmp_path, _run("Pay rent 5", code))
    assert [(slot.name, slot.type) for slot in made.slots] == [
        ("whom", {"type": "string"}),
        ("much", {"type": "number"}),
    ]
    assert made.code.endswith("pay(whom, much)")


def test_a_slot_inside_a_function_is_never_taken_for_its_argument(tmp_path: Path) -> None:
    body = "    add_money(account, 5)\n    add_money('rent', 5)\n"
    code = f"from ledger import add_money\ndef pay(account):\n{body}pay('x')\n"
    made = _make(tmp_path, _run("Pay rent", code))
    assert [slot.name for slot in made.slots] == ["account_2"]
    assert "add_money(account_2, 5)" in made.code


def test_words_that_a_date_was_read_from_are_replaced_by_the_slot(tmp_path: Path) -> None:
    code = "from ledger import add_money\nadd_money(account='2026-11-23', amount=5)\n"
    told = Argument(api="ledger.add_money", parameter="account", origin="said", text="tomorrow")
    guessed = Argument(api="ledger.add_money", parameter="amount", origin="guess")
    made = _make(tmp_path, _run("Add 5 for tomorrow", code, arguments=(told, guessed)))
    assert made.instruction == "Add 5 for {account}"
    assert [slot.name for slot in made.slots] == ["account"]


def test_braces_and_words_inside_of_words_are_left_alone(tmp_path: Path) -> None:
    code = "from ledger import add_money\nadd_money(account='rent', amount=5)\n"
    made = _make(tmp_path, _run("Add {amount} 5 to rent, not 15 to renters", code))
    assert made.instruction == "Add {{amount}} {amount} to {account}, not 15 to renters"


def test_the_user_names_and_freezes_slots_and_makes_some_of_words(tmp_path: Path) -> None:
    code = (
        "from ledger import write_statement, add_money\nwrite_statement(path='acme.txt', text='All about Acme')\n"
        "add_money('rent', 5)\n"
    )
    run = _run('Write "All about Acme" to acme.txt and add 5 to rent', code)
    choices = Choices(
        "about", "Writes about a company", {"account": "where"}, frozenset({"amount"}), {"company": "Acme"}
    )
    made = _make(tmp_path, run, choices)
    assert (made.name, made.description) == ("about", "Writes about a company")
    assert {slot.name for slot in made.slots} == {"where", "company"}
    assert "path=(company.lower() + '.txt'), text=('All about ' + company)" in made.code
    assert made.instruction == 'Write "All about {company}" to {company}.txt and add 5 to {where}'
    values = {"company": "O'Neil", "where": "x"}
    namespace: dict[str, object] = {}
    head = render(made, values).split("from ledger")[0]
    exec(compile(ast.parse(head), "head", "exec"), namespace)  # noqa: S102 — literals only
    assert namespace["company"] == "O'Neil"


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (Choices(renamed={"nothing": "x"}), "no slot 'nothing'"),
        (Choices(kept=frozenset({"nothing"})), "no slot 'nothing'"),
        (Choices(name="Not A Name"), "no name for a template"),
        (Choices(name="../../etc/passwd"), "no name for a template"),
        (Choices(renamed={"account": "import"}), "no name for a slot"),
        (Choices(renamed={"account": "amount"}), "there twice"),
        (Choices(renamed={"account": "add_money"}), "uses the name"),
        (Choices(words={"x": "never said"}), "nowhere"),
        (Choices(words={"add_money": "rent"}), "uses the name"),
    ],
)
def test_wishes_that_cannot_be_had_are_refused(tmp_path: Path, choices: Choices, said: str) -> None:
    run = _run("Add 5 to rent", "from ledger import add_money\nadd_money(account='rent', amount=5)\n")
    with pytest.raises(UsageError, match=said):
        _make(tmp_path, run, choices)


CODE = "from ledger import add_money\nadd_money('rent', 5)\n"


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (_run("x", CODE, status="failed"), "it is failed"),
        (_run("x", CODE, status="waiting"), "it is waiting"),
        (_run("x", CODE).model_copy(update={"calls": ()}), "called nothing"),
        (_run("x", CODE, OutcomeChecked(seq=9, facts=(Fact(text="t", state="false"),))), "not do what was asked"),
        (_run("x", CODE, RoundStarted(seq=9, round=2, reason="r")), "goes on from what an earlier one"),
    ],
)
def test_only_a_run_that_did_what_was_asked_becomes_a_template(tmp_path: Path, run: RunSummary, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        _make(tmp_path, run)


def test_the_run_itself_is_the_first_case_without_this_users_folders(tmp_path: Path) -> None:
    (case,) = _make(tmp_path, _run("Add 5 to rent", CODE)).cases
    assert case.values == {"account": "rent", "amount": 5}
    assert [(call.api, call.result) for call in case.calls] == [("ledger.add_money", "./ledger.json")]


def test_what_is_private_is_in_no_case_and_a_secret_is_no_slot(tmp_path: Path) -> None:
    marked = [
        ApiDocument.model_validate(
            d.to_json() | {"returns": {"schema": {"type": "string", "x-sensitivity": "private"}}}
        )
        for d in DOCUMENTS
    ]
    assert _make(tmp_path, _run("Add 5 to rent", CODE), documents=marked).cases == ()
    data = DOCUMENTS[-1].to_json()
    data["parameters"][2]["schema"] = {"type": "string", "format": "password"}
    secret = [*DOCUMENTS[:-1], ApiDocument.model_validate(data)]
    code = "from ledger import tag\ntag(['rent'], 'blue', secret='hunter22')\n"
    with pytest.raises(UsageError, match="secret"):
        _make(tmp_path, _run("Tag rent blue with hunter22", code), documents=secret)


@api(package="clinic", effects="write")
def book(patient: str, day: str, options: dict[str, str] | None = None) -> str:
    """Book a visit.

    Args:
        patient: Who comes.
        day: When.
        options: More of it.
    """
    return day


def _clinic(**schemas: JsonValue) -> list[ApiDocument]:
    plain = _document(book)
    parameters = tuple(p.model_copy(update={"type": schemas.get(p.name, p.type)}) for p in plain.parameters)
    return [plain.model_copy(update={"package": "clinic", "parameters": parameters})]


def _booked(documents: list[ApiDocument], instruction: str, **arguments: JsonValue) -> RunSummary:
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    run = _run(instruction, f"from clinic import book\nbook({given})\n")
    call = CallIntended(seq=5, call=1, api="clinic.book", arguments=arguments, effect="write")
    events = (call, CallDone(seq=6, call=1, result="ok", seconds=0.1))
    check = CheckReport(calls=("clinic.book",))
    versions = tuple(ApiVersion(package=d.package, name=d.name, digest=d.digest()) for d in documents)
    return run.model_copy(update={"events": events, "calls": (call,), "check": check, "versions": versions})


def test_a_slot_for_something_private_shows_no_value(tmp_path: Path) -> None:
    documents = _clinic(patient={"type": "string", "x-sensitivity": "private", "pattern": "^J"})
    run = _booked(documents, "Book Jane Roe on Monday", patient="Jane Roe", day="Monday")
    made = _make(tmp_path, run, documents=documents)
    assert [(slot.name, slot.example) for slot in made.slots] == [("patient", None), ("day", "Monday")]
    assert "Jane" not in write_markdown(made)
    assert "Jane" not in document_of(made, documents).examples[0]
    inside = _clinic(options={"properties": {"phone": {"type": "string", "x-sensitivity": "private"}}})
    run = _booked(inside, "Book Jane, phone 555-0199", patient="Jane", day="Monday", options={"phone": "555-0199"})
    assert "555" not in write_markdown(_make(tmp_path, run, documents=inside))


def test_a_secret_inside_of_an_argument_is_in_no_template(tmp_path: Path) -> None:
    inside = _clinic(options={"properties": {"key": {"type": "string", "x-sensitivity": "secret"}}})
    for instruction in ("Book Jane with the key hunter22", "Book Jane"):
        run = _booked(inside, instruction, patient="Jane", day="Monday", options={"key": "hunter22"})
        with pytest.raises(UsageError, match="secret"):
            _make(tmp_path, run, documents=inside)


@pytest.mark.parametrize(
    ("instruction", "calls", "slots"),
    [
        (
            'Write the title "Rent" and the body text "due"',
            "write_text('Rent'), write_text('due')",
            ["title", "body_text"],
        ),
        (
            'Write the title "Rent", then the title "Food"',
            "write_text('Rent'), write_text('Food')",
            ["title", "title_text"],
        ),
        ('Set the headline of the page to "Rent"', "write_text('Rent')", ["headline"]),
        ('Remark: "Rent", "due"', "add_remark('Rent'), add_remark('due')", ["remark", "remark_text"]),
        ('Send out "Rent"', "mail('Rent')", ["letter"]),
        ('Write "Rent", "due"', "write_text('Rent'), write_text('due')", ["text", "text_2"]),
        ('Write about the import "Rent"', "write_text('Rent')", ["import_text"]),
    ],
)
def test_a_slot_for_any_text_is_named_by_the_words_around_it(
    tmp_path: Path, instruction: str, calls: str, slots: list[str]
) -> None:
    code = "from ledger import add_remark, mail, write_text\n\n" + calls.replace("), ", ")\n") + "\n"
    made = _make(tmp_path, _run(instruction, code))
    assert [slot.name for slot in made.slots] == slots
    assert all(f"({name})" in made.code for name in slots)


def test_a_step_names_what_the_instruction_does_not_and_a_rename_still_holds(tmp_path: Path) -> None:
    run = _run('"Rent" please', "from ledger import write_text\ntext = 'Rent'\nwrite_text(text)\n")
    run = run.model_copy(update={"outline": Outline(steps=(Step(text='Write the heading "Rent"'),))})
    made = _make(tmp_path, run)
    assert [slot.name for slot in made.slots] == ["heading"]
    assert "text = heading" in made.code
    renamed = _make(tmp_path, run, Choices(renamed={"heading": "top"}))
    assert [slot.name for slot in renamed.slots] == ["top"]
