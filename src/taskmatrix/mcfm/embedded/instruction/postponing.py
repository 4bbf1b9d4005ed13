"""What is wanted at another time than now: who takes the words, and what to say while nothing here runs later.

Where an API takes them as an argument (`a meeting every Monday`), they are no schedule.
"""

import re
import shlex
from datetime import datetime

from taskmatrix.core.errors import ScheduleError
from taskmatrix.core.programs import Program
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import stem
from taskmatrix.mcfm.embedded.instruction.scheduling import find_schedules
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall, Schedule
from taskmatrix.mcfm.embedded.values.candidates import Candidate

_TAKES = frozenset(
    stem(w)
    for w in """date datetime time when day hour schedule recurrence recurring repeat frequency interval deadline
    due start end until every cron period month week year duration delay remind reminder alarm
    trigger event condition""".split()
)
_TELLS = frozenset(
    stem(w) for w in "date datetime recurrence recurring repeats schedule interval frequency deadline due".split()
)
_REPEATS = frozenset(stem(w) for w in "recurrence recurring repeat repeats frequency interval schedule".split())
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
        if source is None or parameter is None or not (source.start < schedule.end and schedule.start < source.end):
            continue
        beyond = source.start < schedule.start or schedule.end < source.end
        if _about_time(parameter) or beyond:
            return True
        del call.arguments[name]
        call.missing = (*call.missing, name) if parameter.required else call.missing
    free = [p for p in call.view.parameters if p.name not in call.arguments and _about_time(p)]
    repeats = next((p for p in free if set(p.name_stems) & _REPEATS and p.type == "str" and not p.choices), None)
    if repeats is not None and schedule.kind == "every":
        source = Candidate(schedule.start, schedule.end, schedule.text, schedule.text, "phrase")
        call.arguments[repeats.name] = Filled(schedule.text, source, _GIVEN)
    return bool(free)


def _about_time(parameter: ParameterView) -> bool:
    return bool(set(parameter.name_stems) & _TAKES or parameter.stems & _TELLS)


def refuse_later(plan: Plan, text: str, program: Program) -> None:
    """Raise ScheduleError where a plan has a schedule, saying what was understood and what to do now."""
    schedule = plan.schedule
    if schedule is None:
        return
    what = f"{text[: schedule.start]} {text[schedule.end :]}".strip(" .,")
    what = " ".join(re.sub(r"\s+,", ",", what).split())
    at = f" (that is {schedule.at:%Y-%m-%d %H:%M})" if schedule.kind == "once" and schedule.at else ""
    raise ScheduleError(
        f"understood: {what!r}, wanted {schedule.text!r}{at}; nothing here runs later or again by itself yet",
        hint=_now_instead(schedule, what),
        best=program,
    )


def _now_instead(schedule: Schedule, what: str) -> str:
    now = f"leave out {schedule.text!r} to do it now, once"
    command = f"taskmatrix {shlex.quote(what)}"
    line = cron_line(schedule)
    if line:
        return f"{now}; or let cron do it: {line} {command}"
    if schedule.kind == "once" and schedule.at:
        return f"{now}; or let `at` do it: echo {shlex.quote(command)} | at {schedule.at:%H:%M %Y-%m-%d}"
    if schedule.kind in ("when", "until"):
        return f"{now}; or say the condition with `if`, and let cron ask again and again: */5 * * * * taskmatrix '…'"
    return now


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
