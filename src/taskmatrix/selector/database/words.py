"""Words for PostgreSQL's full text: documents as tsvectors, queries as tsqueries that match few enough documents.

Full text knows no rarity of words and ranks whatever matches, one by one. So a word's label (A to D) in a document
holds what BM25 makes of how often it stands there; rarity is put in from outside, for groups of words; and a query
of common words only matches documents that hold several of them.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from taskmatrix.selector.queries import Term
from taskmatrix.selector.words.index import CONFIRMED

MATCHES = 6_000
"""About how many documents a query may match."""

MOST_CONJUNCTIONS = 60
MOST_COMMON = 8
"""Common words that are combined with each other: the rarest of them."""

GROUPS = 4
"""Groups of about equally rare words in a query: each costs one look at every matching document."""

TYPICAL_LENGTH = 120
"""Stems of a document, counted as often as they weigh, that labels are made for: no mean of a catalogue is fixed."""

LABELS = ((0.75, "A"), (0.55, "B"), (0.35, "C"), (0.0, "D"))

_K1, _B = 1.2, 0.75
_MOST = 16_383
_COUNT = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Group:
    """Words of a query that count about the same: a tsquery, what each counts, how many they are."""

    query: str
    mass: float
    size: int


def write_words(counts: Mapping[str, int], marks: Sequence[str] = ()) -> str:
    """Return the stems of a document, how often each is in it, and what marks it, as a tsvector."""
    length = sum(counts.values())
    listed = [f"{quote(stem)}:{min(n, _MOST)}{_label(n, length)}" for stem, n in counts.items()]
    return " ".join([*listed, *(f"{quote(mark)}:1A" for mark in marks)])


def confirmed(stem: str) -> str:
    """Return what marks a document for which an instruction with this stem was confirmed."""
    return f"+{stem}"


def worded(wording: str) -> str:
    """Return what marks a document for which an instruction of this wording was confirmed."""
    return f"={wording}"


def quote(stem: str) -> str:
    """Return a stem as full text reads it."""
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"


def narrow(counts: Mapping[str, int], size: int, budget: int = MATCHES) -> str:
    """Return a tsquery for stems that are in so many documents each, of `size`; empty if there is nothing to find.

    Rare stems are enough alone; of common ones, two or three must meet. How many documents that leaves is guessed
    as if stems were independent; they are not, so the guess is taken four times.
    """
    known = sorted((count, stem) for stem, count in counts.items() if count > 0)
    left, alternatives, common = float(budget), list[str](), list[tuple[int, str]]()
    for count, stem in known:
        if count <= left:
            alternatives.append(quote(stem))
            left -= count
        else:
            common.append((count, stem))
    met: list[frozenset[str]] = []
    for together in (2, 3, 4):
        guesses = sorted(
            (4 * size * math.prod(count / size for count, _ in some), frozenset(stem for _, stem in some))
            for some in combinations(common[:MOST_COMMON], together)
        )
        for guess, stems in guesses:
            if len(met) < MOST_CONJUNCTIONS and guess <= left and not any(fewer <= stems for fewer in met):
                met.append(stems)
                left -= guess
    alternatives += [f"({' & '.join(quote(stem) for stem in sorted(stems))})" for stems in met]
    if not alternatives and common:
        # Even together they are in many documents: the search looks at as many as it may.
        alternatives = [" & ".join(quote(stem) for _, stem in common[:MOST_COMMON])]
    return " | ".join(alternatives)


def match_any(counts: Mapping[str, int]) -> str:
    """Return a tsquery for documents that hold any of the stems; empty if none is anywhere."""
    return " | ".join(quote(stem) for stem, count in counts.items() if count > 0)


def group(masses: Mapping[str, float]) -> list[Group]:
    """Return words in at most `GROUPS` groups, by what they count."""
    ordered = sorted(masses.items(), key=lambda item: item[1])
    if not ordered:
        return []
    low, high = ordered[0][1], ordered[-1][1]
    width = (high - low) / GROUPS or 1.0
    listed: dict[int, list[tuple[str, float]]] = {}
    for stem, mass in ordered:
        listed.setdefault(min(int((mass - low) / width), GROUPS - 1), []).append((stem, mass))
    return [
        Group(" | ".join(quote(stem) for stem, _ in some), sum(mass for _, mass in some) / len(some), len(some))
        for some in listed.values()
    ]


def score(terms: Sequence[Term], rarities: Mapping[str, float], words: str, length: int, mean: float) -> float:
    """Return the BM25 score of a document, from its tsvector as text; confirmed words count once more."""
    words, total = f" {words}", 0.0
    for term in terms:
        mass = term.weight * rarities[term.stem]
        # No stem holds a blank: an entry begins after one.
        entry = f" {quote(term.stem)}:"
        at = words.find(entry)
        if at >= 0:
            found = _COUNT.match(words, at + len(entry))
            total += mass * (_K1 + 1) * _impact(int(found[0]) if found else 1, length, mean)
        if f" {quote(confirmed(term.stem))}:" in words:
            total += CONFIRMED * mass
    return total


def is_worded(words: str, wording: str) -> bool:
    """Whether an instruction of this wording was confirmed for a document, from its tsvector as text."""
    return bool(wording) and quote(worded(wording)) in words


def rarity(count: int, size: int) -> float:
    """Return the inverse document frequency of a stem that is in `count` of `size` documents, as in BM25."""
    return math.log1p((size - count + 0.5) / (count + 0.5))


def _impact(n: int, length: int, mean: float) -> float:
    return n / (n + _K1 * (1 - _B + _B * length / mean))


def _label(n: int, length: int) -> str:
    impact = _impact(n, length, TYPICAL_LENGTH)
    return next(label for least, label in LABELS if impact >= least)
