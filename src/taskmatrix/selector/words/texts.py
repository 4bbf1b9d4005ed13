"""What the index keeps of a document: the stems of its parts, and how much each part weighs."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from taskmatrix.core.documents import ApiDocument
from taskmatrix.selector.prose import MAX_TEXT, read_prose, tell
from taskmatrix.selector.queries import WordQuery, read_query
from taskmatrix.selector.tokens import distinct, stems

MOST_STEMS = {"package": 12, "name": 16, "description": 150, "parameters": 120, "details": 400, "examples": 150}
"""Distinct stems that a part may hold. Hardly any honest part holds more (1 in 5,000 of 190,000 documents)."""

OPENING = 40
"""Of a longer description or example so many are kept; of longer names what the summary says, too."""

REPEATS = 3
"""How often one word of a part counts."""

MAX_PARAMETERS = 400
MAX_DETAIL = 600
"""Characters of a parameter's description that are read."""

MOST_CONFIRMED = 200


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The stems of a document, part by part, none of them in one part more than `REPEATS` times.

    `description` goes on where `summary` ends. `confirmed` are the stems of the instructions confirmed for it,
    `wordings` the instructions as a whole (see `wording_of`).
    """

    package: tuple[str, ...]
    name: tuple[str, ...]
    summary: tuple[str, ...]
    description: tuple[str, ...]
    parameters: tuple[str, ...]
    details: tuple[str, ...]
    examples: tuple[str, ...]
    confirmed: tuple[str, ...] = ()
    wordings: tuple[str, ...] = field(default=())

    @property
    def rest(self) -> list[str]:
        """The distinct stems of the body that the summary does not hold."""
        said = set(self.summary)
        body = (*self.description, *self.parameters, *self.details, *self.examples)
        return [stem for stem in distinct(body) if stem not in said]

    def weighted(self) -> str:
        """Return all stems, each as often as its part weighs: term frequencies saturate together (BM25F).

        Source: Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple weighted fields". The
        weights were measured, see `docs/design/selector.md`.
        """
        parts = (
            (self.name, 6),
            (self.package, 2),
            (self.summary, 4),
            (self.description, 2),
            (self.parameters, 2),
            (self.details, 1),
            (self.examples, 1),
        )
        return " ".join(stem for part, weight in parts for stem in part * weight)


def read_document(document: ApiDocument, confirmed: Sequence[str] = ()) -> DocumentText:
    """Return the stems of a document's parts, and of the instructions confirmed for it."""
    sentences = tell(document.description)
    summary = _opening(_stems(sentences[:1]), "description")
    said = set(summary)
    parameters = document.parameters[:MAX_PARAMETERS]
    queries = [read_query(instruction) for instruction in confirmed[:MOST_CONFIRMED]]
    return DocumentText(
        package=_supported(_stems([document.package]), "package", said),
        name=_supported(_stems([document.name]), "name", said),
        summary=summary,
        description=_opening(_stems(sentences[1:]), "description"),
        parameters=_supported(_stems(p.name for p in parameters), "parameters", said),
        details=_opening(
            _stems([read_prose(". ".join(p.description[:MAX_DETAIL] for p in parameters), 0)]), "details"
        ),
        examples=_opening(distinct(_stems([read_prose("\n".join(document.examples), 0)])), "examples"),
        confirmed=tuple(distinct(term.stem for query in queries for term in query.terms)),
        wordings=tuple(distinct(filter(None, map(wording_of, queries)))),
    )


def wording_of(query: WordQuery) -> str:
    """Return a short text that two queries share if they have the same words; empty for a query without words."""
    listed = " ".join(sorted(term.stem for term in query.terms))
    return blake2b(listed.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() if listed else ""


def _opening(found: list[str], part: str) -> tuple[str, ...]:
    if len(set(found)) <= MOST_STEMS[part]:
        return tuple(found)
    return tuple(distinct(found)[:OPENING])


def _supported(found: list[str], part: str, said: Collection[str]) -> tuple[str, ...]:
    """Return the stems of a part made of names: of too many only those that the summary holds, too."""
    if len(set(found)) <= MOST_STEMS[part]:
        return tuple(found)
    return tuple([stem for stem in distinct(found) if stem in said] or found[:1])


def _stems(texts: Iterable[str]) -> list[str]:
    """Return the stems of texts in order, each at most `REPEATS` times."""
    counts: Counter[str] = Counter()
    kept = list[str]()
    for stem in stems(" ".join(texts)[:MAX_TEXT]):
        counts[stem] += 1
        if counts[stem] <= REPEATS:
            kept.append(stem)
    return kept
