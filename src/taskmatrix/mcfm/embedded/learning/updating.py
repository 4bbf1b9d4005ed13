"""From corrections to a candidate, and through the gate into use: the paper's `min L(A, F)` without a GPU."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import UsageError
from taskmatrix.mcfm.embedded.learning.answering import is_right
from taskmatrix.mcfm.embedded.learning.comparing import Pair, Verdict, judge
from taskmatrix.mcfm.embedded.learning.documented import examples_of
from taskmatrix.mcfm.embedded.learning.examples import Example, as_line, distinct
from taskmatrix.mcfm.embedded.learning.learned import Learned
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.versions import Version, Versions

HELD_FROM, HELD_SHARE, MOST_HELD, MOST_REPLAYED, OFFERED = 10, 5, 150, 60, 12
"""From so many on, one in `HELD_SHARE` is held out for the gate; how many cases are answered at most; how many APIs
are on offer in each."""
MANY = 100
"""Of fewer earlier examples every other one is taken out for the gate: from less nothing could be told."""

Progress = Callable[[str], None]
Judge = Callable[[Sequence[Pair]], Verdict]


@dataclass(frozen=True, slots=True)
class Updated:
    """The candidate that was kept, whether it is in use now, and the corrections that were left out, with why."""

    version: Version
    verdict: Verdict
    left_out: tuple[str, ...]


def update(
    versions: Versions,
    corrections: Sequence[Example],
    documents: Mapping[str, ApiDocument],
    *,
    progress: Progress = lambda text: None,
    decide: Judge = judge,
) -> Updated:
    """Teach the version in use some corrections, keep the candidate, and use it if `decide` says so.

    `documents` are the APIs there are, by `package.name`. Raises UsageError where no correction can be learned from,
    StoreError.
    """
    usable, left_out = check(corrections, documents)
    if not usable:
        raise UsageError("there is nothing to learn: " + (left_out[0] if left_out else "the file is empty"))
    active = versions.learned()
    earlier = versions.examples(active.name)
    pairs = _try(active, earlier, usable, documents, progress)
    verdict = decide(pairs)
    every = distinct([*earlier, *usable])
    progress(f"learning from {len(every)} examples")
    memory = remember(every, documents, progress)
    version = versions.add(every, memory, active.heads, active.name, verdict.to_json(), adopted=verdict.adopt)
    if verdict.adopt:
        versions.activate(version.name)
    return Updated(version, verdict, tuple(left_out))


def _try(
    active: Learned,
    earlier: Sequence[Example],
    usable: Sequence[Example],
    documents: Mapping[str, ApiDocument],
    progress: Progress,
) -> list[Pair]:
    """Compare what was learned before with the same and the corrections, on cases that neither of the two was taught.

    Of earlier examples some are taken out of both, so that only what the corrections add tells them apart. Where
    there are too few for that, those themselves are asked.
    """
    corrected = {_words(e) for e in usable}
    standing = [e for e in earlier if _words(e) not in corrected]
    held = [e for e in usable if _is_held(e)][:MOST_HELD] if len(usable) >= HELD_FROM else []
    share = HELD_SHARE if len(standing) >= MANY else 2
    spared = [e for e in standing if _is_held(e, share)][:MOST_REPLAYED] if len(standing) >= HELD_FROM else []
    known = [e for e in earlier if e not in spared]
    taught = distinct([*known, *(e for e in usable if e not in held)])
    progress(f"trying {len(taught)} examples")
    base = Learned("base", remember(known, documents), active.heads) if spared else active
    trial = Learned("trial", remember(taught, documents, progress), active.heads)
    asked = [*(spared or sorted(standing, key=_rank)[:MOST_REPLAYED]), *_written(documents, corrected)]
    return compare(base, trial, held, asked, documents, progress)


def check(corrections: Sequence[Example], documents: Mapping[str, ApiDocument]) -> tuple[list[Example], list[str]]:
    """Return the corrections that can be learned from, and why the others cannot."""
    by_words: dict[object, set[str]] = defaultdict(set)
    for example in corrections:
        by_words[_words(example)].add(_calls(example))
    usable: list[Example] = []
    left_out: list[str] = []
    for example in corrections:
        told = f"{example.instruction[:60]!r}: "
        unknown = [api for api in example.apis if api not in documents]
        if unknown:
            left_out.append(f"{told}there is no API {unknown[0]!r}")
        elif len(by_words[_words(example)]) > 1:
            left_out.append(f"{told}two corrections say different things of it")
        elif not example.instruction.strip():
            left_out.append("an instruction is empty")
        else:
            missing = [n for c in example.calls for n in c.arguments if not _takes(documents[c.api], n)]
            if missing:
                left_out.append(f"{told}no parameter is called {missing[0]!r}")
            else:
                usable.append(example)
    return distinct(usable), left_out


def compare(
    active: Learned,
    candidate: Learned,
    held: Sequence[Example],
    old: Sequence[Example],
    documents: Mapping[str, ApiDocument],
    progress: Progress = lambda text: None,
) -> list[Pair]:
    """Let both answer the held-out corrections and the earlier cases, the same APIs on offer."""
    pairs: list[Pair] = []
    for is_new, cases in ((True, held), (False, old)):
        for number, case in enumerate(cases, 1):
            offered = _offered(case, documents)
            one, other = (is_right(learned, case, documents, offered) for learned in (active, candidate))
            pairs.append(Pair(one, other, is_new))
            if number % 10 == 0:
                progress(f"answered {number} of {len(cases)} {'held-out corrections' if is_new else 'earlier cases'}")
    return pairs


def _written(documents: Mapping[str, ApiDocument], corrected: Set[object]) -> list[Example]:
    """The examples of documents, which must not be forgotten either."""
    written = [e for d in documents.values() if d.examples for e in examples_of(d)]
    return sorted((e for e in written if _words(e) not in corrected), key=_rank)[:MOST_REPLAYED]


def _takes(document: ApiDocument, name: str) -> bool:
    return any(p.name == name for p in document.parameters)


def _words(example: Example) -> object:
    return (example.instruction.strip().lower(), example.turns, example.outline)


def _calls(example: Example) -> str:
    return as_line(Example("", example.calls))


def _rank(example: Example) -> str:
    return hashlib.sha256(as_line(example).encode()).hexdigest()


def _is_held(example: Example, share: int = HELD_SHARE) -> bool:
    return int(_rank(example)[:8], 16) % share == 0


def _offered(case: Example, documents: Mapping[str, ApiDocument]) -> list[str]:
    """The APIs on offer beside those that are right: of the same packages first, the same ones each time."""
    packages = {api.rpartition(".")[0] for api in case.apis}
    salt = hashlib.sha256(case.instruction.encode()).hexdigest()
    order = sorted(
        documents, key=lambda a: (documents[a].package not in packages, hashlib.sha256((salt + a).encode()).digest())
    )
    return order[:OFFERED]
