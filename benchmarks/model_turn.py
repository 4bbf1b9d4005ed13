"""What a model turn costs besides the model: its prompts' sizes and our own CPU, in a small and a large registry.

    python benchmarks/model_turn.py CORPUS [--documents 1000000] [--small 100] [--turns 60] [--home DIR]

CORPUS is a folder of `*.jsonl.gz` files of API documents. The small registry holds whole packages of it; the large one
the same and as many others as it takes, copies under other package names where real ones do not suffice. Instructions
are made of two descriptions of the small registry, so that both registries can do them. A turn is taken with the real
parts: packages are shortlisted and the outline prompt written and its answer read; then APIs are selected, offered as
stubs, the program read and checked. The model answers at once. Tokens are words and marks, counted alike everywhere.
Vectors of the large registry are those of real documents with noise added, see `selector_scale.py`. CPU is that of
this process; the type checker's own process is told apart.
"""

import argparse
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path

import anyio
from catalogue_scale import documents, real_documents
from selector_scale import Timed, write_vectors

from taskmatrix import TaskMatrix
from taskmatrix.conversation.shortlist import OFFERED, shortlist_packages, with_small_registry
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.protocols import Context, Message, Reply, Request
from taskmatrix.mcfm.foundation import FoundationMcfm

PACKAGE_SIZES = range(10, 41)
ENCODED = 10_000
UNDESCRIBED = "What an owner says of a package in a sentence or two; the corpus has descriptions of APIs alone. " * 2
SECOND = re.compile(r"(?<=[.!?])\s")


@dataclass
class Canned:
    """A chat model that answers at once with what it is told to, and keeps the prompts."""

    name: str = "canned"
    answer: str = ""
    prompts: list[str] = field(default_factory=list)

    async def complete(self, messages: Sequence[Message], *, on_text: Callable[[str], None] | None = None) -> Reply:
        self.prompts.append("".join(message.content for message in messages))
        if on_text is not None:
            on_text(self.answer)
        return Reply(self.answer)


@dataclass
class Measured:
    """One registry: for each kind of turn the prompts' sizes and the CPU milliseconds of its parts."""

    characters: dict[str, list[int]] = field(default_factory=dict)
    tokens: dict[str, list[int]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def note(self, turn: str, prompt: str) -> None:
        self.characters.setdefault(turn, []).append(len(prompt))
        self.tokens.setdefault(turn, []).append(len(re.findall(r"\w+|[^\w\s]", prompt)))

    def timed(self, what: str, work: Callable):
        started = time.process_time()
        try:
            return work()
        finally:
            self.cpu.setdefault(what, []).append(1_000 * (time.process_time() - started))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=100)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    os.environ["TASKMATRIX_BACKGROUND"] = "off"
    home = given.home or Path(tempfile.mkdtemp())
    few = small_registry(given.corpus, given.small)
    instructions = list(islice(pairs(few), given.turns))
    with TaskMatrix(home / "small") as small, TaskMatrix(home / "large") as large:
        small.registry.register_many(few)
        small.selector.embedding.catch_up()
        fill(large, few, given)
        found = {tm: measure(tm, instructions) for tm in (small, large)}
        report(small.registry.count(), found[small], large.registry.count(), found[large])


def small_registry(corpus: Path, count: int) -> list[ApiDocument]:
    """Return whole packages with so many APIs together, of all sources."""
    packages = [list(group) for _, group in groupby(real_documents(corpus), key=lambda d: d.package)]
    fitting = [group for group in packages if len(group) in PACKAGE_SIZES]
    random.Random(7).shuffle(fitting)
    return [document for group in fitting for document in group][:count]


def pairs(few: Sequence[ApiDocument]) -> Iterator[tuple[ApiDocument, ApiDocument]]:
    chance = random.Random(11)
    while True:
        first = chance.choice(few)
        yield first, chance.choice([d for d in few if d.package == first.package])


def fill(tm: TaskMatrix, few: Sequence[ApiDocument], given: argparse.Namespace) -> None:
    if tm.registry.count() < given.documents:
        with Timed(f"register {given.documents:,}"):
            tm.registry.register_many(few)
            tm.registry.register_many(documents(given.corpus, given.documents - len(few)))
    with Timed("index words"):
        tm.selector.search("anything")
    if tm.selector.embedding.vectors().size() < tm.registry.count():
        with Timed("write vectors"):
            write_vectors(tm, min(ENCODED, given.documents))


def measure(tm: TaskMatrix, instructions: Sequence[tuple[ApiDocument, ApiDocument]]) -> Measured:
    found = Measured()
    take_turns(tm, instructions[0], Measured())  # what a process does once: libraries, the encoder, the type checker
    for one in instructions:
        take_turns(tm, one, found)
    return found


def take_turns(tm: TaskMatrix, apis: tuple[ApiDocument, ApiDocument], found: Measured) -> None:
    """Take the turn that writes the outline, and the one that writes the program."""
    said = [SECOND.split(d.description)[0][:300] or d.name for d in apis]
    model = Canned(answer=f"1. {said[0]}\n   yields: the result\n2. {said[1]}\n   needs: the result")
    mcfm = FoundationMcfm(model)
    request = Request(" Then ".join(said))
    packages = found.timed(
        "outline: packages", lambda: shortlist_packages(request.instruction, Context(), tm.selector, tm.registry)
    )
    packages = tuple(p if p.description else p.model_copy(update={"description": UNDESCRIBED}) for p in packages)
    outline = found.timed(
        "outline: prompt and answer",
        lambda: anyio.run(mcfm.outline, replace(request, packages=packages), lambda _: None),
    )
    found.note("outline", model.prompts[-1])

    selection = found.timed(
        "program: selection",
        lambda: with_small_registry(
            tm.selector.select(outline, instruction=request.instruction, limit=OFFERED), tm.registry
        ),
    )
    model.answer = f"```python\n{program_of(apis)}```"
    offered = [tm.registry.package(name) for name in dict.fromkeys(d.package for d in selection.documents)]
    request = replace(
        request,
        outline=outline,
        documents=selection.documents,
        packages=tuple(package for package in offered if package is not None),
    )
    try:
        program = found.timed("program: prompt and answer", lambda: anyio.run(mcfm.write, request, lambda _: None))
    except TaskMatrixError:
        return  # Nothing was found: the run would end here.
    found.note("program", model.prompts[-1])
    found.timed("program: check", lambda: tm.verifier.check(program.code, selection.documents))


def program_of(apis: Sequence[ApiDocument]) -> str:
    lines = [f"from {names.module(d.package)} import {names.function(d.name)} as call_{n}" for n, d in enumerate(apis)]
    return "\n".join([*lines, "found = call_0()", "for item in [found]:", "    call_1(item)", "'done'"]) + "\n"


def report(few: int, small: Measured, many: int, large: Measured) -> None:
    print(f"\n{'prompt':30}{few:>12,}{many:>12,}{'ratio':>8}   (mean)")
    for turn in ("outline", "program"):
        for unit in ("characters", "tokens"):
            sizes = [statistics.mean(getattr(found, unit)[turn]) for found in (small, large)]
            print(f"{turn + ', ' + unit:30}{sizes[0]:12,.0f}{sizes[1]:12,.0f}{sizes[1] / sizes[0]:8.3f}")
        print(f"{turn + ', largest characters':30}{max(small.characters[turn]):12,}{max(large.characters[turn]):12,}")
    print(f"\n{'CPU of this process, ms':30}{few:>12,}{many:>12,}{'p95':>8}   (median; p95 of the large)")
    for what in small.cpu:
        line(what, small.cpu[what], large.cpu[what])
    for turn in ("outline", "program"):
        line(f"{turn}: all", *(whole(found, turn) for found in (small, large)))


def whole(found: Measured, turn: str) -> list[float]:
    parts = [times for what, times in found.cpu.items() if what.startswith(f"{turn}:")]
    return [sum(times) for times in zip(*parts, strict=False)]


def line(what: str, small: Sequence[float], large: Sequence[float]) -> None:
    p95 = statistics.quantiles(large, n=20)[-1]
    print(f"{what:30}{statistics.median(small):12.1f}{statistics.median(large):12.1f}{p95:8.1f}")


if __name__ == "__main__":
    main()
