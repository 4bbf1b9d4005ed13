"""What an instruction costs the embedded model: CPU time by the number of APIs on offer, and memory.

    python benchmarks/embedded_planning.py SET [--cases 200]

SET is a planning set; each of its cases is planned with its right APIs and enough others of the set to make 1, 2, 5,
20 and 100, in turn, in this one process. Prints the median and the 99th percentile, the ratio to one API, and what
the process holds. Parsing of the documents is part of the time, the loading of the model is not.
"""

import argparse
import contextlib
import random
import resource
import statistics
import time
from pathlib import Path

import anyio

from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.protocols import Context, Request
from taskmatrix.evaluation.sets import load_planning_set
from taskmatrix.mcfm.embedded import EmbeddedMcfm

OFFERED = (1, 2, 5, 20, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--cases", type=int, default=200)
    given = parser.parse_args()
    read = load_planning_set(given.set)
    chance = random.Random(1)
    cases = [c for c in chance.sample(read.cases, min(len(read.cases), given.cases)) if c.expected]
    model = EmbeddedMcfm()
    names = list(read.documents)
    took: dict[int, list[float]] = {count: [] for count in OFFERED}
    anyio.run(plan, model, Request(cases[0].request, documents=tuple(read.documents[a] for a in names[:3])))
    for case in cases:
        right = list(dict.fromkeys(call.api for call in case.expected))
        for count in OFFERED:
            others = chance.sample(names, min(len(names), count))
            offered = list(dict.fromkeys([*right, *others]))[: max(count, len(right))]
            documents = tuple(read.documents[a] for a in offered)
            started = time.process_time()
            anyio.run(plan, model, Request(case.request, Context(turns=case.turns), documents=documents))
            took[count].append((time.process_time() - started) * 1000)
    base = statistics.median(took[1])
    for count, times in took.items():
        median, worst = statistics.median(times), statistics.quantiles(times, n=100)[98]
        print(f"{count:>4} APIs  median {median:6.1f} ms CPU  p99 {worst:6.1f}  {median / base:4.1f} times one API")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, {len(cases)} instructions")


async def plan(model: EmbeddedMcfm, request: Request) -> None:
    with contextlib.suppress(TaskMatrixError):  # a question or a refusal takes its time too
        await model.write(request, lambda _: None)


if __name__ == "__main__":
    main()
