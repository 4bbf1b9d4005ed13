"""One program in a process of its own, stepped by messages over a pipe."""

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import anyio
import anyio.lowlevel
import anyio.to_thread
from pydantic import JsonValue

from taskmatrix.core.errors import SandboxError, SandboxUnavailableError
from taskmatrix.core.protocols import HostCall, Limits, Origin, Raised, Value
from taskmatrix.sandbox.cpython.nursery import Nursery, ProgramProcess
from taskmatrix.sandbox.limits import exceeded
from taskmatrix.sandbox.values import to_json

_LARGEST = 64 * 1024 * 1024
_RECEIVED = 256 * 1024


@dataclass(frozen=True, slots=True)
class Job:
    """A program and what it may use."""

    code: str
    functions: dict[str, tuple[str, ...]]
    limits: Limits
    origin: Origin

    def message(self) -> dict[str, JsonValue]:
        """Return what the program's process is told of it."""
        return {
            "code": self.code,
            "modules": {name: list(functions) for name, functions in self.functions.items()},
            "seconds": self.limits.seconds,
            "memory_bytes": self.limits.memory_bytes,
            "output_bytes": self.limits.output_bytes,
            "seed": self.origin.seed,
            "now": self.origin.now.isoformat() if self.origin.now else "",
        }


class OpenCpythonRun:
    """Gets a process for a program, and ends it. At most as many at a time as `room` lets in."""

    def __init__(self, nursery: Nursery, room: anyio.CapacityLimiter, job: Job, on_print: Callable[[str], None]):
        self._nursery = nursery
        self._room = room
        self._job = job
        self._on_print = on_print
        self._process: ProgramProcess | None = None

    async def __aenter__(self) -> "CpythonRun":
        await self._room.acquire_on_behalf_of(self)
        try:
            self._process = await anyio.to_thread.run_sync(self._nursery.make)
        except BaseException:
            self._room.release_on_behalf_of(self)
            raise
        return CpythonRun(self._process.pipe, self._job, self._on_print)

    async def __aexit__(self, *exc: object) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None
            self._room.release_on_behalf_of(self)


class CpythonRun:
    """Implements `SandboxRun`. Nothing that the process says is believed: all of it is checked here."""

    def __init__(self, pipe: socket.socket, job: Job, on_print: Callable[[str], None]) -> None:
        self._channel = _Channel(pipe)
        self._job = job
        self._on_print = on_print
        self._calls = 0
        self._open: set[int] = set()
        self._sent = 0
        self._started = False
        self._output_bytes = 0
        self._seconds = job.limits.seconds

    async def advance(self, answers: Mapping[int, Value | Raised]) -> Sequence[HostCall] | Value:
        """Give answers to calls by id and run until the program needs more. Raises SandboxError, LimitError."""
        for number in answers:
            if number not in self._open:
                raise SandboxError(f"no call {number} waits for an answer")
            self._open.remove(number)
        if self._started and not answers:
            return []
        started = time.monotonic()
        try:
            with anyio.fail_after(self._seconds):
                return await self._go_on(answers)
        except TimeoutError:
            raise exceeded(f"the program ran for more than {self._job.limits.seconds:g} s", "time") from None
        except OSError as error:
            raise SandboxError(f"the process that ran the program ended: {error}", hint="run it again") from error
        finally:
            self._seconds -= time.monotonic() - started

    async def snapshot(self) -> None:
        """Return None: such a program is run again, with the answers it was given."""

    async def _go_on(self, answers: Mapping[int, Value | Raised]) -> Sequence[HostCall] | Value:
        if not self._started:
            self._started = True
            await self._channel.send(self._job.message())
        for number, answer in answers.items():
            given = {"error": answer.message} if isinstance(answer, Raised) else {"value": answer.value}
            await self._channel.send({"id": number, **given})
            self._sent += 1
        new: list[HostCall] = []
        while True:
            message = await self._channel.receive()
            try:
                match message["kind"]:
                    case "print":
                        self._print(str(message["text"]))
                    case "call":
                        new.append(self._call(message))
                    case "wait" if message["received"] == self._sent:
                        return new
                    case "wait":
                        pass  # it has not seen all the answers yet
                    case "done":
                        return Value(to_json(message["value"], most=_LARGEST))
                    case _:
                        raise self._error(message)
            except (KeyError, TypeError, ValueError, RecursionError) as error:
                raise SandboxError("the process of the program broke its protocol") from error

    def _print(self, text: str) -> None:
        self._output_bytes += len(text.encode())
        if self._output_bytes > self._job.limits.output_bytes:
            raise exceeded(f"the program printed more than {self._job.limits.output_bytes} bytes", "output")
        self._on_print(text)

    def _call(self, message: dict[str, Any]) -> HostCall:
        self._calls += 1
        if self._calls > self._job.limits.calls:
            raise exceeded(f"the program made more than {self._job.limits.calls} calls", "calls")
        module, function = str(message["module"]), str(message["function"])
        args, kwargs = to_json(message["args"]), to_json(message["kwargs"])
        if (
            function not in self._job.functions.get(module, ())
            or message["id"] != self._calls
            or not isinstance(args, list)
            or not isinstance(kwargs, dict)
        ):
            raise ValueError("a call that was not on offer")
        self._open.add(self._calls)
        line, awaited = int(message["line"]), bool(message["awaited"])
        return HostCall(module, function, tuple(args), kwargs, line=line, id=self._calls, awaited=awaited)

    def _error(self, message: dict[str, Any]) -> SandboxError:
        text = str(message["message"])
        match message["kind"]:
            case "limit":
                return exceeded(text, str(message["limit"]), int(message["line"]))
            case "refused":
                return SandboxUnavailableError(f"the program could not be confined: {text}")
            case "no-json":
                return SandboxError(text, hint="end the program with a value of text, numbers, lists or dicts")
            case _:
                return SandboxError(text, line=int(message["line"]))


class _Channel:
    """The host's end of a program's pipe."""

    def __init__(self, pipe: socket.socket) -> None:
        self._pipe = pipe
        self._received = bytearray()

    async def send(self, message: Mapping[str, object]) -> None:
        """Send a message. Raises OSError if nobody is there."""
        data = json.dumps(message).encode()
        left = memoryview(len(data).to_bytes(4, "big") + data)
        while left:
            try:
                left = left[self._pipe.send(left) :]
            except BlockingIOError:
                await anyio.wait_writable(self._pipe)

    async def receive(self) -> dict[str, Any]:
        """Return the next message. Raises SandboxError for one too large or no JSON, OSError if nobody is there."""
        await anyio.lowlevel.checkpoint()  # a process may send without end: others have their turn all the same
        size = int.from_bytes(await self._bytes(4), "big")
        if size > _LARGEST:
            raise exceeded(f"the program passed on more than {_LARGEST // 1024**2} MB at once", "memory")
        try:
            message = json.loads(await self._bytes(size), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise SandboxError("the process of the program broke its protocol") from error
        return cast("dict[str, Any]", message) if isinstance(message, dict) else {}

    async def _bytes(self, size: int) -> bytes:
        while len(self._received) < size:
            try:
                part = self._pipe.recv(_RECEIVED)
            except BlockingIOError:
                await anyio.wait_readable(self._pipe)
                continue
            if not part:
                raise ConnectionError("it closed its pipe")
            self._received += part
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
