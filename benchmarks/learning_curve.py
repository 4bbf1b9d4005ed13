"""What the embedded model learns from examples: figures before and after, on cases that were held out.

    python benchmarks/learning_curve.py files SET                  cross-validated: five folds of the files in the ids
    python benchmarks/learning_curve.py cases SET                  the same with folds of cases
    python benchmarks/learning_curve.py halves SET                 taught the half that training may use
    python benchmarks/learning_curve.py curve SET N … [--cases M]  taught N cases, measured on M of other groups
    python benchmarks/learning_curve.py packages SET N …           taught N cases of half the packages, asked others

SET is a folder in the evaluation format. Planning is measured as by `taskmatrix eval planning`: with nothing learned,
with what was taught, and as a control with the calls of the examples dealt out anew among them: what is gained then is
not learned from them. --form gate (the default) learns as `taskmatrix learn update` does, gate included: what it
refuses counts as nothing learned. One JSON line for each measurement.
"""

import argparse
import hashlib
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import anyio

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.metrics import mean
from taskmatrix.evaluation.cases import PlanningCase
from taskmatrix.evaluation.library import open_library
from taskmatrix.evaluation.planning import CaseResult, Planner, evaluate_planning
from taskmatrix.evaluation.sets import PlanningSet, load_planning_set
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.learning.examples import Example, read_example
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED, Learned
from taskmatrix.mcfm.embedded.learning.rereading import Reread
from taskmatrix.mcfm.embedded.learning.teaching import BOTH, HEADS, MEMORY, candidates, teach
from taskmatrix.mcfm.embedded.learning.updating import check
from taskmatrix.sandbox import MontySandbox

FOLDS, SEED, GROUPS = 5, 7, 10
KINDS, FORMS = ("untaught", "taught", "shuffled"), (MEMORY, BOTH, HEADS)
MOST_KEPT = 12_000
"""Sequences that are read once for all measurements, some 60 kB each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=tuple(WAYS))
    parser.add_argument("set", type=Path)
    parser.add_argument("sizes", type=int, nargs="*", default=[0, 10, 100, 1_000, 5_000])
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first of the held cases: they were read")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--form", choices=("gate", *FORMS), default="gate")
    parser.add_argument("--every", type=int, default=1, help="measure every n-th case only; all others still teach")
    parser.add_argument("--out", type=Path, default=None, help="one line for each case")
    given = parser.parse_args(namespace=argparse.Namespace(kept=None))
    cases = load_planning_set(given.set)
    if given.every > 1:
        given.kept = {case.id for case in cases.cases[:: given.every]}
    given.reader = Reread(load_cross_encoder(), MOST_KEPT)
    WAYS[given.way](cases, given)


def by_case(given: PlanningSet, options: argparse.Namespace) -> None:
    """Five folds of the cases by their ids: kinds of cases seen, words not."""
    every: dict[str, list[CaseResult]] = defaultdict(list)
    for fold in range(FOLDS):
        taught = [case for case in given.cases if _fold(case) != fold]
        held = [case for case in given.cases if _fold(case) == fold]
        for kind in options.kinds:
            every[kind] += measure(given, taught, held, options, f"fold {fold}", kind)
    for kind, results in every.items():
        report(results, options, "all folds", len(given.cases), 0.0, kind)


def by_file(given: PlanningSet, options: argparse.Namespace) -> None:
    """Five folds of the files that the ids name, of about the same number of cases."""
    sizes = Counter(_file(case) for case in given.cases)
    folds: list[set[str]] = [set() for _ in range(FOLDS)]
    load = [0] * FOLDS
    for name, size in sorted(sizes.items(), key=lambda s: (-s[1], s[0])):
        least = load.index(min(load))
        folds[least].add(name)
        load[least] += size
    every: dict[str, list[CaseResult]] = defaultdict(list)
    for fold in folds:
        taught = [case for case in given.cases if _file(case) not in fold]
        held = [case for case in given.cases if _file(case) in fold]
        for kind in options.kinds:
            every[kind] += measure(given, taught, held, options, f"fold {sorted(fold)[0]}", kind)
    for kind, results in every.items():
        report(results, options, "all folds", len(given.cases), 0.0, kind)


def by_half(given: PlanningSet, options: argparse.Namespace) -> None:
    """Teach the half that training may use, measure the other."""
    taught = [case for case in given.cases if _for_training(case)]
    held = [case for case in given.cases if not _for_training(case)]
    for kind in options.kinds:
        measure(given, taught, held, options, "other half", kind)


def by_size(given: PlanningSet, options: argparse.Namespace) -> None:
    """Teach more and more cases, measure those of one in ten groups: a group is an id without its last part."""
    held = [case for case in given.cases if _group(case) == 0][options.skip :][: options.cases]
    others = [case for case in given.cases if _group(case) != 0]
    random.Random(SEED).shuffle(others)
    for size in options.sizes:
        for kind in options.kinds if size else options.kinds[:1]:
            measure(given, others[:size], held, options, f"{size} examples", kind if size else "untaught")


def by_package(given: PlanningSet, options: argparse.Namespace) -> None:
    """Teach more and more cases of half of the packages, measure those of the other half: none of its APIs was
    taught.
    """
    taught = [case for case in given.cases if case.expected and _package(case) == 0]
    held = [case for case in given.cases if case.expected and _package(case) == 1]
    random.Random(SEED).shuffle(taught)
    for size in options.sizes:
        for kind in options.kinds if size else options.kinds[:1]:
            measure(given, taught[:size], held, options, f"{size} of other packages", kind if size else "untaught")


def measure(
    given: PlanningSet,
    taught: Sequence[PlanningCase],
    held: Sequence[PlanningCase],
    options: argparse.Namespace,
    name: str,
    kind: str,
) -> list[CaseResult]:
    """Learn from some cases and measure others."""
    started = time.process_time()
    examples = [read_example(case.model_dump(mode="json")) for case in taught]
    made = NOTHING_LEARNED, "nothing"
    if examples and kind != "untaught":
        examples = dealt_anew(examples) if kind == "shuffled" else examples
        made = learn(examples, given.documents, options)
    learned = replace(made[0], reader=options.reader)
    seconds = time.process_time() - started
    measured = tuple(case for case in held if options.kept is None or case.id in options.kept)
    results = _evaluate(replace(given, cases=measured), lambda: learned)
    report(results, options, name, len(taught), seconds, kind, made[1])
    return results


def learn(
    examples: Sequence[Example], documents: Mapping[str, ApiDocument], options: argparse.Namespace
) -> tuple[Learned, str]:
    """What is learned in the form asked for, and the form; as through the gate where none is."""
    if options.form != "gate":
        return candidates(examples, documents, options.reader, forms=(options.form,))[options.form], options.form
    usable, _ = check(examples, documents)
    made = teach(NOTHING_LEARNED, [], usable, documents, reader=options.reader)
    print(json.dumps(made.verdict.to_json()), file=sys.stderr, flush=True)
    return (made.learned, made.form) if made.verdict.adopt else (NOTHING_LEARNED, f"nothing, refused {made.form}")


def dealt_anew(examples: Sequence[Example]) -> list[Example]:
    """Deal the calls of the examples out among them."""
    calls = [example.calls for example in examples]
    random.Random(SEED).shuffle(calls)
    return [replace(example, calls=some) for example, some in zip(examples, calls, strict=True)]


def report(
    results: Sequence[CaseResult],
    options: argparse.Namespace,
    name: str,
    taught: int,
    seconds: float,
    kind: str,
    form: str = "",
) -> None:
    exact = mean([float(r.exact) for r in results]) or 0.0
    apis = mean(
        [
            float(r.comparison.calls.matched == r.comparison.calls.expected == r.comparison.calls.predicted)
            for r in results
        ]
    )
    line = {
        "set": options.set.name,
        "kind": kind,
        "form": form,
        "part": name,
        "examples": taught,
        "cases": len(results),
    }
    line |= {
        "exact": round(exact, 4),
        "ece": round(calibration_error(results), 4),
        "apis": round(apis or 0.0, 4),
        "cpu_seconds_learning": round(seconds, 1),
    }
    line |= {
        "ms": round(1000 * (mean([r.cpu_seconds for r in results]) or 0.0), 1),
        "errors": Counter(r.error for r in results if r.error),
    }
    print(json.dumps(line), flush=True)
    if options.out is not None and name != "all folds":
        from taskmatrix.evaluation import case_line

        with options.out.open("a") as stream:
            stream.writelines(json.dumps({"kind": kind, **case_line(r)}) + "\n" for r in results)


def calibration_error(results: Sequence[CaseResult]) -> float:
    """Ten bins of equal width over the cases in which calls are planned."""
    bins: dict[int, list[CaseResult]] = defaultdict(list)
    for result in results:
        if not result.abstained:
            bins[min(9, int(result.answer.confidence * 10))].append(result)
    total = sum(map(len, bins.values()))
    off = sum(abs(sum(r.answer.confidence - r.exact for r in some)) for some in bins.values())
    return off / total if total else 0.0


def _evaluate(given: PlanningSet, learned: Callable[[], Learned]) -> list[CaseResult]:
    with ExitStack() as stack:
        searched = any(case.apis is None for case in given.cases)
        library = stack.enter_context(open_library(given.documents.values() if searched else ()))

        async def work() -> list[CaseResult]:
            sandbox = MontySandbox(max_processes=1)
            try:
                planner = Planner(EmbeddedMcfm(learned), library.selector, sandbox)
                return await evaluate_planning(given, planner, _tell)
            finally:
                await sandbox.aclose()

        return anyio.run(work)


def _tell(done: int, total: int) -> None:
    if done % 20 == 0:
        print(f"{done} of {total}", file=sys.stderr, flush=True)


def _file(case: PlanningCase) -> str:
    return case.id.partition("#")[0]


def _group(case: PlanningCase) -> int:
    return int(hashlib.sha256(case.id.rpartition("-")[0].encode()).hexdigest()[:8], 16) % GROUPS


def _fold(case: PlanningCase) -> int:
    return int(hashlib.sha256(case.id.encode()).hexdigest()[:8], 16) % FOLDS


def _package(case: PlanningCase) -> int:
    """Return 0 or 1 for a package: versions of it (`Buses_1`, `Buses_2`) are one."""
    package = case.expected[0].api.rpartition(".")[0].rstrip("0123456789").rstrip("_")
    return int(hashlib.sha256(package.encode()).hexdigest()[:8], 16) % 2


def _for_training(case: PlanningCase) -> bool:
    return hashlib.sha256(case.id.encode()).digest()[0] % 2 == 0


WAYS = {"files": by_file, "cases": by_case, "halves": by_half, "curve": by_size, "packages": by_package}

if __name__ == "__main__":
    main()
