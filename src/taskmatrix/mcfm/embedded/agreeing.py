"""What the arguments of one call have to agree in: the form of days and of times."""

from dataclasses import replace

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.values.date_forms import asked_form, speaks_of_dates, takes_relative
from taskmatrix.mcfm.embedded.values.moments import EPOCH, read_moment


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
