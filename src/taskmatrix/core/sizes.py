"""How large a value may be that a call returns."""

from collections.abc import Mapping, Sequence
from typing import cast

LARGEST = 64 * 1024 * 1024
"""Characters that a result may have; each item of a list and each field counts as 8."""

_ITEM, _DEEPEST = 8, 200


def is_too_large(value: object, most: int = LARGEST) -> bool:
    """Whether a value is larger than `most`; looks no further once it is, nor more than 200 levels deep."""
    left, todo = most, [(value, 0)]
    while todo and left >= 0:
        item, depth = todo.pop()
        held: Sequence[object] = ()
        match item:
            case str() | bytes():
                left -= len(item)
            case Mapping():
                fields = cast("Mapping[object, object]", item)
                held = (*fields.keys(), *fields.values()) if len(fields) * _ITEM <= left else ()
                left -= len(fields) * _ITEM
            case list() | tuple():
                items = cast("Sequence[object]", item)
                held = items if len(items) * _ITEM <= left else ()
                left -= len(items) * _ITEM
            case _:
                pass
        if depth < _DEEPEST:
            todo += [(each, depth + 1) for each in held]
    return left < 0
