"""How two states differ, path by path: JSON values compared without regard to the order of their objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from taskmatrix.executor.compensations import MISSING

Path = tuple[str, ...]
"""Names from the top of a state down; items of a list by what tells them apart, else by number from 0."""

_KEYS = ("id", "name")


@dataclass(frozen=True, slots=True)
class Change:
    """What is at a path before and after; `MISSING` where nothing is."""

    path: Path
    before: object
    after: object

    def parts(self) -> "Iterator[Change]":
        """Yield what came or went one level below, where an object or list came or went as a whole."""
        for number, (one, other) in enumerate(((self.before, self.after), (self.after, self.before))):
            if other is MISSING or other is None:
                for key, value in _items(one):
                    yield Change((*self.path, key), *((value, MISSING) if not number else (MISSING, value)))


def differences(before: object, after: object) -> Iterator[Change]:
    """Yield each deepest path at which two values differ.

    Lists of objects that an `id` or `name` tells apart are compared by it, their order does not matter; others by
    number. A number is a number, whether written `1` or `1.0`; true is none.
    """
    waiting: list[Change] = [Change((), before, after)]
    while waiting:
        one = waiting.pop()
        pair = _parts(one.before, one.after)
        if pair is not None:
            old, new = pair
            keys = [*old, *(key for key in new if key not in old)]
            inner = [Change((*one.path, key), old.get(key, MISSING), new.get(key, MISSING)) for key in keys]
            waiting += reversed(inner)
        elif not _equal(one.before, one.after):
            yield one


def same(one: object, other: object) -> bool:
    """Whether two values say the same."""
    return next(differences(one, other), None) is None


def down(root: object, path: Sequence[str]) -> object:
    """Return what is at a path, or `MISSING`."""
    for part in path:
        root = dict(_items(root)).get(part, MISSING)
    return root


def _parts(before: object, after: object) -> tuple[Mapping[str, object], Mapping[str, object]] | None:
    """Return the parts of two values by name, where they can be compared part by part."""
    if isinstance(before, dict) and isinstance(after, dict):
        return cast("dict[str, object]", before), cast("dict[str, object]", after)
    if isinstance(before, list) and isinstance(after, list):
        old, new = cast("list[object]", before), cast("list[object]", after)
        # An empty list has no key of its own: it is read like the other.
        keys = {_key_of(items) for items in (old, new) if items}
        key = keys.pop() if len(keys) == 1 else None
        return _numbered(old, key), _numbered(new, key)
    return None


def _items(value: object) -> Iterator[tuple[str, object]]:
    """Yield the parts of an object or list by name; none of anything else."""
    if isinstance(value, dict):
        yield from cast("dict[str, object]", value).items()
    elif isinstance(value, list):
        items = cast("list[object]", value)
        yield from _numbered(items, _key_of(items)).items()


def _numbered(items: Sequence[object], key: str | None) -> Mapping[str, object]:
    if key is None:
        return {str(number): item for number, item in enumerate(items)}
    return {str(cast("dict[str, object]", item)[key]): item for item in items}


def _key_of(items: Sequence[object]) -> str | None:
    """Return the name under which each object of a list has another text or number; None where there is none."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    objects = cast("Sequence[Mapping[str, JsonValue]]", items)
    for key in _KEYS:
        found = [value for item in objects if _is_name(value := item.get(key))]
        if len({str(value) for value in found}) == len(items):
            return key
    return None


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _equal(old: object, new: object) -> bool:
    if old is MISSING or new is MISSING:
        return old is new
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return old == new
    return type(old) is type(new) and old == new
