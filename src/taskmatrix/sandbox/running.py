"""One program in a worker, stepped from host call to host call."""

import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Union, cast

from pydantic import JsonValue

from taskmatrix.core.errors import SandboxError
from taskmatrix.core.protocols import HostCall, Origin, Raised, Value
from taskmatrix.sandbox.limits import exceeded, limit_of
from taskmatrix.sandbox.snapshots import OpenCall, SavedProgram, pack
from taskmatrix.sandbox.together import line_of
from taskmatrix.sandbox.values import MAX_SIZE, NotJsonError, TooLargeError, to_json

if TYPE_CHECKING:
    from pydantic_monty import (
        AsyncFutureSnapshot,
        AsyncMonty,
        AsyncMontySession,
        AsyncSnapshot,
        ExternalResult,
        ExternalSettledResult,
        MontyError,
        OSPolicy,
        SourceRange,
    )

_SUSPENSIONS_PER_CALL = 4
_OVERHEAD = 1_000
"""Suspensions besides calls: answers to calls made together, imports, undefined names, sleeps."""

_FIRST, _SECOND = "<python-input-0>", "<python-input-1>"
"""The interpreter's names for the texts it is given, in their order."""


class _FunctionSnapshot(Protocol):
    """The part of a paused call that is used here."""

    @property
    def call_id(self) -> int: ...
    @property
    def position(self) -> "SourceRange": ...
    @property
    def function_name(self) -> str: ...
    @property
    def args(self) -> tuple[object, ...]: ...
    @property
    def kwargs(self) -> dict[str, object]: ...
    def dump(self) -> bytes: ...
    async def resume(self, result: "ExternalResult") -> "AsyncSnapshot": ...


_Snapshot = Union[_FunctionSnapshot, "AsyncFutureSnapshot"]


class OpenMontyRun:
    """Opens a worker for a program, and gives it back."""

    def __init__(
        self, runners: Callable[[], Awaitable["AsyncMonty"]], saved: SavedProgram, on_print: Callable[[str], None]
    ) -> None:
        self._runners = runners
        self._saved = saved
        self._on_print = on_print
        self._session: AsyncMontySession | None = None

    async def __aenter__(self) -> "MontyRun":
        from pydantic_monty import ExternalModule

        saved = self._saved
        pool = await self._runners()
        self._session = pool.checkout(
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
        return MontyRun(await self._session.__aenter__(), saved, self._on_print)

    async def __aexit__(self, *exc: object) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.__aexit__(*exc)


class MontyRun:
    """Implements `SandboxRun`.

    Answers are given to the program one at a time, and it runs until it waits again before it is given the next:
    so the same answers in the same order lead to the same calls.
    """

    def __init__(self, session: "AsyncMontySession", saved: SavedProgram, on_print: Callable[[str], None]) -> None:
        self._session = session
        self._saved = saved
        self._on_print = on_print
        self._worker = session.worker_pid
        self._calls = saved.calls
        self._printed: list[str] = []
        self._output_bytes = saved.output_bytes
        self._waiting: _Snapshot | None = None
        self._open = {waiting.call.id: waiting for waiting in saved.open}
        self._answers = {waiting.call.id: waiting.answer for waiting in saved.open if waiting.answer is not None}
        self._new = [waiting.call for waiting in saved.open if waiting.answer is None]

    async def advance(self, answers: Mapping[int, Value | Raised]) -> Sequence[HostCall] | Value:
        """Give answers to calls by id and run until the program needs more. Raises SandboxError, LimitError."""
        from pydantic_monty import MontyError

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

    async def _begin(self) -> "AsyncSnapshot":
        if self._saved.interpreter:
            return await self._session.load_snapshot(self._saved.interpreter, print_callback=self._collect)
        if self._saved.prelude:
            await self._session.feed_run(self._saved.prelude)
        return await self._session.feed_start(self._saved.code, print_callback=self._collect)

    def _answerable(self) -> OpenCall | None:
        """Return the call whose answer the program can take now: the one it stands at, or the first answered."""
        from pydantic_monty import AsyncFutureSnapshot

        waiting = self._waiting
        if isinstance(waiting, AsyncFutureSnapshot):
            awaited = set(waiting.pending_call_ids)
        else:
            awaited = {cast(_FunctionSnapshot, waiting).call_id}
        return next((self._open[id] for id in self._answers if self._open[id].number in awaited), None)

    async def _give(self, call: OpenCall) -> "AsyncSnapshot":
        from pydantic_monty import AsyncFutureSnapshot

        waiting, self._waiting = self._waiting, None
        del self._open[call.call.id]
        answer = self._answers.pop(call.call.id)
        result: ExternalSettledResult
        if isinstance(answer, Raised):
            result = {"exc_type": "RuntimeError", "message": answer.message}
        else:
            result = {"return_value": answer.value}
        if isinstance(waiting, AsyncFutureSnapshot):
            return await waiting.resume({call.number: result})
        return await cast(_FunctionSnapshot, waiting).resume(result)

    async def _to_next_wait(self, snapshot: "AsyncSnapshot") -> Value | None:
        """Run until the program waits for an answer, or to its end (its value)."""
        from pydantic_monty import AsyncFunctionSnapshot, AsyncFutureSnapshot, MontyComplete

        while True:
            self._flush()
            if isinstance(snapshot, MontyComplete):
                return Value(self._result(snapshot))
            if isinstance(snapshot, AsyncFutureSnapshot):
                self._waiting = snapshot
                return None
            if not isinstance(snapshot, AsyncFunctionSnapshot) or snapshot.is_os_function:
                snapshot = await snapshot.resume_auto()
                continue
            waiting = cast(_FunctionSnapshot, snapshot)
            if any(call.number == waiting.call_id for call in self._open.values()):
                self._waiting = waiting  # of a saved program: the very call it was saved at
                return None
            module, _, function = waiting.function_name.partition(".")
            if not self._offered(module, function):
                snapshot = await snapshot.resume_auto()  # a name that nothing defines: NameError in the program
                continue
            try:
                call = self._call(waiting, module, function)
            except NotJsonError as error:
                snapshot = await waiting.resume({"exc_type": "TypeError", "message": f"{module}.{function}: {error}"})
                continue
            if not call.awaited:
                self._waiting = waiting
                return None
            snapshot = await waiting.resume({"future": ...})

    def _offered(self, module: str, function: str) -> bool:
        return function in self._saved.functions.get(module, ())

    def _call(self, waiting: _FunctionSnapshot, module: str, function: str) -> HostCall:
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

    def _result(self, complete: Any) -> JsonValue:
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
        """Keep printed text. Called on a thread of the worker's pool, so the loop hears of it in `_flush`."""
        if self._output_bytes > self._saved.limits.output_bytes:
            return
        self._output_bytes += len(text.encode())
        self._printed.append(text)
        if self._output_bytes > self._saved.limits.output_bytes and self._worker is not None:
            with suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGKILL)  # nothing else ends an endless loop of prints at once

    def _flush(self) -> None:
        printed, self._printed = self._printed, []
        if printed:
            self._on_print("".join(printed))
        if self._output_bytes > self._saved.limits.output_bytes:
            raise exceeded(f"the program printed more than {self._saved.limits.output_bytes} bytes", "output")

    def _error(self, error: "MontyError") -> SandboxError:
        from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

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
        return self._saved.code.encode()[:start].count(b"\n") + 1


def _policy(origin: Origin) -> "OSPolicy":
    """Return what the interpreter knows of the clock and of chance."""
    policy: OSPolicy = {}
    if origin.seed:
        policy["random_start"] = {"seed": origin.seed}
    if origin.now is not None:
        policy["datetime"] = origin.now
    return policy


def _arguments(call: _FunctionSnapshot) -> tuple[tuple[JsonValue, ...], dict[str, JsonValue]]:
    try:
        args = tuple(to_json(value, where=f"argument {i}", most=MAX_SIZE) for i, value in enumerate(call.args, 1))
        return args, {
            key: to_json(value, where=f"argument {key!r}", most=MAX_SIZE) for key, value in call.kwargs.items()
        }
    except RecursionError:
        raise NotJsonError("an argument is nested too deeply") from None


def _never_called(*args: object, **kwargs: object) -> None:
    """Stand for a host function: `advance` hands its calls to the executor."""
