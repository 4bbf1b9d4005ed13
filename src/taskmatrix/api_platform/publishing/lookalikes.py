"""Names one typing mistake away from others, found without comparing each with each."""

from collections.abc import Iterable, Iterator, Sequence

SHORTEST = 5
"""Characters from which a name counts: among shorter ones every second name is near another."""


class Neighbourhood:
    """Names by what is left of them when one character is taken out: near names share such a rest."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_rest: dict[str, list[str]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Take up a name; ones too short to count are left out."""
        if len(name) >= SHORTEST:
            for rest in _rests(name):
                self._by_rest.setdefault(rest, []).append(name)

    def near(self, name: str) -> Sequence[str]:
        """Return the names that are one typing mistake from this one, in the order they came."""
        if len(name) < SHORTEST:
            return ()
        met = (other for rest in _rests(name) for other in self._by_rest.get(rest, ()))
        return [other for other in dict.fromkeys(met) if is_typo(name, other)]


def near(name: str, others: Iterable[str]) -> Sequence[str]:
    """Return the names that are one typing mistake from this one: for one question no neighbourhood is needed."""
    return [other for other in others if min(len(name), len(other)) >= SHORTEST and is_typo(name, other)]


def _rests(name: str) -> Iterator[str]:
    yield name
    yield from {name[:i] + name[i + 1 :] for i in range(len(name))}


def is_typo(one: str, other: str) -> bool:
    """Say whether one typing mistake parts two names: a character too many, missing, wrong, or two swapped.

    Names that differ in digits only are versions (`storage-v1`, `storage-v2`), not mistakes.
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[shared:], other[shared:]
    if len(one) == len(other):
        if one[1:] == other[1:]:
            return not (one[0].isdigit() and other[0].isdigit())
        return one[:2] == other[1::-1] and one[2:] == other[2:]
    short, long = sorted((one, other), key=len)
    return short == long[1:] and not long[0].isdigit()
