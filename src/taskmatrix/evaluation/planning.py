"""`taskmatrix eval planning`: instructions to programs to calls, compared with the calls expected."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio

from taskmatrix.core.calls import Comparison, compare_calls
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NeedsInputError, NothingFitsError, TaskMatrixError
from taskmatrix.core.events import ModelReplied, ModelWriting
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Call, Context, Mcfm, Recalls, Request, Sandbox, Selector, Turn
from taskmatrix.evaluation.cases import CaseCall, PlanningCase
from taskmatrix.evaluation.gold import find_gold_faults
from taskmatrix.evaluation.recorder import Recording, record
from taskmatrix.evaluation.sets import PlanningSet

logger = logging.getLogger(__name__)

UNSTATED_CONFIDENCE = 0.5
"""How sure a refusal counts that does not say how sure it is."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Planner:
    """What is measured: who writes programs, who finds APIs where a case offers none, where programs run."""

    mcfm: Mcfm
    selector: Selector
    sandbox: Sandbox
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a case: a program, a refusal (neither program nor error), or an error of some kind."""

    program: Program | None = None
    asked: bool = False
    error: str | None = None
    detail: str = ""
    confidence: float = 0.0
    documents: tuple[ApiDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of a case; times are of planning alone, without the recording."""

    case: PlanningCase
    answer: Answer
    recording: Recording
    comparison: Comparison
    gold_faults: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def error(self) -> str | None:
        """The kind of error, whether of writing or of running the program."""
        return self.answer.error or self.recording.error

    @property
    def exact(self) -> bool:
        """Whether everything is right; a program that broke off is not."""
        return self.comparison.exact and self.error is None

    @property
    def abstained(self) -> bool:
        """Whether the choice was to make no call."""
        return self.error is None and not self.recording.calls


@dataclass(slots=True)
class _Clock:
    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)


async def evaluate_planning(given: PlanningSet, planner: Planner, progress: Progress) -> list[CaseResult]:
    """Plan and record every case of a set; the results stand in file order."""
    results: list[CaseResult | None] = [None] * len(given.cases)
    limiter = anyio.CapacityLimiter(max(planner.at_once, 1))
    done = 0

    async def work(index: int, case: PlanningCase, context: Context) -> None:
        nonlocal done
        async with limiter:
            results[index] = await _evaluate(case, context, given.documents, planner)
        done += 1
        progress(done, len(given.cases))

    async with anyio.create_task_group() as group:
        for index, (case, context) in enumerate(zip(given.cases, contexts(given.cases), strict=True)):
            group.start_soon(work, index, case, context)
    return [result for result in results if result is not None]


def contexts(cases: Iterable[PlanningCase]) -> list[Context]:
    """Return what was said and done before each case: its messages, or its session's instructions and gold calls."""
    sessions: dict[str, tuple[Turn, ...]] = {}
    found: list[Context] = []
    for case in cases:
        before = sessions.get(case.session, ()) if case.session is not None else ()
        found.append(Context(turns=(*before, *case.turns), now=case.now))
        if case.session is not None:
            calls = tuple(_gold_call(call) for call in case.expected)
            sessions[case.session] = (*before, *case.turns, Turn("user", case.request, calls))
    return found


def without_composition(documents: Mapping[str, ApiDocument]) -> dict[str, ApiDocument]:
    """Return documents without their composition instructions: the paper's ablation (§4.2)."""
    return {name: d.model_copy(update={"composition": "", "rules": ()}) for name, d in documents.items()}


def _gold_call(call: CaseCall) -> Call:
    expected = call.expected()
    given = {name: values[0] for name, values in expected.arguments.items() if expected.requires(name)}
    return Call(call.api, given, call.id)


async def _evaluate(
    case: PlanningCase, context: Context, documents: Mapping[str, ApiDocument], planner: Planner
) -> CaseResult:
    clock = _Clock()
    answer = await _answer(case, context, documents, planner)
    seconds, cpu = time.perf_counter() - clock.wall, time.process_time() - clock.cpu
    recording = Recording()
    if answer.program is not None:
        recording = await record(answer.program.code, answer.documents, planner.sandbox)
    broken = answer.error or recording.error
    calls = () if broken else recording.calls
    comparison = compare_calls(calls, [call.expected() for call in case.expected], case.order, documents)
    faults = tuple(find_gold_faults(case, documents))
    return CaseResult(case, answer, recording, comparison, faults, seconds, cpu)


async def _answer(
    case: PlanningCase, context: Context, documents: Mapping[str, ApiDocument], planner: Planner
) -> Answer:
    request = Request(case.request, context)
    offered: tuple[ApiDocument, ...] = ()
    try:
        if case.apis is not None:
            offered = tuple(documents[api] for api in dict.fromkeys(case.apis))
            request = replace(request, documents=offered)
        outline = _given_outline(case) or await planner.mcfm.outline(request, _ignore)
        if case.apis is None:
            offered = _select(replace(request, outline=outline), outline, planner, documents)
        request = replace(request, outline=outline, documents=offered)
        program = await planner.mcfm.write(request, _ignore)
    except NothingFitsError as error:
        return Answer(detail=error.message, confidence=_confidence(error), documents=offered)
    except NeedsInputError as error:
        best = getattr(error, "best", None)
        program = best if isinstance(best, Program) else None
        confidence = program.confidence if program is not None else _confidence(error)
        return Answer(program, asked=True, detail=error.message, confidence=confidence, documents=offered)
    except TaskMatrixError as error:
        return Answer(error=error.code, detail=error.message, documents=offered)
    except Exception as error:
        logger.exception("case %s: the model broke", case.id)
        return Answer(error="crashed", detail=f"{type(error).__name__}: {error}", documents=offered)
    return Answer(program, confidence=program.confidence, documents=offered)


def _given_outline(case: PlanningCase) -> Outline | None:
    """The steps that the case comes with, as a user would have written them."""
    return Outline(steps=tuple(Step(text=text) for text in case.outline)) if case.outline else None


def _select(
    request: Request, outline: Outline, planner: Planner, documents: Mapping[str, ApiDocument]
) -> tuple[ApiDocument, ...]:
    """Return what examples and the selector offer, or refuse where the conversation would."""
    known = planner.mcfm.recall(request, documents.__contains__) if isinstance(planner.mcfm, Recalls) else ()
    remembered = tuple(documents[api] for api in known if api in documents)
    selection = planner.selector.select(outline, instruction=request.asked)
    if remembered:
        return tuple({d.id: d for d in (*remembered, *selection.documents)}.values())
    if not selection.documents:
        raise NothingFitsError("nothing fits", nearest=selection.nearest)
    return selection.documents


def _confidence(error: TaskMatrixError) -> float:
    stated: object = getattr(error, "confidence", None)
    return float(stated) if isinstance(stated, int | float) else UNSTATED_CONFIDENCE


def _ignore(event: ModelReplied | ModelWriting) -> None:
    """Take what a chat model says: the program is what counts."""


def results_by_split(results: Sequence[CaseResult]) -> dict[str, list[CaseResult]]:
    """Return the results of each split, in order of first sight; cases without one are in none."""
    grouped: dict[str, list[CaseResult]] = {}
    for result in results:
        if result.case.split is not None:
            grouped.setdefault(result.case.split, []).append(result)
    return grouped
