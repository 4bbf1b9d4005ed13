"""An outline while it is edited: which step is meant, and what becomes of it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Step
from taskmatrix.core.stubs import clean

_ORDINALS: Sequence[str] = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_CARDINALS: Sequence[str] = "one two three four five six seven eight nine ten".split()
_STEP = r"(?:steps?|number|no\.|nr\.|#)"
NUMBERED = (
    rf"(?:the\s+)?(?:(?:{_STEP}\s*)?\d{{1,4}}(?:st|nd|rd|th)?|{_STEP}\s+(?:{'|'.join(_CARDINALS)})"
    rf"|(?:{'|'.join(_ORDINALS)}|last|final)(?=\s+(?:step|one)\b|$|\s*,|\s+and\b|\s+to\b))(?:\s+(?:steps?|one)\b)?"
)
"""A step by its number, as a pattern without groups; `first` alone may say a place as well."""

_ONE = re.compile(NUMBERED, re.IGNORECASE)
_LIST = re.compile(
    rf"(?:{_STEP}\s+)?{NUMBERED}(?:(?:\s*(?:,\s*and\s|,\s*&|,|\band\b|&|\+)\s*){NUMBERED})*", re.IGNORECASE
)
_RANGE = re.compile(rf"({NUMBERED})\s*(?:-|–|\bto\b|\bthrough\b|\buntil\b)\s*({NUMBERED})", re.IGNORECASE)
_SOME = re.compile(
    rf"(?:the\s+)?(first|last)\s+(\d{{1,3}}|{'|'.join(_CARDINALS)})(?:\s+(?:steps|ones))?", re.IGNORECASE
)
_REST = re.compile(
    rf"(?:everything|all(?:\s+steps)?|the\s+steps|the\s+rest)\s+(after|before)\s+({NUMBERED})", re.IGNORECASE
)
_EMPTY_WORDS = frozenset(
    "the a an of to on in at for with and it its that this these those step steps one part thing bit from into as by "
    "is are be do about where which".split()
)
_SHOWN = 60
_LIKELY = 2 / 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step goes: to an end, or beside the step of that number."""

    where: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class _Slot:
    """A step as it is now, and the number under which it was shown; 0 for a new one."""

    number: int
    step: Step


class Draft:
    """The steps while edits are carried out. Numbers always mean the steps as they were shown."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._shown = tuple(steps)
        self._now = [_Slot(number, step) for number, step in enumerate(steps, 1)]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as they are now."""
        return tuple(slot.step for slot in self._now)

    @property
    def numbers(self) -> range:
        """The numbers of the steps as they were shown."""
        return range(1, len(self._shown) + 1)

    def number(self, said: str) -> int | None:
        """Return the step that is said by its number; None where the words say none.

        Raises UsageError for one that there is not.
        """
        text = said.strip(" .!?,").lower()
        if not _ONE.fullmatch(text):
            return None
        digits = re.search(r"\d+", text)
        if digits:
            return self._existing(int(digits[0]))
        words = re.findall(r"[a-z]+", text)
        if "last" in words or "final" in words:
            return self._existing(len(self._shown))
        names = _ORDINALS if any(word in _ORDINALS for word in words) else _CARDINALS
        return self._existing(next(names.index(word) + 1 for word in words if word in names))

    def several(self, said: str) -> list[int] | None:
        """Return the steps that are said by numbers: `2`, `2, 3 and 5`, `2-4`, `the last two`. Raises UsageError."""
        text = said.strip(" .!?,").lower()
        if found := _SOME.fullmatch(text):
            wanted = int(found[2]) if found[2].isdigit() else _CARDINALS.index(found[2]) + 1
            self._existing(wanted)
            return list(self.numbers[:wanted] if found[1] == "first" else self.numbers[-wanted:])
        if found := _REST.fullmatch(text):
            at = self._known(found[2])
            return [n for n in self.numbers if (n > at if found[1] == "after" else n < at)]
        if found := _RANGE.fullmatch(text):
            first, last = sorted((self._known(found[1]), self._known(found[2])))
            return list(range(first, last + 1))
        if _LIST.fullmatch(text):
            return list(dict.fromkeys(self._known(one[0]) for one in _ONE.finditer(text)))
        return None

    def by_words(self, said: str, *, whole: bool = False) -> int | None:
        """Return the one step that the words describe best; None where they describe none.

        With `whole` they have to say most of the step, or speak of it as a step. Raises UsageError where they
        describe several equally well.
        """
        wanted = _content(said)
        if not wanted or re.search(r"\d", said):
            return None
        scores = {number: _likeness(wanted, said, step.text) for number, step in enumerate(self._shown, 1)}
        best = max(scores.values(), default=(0.0, False))
        if best[0] < _LIKELY:
            return None
        found = [number for number, score in scores.items() if score == best]
        if len(found) > 1:
            raise UsageError(
                f"{clean(said)[:_SHOWN]!r} may be {' or '.join(self._named(number) for number in found[:5])}",
                hint="say the number of the step",
            )
        step = _content(self._shown[found[0] - 1].text)
        is_named = re.search(r"\bstep\b", said, re.IGNORECASE) is not None
        return found[0] if not whole or is_named or 2 * len(wanted & step) >= len(step) else None

    def step(self, number: int) -> Step:
        """Return a step as it is now. Raises UsageError where an earlier edit took it away."""
        return self._now[self._at(number)].step

    def change(self, number: int, change: Callable[[Step], Step]) -> None:
        """Put another step in place of one."""
        at = self._at(number)
        self._now[at] = replace(self._now[at], step=change(self._now[at].step))

    def drop(self, numbers: Iterable[int]) -> None:
        """Take steps out."""
        for number in numbers:
            del self._now[self._at(number)]

    def add(self, step: Step, place: Place) -> None:
        """Put a new step somewhere."""
        self._now.insert(self._index(place), _Slot(0, step))

    def move(self, number: int, place: Place) -> None:
        """Put a step somewhere else. Raises UsageError for a place beside itself."""
        if place.step == number:
            raise UsageError(f"step {number} cannot go {place.where} itself", hint="say the number of another step")
        at = self._at(number)
        if place.where in ("up", "down"):
            slot = self._now.pop(at)
            self._now.insert(max(0, at + (-1 if place.where == "up" else 1)), slot)
            return
        if place.where == "to":
            self._at(place.step)
            place = Place("before" if place.step < number else "after", place.step)
        slot = self._now.pop(at)
        self._now.insert(self._index(place), slot)

    def swap(self, one: int, other: int) -> None:
        """Let two steps change places."""
        first, second = self._at(one), self._at(other)
        self._now[first], self._now[second] = self._now[second], self._now[first]

    def merge(self, numbers: Sequence[int]) -> None:
        """Make one step of several, in the place of the first that stands there."""
        places = sorted(self._at(number) for number in numbers)
        merged = [self._now[place].step for place in places]
        step = Step(
            text="; ".join(one.text for one in merged),
            needs=tuple(dict.fromkeys(need for one in merged for need in one.needs)),
            yields="; ".join(dict.fromkeys(one.yields for one in merged if one.yields)),
        )
        self._now[places[0]] = _Slot(self._now[places[0]].number, step)
        for place in reversed(places[1:]):
            del self._now[place]

    def _index(self, place: Place) -> int:
        if not place.step:
            return 0 if place.where == "first" else len(self._now)
        return self._at(place.step) + (place.where == "after")

    def _known(self, said: str) -> int:
        number = self.number(said)
        if number is None:
            raise UsageError(f"{clean(said)[:_SHOWN]!r} is no step", hint=self._hint())
        return number

    def _existing(self, number: int) -> int:
        if number not in self.numbers:
            raise UsageError(f"there is no step {number}", hint=self._hint())
        return number

    def _at(self, number: int) -> int:
        found = next((i for i, slot in enumerate(self._now) if slot.number == number), None)
        if found is None:
            raise UsageError(
                f"step {number} is gone by an edit before", hint="numbers mean the steps as they were shown"
            )
        return found

    def _named(self, number: int) -> str:
        return f"step {number} ({clean(self._shown[number - 1].text)[:_SHOWN]!r})"

    def _hint(self) -> str:
        return f"the outline has {len(self._shown)} {'step' if len(self._shown) == 1 else 'steps'}"


def _content(text: str) -> frozenset[str]:
    words = re.findall(r"[^\W_]+", text.lower())
    return frozenset(_stem(word) for word in words if word not in _EMPTY_WORDS)


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|e|s)$", "", word) if len(word) > 4 else re.sub(r"s$", "", word)


def _likeness(wanted: frozenset[str], said: str, text: str) -> tuple[float, bool]:
    """Return which part of the words a step holds, and whether it holds them in a row."""
    phrase = re.sub(r"^(?:the|a|an)\s+|\s+steps?$", "", clean(said).lower().strip("\"'“”"))
    return len(wanted & _content(text)) / len(wanted), phrase in text.lower()
