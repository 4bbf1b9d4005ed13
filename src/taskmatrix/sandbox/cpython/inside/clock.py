"""A clock that stands still, and chance that repeats: what a program finds again when it is run once more."""

import datetime
import os
import random
import time
from typing import Any

_MOMENT = datetime.datetime


def repeat_chance(seed: str) -> None:
    """Have random numbers and identifiers come from a seed."""
    random.seed(seed)
    source = random.Random(f"{seed} bytes")
    os.urandom = source.randbytes


def stop_clock(iso: str) -> None:
    """Have every clock of the process show one moment; an offset in it is that of local time, else it is UTC."""
    now = _MOMENT.fromisoformat(iso)
    local = now if now.tzinfo is not None else now.replace(tzinfo=datetime.UTC)
    seconds = local.timestamp()

    class _Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, cls.__mro__[1])

    class StoppedDate(datetime.date, metaclass=_Kind):
        @classmethod
        def today(cls) -> Any:
            return datetime.date.fromisoformat(local.date().isoformat())

    class StoppedMoment(_MOMENT, metaclass=_Kind):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return local.astimezone(tz) if tz is not None else local.replace(tzinfo=None)

        @classmethod
        def utcnow(cls) -> Any:
            return local.astimezone(datetime.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return local.replace(tzinfo=None)

    for kind, name in ((StoppedDate, "date"), (StoppedMoment, "datetime")):
        kind.__name__ = kind.__qualname__ = name
        kind.__module__ = "datetime"
        setattr(datetime, name, kind)
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, lambda: seconds)
        setattr(time, f"{name}_ns", lambda: int(seconds * 1e9))
    shown, utc = time.localtime, time.gmtime
    time.localtime = lambda seconds_given=seconds: shown(seconds_given)
    time.gmtime = lambda seconds_given=seconds: utc(seconds_given)
