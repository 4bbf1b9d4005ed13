"""What the arguments of one call have to agree in: the form of days and of times."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.values.amounts import asked_units
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.converting import write_as_asked
from taskmatrix.mcfm.embedded.values.date_forms import asked_form, speaks_of_dates, takes_relative
from taskmatrix.mcfm.embedded.values.measuring import same_kind
from taskmatrix.mcfm.embedded.values.moments import EPOCH, Moment, read_moment

LIKELY = 0.5
"""How likely an amount that nothing else takes is meant for what alone is measured so."""

Convert = Callable[[Candidate, ParameterView], JsonValue]
"""(value, parameter) → what the parameter takes for it, None for nothing."""


def on_24_hours(call: PlannedCall) -> None:
    """Give times of the day on 24 hours, as ISO 8601 does: `7 pm` is `19:00`, as `March 14th` is `2026-03-14`.

    Documents that show a form of their own for times get that.
    """
    for name, argument in call.arguments.items():
        parameter = call.view.parameter(name)
        if parameter is None or not isinstance(argument, Filled) or not _takes_time(parameter):
            continue
        moment = read_moment(argument.value, EPOCH) if isinstance(argument.value, str) else None
        if moment is not None and moment.day is None and moment.clock is not None and not moment.loose:
            call.arguments[name] = replace(
                argument, value=moment.clock.isoformat("auto" if moment.clock.second else "minutes")
            )


def _takes_time(parameter: ParameterView) -> bool:
    free = parameter.type in ("str", "Any") and not parameter.choices
    return free and speaks_of_dates(parameter) and asked_form(parameter) is None and not takes_relative(parameter)


def with_day_and_time(call: PlannedCall, said: Callable[[], Sequence[Candidate]]) -> None:
    """Give what wants both a day and a time of the day the half that stands elsewhere: `on 5 May … from 2 to 3 pm`.

    `said` are the typed values of the instruction. The day must be the only one that is said, and there must be as
    many times that nothing takes as are wanting.
    """
    if not any(_wants_both(call.view.parameter(name)) for name in call.arguments):
        return
    values = said()
    wanting = list(_moments(call, values))
    days = {v.moment.day: v.moment for v in values if v.moment and v.moment.day and not v.moment.clock}
    times = [v for v in values if v.moment and v.moment.clock and not v.moment.day and not v.moment.loose]
    free = [t for t in times if not any(t.overlaps(s) for s in call.sources)]
    undated = [(n, a, m) for n, a, m in wanting if m.day is None]
    untimed = [(n, a, m) for n, a, m in wanting if m.clock is None]
    for name, argument, moment in undated if len(days) == 1 else ():
        [day] = days.values()
        _write(call, name, argument, replace(day, clock=moment.clock, zone=moment.zone, last=None))
    for (name, argument, moment), time in zip(untimed, free, strict=False) if len(free) == len(untimed) else ():
        if time.moment is not None:
            _write(call, name, argument, replace(moment, clock=time.moment.clock, zone=time.moment.zone, last=None))


def with_measures(call: PlannedCall, values: Sequence[Candidate], convert: Convert) -> None:
    """Give an amount that nothing takes to the one parameter left out that is measured so: `it ends after two hours`.

    `values` are the typed values of the instruction, all of which is about this call.
    """
    free = [v for v in values if v.kind == "number" and v.unit and not any(v.overlaps(s) for s in call.sources)]
    for value in free if len(free) == 1 else ():
        takers = [p for p in call.view.parameters if p.name not in call.arguments and _measures(p, value.unit)]
        given = convert(value, takers[0]) if len(takers) == 1 else None
        if given is not None:
            call.arguments[takers[0].name] = Filled(given, value, LIKELY)


def _measures(parameter: ParameterView, unit: str) -> bool:
    free = parameter.type in ("int", "float") and not parameter.choices
    return free and any(asked == unit or same_kind(asked, unit) for asked in asked_units(parameter))


def _moments(call: PlannedCall, values: Sequence[Candidate]) -> Iterator[tuple[str, Filled, Moment]]:
    """What a call gives where a day with a time is asked for."""
    for name, argument in call.arguments.items():
        source = argument.source if isinstance(argument, Filled) else None
        if source is None or source.start < 0 or not _wants_both(call.view.parameter(name)):
            continue
        said = next((v.moment for v in values if v.moment and source.overlaps(v)), None)
        if said is not None and isinstance(argument, Filled):
            yield name, argument, said


def _wants_both(parameter: ParameterView | None) -> bool:
    form = asked_form(parameter) if parameter is not None else None
    return form is not None and form.has_day and form.has_time


def _write(call: PlannedCall, name: str, argument: Filled, moment: Moment) -> None:
    parameter = call.view.parameter(name)
    value = write_as_asked(moment, str(argument.value), parameter) if parameter is not None else None
    if value is not None:
        call.arguments[name] = replace(argument, value=value)
