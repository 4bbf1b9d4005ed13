"""From hits of words to a probability that an API fits, and the words that say why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.selector.index import Hit, WordIndex
from taskmatrix.selector.queries import Term, WordQuery

POOL = 50
"""How many hits are looked at closely."""

SHOWN_WORDS = 6
"""How many words `why` names per part."""


@dataclass(frozen=True, slots=True)
class Fit:
    """An API that may fit: `score` is the probability that it does, `why` says which words speak for it."""

    package: str
    name: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a hit; shares are of the words' rarity, so that telling words count more.

    `covered`: of the query's words, those the document holds; `matches`: how many words that is. `titled`: of the
    name's words, those the query holds. `summarised`: the same for the first sentence of the description. `lead`:
    the query's first word is in the name. `relative`: BM25 score over that of the best hit. `place`: rank among
    the hits, from 0. `unknown`: of the query's words, those that no document holds; most are values, which say
    nothing against it.
    """

    covered: float
    matches: int
    titled: float
    summarised: float
    lead: bool
    relative: float
    place: int
    unknown: float

    def probability(self) -> float:
        """Return how likely the API fits: logistic regression, fitted as `docs/design/selector-words.md` says."""
        logit = (
            -6.71
            + 2.03 * self.covered
            + 0.79 * math.log1p(self.matches)
            + 1.75 * self.titled
            + 2.52 * self.summarised
            + 0.16 * self.lead
            + 1.98 * self.relative
            - 0.82 * math.log1p(self.place)
            + 1.30 * self.unknown
        )
        return 1 / (1 + math.exp(-logit))


def rank(index: WordIndex, query: WordQuery, limit: int, packages: Sequence[str] = ()) -> list[Fit]:
    """Return what fits a query best, best first."""
    hits = index.search(query, max(POOL, limit), packages)
    scores = [evidence.probability() for evidence in weigh(index, query, hits)]
    best = sorted(range(len(hits)), key=lambda place: -scores[place])[:limit]
    return [Fit(hits[n].package, hits[n].name, scores[n], explain(query.terms, hits[n])) for n in best]


def weigh(index: WordIndex, query: WordQuery, hits: Sequence[Hit]) -> list[Evidence]:
    """Return what speaks for each of the hits of a query, which stand best first."""
    masses = {term.stem: term.weight * index.rarity(term.stem) for term in query.terms}
    total = sum(masses.values()) or 1.0
    unknown = sum(mass for stem, mass in masses.items() if not index.knows(stem)) / total
    weighed: list[Evidence] = []
    for place, hit in enumerate(hits):
        found = masses.keys() & hit.summary.union(hit.rest, hit.titles, hit.packages)
        weighed.append(
            Evidence(
                covered=sum(masses[stem] for stem in found) / total,
                matches=len(found),
                titled=_share(index, frozenset(hit.titles), masses),
                summarised=_share(index, hit.summary, masses),
                lead=query.lead in hit.titles,
                relative=hit.score / hits[0].score,
                place=place,
                unknown=unknown,
            )
        )
    return weighed


def merge(ranked: Sequence[Sequence[Fit]]) -> list[Fit]:
    """Return the fits of several queries as one list, best first, each API once with its best score."""
    best: dict[tuple[str, str], Fit] = {}
    for fits in ranked:
        for fit in fits:
            known = best.get((fit.package, fit.name))
            if known is None or known.score < fit.score:
                best[fit.package, fit.name] = fit
    return sorted(best.values(), key=lambda fit: -fit.score)


def explain(terms: Sequence[Term], hit: Hit) -> str:
    """Say which words of the query a document holds, and where."""
    parts = (
        ("name", frozenset(hit.titles)),
        ("description", hit.summary),
        ("package", hit.packages),
        ("details", hit.rest),
    )
    told: set[str] = set()
    lines: list[str] = []
    for label, stems in parts:
        found = [term for term in terms if term.stem in stems and term.stem not in told]
        told.update(term.stem for term in found)
        if found:
            more = " …" if len(found) > SHOWN_WORDS else ""
            lines.append(f"{label}: {', '.join(term.word for term in found[:SHOWN_WORDS])}{more}")
    return "; ".join(lines)


def _share(index: WordIndex, stems: frozenset[str], wanted: dict[str, float]) -> float:
    whole = sum(index.rarity(stem) for stem in stems)
    return sum(index.rarity(stem) for stem in stems if stem in wanted) / whole if whole else 0.0
