"""From corrections to a candidate, and through the gate into use: the paper's `min L(A, F)` without a GPU."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import UsageError
from taskmatrix.mcfm.embedded.learning.comparing import Verdict, judge
from taskmatrix.mcfm.embedded.learning.examples import Example, as_line, distinct
from taskmatrix.mcfm.embedded.learning.teaching import Judge, Progress, teach, words_of
from taskmatrix.mcfm.embedded.learning.versions import Version, Versions


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
    made = teach(active, earlier, usable, documents, progress=progress, decide=decide)
    verdict, every = made.verdict, distinct([*earlier, *usable])
    gate = {"form": made.form, **verdict.to_json()}
    version = versions.add(every, made.learned, active.name, gate, adopted=verdict.adopt)
    if verdict.adopt:
        versions.activate(version.name)
    return Updated(version, verdict, tuple(left_out))


def check(corrections: Sequence[Example], documents: Mapping[str, ApiDocument]) -> tuple[list[Example], list[str]]:
    """Return the corrections that can be learned from, and why the others cannot."""
    by_words: dict[object, set[str]] = defaultdict(set)
    for example in corrections:
        by_words[words_of(example)].add(_calls(example))
    usable: list[Example] = []
    left_out: list[str] = []
    for example in corrections:
        told = f"{example.instruction[:60]!r}: "
        unknown = [api for api in example.apis if api not in documents]
        if unknown:
            left_out.append(f"{told}there is no API {unknown[0]!r}")
        elif len(by_words[words_of(example)]) > 1:
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


def _takes(document: ApiDocument, name: str) -> bool:
    return any(p.name == name for p in document.parameters)


def _calls(example: Example) -> str:
    return as_line(Example("", example.calls))
