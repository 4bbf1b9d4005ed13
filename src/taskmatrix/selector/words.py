"""`ApiSelector`: finds APIs by their words, over a catalogue of any size."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.events import Choice, StepChoices
from taskmatrix.core.outlines import Outline
from taskmatrix.core.protocols import Match, Selection
from taskmatrix.selector.feed import Catalogue
from taskmatrix.selector.following import FollowingIndex
from taskmatrix.selector.mates import find_mates
from taskmatrix.selector.queries import asks, read_query, split_query
from taskmatrix.selector.ranking import Fit, merge, rank

FITS = 0.08
"""The probability from which the best API of a step fits; see `docs/design/selector-words.md` for the trade-off."""

STEP_CHOICES = 5
"""APIs told for one step. More are offered to the model, which reads them more closely than a search can."""

WHOLE_PACKAGE = 200
"""A package of up to so many APIs is offered whole when it does at least half of the steps."""

NEAREST = 3
"""Names told for a step that nothing fits."""


class ApiSelector:
    """Implements `Selector` over a catalogue; the index lies in `home`, or in memory without one.

    Every search first follows the catalogue's change feed, so that what was registered is found at once and what
    was removed is not.
    """

    def __init__(self, registry: Catalogue, home: Path | None) -> None:
        self._registry = registry
        self._index = FollowingIndex(registry, home / "index" / "words" if home is not None else None)

    def search(self, query: str, *, limit: int = 10, packages: Sequence[str] = ()) -> Sequence[Match]:
        """Return the best documents for a query, best first; never raises for what the query holds.

        A query of several sentences or steps is also searched step by step.
        """
        parts = split_query(query)
        queries = [query, *parts] if len(parts) > 1 else [query]
        fits = merge([self._rank(text, limit, packages) for text in queries])
        found = [(fit, self._registry.get(fit.package, fit.name)) for fit in fits[:limit]]
        return [Match(document, round(fit.score, 4), fit.why) for fit, document in found if document is not None]

    def select(self, outline: Outline, *, instruction: str = "", limit: int = 24) -> Selection:
        """Return the documents to offer for an outline, searched step by step.

        Besides what fits the steps and the instruction as a whole, up to `limit`, the set holds what their
        composition instructions refer to, and all of a small package that does most of the steps.
        """
        by_step = [self._rank(step.text, max(limit, NEAREST)) for step in outline.steps]
        whole = _fitting(self._rank(instruction, limit))
        # What is said beside the request needs no API of its own: it has those of the whole.
        fitting = [
            _fitting(fits) or ([] if asks(step.text) else whole)
            for step, fits in zip(outline.steps, by_step, strict=True)
        ]
        lists = [*fitting, whole]
        best = {(fit.package, fit.name): fit.score for fit in merge(lists)}
        documents = self._in_turn(lists, limit)
        documents += self._dominant_package(fitting)
        distinct = {(d.package, d.name): d for d in documents}
        mates = find_mates(list(distinct.values()), self._registry)
        ordered = sorted(distinct.values(), key=lambda d: -best.get((d.package, d.name), 0.0))
        unmet = [fits for fits, fit in zip(by_step, fitting, strict=True) if not fit]
        return Selection(
            steps=tuple(
                StepChoices(step=step.text, choices=tuple(_choice(fit) for fit in fits[:STEP_CHOICES]))
                for step, fits in zip(outline.steps, fitting, strict=True)
            ),
            documents=(*ordered, *mates),
            nearest=tuple(dict.fromkeys(_id(fit) for fits in unmet for fit in fits[:NEAREST])),
        )

    def close(self) -> None:
        """Let go of the index; the next search opens it again."""
        self._index.close()

    def _rank(self, text: str, limit: int, packages: Sequence[str] = ()) -> list[Fit]:
        query = read_query(text)
        return self._index.use(lambda index: rank(index, query, limit, packages))

    def _in_turn(self, lists: Sequence[Sequence[Fit]], limit: int) -> list[ApiDocument]:
        """Return the documents of the best of each list, then of the second of each, until there are `limit`."""
        turns = [fit for row in zip_longest(*lists) for fit in row if fit is not None]
        names = list(dict.fromkeys((fit.package, fit.name) for fit in turns))[:limit]
        found = [self._registry.get(package, name) for package, name in names]
        return [document for document in found if document is not None]

    def _dominant_package(self, steps: Sequence[Sequence[Fit]]) -> Sequence[ApiDocument]:
        """Return all of the package that has the best API for at least half of the steps, if it is small."""
        firsts = [fits[0].package for fits in steps if fits]
        package = max(firsts, key=firsts.count, default="")
        if not firsts or 2 * firsts.count(package) < len(steps):
            return ()
        documents = self._registry.documents(package, limit=WHOLE_PACKAGE + 1)
        return documents if len(documents) <= WHOLE_PACKAGE else ()


def _fitting(fits: list[Fit]) -> list[Fit]:
    """Return fits of which the best one fits, else nothing."""
    return fits if fits and fits[0].score >= FITS else []


def _choice(fit: Fit) -> Choice:
    return Choice(api=_id(fit), score=round(fit.score, 4), why=fit.why)


def _id(fit: Fit) -> str:
    return f"{fit.package}.{fit.name}"
