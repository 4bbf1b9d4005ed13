from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import get_args

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmatrix.core.documents import Parameter, parse_document
from taskmatrix.core.protocols import Context, Request
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.candidates import find_values
from taskmatrix.mcfm.embedded.values.converting import convert, convert_span
from taskmatrix.mcfm.embedded.values.date_forms import Form, asked_form, write_moment, write_point
from taskmatrix.mcfm.embedded.values.durations import read_duration
from taskmatrix.mcfm.embedded.values.halves import Half, half_of, takers_of_halves
from taskmatrix.mcfm.embedded.values.moments import Moment, find_moments, find_periods, read_moment

SATURDAY = datetime(2026, 11, 21, 19, 18, tzinfo=timezone(timedelta(hours=1)))


def view(name: str, text: str = "", **schema: object) -> ParameterView:
    data = {"name": name, "description": text, "schema": schema or {"type": "string"}}
    return ParameterView(Parameter.model_validate(data), 0)


def said(span: str, parameter: ParameterView) -> object:
    text = f"do it {span} please"
    return convert_span(text, 6, 6 + len(span), parameter, SATURDAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-21"),
        ("tomorrow", "2026-11-22"),
        ("the day after tomorrow", "2026-11-23"),
        ("yesterday", "2026-11-20"),
        ("next Monday", "2026-11-23"),
        ("last Friday", "2026-11-20"),
        ("on Tuesday", "2026-11-24"),
        ("this Saturday", "2026-11-21"),
        ("this weekend", "2026-11-21"),
        ("next month", "2026-12-01"),
        ("the end of the month", "2026-11-30"),
        ("the beginning of next year", "2027-01-01"),
        ("in three weeks", "2026-12-12"),
        ("10 days ago", "2026-11-11"),
        ("in 3 months", "2027-02-21"),
        ("a week from Friday", "2026-12-04"),
        ("2 weeks before May 5", "2027-04-21"),
        ("the first Monday of June", "2027-06-07"),
        ("5 May 2023", "2023-05-05"),
        ("May 5th, 2023", "2023-05-05"),
        ("the 3rd of March 2021", "2021-03-03"),
        ("Monday, May 5, 2025", "2025-05-05"),
        ("the twenty-first of June", "2027-06-21"),
        ("5-May-2023", "2023-05-05"),
        ("12/31/2020", "2020-12-31"),
        ("31/12/2020", "2020-12-31"),
        ("05.06.2024", "2024-06-05"),
        ("2024/5/6", "2024-05-06"),
        ("Feb 29", "2028-02-29"),
        ("the third of March", "2027-03-03"),
        ("Saturday this week", "2026-11-21"),
        ("on Monday of next week", "2026-11-23"),
        ("next week on Thursday", "2026-11-26"),
        ("last week, Monday", "2026-11-09"),
        ("later today", "2026-11-21"),
    ],
)
def test_days_are_read_against_the_clock_of_the_run(text: str, day: str):
    found = read_moment(text, SATURDAY)
    assert found is not None and found.day == date.fromisoformat(day) and found.clock is None


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("Tuesday evening at 7", "2026-11-24T19:00"),
        ("Friday morning 9:30", "2026-11-27T09:30"),
        ("in the evening at 6:15 tomorrow", "2026-11-22T18:15"),
        ("tomorrow, afternoon 2:15", "2026-11-22T14:15"),
        ("in two hours", "2026-11-21T21:18"),
        ("90 minutes ago", "2026-11-21T17:48"),
        ("an hour and a half from now", "2026-11-21T20:48"),
        ("3 pm tomorrow", "2026-11-22T15:00"),
        ("tomorrow morning", "2026-11-22T09:00"),
        ("tonight at 8", "2026-11-21T20:00"),
        ("Friday noon", "2026-11-27T12:00"),
        ("5 May 2023 at 10:30", "2023-05-05T10:30"),
        ("2024-05-31T10:00:00", "2024-05-31T10:00"),
        ("noon", "2026-11-22T12:00"),
        ("half past nine in the evening", "2026-11-21T21:30"),
        ("a quarter to nine", "2026-11-22T08:45"),
        ("12 am", "2026-11-22T00:00"),
    ],
)
def test_times_are_points_on_the_next_day_that_has_them(text: str, point: str):
    found = read_moment(text, SATURDAY)
    assert found is not None and found.point().replace(tzinfo=None) == datetime.fromisoformat(point)


def test_what_is_no_date_is_not_read_as_one():
    for text in (
        "4",
        "may I",
        "size bed",
        "second",
        "February 31, 2020",
        "25:00",
        "in the meantime",
        "3 to 7",
        "",
        "1/2",
    ):
        assert read_moment(text, SATURDAY) is None


def test_a_zone_that_is_said_is_kept():
    found = read_moment("2024-05-31T10:00:00+02:00", SATURDAY)
    assert found is not None and found.point() == datetime(2024, 5, 31, 8, tzinfo=UTC)


FORMS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%m-%d-%Y",
    "%Y%m%d",
    "%-d %B %Y",
    "%d %b %Y",
    "%B %-d, %Y",
    "%A, %B %d, %Y",
    "%d-%b-%Y",
)
CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%-I:%M%P")


@settings(max_examples=300)
@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2060, 1, 1)), st.sampled_from(FORMS), st.sampled_from(("", *CLOCKS))
)
def test_what_is_written_in_a_form_reads_back_as_the_same_date(point: datetime, form: str, clock: str):
    text = write_point(point, f"{form} {clock}".strip())
    found = read_moment(text, SATURDAY, day_first=Form(form).day_first)
    assert found is not None and found.day == point.date()
    if clock:
        assert found.clock == point.time().replace(second=point.second if "%S" in clock else 0, microsecond=0)


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ("in YYYY-MM-DD format", "2026-11-22"),
        ("MM/DD/YYYY", "11/22/2026"),
        ("DD/MM/YYYY HH:MM", "22/11/2026 15:00"),
        ("as '%Y-%m-%d %H:%M:%S'", "2026-11-22 15:00:00"),
        ("yyyy-MM-dd'T'HH:mm:ssZ", "2026-11-22T14:00:00Z"),
        ("ISO 8601", "2026-11-22T15:00:00"),
        ("an RFC 3339 time", "2026-11-22T15:00:00+01:00"),
        ("Unix timestamp", "1795356000"),
        ("epoch in milliseconds", "1795356000000"),
        ("(e.g. 2023-04-01)", "2026-11-22"),
        ("for example 5 June 2023", "22 November 2026"),
        ("such as 'Jun 05, 2023'", "Nov 22, 2026"),
        ("like 09:30 AM", "03:00 PM"),
        ("e.g. 5pm", "3pm"),
        ("HH:MM", "15:00"),
        ("Month DD, YYYY", "November 22, 2026"),
        ("the day it starts", "2026-11-22T15:00:00"),
    ],
)
def test_a_date_is_written_as_the_document_asks(document: str, written: str):
    assert said("3 pm tomorrow", view("date", document)) == written


def test_the_schema_says_the_form_too():
    assert said("tomorrow", view("x", type="string", format="date")) == "2026-11-22"
    assert said("tomorrow", view("x", type="string", format="date-time")) == "2026-11-22T00:00:00+01:00"
    assert said("3 pm", view("x", type="string", format="time")) == "15:00:00"
    assert said("tomorrow", view("x", type="string", example="01/31/2020")) == "11/22/2026"
    assert said("noon", view("timestamp", type="integer")) == 1795345200


def test_days_with_their_month_are_written_in_iso_where_no_form_is_asked_for_and_others_stay_as_said():
    for words in ("5 May 2023", "May 5th, 2023", "the 5th of May 2023"):
        assert said(words, view("start_date", "The first day")) == "2023-05-05"
    for words in ("5 May", "May 5th", "the 5th of May"):
        assert said(words, view("start_date", "The first day")) == "2027-05-05"
    assert said("5 May 2023 at 3 pm", view("date", "The date")) == "2023-05-05T15:00:00"
    for words in ("May 2023", "5/6/2023"):
        assert said(words, view("date", "The date")) == words
    assert said("5 May 2023", view("title", "What it is called")) == "5 May 2023"
    assert said("tomorrow", view("date", "The date")) == "2026-11-22"
    for text in (
        "One of 'today', 'tomorrow'",
        "The day, e.g. this weekend or a date",
        "A day such as today, tomorrow",
    ):
        assert said("tomorrow", view("date", text)) == "tomorrow"
    assert said("tomorrow", view("date", "A date like this one")) == "2026-11-22"
    assert said("tomorrow", view("message", "What to send")) == "tomorrow"


def test_a_period_is_given_as_said_and_a_day_as_its_date():
    assert said("last month", view("time_period", "The period of the figures")) == "last month"
    assert said("last month", view("start_date", "The first day of the figures")) == "2026-10-01"
    assert said("yesterday", view("time_period", "The period of the figures")) == "2026-11-20"


def test_a_form_may_be_named_by_its_parts():
    assert said("2022/08/16", view("date", "The date (month-day-year) to look at")) == "08-16-2022"
    assert said("5 May 2023", view("date", "As day/month/year")) == "05/05/2023"
    assert said("5 May 2023", view("date", "In the format MM-DD-YYY")) == "05-05-2023"
    assert said("5 May 2023", view("rate", "Figures by year-month or day")) == "5 May 2023"


def test_a_day_alone_says_no_time_of_the_day():
    assert said("tomorrow", view("time", "HH:MM")) is None
    assert write_moment(Moment(day=date(2024, 1, 2)), Form("%H:%M")) is None
    assert write_moment(Moment(clock=time(9)), Form("%H:%M")) == "09:00"


def test_the_form_the_document_asks_for_settles_which_number_is_the_month():
    assert said("03/04/2024", view("date", "YYYY-MM-DD")) == "2024-03-04"
    assert said("03/04/2024", view("date", "DD/MM/YYYY")) == "03/04/2024"
    form = asked_form(view("date", "DD/MM/YYYY"))
    assert form is not None and form.day_first


def test_both_ends_of_a_range_share_their_month_and_year():
    text = "a room from 3 to 7 May 2024"
    assert [p.moment.day for p in find_periods(text, SATURDAY)] == [date(2024, 5, 3), date(2024, 5, 7)]
    dates = [c for c in find_values(text, SATURDAY) if c.kind == "date"]
    start, end = view("start", "YYYY-MM-DD"), view("end_date", "YYYY-MM-DD")
    assert {convert(c, start) for c in dates} == {"2024-05-03", "2024-05-07"}
    assert convert_span(text, 12, 13, start, SATURDAY) == "2024-05-03"
    assert convert_span(text, 12, len(text), start, SATURDAY) == "2024-05-03"
    assert convert_span(text, 12, len(text), end, SATURDAY) == "2024-05-07"
    assert not list(find_periods("scale it from 3 to 7", SATURDAY))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("the court from 2 to 3 pm", ("14:00", "15:00")),
        ("the court between 11 and 1 pm", ("11:00", "13:00")),
        ("the court 9-9:30 am", ("09:00", "09:30")),
        ("the court from 10:30 to 12 pm", ("10:30", "12:00")),
    ],
)
def test_both_ends_of_a_range_of_hours_share_their_half_of_the_day(text: str, hours: tuple[str, str]):
    first, last = find_periods(text, SATURDAY)
    form = view("start_time", "HH:MM")
    assert convert_span(text, first.start, first.end, form, SATURDAY) == hours[0]
    assert convert_span(text, last.start, last.end, form, SATURDAY) == hours[1]
    assert convert_span(text, 10, len(text), view("end_time", "HH:MM"), SATURDAY) == hours[1]


@pytest.mark.parametrize("text", ["on Sunday from 2 to 3 pm", "from 2 to 3 pm on Sunday", "tomorrow, 2-3 pm"])
def test_a_range_of_hours_is_on_the_day_beside_it(text: str):
    start = text.index("2")
    point = view("start", "In the form YYYY-MM-DD HH:MM")
    assert convert_span(text, start, start + 1, point, SATURDAY) == "2026-11-22 14:00"
    assert convert_span(text, start, start + 1, view("time", "HH:MM"), SATURDAY) == "14:00"


@pytest.mark.parametrize("text", ["from 9 to 5", "add 2 and 3 pm", "2 to 3 kg", "from 99 to 3 pm"])
def test_no_range_of_hours(text: str):
    assert not list(find_periods(text, SATURDAY))


def test_a_weekend_ends_on_sunday():
    assert said("this weekend", view("start_date", "YYYY-MM-DD")) == "2026-11-21"
    assert said("this weekend", view("end_date", "YYYY-MM-DD")) == "2026-11-22"


def test_a_stay_of_some_days_from_a_day_on_does_not_move_it():
    [found] = find_moments("a scooter for 3 days from Monday", SATURDAY)
    assert found.said == "Monday"
    [found] = find_moments("remind me 3 days from Monday", SATURDAY)
    assert found.said == "3 days from Monday"


def test_dates_in_words_are_found_in_a_text():
    text = "Remind me tomorrow at 3 pm to call Bob. In two hours, may I see the second page?"
    assert [p.said for p in find_moments(text, SATURDAY)] == ["tomorrow at 3 pm", "In two hours"]


@pytest.mark.parametrize(
    ("text", "iso", "minutes"),
    [
        ("two and a half hours", "PT2H30M", 150),
        ("90 minutes", "PT1H30M", 90),
        ("1h30", "PT1H30M", 90),
        ("an hour and a half", "PT1H30M", 90),
        ("half an hour", "PT30M", 30),
        ("1/2 an hour", "PT30M", 30),
        ("3/4 of an hour", "PT45M", 45),
        ("1 and a 1/2 hours", "PT1H30M", 90),
        ("2 hours, 15 minutes and 30 seconds", "PT2H15M30S", 135.5),
        ("3 days", "P3D", 4320),
        ("1 year and 2 months", "P1Y2M", None),
    ],
)
def test_lengths_of_time_are_read(text: str, iso: str, minutes: float | None):
    found = read_duration(text)
    assert found is not None
    assert (found.iso(), found.in_unit("minute")) == (iso, minutes)
    assert read_duration(iso) is not None and read_duration(iso).iso() == iso


def test_so_long_a_day_is_no_length_of_time():
    assert read_duration("5 hours a day") is None
    assert read_duration("a month, 180 months") is None
    assert said("5 hours a day", view("hours_per_day", "How long it runs a day", type="number")) == 5


def test_a_length_of_time_takes_the_unit_that_is_asked_for():
    assert said("two and a half hours", view("duration", "in minutes", type="integer")) == 150
    assert said("1h30", view("timeout_seconds", type="integer")) == 5400
    assert said("90 minutes", view("length", "in hours", type="number")) == 1.5
    assert said("90 minutes", view("length", "ISO 8601 duration, e.g. PT30M")) == "PT1H30M"
    assert said("1500 ms", view("delay", "in seconds", type="number")) == 1.5
    assert said("two months", view("delay", "in seconds", type="number")) is None


@settings(max_examples=200)
@given(st.text(alphabet="0123456789:/-. apmtohfnextuesdayr,", max_size=40), st.booleans())
def test_no_text_makes_the_reader_of_dates_fail(text: str, loose: bool):
    found = read_moment(text, SATURDAY, loose=loose)
    assert found is None or found.point() is not None


@pytest.mark.parametrize(
    ("span", "written"),
    [
        ("half past 4 in the evening", "16:30"),
        ("quarter to 5 in the afternoon", "16:45"),
        ("7 in the evening", "19:00"),
        ("4:30 pm", "4:30 pm"),
        ("3 pm to 5 pm", "3 pm to 5 pm"),
        ("evening", "evening"),
    ],
)
def test_a_time_said_in_words_is_written_as_a_clock_shows_it(span: str, written: str):
    assert said(span, view("time", "Time of the reservation")) == written


TABLE = parse_document(
    {
        "package": "inn",
        "name": "book_table",
        "description": "Book a table at a restaurant.",
        "parameters": [
            {"name": n, "description": text, "required": True, "schema": {"type": "string"}}
            for n, text in (
                ("restaurant", "The name of the restaurant."),
                ("date", "The date of the reservation."),
                ("time", "The time of the reservation."),
            )
        ],
    }
)


@pytest.mark.parametrize(
    ("instruction", "day", "clock"),
    [
        ("Book a table at Sino on March 14th at 7:20 pm", "2027-03-14", "19:20"),
        ("Book a table at Sino tomorrow at 7 pm", "2026-11-22", "19:00"),
        ("Book a table for 7 pm on the 14th of March at Sino", "2027-03-14", "19:00"),
        ("Book a table at Sino for May 3, 2027, 19:30", "2027-05-03", "19:30"),
        ("Book a table at Sino next Friday at half past 8 in the evening", "2026-11-27", "20:30"),
        ("Book a table at Sino on 19 June 2027 from half past five in the afternoon", "2027-06-19", "17:30"),
    ],
)
def test_a_day_and_a_time_said_in_one_breath_go_where_each_belongs(instruction: str, day: str, clock: str):
    request = Request(instruction, documents=(TABLE,), context=Context(now=SATURDAY))
    code = anyio.run(EmbeddedMcfm().write, request, print).code
    assert f"date='{day}', time='{clock}'" in code


def test_a_time_is_on_24_hours_but_where_the_document_shows_its_form():
    def at(text: str, instruction: str) -> str:
        parameters = [p.model_copy(update={"description": text}) if p.name == "time" else p for p in TABLE.parameters]
        document = TABLE.model_copy(update={"parameters": tuple(parameters)})
        request = Request(instruction, documents=(document,), context=Context(now=SATURDAY))
        return anyio.run(EmbeddedMcfm().write, request, print).code

    assert "time='7:20 PM'" in at("The time, such as 8:00 PM.", "Book a table at Sino tomorrow at 7:20 pm")
    assert "time='19:20'" in at("The time of the reservation.", "Book a table at Sino on 2027-03-14 at 7:20 pm")


def test_an_hour_beside_a_day_is_a_time():
    for words, clock in (
        ("tomorrow at 8", 8),
        ("tomorrow at three", 15),
        ("tomorrow at 12", 12),
        ("tomorrow at 17", 17),
    ):
        assert read_moment(words, SATURDAY) == Moment(date(2026, 11, 22), time(clock), None, True, now=SATURDAY)
    for words in ("at 8", "tomorrow at 25", "the shop at 8"):
        assert read_moment(words, SATURDAY) is None
    [found] = [c.text for c in find_values("look on Friday at 3 shops", SATURDAY) if c.kind == "date"]
    assert found == "Friday"


def test_what_is_no_date_is_not_given_where_the_schema_wants_one():
    assert said("Vienna", view("check_in", type="string", format="date")) is None
    assert said("Vienna", view("check_in", "The first night")) == "Vienna"


def test_what_is_asked_about_since_a_day_is_past():
    assert said("May 1st", view("since", "Only orders since then, YYYY-MM-DD")) == "2026-05-01"
    assert said("May 1st 2027", view("since", "Only orders since then, YYYY-MM-DD")) == "2027-05-01"
    assert said("May 1st", view("until", "Only orders until then, YYYY-MM-DD")) == "2027-05-01"


ORDERS = parse_document(
    {
        "package": "shop",
        "name": "list_orders",
        "description": "List orders of the shop.",
        "parameters": [
            {"name": "customer", "description": "Only orders of this customer.", "schema": {"type": "string"}},
            {"name": "since", "description": "Only orders since this day, YYYY-MM-DD.", "schema": {"type": "string"}},
        ],
    }
)


def test_a_day_that_a_parameter_of_another_name_takes_is_no_time_to_wait_for():
    request = Request("List orders since May 1st", documents=(ORDERS,), context=Context(now=SATURDAY))
    program = anyio.run(EmbeddedMcfm().write, request, print)
    assert program.trigger is None
    assert "since='2026-05-01'" in program.code


def test_only_parameters_that_take_one_of_the_two_each_get_halves():
    day, clock = view("leaving_date", "The day"), view("leaving_time", "When it leaves")
    assert takers_of_halves([day, clock, view("title", "")]) == {"leaving_date": "day", "leaving_time": "clock"}
    assert takers_of_halves([day]) == {}
    assert takers_of_halves([clock, view("date", "Date and time of the event")]) == {}
    assert takers_of_halves([view("start", "In the form YYYY-MM-DD"), view("at", "As HH:MM")]) == {
        "start": "day",
        "at": "clock",
    }


def test_a_city_is_taken_without_its_country():
    city, country = view("pickup_city", "Where to start"), view("country", "The country of it")
    assert takers_of_halves([city, country]) == {"pickup_city": "city", "country": "region"}
    assert takers_of_halves([city]) == {"pickup_city": "city"}
    assert takers_of_halves([country]) == takers_of_halves([view("location", "A place")]) == {}
    assert takers_of_halves([view("city", "City and state, e.g. Austin, TX")]) == {}
    for text in ("City where the bus leaves", "The name of the city", "Destination city or town of the trip"):
        assert takers_of_halves([view("to", text)]) == {"to": "city"}
    for text in ("City or airport", "The city, e.g. Austin, TX", "City code (IATA)", "Population of the city"):
        assert takers_of_halves([view("to", text)]) == {}
    text = "to London, UK"
    assert [text[slice(*half_of(text, 3, 13, half))] for half in ("city", "region")] == ["London", "UK"]
    assert half_of(text, 3, 9, "city") == (3, 9)


def test_what_is_no_date_is_not_given_where_the_document_spells_out_a_form():
    assert said("SF", view("check_in", "The first night, as YYYY-MM-DD")) is None
    assert said("tomorrow", view("check_in", "The first night, as YYYY-MM-DD")) == "2026-11-22"
    assert said("latest", view("date", "The day, e.g. 2024-05-01")) == "latest"


def test_a_city_is_given_by_its_full_name():
    city, title = view("to", "City where the bus is going to"), view("title", "What it is called")
    assert [said(words, city) for words in ("SF", "N.Y.C.", "Philly", "Oslo")] == [
        "San Francisco", "New York", "Philadelphia", "Oslo",
    ]  # fmt: skip
    assert said("SF", title) == "SF"
    assert said("LAX", view("city_code", "City to fly to, by its IATA code")) == "LAX"


def test_a_currency_is_taken_without_its_amount():
    target = view("target", "Currency to convert to, ISO 4217")
    assert takers_of_halves([target, view("to", "Where to")]) == {"target": "currency"}
    for text, currency in (("30 CHF", "CHF"), ("$ 1,250.50", "$"), ("100 US dollars", "US dollars"), ("EUR", "EUR")):
        assert text[slice(*half_of(text, 0, len(text), "currency"))] == currency
    assert said("US dollars", target) == "USD"


@given(st.text(alphabet="March 14th at7:20pm,onmorw.UK", max_size=40), st.sampled_from(get_args(Half)))
def test_a_half_lies_within_what_was_said(text: str, half: Half):
    start, end = half_of(text, 0, len(text), half)
    assert 0 <= start <= end <= len(text)


WHEN = {"type": "string", "format": "date-time"}


def test_a_day_with_its_time_is_not_asked_about_where_the_day_alone_could_be_meant() -> None:
    parameters = [
        {"name": "text", "description": "What to be reminded of", "required": True, "schema": {"type": "string"}},
        {"name": "time", "description": "When, ISO 8601", "required": True, "schema": WHEN},
    ]
    reminder = {"package": "app", "name": "set_reminder", "description": "Set a reminder.", "parameters": parameters}
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)
    request = Request(
        "Remind me tomorrow at 8 to buy milk", documents=(parse_document(reminder),), context=Context(now=now)
    )
    program = anyio.run(EmbeddedMcfm().write, request, print)
    assert "time='2026-11-22T08:00:00Z'" in program.code
