"""Running an example: a program in the sandbox, its calls made as a run makes them, in a folder thrown away after."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import anyio
from pydantic import JsonValue

from taskmatrix.core.binding import Namespace, bind
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiError, ApiUnavailableError, SandboxError, TaskMatrixError
from taskmatrix.core.protocols import Caller, HostCall, Limits, Raised, Sandbox, SandboxRun, Value
from taskmatrix.core.stubs import render_modules
from taskmatrix.sandbox.stepping import answer_each
from taskmatrix.testing import LocalContext

SECONDS = 30.0
"""For one example, its calls included."""

_LIMITS = Limits(seconds=10.0, calls=50)


@dataclass(frozen=True, slots=True)
class Place:
    """Where examples run: `callers` makes the calls, `may_call` says why one must not be made, None if it may."""

    sandbox: Sandbox
    callers: Callable[[ApiDocument], Caller]
    may_call: Callable[[ApiDocument], str | None]


class NotLetError(ApiError):
    """An example makes a call that must not be made here."""


@dataclass(slots=True)
class Rehearsal:
    """What came of running one example. `results` and `seconds` are those of the calls of the API itself."""

    outcome: Literal["passed", "failed", "refused"] = "passed"
    error: TaskMatrixError | None = None
    results: list[JsonValue] = field(default_factory=list[JsonValue])
    seconds: list[float] = field(default_factory=list[float])
    failed_api: str | None = None
    finished: bool = False


async def rehearse(document: ApiDocument, code: str, offered: Sequence[ApiDocument], place: Place) -> Rehearsal:
    """Run a program that calls `document`, and others of its package among `offered`."""
    rehearsal = Rehearsal()
    with tempfile.TemporaryDirectory(prefix="taskmatrix-check-") as folder:
        context = LocalContext(Path(folder), run_id="check")
        try:
            with anyio.fail_after(SECONDS):
                opened = place.sandbox.start(code, render_modules(offered), _LIMITS, _ignore)
                async with opened as run:
                    await _drive(document, run, Namespace(offered), place, context, rehearsal)
        except TimeoutError:
            rehearsal.outcome = "failed"
            rehearsal.error = ApiUnavailableError(f"no answer within {SECONDS:.0f} seconds")
        except SandboxError as error:
            rehearsal.outcome = "refused" if rehearsal.outcome == "refused" else "failed"
            rehearsal.error = rehearsal.error or error
    return rehearsal


async def _drive(
    document: ApiDocument,
    run: SandboxRun,
    namespace: Namespace,
    place: Place,
    context: LocalContext,
    rehearsal: Rehearsal,
) -> None:
    async def answer(step: HostCall) -> Value | Raised:
        given = await _call(document, step, namespace, place, context, rehearsal)
        if isinstance(rehearsal.error, NotLetError):
            raise rehearsal.error
        return given

    try:
        await answer_each(run, answer)
    except NotLetError:
        return
    rehearsal.finished = True
    rehearsal.error, rehearsal.failed_api = None, None  # what went wrong, the example itself took care of


async def _call(
    document: ApiDocument,
    step: HostCall,
    namespace: Namespace,
    place: Place,
    context: LocalContext,
    rehearsal: Rehearsal,
) -> Value | Raised:
    rehearsal.error, rehearsal.failed_api = None, None
    try:
        called = namespace.of(step)
        reason = place.may_call(called)
        if reason is not None:
            rehearsal.outcome, rehearsal.error = "refused", NotLetError(reason)
            return Raised(reason)
        arguments = bind(called, step.args, step.kwargs)
        caller = place.callers(called)
        started = time.perf_counter()
        result = await caller(called, arguments, context)
    except TaskMatrixError as error:
        rehearsal.error, rehearsal.failed_api = error, f"{step.module}.{step.function}"
        return Raised(error.message)
    if called.name == document.name:
        rehearsal.seconds.append(time.perf_counter() - started)
        rehearsal.results.append(result)
    return Value(result)


def _ignore(_text: str) -> None:
    """Keep nothing of what an example prints."""
