"""Checking what an API does: its examples are run, the result is compared with what was documented and seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import JsonValue

from taskmatrix.api_platform.publishing.changes import true_effect
from taskmatrix.api_platform.quality import shapes
from taskmatrix.api_platform.quality.calls import Example, with_imports
from taskmatrix.api_platform.quality.examples import check_examples, runnable
from taskmatrix.api_platform.quality.grades import DRIFT
from taskmatrix.api_platform.quality.rehearsal import NotLetError, Place, Rehearsal, rehearse
from taskmatrix.api_platform.quality.setting_up import ways_to_set_up
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import (
    ApiAccessError,
    ApiArgumentError,
    ApiFileError,
    ApiNotCallableError,
    ApiStateError,
    ApiUnavailableError,
    CredentialError,
    TaskMatrixError,
)
from taskmatrix.core.protocols import Caller, Sandbox
from taskmatrix.store import CheckRecord

FOLDER = "folder"
"""The sandbox of a package of Python functions that touch nothing but their run's files: a folder thrown away."""

MOST_EXAMPLES = 5
MOST_FAILURES = 3
"""Checks in a row without a connection, after which an API is put in quarantine."""

_OWN_CODE = ("python", "entry-point")
_UNREACHED = "unreachable: "
_NOT_ITS_FAULT = (ApiNotCallableError, CredentialError, ApiAccessError, ApiFileError)
_NOT_SET_UP = (ApiArgumentError, ApiStateError)


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check: `record` is what to keep, None for an API that was not checked; `why` is in words."""

    outcome: Literal["passed", "failed", "unchecked"]
    why: str = ""
    record: CheckRecord | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What checks are made with.

    `server` is the sandbox that examples run against, a URL or `FOLDER`; without one, only reading APIs are called.
    `callers` makes the calls, those of HTTP operations at `server` where there is one.
    """

    sandbox: Sandbox
    callers: Callable[[ApiDocument], Caller]
    server: str | None = None


async def check_api(
    document: ApiDocument, siblings: Sequence[ApiDocument], bench: Bench, before: Sequence[CheckRecord] = ()
) -> Checked:
    """Run the examples of an API. `siblings` are the APIs of its package, `before` its last checks, newest first."""
    near = [d for d in siblings if d.package == document.package and d.name != document.name]
    examples = runnable(document, near)[:MOST_EXAMPLES]
    if not examples:
        return Checked("unchecked", _why_none(document, near))
    place = Place(bench.sandbox, bench.callers, lambda called: _refusal(called, bench.server))
    for name in sorted({name for example in examples for name in example.apis}):
        called = next(d for d in (*near, document) if d.name == name)
        if (reason := place.may_call(called)) is not None:
            return Checked("unchecked", reason)
    wrong = [f for f in check_examples(document, near, bench.sandbox) if f.severity == "error"]
    if wrong:
        return _failed(document, f"{wrong[0].path}: {wrong[0].message}", None)
    results: list[JsonValue] = []
    seconds: list[float] = []
    skipped: list[str] = []
    for example in examples:
        rehearsal = await _rehearse(document, example, near, place)
        if rehearsal.finished and rehearsal.results:
            results += rehearsal.results
            seconds += rehearsal.seconds
        elif _is_excused(document, rehearsal):
            skipped.append(_reason(rehearsal.error))
        else:
            return _failed(document, _problem(document, rehearsal.error), max(rehearsal.seconds, default=None))
    if not results:
        return Checked("unchecked", skipped[0] if skipped else "its examples make no call")
    return _judged(document, results, max(seconds), before)


def is_dead(checks: Sequence[CheckRecord]) -> str | None:
    """Return why an API is dead: it was not reached `MOST_FAILURES` times in a row; `checks` are newest first."""
    last = checks[:MOST_FAILURES]
    dead = len(last) == MOST_FAILURES and all(not c.passed and (c.problem or "").startswith(_UNREACHED) for c in last)
    return f"{MOST_FAILURES} checks in a row did not reach it: {last[0].problem}" if dead else None


async def _rehearse(document: ApiDocument, example: Example, near: Sequence[ApiDocument], place: Place) -> Rehearsal:
    """Run an example in the first way to set it up that works; of those that fail, the last one counts."""
    rehearsal = Rehearsal(error=ApiStateError("nothing that must come before it can be run"))
    for way in ways_to_set_up(document, example, near):
        program = "\n".join(with_imports(part, document.package) for part in (*way, example))
        called = {name for part in (*way, example) for name in part.apis}
        offered = [d for d in (*near, document) if d.name in called]
        rehearsal = await rehearse(document, program, offered, place)
        if rehearsal.finished or not isinstance(rehearsal.error, (*_NOT_ITS_FAULT, *_NOT_SET_UP)):
            break
    return rehearsal


def _is_excused(document: ApiDocument, rehearsal: Rehearsal) -> bool:
    """Whether an example that did not run says nothing about the API: it was not set up, or was not let."""
    own = f"{names.module(document.package)}.{names.function(document.name)}"
    if rehearsal.outcome == "refused" or isinstance(rehearsal.error, _NOT_ITS_FAULT):
        return True
    if rehearsal.failed_api not in (None, own):
        return not isinstance(rehearsal.error, ApiUnavailableError)
    if "examples" in document.generated and not isinstance(rehearsal.error, ApiUnavailableError):
        return True  # its values are made up
    # Where nothing has to come before it, an example whose arguments are refused is wrong.
    return isinstance(rehearsal.error, _NOT_SET_UP) and any(rule.kind == "before" for rule in document.rules)


def _refusal(document: ApiDocument, server: str | None) -> str | None:
    """Say why an API is not called here; None if it may be."""
    if true_effect(document) == "read":
        return None
    own = document.source.kind in _OWN_CODE
    if server is None:
        return f"{document.name} changes something ({document.effects.kind}), and its package names no sandbox"
    if (server == FOLDER) != own or (not own and document.source.kind != "http"):
        kind = document.source.kind
        return f"{document.name} changes something, and the sandbox {server!r} is none for an API from {kind!r}"
    return None


def _judged(
    document: ApiDocument, results: Sequence[JsonValue], seconds: float, before: Sequence[CheckRecord]
) -> Checked:
    shape = shapes.merged([shapes.shape_of(result) for result in results])
    misfit = next((where for result in results if (where := _misfit(document, result))), None)
    if misfit is not None:
        return _failed(document, misfit, seconds, shape)
    known = next((c.shape for c in before if c.passed and c.shape), None)
    drift = list(shapes.changes(shapes.from_text(known), shape)) if known else []
    problem = f"{DRIFT}{'; '.join(drift[:5])}" if drift else None
    return Checked("passed", problem or "", _record(document, True, seconds, shapes.to_text(shape), problem))


def _misfit(document: ApiDocument, result: JsonValue) -> str | None:
    """Say which field of a result is not as documented, without its value."""
    if not document.returns.type:
        return None
    from taskmatrix.api_platform.validation import fault

    found = fault(document.returns.type, result)
    if found is None:
        return None
    path = found.partition(": ")[0] if found.startswith((".", "[")) else ""
    return f"the result{path} is not what the document says it is"


def _failed(document: ApiDocument, problem: str, seconds: float | None, shape: shapes.Shape = None) -> Checked:
    seen = shapes.to_text(shape) if shape is not None else None
    return Checked("failed", problem, _record(document, False, seconds, seen, problem))


def _record(
    document: ApiDocument, passed: bool, seconds: float | None, shape: str | None, problem: str | None
) -> CheckRecord:
    now = datetime.now(UTC)
    return CheckRecord(document.package, document.name, document.digest(), now, passed, seconds, shape, problem)


def _problem(document: ApiDocument, error: TaskMatrixError | None) -> str:
    # A server that answers 503 is there.
    unreached = isinstance(error, ApiUnavailableError) and not error.message.startswith(f"{document.id} answered")
    return f"{_UNREACHED if unreached else ''}{_reason(error)}"


def _reason(error: TaskMatrixError | None) -> str:
    if error is None:
        return "its example does not call it"
    if isinstance(error, NotLetError):
        return error.message
    return f"{error.message} [{error.code}]"


def _why_none(document: ApiDocument, near: Sequence[ApiDocument]) -> str:
    if not document.examples:
        return "it has no example"
    fault = next(iter(check_examples(document, near)), None)
    return fault.message if fault is not None else "it has no example that can be run"
