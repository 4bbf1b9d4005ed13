"""What words say for certain: points on the globe, coefficients, bounds, units, numbers for words, names."""

from datetime import UTC, datetime

import pytest
from embedded_house import document
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Context, Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.documents.reading import ParameterView, read_document
from taskmatrix.mcfm.embedded.encoder.coefficients import coefficients
from taskmatrix.mcfm.embedded.encoder.coordinates import located
from taskmatrix.mcfm.embedded.encoder.counting import counted_things
from taskmatrix.mcfm.embedded.encoder.limits import bound_of, said_bound
from taskmatrix.mcfm.embedded.encoder.series import said_series
from taskmatrix.mcfm.embedded.encoder.ways import said_ends
from taskmatrix.mcfm.embedded.learning.answering import calls_of
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED
from taskmatrix.mcfm.embedded.values.candidates import find_values
from taskmatrix.mcfm.embedded.values.converting import convert_span
from taskmatrix.mcfm.embedded.values.halves import half_of, takers_of_halves
from taskmatrix.mcfm.embedded.values.told_numbers import said_number


def parameter(name: str, description: str, type: str = "string", required: bool = True, **schema: object) -> dict:
    return {"name": name, "description": description, "required": required, "schema": {"type": type, **schema}}


def views(*parameters: dict) -> tuple[ParameterView, ...]:
    return tuple(read_document(document("an_api", "Does something.", *parameters)).parameters)


def arguments(api: ApiDocument, instruction: str) -> dict:
    context = Context(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
    plan = plan_request(Request(instruction, documents=(api,), context=context), NOTHING_LEARNED)
    [call] = calls_of(plan)
    return dict(call.arguments)


FROM_TO = views(
    parameter("lat1", "Latitude of the first point", "number"),
    parameter("lon1", "Longitude of the first point", "number"),
    parameter("lat2", "Latitude of the second point", "number"),
    parameter("lon2", "Longitude of the second point", "number"),
)
POINT = views(parameter("lat", "Latitude", "number"), parameter("lng", "Longitude", "number"))


@pytest.mark.parametrize(
    ("parameters", "said", "expected"),
    [
        (FROM_TO, "How far is it from (48.8566, 2.3522) to (40.4168, -3.7038)?", [48.8566, 2.3522, 40.4168, -3.7038]),
        (POINT, "How high is the point at 13.1631° S, 72.5450° W?", [-13.1631, -72.545]),
        (POINT, "What is at latitude 40.71 and longitude -74.00?", [40.71, -74.0]),
        (POINT, "the elevation at 40.7128,-74.0060", [40.7128, -74.006]),
        (FROM_TO, "How far is it from (48.8566, 2.3522)?", []),
        (POINT, "mix 2.5 and 3.5 cups", []),
        (POINT, "between 120.25 and 150.75 dollars", []),
    ],
)
def test_points_go_to_latitude_and_longitude_in_order(parameters: tuple, said: str, expected: list) -> None:
    found = located(parameters, said, (0, len(said)))
    assert [found[p.name].value for p in parameters if p.name in found] == expected


QUADRATIC = views(*(parameter(name, "The coefficient", "number") for name in "abc"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Solve 2x² − 7x + 3 = 0 for me", [2, -7, 3]),
        ("Find every root of the equation 3x^2 - 11x - 4 = 0.", [3, -11, -4]),
        ("the roots of x**2 + 2.5*x = 0", [1, 2.5, 0]),
        ("the roots of x^3 - x = 0", []),
        ("2x + 5y = 0 and 3x - y = 10", []),
        ("x^2 - 4 = 0 or x^2 - 9 = 0", []),
    ],
)
def test_the_coefficients_of_the_one_equation_are_read(said: str, expected: list) -> None:
    assert [filled.value for filled in coefficients(QUADRATIC, said, (0, len(said))).values()] == expected


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 99))
def test_coefficients_come_back_as_they_were_written(c: int, b: int, a: int) -> None:
    said = f"Solve {a}x^2 {'-' if b < 0 else '+'} {abs(b)}x {'-' if c < 0 else '+'} {abs(c)} = 0."
    found = coefficients(QUADRATIC, said, (0, len(said)))
    assert [filled.value for filled in found.values()] == [a, b, c]


@pytest.mark.parametrize("part", ["1 ", " ", "1 + ", "1.25, ", "x^2 + ", "lat ", "from ", "minus ", "264 BC ", ","])
def test_hostile_texts_are_read_in_one_pass(part: str) -> None:
    said = part * (100_000 // len(part))
    everything = (*FROM_TO, *QUADRATIC)
    assert located(everything, said, (0, len(said))) == {}
    assert coefficients(everything, said, (0, len(said))) == {}
    assert said_bound(said, 50_000, 50_001) == ""
    assert convert_span(said, 50_000, 50_001, QUADRATIC[0]) in (None, 1, 2, 4, 5, 6, 25, 64, -1, -2, -4, -6)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("for more than 20 dollars", "least"),
        ("for no more than 20 dollars", "most"),
        ("nobody is paying more than 20 each", "most"),
        ("nothing under 20 stars", "least"),
        ("at least 20", "least"),
        ("max 20 people", "most"),
        ("20 or more", "least"),
        ("20 dollars tops", "most"),
        ("about 20 dollars", ""),
    ],
)
def test_the_words_around_a_number_say_whether_it_is_a_bound(said: str, expected: str) -> None:
    start = said.index("20")
    assert said_bound(said, start, start + 2) == expected


def test_a_bound_is_known_by_its_name_or_by_how_its_description_begins() -> None:
    low, high, named, plain = views(
        parameter("min_price", "Price in dollars", "number"),
        parameter("price_to", "Highest price in dollars", "number"),
        parameter("maxGuests", "Guests", "integer"),
        parameter("price", "Price in dollars", "number"),
    )
    assert [bound_of(p) for p in (low, high, named, plain)] == ["least", "most", "most", ""]


SEARCH = document(
    "search_auction_results",
    "Search past auction results of an artist.",
    parameter("artist", "Name of the artist"),
    parameter("max_price_usd", "Highest price in US dollars", "number", required=False),
)


def test_more_than_is_no_maximum() -> None:
    assert "max_price_usd" not in arguments(SEARCH, "Which works of Basquiat went for more than 20 million dollars?")
    assert arguments(SEARCH, "Which works of Basquiat went for less than 20,000 dollars?")["max_price_usd"] == 20000


@pytest.mark.parametrize(
    ("description", "said", "expected"),
    [
        ("Upper limit of stops; 0 means nonstop only", "a nonstop flight to Oslo", 0),
        ("Opening in percent: 0 is completely closed, 100 completely open", "close the blinds", 0),
        ("Task priority from 1 (normal) to 4 (urgent). Defaults to 1.", "it's urgent!!", 4),
        ("Number of bedrooms, 0 for a studio", "a studio in Paris", 0),
        ("Number of bedrooms, 0 for a studio", "a flat in Paris", None),
        ("0 is closed and 100 is open", "open or close it", None),
        ("How many days ahead, up to 14 days", "in 14 days", None),
    ],
)
def test_what_a_document_has_a_number_for_is_read_as_that_number(
    description: str, said: str, expected: int | None
) -> None:
    [one] = views(parameter("amount", description, "integer", required=False))
    found = said_number(one, said, (0, len(said)))
    assert (found[0] if found else None) == expected


FLIGHT = document(
    "search_flights",
    "Searches flights between two airports.",
    parameter("origin", "Airport to leave from"),
    parameter("destination", "Airport to arrive at"),
    parameter("max_stops", "Upper limit on the number of stops; 0 means nonstop only.", "integer", required=False),
)
DISTANCE = document(
    "city_distance",
    "Straight-line distance between two cities.",
    parameter("origin", "The city to start from"),
    parameter("destination", "The city to end in"),
    parameter("unit", "Unit of the result. Default is km.", required=False, enum=["km", "mi", "nmi"]),
)
TRANSFER = document(
    "transfer_funds",
    "Moves money between two accounts of the user.",
    parameter("from_account", "Account to debit", enum=["checking", "savings", "money_market"]),
    parameter("to_account", "Account to credit", enum=["checking", "savings", "money_market"]),
    parameter("amount", "Amount in dollars", "number"),
)
EVENT = document(
    "add_event",
    "Add an event to the calendar.",
    parameter("title", "Title of the event"),
    parameter("start", "Start, ISO 8601 date and time such as 2026-05-01T09:00"),
    parameter("end", "End, ISO 8601 date and time such as 2026-05-01T10:00", required=False),
)
LINK = document(
    "create_link",
    "Creates a link to a file that anybody can open.",
    parameter("key", "Path of the file"),
    parameter("expires_in", "Lifetime of the link in seconds. Default 3600.", "integer", required=False),
)


@pytest.mark.parametrize(
    ("api", "said", "expected"),
    [
        (FLIGHT, "Find a nonstop flight from JFK to LHR", {"origin": "JFK", "destination": "LHR", "max_stops": 0}),
        (
            DISTANCE,
            "How many miles is it from Paris to Rome?",
            {"origin": "Paris", "destination": "Rome", "unit": "mi"},
        ),
        (
            TRANSFER,
            "Move $1,250.75 from my checking account to savings.",
            {"from_account": "checking", "to_account": "savings", "amount": 1250.75},
        ),
        (
            EVENT,
            'Put a "Budget review" on my calendar for March 5, 2027 from 2 pm until 3:30 pm.',
            {"title": "Budget review", "start": "2027-03-05T14:00", "end": "2027-03-05T15:30"},
        ),
        (
            LINK,
            "I need a link to reports/q3.pdf. It should stop working after two hours.",
            {"key": "reports/q3.pdf", "expires_in": 7200},
        ),
    ],
)
def test_what_is_said_in_other_words_than_the_document_s_is_taken(api: ApiDocument, said: str, expected: dict) -> None:
    assert arguments(api, said) == expected


@pytest.mark.parametrize(
    ("names", "said", "expected"),
    [
        (("first_name", "last_name"), "Luis Arriaga", ["Luis", "Arriaga"]),
        (("firstName", "lastName"), "Dr. Ana van der Berg", ["Ana", "van der Berg"]),
        (("teacher_last_name",), "Ms. Petrov", ["Petrov"]),
        (("owner", "repo"), "tinytools/parsekit", ["tinytools", "parsekit"]),
        (("owner", "repo"), "tinytools", ["tinytools", "tinytools"]),
        (("owner",), "tinytools/parsekit", ["tinytools/parsekit"]),
    ],
)
def test_names_and_repositories_are_taken_in_halves(names: tuple, said: str, expected: list) -> None:
    parameters = views(*(parameter(name, "Of what is meant") for name in names))
    halves = takers_of_halves(parameters)
    found = [half_of(said, 0, len(said), halves[p.name]) if p.name in halves else (0, len(said)) for p in parameters]
    assert [said[slice(*place)] for place in found] == expected


@pytest.mark.parametrize(
    ("described", "said", "span", "expected"),
    [
        (parameter("year", "First year. Use negative numbers for BCE.", "integer"), "from 264 BC on", "264", -264),
        (parameter("year", "First year. Use negative numbers for BCE.", "integer"), "from 264 BCE on", "264", -264),
        (parameter("year", "First year of the span.", "integer"), "from 264 BC on", "264", 264),
        (parameter("age", "Age in years", "integer"), "age - 35", "- 35", 35),
        (parameter("shift", "How far to shift", "integer"), "shift by -35", "-35", -35),
        (parameter("shift", "Semitones; positive is up, negative is down", "integer"), "two lower", "two", -2),
        (parameter("shift", "Semitones; positive is up, negative is down", "integer"), "two higher", "two", 2),
        (
            parameter("length", "cm, negative for diverging lenses", "number"),
            "a diverging lens of 12 cm",
            "12 cm",
            -12,
        ),
        (parameter("value", "The temperature", "number"), "minus 40 Celsius", "40", -40),
        (parameter("value", "The number", "number"), "what is 10 minus 4", "4", 4),
        (parameter("asset_tag", "Asset tag of the device"), "assign laptop LT-0932", "laptop LT-0932", "LT-0932"),
        (parameter("device", "The device"), "assign laptop LT-0932", "laptop LT-0932", "laptop LT-0932"),
        (parameter("to", "C, F or K"), "to Fahrenheit", "Fahrenheit", "F"),
        (parameter("price", "Price in dollars", "number"), "we have 60 grand saved", "60 grand", 60000),
        (parameter("amount", "How much to refund, in cents", "integer"), "return $15.50 of it", "15.50", 1550),
        (parameter("amount", "How much to refund, in cents", "integer"), "return 12 dollars", "12", 1200),
        (parameter("amount", "How much to refund, in cents", "integer"), "return 1550 cents", "1550", 1550),
        (parameter("amount", "How much to refund, in dollars", "integer"), "return $15", "15", 15),
        (parameter("date", "Day, YYYY-MM-DD"), "free on 14 August 2024", "14 August 2024", "2024-08-14"),
        (parameter("country", "Two-letter country code"), "a Spanish mobile number", "Spanish", "ES"),
        (parameter("number", "Number of the amendment", "integer"), "the Fourteenth one", "Fourteenth", 14),
        (parameter("to", "Target currency, three-letter code"), "to US dollars", "US dollars", "USD"),
        (parameter("currency", "ISO 4217 code of the currency"), "twenty euros of credit", "credit", None),
        (parameter("units", "Units", enum=["metric", "imperial"]), "in Fahrenheit", "Fahrenheit", "imperial"),
        (parameter("base", "Base colour"), "shades of #3F51B5", "3F51B5", "#3F51B5"),
    ],
)
def test_words_become_what_the_document_asks_for(described: dict, said: str, span: str, expected: object) -> None:
    [one] = views(described)
    start = said.index(span)
    assert convert_span(said, start, start + len(span), one) == expected


SIZES = views(
    parameter("size", "The size to convert"),
    parameter("from_system", "What it is in", enum=["UK", "EU", "US"]),
    parameter("to_system", "What it is to be in", enum=["UK", "EU", "US", "JP"]),
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("What's a UK 8 in EU?", ("UK", "EU")),
        ("Dress size 38 EU, what is it in the US?", ("EU", "US")),
        ("Convert a women's US 7.5 to UK.", ("US", "UK")),
        ("What is JP for EU 38?", ("EU", "JP")),
        ("from US to UK", ("US", "UK")),
        ("UK 8, EU or US?", None),
        ("a size 8 in EU", None),
    ],
)
def test_both_ends_of_a_way_from_one_choice_to_another(said: str, expected: tuple | None) -> None:
    ends = said_ends(SIZES, said, (0, len(said)))
    words = {name: said[slice(*place)] for name, place in ends.items()}
    assert words == ({} if expected is None else dict(zip(("from_system", "to_system"), expected, strict=True)))


@pytest.mark.parametrize(("name", "text"), [("bread.txt", "buy bread"), ("milk.txt", "buy milk")])
def test_a_quote_behind_the_name_of_a_parameter_is_its_value(name: str, text: str) -> None:
    api = document(
        "write_note",
        "Write a note (memo) to a file.",
        parameter("path", "The file of the note."),
        parameter("text", "What the note says."),
    )
    assert arguments(api, f'write a note "{name}" with the text "{text}"') == {"path": name, "text": text}


HOTEL = views(
    parameter("location", "City of the hotel"),
    parameter("star_rating", "Star rating of the hotel", required=False),
    parameter("number_of_rooms", "Number of rooms to reserve", required=False),
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a five star hotel in Paris", {"star_rating": 5}),
        ("2 rooms in a 4-star hotel", {"number_of_rooms": 2, "star_rating": 4}),
        ("a 3 star or a 4 star hotel", {}),
        ("rooms 2 and 3", {}),
        ("a hotel with a pool", {}),
    ],
)
def test_a_number_right_before_what_is_counted_is_of_that_parameter(said: str, expected: dict) -> None:
    found = counted_things(HOTEL, said, find_values(said))
    assert {name: value.value for name, value in found.items()} == expected


def test_a_number_that_says_what_is_counted_is_no_other_parameters() -> None:
    api = document(
        "search_hotels",
        "Search for a hotel in a city.",
        parameter("location", "City of the hotel."),
        parameter("star_rating", "Star rating of the hotel.", required=False),
        parameter("number_of_rooms", "Number of rooms to reserve.", required=False),
    )
    said = arguments(api, "Can you find me a five star hotel in Paris?")
    assert said == {"location": "Paris", "star_rating": "5"}


def test_a_word_is_not_how_many_there_are() -> None:
    [one] = views(parameter("number_of_baths", "Number of baths in the apartment"))
    text = "an apartment with three baths"
    assert convert_span(text, 24, 29, one) is None
    assert convert_span(text, 18, 23, one) == "3"


PARTY = views(parameter("guests", "Guests", "integer"), parameter("address", "House number", "integer"))


@pytest.mark.parametrize(("said", "expected"), [("dinner for 12 guests", {"guests": 12}), ("address 12", {})])
def test_a_number_is_of_the_parameter_that_is_named_after_what_is_counted(said: str, expected: dict) -> None:
    found = counted_things(PARTY, said, find_values(said))
    assert {name: value.value for name, value in found.items()} == expected


def numbers(name: str) -> dict:
    return parameter(name, f"The list {name}", "array", items={"type": "number"})


MATRIX = parameter("A", "The matrix", "array", items={"type": "array", "items": {"type": "number"}})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("How are 1, 2, 3, 5 and 10, 14, 13, 21 correlated?", ("1, 2, 3, 5", "10, 14, 13, 21")),
        ("correlation between the ranks 1 3 2 4 and 2 4 1 3?", ("1 3 2 4", "2 4 1 3")),
        ("Do 12.1, 11.8 and 12.6 differ from 13.2, 13.9 and 12.9?", ("12.1, 11.8 and 12.6", "13.2, 13.9 and 12.9")),
        ("t-test of 5, 6, 7 against the values 8, 9, 7 at 0.05", ("5, 6, 7", "8, 9, 7")),
        ("the mean of 1, 2, 3 and 4", None),
        ("1, 2 and 3 and 4, 5 and 6, 7", None),
    ],
)
def test_two_lists_of_numbers_side_by_side(said: str, expected: tuple | None) -> None:
    found = said_series(views(numbers("x"), numbers("y")), said, (0, len(said)))
    assert [said[slice(*place)] for place in found.values()] == [*(expected or ())]


def test_two_points_on_a_way() -> None:
    said = "Halfway between (51.5, -0.1) and (40.7, -74.0)?"
    found = said_series(views(numbers("x"), numbers("y")), said, (0, len(said)))
    assert [said[slice(*place)] for place in found.values()] == ["(51.5, -0.1)", "(40.7, -74.0)"]


@pytest.mark.parametrize("said", ["a first class ticket to Rome", "first-class to Rome", "1st class to Rome"])
def test_a_class_is_numbered_by_an_ordinal(said: str) -> None:
    train = views(
        parameter("to", "Where to"), parameter("seat_class", "First or second class", "integer", enum=[1, 2])
    )
    assert {name: value.value for name, value in counted_things(train, said, find_values(said)).items()} == {
        "seat_class": 1
    }


def test_a_rate_is_not_how_many_there_are() -> None:
    bond = views(parameter("coupon_rate", "Yearly coupon in percent", "number"))
    assert counted_things(bond, "one coupon a year", find_values("one coupon a year")) == {}


SHOP = document(
    "add_items",
    "Add items to a shopping list.",
    parameter("items", "The items", "array", items={"type": "string"}),
)


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("Add milk and bread to the shopping list", ["milk", "bread"]),
        ("buy milk, eggs and bread", ["milk", "eggs", "bread"]),
        ("Add these to my shopping list:\n- milk\n- eggs and ham\n- bread", ["milk", "eggs and ham", "bread"]),
        ("Put on the shopping list:\n1. charcoal\n2. buns", ["charcoal", "buns"]),
    ],
)
def test_a_list_begins_behind_what_is_to_be_done_with_it(said: str, items: list[str]) -> None:
    assert arguments(SHOP, said) == {"items": items}


CLAMP = document(
    "clamp",
    "Keep a number within limits.",
    parameter("value", "The number", "number"),
    parameter("minimum", "Lower limit", "number"),
    parameter("maximum", "Upper limit", "number"),
)


@pytest.mark.parametrize("said", ["Keep 13.7 between -10 and 10", "Clamp 13.7 to a range from -10 to 10"])
def test_both_ends_of_a_range_are_its_bounds(said: str) -> None:
    assert arguments(CLAMP, said) == {"value": 13.7, "minimum": -10, "maximum": 10}


SHIRTS = document(
    "order_shirts",
    "Order shirts with a design.",
    parameter("design", "Name of the design"),
    parameter("sizes", "Sizes", "array", items={"type": "string", "enum": ["XS", "S", "M", "L", "XL"]}),
)


@pytest.mark.parametrize(
    ("said", "sizes"),
    [
        ("Order shirts with the design Fox Trot in S, M and L", ["S", "M", "L"]),
        ('Order shirts with the design "Fox Trot" in medium and extra small', ["M", "XS"]),
    ],
)
def test_choices_of_a_list_are_taken_in_the_order_they_are_said(said: str, sizes: list) -> None:
    assert arguments(SHIRTS, said) == {"design": "Fox Trot", "sizes": sizes}


def test_words_of_a_name_choose_nothing() -> None:
    api = document(
        "order_ride",
        "Order a taxi.",
        parameter("pickup", "Where to get in"),
        parameter("dropoff", "Where to get out"),
        parameter("payment", "How to pay", required=False, enum=["cash", "card"]),
        parameter("quiet", "A driver who does not talk", "boolean", required=False),
    )
    streets = {"pickup": "Quiet Lane 4", "dropoff": "Cash Street 90"}
    assert arguments(api, "Order a ride from Quiet Lane 4 to Cash Street 90") == streets
    assert arguments(api, "Order a ride from Quiet Lane 4 to Cash Street 90, I pay cash") == {
        **streets,
        "payment": "cash",
    }


def test_the_day_of_the_week_goes_to_the_parameter_named_so() -> None:
    api = document(
        "find_classes",
        "Find classes of a teacher.",
        parameter("teacher", "Name"),
        parameter("weekday", "English weekday", required=False),
    )
    assert arguments(api, "Find the classes that Padma teaches on Wednesdays") == {
        "teacher": "Padma",
        "weekday": "Wednesday",
    }


def test_a_list_may_repeat_its_preposition() -> None:
    lists = [v.items for v in find_values("tell me that in yards and in metres") if v.kind == "list"]
    assert [[item.text for item in items] for items in lists] == [["yards", "metres"]]


def test_the_rows_of_a_matrix_are_taken_together() -> None:
    api = document("solve", "Solve a system of linear equations A x = b.", MATRIX, numbers("b"))
    said = arguments(api, "Find x with the matrix [[3, 1], [1, 2]] and the right hand side [9, 8]")
    assert said == {"A": [[3, 1], [1, 2]], "b": [9, 8]}
