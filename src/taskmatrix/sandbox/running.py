"""One program in a worker, stepped from host call to host call."""

import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from pydantic import JsonValue

from taskmatrix.core.errors import LimitError, SandboxError
from taskmatrix.core.protocols import HostCall, Raised, Value
from taskmatrix.sandbox.snapshots import SavedProgram, pack
from taskmatrix.sandbox.values import NotJsonError, to_json

if TYPE_CHECKING:
    from pydantic_monty import AsyncMonty, AsyncMontySession, AsyncSnapshot, ExternalResult, MontyError

_OVERHEAD = 10_000
"""Suspensions besides calls: imports, undefined names, sleeps."""

_LIMITS = {
    "feed time limit": "time",
    "memory limit": "memory",
    "sleep limit": "time (sleeping)",
    "suspension limit": "calls",
    "maximum recursion depth": "recursion",
}


_HINTS = {
    "calls": "do it in parts, such as one file or one section at a time",
    "time": "do it in parts, or with fewer steps",
    "time (sleeping)": "leave the waiting out",
    "memory": "do it in parts, and keep less at the same time",
    "output": "print less",
    "recursion": "write a loop instead",
}


class _FunctionSnapshot(Protocol):
    """The part of a paused call that is used here."""

    @property
    def function_name(self) -> str: ...
    @property
    def args(self) -> tuple[object, ...]: ...
    @property
    def kwargs(self) -> dict[str, object]: ...
    def dump(self) -> bytes: ...
    async def resume(self, result: "ExternalResult") -> "AsyncSnapshot": ...


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
                "max_suspensions": saved.limits.calls + _OVERHEAD,
            },
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
    """Implements `SandboxRun`."""

    def __init__(self, session: "AsyncMontySession", saved: SavedProgram, on_print: Callable[[str], None]) -> None:
        self._session = session
        self._saved = saved
        self._on_print = on_print
        self._worker = session.worker_pid
        self._calls = saved.calls
        self._printed: list[str] = []
        self._output_bytes = saved.output_bytes
        self._waiting: _FunctionSnapshot | None = None

    async def advance(self, answer: Value | Raised | None) -> HostCall | Value:
        """Run to the next host call or to the end.

        On a restored run, None gives the call it was saved at once more. Raises SandboxError when the program
        raises, LimitError when it uses more than it may.
        """
        from pydantic_monty import MontyError

        try:
            return await self._to_next_call(await self._step(answer))
        except MontyError as error:
            self._flush()
            raise self._error(error) from None

    async def snapshot(self) -> bytes:
        """Save the interpreter where it waits."""
        if self._waiting is None:
            raise SandboxError("only a program that waits at a call can be saved")
        saved = self._saved
        return pack(
            SavedProgram(
                self._waiting.dump(), saved.code, saved.functions, saved.limits, self._calls, self._output_bytes
            )
        )

    async def _step(self, answer: Value | Raised | None) -> "AsyncSnapshot":
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            if self._saved.interpreter:
                self._calls -= 1  # the call it waits at is announced, and counted, again
                return await self._session.load_snapshot(self._saved.interpreter, print_callback=self._collect)
            return await self._session.feed_start(self._saved.code, print_callback=self._collect)
        if isinstance(answer, Raised):
            return await waiting.resume({"exc_type": "RuntimeError", "message": answer.message})
        return await waiting.resume({"return_value": answer.value if answer else None})

    async def _to_next_call(self, snapshot: "AsyncSnapshot") -> HostCall | Value:
        from pydantic_monty import AsyncFunctionSnapshot, MontyComplete

        while True:
            self._flush()
            if isinstance(snapshot, MontyComplete):
                return Value(self._result(snapshot))
            if not isinstance(snapshot, AsyncFunctionSnapshot) or snapshot.is_os_function:
                snapshot = await snapshot.resume_auto()
                continue
            module, _, function = str(snapshot.function_name).partition(".")
            if function not in self._saved.functions.get(module, ()):
                snapshot = await snapshot.resume_auto()  # a name that nothing defines: NameError in the program
                continue
            self._calls += 1
            if self._calls > self._saved.limits.calls:
                raise _exceeded(f"the program made more than {self._saved.limits.calls} calls", "calls")
            line = self._line(snapshot.position.start, snapshot.position.filename)
            waiting = cast(_FunctionSnapshot, snapshot)
            try:
                call = HostCall(module, function, *_arguments(waiting), line=line)
            except NotJsonError as error:
                snapshot = await waiting.resume({"exc_type": "TypeError", "message": f"{module}.{function}: {error}"})
                continue
            self._waiting = waiting
            return call

    def _result(self, complete: Any) -> JsonValue:
        try:
            return to_json(complete.output, where="the program's last value")
        except RecursionError:
            raise SandboxError("the program's last value is nested too deeply") from None
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
            raise _exceeded(f"the program printed more than {self._saved.limits.output_bytes} bytes", "output")

    def _error(self, error: "MontyError") -> SandboxError:
        from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

        if isinstance(error, MontyCrashedError):
            if error.timed_out:
                return _exceeded("the program did not stop in time and was ended", "time")
            return SandboxError(f"the process that ran the program ended: {error}", hint="run it again")
        text = str(error)
        line = 0
        if isinstance(error, MontyRuntimeError | MontySyntaxError):
            own = [frame.line for frame in error.traceback() if frame.filename != "<string>"]
            line = own[-1] if own else 0
        for mark, limit in _LIMITS.items():
            if mark in text:
                return _exceeded(text, limit, line)
        return SandboxError(text, line=line)

    def _line(self, start: int, filename: str) -> int:
        if filename == "<string>":  # inside eval() or exec()
            return 0
        return self._saved.code.encode()[:start].count(b"\n") + 1


def _exceeded(message: str, limit: str, line: int = 0) -> LimitError:
    return LimitError(f"{message} (limit: {limit})", line=line, hint=_HINTS[limit])


def _arguments(call: _FunctionSnapshot) -> tuple[tuple[JsonValue, ...], dict[str, JsonValue]]:
    try:
        args = tuple(to_json(value, where=f"argument {i}") for i, value in enumerate(call.args, 1))
        return args, {key: to_json(value, where=f"argument {key!r}") for key, value in call.kwargs.items()}
    except RecursionError:
        raise NotJsonError("an argument is nested too deeply") from None


def _never_called(*args: object, **kwargs: object) -> None:
    """Stand for a host function: `advance` hands its calls to the executor."""
