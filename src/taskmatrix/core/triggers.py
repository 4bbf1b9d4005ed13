"""What a schedule waits for: a time, an interval, a cron expression, a topic, a webhook, a file; and when is it next.

Times of day are those of the clock on the wall in an IANA time zone. A time that the clock skips in spring is one
hour later that day; one that it shows twice in autumn is the first of them.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, field_validator

SHORTEST_SECONDS = 1
LONGEST_KEY = 1_000

_INTERVAL = re.compile(
    r"P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


class _Trigger(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class At(_Trigger):
    """Once, at a time."""

    kind: Literal["at"] = "at"
    at: AwareDatetime

    def __str__(self) -> str:
        return f"once, at {self.at:%Y-%m-%d %H:%M}"


class Every(_Trigger):
    """Again and again from `start` on, until `end`: years, months, weeks and days by the calendar and the clock on the
    wall, hours and less as they pass. `interval` is as ISO 8601 writes it: `P1D`, `PT5M`, `P1M`.
    """

    kind: Literal["every"] = "every"
    interval: str
    start: AwareDatetime
    end: AwareDatetime | None = None

    @field_validator("interval")
    @classmethod
    def _check_interval(cls, interval: str) -> str:
        months, days, passing = _read_interval(interval)
        if not (months or days or passing >= timedelta(seconds=SHORTEST_SECONDS)):
            raise ValueError("an interval is at least a second")
        return interval

    def __str__(self) -> str:
        until = f" until {self.end:%Y-%m-%d %H:%M}" if self.end else ""
        return f"every {_in_words(self.interval)} from {self.start:%Y-%m-%d %H:%M} on{until}"


class Cron(_Trigger):
    """As cron would: minute, hour, day of the month, month, day of the week. `end` is the last moment."""

    kind: Literal["cron"] = "cron"
    expression: str
    end: AwareDatetime | None = None

    @field_validator("expression")
    @classmethod
    def _check_expression(cls, expression: str) -> str:
        from cronsim import CronSim, CronSimError

        try:
            first = next(CronSim(expression, datetime(2000, 1, 1)), None)
        except CronSimError as error:
            raise ValueError(f"{expression!r} is no cron expression: {error}") from error
        if first is None:
            raise ValueError(f"{expression!r} names a day that never comes")
        return expression

    def __str__(self) -> str:
        until = f" until {self.end:%Y-%m-%d %H:%M}" if self.end else ""
        return f"cron {self.expression}{until}"


class OnTopic(_Trigger):
    """Whenever something is published under a topic."""

    kind: Literal["topic"] = "topic"
    topic: str = Field(min_length=1, max_length=LONGEST_KEY)

    def __str__(self) -> str:
        return f"whenever {self.topic!r} is published"


class OnWebhook(_Trigger):
    """Whenever somebody posts to a path of the worker's HTTP server, as `/orders/new`."""

    kind: Literal["webhook"] = "webhook"
    path: str = Field(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=LONGEST_KEY)

    def __str__(self) -> str:
        return f"whenever something is posted to {self.path}"


class OnFile(_Trigger):
    """Whenever a file that fits an absolute pattern (`/in/*.csv`) appears or changes on the machine `host`."""

    kind: Literal["file"] = "file"
    pattern: str = Field(pattern=r"^/", max_length=4_000)
    host: str

    def __str__(self) -> str:
        return f"whenever {self.pattern} appears or changes on {self.host}"


Trigger = Annotated[At | Every | Cron | OnTopic | OnWebhook | OnFile, Field(discriminator="kind")]

TRIGGER: TypeAdapter[Trigger] = TypeAdapter(Trigger)
"""Reads and writes the JSON form of any trigger."""


def next_time(trigger: Trigger, zone: str, after: datetime) -> datetime | None:
    """Return the first time (UTC) after `after` at which a trigger fires; None where it awaits no time any more."""
    after = after.astimezone(UTC)  # two times of one zone would be compared, and taken apart, by their clocks
    match trigger:
        case At():
            found = trigger.at if trigger.at > after else None
        case Every():
            found = _next_interval(trigger, ZoneInfo(zone), after)
        case Cron():
            found = _next_cron(trigger.expression, ZoneInfo(zone), after)
        case _:
            return None
    end = None if isinstance(trigger, At) else trigger.end
    return None if found is None or (end is not None and found > end) else found.astimezone(UTC)


def _next_cron(expression: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    from cronsim import CronSim

    # In autumn the wall shows an hour twice: what cron says of its first pass may lie behind us in the second.
    found: Iterator[datetime] = CronSim(expression, after.astimezone(zone))
    return next((at for at in found if at > after), None)


def _next_interval(trigger: Every, zone: ZoneInfo, after: datetime) -> datetime:
    months, days, passing = _read_interval(trigger.interval)
    if not months and not days:
        first = trigger.start.astimezone(UTC)
        return first + max(0, (after - first) // passing + 1) * passing
    start = trigger.start.astimezone(zone)
    longest = timedelta(days=31 * months + days + 1) + passing
    count = max(0, (after - trigger.start) // longest)  # no more than were before
    while True:
        at = _later(start, count * months, count * days, zone) + count * passing
        if at > after:
            return at
        count += 1


def _later(start: datetime, months: int, days: int, zone: ZoneInfo) -> datetime:
    """The same time of day some months and days later; a day that a month lacks is its last. In UTC."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    wall = start.replace(tzinfo=None, year=year, month=month, day=day, fold=0) + timedelta(days=days)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _in_words(interval: str) -> str:
    """`P1D` as `day`, `PT90M` as `90 minutes`."""
    match = _INTERVAL.fullmatch(interval)
    parts = [(int(value), name) for name, value in match.groupdict().items() if int(value or 0)] if match else []
    if len(parts) == 1 and parts[0][0] == 1:
        return parts[0][1].removesuffix("s")
    return " and ".join(f"{value} {name.removesuffix('s') if value == 1 else name}" for value, name in parts)


def _read_interval(text: str) -> tuple[int, int, timedelta]:
    """The months, the days, and the time that passes. Raises ValueError."""
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no interval as ISO 8601 writes it: P1D, PT5M, P1M")
    part = {name: int(value or 0) for name, value in match.groupdict().items()}
    passing = timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
    return 12 * part["years"] + part["months"], 7 * part["weeks"] + part["days"], passing
