"""Making the calls of one run: policy, approval, journal, the call itself."""

import copy
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.core.binding import Namespace, bind
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApprovalDeniedError, TaskMatrixError, UsageError
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
)
from taskmatrix.core.protocols import Approver, BlobStore, Caller, HostCall, Policy, Raised, Record, Value
from taskmatrix.executor.claims import OUTPUT_OPTIONS, Claims, OutputExists
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.executor.payloads import shorten, shorten_each
from taskmatrix.executor.progress import Pending, Progress, Settled
from taskmatrix.sandbox.values import NotJsonError, to_json

logger = logging.getLogger(__name__)
_KEPT = "what is there was kept"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question nobody answers now: the run is to be saved at this call."""

    call: int


@dataclass(slots=True)
class _Call:
    """One call on its way. `claims` are the run's, with the answers given for this call."""

    number: int
    document: ApiDocument
    arguments: dict[str, JsonValue]
    claims: Claims
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes a program's calls and gives back their answers, writing everything down."""

    run_id: str
    directory: Path
    namespace: Namespace
    policy: Policy
    callers: Callable[[ApiDocument], Caller]
    blobs: BlobStore
    clock: Callable[[], datetime]
    record: Record
    approver: Approver
    assume_yes: bool
    progress: Progress

    async def make(self, host_call: HostCall) -> Value | Raised | Waiting:
        """Make a call: intended, allowed or asked about, sent, done or failed."""
        self.progress.calls += 1
        number = self.progress.calls
        try:
            call = self._bound(number, host_call)
        except ApiArgumentError as error:
            self._intend(number, f"{host_call.module}.{host_call.function}", _given(host_call), "unknown", host_call)
            return self._fail(number, error)
        document = call.document
        self._intend(number, document.id, call.arguments, document.effects.kind, host_call)
        decision = self.policy.decide(document, call.arguments)
        if decision.verdict == "refuse":
            return self._fail(number, _denied(document, f"the policy refuses it: {decision.reason}"))
        if decision.verdict == "ask":
            answer = await self._ask(call, decision.reason, ("approve", "deny"))
            if answer is None:
                return Waiting(number)
            if answer == "deny":
                return self._fail(number, _denied(document, "it was not approved"))
        return await self._perform(call)

    async def take_up(self, host_call: HostCall, pending: Pending, answer: str) -> Value | Raised | Waiting:
        """Go on with the call a run was saved at, now that its question is answered."""
        number = pending.request.call
        self.record(ApprovalAnswered(call=number, answer=answer, by="user"))
        try:
            call = self._bound(number, host_call)
        except ApiArgumentError as error:  # the document is another than when the run was paused
            return self._fail(number, error)
        path = pending.request.path
        if answer == "deny":
            return self._fail(number, _denied(call.document, _KEPT if path else "it was not approved"))
        call.attempt = pending.attempt
        for settled in (*pending.settled, *([Settled(path, answer)] if path else [])):
            target = Path(settled.path)
            call.claims.settle(call.claims.question(call.claims.asked_for(target), target), settled.answer)
        return await self._perform(call)

    def _bound(self, number: int, host_call: HostCall) -> _Call:
        document = self.namespace.of(host_call)
        arguments = bind(document, host_call.args, host_call.kwargs)
        return _Call(number, document, arguments, self.progress.claims.copy())

    def _intend(
        self, number: int, api: str, arguments: dict[str, JsonValue], effect: str, host_call: HostCall
    ) -> None:
        shown = shorten_each(arguments, self.blobs)
        self.record(CallIntended(call=number, api=api, arguments=shown, effect=effect, line=host_call.line))

    async def _perform(self, call: _Call) -> Value | Raised | Waiting:
        """Send a call; as often as it meets a file in its way, ask and send it again."""
        while True:
            call.attempt += 1
            self.record(CallSent(call=call.number, attempt=call.attempt))
            context = self._context(call)
            started = time.perf_counter()
            try:
                caller = self.callers(call.document)
                result = _json(await caller(call.document, copy.deepcopy(call.arguments), context), "its result")
                state = _json(context.state, "the state it keeps")
            except TaskMatrixError as raised:
                error = raised
            except Exception as raised:
                logger.exception("%s failed", call.document.id)
                error = ApiError(f"{call.document.id} failed: {type(raised).__name__}: {raised}")
            else:
                return self._finish(call, context, result, state, time.perf_counter() - started)
            if context.question is None:
                return self._fail(call.number, error, time.perf_counter() - started, context)
            settled = await self._settle(call, context.question)
            if settled is not None:
                return settled

    def _context(self, call: _Call) -> ExecutionContext:
        return ExecutionContext(
            run_id=self.run_id,
            directory=self.directory,
            clock=self.clock,
            blobs=self.blobs,
            state=copy.deepcopy(self.progress.states.get(call.document.package, {})),
            claims=call.claims.copy(),
        )

    async def _settle(self, call: _Call, question: OutputExists) -> Raised | Waiting | None:
        """Find out what to do about a file that is in the way; None once that is known."""
        reason = f"{question.message}; the free name is {question.free.name!r}"
        answer = await self._ask(call, reason, OUTPUT_OPTIONS, str(question.target))
        if answer is None:
            return Waiting(call.number)
        if answer == "deny":
            return self._fail(call.number, _denied(call.document, _KEPT))
        call.claims.settle(question, answer)
        return None

    async def _ask(self, call: _Call, reason: str, options: tuple[str, ...], path: str | None = None) -> str | None:
        """Ask whoever approves, or take the first option where nobody wants to be asked."""
        request = ApprovalRequested(
            call=call.number,
            api=call.document.id,
            arguments=shorten_each(call.arguments, self.blobs),
            reason=reason,
            options=options,
            path=path,
        )
        self.record(request)
        answer = options[0] if self.assume_yes else await self.approver(request)
        if answer is None:
            return None
        if answer not in options:
            raise UsageError(f"{answer!r} is no answer to this", hint=f"it takes {' or '.join(options)}")
        by = "--yes" if self.assume_yes else "user"
        self.record(ApprovalAnswered(call=call.number, answer=answer, by=by))
        return answer

    def _finish(
        self, call: _Call, context: ExecutionContext, result: JsonValue, state: JsonValue, seconds: float
    ) -> Value:
        package, progress = call.document.package, self.progress
        kept = state if isinstance(state, dict) and state != progress.states.get(package, {}) else None
        new = context.claims.added(progress.claims)
        shown = shorten(kept, self.blobs) if kept is not None else None
        self.record(
            CallDone(
                call=call.number,
                result=shorten(result, self.blobs),
                seconds=seconds,
                state=shown if isinstance(shown, dict) else None,
                claims=new.claimed or None,
                owned=new.owned,
            )
        )
        progress.claims = context.claims
        if kept is not None:
            progress.states[package] = kept
        self._show_artifacts(call.number, context)
        return Value(result)

    def _fail(
        self, number: int, error: TaskMatrixError, seconds: float = 0.0, context: ExecutionContext | None = None
    ) -> Raised:
        self.record(CallFailed(call=number, code=error.code, message=error.message, hint=error.hint, seconds=seconds))
        if context is not None:
            self._show_artifacts(number, context)
        return self.progress.raise_in_program(error)

    def _show_artifacts(self, number: int, context: ExecutionContext) -> None:
        for artifact in context.artifacts:
            if artifact.path is not None:  # written, so the run's own, even if the call failed afterwards
                self.progress.claims.own(Path(artifact.path), artifact.digest)
            self.record(ArtifactMade(artifact=artifact, call=number))


def _given(host_call: HostCall) -> dict[str, JsonValue]:
    return {**{str(i): value for i, value in enumerate(host_call.args, 1)}, **host_call.kwargs}


def _denied(document: ApiDocument, why: str) -> ApprovalDeniedError:
    undo = f"{document.effects.undo} takes it back" if document.effects.undo else None
    return ApprovalDeniedError(f"{document.id} was not called: {why}", hint=undo)


def _json(value: object, what: str) -> JsonValue:
    try:
        return to_json(value, where=what)
    except NotJsonError as error:
        raise ApiError(str(error), hint="report it to the owner of the API") from error
