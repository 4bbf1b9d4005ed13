"""Several calls of one API, each told in a part of the instruction, and parts that tell of another API alone."""

from datetime import UTC, datetime

import pytest
from embedded_house import document
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Call, Context, Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.instruction.segments import cuts, pieces, segments, sentences, without
from taskmatrix.mcfm.embedded.learning.answering import calls_of
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED


def parameter(name: str, description: str, type: str = "string", required: bool = True, **schema: object) -> dict:
    return {"name": name, "description": description, "required": required, "schema": {"type": type, **schema}}


PAINTING = document(
    "lookup_painting",
    "Find out in which museum a painting hangs.",
    parameter("title", "Title of the painting"),
    parameter("artist", "Name of the artist", required=False),
)
FORMATS = document(
    "convert_file",
    "Convert a file to another format.",
    parameter("path", "Path of the file"),
    parameter("target_format", "Output format", enum=["pdf", "docx", "png", "jpg", "csv", "xlsx"]),
    parameter("quality", "Quality of image output from 1 to 100", "integer", required=False),
)
ROUTE = document(
    "driving_distance",
    "Driving distance between two places.",
    parameter("origin", "Starting place"),
    parameter("destination", "Final place"),
)
PAYSLIP = document(
    "get_payslip",
    "Retrieves the payslip of an employee for a given month.",
    parameter("employee_id", "Id of the employee"),
    parameter("month", "Month, 1 to 12", "integer"),
    parameter("year", "Four-digit year", "integer"),
)
TRIANGLE = document(
    "triangle_area",
    "Area of a triangle from its three sides.",
    parameter("side_a", "First side", "number"),
    parameter("side_b", "Second side", "number"),
    parameter("side_c", "Third side", "number"),
)
STATS = document(
    "player_stats",
    "Career figures of a cricket player.",
    parameter("player", "Name of the player"),
    parameter("format", "Match format", enum=["test", "odi", "t20i"]),
)
RANKING = document(
    "icc_rankings",
    "Current ranking list of cricket players.",
    parameter("category", "Batting or bowling", enum=["batting", "bowling"]),
    parameter("format", "Match format", enum=["test", "odi", "t20i"]),
)
THERMOSTAT = document(
    "set_thermostat",
    "Set the target temperature of a thermostat.",
    parameter("room", "The room"),
    parameter("temperature", "Target temperature", "number"),
)
WAITLIST = document(
    "join_waitlist",
    "Put a party on today's walk-in waitlist of a restaurant.",
    parameter("restaurant_name", "Name of the restaurant"),
    parameter("party_size", "Number of people", "integer"),
    parameter("phone", "Number to text when the table is ready", required=False),
)


def planned(instruction: str, *apis: ApiDocument) -> list[Call]:
    context = Context(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
    return calls_of(plan_request(Request(instruction, documents=apis, context=context), NOTHING_LEARNED))


def calls(instruction: str, *apis: ApiDocument) -> list[dict]:
    return [dict(call.arguments) for call in planned(instruction, *apis)]


def called(instruction: str, *apis: ApiDocument) -> list[str]:
    return [call.api for call in planned(instruction, *apis)]


@pytest.mark.parametrize(
    ("api", "said", "expected"),
    [
        (
            PAINTING,
            "Where can I see The Night Watch by Rembrandt and Las Meninas by Velázquez?",
            [{"title": "The Night Watch", "artist": "Rembrandt"}, {"title": "Las Meninas", "artist": "Velázquez"}],
        ),
        (
            FORMATS,
            "Convert handbook.docx to PDF, stock.xlsx to CSV, and logo.png to a JPG with quality 95.",
            [
                {"path": "handbook.docx", "target_format": "pdf"},
                {"path": "stock.xlsx", "target_format": "csv"},
                {"path": "logo.png", "target_format": "jpg", "quality": 95},
            ],
        ),
        (
            ROUTE,
            "How far is it by car from Lyon to Turin, from Turin to Verona, and from Verona to Ljubljana?",
            [
                {"origin": "Lyon", "destination": "Turin"},
                {"origin": "Turin", "destination": "Verona"},
                {"origin": "Verona", "destination": "Ljubljana"},
            ],
        ),
        (
            PAYSLIP,
            "I need the payslips of employee D771 for November 2023, December 2023 and January 2024.",
            [
                {"employee_id": "D771", "month": 11, "year": 2023},
                {"employee_id": "D771", "month": 12, "year": 2023},
                {"employee_id": "D771", "month": 1, "year": 2024},
            ],
        ),
        (
            TRIANGLE,
            "Compute the areas of two triangles, one with sides 7, 24 and 25 and another with sides 9, 10 and 17.",
            [{"side_a": 7, "side_b": 24, "side_c": 25}, {"side_a": 9, "side_b": 10, "side_c": 17}],
        ),
    ],
)
def test_each_part_of_an_instruction_makes_a_call_of_its_own(api: ApiDocument, said: str, expected: list) -> None:
    assert calls(said, api) == expected


RECIPE = document(
    "get_recipe",
    "Get a recipe for a dish.",
    parameter("dish", "Dish"),
    parameter("diet", "Diet", required=False, enum=["vegan", "vegetarian", "gluten-free"]),
)
TIMER = document("start_timer", "Start a countdown timer.", parameter("minutes", "Length in minutes", "integer"))


@pytest.mark.parametrize(
    "said",
    ["gluten-free recipe for banana bread pls. timer 55 min.", "gluten-free recipe for banana bread, timer 55 min"],
)
def test_what_is_told_without_a_verb_beside_another_call_is_heard_too(said: str) -> None:
    assert calls(said, RECIPE, TIMER) == [{"dish": "banana bread", "diet": "gluten-free"}, {"minutes": 55}]


def test_what_is_told_beside_a_call_makes_no_other_one_of_an_api_that_is_called_once() -> None:
    said = "I live on the 3rd floor at 22 Mill Lane. Start a timer for 55 minutes, I am in no hurry before 9 pm."
    assert calls(said, RECIPE, TIMER) == [{"minutes": 55}]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (
            "What is the greatest common divisor of 84 and 126, and what is their least common multiple?",
            ["gcd", "lcm"],
        ),
        ("What is the greatest common divisor of 84 and 126?", ["gcd"]),
    ],
)
def test_two_apis_take_the_same_values_where_the_words_of_both_descriptions_are_said(
    said: str, names: list[str]
) -> None:
    numbers = (parameter("a", "First number", "integer"), parameter("b", "Second number", "integer"))
    apis = (
        document("math.gcd", "Greatest common divisor of two integers.", *numbers),
        document("math.lcm", "Least common multiple of two integers.", *numbers),
    )
    assert sorted(called(said, *apis)) == [f"house.math.{name}" for name in names]


def test_the_words_before_the_dot_of_a_name_tell_what_an_api_is_for() -> None:
    room = parameter("room", "Room name")
    apis = (
        document("thermostat.set", "Set the target temperature.", room, parameter("celsius", "Target", "number")),
        document(
            "lights.set",
            "Switch or dim the lights of a room.",
            room,
            parameter("state", "On or off", enum=["on", "off"]),
        ),
    )
    assert called("In the attic I want 16 degrees and the light off.", *apis) == [
        "house.thermostat.set",
        "house.lights.set",
    ]


def test_how_often_interest_is_compounded_is_nothing_to_wait_for() -> None:
    api = document(
        "compound_interest",
        "Future value of a deposit with compound interest.",
        parameter("principal", "Starting amount", "number"),
        parameter("rate", "Yearly rate in percent", "number"),
        parameter("years", "Years", "integer"),
    )
    said = "What do 900 become at a rate of 4 in 3 years, added 4 times a year?"
    assert calls(said, api) == [{"principal": 900, "rate": 4, "years": 3}]


CART = [
    document("add_item", "Put an item in the cart.", parameter("item_id", "Id of the item")),
    document("remove_item", "Throw an item out of the cart.", parameter("item_id", "Id of the item")),
]


def test_what_one_api_is_asked_for_is_not_done_by_another_as_well() -> None:
    said = "Add item B0-7741 to my cart, then throw item B0-3310 out of it."
    assert calls(said, *CART) == [{"item_id": "B0-7741"}, {"item_id": "B0-3310"}]


BATTLE = document("battle_info", "Facts about a battle.", parameter("name", "Name of the battle"))
TREATY = document("treaty_info", "Facts about a treaty.", parameter("name", "Name of the treaty"))


def test_of_two_apis_that_take_the_same_words_the_one_that_is_named_in_them_is_called() -> None:
    said = "I need facts on the Battle of Lepanto and the Treaty of Tordesillas."
    assert calls(said, BATTLE, TREATY) == [{"name": "Battle of Lepanto"}, {"name": "Treaty of Tordesillas"}]


WEATHER = document("get_weather", "Current weather in a city.", parameter("city", "City"))
MESSAGE = document(
    "send_message", "Send a message to someone.", parameter("to", "Who"), parameter("text", "What to write")
)


def test_what_is_quoted_is_not_left_out_nor_said_by_another_call_again() -> None:
    said = "Text Eva 'see you there' and get the weather in Oslo"
    assert calls(said, WEATHER, MESSAGE) == [{"to": "Eva", "text": "see you there"}, {"city": "Oslo"}]


def test_what_one_clause_says_is_not_read_into_the_call_of_another_clause() -> None:
    said = "Pull up Joe Root's Test career figures, then the ODI bowling rankings."
    assert calls(said, STATS, RANKING) == [
        {"player": "Joe Root", "format": "test"},
        {"category": "bowling", "format": "odi"},
    ]


@pytest.mark.parametrize(
    ("said", "api", "expected"),
    [
        (
            "It's freezing in the nursery, could you set it to 72 degrees?",
            THERMOSTAT,
            {"room": "nursery", "temperature": 72},
        ),
        (
            "There are five of us standing outside Pho Saigon. Add us to the line and text 555-0142 when it is ready.",
            WAITLIST,
            {"restaurant_name": "Pho Saigon", "party_size": 5, "phone": "555-0142"},
        ),
    ],
)
def test_a_clause_whose_values_a_call_takes_makes_no_call_of_its_own(
    said: str, api: ApiDocument, expected: dict
) -> None:
    assert calls(said, api) == [expected]


def test_a_town_and_its_state_are_one_place_between_the_cuts() -> None:
    text = "in Tucson, AZ and in Duluth, MN"
    assert [text[slice(*piece)] for piece in pieces(text, (0, len(text)), ())] == ["in Tucson, AZ", "in Duluth, MN"]


def test_what_is_quoted_or_dated_is_not_cut() -> None:
    text = 'book "Tea, Cakes and More" on May 5, 2026 and pay'
    closed = [(5, 26), (30, 41)]
    assert [text[slice(*piece)] for piece in pieces(text, (0, len(text)), closed)] == [text[:41], "pay"]


def test_the_parts_begin_with_the_words_that_they_share_and_what_follows_is_said_for_all() -> None:
    text = "distance by car from Lyon to Turin and from Turin to Verona? I refuse to pay tolls."
    anchors = [(text.index("Lyon"), text.index(" to Turin")), (text.index("Turin to"), text.index(" to Verona"))]
    parts = segments(text, (0, len(text)), (), anchors)
    assert [text[slice(*part)] for part in parts] == ["from Lyon to Turin", "from Turin to Verona?"]


def test_nothing_is_parted_where_nothing_stands_between() -> None:
    assert segments("from Lyon to Turin", (0, 18), (), [(5, 9), (13, 18)]) == []
    assert segments("from Lyon", (0, 9), (), [(5, 9)]) == []


@pytest.mark.parametrize("part", [" ", ", ", " ,", "and ", "versus ", ". ", "\n", "compare "])
def test_texts_without_end_are_parted_in_one_pass(part: str) -> None:
    text = part * (100_000 // len(part))
    assert len(cuts(text, (0, len(text)), ())) <= 100_000
    assert all(start < end for start, end in sentences(text, (0, len(text))))


WORDS = st.lists(
    st.sampled_from(["Ann", "and", ",", ".", "?", "to", "5", "Mr.", "Rome,", "TX", "\n", "or"]), max_size=30
)


@given(WORDS)
def test_pieces_lie_in_order_and_hold_all_but_the_cuts(words: list[str]) -> None:
    text = " ".join(words)
    whole = (0, len(text))
    found = pieces(text, whole, ())
    assert found == sorted(found)
    left = without(text, [*found, *cuts(text, whole, ())])
    assert not left.strip()
    assert len(left) == len(text)
    assert all(text[start:end] for start, end in sentences(text, whole))
