from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.core.documents import Parameter
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.code_forms import asked_code, choose_code, write_code
from taskmatrix.mcfm.embedded.values.codes import country, language, us_state
from taskmatrix.mcfm.embedded.values.converting import convert_span
from taskmatrix.mcfm.embedded.values.date_forms import write_point
from taskmatrix.mcfm.embedded.values.edges import whole_span
from taskmatrix.mcfm.embedded.values.joining import asked_joint

NOW = datetime(2026, 11, 21, 19, 18, tzinfo=UTC)
ROWS = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}


def view(name: str = "x", text: str = "", **schema: object) -> ParameterView:
    data = {"name": name, "description": text, "schema": schema or {"type": "string"}}
    return ParameterView(Parameter.model_validate(data), 0)


def number(name: str, text: str = "") -> ParameterView:
    return view(name, text, type="integer")


def said(span: str, parameter: ParameterView) -> JsonValue:
    text = f"do it {span} please"
    return convert_span(text, 6, 6 + len(span), parameter, NOW)


@pytest.mark.parametrize(
    ("text", "alpha2", "alpha3"),
    [
        ("the US", "US", "USA"),
        ("U.S.", "US", "USA"),
        ("United States of America", "US", "USA"),
        ("UK", "GB", "GBR"),
        ("great britain", "GB", "GBR"),
        ("South Korea", "KR", "KOR"),
        ("Côte d’Ivoire", "CI", "CIV"),
        ("Ivory Coast", "CI", "CIV"),
        ("St. Lucia", "LC", "LCA"),
        ("Germany's", "DE", "DEU"),
        ("Türkiye", "TR", "TUR"),
        ("DEU", "DE", "DEU"),
    ],
)
def test_countries_are_known_by_the_names_that_people_say(text: str, alpha2: str, alpha3: str):
    found = country(text)
    assert found is not None and (found.alpha2, found.alpha3) == (alpha2, alpha3)


def test_large_cities_are_given_their_state_where_the_document_wants_both():
    where = view("location", "The city and state, e.g. San Francisco, CA")
    assert said("Chicago", where) == "Chicago, IL"
    assert said("St. Louis", where) == "St. Louis, MO"
    assert said("Chicago, Illinois", where) == "Chicago, Illinois"
    assert said("Chicago, Illinois", view("city", "In the format 'City, ST', such as 'Berkeley, CA'")) == "Chicago, IL"
    assert said("chicago il", where) == "Chicago, IL"
    assert said("Paris", where) == "Paris"
    assert said("Chicago", view("location", "Where, in the format city, state")) == "Chicago, IL"
    assert said("Chicago", view("location", "Where (e.g. city, state, or country)")) == "Chicago"
    assert said("Chicago", view("city", "The city")) == "Chicago"
    assert said("Chicago", view("location", "Where, such as Berlin, Germany")) == "Chicago"


def test_a_city_tells_its_state():
    assert said("San Francisco", view("state", "The state")) == "California"
    assert said("San Francisco", view("state", "Two-letter state code")) == "CA"
    assert said("Ohio", view("state", "The state")) == "Ohio"
    assert said("San Francisco", view("city_state", "Where")) == "San Francisco"


def test_words_that_look_like_codes_name_nothing():
    assert [country(t) for t in ("us", "it", "in", "", "Paris", "a" * 1000)] == [None] * 6
    assert [language(t) for t in ("no", "it", "is", "", "Python", "xx-US")] == [None] * 6
    assert [us_state(t) for t in ("in", "or", "", "Toronto")] == [""] * 4


@pytest.mark.parametrize(
    ("document", "words", "value"),
    [
        (("country_code", "ISO 3166-1 alpha-2"), "France", "FR"),
        (("country_code", "ISO alpha-3"), "the United States", "USA"),
        (("country", "e.g. 'us', 'gb'"), "the UK", "gb"),
        (("gl", "The country code of the results (e.g., 'US')"), "Spain", "ES"),
        (("country", "The country, such as Germany"), "France", "France"),
        (("country", "The country"), "France", "France"),
        (("country", "The name or the code of the country"), "France", "France"),
        (("country_code", "The dialing code of the country"), "France", "France"),
        (("lang", "The language code. Defaults to 'en'."), "French", "fr"),
        (("lang", "The language code, e.g. 'EN'"), "French", "FR"),
        (("locale", "e.g. en-US"), "French", "fr-FR"),
        (("locale", "e.g. en_US"), "Brazilian Portuguese", "pt_BR"),
        (("locale", "e.g. en-US"), "French (Canada)", "fr-CA"),
        (("lang", "Such as 'en', 'fr' or 'zh-CN'"), "Chinese", "zh-CN"),
        (("language", "The language of the articles, e.g. 'English'"), "French", "French"),
        (("language", "The language code of the program"), "Python", "Python"),
        (("state", "Two-letter abbreviation of the state"), "New York", "NY"),
        (("state", "The state of the lamp, e.g. 'on'"), "Maine", "Maine"),
        (("text", "What to translate, into the language code given"), "French", "French"),
    ],
)
def test_a_name_becomes_a_code_where_the_document_asks_for_one(document: tuple[str, str], words: str, value: str):
    assert said(words, view(*document)) == value


def test_a_default_or_an_enum_of_codes_asks_for_codes_too():
    assert said("German", view("lang", type="string", default="en")) == "de"
    assert said("German", view("lang", enum=["en", "de"])) == "de"
    assert said("the UK", view("market", enum=["us", "gb", "all"])) == "gb"
    assert choose_code("Indiana", ["IN", "CA"]) == "IN"
    assert choose_code("Canadian French", ["fr-FR", "fr-CA"]) == "fr-CA"
    assert choose_code("India", ["in", "cm"]) in ("in", "")
    assert choose_code("France", ["red", "blue"]) == ""


CODES = sorted({c for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if country(c := a + b)})


@given(st.sampled_from(CODES))
def test_both_codes_of_a_country_lead_to_it(code: str):
    found = country(code)
    form = asked_code(view("country", "ISO alpha-3"))
    assert found is not None and form is not None
    assert country(found.alpha3) == found
    assert write_code(code, form) == found.alpha3


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)), st.times().map(lambda t: t.replace(microsecond=0)))
def test_each_parameter_takes_its_part_of_a_date(day: date, clock: time):
    for pattern in ("%B %-d, %Y", "%-d %B %Y", "%Y-%m-%d", "%B %-d, %Y at %-I:%M %p"):
        span = write_point(datetime.combine(day, clock), pattern)
        assert said(span, number("year")) == day.year
        assert said(span, number("birth_month")) == day.month
        assert said(span, number("day")) == day.day
        assert said(span, view("month", "The month (1-12)")) == str(day.month)
        assert said(span, view("year")) == str(day.year)
    assert said(span, number("hour")) == clock.hour
    assert said(span, number("minute")) == clock.minute


def test_parts_that_were_not_said_are_not_taken():
    assert said("January 15", number("year")) is None
    assert said("March 2023", number("day")) is None
    assert said("March 2023", number("month")) == 3
    assert said("2 hours", number("hour")) == 2
    assert said("3 pm", number("hour")) == 15
    assert said("January", number("month")) == 1
    assert said("January 15, 2023", view("month")) == "January"
    assert said("January 15, 2023", view("month", "as MM")) == "01"
    assert said("January 15, 2023", view("start_day", "YYYY-MM-DD")) == "2023-01-15"


@pytest.mark.parametrize(
    ("text", "count"),
    [("0 = Sunday, 6 = Saturday", 0), ("0 (Monday) to 6", 6), ("Monday = 1, Sunday = 7", 7), ("", 7)],
)
def test_days_of_the_week_are_counted_as_the_document_counts(text: str, count: int):
    assert said("Sunday", number("weekday", text)) == count
    assert said("January 15, 2023", number("day_of_week", text)) == count


def test_a_day_of_the_week_may_be_a_name():
    assert said("January 15, 2023", view("weekday")) == "Sunday"
    assert said("on Sunday", view("day_of_week", "e.g. Mon")) == "Sun"
    assert said("Sunday", view("day", "The day of the week")) == "Sunday"


@given(st.lists(st.lists(st.integers(-99, 99), min_size=1, max_size=3), min_size=2, max_size=4), st.data())
def test_brackets_cut_off_at_the_edges_come_back(rows: list[list[int]], data: st.DataObject):
    text = f"use {rows} now"
    start = data.draw(st.integers(4, 6))
    end = data.draw(st.integers(len(text) - 6, len(text) - 4))
    assert convert_span(text, start, end, view(**ROWS), NOW) == rows


@pytest.mark.parametrize("start", [5, 6])
@pytest.mark.parametrize("end", [33, 34, 35])
def test_a_quote_keeps_the_mark_inside_it(start: int, end: int):
    text = "post 'How can I improve my skills?' now"
    assert convert_span(text, start, end, view(), NOW) == "How can I improve my skills?"


def test_what_does_not_stand_right_beside_is_not_added():
    assert convert_span("is (a) smile :) or not", 7, 15, view(), NOW) == "smile :)"
    assert convert_span("it's Bob's? no", 5, 8, view(), NOW) == "Bob"
    assert said("what now?", view()) == "what now"


@settings(max_examples=300)
@given(st.text(alphabet="ab'\"()[]{}?. ", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_a_whole_span_holds_the_span_and_lies_in_the_text(text: str, start: int, end: int):
    first, last = whole_span(text, start, end)
    if start < end and text[start:end].strip():
        assert 0 <= first <= last <= len(text)
        assert text[start:end].strip() in text[first:last]


@given(st.lists(st.from_regex(r"[a-z]{2,6}[0-9]{1,3}", fullmatch=True), min_size=2, max_size=6))
def test_ids_said_as_a_list_are_joined_where_commas_are_asked_for(ids: list[str]):
    spoken = f"{', '.join(ids[:-1])} and {ids[-1]}"
    quoted = f"{', '.join(repr(i) for i in ids[:-1])}, and {ids[-1]!r}"
    for words in (spoken, quoted, str(ids), ",".join(ids)):
        assert said(words, view("ids", "The ids, separated by commas")) == ",".join(ids)
        assert said(words, view("ids", type="string", example="a1,b2,c3")) == ",".join(ids)
    assert said(spoken, view("text")) == spoken


def test_joined_values_take_the_form_that_is_asked_for():
    assert said("the Euro and the Japanese Yen", view("to", "Comma-separated list of currencies")) == "EUR,JPY"
    assert said("Germany and France", view("countries", "Comma-separated country codes")) == "DE,FR"
    assert said("Paris and London", view("city", "The city, e.g. Paris,France")) == "Paris and London"
    assert asked_joint(view("price", "e.g. 1,000,000")) == ""


def test_percentages_fractions_and_ranges_stay_as_they_are():
    for words in ("20%", "3/4", "1 to 5", "10-20%", "1-10"):
        assert said(words, view()) == words
        assert said(words, view("range", "values separated by commas")) == words


@pytest.mark.parametrize(
    "unit", ["a", "the ", "e.g. ", "'en', ", "code ", "1,", "[", "(", "'", "day of ", "ISO ", "en-", "=a/"]
)
def test_hostile_documents_and_spans_are_read_in_one_pass(unit: str):
    """A pattern that backtracks would take hours on any of these."""
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    for name in ("country", "lang", "state", "day", "month", "weekday", "ids"):
        parameter = view(name, text)
        asked_code(parameter)
        asked_joint(parameter)
        convert_span(text, 3, 3_000, parameter, NOW)
        convert_span(text, 0, 79, view(name, "2-letter code, separated by commas"), NOW)
        convert_span(text, 0, 79, number(name, text), NOW)
