"""`MontySandbox`: programs run in worker processes that hold nothing but an interpreter.

The interpreter (pydantic-monty) is its own: it has no files, no network and no import beyond what is given. A
crashed or killed worker is replaced, the host is never at risk.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from taskmatrix.core.programs import Finding
from taskmatrix.core.protocols import ANY_ORIGIN, Checked, Limits, ModuleStub, Origin
from taskmatrix.sandbox import departure, language
from taskmatrix.sandbox.diagnostics import names_nothing, read_types
from taskmatrix.sandbox.limits import limit_of
from taskmatrix.sandbox.parsing import parse
from taskmatrix.sandbox.running import OpenMontyRun
from taskmatrix.sandbox.snapshots import SavedProgram, unpack
from taskmatrix.sandbox.together import STUB, checkable, runnable

if TYPE_CHECKING:
    from pydantic_monty import AsyncMonty, Monty, MontySession

_STOP = "taskmatrix_stop_before_running"
_IGNORE = re.compile(r"#(\s*)(type|ty)(\s*):(\s*)ignore")
_CHECK_SECONDS = 30.0
"""Bounds a check, and is far from what one takes: 30 ms for 25 calls, 0.6 s for 10,000 lines on a free core. A machine
with ten times more to do than it has cores must not turn a right program into a finding."""

_DOUBLES = frozenset(("unsupported-syntax", "unresolved-import", "unresolved-reference", "invalid-syntax"))


class MontySandbox:
    """Implements `Sandbox`. Workers start at first use, are kept warm, and end with `aclose` (or the process).

    `max_processes` bounds how many programs run, or wait for an answer to a call, at the same time; more wait
    their turn.
    """

    def __init__(self, *, max_processes: int = 64) -> None:
        self._max_processes = max_processes
        self._runners: AsyncMonty | None = None
        self._checkers: Monty | None = None
        self._lock = threading.Lock()

    def check(self, code: str, modules: Sequence[ModuleStub]) -> Checked:
        """Check syntax and types against the stubs, without running anything."""
        tree = parse(code)
        if isinstance(tree, Finding):
            return Checked((tree,))
        offered = {module.name for module in modules}
        own = [*language.unsupported(tree), *language.missing_modules(tree, offered)]
        return Checked((*own, *_without_doubles(self._ask_worker(code, modules), own)))

    def start(
        self,
        code: str,
        modules: Sequence[ModuleStub],
        limits: Limits,
        on_print: Callable[[str], None],
        origin: Origin = ANY_ORIGIN,
    ) -> OpenMontyRun:
        """Prepare a program; enter the result to get its run."""
        functions = {module.name: module.functions for module in modules}
        text, prelude = runnable(code)
        saved = SavedProgram(b"", text, functions, limits, prelude=prelude, origin=origin)
        return OpenMontyRun(self.runners, saved, on_print)

    def restore(self, snapshot: bytes, on_print: Callable[[str], None]) -> OpenMontyRun:
        """Prepare a saved program. Raises SandboxError for a snapshot that is damaged or of another version."""
        return OpenMontyRun(self.runners, unpack(snapshot), on_print)

    async def runners(self) -> "AsyncMonty":
        """Return the pool of workers that run programs, starting it at first use."""
        if self._runners is None:
            from pydantic_monty import AsyncMonty

            departure.wait_at_exit()
            pool = AsyncMonty(max_processes=self._max_processes)
            await pool.__aenter__()
            if self._runners is None:
                self._runners = pool
            else:  # another task was faster
                await pool.__aexit__(None, None, None)
        return self._runners

    async def aclose(self) -> None:
        """End all workers. The sandbox can be used again afterwards."""
        runners, self._runners = self._runners, None
        if runners is not None:
            await runners.__aexit__(None, None, None)
        self.close()

    def close(self) -> None:
        """End all workers without waiting for those that run programs; needs no event loop."""
        self._runners = None
        with self._lock:
            checkers, self._checkers = self._checkers, None
        if checkers is not None:
            checkers.__exit__(None, None, None)

    def _ask_worker(self, code: str, modules: Sequence[ModuleStub]) -> list[Finding]:
        from pydantic_monty import ExternalModule, MontyCrashedError, MontyError, MontyTypingError

        offered = {m.name: ExternalModule(dict.fromkeys(m.functions, _never_called), stubs=m.stub) for m in modules}
        session = self._checker().checkout(
            type_check=True,
            type_check_format="json",
            type_check_stubs=STUB,
            external_modules={**offered, _STOP: ExternalModule({}, stubs="")},
            limits={"max_feed_duration_secs": _CHECK_SECONDS, "max_memory": 64 * 1024 * 1024},
        )
        try:
            with session as open_session:
                _compile(open_session, code)
        except MontyTypingError as error:
            return list(read_types(error.display()))
        except MontyError as error:
            if isinstance(error, MontyCrashedError) or limit_of(str(error)) in ("time", "memory"):
                return [Finding(rule="check-failed", message=f"the check broke off: {error}", hint="write it shorter")]
            return [_parser_finding(error)]
        return []

    def _checker(self) -> "Monty":
        with self._lock:
            if self._checkers is None:
                from pydantic_monty import Monty

                departure.wait_at_exit()
                pool = Monty(max_processes=4, request_timeout=_CHECK_SECONDS)
                pool.__enter__()
                self._checkers = pool
            return self._checkers


def _without_doubles(worker: Sequence[Finding], own: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what the worker found besides our own: one construct, one finding, the one with the better words."""
    lines = {finding.line for finding in own}
    rules = {finding.rule for finding in own}
    for finding in worker:
        if finding.rule == "unsupported-syntax" and finding.rule in rules:
            continue  # its parser stops at the first that it meets
        if finding.line not in lines or finding.rule not in _DOUBLES or names_nothing(finding):
            yield finding


def _compile(session: "MontySession", code: str) -> None:
    """Type-check and compile a program, stopping at an import in front of its first line.

    The worker reads the whole text before it runs any of it, so nothing of the program is executed.
    """
    from pydantic_monty import FunctionSnapshot

    text = _IGNORE.sub(r"#\1\2\3:\4ignor_", checkable(code))  # a program may not switch its own check off
    snapshot = session.feed_start(f"import {_STOP}\n{text}")
    while isinstance(snapshot, FunctionSnapshot) and snapshot.function_name == "import_stubs":
        snapshot = snapshot.resume_auto()


def _parser_finding(error: Exception) -> Finding:
    from pydantic_monty import MontyRuntimeError, MontySyntaxError

    frames = error.traceback() if isinstance(error, MontyRuntimeError | MontySyntaxError) else []
    return Finding(
        rule="unsupported-syntax" if "support" in str(error) else "invalid-syntax",
        message=str(error).removeprefix("NotImplementedError: "),
        line=max(frames[-1].line - 1, 0) if frames else 0,
        column=frames[-1].column if frames else 0,
    )


def _never_called(*args: object, **kwargs: object) -> None:
    """Stand for a host function: runs answer calls themselves."""
