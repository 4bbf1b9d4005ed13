"""From a folder to figures: sets up what a measurement needs, and takes it down."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import anyio

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Mcfm
from taskmatrix.evaluation.library import open_library
from taskmatrix.evaluation.planning import CaseResult, Planner, evaluate_planning, without_composition
from taskmatrix.evaluation.sets import load_planning_set
from taskmatrix.sandbox import MontySandbox

ABLATIONS: Mapping[str, Callable[[Mapping[str, ApiDocument]], dict[str, ApiDocument]]] = {
    "composition": without_composition
}
"""What `--without` can leave out of the documents."""

REMOTE_AT_ONCE = 8
"""Cases in the hands of a model that answers over the network."""

EMBEDDED = "embedded"


def measure_planning(
    folder: Path,
    mcfm: Mcfm,
    *,
    limit: int | None = None,
    without: str | None = None,
    now: datetime | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[CaseResult]:
    """Measure an MCFM on a planning set, or on its first `limit` cases. Raises EvaluationSetError.

    `now`, with its time zone, is the clock of the cases that name none.
    """
    given = load_planning_set(folder, limit)
    if now is not None:
        given = replace(given, cases=tuple(c if c.now else c.model_copy(update={"now": now}) for c in given.cases))
    if without is not None:
        given = replace(given, documents=ABLATIONS[without](given.documents))
    with ExitStack() as stack:
        searched = any(case.apis is None for case in given.cases)
        library = stack.enter_context(open_library(given.documents.values() if searched else ()))
        own = mcfm.name == EMBEDDED

        async def measure() -> list[CaseResult]:
            sandbox = MontySandbox(max_processes=2)
            planner = Planner(mcfm, library.selector, sandbox, 1 if own else REMOTE_AT_ONCE)
            try:
                return await evaluate_planning(given, planner, progress)
            finally:
                with anyio.CancelScope(shield=True):
                    await sandbox.aclose()

        return anyio.run(measure)
