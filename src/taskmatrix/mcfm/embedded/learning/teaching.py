"""From corrections to candidates, and which of them is worth using: a memory, moved heads, both, or neither.

Each candidate is taught all but some corrections and asked those. The simplest one stands unless another answers
significantly more of them; the gate (`comparing`) then compares it with what is in use.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.learning.answering import Answer, answer
from taskmatrix.mcfm.embedded.learning.comparing import Pair, Verdict, judge, sign_test
from taskmatrix.mcfm.embedded.learning.documented import examples_of
from taskmatrix.mcfm.embedded.learning.examples import Example, as_line, distinct
from taskmatrix.mcfm.embedded.learning.learned import Learned
from taskmatrix.mcfm.embedded.learning.lessons import signature
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.moving import move
from taskmatrix.mcfm.embedded.learning.platforms import platform_examples
from taskmatrix.mcfm.embedded.learning.rereading import Reread
from taskmatrix.mcfm.embedded.learning.rows import rows_of
from taskmatrix.mcfm.embedded.learning.sureness import Seen, fit_sureness

HELD_FROM, HELD_SHARE, MOST_HELD, MOST_REPLAYED, OFFERED = 10, 5, 100, 60, 12
"""From so many on, one in `HELD_SHARE` is held out for the gate; how many cases are answered at most; how many APIs
are on offer in each."""
MANY = 100
"""Of fewer earlier examples every other one is taken out for the gate: from less nothing could be told."""
MOST_ROWS, HEADS_FROM = 600, 10
"""Sequences that the heads are moved by, and from how many examples on they are moved at all."""
WORTH = 0.2
"""A candidate that is not the simplest answers more by more than chance (McNemar)."""
MEMORY, BOTH, HEADS = "memory", "memory and heads", "heads"
FORMS = (MEMORY, BOTH, HEADS)
"""The candidates, in the order in which they are preferred."""

Progress = Callable[[str], None]
Judge = Callable[[Sequence[Pair]], Verdict]


@dataclass(frozen=True, slots=True)
class Taught:
    """What was learned from all examples, in the form that the held-out ones spoke for, and the verdict on it."""

    learned: Learned
    form: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """The cases that decide: corrections held out, earlier cases, and what the candidates may learn from."""

    held: Sequence[Example]
    old: Sequence[Example]
    known: Sequence[Example]
    taught: Sequence[Example]
    is_spared: bool
    """Whether earlier examples are taken out of what is in use too."""


def teach(
    active: Learned,
    earlier: Sequence[Example],
    usable: Sequence[Example],
    documents: Mapping[str, ApiDocument],
    *,
    progress: Progress = lambda text: None,
    decide: Judge = judge,
    reader: Reread | None = None,
) -> Taught:
    """Learn from `earlier` and `usable` corrections in the form that answers held-out ones best."""
    reader = reader or Reread(load_cross_encoder())
    trial = _trial(earlier, usable, documents)
    progress(f"trying {len(trial.taught)} examples")
    base = replace(active, reader=reader)
    if trial.is_spared:
        base = _without(base, trial.known, documents, reader)

    def ask(learned: Learned, cases: Sequence[Example]) -> list[Answer]:
        return [answer(learned, case, documents, offered(case, documents)) for case in cases]

    # Without held-out corrections nothing speaks for more than the memory.
    forms = candidates(trial.taught, documents, reader, progress, FORMS if trial.held else (MEMORY,))
    answers: dict[str, list[Answer]] = {}
    for form, learned in forms.items():
        progress(f"asking {len(trial.held)} held-out corrections: {form}")
        answers[form] = ask(learned, trial.held)
    form = best_of(answers)
    progress(f"asking {len(trial.old)} earlier cases")
    pairs = [
        Pair(before.is_right, after.is_right, is_new)
        for is_new, cases, given in (
            (True, trial.held, answers[form]),
            (False, trial.old, ask(forms[form], trial.old)),
        )
        for before, after in zip(ask(base, cases), given, strict=True)
    ]
    verdict = decide(pairs)
    every = distinct([*earlier, *usable])
    made = forms[form]
    if every != trial.taught:
        progress(f"learning from {len(every)} examples")
        made = candidates(every, documents, reader, progress, (form,))[form]
    sureness = fit_sureness([Seen(a.sure, a.near, a.is_right) for a in answers[form]])
    return Taught(replace(made, sureness=sureness, reader=None), form, verdict)


def candidates(
    examples: Sequence[Example],
    documents: Mapping[str, ApiDocument],
    reader: Reread,
    progress: Progress = lambda text: None,
    forms: Sequence[str] = FORMS,
) -> dict[str, Learned]:
    """Return what can be learned from examples, by form; few examples move no heads."""
    packages = packages_of(examples)
    memory, heads = None, None
    if forms != (HEADS,):
        own = distinct(examples)
        every = distinct([*platform_examples(documents, packages), *own])
        memory = remember(every, documents, progress, known=len(every) - len(own))
    if len(examples) >= HEADS_FROM and forms != (MEMORY,):
        progress("reading what the heads are moved by")
        heads = move(reader.heads, rows_of(examples, documents, reader, MOST_ROWS))
    made = {MEMORY: Learned(MEMORY, memory, None, packages, reader=reader)}
    if heads is not None:
        made[BOTH] = Learned(BOTH, memory, heads, packages, reader=reader)
        made[HEADS] = Learned(HEADS, None, heads, packages, reader=reader)
    return {form: made[form] for form in forms if form in made}


def packages_of(examples: Sequence[Example]) -> frozenset[str]:
    """Return the packages that examples are about."""
    return frozenset(api.rpartition(".")[0] for example in examples for api in example.apis)


def _without(base: Learned, known: Sequence[Example], documents: Mapping[str, ApiDocument], reader: Reread) -> Learned:
    """What is in use, had it been taught only these."""
    form = MEMORY if base.heads is None else HEADS if base.memory is None else BOTH
    made = candidates(known, documents, reader, forms=(form,)) if known else {}
    return made.get(form, replace(base, memory=None, heads=None))


def best_of(answers: Mapping[str, Sequence[Answer]]) -> str:
    """The first form, or one that answers more of the cases than chance explains."""
    best = next(iter(answers))
    for form in list(answers)[1:]:
        pairs = list(zip(answers[best], answers[form], strict=True))
        won = sum(b.is_right and not a.is_right for a, b in pairs)
        lost = sum(a.is_right and not b.is_right for a, b in pairs)
        if won > lost and sign_test(won, lost) <= WORTH:
            best = form
    return best


def _trial(earlier: Sequence[Example], usable: Sequence[Example], documents: Mapping[str, ApiDocument]) -> Trial:
    """Choose the cases. Of earlier examples some are taken out of both sides, so that only what the corrections add
    tells them apart; where there are too few for that, those themselves are asked.
    """
    corrected = {words_of(e) for e in usable}
    standing = [e for e in earlier if words_of(e) not in corrected]
    held = _held(usable) if len(usable) >= HELD_FROM else []
    share = HELD_SHARE if len(standing) >= MANY else 2
    spared = [e for e in standing if _is_held(e, share)][:MOST_REPLAYED] if len(standing) >= HELD_FROM else []
    known = [e for e in earlier if e not in spared]
    kept_out = {words_of(e) for e in held}
    taught = distinct([*known, *(e for e in usable if words_of(e) not in kept_out)])
    old = [*(spared or sorted(standing, key=_rank)[:MOST_REPLAYED]), *_written(documents, corrected)]
    return Trial(held, old, known, taught, bool(spared))


def _held(usable: Sequence[Example]) -> list[Example]:
    """Corrections to ask: some drawn from all, and whole kinds of them, as new kinds will be asked too."""
    kinds = [signature(e) for e in usable]
    counts = Counter(kinds)
    room = len(usable) // (2 * HELD_SHARE)
    whole: set[str] = set()
    for kind in sorted(counts, key=lambda k: hashlib.sha256(k.encode()).digest()):
        if counts[kind] <= room:
            whole.add(kind)
            room -= counts[kind]
    drawn = [e for e, kind in zip(usable, kinds, strict=True) if kind in whole or _is_held(e)]
    return sorted(drawn, key=_rank)[:MOST_HELD]


def _written(documents: Mapping[str, ApiDocument], corrected: Set[object]) -> list[Example]:
    """The examples of documents, which must not be forgotten either."""
    written = [e for d in documents.values() if d.examples for e in examples_of(d)]
    return sorted((e for e in written if words_of(e) not in corrected), key=_rank)[:MOST_REPLAYED]


def words_of(example: Example) -> object:
    """Return what was said in an example; two that say the same in the same context are equal."""
    return (example.instruction.strip().lower(), example.turns, example.outline)


def _rank(example: Example) -> str:
    return hashlib.sha256(as_line(example).encode()).hexdigest()


def _is_held(example: Example, share: int = HELD_SHARE) -> bool:
    return int(_rank(example)[:8], 16) % share == 0


def offered(case: Example, documents: Mapping[str, ApiDocument]) -> list[str]:
    """Return APIs on offer beside those that are right: of the same packages first, the same ones each time."""
    packages = {api.rpartition(".")[0] for api in case.apis}
    salt = hashlib.sha256(case.instruction.encode()).hexdigest()
    order = sorted(
        documents, key=lambda a: (documents[a].package not in packages, hashlib.sha256((salt + a).encode()).digest())
    )
    return order[:OFFERED]
