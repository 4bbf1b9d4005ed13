"""From the results of planning cases to figures, and to lines that tell why a case failed."""

from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from taskmatrix.core.calls import CallCounts
from taskmatrix.core.matching import ArgumentCounts
from taskmatrix.core.metrics import (
    COVERAGES,
    Outcome,
    abstention,
    calibration_error,
    f1,
    mean,
    percentile,
    selective_accuracy,
)
from taskmatrix.core.protocols import Call
from taskmatrix.evaluation.planning import CaseResult, results_by_split


def planning_figures(results: Sequence[CaseResult]) -> dict[str, JsonValue]:
    """Return the figures by name, and again as `split/NAME/…` for each split."""
    invalid: list[JsonValue] = [{"id": r.case.id, "reasons": list(r.gold_faults)} for r in results if r.gold_faults]
    figures: dict[str, JsonValue] = {**_figures(results), "gold_invalid": invalid}
    for split, part in results_by_split(results).items():
        figures |= {f"split/{split}/{name}": value for name, value in _figures(part).items()}
    return figures


def _figures(results: Sequence[CaseResult]) -> dict[str, JsonValue]:
    outcomes = [outcome_of(result) for result in results]
    calls, arguments = CallCounts(), ArgumentCounts()
    for result in results:
        calls += result.comparison.calls
        arguments += result.comparison.arguments
    silence = abstention(outcomes)
    waits, busy = [1000 * r.seconds for r in results], [1000 * r.cpu_seconds for r in results]
    errors = Counter(result.error for result in results if result.error is not None)
    return {
        "cases": len(results),
        "exact": _rounded(mean([float(result.exact) for result in results])),
        "api_f1": _rounded(f1(calls.matched, calls.predicted, calls.expected)),
        "argument_f1": _rounded(f1(arguments.matched, arguments.predicted, arguments.expected)),
        "abstention": {"precision": _rounded(silence.precision), "recall": _rounded(silence.recall)},
        "selective": {f"{round(100 * c)}": _rounded(selective_accuracy(outcomes, c)) for c in COVERAGES},
        "asked": _rounded(mean([float(result.answer.asked) for result in results])),
        "ece": _rounded(calibration_error(outcomes)),
        "latency_ms": {
            **{f"p{p}": _rounded(percentile(waits, p / 100)) for p in (50, 95, 99)},
            **{f"cpu_p{p}": _rounded(percentile(busy, p / 100)) for p in (50, 99)},
        },
        "errors": dict(errors.most_common()),
    }


def outcome_of(result: CaseResult) -> Outcome:
    """Return what became of a case, as the metrics take it."""
    return Outcome(result.exact, result.answer.confidence, bool(result.case.expected), result.abstained)


def case_line(result: CaseResult) -> dict[str, JsonValue]:
    """Return the line for `--out`: all that is needed to read a failure."""
    case, answer = result.case, result.answer
    return {
        "id": case.id,
        "split": case.split,
        "exact": result.exact,
        "instruction": case.request,
        "expected": [call.model_dump(mode="json", exclude_defaults=True) for call in case.expected],
        "predicted": [_call(call) for call in result.recording.calls],
        "program": answer.program.code if answer.program is not None else None,
        "confidence": round(answer.confidence, 4),
        "asked": answer.asked,
        "abstained": result.abstained,
        "error": result.error,
        "detail": answer.detail or result.recording.detail,
        "offered": [document.id for document in answer.documents],
        "gold_faults": list(result.gold_faults),
        "milliseconds": round(1000 * result.seconds, 2),
    }


def _call(call: Call) -> JsonValue:
    return {"id": call.id, "api": call.api, "arguments": dict(call.arguments)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
