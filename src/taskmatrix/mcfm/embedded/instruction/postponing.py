"""What is wanted at another time than now: who takes the words, what is waited for, and what cannot be waited for.

Where an API takes them as an argument (`a meeting every Monday`), they are no schedule.
"""

import re
import shlex
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from taskmatrix.core.errors import ScheduleError
from taskmatrix.core.programs import Program
from taskmatrix.core.triggers import At, Cron, Every, OnFile, OnTopic, Trigger, next_time
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems, stem
from taskmatrix.mcfm.embedded.instruction.scheduling import find_schedules
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall, Schedule
from taskmatrix.mcfm.embedded.values.amounts import asked_units
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.date_forms import asked_form
from taskmatrix.mcfm.embedded.values.durations import UNITS

_TAKES = frozenset(
    stem(w)
    for w in """date datetime time when day hour schedule recurrence recurring repeat frequency interval deadline
    due start end until every cron period month week weekday year duration delay remind reminder alarm
    trigger event condition""".split()
)
_TELLS = frozenset(
    stem(w) for w in "date datetime recurrence recurring repeats schedule interval frequency deadline due".split()
)
_WAITS = frozenset(stem(w) for w in "alert alarm notify notification trigger rule watch monitor automation".split())
"""What APIs are called that wait for something themselves."""
_REPEATS = frozenset(stem(w) for w in "recurrence recurring repeat repeats frequency interval schedule".split())
_PASSES = re.compile(r"\b(?:in|after)\s+(?:about\s+)?(?:an?|half|\d+|\w+)\s+\w+|\b(?:from now|later)\b", re.I)
_FILE = re.compile(
    r"\bfiles?\s+(?:(?:like|named|called)\s+)?(?P<path>'[^']+'|\"[^\"]+\"|\S*[/.*]\S*)\s+"
    r"(?:appears?|changes?|arrives?|is (?:changed|created|added|updated))\b",
    re.I,
)
_TOPIC = re.compile(
    r"\b(?:topic|event)\s+['\"]?(?P<topic>[\w./:-]+)['\"]?\s+"
    r"(?:is (?:published|triggered)|happens|occurs|arrives|comes)\b",
    re.I,
)
_UNTIL, MAX_TEXT = re.compile(r"\b(?:until|till)\b", re.I), 4_000
_GIVEN = 0.6
"""How sure it is that a parameter about repeating takes the words that say how often."""


def schedule_of(plan: Plan, text: str, now: datetime | None = None) -> Schedule | None:
    """Return the schedule of a planned instruction; None where it is to be done now, or an API takes the words."""
    calls = [c for c in plan.calls() if not c.added]
    acts = any(c.view.document.effects.kind != "read" for c in calls)
    for schedule in find_schedules(text, now):
        if schedule.kind == "once" and not acts:
            continue  # `the weather tomorrow` asks about another day, not on it
        if not any(_takes(call, schedule) for call in calls):
            return schedule
    return None


def _takes(call: PlannedCall, schedule: Schedule) -> bool:
    """Whether a call takes the words as an argument; where it misread some of them as another, that is taken back."""
    for name, argument in list(call.arguments.items()):
        source = argument.source if isinstance(argument, Filled) else None
        parameter = call.view.parameter(name)
        if source is None or parameter is None:
            continue
        if source.start < 0 and _about_time(parameter, schedule) and _speaks_of(schedule, source.text):
            return True
        if not (source.start < schedule.end and schedule.start < source.end):
            continue
        beyond = source.start < schedule.start or schedule.end < source.end
        waits = schedule.kind == "when" and waits_itself(call.view)
        begun = schedule.kind == "until" and source.start < schedule.start and source.end == schedule.end
        if _about_time(parameter, schedule) or (beyond and not begun) or waits:
            if schedule.kind == "every" and not beyond and _says_how_often(parameter):
                call.arguments[name] = _whole(schedule)  # `every Monday`, not only `Monday`
            return True
        del call.arguments[name]
        call.missing = (*call.missing, name) if parameter.required else call.missing
    free = [p for p in call.view.parameters if p.name not in call.arguments and _about_time(p, schedule)]
    repeats = next((p for p in free if _says_how_often(p)), None)
    if repeats is not None and schedule.kind == "every":
        call.arguments[repeats.name] = _whole(schedule)
    return bool(free)


def waits_itself(view: ApiView) -> bool:
    """Whether an API takes what is waited for as arguments: one that makes alerts or rules."""
    return bool(_WAITS & {*view.name_stems, *view.description_stems})


def _says_how_often(parameter: ParameterView) -> bool:
    return bool(set(parameter.name_stems) & _REPEATS) and parameter.type == "str" and not parameter.choices


def _whole(schedule: Schedule) -> Filled:
    source = Candidate(schedule.start, schedule.end, schedule.text, schedule.text, "phrase")
    return Filled(schedule.text, source, _GIVEN)


def _speaks_of(schedule: Schedule, choice: str) -> bool:
    """Whether one of an API's choices is said in the words of a schedule: `Saturday` in `on Saturday`."""
    return bool(set(content_stems(choice)) & set(content_stems(schedule.text)))


def _about_time(parameter: ParameterView, schedule: Schedule) -> bool:
    """Whether a parameter takes a time, or what it is until: `how often it occurs until it is shown again`."""
    if schedule.kind == "until" and _UNTIL.search(parameter.text[:MAX_TEXT]):
        return True
    named = set(parameter.name_stems) & _TAKES or parameter.stems & _TELLS or asked_units(parameter) & {*UNITS}
    return bool(named) or asked_form(parameter) is not None


def postponed(plan: Plan, text: str, program: Program, now: datetime | None = None) -> Program:
    """Return a program with what it waits for, where the plan has a schedule.

    Raises ScheduleError for what cannot be waited for, saying what was understood and what to do instead.
    """
    schedule = plan.schedule
    if schedule is None:
        return program
    trigger = trigger_of(schedule, now or datetime.now().astimezone())
    if trigger is not None:
        return program.model_copy(update={"trigger": trigger})
    what = f"{text[: schedule.start]} {text[schedule.end :]}".strip(" .,")
    what = " ".join(re.sub(r"\s+,", ",", what).split())
    raise ScheduleError(
        f"understood: {what!r}, wanted {schedule.text!r}; nothing here can wait for that",
        hint=f"leave out {schedule.text!r} to do it now, once; or say what is waited for: taskmatrix schedules add"
        f" {shlex.quote(what)} --cron '*/5 * * * *', or --on-topic TOPIC, --on-webhook PATH, --on-file PATTERN",
        best=program,
    )


def trigger_of(schedule: Schedule, now: datetime) -> Trigger | None:
    """Return what a schedule waits for; None where nothing here can wait for it.

    Times of day keep the zone of `now`; times that so much has passed are in UTC.
    """
    if schedule.kind == "when":
        return _event_of(schedule.text)
    if schedule.kind == "once" and schedule.at:
        at = schedule.at if schedule.at.tzinfo else schedule.at.replace(tzinfo=now.tzinfo)
        return At(at=at.astimezone(UTC) if _PASSES.search(schedule.text) else at)
    if schedule.kind != "every" or not schedule.interval:
        return None
    line = cron_line(schedule)
    if schedule.weekdays:
        return Cron(expression=line) if line else None
    if "T" in schedule.interval:
        return Cron(expression=line) if line.startswith("0 ") else _passing(schedule.interval, now)
    first = schedule.at or now.replace(hour=9, minute=0, second=0, microsecond=0)
    first = first if first.tzinfo else first.replace(tzinfo=now.tzinfo)
    return Every(interval=schedule.interval, start=first if first > now else first + timedelta(days=1))


def _passing(interval: str, now: datetime) -> Every:
    """An interval that begins to pass now."""
    start = next_time(Every(interval=interval, start=now), "UTC", now)
    return Every(interval=interval, start=start or now)


def _event_of(text: str) -> Trigger | None:
    file, topic = _FILE.search(text), _TOPIC.search(text)
    if file is not None:
        pattern = Path(file["path"].strip("'\"")).expanduser().absolute()
        return OnFile(pattern=str(pattern), host=socket.gethostname())
    return OnTopic(topic=topic["topic"]) if topic is not None else None


def cron_line(schedule: Schedule) -> str:
    """Return when cron would run it (`0 9 * * *`); empty for what cron cannot tell."""
    if schedule.kind != "every":
        return ""
    match = re.fullmatch(r"PT?(\d+)([SMHDWY])", schedule.interval)
    if match is None:
        return ""
    number, unit = int(match[1]), match[2] if match[2] != "M" or "T" in schedule.interval else "month"
    minute, hour = (schedule.at.minute, schedule.at.hour) if schedule.at else (0, 9)
    if unit == "M":
        return f"*/{number} * * * *" if number < 60 and 60 % number == 0 else ""
    if unit == "H":
        return f"0 {'*' if number == 1 else f'*/{number}'} * * *" if 24 % number == 0 else ""
    if schedule.weekdays and number == 1:
        days = ",".join(str((day + 1) % 7) for day in schedule.weekdays)
        return f"{minute} {hour} * * {'1-5' if schedule.weekdays == (0, 1, 2, 3, 4) else days}"
    whole = {"D": "* * *", "W": "* * 1", "month": "1 * *", "Y": "1 1 *"}
    return f"{minute} {hour} {whole[unit]}" if number == 1 and unit in whole else ""
