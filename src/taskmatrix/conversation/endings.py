"""How a run ends: every way is a `RunFinished`, with what went wrong and what to do."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from taskmatrix.core.errors import (
    ModelError,
    NothingFitsError,
    OutcomeError,
    QuestionDeclinedError,
    RunCancelledError,
    ScheduleError,
    TaskMatrixError,
    VerificationError,
)
from taskmatrix.core.events import OutcomeChecked, RunFinished, RunScheduled
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.protocols import Selection

ADD_AN_API = "add an API with `taskmatrix apis import FILE`"
SET_A_MODEL = "or set a chat model with TASKMATRIX_MODEL=openai:NAME"
ANOTHER_MODEL = "or take another model, with TASKMATRIX_MODEL=openai:NAME"
_SHOWN = 3


def failed(error: TaskMatrixError) -> RunFinished:
    """Return the ending for an error."""
    if isinstance(error, QuestionDeclinedError):
        return RunFinished(status="cancelled", code=error.code, message=error.message, hint=error.hint)
    if isinstance(error, RunCancelledError):
        return cancelled()
    message = error.message
    if isinstance(error, NothingFitsError) and error.nearest and error.nearest[0] not in message:
        message = f"{message}; the nearest APIs are {', '.join(error.nearest[:_SHOWN])}"
    return RunFinished(status="failed", code=error.code, message=message, hint=error.hint)


def scheduled(kept: RunScheduled) -> RunFinished:
    """Return the ending of a run whose program was kept for later."""
    due = f", first at {kept.due.astimezone(ZoneInfo(kept.zone)):%Y-%m-%d %H:%M} ({kept.zone})" if kept.due else ""
    then = "" if kept.planned else ", and it is planned each time, with the values of what happened"
    return RunFinished(
        status="done",
        answer=f"Kept as schedule {kept.name!r}: {kept.trigger}{due}. Nothing was run now{then}; it waits for"
        " `taskmatrix worker`, which fires schedules as long as it runs.",
    )


def says_no_time(instruction: str, program: Program, *, given: bool) -> ScheduleError:
    """Return the error for what was to be kept for later and names no time. A `given` program's words say none."""
    why = (
        "a program was given, so its words were not read"
        if given
        else f"no time to wait for was read in {instruction!r}"
    )
    return ScheduleError(
        f"say when: {why}; nothing was kept, and nothing run",
        hint="give --at, --every, --cron, --on-topic, --on-webhook or --on-file (a trigger, in Python)"
        + ("" if given else "; in words, the embedded model reads it: every day at 9 …"),
        best=program,
    )


def cancelled() -> RunFinished:
    """Return the ending of a run that its user stopped."""
    return RunFinished(
        status="cancelled",
        code=RunCancelledError.code,
        message="the run was stopped",
        hint="files are as the last finished save left them",
    )


def broken(error: Exception) -> RunFinished:
    """Return the ending for a fault of TaskMatrix itself."""
    return RunFinished(
        status="failed",
        code="internal",
        message=f"TaskMatrix itself failed: {type(error).__name__}: {error}",
        hint="this is a bug; run it again with --debug and report what it prints",
    )


def nothing_fits(selection: Selection, unmet: Sequence[str], *, chat_model: bool) -> NothingFitsError:
    """Return the error for steps without an API, naming the steps and the nearest APIs."""
    named = [repr(step) for step in unmet[:_SHOWN]]
    more = len(unmet) - len(named)
    steps = ", ".join(named) + (f" and {more} more" if more else "")
    near = ", ".join(selection.nearest[:_SHOWN])
    advice = ADD_AN_API if chat_model else f"{ADD_AN_API}, {SET_A_MODEL}"
    return NothingFitsError(
        f"no registered API does {steps}" + (f"; the nearest are {near}" if near else "; none comes near"),
        nearest=selection.nearest,
        hint=advice if near else f"`taskmatrix apis list` shows what there is; {advice}",
    )


def outcome_wrong(checked: OutcomeChecked) -> OutcomeError:
    """Return the error for a run after which the world is not as it should be."""
    false = [fact.text + (f" ({fact.why})" if fact.why else "") for fact in checked.facts if fact.state == "false"]
    said = [f"not so: {_lines(false[:_SHOWN])}"] if false else []
    said += [f"changed beyond the request: {_lines(checked.beyond[:_SHOWN])}"] if checked.beyond else []
    return OutcomeError(
        f"the program ran, but {'; '.join(said)}",
        beyond=bool(checked.beyond),
        hint="look at it yourself; what the run did may be taken back with `taskmatrix runs undo`",
    )


def not_planned_anew(failure: TaskMatrixError, error: TaskMatrixError) -> TaskMatrixError:
    """Return what went wrong first, and where the model failed at another plan, why and what to do about that."""
    if isinstance(error, ModelError):
        failure.message = f"{failure.message}; planning it anew failed: {error.message}"
        failure.hint = "; ".join(hint for hint in (failure.hint, error.hint) if hint) or None
    return failure


def not_passed(report: CheckReport, attempts: int, *, given: bool = False) -> VerificationError:
    """Return the error for a program that did not pass its check, with the first findings.

    A program that was `given` is its user's to correct, another comes from the instruction.
    """
    errors = [finding for finding in report.findings if finding.severity == "error"]
    shown = _lines([str(finding) for finding in errors[:_SHOWN]])
    more = f" and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    tries = f" after {attempts} attempts" if attempts > 1 else ""
    return VerificationError(
        f"the program did not pass its check{tries} and was not run: {shown}{more}",
        hint="correct it" if given else f"say the instruction in other words, or more of it, {ANOTHER_MODEL}",
    )


def _lines(parts: Sequence[str]) -> str:
    return "; ".join(part.replace("\n", " ") for part in parts)
