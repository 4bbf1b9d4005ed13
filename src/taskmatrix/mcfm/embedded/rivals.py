"""Which of the APIs that fit the same words are meant: calls that those of other APIs make needless."""

from collections.abc import Sequence

from taskmatrix.mcfm.embedded.encoder.cross_encoder import Evidence
from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.repeating import places_of

RIVAL = 0.8
"""An API that takes nothing but what another one takes is called too only if it fits this well."""


def is_covered(
    made: Sequence[PlannedCall], calls: Sequence[PlannedCall], evidence: Evidence, clauses: Sequence[Clause]
) -> bool:
    """Whether better fitting calls already take all that these take: two APIs for one thing.

    Both are meant where each is spoken of in words of its own: `the temperature and the humidity in Paris`.
    """
    taken = {s for c in calls for s in places_of(c).values()}
    own = {s for c in made for s in places_of(c).values()}
    shared = sum(any(t[0] <= s[0] and s[1] <= t[1] for t in taken) for s in own)
    if not calls or 2 * shared < len(own) or not any(c.step == m.step for c in calls for m in made):
        return False
    view = evidence.view
    known = {s for c in calls for s in (*c.view.name_stems, *c.view.description_stems, *c.view.parameter_stems)}
    spoken = {t.stem for clause in clauses for t in tokenize(clause.text) if t.is_content}
    if shared < len(own):
        return not ({*view.name_stems, *view.description_stems} - known) & spoken
    return evidence.fits < RIVAL or not ({*view.name_stems} - known) & spoken


def is_taken(made: Sequence[PlannedCall], calls: Sequence[PlannedCall]) -> bool:
    """Whether calls already there take what these would: of many APIs that are alike one answers each clause."""
    own = [s for call in made for s in places_of(call).values()]
    if not own:
        return any(call.step == other.step for call in made for other in calls)
    taken = [s for call in calls for s in places_of(call).values()]
    shared = sum(any(s[0] < t[1] and t[0] < s[1] for t in taken) for s in own)
    return 2 * shared >= len(own)
