"""The memory: what examples teach beyond the documents, as small classifiers with how far they are to be believed.

One classifier says which APIs a unit asks for, one for each parameter name of a package what it is given. How far a
guess is believed is counted on examples held out of the training, by how near they were to the rest: a single
example speaks for nearly the same words only, hundreds for everything like them.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.learning import lessons as told
from taskmatrix.mcfm.embedded.learning.classifying import Classifier, Labelled, train
from taskmatrix.mcfm.embedded.learning.examples import Example
from taskmatrix.mcfm.embedded.learning.lessons import Lesson, Lessons, Past, make_lessons
from taskmatrix.mcfm.embedded.learning.meaning import meaning
from taskmatrix.mcfm.embedded.learning.similarity import Nearness, index
from taskmatrix.mcfm.embedded.learning.tagging import Heard, tag_model, tagged
from taskmatrix.mcfm.embedded.learning.units import Unit

if TYPE_CHECKING:
    import numpy as np

BINS = (0.2, 0.35, 0.5, 0.65, 0.8, 0.93)
DOUBT = 4.0
"""So many held-out examples weigh as much as what is assumed before any is seen."""
STEEPNESS = 3
FOLDS, FEW, MOST_MEASURED = 5, 1_000, 2_000
ENOUGH = 8
"""With fewer held-out examples the counts say nothing."""
FAR = 2.0
OTHERS = 0.8
"""How near an example is that gives the parameter of the same name of another API of the package."""
TAUGHT = 3
"""What users teach of a platform counts as much as so many of the examples that came with it."""
Progress = Callable[[str], None]
NO_DOCUMENTS: Mapping[str, ApiDocument] = {}


@dataclass(frozen=True, slots=True)
class Guess:
    """Probabilities of classes (see `lessons`), and how far to believe them (0: not at all, 1: entirely)."""

    chances: Mapping[str, float] = field(default_factory=dict[str, float])
    trust: float = 0.0

    @property
    def best(self) -> str:
        """The likeliest class, empty where there is none."""
        return max(self.chances, key=lambda c: (self.chances[c], c), default="")


NOTHING = Guess()


@dataclass(slots=True)
class Memory:
    """Classifiers by name, what they got right on held-out examples by nearness, and what to be near to."""

    models: Mapping[str, Classifier]
    records: "Mapping[str, np.ndarray]"
    nearness: Nearness
    examples: int = 0

    def apis(self, unit: Unit, before: Sequence[str], offered: frozenset[str] | None) -> Guess:
        """Guess the program class of a unit among those over the APIs on offer (None: over any)."""
        name = told.apis_model(unit)
        model = self.models.get(name)
        if model is None:
            return NOTHING
        possible = None
        if offered is not None:
            possible = frozenset(c for c in model.classes if not c or offered.issuperset(c.split("|")))
        chances = model.chances(
            told.apis_features(unit, before), possible, told.named(unit, model.classes), _meaning(model, unit)
        )
        guess = Guess(chances)
        return Guess(chances, self._trust(name, unit, guess.best, "")) if chances else NOTHING

    def arguments(
        self, unit: Unit, api: str, parameters: Iterable[str], place: int, many: int, past: Sequence[Past]
    ) -> dict[str, Guess]:
        """Guess what the parameters of a call are given, each with the best guesses for those before it by name."""
        found: dict[str, Guess] = {}
        features = told.argument_features(unit, api, place, many, past)
        for parameter in sorted(parameters):
            found[parameter] = guess = self._argument(unit, api, parameter, features, past)
            if guess.chances:
                features = (*features, told.given_feature(parameter, guess.best))
        return found

    def _argument(
        self, unit: Unit, api: str, parameter: str, features: tuple[str, ...], past: Sequence[Past]
    ) -> Guess:
        name = told.role(api, parameter)
        model = self.models.get(name)
        if model is None:
            return NOTHING
        there = {*told.copies(past), *told.results(past)}
        possible = frozenset(c for c in model.classes if not c.startswith((told.COPY, told.RESULT)) or c in there)
        speaks = told.evidence(unit, told.names_of(model.classes), told.copies(past))
        chances = model.chances(features, possible, speaks, _meaning(model, unit))
        return Guess(chances, self._trust(name, unit, "", api))

    def words(self, unit: Unit, api: str, parameters: Iterable[str]) -> Heard | None:
        """Guess which words of a whole instruction the parameters of a call are given; None where nothing is known."""
        model = self.models.get(tag_model(api))
        return None if model is None or unit.is_step else tagged(model, unit.text, api, parameters)

    def knows(self, api: str) -> bool:
        """Whether an example calls an API."""
        return f"calls {api}" in self.nearness.tagged

    def near(self, unit: Unit) -> float:
        """Return how near the words of a unit are to the closest example (0…1)."""
        scores = self.nearness.scores(unit.words)
        return float(scores.max()) if len(scores) else 0.0

    def _trust(self, model: str, unit: Unit, best: str, api: str) -> float:
        near = _near(self.nearness, self.nearness.scores(unit.words), model, best, api)
        believed = trust(near, self.records.get(model))
        # What was held out was of the same kinds; of instructions far from all examples it says nothing.
        return believed if api or unit.is_step else min(believed, FAR * near)


def _meaning(model: Classifier, unit: Unit) -> "np.ndarray | None":
    return meaning(unit) if model.meant is not None else None


def _near(nearness: Nearness, scores: "np.ndarray", model: str, best: str, api: str) -> float:
    """How near the closest example is that speaks of this program, or of this parameter (of another API less so)."""
    if not api:
        return nearness.of(scores, f"program {best}")
    return max(nearness.of(scores, f"{model} {api}"), OTHERS * nearness.of(scores, model))


def trust(near: float, record: "np.ndarray | None") -> float:
    """Return how far to believe a guess on words that near to an example; `record` is (bins, [right, all])."""
    assumed = min(1.0, near) ** STEEPNESS
    if record is None:
        return assumed
    if record[:, 1].sum() < ENOUGH:
        return assumed
    right, seen = record[_bin(near)]
    return float((DOUBT * assumed + right) / (DOUBT + seen))


def _bin(near: float) -> int:
    return sum(near >= edge for edge in BINS)


def remember(
    examples: Sequence[Example],
    documents: Mapping[str, ApiDocument] = NO_DOCUMENTS,
    progress: Progress = lambda text: None,
    *,
    with_meaning: bool = True,
    known: int = 0,
) -> Memory:
    """Learn from examples; the same ones in the same order give the same memory.

    The first `known` of them came with a platform. `documents` are APIs that the examples' are to be told from: what
    they say of themselves stands against the words.
    """
    made = make_lessons(examples, documents, with_meaning=with_meaning)
    if known:
        made.rows += [r for r in made.rows if r.example >= known] * (TAUGHT - 1)
    models = _train(made.rows, progress)
    records = _records(made, examples, progress)
    return Memory(models, records, index([u.words for u in made.units], made.tags), len(examples))


def _train(rows: Sequence[Lesson], progress: Progress) -> dict[str, Classifier]:
    grouped: dict[str, list[Labelled]] = defaultdict(list)
    for lesson in rows:
        grouped[lesson.model].append(lesson.row)
    models: dict[str, Classifier] = {}
    for name, some in sorted(grouped.items()):
        progress(f"{name}: {len(some)} rows")
        models[name] = train(some)
    return models


def _records(made: Lessons, examples: Sequence[Example], progress: Progress) -> "dict[str, np.ndarray]":
    """Count what classifiers get right on examples that they were not trained on.

    For the choice of APIs half of these are held out by the values that no word says, as new kinds of cases are.
    """
    found: dict[str, np.ndarray] = {}
    if len(examples) < ENOUGH:
        return found
    measured = FOLDS if len(examples) <= FEW else 1
    by_words = [f"{e.instruction} {n}" for n, e in enumerate(examples)]
    for held in range(measured):
        progress(f"measuring what was learned, {held + 1} of {measured}")
        _measure(found, made, [_fold(w) == held for w in by_words], lambda model: not model.startswith("words"))
        by_kind = [_fold(told.signature(e)) == held for e in examples]
        if 0 < sum(by_kind) < len(examples):
            _measure(found, made, by_kind, lambda model: model.startswith("apis"))
    return found


def _fold(text: str) -> int:
    return int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8], 16) % FOLDS


def _measure(
    found: "dict[str, np.ndarray]", made: Lessons, held: Sequence[bool], counts: Callable[[str], bool]
) -> None:
    """Train without the examples held out and count what becomes of some of them."""
    rows = [r for r in made.rows if counts(r.model)]
    models = _train([r for r in rows if r.example < 0 or not held[r.example]], lambda text: None)
    owner = {lesson.unit: lesson.example for lesson in made.rows if lesson.example >= 0}
    kept = [n for n in range(len(made.units)) if not held[owner[n]]]
    near = index([made.units[n].words for n in kept], [made.tags[n] for n in kept])
    asked = [r for r in rows if r.example >= 0 and held[r.example] and not r.is_extra and r.model in models]
    scores: dict[int, np.ndarray] = {}
    for lesson in asked[:: max(1, len(asked) // MOST_MEASURED)]:
        if lesson.unit not in scores:
            scores[lesson.unit] = near.scores(made.units[lesson.unit].words)
        _count(found, lesson, models[lesson.model], near, scores[lesson.unit])


def _count(
    found: "dict[str, np.ndarray]", lesson: Lesson, model: Classifier, near: Nearness, scores: "np.ndarray"
) -> None:
    import numpy as np

    possible = frozenset(model.classes) - lesson.row.excluded
    chances = model.chances(lesson.row.features, possible, lesson.row.links, lesson.row.vector)
    if not chances:
        return
    best = max(chances, key=lambda c: (chances[c], c))
    api = next((f[2:] for f in lesson.row.features if f.startswith("A:")), "")
    record = found.setdefault(lesson.model, np.zeros((len(BINS) + 1, 2), np.float32))
    record[_bin(_near(near, scores, lesson.model, best, api))] += (best in lesson.row.right, 1)
