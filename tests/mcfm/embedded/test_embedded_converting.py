from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.documents import Parameter
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.candidates import find_values
from taskmatrix.mcfm.embedded.values.choosing import choose
from taskmatrix.mcfm.embedded.values.converting import convert, convert_span
from taskmatrix.mcfm.embedded.values.date_forms import asked_form
from taskmatrix.mcfm.embedded.values.edges import trim
from taskmatrix.mcfm.embedded.values.formulas import python_formula
from taskmatrix.mcfm.embedded.values.items import split_items

NOW = datetime(2026, 11, 21, 19, 18, tzinfo=UTC)
LISTS = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}


def view(name: str = "x", text: str = "", **schema: object) -> ParameterView:
    data = {"name": name, "description": text, "schema": schema or {"type": "string"}}
    return ParameterView(Parameter.model_validate(data), 0)


def array(kind: str, name: str = "x", text: str = "", **more: object) -> ParameterView:
    return view(name, text, type="array", items={"type": kind}, **more)


def said(span: str, parameter: ParameterView) -> JsonValue:
    text = f"do it {span} please"
    return convert_span(text, 6, 6 + len(span), parameter, NOW)


@pytest.mark.parametrize(
    ("span", "bare"),
    [
        ('"The Sun"', "The Sun"),
        ("the Eiffel Tower,", "Eiffel Tower"),
        ('"half', "half"),
        ("half”", "half"),
        ("U.S.", "U.S."),
        ("wait?", "wait"),
        ("The Who", "The Who"),
        ("it's", "it's"),
        ('"a.b".', "a.b"),
        ("'It's on!',", "It's on!"),
        ('"one", "two"', '"one", "two"'),
        ("(G-3370)", "G-3370"),
        ("(x + 1)", "(x + 1)"),
        ("(51.5, -0.1)", "(51.5, -0.1)"),
        ("(the red one)", "the red one"),
        (";", ";"),
    ],
)
def test_quotes_articles_and_marks_at_the_edges_are_cut_off(span: str, bare: str):
    assert trim(span) == bare


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a, b and c", ["a", "b", "c"]),
        ("[1,2,3]", ["1", "2", "3"]),
        ("(3,4)", ["3", "4"]),
        ("3, 5, and 7", ["3", "5", "7"]),
        ('"one, two" and three', ['"one, two"', "three"]),
        ("New York, Los Angeles and San Francisco", ["New York", "Los Angeles", "San Francisco"]),
        ("(1,2), (3,4)", ["(1,2)", "(3,4)"]),
        ("(1,2) and (3,4)", ["(1,2)", "(3,4)"]),
        ("1,200 and 3,400", ["1,200", "3,400"]),
        ("rock'n'roll; jazz", ["rock'n'roll", "jazz"]),
        ("Ann Lee versus Bo Roe", ["Ann Lee", "Bo Roe"]),
        ("40 by 30 by 25", ["40", "30", "25"]),
        ("songs by Abba", ["songs by Abba"]),
        ("both salmon and dill", ["salmon", "dill"]),
        ("I've got eggs, spinach and feta", ["eggs", "spinach", "feta"]),
        ("salt + pepper plus chilli", ["salt", "pepper", "chilli"]),
        ("yes/no", ["yes", "no"]),
        ("km/h", ["km/h"]),
        ("- milk\n- eggs and ham\n\n- bread", ["milk", "eggs and ham", "bread"]),
        ("1) white\n2) navy", ["white", "navy"]),
        ("alone", ["alone"]),
        ("", []),
    ],
)
def test_lists_as_people_write_them(text: str, items: list[str]):
    assert split_items(text) == items


@given(st.lists(st.lists(st.integers(-9999, 9999), min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_list_of_lists_reads_back_as_itself(rows: list[list[int]]):
    assert said(str(rows), view(**LISTS)) == rows
    assert said(", ".join(str(tuple(r)).replace(",)", ")") for r in rows), view(**LISTS)) == rows


def test_lists_take_the_type_of_their_items():
    assert said("3, 5, and 7", array("integer")) == [3, 5, 7]
    assert said("two and three", array("integer")) == [2, 3]
    assert said("1.5 and 2", array("number")) == [1.5, 2]
    assert said("10 20 30", array("number")) == [10, 20, 30]
    assert said("3.5 and 2", array("integer")) is None
    assert said("milk", array("string")) == ["milk"]
    assert said("the milk, the eggs and 'brown bread'", array("string")) == ["milk", "eggs", "brown bread"]
    assert said("tomorrow and Friday", array("string", "dates", "YYYY-MM-DD")) == ["2026-11-22", "2026-11-27"]
    colors = view(type="array", items={"type": "string", "enum": ["red", "blue"]})
    assert said("Red and blue", colors) == ["red", "blue"]
    assert said("red and green", colors) is None


def test_a_range_is_every_number_or_both_ends():
    assert said("1 to 5", array("integer")) == [1, 2, 3, 4, 5]
    assert said("1 to 5", array("integer", "range")) == [1, 5]
    assert said("1 to 5", array("integer", minItems=2, maxItems=2)) == [1, 5]
    assert said("1 to 999999", array("integer")) is None


@pytest.mark.parametrize(
    ("span", "item", "text", "ends"),
    [
        ("2015 to 2020", "integer", "First and last year, [from, to]", [2015, 2020]),
        ("from 1998 up to 2006", "integer", "[from, to]", [1998, 2006]),
        ("1985-1999", "integer", "Start and end year", [1985, 1999]),
        ("4.5 to 8", "number", "Smallest and largest magnitude", [4.5, 8]),
        ("between 3 and 5", "integer", "min and max", [3, 5]),
        ("2015-04-25 until 2015-05-25", "string", "First and last day", ["2015-04-25", "2015-05-25"]),
        ("[1998, 2006]", "integer", "[from, to]", [1998, 2006]),
        ("2001 to 2003", "integer", "Years", [2001, 2002, 2003]),
    ],
)
def test_a_list_of_two_ends_takes_both_ends_of_a_range(span: str, item: str, text: str, ends: list):
    assert said(span, array(item, "x", text)) == ends


@pytest.mark.parametrize(
    ("text", "span", "name", "written"),
    [
        ("Poll: where do we eat? Thai or Greek", "where do we eat", "question", "where do we eat?"),
        ("Text Ann: are you coming?", "are you coming?", "message", "are you coming?"),
        ("Can you tell Ann that I am late?", "I am late", "message", "I am late"),
        ("Is it in Paris?", "in Paris", "place", "in Paris"),
    ],
)
def test_a_question_that_somebody_is_to_read_keeps_its_mark(text: str, span: str, name: str, written: str):
    start = text.index(span)
    assert convert_span(text, start, start + len(span), view(name), NOW) == written


@pytest.mark.parametrize(
    ("span", "name", "text", "value"),
    [
        ("60 Ω", "resistance", "Ω", 60),
        ("0.43 amperes", "current", "Current in milliamperes", 430),
        ("5 kW", "power", "Power in watts", 5000),
        ("2 litres", "volume_ml", "", 2000),
        ("12 nautical miles", "distance", "Distance in km", 22.224),
        ("220 grams", "cups", "Cups.", None),
        ("3 V", "voltage", "Voltage (V)", 3),
        ("1970 J/(kg*K)", "specific_heat", "Specific heat in J/(kg*K)", 1970),
        ("64 nautical miles", "nautical_miles", "", 64),
    ],
)
def test_amounts_are_taken_in_the_unit_asked_for_or_not_at_all(span: str, name: str, text: str, value: object):
    assert said(span, view(name, text, type="number")) == value


def test_a_season_is_no_month():
    for text in ('Season as "YYYY-YY".', "Season, e.g. 2010-11", "Season (format YYYY/YYYY)"):
        assert said("2018-19", view("season", text)) == "2018-19"
        assert said("2018", view("season", text)) == "2018"


def test_a_day_in_the_form_that_is_asked_for_stays():
    assert said("02-29", view("date", "MM-DD")) == "02-29"
    assert said("Priya", view("date", "MM-DD")) is None


def test_the_slash_that_a_path_begins_with_is_not_cut_off():
    text = "share /Ledger and/or a.txt"
    assert convert_span(text, 7, 13, view("path"), NOW) == "/Ledger"
    assert convert_span("read and/or write", 9, 11, view("x"), NOW) == "or"


def test_a_currency_is_known_by_the_name_of_its_parameter():
    assert said("days", view("from_currency", "ISO code.")) is None
    assert said("CAD", view("from_currency", "ISO code.")) == "CAD"


def test_the_article_of_a_text_that_somebody_is_to_read_is_kept():
    assert said("the keys are under the mat", view("text", "The message")) == "the keys are under the mat"
    assert said("the Eiffel Tower in Paris", view("place", "The place")) == "Eiffel Tower in Paris"


@pytest.mark.parametrize(
    ("text", "choices", "value"),
    [
        ("F", ["celsius", "fahrenheit"], "fahrenheit"),
        ("fahrenheit", ["C", "F"], "F"),
        ("degrees Celsius", ["celsius", "fahrenheit"], "celsius"),
        ("nautical miles", ["km", "mi", "nmi"], "nmi"),
        ("ohms", ["V", "A", "Ω"], "Ω"),
        ("Ascending order", ["asc", "desc"], "asc"),
        ("one-way", ["oneway", "round trip"], "oneway"),
        ("large pizzas", ["small", "large"], "large"),
        ("films", ["movie", "song"], "movie"),
        ("kilometers", ["km", "mi"], "km"),
        ("dollars", ["USD", "EUR"], "USD"),
        ("economy class", ["ECONOMY", "BUSINESS"], "ECONOMY"),
        ("business", ["Business Class", "First Class"], "Business Class"),
        ("low-fat", ["low_fat", "high_fat"], "low_fat"),
        ("three", [1, 2, 3], 3),
    ],
)
def test_the_choice_that_is_meant_is_taken(text: str, choices: list[JsonValue], value: JsonValue):
    chosen = choose(text, choices)
    assert chosen is not None and chosen.value == value
    assert said(text, view(enum=choices)) == value


def test_null_is_a_choice_and_an_open_choice_is_none():
    chosen = choose("none", [None, "a"])
    assert chosen is not None and chosen.value is None
    assert choose("s", ["small", "slow"]) is None
    assert choose("green", ["red", "blue"]) is None
    assert choose("", ["red"]) is None


def test_formulas_become_python_only_where_the_document_asks():
    assert said("3x^2 + 2x", view(text="A Python expression")) == "3x**2 + 2x"
    assert said("3x^2 + 2x", view(text="the formula")) == "3x^2 + 2x"
    assert python_formula("3x² + 2(x - 1)", "e.g. 3*x**2") == "3*x**2 + 2*(x - 1)"
    assert python_formula("x squared plus log10(x)", "Python, 2*x") == "x**2 plus log10(x)"


def test_currencies_flags_objects_and_untyped_values():
    assert said("euros", view("from_currency")) == "EUR"
    assert said("$5", view("currency")) == "USD"
    assert said("without sugar", view(type="boolean")) is False
    assert said("yes", view(type="boolean")) is True
    assert said("maybe", view(type="boolean")) is None
    assert said('{"a": [1, null]}', view(type="object")) == {"a": [1, None]}
    assert said('{"a": 1e999}', view(type="object")) is None
    assert said("12", view(type="anything")) == 12
    assert said("May", view("month", type="integer")) == 5


def test_candidates_are_converted_as_spans_are():
    text = "fly 5 miles tomorrow at 20% for 1.5 million"
    values = {c.text: c for c in find_values(text, NOW)}
    assert convert(values["5"], view(text="in km", type="number")) == 8.04672
    assert convert(values["tomorrow"], view("date", "MM/DD/YYYY")) == "11/22/2026"
    assert convert(values["20%"], view(type="number")) == 0.2
    assert convert(values["1.5 million"], view(type="integer")) == 1_500_000


PARAMETERS = [
    view(),
    view("start_date", "YYYY-MM-DD"),
    view("time", "the time"),
    view("n", "in km or seconds", type="integer"),
    view("currency"),
    view("f", "Python"),
    view("length", "ISO 8601 duration"),
    view(enum=["a", "b", 3]),
    view(type="boolean"),
    view(type="object"),
    view(type="anything"),
    view(**LISTS),
    array("integer"),
    array("string", "dates", "YYYY-MM-DD"),
]
HOSTILE = """a| a|1|1 |1,|a,|(|[|{|[(|'|"|“ |and |a and |next |in two hours |5 May to |first Monday of
|12:|1-|-|$|%|a.|a@|a.b@|x^
|(x)|2x+|sin(|_a|a_|the |1,2 |half past |1h|P1|YYYY|MM-|e.g. |9/|½|http://|A |#|°|1e|or |0.|{"a":|two hundred and """


@pytest.mark.parametrize("unit", [u for line in HOSTILE.split("\n") for u in line.split("|") if u])
def test_hostile_texts_are_read_in_one_pass(unit: str):
    """A pattern that backtracks would take hours on any of these."""
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    for parameter in PARAMETERS:
        convert_span(text, 0, 100_000 if parameter.type == "str" else 3_000, parameter, NOW)
    for value in find_values(text, NOW):
        convert(value, PARAMETERS[3])
    document = view("date", text)
    asked_form(document)
    convert_span("in 5 km tomorrow", 3, 16, document, NOW)


@settings(max_examples=300)
@given(st.text(max_size=120), st.integers(0, 120), st.integers(0, 120), st.sampled_from(PARAMETERS))
def test_any_span_is_converted_or_is_none(text: str, start: int, end: int, parameter: ParameterView):
    value = convert_span(text, start, end, parameter, NOW)
    kinds = {"int": int, "float": int | float, "bool": bool, "list": list, "dict": dict, "str": str}
    if value is not None and not parameter.choices and parameter.type in kinds:
        assert isinstance(value, kinds[parameter.type])


@pytest.mark.parametrize(
    ("span", "counted"),
    [("2 people", "2"), ("two", "2"), ("$1,310", "1310"), ("1310 bucks", "1310"), ("me and Bob", "me and Bob")],
)
def test_a_text_that_counts_is_given_as_digits(span: str, counted: str):
    assert said(span, view("seats", "Number of seats to reserve")) == counted


def test_the_number_of_a_thing_counts_nothing():
    assert said("+1 555 0100", view("phone", "The phone number of the person")) == "+1 555 0100"
    assert said("room 12", view("room", "Number of the room")) == "room 12"


def test_what_a_text_counts_or_measures_is_given_in_digits_and_digits_as_they_are():
    assert said("six", view("stay", "Length of stay in days")) == "6"
    assert said("half an hour", view("length", "The duration of the call in minutes")) == "30"
    assert said("four stars", view("stars", "Star rating of the hotel")) == "4"
    assert said("3.70", view("stars", "Star rating of the hotel")) == "3.70"
    assert said("six", view("title", "The title of the song")) == "six"


def test_a_list_is_taken_without_the_name_of_the_parameter_before_it():
    words = ParameterView(Parameter.model_validate({"name": "sort_words", "schema": {"type": "array"}}), 0)
    assert said("words pear, apple and plum", words) == ["pear", "apple", "plum"]
    assert said("words", words) == ["words"]
    assert said("crosswords and words", words) == ["crosswords", "words"]


@pytest.mark.parametrize(
    ("text", "name", "description", "value"),
    [
        ("NYC", "where_to", "Location of the house", "New York"),
        ("la", "destination", "Location of the hotel", "Los Angeles"),
        ("LAX", "location", "Location of the hotel", "LAX"),
        ("SF", "location", "Location of the file on disk", "SF"),
        ("SF", "destination", "IATA code of the destination airport", "SF"),
    ],
)
def test_a_city_known_by_a_short_name_is_written_out_where_something_is(text, name, description, value):
    assert said(text, view(name, description)) == value
