"""Making the calls of one run: policy, approval, journal, the call itself."""

import copy
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import anyio
from pydantic import JsonValue

from taskmatrix.core.binding import Namespace, bind
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import (
    ApiArgumentError,
    ApiError,
    ApiLimitError,
    OutcomeUnknownError,
    RunDivergedError,
    TaskMatrixError,
    UsageError,
)
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallRetried,
    CallSent,
    Event,
)
from taskmatrix.core.protocols import Approver, BlobStore, Caller, HostCall, Raised, Record, Value
from taskmatrix.core.sizes import is_too_large
from taskmatrix.executor.answers import untrue
from taskmatrix.executor.approvals import Approvals, check_time, denied, refused
from taskmatrix.executor.claims import OUTPUT_OPTIONS, Claims, OutputExists
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.executor.dispatch import Dispatcher, is_repeatable, may_have_happened
from taskmatrix.executor.flights import Waiting
from taskmatrix.executor.payloads import shorten, shorten_each
from taskmatrix.executor.progress import Progress
from taskmatrix.executor.recorded import Recorded, RecordedCall
from taskmatrix.executor.spending import Spending
from taskmatrix.sandbox.values import NotJsonError, to_json

logger = logging.getLogger(__name__)
_KEPT = "what is there was kept"
UNKNOWN_OPTIONS = ("it-happened", "retry", "stop")
"""What can be answered about a call of which nobody knows whether it happened."""


@dataclass(slots=True)
class _Call:
    """One call on its way. `claims` are the run's, with the answers given for this call."""

    number: int
    document: ApiDocument
    arguments: dict[str, JsonValue]
    claims: Claims
    attempt: int = 0

    @property
    def repeatable(self) -> bool:
        """Whether it does no harm to make the call once more: its events need not survive a power cut."""
        return is_repeatable(self.document)


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes a program's calls and gives back their answers, writing everything down.

    `recorded` is what an earlier process wrote down; `given` holds answers, by call, that came since.
    """

    run_id: str
    directory: Path
    namespace: Namespace
    approvals: Approvals
    callers: Callable[[ApiDocument], Caller]
    blobs: BlobStore
    clock: Callable[[], datetime]
    record: Record
    approver: Approver
    assume_yes: bool
    progress: Progress
    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    spending: Spending = field(default_factory=Spending)
    recorded: Recorded = field(default_factory=Recorded)
    given: dict[int, str] = field(default_factory=dict[int, str])
    by: str = "user"
    _asking: anyio.Lock = field(default_factory=anyio.Lock)
    _sessions: dict[str, anyio.Lock] = field(default_factory=dict[str, anyio.Lock])

    def verify(self, host_call: HostCall) -> None:
        """Raise RunDivergedError if the journal has another call in this one's place."""
        known = self.recorded.calls.get(host_call.id)
        if known is None:
            return
        try:
            call = self._bound(host_call)
            api, arguments = call.document.id, call.arguments
        except ApiArgumentError:
            api, arguments = f"{host_call.module}.{host_call.function}", _given(host_call)
        if (api, shorten_each(arguments, self.blobs)) != (known.intended.api, known.intended.arguments):
            raise RunDivergedError(
                f"call {host_call.id} is {api} with other arguments than the journal says, or another API than "
                f"{known.intended.api}: nothing was called",
                hint="the program does not do the same twice; give the instruction again",
            )

    async def make(self, host_call: HostCall) -> Value | Raised | Waiting:
        """Make a call: intended, allowed or asked about, sent, done or failed. Goes on with one known from before.

        Raises OutcomeUnknownError where somebody stops the run at a call that may have happened.
        """
        number, known = host_call.id, self.recorded.calls.get(host_call.id)
        try:
            call = self._bound(host_call)
        except ApiArgumentError as error:
            name = f"{host_call.module}.{host_call.function}"
            opening = self._opening(host_call, name, _given(host_call), "unknown")
            return self._fail(number, error, opening=opening)
        if known is not None and not isinstance(known.last, CallIntended):
            return await self._take_up(call, known)
        opening = self._opening(host_call, call.document.id, call.arguments, call.document.effects.kind)
        return await self._begin(call, opening)

    async def _begin(self, call: _Call, opening: tuple[Event, ...]) -> Value | Raised | Waiting:
        """Make a call that was neither asked about nor sent; `opening` is what the journal still lacks of it."""
        decision = self.approvals.decide(call.document, call.arguments)
        if decision.verdict == "refuse":
            return self._fail(call.number, refused(call.document, decision), opening=opening)
        if decision.verdict == "ask":
            options = self.approvals.options(decision.rule)
            request = self.approvals.request(call, decision.reason, options, rule=decision.rule)
            self.record(*opening, request)
            opening = ()
            answer = await self._ask(call, request)
            if answer is None:
                return Waiting(call.number)
            if answer == "deny":
                return self._fail(call.number, denied(call.document, "it was not approved"))
        if decision.permit and opening:
            opening = (opening[0].model_copy(update={"permit": decision.permit}), *opening[1:])
        return await self._perform(call, opening)

    async def _take_up(self, call: _Call, known: RecordedCall) -> Value | Raised | Waiting:
        """Go on with a call that another process has asked about or sent."""
        call.attempt = known.attempts
        question, answer = known.asked[-1] if known.asked else (None, None)
        for settled, said in known.asked[:-1] if known.question else known.asked:
            if settled.path is not None and said not in (None, "deny"):
                self._settled(call, settled.path, said)
        if question is None or isinstance(known.last, CallSent | CallRetried):  # it was on its way
            if call.repeatable:
                return await self._perform(call)
            question, answer = self._unknown(call), None
            self.record(question)
        if answer is None:
            answer = await self._ask(call, question)
        if answer is None:
            return Waiting(call.number)
        if question.kind == "outcome-unknown":
            return await self._decided(call, answer)
        if answer == "deny":
            return self._fail(call.number, denied(call.document, _KEPT if question.path else "it was not approved"))
        if question.path is not None and known.question is not None:
            self._settled(call, question.path, answer)
        decision = self.approvals.decide(call.document, call.arguments)
        if decision.verdict == "refuse":  # by a rule that came after the question
            return self._fail(call.number, refused(call.document, decision))
        return await self._perform(call)

    def _settled(self, call: _Call, path: str, answer: str) -> None:
        target = Path(path)
        call.claims.settle(call.claims.question(call.claims.asked_for(target), target), answer)

    def _unknown(self, call: _Call) -> ApprovalRequested:
        reason = "nobody knows whether it happened: it was sent, and the process ended before the answer came"
        return self.approvals.request(call, reason, UNKNOWN_OPTIONS, kind="outcome-unknown")

    async def _decided(self, call: _Call, answer: str) -> Value | Raised | Waiting:
        """Do what somebody says about a call that may have happened."""
        if answer == "stop":
            raise OutcomeUnknownError(
                f"the run was stopped: nobody knows whether call {call.number}, {call.document.id}, happened",
                hint="find out where it would have happened, then give the instruction again for what is left",
            )
        if answer == "retry":
            return await self._perform(call)
        self.record(CallDone(call=call.number, result=None, seconds=0))  # the result went with the process
        return Value(None)

    def _bound(self, host_call: HostCall) -> _Call:
        document = self.namespace.of(host_call)
        arguments = bind(document, host_call.args, host_call.kwargs)
        return _Call(host_call.id, document, arguments, self.progress.claims.copy())

    def _opening(
        self, host_call: HostCall, api: str, arguments: dict[str, JsonValue], effect: str
    ) -> tuple[Event, ...]:
        """Return the first event of a call; none where the journal has it."""
        if host_call.id in self.recorded.calls:
            return ()
        intended = CallIntended(
            call=host_call.id,
            api=api,
            arguments=shorten_each(arguments, self.blobs),
            effect=effect,
            line=host_call.line,
            key=self._key(host_call.id),
        )
        return (intended,)

    def _key(self, number: int) -> str:
        return f"{self.run_id}-{number}"

    async def _perform(self, call: _Call, opening: tuple[Event, ...] = ()) -> Value | Raised | Waiting:
        """Send a call, one at a time of those that share a package's session."""
        try:
            caller = self.callers(call.document)
        except TaskMatrixError as error:
            return self._fail(call.number, error, opening=opening)
        if not getattr(caller, "keeps_state", False):
            return await self._send(call, caller, opening)
        async with self._sessions.setdefault(call.document.package, anyio.Lock()):
            return await self._send(call, caller, opening)

    async def _send(self, call: _Call, caller: Caller, opening: tuple[Event, ...]) -> Value | Raised | Waiting:
        """Send a call; ask about each file in its way, and send it again after failures that pass."""
        failures = 0
        while True:
            call.attempt += 1
            # What cannot be repeated is on the disk before it is sent.
            sent = CallSent(call=call.number, attempt=call.attempt, cost=self.spending.spend(call.document))
            self.record(*opening, sent, durable=not call.repeatable)
            opening = ()
            context = self._context(call)
            started = time.perf_counter()
            try:
                given = copy.deepcopy(call.arguments)
                result = _json(await self.dispatcher.call(caller, call.document, given, context), "its result")
                state = _json(context.state, "the state it keeps")
            except TaskMatrixError as raised:
                error = raised
            except Exception as raised:
                logger.exception("%s failed", call.document.id)
                error = ApiError(f"{call.document.id} failed: {type(raised).__name__}: {raised}")
            else:
                return self._finish(call, context, result, state, time.perf_counter() - started)
            seconds = time.perf_counter() - started
            context.close()
            if context.question is not None:
                settled = await self._settle(call, context.question)
                if settled is not None:
                    return settled
                continue
            failures += 1
            if not await self._may_retry(call, error, failures, context):
                return self._fail(call.number, error, seconds, context)

    async def _may_retry(self, call: _Call, error: TaskMatrixError, failures: int, context: ExecutionContext) -> bool:
        """Wait until a call may be sent again; False where it may not."""
        wait = None if context.artifacts else self.dispatcher.pause(call.document, error, failures)
        if wait is None:
            return False
        why = CallRetried(call=call.number, attempt=call.attempt, code=error.code, message=error.message, wait_s=wait)
        self.record(why, durable=False)
        await self.dispatcher.wait(wait)
        return True

    def _context(self, call: _Call) -> ExecutionContext:
        return ExecutionContext(
            run_id=self.run_id,
            key=self._key(call.number),
            attempt=call.attempt,
            directory=self.directory,
            clock=self.clock,
            blobs=self.blobs,
            state=copy.deepcopy(self.progress.states.get(call.document.package, {})),
            claims=call.claims.copy(),
        )

    async def _settle(self, call: _Call, question: OutputExists) -> Raised | Waiting | None:
        """Find out what to do about a file that is in the way; None once that is known."""
        reason = f"{question.message}; the free name is {question.free.name!r}"
        request = self.approvals.request(call, reason, OUTPUT_OPTIONS, str(question.target), kind="file")
        self.record(request)
        answer = await self._ask(call, request)
        if answer is None:
            return Waiting(call.number)
        if answer == "deny":
            return self._fail(call.number, denied(call.document, _KEPT))
        call.claims.settle(question, answer)
        return None

    async def _ask(self, call: _Call, request: ApprovalRequested) -> str | None:
        """Ask whoever approves, or take the first option where nobody wants to be asked.

        `request` is in the journal. What may have happened is never decided without a person.
        """
        answer, by = self.given.pop(request.call, None), self.by
        if answer is None and self.assume_yes and request.kind != "outcome-unknown":
            answer, by = request.options[0], "--yes"
        if answer is None:
            async with self._asking:  # one question at a time; calls that need none go on meanwhile
                if self.approvals.covers(request):
                    answer, by = request.options[0], "an answer for this run"
                else:
                    answer = await self.approver(request)
        if answer is None:
            return None
        if answer not in request.options:
            raise UsageError(f"{answer!r} is no answer to this", hint=f"it takes {' or '.join(request.options)}")
        check_time(request, self.clock())
        self.record(ApprovalAnswered(call=request.call, answer=answer, by=by))
        self.approvals.take(call, request, answer, by)
        return answer

    def _finish(
        self, call: _Call, context: ExecutionContext, result: JsonValue, state: JsonValue, seconds: float
    ) -> Value:
        package, progress = call.document.package, self.progress
        kept = state if isinstance(state, dict) and state != progress.states.get(package, {}) else None
        new = context.claims.added(progress.claims)
        shown = shorten(kept, self.blobs) if kept is not None else None
        done = CallDone(
            call=call.number,
            result=shorten(result, self.blobs),
            seconds=seconds,
            state=shown if isinstance(shown, dict) else None,
            claims=new.claimed or None,
            owned=new.owned,
            warning=untrue(call.document, result),
        )
        self.record(done, *self._made(call.number, context), durable=not call.repeatable)
        progress.claims.update(new.claimed, new.owned)
        if kept is not None:
            progress.states[package] = kept
        return Value(result)

    def _fail(
        self,
        number: int,
        error: TaskMatrixError,
        seconds: float = 0.0,
        context: ExecutionContext | None = None,
        opening: tuple[Event, ...] = (),
    ) -> Raised:
        failed = CallFailed(
            call=number,
            code=error.code,
            message=error.message,
            hint=error.hint,
            seconds=seconds,
            unsure=context is not None and may_have_happened(error),
        )
        self.record(*opening, failed, *(self._made(number, context) if context is not None else ()))
        return self.progress.raise_in_program(error)

    def _made(self, number: int, context: ExecutionContext) -> tuple[Event, ...]:
        """Return what tells of the files that a call wrote: the run's own, even if the call failed afterwards."""
        for artifact in context.artifacts:
            if artifact.path is not None:
                self.progress.claims.own(Path(artifact.path), artifact.digest)
        before = context.before
        return tuple(
            ArtifactMade(artifact=artifact, call=number, before=before.get(artifact.path or ""))
            for artifact in context.artifacts
        )


def _given(host_call: HostCall) -> dict[str, JsonValue]:
    return {**{str(i): value for i, value in enumerate(host_call.args, 1)}, **host_call.kwargs}


def _json(value: object, what: str) -> JsonValue:
    if is_too_large(value):
        raise ApiLimitError(f"{what} is larger than a journal holds", hint="ask the API for less, or for a file")
    try:
        return to_json(value, where=what)
    except NotJsonError as error:
        raise ApiError(str(error), hint="report it to the owner of the API") from error
