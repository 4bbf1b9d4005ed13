"""One program in a worker, stepped from host call to host call."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Literal, cast

import anyio
from pydantic import JsonValue
from pydantic_monty import (
    ExternalModule,
    ExternalSettledResult,
    FunctionSnapshot,
    FutureSnapshot,
    Monty,
    MontyComplete,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontySyntaxError,
    NameLookupSnapshot,
    OSPolicy,
    SyncSnapshot,
)

from taskmatrix.core.errors import SandboxError
from taskmatrix.core.protocols import HostCall, Origin, Raised, Value
from taskmatrix.sandbox.lanes import Lane, Lanes
from taskmatrix.sandbox.limits import exceeded, limit_of
from taskmatrix.sandbox.snapshots import OpenCall, SavedProgram, pack
from taskmatrix.sandbox.together import line_of
from taskmatrix.sandbox.values import MAX_SIZE, NotJsonError, TooLargeError, to_json

_SUSPENSIONS_PER_CALL = 4
_OVERHEAD = 1_000
"""Suspensions besides calls: answers to calls made together, imports, undefined names, sleeps."""

_FIRST, _SECOND = "<python-input-0>", "<python-input-1>"
"""The interpreter's names for the texts it is given, in their order."""


class OpenMontyRun:
    """Opens a worker for a program, and gives it back."""

    def __init__(
        self, runners: Callable[[], Monty], lanes: Lanes, saved: SavedProgram, on_print: Callable[[str], None]
    ) -> None:
        self._runners = runners
        self._lanes = lanes
        self._saved = saved
        self._on_print = on_print
        self._session: MontySession | None = None
        self._worker: int | None = None

    async def __aenter__(self) -> "MontyRun":
        self._lane = self._lanes.take()
        try:
            session = await self._lane.do(self._open)
        except BaseException:
            self._lane.leave(self._close)  # a worker that comes yet goes back at once
            raise
        return MontyRun(session, self._lane, self._saved, self._on_print)

    async def __aexit__(self, *exc: object) -> None:
        if self._lane.busy:
            _kill(self._worker)  # nobody waits for what it does
        try:
            with anyio.CancelScope(shield=True):
                await self._lane.do(self._close)
        except BaseException:
            self._lane.leave()
            raise
        self._lanes.give_back(self._lane)

    def _open(self) -> MontySession:
        saved = self._saved
        session = self._runners().checkout(
            limits={
                "max_feed_duration_secs": saved.limits.seconds,
                "max_total_sleep_secs": saved.limits.seconds,
                "max_memory": saved.limits.memory_bytes,
                "max_suspensions": _SUSPENSIONS_PER_CALL * saved.limits.calls + _OVERHEAD,
            },
            assert_message_annotations=False,
            os_policy=_policy(saved.origin),
            external_modules={
                name: ExternalModule(dict.fromkeys(functions, _never_called))
                for name, functions in saved.functions.items()
            },
        )
        self._session = session.__enter__()
        self._worker = self._session.worker_pid
        return self._session

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.__exit__(None, None, None)


class MontyRun:
    """Implements `SandboxRun`.

    Answers are given to the program one at a time, and it runs until it waits again before it is given the next:
    so the same answers in the same order lead to the same calls.
    """

    def __init__(
        self, session: MontySession, lane: Lane, saved: SavedProgram, on_print: Callable[[str], None]
    ) -> None:
        self._session = session
        self._lane = lane
        self._saved = saved
        self._on_print = on_print
        self._worker = session.worker_pid
        self._source = saved.code.encode()
        self._calls = saved.calls
        self._printed: list[str] = []
        self._output_bytes = saved.output_bytes
        self._waiting: FunctionSnapshot | FutureSnapshot | None = None
        self._open = {waiting.call.id: waiting for waiting in saved.open}
        self._answers = {waiting.call.id: waiting.answer for waiting in saved.open if waiting.answer is not None}
        self._new = [waiting.call for waiting in saved.open if waiting.answer is None]

    async def advance(self, answers: Mapping[int, Value | Raised]) -> Sequence[HostCall] | Value:
        """Give answers to calls by id and run until the program needs more. Raises SandboxError, LimitError."""
        for number in answers:
            if number not in self._open or number in self._answers:
                raise SandboxError(f"no call {number} waits for an answer")
        self._answers.update(answers)
        try:
            if self._waiting is None:
                value = await self._to_next_wait(await self._begin())
            else:
                value = None
            while value is None and (answered := self._answerable()) is not None:
                value = await self._to_next_wait(await self._give(answered))
        except MontyError as error:
            self._flush()
            raise self._error(error) from None
        if value is not None:
            return value
        new, self._new = self._new, []
        return new

    async def snapshot(self) -> bytes:
        """Save the interpreter where it waits, with every call that has no answer yet."""
        if self._waiting is None:
            raise SandboxError("only a program that waits at a call can be saved")
        waiting = (replace(call, answer=self._answers.get(number)) for number, call in self._open.items())
        return pack(
            replace(
                self._saved,
                interpreter=self._waiting.dump(),
                calls=self._calls,
                output_bytes=self._output_bytes,
                open=tuple(waiting),
            )
        )

    async def _begin(self) -> SyncSnapshot:
        session, saved = self._session, self._saved
        if saved.interpreter:
            return await self._step(partial(session.load_snapshot, saved.interpreter, print_callback=self._collect))
        if saved.prelude:
            await self._lane.do(partial(session.feed_run, saved.prelude))
        return await self._step(partial(session.feed_start, saved.code, print_callback=self._collect))

    async def _step(self, work: Callable[[], SyncSnapshot]) -> SyncSnapshot:
        return await self._lane.do(partial(_to_host_call, work))

    def _answerable(self) -> OpenCall | None:
        """Return the call whose answer the program can take now: the one it stands at, or the first answered."""
        waiting = self._waiting
        if waiting is None:
            return None
        awaited = waiting.pending_call_ids if isinstance(waiting, FutureSnapshot) else (waiting.call_id,)
        return next((self._open[id] for id in self._answers if self._open[id].number in awaited), None)

    async def _give(self, call: OpenCall) -> SyncSnapshot:
        waiting, self._waiting = self._waiting, None
        del self._open[call.call.id]
        answer = self._answers.pop(call.call.id)
        result: ExternalSettledResult
        if isinstance(answer, Raised):
            result = {"exc_type": "RuntimeError", "message": answer.message}
        else:
            result = {"return_value": answer.value}
        if isinstance(waiting, FutureSnapshot):
            return await self._step(partial(waiting.resume, {call.number: result}))
        return await self._step(partial(cast(FunctionSnapshot, waiting).resume, result))

    async def _to_next_wait(self, snapshot: SyncSnapshot) -> Value | None:
        """Run until the program waits for an answer, or to its end (its value)."""
        while True:
            self._flush()
            if isinstance(snapshot, MontyComplete):
                return Value(self._result(snapshot))
            if not isinstance(snapshot, FunctionSnapshot):
                self._waiting = cast(FutureSnapshot, snapshot)
                return None
            if any(call.number == snapshot.call_id for call in self._open.values()):
                self._waiting = snapshot  # of a saved program: the very call it was saved at
                return None
            module, _, function = snapshot.function_name.partition(".")
            if not self._offered(module, function):
                # A name that nothing defines: NameError in the program.
                snapshot = await self._step(snapshot.resume_auto)
                continue
            try:
                call = self._call(snapshot, module, function)
            except NotJsonError as error:
                message = f"{module}.{function}: {error}"
                snapshot = await self._step(partial(snapshot.resume, {"exc_type": "TypeError", "message": message}))
                continue
            if not call.awaited:
                self._waiting = snapshot
                return None
            snapshot = await self._step(partial(snapshot.resume, {"future": ...}))

    def _offered(self, module: str, function: str) -> bool:
        return function in self._saved.functions.get(module, ())

    def _call(self, waiting: FunctionSnapshot, module: str, function: str) -> HostCall:
        """Note a call that the program makes. Raises NotJsonError, LimitError."""
        args, kwargs = _arguments(waiting)
        self._calls += 1
        if self._calls > self._saved.limits.calls:
            raise exceeded(f"the program made more than {self._saved.limits.calls} calls", "calls")
        place = waiting.position
        awaited = bool(self._saved.prelude) and place.filename == _FIRST
        line = line_of(self._saved.prelude, place.start) if awaited else self._line(place.start, place.filename)
        call = HostCall(module, function, args, kwargs, line=line, id=self._calls, awaited=awaited)
        self._open[call.id] = OpenCall(call, waiting.call_id)
        self._new.append(call)
        return call

    def _result(self, complete: MontyComplete) -> JsonValue:
        try:
            return to_json(complete.output, where="the program's last value", most=MAX_SIZE)
        except RecursionError:
            raise SandboxError("the program's last value is nested too deeply") from None
        except TooLargeError as error:
            raise exceeded(str(error), "memory") from None
        except NotJsonError as error:
            raise SandboxError(
                str(error), hint="end the program with a value of text, numbers, lists or dicts"
            ) from None

    def _collect(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        """Keep printed text. Called in the lane, so the loop hears of it in `_flush`."""
        if self._output_bytes > self._saved.limits.output_bytes:
            return
        self._output_bytes += len(text.encode())
        self._printed.append(text)
        if self._output_bytes > self._saved.limits.output_bytes:
            _kill(self._worker)  # nothing else ends an endless loop of prints at once

    def _flush(self) -> None:
        printed, self._printed = self._printed, []
        if printed:
            self._on_print("".join(printed))
        if self._output_bytes > self._saved.limits.output_bytes:
            raise exceeded(f"the program printed more than {self._saved.limits.output_bytes} bytes", "output")

    def _error(self, error: MontyError) -> SandboxError:
        if isinstance(error, MontyCrashedError):
            if error.timed_out:
                return exceeded("the program did not stop in time and was ended", "time")
            return SandboxError(f"the process that ran the program ended: {error}", hint="run it again")
        text = str(error)
        line = 0
        if isinstance(error, MontyRuntimeError | MontySyntaxError):
            own = [frame.line for frame in error.traceback() if frame.filename == self._file]
            line = own[-1] if own else 0
        limit = limit_of(text)
        return exceeded(text, limit, line) if limit else SandboxError(text, line=line)

    @property
    def _file(self) -> str:
        """The interpreter's name for the program's text; an `eval` and the prelude have others."""
        return _SECOND if self._saved.prelude else _FIRST

    def _line(self, start: int, filename: str) -> int:
        if filename != self._file:
            return 0
        return self._source[:start].count(b"\n") + 1


def _to_host_call(work: Callable[[], SyncSnapshot]) -> SyncSnapshot:
    """Run the program to its next call, or its end; what the interpreter itself asks, it answers as it was set up."""
    snapshot = work()
    while isinstance(snapshot, NameLookupSnapshot) or (
        isinstance(snapshot, FunctionSnapshot) and snapshot.is_os_function
    ):
        snapshot = snapshot.resume_auto()
    return snapshot


def _kill(worker: int | None) -> None:
    if worker is not None:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def _policy(origin: Origin) -> OSPolicy:
    """Return what the interpreter knows of the clock and of chance."""
    policy: OSPolicy = {}
    if origin.seed:
        policy["random_start"] = {"seed": origin.seed}
    if origin.now is not None:
        policy["datetime"] = origin.now
    return policy


def _arguments(call: FunctionSnapshot) -> tuple[tuple[JsonValue, ...], dict[str, JsonValue]]:
    try:
        args = tuple(to_json(value, where=f"argument {i}", most=MAX_SIZE) for i, value in enumerate(call.args, 1))
        return args, {
            key: to_json(value, where=f"argument {key!r}", most=MAX_SIZE) for key, value in call.kwargs.items()
        }
    except RecursionError:
        raise NotJsonError("an argument is nested too deeply") from None


def _never_called(*args: object, **kwargs: object) -> None:
    """Stand for a host function: `advance` hands its calls to the executor."""
