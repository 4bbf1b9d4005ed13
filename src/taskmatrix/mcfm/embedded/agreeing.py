"""What the arguments of one call have to agree in: the form of a day and of the time beside it."""

import re
from dataclasses import replace

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.values.date_forms import asked_form, speaks_of_dates, takes_relative
from taskmatrix.mcfm.embedded.values.moments import EPOCH, read_moment

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def on_24_hours(call: PlannedCall) -> None:
    """Give times of the day on 24 hours, as ISO 8601 does, beside a day that was said in words and is given so.

    `March 14th at 7 pm` is `2026-03-14` and `19:00`. Documents that show a form of their own for times get that.
    """
    if not any(_is_written_out(argument) for argument in call.arguments.values()):
        return
    for name, argument in call.arguments.items():
        parameter = call.view.parameter(name)
        if parameter is None or not isinstance(argument, Filled) or not _takes_time(parameter):
            continue
        moment = read_moment(argument.value, EPOCH) if isinstance(argument.value, str) else None
        if moment is not None and moment.day is None and moment.clock is not None and not moment.loose:
            call.arguments[name] = replace(
                argument, value=moment.clock.isoformat("auto" if moment.clock.second else "minutes")
            )


def _is_written_out(argument: object) -> bool:
    """Whether a day was worked out from its words."""
    if not isinstance(argument, Filled) or argument.source is None or not isinstance(argument.value, str):
        return False
    return _ISO_DAY.fullmatch(argument.value) is not None and argument.value not in argument.source.text


def _takes_time(parameter: ParameterView) -> bool:
    free = parameter.type in ("str", "Any") and not parameter.choices
    return free and speaks_of_dates(parameter) and asked_form(parameter) is None and not takes_relative(parameter)
