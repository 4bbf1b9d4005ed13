"""Clauses that no call of a plan is about: they are read again alone, and asked about if nothing is found."""

from collections.abc import Sequence
from itertools import groupby

from taskmatrix.mcfm.embedded.composing.ranking import Idf, coverage
from taskmatrix.mcfm.embedded.instruction.clauses import VERBS, Clause
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.instruction.segments import meets, pieces
from taskmatrix.mcfm.embedded.linking import points_back
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.repeating import places_of
from taskmatrix.mcfm.embedded.values.candidates import LITERALS, Candidate

_QUESTIONS = frozenset("what what's how which who who's when where".split())
_JOINING = frozenset("and also then please plus ,".split())
SPOKEN_OF = 0.3
"""A clause of whose words the called APIs know less than this share speaks of something else."""


def unheard(clauses: Sequence[Clause], calls: Sequence[PlannedCall], idf: Idf) -> list[str]:
    """Return the clauses that ask for something, lie outside all calls, and speak of what no call is about."""
    if not calls:
        return []
    known: set[str] = set()
    for call in calls:
        known |= {*call.view.name_stems, *call.view.description_stems, *call.view.parameter_stems}
    found: list[str] = []
    for number, clause in enumerate(clauses, 1):
        tokens = tokenize(clause.text)
        stems = [t.stem for t in tokens if t.is_content and t.text.lower() not in VERBS]
        first = next((t.text.lower() for t in tokens if t.is_content), "")
        if any(_is_about(call, number, clause) for call in calls) or first not in VERBS or len(stems) < 2:
            continue
        if coverage(stems, frozenset(known), idf) < SPOKEN_OF:
            found.append(clause.text)
    return found


def unanswered(clauses: Sequence[Clause], calls: Sequence[PlannedCall]) -> list[Clause]:
    """Return the clauses that ask or bid something, and not of what was said before, and that no call takes from."""
    found = [c for n, c in enumerate(clauses, 1) if calls and not any(_is_about(call, n, c) for call in calls)]
    return [c for c in found if (_first(c) in VERBS or _first(c) in _QUESTIONS) and not points_back(c)]


def untold(
    text: str, clauses: Sequence[Clause], calls: Sequence[PlannedCall], values: Sequence[Candidate]
) -> list[Clause]:
    """Return what lies in a clause between its cuts and holds values of which no call takes any."""
    taken = [place for call in calls for place in places_of(call).values()]
    own = [(v.start, v.end) for v in values if v.kind in LITERALS or v.kind == "name"]
    found: list[Clause] = []
    for clause in clauses:
        parts = pieces(text, (clause.start, clause.end), [*taken, *own])
        for told, run in groupby(parts, lambda part: meets(part, taken)):
            some = list(run)
            start, end = some[0][0], some[-1][1]
            if not told and any(start <= p[0] and p[1] <= end for p in own):
                found.append(Clause(text[start:end], start, end))
    return found


def is_whole(call: PlannedCall) -> bool:
    """Whether a call has all that it needs from words of its own, and no two texts that it needs from the same."""
    places = places_of(call)
    texts = [places[p.name] for p in call.view.parameters if p.required and p.type == "str" and p.name in places]
    return not call.missing and not call.wanting and bool(places) and len({*texts}) == len(texts)


def _first(clause: Clause) -> str:
    return next((t.text.lower() for t in tokenize(clause.text) if t.text.lower() not in _JOINING), "")


def _is_about(call: PlannedCall, number: int, clause: Clause) -> bool:
    """Whether a call is of this step, or takes a value from its words."""
    return call.step == number or any(clause.start <= place[0] < clause.end for place in places_of(call).values())
