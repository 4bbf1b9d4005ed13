"""Which words each parameter is given: a chain over the words of an instruction, learned from examples.

Word after word a classifier says to which parameter of a call it belongs, or to none, given the words around it and
what the word before was found to be: a maximum-entropy Markov model (McCallum et al., 2000). Words that few examples
have are all the same word: a name that none has is found by the words around it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from taskmatrix.mcfm.embedded.learning.classifying import Classifier, Labelled
from taskmatrix.mcfm.embedded.learning.units import Word, words_of

NOTHING, BEGIN = "", "<start>"
NEW = "<new>"
"""Stands for a word that few examples have, or none."""
LONGEST = 12
"""Words of a value."""
LEAST = 1e-3
"""What is less likely is not followed any further."""
KEPT = 4


@dataclass(frozen=True, slots=True)
class Tagged:
    """A stretch `start:end` of an instruction that is all that a parameter is given, and how likely it is."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Heard:
    """For each parameter the likeliest stretches that it is given, and how likely it is given none."""

    stretches: Mapping[str, Sequence[Tagged]]
    nothing: Mapping[str, float]


def tag_model(api: str) -> str:
    """The name of the classifier of words: APIs of one package share it."""
    return f"words {api.rpartition('.')[0]}"


def tag_rows(
    text: str,
    api: str,
    given: Mapping[str, tuple[int, int]],
    rare: Set[str] = frozenset(),
    opened: Set[str] = frozenset(),
) -> list[Labelled]:
    """Return the rows of one call: `given` are the places of what its parameters are given, `rare` words masked."""
    words = words_of(text)
    tags = [next((n for n, (s, e) in given.items() if s < w.end and w.start < e), NOTHING) for w in words]
    seen = [_new(w) if w.stem in rare else w for w in words]
    masked = [_new(w) if tag in opened else w for w, tag in zip(seen, tags, strict=True)]
    return _rows(seen, api, tags) + (_rows(masked, api, tags) if masked != seen else [])


def _new(word: Word) -> Word:
    return word if word.stem.startswith("<") else Word(NEW, word.start, word.end, word.capital)


def _rows(words: Sequence[Word], api: str, tags: Sequence[str]) -> list[Labelled]:
    return [
        Labelled((*_features(words, i, api), *_after(before, words[i], api)), frozenset((tag,)))
        for i, (before, tag) in enumerate(pairwise((BEGIN, *tags)))
    ]


def _features(words: Sequence[Word], place: int, api: str) -> list[str]:
    """What stands at and around a word."""
    around = [words[i].stem if 0 <= i < len(words) else "<end>" for i in range(place - 3, place + 4)]
    before3, before2, before, here, after, after2, _ = around
    found = [
        f"0:{here}",
        f"-1:{before}",
        f"+1:{after}",
        f"-2:{before2}",
        f"+2:{after2}",
        f"-1 0:{before} {here}",
        f"0 +1:{here} {after}",
        f"-2 -1:{before2} {before}",
        f"+1 +2:{after} {after2}",
        f"-3 -1:{before3} {before2} {before}",
        f"-1 +1:{before} {after}",
        f"api:{api}",
        f"api 0:{api} {here}",
        f"api -1:{api} {before}",
        f"api +1:{api} {after}",
    ]
    if words[place].capital and place:
        found.append("capital")
    if here not in (NEW, "the") and any(w.stem == here for w in words[:place]):
        found += ["again", f"again +1:{after}"]  # `the weight of the bed sensor weight`: a part of a name
    return found


def _after(before: str, word: Word, api: str) -> list[str]:
    return [f"p:{before}", f"p 0:{before} {word.stem}", f"p api:{before} {api}"]


def tagged(model: Classifier, text: str, api: str, parameters: Iterable[str]) -> Heard:
    """Return what the words of an instruction give to the parameters of a call."""
    possible = frozenset((NOTHING, *parameters)) & frozenset(model.classes)
    words = [w if f"0:{w.stem}" in model.features else _new(w) for w in words_of(text)]
    names = sorted(possible - {NOTHING})
    if not names or not words:
        return Heard({}, {})
    # steps[i][before][tag]: how likely word i is `tag` after `before`.
    steps: list[dict[str, dict[str, float]]] = []
    reached: dict[str, float] = {BEGIN: 1.0}
    ahead: list[dict[str, float]] = [reached]
    absent = {n: {BEGIN: 1.0} for n in names}
    for place, word in enumerate(words):
        base = _features(words, place, api)
        step = {
            before: model.chances((*base, *_after(before, word, api)), possible)
            for before, chance in reached.items()
            if chance > LEAST
        }
        steps.append(step)
        reached = _moved(ahead[-1], step)
        ahead.append(reached)
        absent = {n: {t: c for t, c in _moved(at, step).items() if t != n} for n, at in absent.items()}
    none = {n: sum(at.values()) for n, at in absent.items()}
    return Heard({n: _stretches(n, words, ahead, steps) for n in names}, none)


def _moved(at: Mapping[str, float], step: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for before, chance in at.items():
        for tag, moved in step.get(before, {}).items():
            found[tag] += chance * moved
    return found


def _stretches(
    name: str,
    words: Sequence[Word],
    ahead: Sequence[Mapping[str, float]],
    steps: Sequence[Mapping[str, Mapping[str, float]]],
) -> list[Tagged]:
    found: list[Tagged] = []
    for first in range(len(words)):
        chance = sum(
            c * steps[first].get(before, {}).get(name, 0.0) for before, c in ahead[first].items() if before != name
        )
        for last in range(first, min(len(words), first + LONGEST)):
            if chance < LEAST:
                break
            stays = steps[last + 1].get(name, {}).get(name, 0.0) if last + 1 < len(words) else 0.0
            found.append(Tagged(words[first].start, words[last].end, chance * (1 - stays)))
            chance *= stays
    return sorted(found, key=lambda t: -t.probability)[:KEPT]
