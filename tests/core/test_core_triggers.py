from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from taskmatrix.core.triggers import TRIGGER, At, Cron, Every, OnTopic, Trigger, next_time

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # pyright: ignore[reportArgumentType]


def times(trigger: Trigger, zone: str, after: datetime, count: int) -> list[str]:
    found: list[str] = []
    for _ in range(count):
        following = next_time(trigger, zone, after)
        assert following is not None
        assert following > after
        after = following
        found.append(f"{following.astimezone(ZoneInfo(zone)):%m-%d %H:%M %z}")
    return found


def test_a_time_fires_once() -> None:
    trigger = At(at=at(BERLIN, 2026, 3, 4, 9))
    assert next_time(trigger, BERLIN, at(BERLIN, 2026, 3, 4, 8, 59)) == at("UTC", 2026, 3, 4, 8)
    assert next_time(trigger, BERLIN, at(BERLIN, 2026, 3, 4, 9)) is None


@pytest.mark.parametrize("trigger", [
    Every(interval="P1D", start=at(BERLIN, 2026, 3, 1, 9)),
    Cron(expression="0 9 * * *"),
])  # fmt: skip
def test_every_day_at_nine_is_nine_on_the_wall_in_summer_and_winter(trigger: Trigger) -> None:
    assert times(trigger, BERLIN, at(BERLIN, 2026, 3, 27, 12), 3) == [
        "03-28 09:00 +0100", "03-29 09:00 +0200", "03-30 09:00 +0200",
    ]  # fmt: skip


@pytest.mark.parametrize("trigger", [
    Every(interval="P1D", start=at(BERLIN, 2026, 3, 1, 2, 30)),
    Cron(expression="30 2 * * *"),
])  # fmt: skip
def test_a_time_that_the_clock_skips_or_shows_twice_fires_once_that_day(trigger: Trigger) -> None:
    spring = times(trigger, BERLIN, at(BERLIN, 2026, 3, 28, 12), 2)
    assert [when[:5] for when in spring] == ["03-29", "03-30"]
    autumn = times(trigger, BERLIN, at(BERLIN, 2026, 10, 24, 12), 2)
    assert autumn == ["10-25 02:30 +0200", "10-26 02:30 +0100"]


def test_hours_pass_also_in_the_night_when_the_clock_is_changed() -> None:
    hourly = Every(interval="PT1H", start=at(NEW_YORK, 2026, 11, 1, 0))
    assert times(hourly, NEW_YORK, at(NEW_YORK, 2026, 11, 1, 0), 3) == [
        "11-01 01:00 -0400", "11-01 01:00 -0500", "11-01 02:00 -0500",
    ]  # fmt: skip


def test_the_last_day_of_a_month_is_clipped_and_comes_back() -> None:
    monthly = Every(interval="P1M", start=at(BERLIN, 2026, 1, 31, 9))
    found = times(monthly, BERLIN, at(BERLIN, 2026, 1, 31, 9), 4)
    assert [when[:5] for when in found] == ["02-28", "03-31", "04-30", "05-31"]


def test_nothing_fires_after_the_end() -> None:
    for trigger in (
        Every(interval="PT5M", start=at("UTC", 2026, 1, 1), end=at("UTC", 2026, 1, 1, 0, 10)),
        Cron(expression="*/5 * * * *", end=at("UTC", 2026, 1, 1, 0, 10)),
    ):
        assert next_time(trigger, "UTC", at("UTC", 2026, 1, 1, 0, 5)) == at("UTC", 2026, 1, 1, 0, 10)
        assert next_time(trigger, "UTC", at("UTC", 2026, 1, 1, 0, 10)) is None


def test_a_first_time_that_lies_ahead_is_waited_for() -> None:
    for interval in ("PT5M", "P1D", "P1M"):
        trigger = Every(interval=interval, start=at(BERLIN, 2026, 6, 1, 9))
        assert next_time(trigger, BERLIN, at(BERLIN, 2026, 1, 1)) == at("UTC", 2026, 6, 1, 7)


def test_what_happens_awaits_no_time() -> None:
    assert next_time(OnTopic(topic="orders"), "UTC", at("UTC", 2026, 1, 1)) is None


@pytest.mark.parametrize("given_json", [
    '{"kind": "every", "interval": "PT0S", "start": "2026-01-01T00:00:00Z"}',
    '{"kind": "every", "interval": "daily", "start": "2026-01-01T00:00:00Z"}',
    '{"kind": "every", "interval": "P1D", "start": "2026-01-01T00:00:00"}',
    '{"kind": "cron", "expression": "61 * * * *"}',
    '{"kind": "cron", "expression": "0 0 31 2 *"}',
    '{"kind": "webhook", "path": "orders"}',
    '{"kind": "file", "pattern": "relative/*.csv", "host": "h"}',
    '{"kind": "topic", "topic": ""}',
])  # fmt: skip
def test_what_cannot_be_waited_for_is_refused(given_json: str) -> None:
    with pytest.raises(ValidationError):
        TRIGGER.validate_json(given_json)


INTERVALS = st.sampled_from(["PT1S", "PT7M", "PT36H", "P1D", "P3D", "P2W", "P1M", "P5M", "P1Y", "P1M1DT2H"])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))


@given(INTERVALS, MOMENTS, MOMENTS, st.sampled_from([BERLIN, NEW_YORK, "UTC", "Australia/Lord_Howe"]))
def test_the_next_time_of_an_interval_is_the_first_after_a_moment(
    interval: str, start: datetime, after: datetime, zone: str
) -> None:
    trigger = Every(interval=interval, start=start)
    found = next_time(trigger, zone, after)
    assert found is not None
    assert found > after
    assert found >= start
    between = next_time(trigger, zone, found - timedelta(microseconds=1))
    assert between == found
