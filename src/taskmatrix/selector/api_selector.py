"""`ApiSelector`: finds APIs by words and by meaning, over a catalogue of any size."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from math import prod
from pathlib import Path

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import EncoderUnavailableError
from taskmatrix.core.events import Choice, StepChoices
from taskmatrix.core.outlines import Outline
from taskmatrix.core.protocols import Found, Match, Selection
from taskmatrix.core.search import ANYTHING, MOST_ASKED, DemandLog, DemandOrigin, SearchFilter
from taskmatrix.models.encoder import load_encoder
from taskmatrix.selector.composing import compose
from taskmatrix.selector.feed import Catalogue
from taskmatrix.selector.files import FileIndex
from taskmatrix.selector.mates import find_mates
from taskmatrix.selector.queries import asks, read_query, split_query
from taskmatrix.selector.ranking import Fit, merge, rank
from taskmatrix.selector.retrieval import Encoder, Index, Query, Retriever, Vectors, WordsStatus

logger = logging.getLogger(__name__)

FITS, FITS_BY_WORDS = 0.3, 0.2
"""The probability that any of the best fits, from which a step has an API; see `docs/design/selector.md`. Words alone
cannot be as sure that nothing fits: it may only be called otherwise."""

LIKELIEST = 5
"""So many of the best count for that: in a large catalogue several do the same, and each for itself looks unlikely."""

STEP_CHOICES = 5
"""APIs told for one step. More are offered to the model, which reads them more closely than a search can."""

WHOLE_PACKAGE = 200
"""A package of up to so many APIs is offered whole when it does at least half of the steps."""

NEAREST = 3
"""Names told for a step that nothing fits."""

SMALL = 2_000
"""In a catalogue of up to so many APIs, words that decide make the encoder needless."""

DECIDED, CLEAR = 0.6, 0.4
"""Words decide if the best fits with this probability, and the second with so much less."""


class ApiSelector:
    """Implements `Selector` over a catalogue; the index lies in `home`, in memory without one, or is given.

    Every search first follows the catalogue's change feed, so that what was registered is found at once, by its
    words, and what was removed is not. Vectors are made by `embedding.catch_up`.
    """

    def __init__(
        self,
        registry: Catalogue,
        home: Path | None,
        *,
        encoder: Callable[[], Encoder] = load_encoder,
        demand: DemandLog | None = None,
        index: Index | None = None,
    ) -> None:
        self._registry = registry
        self._demand = demand
        self._load = encoder
        self._index: Index = FileIndex(registry, home, encoder) if index is None else index
        self._encoder_missed = False
        self._is_small = True

    @property
    def embedding(self) -> Vectors:
        """The vectors, which are made in the background."""
        return self._index.embedding

    def words_status(self) -> WordsStatus:
        """Return how far the words are, which the next search brings up to date."""
        return self._index.words_status()

    def search(self, query: str, *, limit: int = 10, where: SearchFilter = ANYTHING, explain: bool = False) -> Found:
        """Return the best documents for a query, best first; never raises for what the query holds.

        A query of several sentences or steps is also searched step by step. With `explain`, each match has its
        `Explanation`.
        """
        parts = split_query(query)
        steps = parts if len(parts) > 1 else []
        ranked = self._rank([query, *steps], max(limit, LIKELIEST) if where.allows is None else MOST_ASKED, where)
        lacks_vectors = not self._encoder_missed and any(not fits or fits[0].pool.lacks_vectors for fits in ranked)
        if where.allows is not None:
            ranked = self._allowed(ranked, max(limit, LIKELIEST), where.allows)
        whole, *by_step = ranked
        by_step = compose(by_step, self._registry.get_all)
        missed, fits = _missed(query, whole, list(zip(steps, by_step, strict=True)))
        if where == ANYTHING:
            for text, nearest in missed:
                self._note_unmet(text, nearest, "search")
        matches = self._matches(merge([whole, *by_step])[: max(0, limit)], explain=explain)
        return Found(tuple(matches), tuple(text for text, _ in missed), fits, lacks_vectors)

    def select(self, outline: Outline, *, instruction: str = "", limit: int = 24) -> Selection:
        """Return the documents to offer for an outline, searched step by step.

        Besides what fits the steps and the instruction as a whole, up to `limit`, the set holds what their
        composition instructions refer to, and all of a small package that does most of the steps.
        """
        *by_step, whole = self._rank([*(step.text for step in outline.steps), instruction], max(limit, NEAREST))
        by_step = compose(by_step, self._registry.get_all)
        whole = _fitting(whole[:limit])
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
        unmet = [(step.text, f) for step, f, fit in zip(outline.steps, by_step, fitting, strict=True) if not fit]
        for text, fits in unmet:
            self._note_unmet(text, fits, "run")
        return Selection(
            steps=tuple(
                StepChoices(step=step.text, choices=tuple(_choice(fit) for fit in fits[:STEP_CHOICES]))
                for step, fits in zip(outline.steps, fitting, strict=True)
            ),
            documents=(*ordered, *mates),
            nearest=tuple(dict.fromkeys(_id(fit) for _, fits in unmet for fit in fits[:NEAREST])),
        )

    def close(self) -> None:
        """Let go of the index; the next search opens it again."""
        self._index.close()
        if self._demand is not None:
            self._demand.close()

    def _rank(self, texts: Sequence[str], limit: int, where: SearchFilter = ANYTHING) -> list[list[Fit]]:
        queries = [Query(text, read_query(text)) for text in texts]
        if self._is_small:
            ranked = self._index.use(partial(_decide, queries=queries, limit=limit, where=where), meaning=False)
            if ranked is not None:
                return ranked
        try:
            vectors = self._load().encode_queries(texts)
            queries = [replace(query, vector=vector) for query, vector in zip(queries, vectors, strict=True)]
            return self._read(queries, limit, where, meaning=True)
        except EncoderUnavailableError as error:
            if not self._encoder_missed:
                logger.warning("searching by words only: %s", error)
            self._encoder_missed = True
            return self._read(queries, limit, where, meaning=False)

    def _read(self, queries: Sequence[Query], limit: int, where: SearchFilter, *, meaning: bool) -> list[list[Fit]]:
        def read(index: Retriever) -> list[list[Fit]]:
            self._is_small = index.size() <= SMALL
            return rank(index, queries, limit, where)

        return self._index.use(read, meaning=meaning)

    def _matches(self, fits: Sequence[Fit], *, explain: bool) -> Iterator[Match]:
        documents = self._documents(fits)
        for fit in fits:
            document = documents.get((fit.package, fit.name))
            if document is not None:
                yield Match(document, round(fit.score, 4), fit.why, fit.pool.explain(fit.place) if explain else None)

    def _allowed(
        self, ranked: Sequence[Sequence[Fit]], limit: int, allows: Callable[[ApiDocument], bool]
    ) -> list[list[Fit]]:
        """Return of each step the best that are allowed, asking about no document twice and none without need."""
        verdicts: dict[tuple[str, str], bool] = {}
        kept: list[list[Fit]] = []
        for fits in ranked:
            allowed = list[Fit]()
            for start in range(0, len(fits), limit):
                page = fits[start : start + limit]
                for key, document in self._documents(page).items():
                    if key not in verdicts:
                        verdicts[key] = allows(document)
                allowed += [fit for fit in page if verdicts.get((fit.package, fit.name))]
                if len(allowed) >= limit:
                    break
            kept.append(allowed[:limit])
        return kept

    def _documents(self, fits: Sequence[Fit]) -> Mapping[tuple[str, str], ApiDocument]:
        return self._registry.get_all((fit.package, fit.name) for fit in fits)

    def _note_unmet(self, text: str, fits: Sequence[Fit], origin: DemandOrigin) -> None:
        if self._demand is not None and text.strip():
            self._demand.unmet(text, [_id(fit) for fit in fits[:NEAREST]], origin=origin)

    def _in_turn(self, lists: Sequence[Sequence[Fit]], limit: int) -> list[ApiDocument]:
        """Return the documents of the best of each list, then of the second of each, until there are `limit`."""
        turns = [fit for row in zip_longest(*lists) for fit in row if fit is not None]
        keys = list(dict.fromkeys((fit.package, fit.name) for fit in turns))[:limit]
        found = self._registry.get_all(keys)
        return [found[key] for key in keys if key in found]

    def _dominant_package(self, steps: Sequence[Sequence[Fit]]) -> Sequence[ApiDocument]:
        """Return all of the package that has the best API for at least half of the steps, if it is small."""
        firsts = [fits[0].package for fits in steps if fits]
        package = max(firsts, key=firsts.count, default="")
        if not firsts or 2 * firsts.count(package) < len(steps):
            return ()
        documents = self._registry.documents(package, limit=WHOLE_PACKAGE + 1)
        return documents if len(documents) <= WHOLE_PACKAGE else ()


def _decide(index: Retriever, queries: Sequence[Query], limit: int, where: SearchFilter) -> list[list[Fit]] | None:
    """Return what fits by words alone where that leaves no doubt, None in a large catalogue or where it does."""
    if index.size() > SMALL:
        return None
    ranked = rank(index, queries, limit, where)
    return ranked if all(map(_is_decided, ranked)) else None


def _is_decided(fits: Sequence[Fit]) -> bool:
    """Whether words alone leave no doubt."""
    best, second = (fits[0].score if fits else 0.0), (fits[1].score if len(fits) > 1 else 0.0)
    return best >= DECIDED and best - second >= CLEAR


def something_fits(fits: Sequence[Fit]) -> bool:
    """Whether any API of one step's fits, best first, is likely to do it."""
    if not fits:
        return False
    likely = 1 - prod(1 - fit.score for fit in fits[:LIKELIEST])
    return likely >= (FITS if fits[0].pool.by_meaning else FITS_BY_WORDS)


def _missed(
    query: str, whole: Sequence[Fit], steps: Sequence[tuple[str, Sequence[Fit]]]
) -> tuple[list[tuple[str, Sequence[Fit]]], bool]:
    """Return the steps that nothing fits, or the whole query, each with what is closest; and whether anything fits."""
    asked = [(step, fits) for step, fits in steps if asks(step)]
    missed = [(step, fits) for step, fits in asked if not something_fits(fits)]
    if len(missed) < len(asked):
        return missed, True
    if something_fits(whole):
        return [], True
    return missed or [(query, whole)], False


def _fitting(fits: list[Fit]) -> list[Fit]:
    """Return fits of which some are likely to fit, else nothing."""
    return fits if something_fits(fits) else []


def _choice(fit: Fit) -> Choice:
    return Choice(api=_id(fit), score=round(fit.score, 4), why=fit.why)


def _id(fit: Fit) -> str:
    return f"{fit.package}.{fit.name}"
