"""Several calls in one instruction: of one API, of several, and with results of one in the other."""

import ast
from datetime import UTC, datetime

import pytest
from typing_extensions import TypedDict

from taskmatrix.core.api import ApiPackage, api
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.protocols import Context, Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.documents.reading import read_document
from taskmatrix.mcfm.embedded.encoder.cross_encoder import Evidence
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.linking import linked
from taskmatrix.mcfm.embedded.plan import FromResult, PlannedCall
from taskmatrix.mcfm.embedded.repeating import in_order
from taskmatrix.mcfm.embedded.rivals import is_covered
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.writing import write_code


class Yield(TypedDict):
    total_honey: float
    best_hive: str


class Wax(TypedDict):
    wax_price: float


@api(effects="read")
def scan_label(image: str) -> str:
    """Read the label of a honey jar in a picture.

    Args:
        image: The address of the picture.
    """
    return image


@api(effects="write")
def order_jars(size: int, count: int, colour: str = "clear") -> str:
    """Order empty jars for honey.

    Args:
        size: The size of a jar in millilitres.
        count: How many jars to order.
        colour: The colour of the glass.
    """
    return colour * size * count


@api(effects="read")
def get_honey_yield(apiary: str) -> Yield:
    """Get how much honey an apiary gave.

    Args:
        apiary: The name of the apiary.
    """
    return {"total_honey": 1.0, "best_hive": apiary}


@api(effects="read")
def get_wax_price(town: str) -> Wax:
    """Get the price of beeswax in a town.

    Args:
        town: The name of the town.
    """
    return {"wax_price": float(len(town))}


@api(effects="write")
def send_note(recipient: str, text: str) -> None:
    """Send a short note to a beekeeper.

    Args:
        recipient: The name of the beekeeper.
        text: What the note says.
    """


@api(effects="read")
def estimate_profit(revenue: float, costs: float) -> float:
    """Estimate the profit of the season from revenue and costs.

    Args:
        revenue: The money that came in.
        costs: The money that was spent.
    """
    return revenue - costs


@api(effects="read")
def list_hives(apiary: str, limit: int = 10) -> list[str]:
    """List the hives of an apiary.

    Args:
        apiary: The name of the apiary.
        limit: How many hives to list at most.
    """
    return [apiary] * limit


FUNCTIONS = [scan_label, order_jars, get_honey_yield, get_wax_price, send_note, estimate_profit, list_hives]
BEES = {d.name: d for d in ApiPackage("bees", "Beekeeping", FUNCTIONS).documents()}


def calls(instruction: str, *names: str) -> list[tuple[str, dict[str, object]]]:
    now = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    offered = tuple(BEES[n] for n in names)
    plan = plan_request(Request(instruction, context=Context(now=now), documents=offered))
    ast.parse(write_code(plan, None))  # every result is made before it is used

    def told(argument: object) -> object:
        if isinstance(argument, FromResult):
            return (argument.call.view.document.name, *argument.path)
        return argument.value if isinstance(argument, Filled) else argument

    return [(c.view.document.name, {n: told(a) for n, a in c.arguments.items()}) for c in plan.calls()]


def test_a_value_like_those_taken_that_no_call_takes_is_another_call():
    said = "Read the labels in https://bees.example/a.jpg, then in https://bees.example/b.jpg please"
    assert calls(said, "scan_label", "send_note") == [
        ("scan_label", {"image": "https://bees.example/a.jpg"}),
        ("scan_label", {"image": "https://bees.example/b.jpg"}),
    ]


def test_a_value_that_another_api_takes_is_no_further_call():
    said = "Read the label in https://bees.example/a.jpg and send Bob the note 'done'"
    assert [name for name, _ in calls(said, "scan_label", "send_note")] == ["scan_label", "send_note"]


def test_lists_of_one_length_go_together_item_by_item():
    said = "Order 20 and 35 jars of 250 and 500 ml respectively"
    pairs = [set(given.values()) for _, given in calls(said, "order_jars", "send_note")]
    assert pairs == [{20, 250}, {35, 500}]


def test_one_call_for_each_item_of_a_list():
    said = "Get the price of beeswax in Bergen, Oslo and Tromso"
    assert [given["town"] for _, given in calls(said, "get_wax_price", "send_note")] == ["Bergen", "Oslo", "Tromso"]


def test_a_call_takes_no_option_from_the_clause_of_an_earlier_call_and_the_order_is_that_of_the_words():
    said = (
        "List the hives of the apiary Sunny Hill with a limit of 5. Get the price of wax in Oslo. "
        "Then list the hives of the apiary Long Meadow."
    )
    assert calls(said, "list_hives", "get_wax_price", "send_note") == [
        ("list_hives", {"apiary": "Sunny Hill", "limit": 5}),
        ("get_wax_price", {"town": "Oslo"}),
        ("list_hives", {"apiary": "Long Meadow"}),
    ]


def test_a_call_takes_no_option_from_the_clause_of_another_api():
    made = calls("List the hives of Sunny Hill, and order 20 jars of 250 ml", "list_hives", "order_jars")
    assert made[0] == ("list_hives", {"apiary": "Sunny Hill"})
    assert set(made[1][1].values()) == {20, 250}


def test_words_that_name_a_part_of_a_result_tell_which_result_is_meant():
    said = (
        "Get the honey yield of the apiary Sunny Hill. Then get the price of wax in Oslo. "
        "Finally send Ann a note with the total honey"
    )
    made = calls(said, "get_honey_yield", "get_wax_price", "send_note")
    assert made[-1] == ("send_note", {"recipient": "Ann", "text": ("get_honey_yield", "total_honey")})


def test_of_two_parameters_that_take_one_value_the_less_likely_takes_the_result_that_is_named():
    said = (
        "Get the honey yield of the apiary Sunny Hill and then estimate the profit with costs of 300 "
        "and revenue equal to the total honey"
    )
    made = calls(said, "get_honey_yield", "estimate_profit")
    assert made[-1] == ("estimate_profit", {"revenue": ("get_honey_yield", "total_honey"), "costs": 300})


def test_a_condition_that_only_states_values_is_none_beside_other_calls():
    said = "What is the profit when the revenue is 500 and the costs are 120? Also, list the hives of Sunny Hill."
    assert calls(said, "estimate_profit", "list_hives") == [
        ("estimate_profit", {"revenue": 500, "costs": 120}),
        ("list_hives", {"apiary": "Sunny Hill"}),
    ]


def test_calls_that_would_need_each_other_are_not_linked_in_a_circle():
    one, other = (PlannedCall(read_document(BEES[n])) for n in ("get_honey_yield", "get_wax_price"))
    one.wanting, other.wanting = ("apiary",), ("town",)
    ordered = linked([one, other])
    known: list[PlannedCall] = []
    for call in ordered:
        assert all(a.call in known for a in call.arguments.values() if isinstance(a, FromResult))
        known.append(call)


def test_words_in_brackets_are_no_formula():
    assert not [v for v in find_values("list the jars (shelf: cellar/left-2)") if v.kind == "formula"]


def test_a_long_number_is_no_part_of_the_name_before_it():
    names = [v.text for v in find_values("call Ann Bell 4561237890 or ask for Boeing 747") if v.kind == "name"]
    assert "Ann Bell" in names
    assert "Boeing 747" in names
    assert not any("456" in name for name in names)


@pytest.mark.parametrize(
    ("text", "choices"),
    [("Can be obtained from the `/jars/list` or `/jars/find` endpoints", ()), ("Can be clear, green or brown", 3)],
)
def test_where_a_value_can_be_got_is_no_choice(text: str, choices: object):
    parameter = {"name": "jar", "description": text, "required": True, "schema": {"type": "string"}}
    document = parse_document({"package": "bees", "name": "find_jar", "description": "", "parameters": [parameter]})
    found = read_document(document).parameters[0].choices
    assert found == choices or len(found) == choices


def test_what_is_asked_beside_other_things_is_heard_when_it_is_read_alone():
    made = calls('Read out the label of jar.png and write "done" to Ann', "send_note", "scan_label")
    assert made == [("scan_label", {"image": "jar.png"}), ("send_note", {"recipient": "Ann", "text": "done"})]


def jars(size: tuple[int, int], count: tuple[int, int], colour: tuple[int, int] | None = None) -> PlannedCall:
    """A call whose values stand at these places."""
    places = {"size": size, "count": count} | ({"colour": colour} if colour else {})
    made = {n: Filled(start, Candidate(start, end, "", start, "number"), 1.0) for n, (start, end) in places.items()}
    return PlannedCall(read_document(BEES["order_jars"]), dict(made))


def values(ordered: list[PlannedCall]) -> list[list[object]]:
    return [[a.value for a in call.arguments.values() if isinstance(a, Filled)] for call in ordered]


def test_values_of_several_calls_are_dealt_out_in_the_order_of_the_text() -> None:
    ordered = [jars((5, 7), (9, 11)), jars((15, 17), (29, 31), (40, 44)), jars((25, 27), (19, 21))]
    in_order(ordered)
    assert values(ordered) == [[5, 9], [15, 19, 40], [25, 29]]
    assert [call.place for call in ordered] == [5, 15, 25]


def test_values_that_calls_share_stay_where_they_are() -> None:
    ordered = [jars((15, 17), (9, 11)), jars((5, 7), (9, 11))]
    in_order(ordered)
    assert values(ordered) == [[5, 9], [15, 9]]
    in_order([jars((1, 2), (3, 4))])


def test_a_call_whose_values_are_parts_of_those_of_a_better_fitting_one_is_needless():
    text = "book a suite with a large bed"
    what = [{"name": "what", "required": True, "schema": {"type": "string"}}]
    data = {"package": "p", "description": "Book it.", "parameters": what}
    room, bed = (parse_document({**data, "name": name}) for name in ("book_room", "rent_car"))
    clauses = [Clause(text, 0, len(text))]

    def call(document: ApiDocument, start: int, end: int) -> PlannedCall:
        value = Filled(text[start:end], Candidate(start, end, text[start:end], text[start:end], "phrase"), 0.9)
        return PlannedCall(read_document(document), {"what": value}, (), start, 1, 0.9)

    evidence = Evidence(read_document(bed), 0.7, 0.0, ())
    assert is_covered([call(bed, 26, 29)], [call(room, 7, 29)], evidence, clauses, ())
    assert not is_covered([call(bed, 7, 29)], [call(room, 7, 12)], evidence, clauses, ())


MONEY = parse_document(
    {
        "package": "money",
        "name": "convert_currency",
        "description": "Convert an amount of money from one currency to another.",
        "parameters": [
            {"name": "amount", "description": "How much", "required": True, "schema": {"type": "number"}},
            {"name": "from_currency", "description": "ISO code", "required": True, "schema": {"type": "string"}},
            {"name": "to_currency", "description": "ISO code", "required": True, "schema": {"type": "string"}},
        ],
    }
)


def test_each_amount_goes_with_its_own_currency() -> None:
    plan = plan_request(Request("Change 2150 PLN, 640 CZK and 99 RON into EUR.", documents=(MONEY,)))
    given = [{n: a.value for n, a in c.arguments.items() if isinstance(a, Filled)} for c in plan.calls()]
    amounts = ((2150, "PLN"), (640, "CZK"), (99, "RON"))
    assert given == [{"amount": a, "from_currency": c, "to_currency": "EUR"} for a, c in amounts]


def test_what_an_action_was_done_to_is_meant_again_by_it() -> None:
    camera = {"name": "camera", "description": "Camera name", "required": True, "schema": {"type": "string"}}
    degrees = {"name": "degrees", "description": "Degrees", "required": True, "schema": {"type": "integer"}}
    pan = {"package": "cam", "name": "pan", "description": "Turn a camera.", "parameters": [camera, degrees]}
    photo = {"package": "cam", "name": "photo", "description": "Take a photo with a camera.", "parameters": [camera]}
    documents = tuple(parse_document(d) for d in (pan, photo))
    said = "Turn the gate camera 30 degrees to the right and then take a photo with it."
    plan = plan_request(Request(said, documents=documents))
    given = [{n: a.value for n, a in c.arguments.items() if isinstance(a, Filled)} for c in plan.calls()]
    assert given[0].pop("degrees") == 30
    assert given[0] == given[1]
