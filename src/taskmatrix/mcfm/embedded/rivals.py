"""Which of the APIs that fit the same words are meant: calls that those of other APIs make needless."""

from collections.abc import Callable, Collection, Sequence

from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import Evidence
from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.instruction.segments import Place, meets
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.repeating import TELLING, places_of
from taskmatrix.mcfm.embedded.values.candidates import Candidate

RIVAL, TOLD = 0.8, 2
"""An API that takes nothing but what another one takes is called too only if it fits so well and words of its name or
so many of its description are said, or all of its name is."""


def is_covered(
    made: Sequence[PlannedCall],
    calls: Sequence[PlannedCall],
    evidence: Evidence,
    clauses: Sequence[Clause],
    values: Sequence[Candidate],
) -> bool:
    """Whether better fitting calls already take all that these take: two APIs for one thing.

    Both are meant where each is spoken of in words of its own: `the temperature and the humidity in Paris`.
    """
    taken, own = set(_places(calls)), set(_places(made))
    left = [s for s in own if not any(t[0] <= s[0] and s[1] <= t[1] for t in taken)]
    if not calls or 2 * len(left) > len(own) or not any(c.step == m.step for c in calls for m in made):
        return False
    view = evidence.view
    known, spoken = _known(calls), _spoken(clauses)
    if left:
        if any(v.kind in TELLING and meets((v.start, v.end), left) for v in values):
            return False  # a quote is said to have something done with it
        return not ({*view.full_name_stems, *view.description_stems} - known) & spoken
    return not _is_spoken_of(view, known, spoken, evidence.fits)


def _is_spoken_of(view: ApiView, known: Collection[str], spoken: Collection[str], fits: float) -> bool:
    """Whether an API is spoken of in words that no other one knows: of its name, or of its description."""
    named = {s for s in view.full_name_stems if s not in known}
    told = {s for s in view.description_stems if s not in known and s in spoken}
    if fits < RIVAL:
        return bool(named) and all(s in spoken for s in named)
    return any(s in spoken for s in named) or len(told) >= TOLD


def undisputed(calls: Sequence[PlannedCall]) -> list[PlannedCall]:
    """Return the calls without those that take the very values of a call of another API which alone is named in them.

    Of `facts on the Battle of Lepanto and the Treaty of Rome` the battle is no treaty. No API loses its last call.
    """
    left = list(calls)
    for call in calls:
        own = set(places_of(call).values())
        rivals = [o for o in left if o.view is not call.view and own and own <= set(places_of(o).values())]
        others = [o for o in left if o.view is call.view and o is not call]
        if others and any(_is_named(o, call) and not _is_named(call, o) for o in rivals):
            left.remove(call)
    return left


def of_own_steps(calls: Sequence[PlannedCall], step: Callable[[int], int]) -> list[PlannedCall]:
    """Return the calls without those that an API makes besides others, of values of another API in a step of its own.

    Of `add A to the cart and throw B out` B is not added.
    """
    left = list(calls)
    for call in calls:
        others = [o for o in left if o.view is call.view and o is not call]
        known = set(_places(others))
        own = [p for p in places_of(call).values() if not meets(p, known)]
        homes = {step(place[0]) for place in known}
        foreign = [p for o in left if o.view is not call.view for p in places_of(o).values()]
        taken = all(meets(p, foreign) and step(p[0]) not in homes for p in own)
        if others and own and taken:
            left.remove(call)
    return left


def _is_named(call: PlannedCall, other: PlannedCall) -> bool:
    """Whether the values of a call hold a word of its API's name that the other one's lacks."""
    said = {token.stem for source in call.sources for token in tokenize(source.text)}
    return bool((call.view.full_name_stems - other.view.full_name_stems) & said)


def is_called_by_name(evidence: Evidence, calls: Sequence[PlannedCall], clauses: Sequence[Clause]) -> bool:
    """Whether all of the name of an API that fits well is said, of which some words are no other's."""
    own, known = evidence.view.full_name_stems, _known(calls)
    return evidence.fits >= RIVAL and own <= _spoken(clauses) | known and not own <= known


def _known(calls: Sequence[PlannedCall]) -> set[str]:
    """The stems of the words of the called APIs' documents."""
    return {s for c in calls for s in (*c.view.full_name_stems, *c.view.description_stems, *c.view.parameter_stems)}


def _spoken(clauses: Sequence[Clause]) -> set[str]:
    return {token.stem for clause in clauses for token in tokenize(clause.text) if token.is_content}


def is_taken(made: Sequence[PlannedCall], calls: Sequence[PlannedCall]) -> bool:
    """Whether calls already there take what these would: of many APIs that are alike one answers each clause."""
    own = _places(made)
    if not own:
        return any(call.step == other.step for call in made for other in calls)
    taken = _places(calls)
    shared = sum(meets(s, taken) for s in own)
    return 2 * shared >= len(own)


def takes_more(call: PlannedCall, calls: Sequence[PlannedCall]) -> bool:
    """Whether a call takes words that none of the calls already there takes."""
    taken = _places(calls)
    return not all(meets(place, taken) for place in _places([call]))


def _places(calls: Sequence[PlannedCall]) -> list[Place]:
    return [place for call in calls for place in places_of(call).values()]
