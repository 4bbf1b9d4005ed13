import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.documents import Parameter
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.amounts import read_amount
from taskmatrix.mcfm.embedded.values.candidates import find_values
from taskmatrix.mcfm.embedded.values.currencies import currency_code
from taskmatrix.mcfm.embedded.values.measuring import Quantity, converted, measures, read_quantity
from taskmatrix.mcfm.embedded.values.numerals import read_number

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_ONES += "seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number: int) -> str:
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if size == 100 and rest else " "
            return f"{in_words(number // size)} {name}{joint}{in_words(rest) if rest else ''}".strip()
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10 - 2] + (f"-{_ONES[number % 10]}" if number % 10 else "")


def view(text: str = "", kind: str = "number", name: str = "x") -> ParameterView:
    return ParameterView(Parameter.model_validate({"name": name, "description": text, "schema": {"type": kind}}), 0)


@given(st.integers(0, 999_999_999))
def test_a_number_in_words_reads_as_the_number(number: int):
    assert read_number(in_words(number)) == number


@given(st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9).filter(lambda f: "e" not in repr(f)))
def test_a_number_in_figures_reads_as_the_number(number: float):
    assert read_number(str(number)) == number
    assert read_number(f"{number:,}") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("twenty-five", 25),
        ("a dozen", 12),
        ("two dozen", 24),
        ("half a million", 500_000),
        ("two and a half", 2.5),
        ("two and a half million", 2_500_000),
        ("three quarters", 0.75),
        ("1.5 million", 1_500_000),
        ("1.005 thousand", 1005),
        ("3k", 3_000),
        ("1/2", 0.5),
        ("2 1/2", 2.5),
        ("2 and 1/2", 2.5),
        ("1 and a 3/4", 1.75),
        ("2½", 2.5),
        ("minus five", -5),
        ("+7", 7),
        ("three point one four", 3.14),
        ("0.8325777738861961", 0.8325777738861961),
        ("1e5", 100_000),
    ],
)
def test_numbers_as_people_say_them(text: str, number: float):
    assert read_number(text) == number


def test_what_is_not_one_number_is_none():
    for text in ("five six", "two and three", "a", "and", "1/0", "1e999", "9" * 10_000, "12 345", "second", "", "-"):
        assert read_number(text) is None


def test_amounts_say_what_they_are_amounts_of():
    assert read_quantity("$1,200") == Quantity(1200, currency="USD")
    assert read_quantity("30 euros") == Quantity(30, currency="EUR")
    assert read_quantity("$3m") == Quantity(3_000_000, currency="USD")
    assert read_quantity("USD 50") == Quantity(50, currency="USD")
    assert read_quantity("7.5%") == Quantity(7.5, percent=True)
    assert read_quantity("20 °C") == Quantity(20, unit="celsius")
    assert read_quantity("3 pages") == Quantity(3, rest=" pages")


def test_currencies_are_known_by_name_sign_and_code():
    assert [currency_code(t) for t in ("Euros", "£", "JPY", "Indian rupees", "usd", "try")] == [
        "EUR",
        "GBP",
        "JPY",
        "INR",
        "",
        "",
    ]


def test_units_are_converted_only_to_what_measures_the_same():
    assert converted(98.6, "fahrenheit", "celsius") == 37
    assert converted(5, "mile", "kilometre") == 8.04672
    assert converted(1, "pound", "gram") == 453.59237
    assert converted(5, "gram", "metre") is None


def test_documents_ask_for_units_where_the_words_say_so():
    assert measures("The distance in meters") == {"metre"}
    assert measures("temperature (°C)") == {"celsius"}
    assert not measures("The second number, minimum of the day, in km/h per hour")


@pytest.mark.parametrize(
    ("text", "document", "kind", "value"),
    [
        ("5 miles", "in km", "number", 8.04672),
        ("5 km", "in km", "number", 5),
        ("5", "in km", "number", 5),
        ("5 kg", "in km", "number", None),
        ("150 cm", "in feet or meters", "number", None),
        ("5 miles", "how far", "number", 5),
        ("20%", "as a decimal", "number", 0.2),
        ("20%", "the rate, e.g. 0.05", "number", 0.2),
        ("20 percent", "percentage between 0 and 100", "number", 20),
        ("20%", "the discount in %", "integer", 20),
        ("$1,200.50", "how much", "number", 1200.5),
        ("5 pounds", "the price", "number", 5),
        ("about 20 pages", "how many", "integer", 20),
        ("the third one", "which", "integer", 3),
        ("2.5", "how many", "integer", None),
        ("19.0", "how many", "integer", 19),
        ("5 and 6", "how many", "integer", None),
        ("none", "how many", "integer", None),
        ("2 weeks", "the number of days", "integer", 14),
    ],
)
def test_a_number_takes_the_form_the_document_asks_for(text: str, document: str, kind: str, value: float | None):
    assert read_amount(text, view(document, kind)) == value


def test_the_name_of_a_parameter_gives_a_unit():
    assert read_amount("5 miles", view(name="distance_km")) == 8.04672
    assert read_amount("298K", view("The temperature of the gas", name="temp")) == 298
    assert read_amount("300 K", view("Temperature in Celsius", name="temperature")) == 26.85
    assert read_amount("298K", view("The budget", name="budget")) == 298_000
    assert read_amount("2 seconds", view(name="timeoutMs", kind="integer")) == 2000


def test_numbers_of_several_words_are_one_value():
    text = "send two hundred and forty letters, a dozen eggs and half a million stamps to five or six people"
    assert [c.value for c in find_values(text) if c.kind == "number"] == [240, 12, 500_000, 5, 6]
