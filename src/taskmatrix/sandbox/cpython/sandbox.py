"""`CpythonSandbox`: programs of the whole language, each in a process that can compute and nothing else."""

from collections.abc import Callable, Sequence

import anyio

from taskmatrix.core.errors import SandboxError
from taskmatrix.core.protocols import ANY_ORIGIN, Limits, ModuleStub, Origin
from taskmatrix.sandbox.cpython.confinement import Walls
from taskmatrix.sandbox.cpython.nursery import Nursery
from taskmatrix.sandbox.cpython.running import Job, OpenCpythonRun


class CpythonSandbox:
    """Runs programs as `Sandbox` says; their text is checked elsewhere. Processes start at first use.

    `max_processes` bounds how many programs run, or wait for an answer to a call, at the same time; more wait
    their turn. A program cannot be saved: it is run again from its start.
    """

    def __init__(self, *, max_processes: int = 64, walls: Walls | None = None) -> None:
        self._nursery = Nursery(walls)
        self._max_processes = max_processes
        self._room: anyio.CapacityLimiter | None = None

    def start(
        self,
        code: str,
        modules: Sequence[ModuleStub],
        limits: Limits,
        on_print: Callable[[str], None],
        origin: Origin = ANY_ORIGIN,
    ) -> OpenCpythonRun:
        """Prepare a program; entering the result raises SandboxUnavailableError where nothing can confine it."""
        if self._room is None:
            self._room = anyio.CapacityLimiter(self._max_processes)
        functions = {module.name: module.functions for module in modules}
        return OpenCpythonRun(self._nursery, self._room, Job(code, functions, limits, origin), on_print)

    def restore(self, snapshot: bytes, on_print: Callable[[str], None]) -> OpenCpythonRun:
        """Refuse: no program of this sandbox was ever saved. Raises SandboxError."""
        raise SandboxError("this sandbox saves no programs", hint="start the run again from its instruction")

    async def aclose(self) -> None:
        """End all processes. The sandbox can be used again afterwards."""
        self.close()

    def close(self) -> None:
        """End all processes; needs no event loop."""
        self._room = None
        self._nursery.close()
