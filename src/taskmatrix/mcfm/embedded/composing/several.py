"""How many things are made: `add three slides`."""

from collections.abc import Sequence

from taskmatrix.mcfm.embedded.composing.slots import Passage
from taskmatrix.mcfm.embedded.composing.vocabulary import Vocabulary
from taskmatrix.mcfm.embedded.plan import PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import Candidate

MOST = 50
"""Of more things than this it is asked whether so many are meant."""


def counts(value: Candidate, passage: Passage, calls: Sequence[PlannedCall]) -> bool:
    """Return whether a number only says how many there are of what one of the calls names."""
    following = next((t for t in passage.tokens if t.start >= value.end), None)
    return value.kind == "number" and following is not None and any(c.place == following.start for c in calls)


def several(
    value: Candidate, passage: Passage, calls: Sequence[PlannedCall], vocabulary: Vocabulary
) -> list[PlannedCall] | None:
    """Return the calls that are still missing of as many things as a value says; None where it says no such number."""
    if not isinstance(value.value, int) or not 0 < value.value <= MOST:
        return None
    made = next((c for c in calls if counts(value, passage, [c]) and vocabulary.makes(c.view)), None)
    if made is None or any(p.required for p in made.view.parameters):
        return None
    left = value.value - sum(c.view is made.view for c in calls)
    return [PlannedCall(made.view, {}, (), made.place, made.step, made.confidence) for _ in range(left)]
