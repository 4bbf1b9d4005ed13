"""What is said once of several things, as a text for each: `turn off the fan and the lights in the office`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.values.candidates import Candidate

MOST = 6
"""Things that are told apart; of more, none."""
_WHERE = frozenset("in on at for inside outside upstairs downstairs".split())
_FRONT = re.compile(
    r"\s*(?P<place>(?:upstairs|downstairs|inside|outside|(?:in|on|at|for)\s[^,.;:!?]{1,40}[^,.;:!?\s])),\s+", re.I
)
_NAMED = frozenset(("phrase", "name"))


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One thing that is asked, as stretches `start:end` of the instruction, and the number of its clause, from 1."""

    pieces: tuple[tuple[int, int], ...]
    step: int

    def of(self, text: str) -> str:
        """Return the words of an instruction that are about this thing."""
        return " ".join(text[start:end] for start, end in self.pieces)

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where `start:end` of these words stands in the instruction; None where it lies in several places."""
        before = 0
        for first, last in self.pieces:
            if before <= start and end <= before + last - first:
                return first + start - before, first + end - before
            before += last - first + 1
        return None


def says_where(clause: Clause) -> bool:
    """Whether a clause begins with a place, which then holds for what follows: `in the office, …`."""
    return clause.text.split(None, 1)[0].lower() in _WHERE if clause.text.strip() else False


def conjuncts(text: str, clauses: Sequence[Clause], lists: Sequence[Candidate]) -> list[Conjunct]:
    """Return what an instruction asks, thing by thing, where words hold for several of them; none where they do not.

    `clauses` and `lists` are those of the text.
    """
    front = _FRONT.match(text) if clauses else None
    place = (front.span("place"),) if front is not None else ()
    begins = front.end() if front is not None else 0
    found = [
        Conjunct(_trimmed(text, (*pieces, *place)), step)
        for step, clause in enumerate(clauses, 1)
        if clause.end > begins
        for pieces in _shares(max(begins, clause.start), clause.end, lists)
    ]
    shares = len(found) > (1 if front is not None else len(clauses))
    return found if shares and len(found) <= MOST else []


def _shares(start: int, end: int, lists: Sequence[Candidate]) -> Iterator[tuple[tuple[int, int], ...]]:
    """The clause, once for each item of its first list; of a list only if it is plain which words are of no item."""
    inside = [v for v in lists if start <= v.start and v.end <= end and _is_even(v)]
    if not inside:
        yield ((start, end),)
        return
    first = min(inside, key=lambda v: (v.start, -v.end))
    last = first.start + len(_named(first.text))
    for item in first.items:
        yield (start, first.start), (item.start, min(item.end, last)), (last, end)


def _is_even(values: Candidate) -> bool:
    """Whether a list is one of names whose last item has no more words than another: `the kitchen and bedroom lights`
    may be two kinds of lights.
    """
    sizes = [len(_named(item.text).split()) for item in values.items]
    named = all(item.kind in _NAMED and not item.text[0].isdigit() for item in values.items)
    return named and len(sizes) > 1 and sizes[-1] <= max(sizes[:-1])


def _named(text: str) -> str:
    """The words without a place at the end that holds for the whole list: `the lights and the radio upstairs`."""
    before, _, last = text.rpartition(" ")
    return before if last.lower() in _WHERE else text


def _trimmed(text: str, pieces: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The stretches without blanks around them; those that hold nothing else are left out."""
    found: list[tuple[int, int]] = []
    for start, end in pieces:
        said = text[start:end]
        if said.strip():
            found.append((start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())))
    return tuple(found)
