"""`MontySandbox`: programs run in worker processes that hold nothing but an interpreter.

The interpreter (pydantic-monty) is its own: it has no files, no network and no import beyond what is given. A
crashed or killed worker is replaced, the host is never at risk.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import anyio.to_thread

from taskmatrix.core.programs import Finding
from taskmatrix.core.protocols import ANY_ORIGIN, Checked, Limits, ModuleStub, Origin
from taskmatrix.sandbox import language
from taskmatrix.sandbox.diagnostics import names_nothing
from taskmatrix.sandbox.lanes import Lanes
from taskmatrix.sandbox.parsing import parse
from taskmatrix.sandbox.snapshots import SavedProgram, unpack
from taskmatrix.sandbox.together import runnable

if TYPE_CHECKING:
    from pydantic_monty import Monty

    from taskmatrix.sandbox.checkers import Checkers
    from taskmatrix.sandbox.running import OpenMontyRun

_DOUBLES = frozenset(("unsupported-syntax", "unresolved-import", "unresolved-reference", "invalid-syntax"))


class MontySandbox:
    """Implements `Sandbox`. Workers start at first use, are kept warm, and end with `aclose` (or the process).

    `max_processes` bounds how many programs run, or wait for an answer to a call, at the same time; more wait
    their turn.
    """

    def __init__(self, *, max_processes: int = 64) -> None:
        self._max_processes = max_processes
        self._runners: Monty | None = None
        self._lanes = Lanes()
        self._checkers: Checkers | None = None
        self._lock = threading.Lock()

    def check(self, code: str, modules: Sequence[ModuleStub]) -> Checked:
        """Check syntax and types against the stubs, without running anything."""
        tree = parse(code)
        if isinstance(tree, Finding):
            return Checked((tree,))
        offered = {module.name for module in modules}
        own = [*language.unsupported(tree), *language.missing_modules(tree, offered)]
        return Checked((*own, *_without_doubles(self._checker().check(code, modules), own)))

    def start(
        self,
        code: str,
        modules: Sequence[ModuleStub],
        limits: Limits,
        on_print: Callable[[str], None],
        origin: Origin = ANY_ORIGIN,
    ) -> "OpenMontyRun":
        """Prepare a program; enter the result to get its run."""
        from taskmatrix.sandbox.running import OpenMontyRun

        functions = {module.name: module.functions for module in modules}
        text, prelude = runnable(code)
        saved = SavedProgram(b"", text, functions, limits, prelude=prelude, origin=origin)
        return OpenMontyRun(self.runners, self._lanes, saved, on_print)

    def restore(self, snapshot: bytes, on_print: Callable[[str], None]) -> "OpenMontyRun":
        """Prepare a saved program. Raises SandboxError for a snapshot that is damaged or of another version."""
        from taskmatrix.sandbox.running import OpenMontyRun

        return OpenMontyRun(self.runners, self._lanes, unpack(snapshot), on_print)

    def runners(self) -> "Monty":
        """Return the pool of workers that run programs, starting it at first use."""
        with self._lock:
            if self._runners is None:
                from pydantic_monty import Monty

                pool = Monty(max_processes=self._max_processes)
                self._runners = pool.__enter__()
            return self._runners

    async def aclose(self) -> None:
        """End all workers. The sandbox can be used again afterwards."""
        await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """End all workers; needs no event loop."""
        with self._lock:
            runners, self._runners = self._runners, None
            checkers, self._checkers = self._checkers, None
        self._lanes.close()
        if runners is not None:
            runners.__exit__(None, None, None)
        if checkers is not None:
            checkers.close()

    def _checker(self) -> "Checkers":
        with self._lock:
            if self._checkers is None:
                from taskmatrix.sandbox.checkers import Checkers

                self._checkers = Checkers()
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
