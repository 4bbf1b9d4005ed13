"""`Sandboxes`: each program in the sandbox that it needs."""

from collections.abc import Callable, Sequence, Set

from taskmatrix.core.errors import SandboxUnavailableError
from taskmatrix.core.programs import Finding
from taskmatrix.core.protocols import ANY_ORIGIN, Checked, Limits, ModuleStub, OpenSandboxRun, Origin
from taskmatrix.sandbox.cpython.confinement import walls
from taskmatrix.sandbox.cpython.sandbox import CpythonSandbox
from taskmatrix.sandbox.language import runs_in_full
from taskmatrix.sandbox.monty import MontySandbox

_SURE = frozenset(
    "invalid-syntax unsupported-syntax unresolved-import unresolved-reference too-long too-deep check-failed".split()
)


class Sandboxes:
    """Implements `Sandbox`: Monty, and for what it does not run the whole language, if that is allowed.

    A program that was started with the whole language goes on with it, also where it is no longer allowed.
    """

    def __init__(self, *, whole_language: bool = False, max_processes: int = 64) -> None:
        self._whole_language = whole_language
        self._monty = MontySandbox(max_processes=max_processes)
        self._cpython = CpythonSandbox(max_processes=max_processes)

    def check(self, code: str, modules: Sequence[ModuleStub]) -> Checked:
        """Check syntax and types, and say which sandbox the program needs."""
        found = self._monty.check(code, modules)
        left = [finding for finding in found if not runs_in_full(finding)]
        if len(left) == len(found) or not self._whole_language or not _confined():
            return found
        offered = {function for module in modules for function in module.functions}
        return Checked(tuple(_doubted(finding, offered) for finding in left), "cpython")

    def start(
        self,
        code: str,
        modules: Sequence[ModuleStub],
        limits: Limits,
        on_print: Callable[[str], None],
        origin: Origin = ANY_ORIGIN,
    ) -> OpenSandboxRun:
        """Prepare a program for the sandbox that its origin names."""
        chosen = self._cpython if origin.backend == "cpython" else self._monty
        return chosen.start(code, modules, limits, on_print, origin)

    def restore(self, snapshot: bytes, on_print: Callable[[str], None]) -> OpenSandboxRun:
        """Prepare a saved program: Monty's, since the other saves none. Raises SandboxError."""
        return self._monty.restore(snapshot, on_print)

    async def aclose(self) -> None:
        """End all processes. The sandboxes can be used again afterwards."""
        await self._monty.aclose()
        await self._cpython.aclose()

    def close(self) -> None:
        """End all processes without waiting for those that run programs; needs no event loop."""
        self._monty.close()
        self._cpython.close()


def _doubted(finding: Finding, offered: Set[str]) -> Finding:
    """Return what the type checker says of a program whose language it knows only in part.

    What it says of the APIs on offer stays an error, as do names and modules that nothing defines.
    """
    if finding.rule in _SURE or offered & {*finding.message.split("`")[1::2]}:
        return finding
    return finding.model_copy(update={"severity": "warning"})


def _confined() -> bool:
    try:
        walls()
    except SandboxUnavailableError:
        return False
    return True
