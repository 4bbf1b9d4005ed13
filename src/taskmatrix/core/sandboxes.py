"""The seam to where programs run: a program, its calls, their answers, and what it may use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, overload

from pydantic import JsonValue

from taskmatrix.core.programs import Backend, Finding


@dataclass(frozen=True, slots=True)
class ModuleStub:
    """A package as a program sees it: the module's name, its typed stub text, and its functions."""

    name: str
    stub: str
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostCall:
    """The program called `module.function`; `line` is where in the program, 1-based, 0 if unknown.

    `id` counts the calls that the program makes: 1, 2, 3 … The same program makes the same calls in the same order
    whenever it is given the same answers in the same order. An `awaited` call was started together with others
    (`asyncio.to_thread`); for any other the program stands still until it is answered.
    """

    module: str
    function: str
    args: tuple[JsonValue, ...]
    kwargs: Mapping[str, JsonValue]
    line: int = 0
    id: int = 0
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """The answer to a host call, or the value of a finished program's last expression."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Raised:
    """An error to raise inside the program at its host call: it sees `RuntimeError(message)`."""

    message: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. Waiting for calls costs no seconds."""

    seconds: float = 30.0
    memory_bytes: int = 256 * 1024 * 1024
    calls: int = 5_000
    output_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """What a program must find again when it is run once more from its start.

    `seed` is that of its random numbers (empty: others each time); its clock stands at `now` (None: the real one);
    `backend` is what its check says it needs.
    """

    seed: str = ""
    now: datetime | None = None
    backend: Backend = "monty"


ANY_ORIGIN = Origin()


@dataclass(frozen=True)
class Checked(Sequence[Finding]):
    """What a check of a program's language and types found, and what would run it."""

    findings: tuple[Finding, ...] = ()
    backend: Backend = "monty"

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)


class SandboxRun(Protocol):
    """A program in the sandbox, stepped from its calls to its end."""

    async def advance(self, answers: Mapping[int, Value | Raised]) -> Sequence[HostCall] | Value:
        """Answer calls by their ids, in the order given, and run on until the program needs more answers.

        Returns the calls made since, none where it only waits for calls it made before, or the program's last
        value (a `Value`). At the start `answers` is empty; on a restored run that gives all calls that have no
        answer yet. Raises SandboxError, LimitError.
        """
        ...

    async def snapshot(self) -> bytes | None:
        """Save the interpreter where it waits, so that `restore` goes on in another process.

        None where this sandbox cannot save a program: it is then run again from its start, with the answers it
        was given.
        """
        ...


class Sandbox(Protocol):
    """Runs and type-checks code that nobody trusts."""

    def check(self, code: str, modules: Sequence[ModuleStub]) -> Checked:
        """Check syntax and types against the stubs, and say what the program needs; nothing of it is run."""
        ...

    def start(
        self,
        code: str,
        modules: Sequence[ModuleStub],
        limits: Limits,
        on_print: Callable[[str], None],
        origin: Origin = ANY_ORIGIN,
    ) -> "OpenSandboxRun":
        """Prepare a program; enter the result to get its `SandboxRun`."""
        ...

    def restore(self, snapshot: bytes, on_print: Callable[[str], None]) -> "OpenSandboxRun":
        """Prepare a saved program. Entering it gives the run, still waiting at the calls it was saved at."""
        ...


class OpenSandboxRun(Protocol):
    """An asynchronous context manager around a `SandboxRun`: leaving it ends the program."""

    async def __aenter__(self) -> SandboxRun: ...

    async def __aexit__(self, *exc: object) -> None: ...
