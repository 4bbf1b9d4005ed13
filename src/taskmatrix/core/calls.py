"""Predicted calls against expected calls: one-to-one alignment, references, order, exactness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from taskmatrix.core.assignment import assign
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.matching import (
    ANY_REFERENCE,
    ArgumentCounts,
    ExpectedCall,
    References,
    compare_arguments,
    references_in,
)
from taskmatrix.core.protocols import Call

Order = Literal["any", "sequence", "dag"]
_SEARCH_STEPS = 20_000
_SEARCHED_CALLS = 64
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class CallCounts:
    """API names as a multiset: how many were called, expected, and both."""

    matched: int = 0
    predicted: int = 0
    expected: int = 0

    def __add__(self, other: "CallCounts") -> "CallCounts":
        return CallCounts(
            self.matched + other.matched, self.predicted + other.predicted, self.expected + other.expected
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one case. `alignment` holds, for each expected call, the index of its predicted call."""

    exact: bool
    calls: CallCounts
    arguments: ArgumentCounts
    alignment: tuple[int | None, ...]


def compare_calls(
    predicted: Sequence[Call],
    expected: Sequence[ExpectedCall],
    order: Order,
    documents: Mapping[str, ApiDocument],
) -> Comparison:
    """Compare the calls a program made with those a case expects.

    Calls are aligned one to one, best match first, before references are compared. `any`: as a multiset;
    `sequence`: exactly this order; `dag`: any order in which each call follows those it refers to.
    """
    pairing = _Pairing(predicted, expected, documents)
    alignment = pairing.in_order() if order == "sequence" else pairing.complete()
    exact = alignment is not None and (order != "dag" or _follows_references(predicted))
    if alignment is None:
        alignment = pairing.best()
    references = pairing.references(alignment)
    arguments = ArgumentCounts()
    for index, partner in enumerate(alignment):
        if partner is None:
            needed = sum(expected[index].requires(name) for name in expected[index].arguments)
            arguments += ArgumentCounts(expected=needed)
        else:
            arguments += pairing.counts(partner, index, references)
    free = set(range(len(predicted))) - {partner for partner in alignment if partner is not None}
    arguments += ArgumentCounts(predicted=sum(len(predicted[index].arguments) for index in free))
    matched = sum(partner is not None for partner in alignment)
    return Comparison(exact, CallCounts(matched, len(predicted), len(expected)), arguments, tuple(alignment))


def _follows_references(predicted: Sequence[Call]) -> bool:
    made: set[str] = set()
    for call in predicted:
        if any(target not in made for value in call.arguments.values() for target in references_in(value)):
            return False
        if call.id is not None:
            made.add(call.id)
    return True


class _Pairing:
    """Finds which predicted call stands for which expected call."""

    def __init__(
        self, predicted: Sequence[Call], expected: Sequence[ExpectedCall], documents: Mapping[str, ApiDocument]
    ) -> None:
        self._predicted = predicted
        self._expected = expected
        self._documents = documents

    def counts(self, predicted: int, expected: int, references: References = ANY_REFERENCE) -> ArgumentCounts:
        call = self._expected[expected]
        return compare_arguments(self._predicted[predicted], call, self._documents.get(call.api), references)

    def references(self, alignment: Sequence[int | None]) -> References:
        known = {
            call.id: self._predicted[partner].id or ""
            for call, partner in zip(self._expected, alignment, strict=True)
            if call.id is not None and partner is not None
        }
        return References(known)

    def in_order(self) -> list[int | None] | None:
        """Return the alignment first to first if every call is right in it, else None."""
        if len(self._predicted) != len(self._expected):
            return None
        alignment: list[int | None] = list(range(len(self._expected)))
        references = self.references(alignment)
        for index, call in enumerate(self._expected):
            if self._predicted[index].api != call.api or not self.counts(index, index, references).right:
                return None
        return alignment

    def complete(self) -> list[int | None] | None:
        """Return an alignment in which every call is right, references included, or None."""
        if sorted(call.api for call in self._predicted) != sorted(call.api for call in self._expected):
            return None
        best = self.best()
        if self._all_right(best):
            return best
        # Calls alike but for their references can be aligned wrongly above: try the other ways.
        options = [[p for p in range(len(self._predicted)) if self._fits(p, e)] for e in range(len(self._expected))]
        if not all(options) or len(options) > _SEARCHED_CALLS:
            return None
        return self._search(options)

    def _search(self, options: Sequence[Sequence[int]]) -> list[int | None] | None:
        order = sorted(range(len(options)), key=lambda index: len(options[index]))
        chosen: list[int | None] = [None] * len(options)
        steps = 0

        def place(depth: int) -> bool:
            nonlocal steps
            if depth == len(order):
                return self._all_right(chosen)
            expected = order[depth]
            for option in options[expected]:
                steps += 1
                if steps > _SEARCH_STEPS or option in chosen:
                    continue
                chosen[expected] = option
                if self._consistent(expected, chosen) and place(depth + 1):
                    return True
                chosen[expected] = None
            return False

        return chosen if place(0) else None

    def _fits(self, predicted: int, expected: int) -> bool:
        same = self._predicted[predicted].api == self._expected[expected].api
        return same and self.counts(predicted, expected).right

    def _all_right(self, alignment: Sequence[int | None]) -> bool:
        references = self.references(alignment)
        return all(p is not None and self.counts(p, e, references).right for e, p in enumerate(alignment))

    def _consistent(self, expected: int, chosen: Sequence[int | None]) -> bool:
        """Whether a new partner agrees with the references known so far: cuts dead branches early."""
        index = chosen[expected]
        if index is None:
            return True
        known = self.references(chosen)
        targets = {
            t for values in self._expected[expected].arguments.values() for v in values for t in references_in(v)
        }
        if known.predicted is None or not targets <= known.predicted.keys():
            return True
        return self.counts(index, expected, known).right

    def best(self) -> list[int | None]:
        """Return the alignment with the most right arguments; references sharpen it round by round."""
        alignment = self._assign(ANY_REFERENCE)
        for _ in range(_ROUNDS):
            following = self._assign(self.references(alignment))
            if following == alignment:
                break
            alignment = following
        return alignment

    def _assign(self, references: References) -> list[int | None]:
        alignment: list[int | None] = [None] * len(self._expected)
        for api in dict.fromkeys(call.api for call in self._expected):
            rows = [index for index, call in enumerate(self._expected) if call.api == api]
            columns = [index for index, call in enumerate(self._predicted) if call.api == api]
            weights = [[self._weight(c, r, references) for c in columns] for r in rows]
            for row, column in zip(rows, assign(weights), strict=True):
                alignment[row] = columns[column] if column is not None else None
        return alignment

    def _weight(self, predicted: int, expected: int, references: References) -> float:
        counts = self.counts(predicted, expected, references)
        wrong = counts.predicted + counts.expected - 2 * counts.matched
        # Positive for every pair of one API, so that as many as possible are aligned; ties go to the nearer place.
        return 1000.0 + 100.0 * counts.right + 2.0 * counts.matched - wrong - 1e-3 * abs(predicted - expected)
