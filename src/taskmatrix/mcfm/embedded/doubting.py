"""Which of two readings is meant: a question is worth asking where they differ in one value alone."""

import re
from collections.abc import Sequence

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.encoder.decoding import Arguments
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import Doubt
from taskmatrix.mcfm.embedded.values.moments import EPOCH, read_moment

NEARLY = 0.5
"""A reading this much as likely as the first is worth a question."""


def doubt_between(reading: Arguments, others: Sequence[Arguments]) -> Doubt | None:
    """The value in which a reading nearly as likely differs, where it differs in one alone."""
    for other in others:
        if other.probability < NEARLY * reading.probability:
            return None
        differing = [
            n for n in {*reading.filled, *other.filled} if _value(reading.filled.get(n)) != _value(other.filled.get(n))
        ]
        if len(differing) == 1 and differing[0] in reading.filled and differing[0] in other.filled:
            name = differing[0]
            one, another = reading.filled[name], other.filled[name]
            if not (_says_all(one, another) or _names_itself(name, one, another)):
                return Doubt(name, other.filled[name])
    return None


def _says_all(one: Filled, other: Filled) -> bool:
    """Whether a day with its time, or how often, says all that the other one says: `tomorrow at 8` and `tomorrow`."""
    if one.source is None or other.source is None or not one.source.contains(other.source):
        return False
    if one.source.text.lower() == f"every {other.source.text}".lower():
        return True
    whole, part = read_moment(one.source.text, EPOCH), read_moment(other.source.text, EPOCH)
    return whole is not None and part is not None and None not in (whole.day, whole.clock)


def _names_itself(name: str, one: Filled, other: Filled) -> bool:
    """Whether one value is the other one behind what the parameter is called: `harbour of Dover` and `Dover`."""
    if one.source is None or other.source is None:
        return False
    part, whole = sorted((one.source.text.lower(), other.source.text.lower()), key=len)
    called = re.escape(" ".join(names.words(name)).lower())
    return re.fullmatch(rf"(?:the )?{called}(?: of)?(?: the)? {re.escape(part)}", whole) is not None


def _value(filled: Filled | None) -> object:
    return None if filled is None else (filled.value,)
