"""How two states differ, path by path: JSON values compared without regard to the order of their objects."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from taskmatrix.executor.compensations import MISSING

Path = tuple[str, ...]
"""Names from the top of a state down; items of a list by their `id` or `name`, else by number from 0.

Items of one name share a path, so that what may change by that name covers each of them.
"""

_Parts = Mapping[str | tuple[str, int], object]
"""Parts by name; of those of one name, all but the first by name and number."""

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

    Lists of objects that have an `id` or `name` are compared by it, their order does not matter but among those of one
    name; others by number. A number is a number, whether written `1` or `1.0`; true is none.
    """
    waiting: list[Change] = [Change((), before, after)]
    while waiting:
        one = waiting.pop()
        pair = _parts(one.before, one.after)
        if pair is not None:
            old, new = pair
            keys = [*old, *(key for key in new if key not in old)]
            inner = [Change((*one.path, _name(key)), old.get(key, MISSING), new.get(key, MISSING)) for key in keys]
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


def _parts(before: object, after: object) -> tuple[_Parts, _Parts] | None:
    """Return the parts of two values by name, where they can be compared part by part."""
    if isinstance(before, dict) and isinstance(after, dict):
        return cast("_Parts", before), cast("_Parts", after)
    if isinstance(before, list) and isinstance(after, list):
        old, new = cast("list[object]", before), cast("list[object]", after)
        key = _key_of(old, new)
        return _placed(_named(old, key)), _placed(_named(new, key))
    return None


def _items(value: object) -> Iterator[tuple[str, object]]:
    """Yield the parts of an object or list by name; none of anything else."""
    if isinstance(value, dict):
        yield from cast("dict[str, object]", value).items()
    elif isinstance(value, list):
        items = cast("list[object]", value)
        yield from _named(items, _key_of(items))


def _named(items: Sequence[object], key: str | None) -> Iterator[tuple[str, object]]:
    for number, item in enumerate(items):
        yield str(number if key is None else cast("dict[str, object]", item)[key]), item


def _placed(named: Iterable[tuple[str, object]]) -> _Parts:
    more: Counter[str] = Counter()
    found: dict[str | tuple[str, int], object] = {}
    for name, part in named:
        if name in found:
            more[name] += 1
            found[name, more[name]] = part
        else:
            found[name] = part
    return found


def _name(key: str | tuple[str, int]) -> str:
    return key if isinstance(key, str) else key[0]


def _key_of(*lists: Sequence[object]) -> str | None:
    """Return what names the objects of lists: a key that all of them have, best one that tells them apart.

    None where there is no such key, or something is no object.
    """
    if not all(isinstance(item, dict) for items in lists for item in items):
        return None
    rows = cast("Sequence[Sequence[Mapping[str, object]]]", lists)
    common = [key for key in _KEYS if all(_is_name(item.get(key)) for items in rows for item in items)]
    return max(
        common,
        key=lambda key: sum(len({str(item[key]) for item in items}) == len(items) for items in rows),
        default=None,
    )


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
