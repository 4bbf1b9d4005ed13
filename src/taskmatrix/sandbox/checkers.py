"""`Checkers`: workers that type-check programs, each kept for the next program over the same modules.

A worker's first check reads the types of the language and of the modules, 9 ms of processor time; further ones take
half of one. No program sees another: a text becomes part of a session once it has run to its end, and none is run.
"""

import re
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from pydantic_monty import (
    ExternalModule,
    FunctionSnapshot,
    Monty,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontySyntaxError,
    MontyTypingError,
)

from taskmatrix.core.programs import Finding
from taskmatrix.core.protocols import ModuleStub
from taskmatrix.sandbox.diagnostics import read_types
from taskmatrix.sandbox.limits import limit_of
from taskmatrix.sandbox.together import STUB, checkable

_STOP = "taskmatrix_stop_before_running"
_IGNORE = re.compile(r"#(\s*)(type|ty)(\s*):(\s*)ignore")
_CHECK_SECONDS = 30.0
"""Bounds a check, and is far from what one takes: 30 ms for 25 calls, 0.6 s for 10,000 lines on a free core. A machine
with ten times more to do than it has cores must not turn a right program into a finding."""

_WORKERS = 4
_MOST_READ, _EACH = 500_000, 1_000
"""Characters that a session reads, and how many more each program counts: a worker keeps something of all of them."""


@dataclass(slots=True, eq=False)
class _Place:
    """Where a worker may be: its open session, over which modules, and how much that has read."""

    session: MontySession | None = None
    modules: tuple[ModuleStub, ...] | None = None
    read: int = 0

    def open(self, pool: Monty, modules: tuple[ModuleStub, ...]) -> MontySession:
        """Return a session over these modules: the one that is here, if it can read more."""
        if self.session is not None and self.modules == modules and self.read < _MOST_READ:
            return self.session
        self.close()
        offered = {m.name: ExternalModule(dict.fromkeys(m.functions, _never_called), stubs=m.stub) for m in modules}
        session = pool.checkout(
            type_check=True,
            type_check_format="json",
            type_check_stubs=STUB,
            external_modules={**offered, _STOP: ExternalModule({}, stubs="")},
            limits={"max_feed_duration_secs": _CHECK_SECONDS, "max_memory": 64 * 1024 * 1024},
        )
        self.session, self.modules, self.read = session.__enter__(), modules, 0
        return self.session

    def close(self) -> None:
        """Give the worker back."""
        session, self.session, self.modules = self.session, None, None
        if session is not None:
            session.__exit__(None, None, None)


class Checkers:
    """A few workers, until `close`. Safe to share between threads: more checks wait their turn."""

    def __init__(self) -> None:
        self._pool = Monty(max_processes=_WORKERS, request_timeout=_CHECK_SECONDS)
        self._pool.__enter__()
        self._places = [_Place() for _ in range(_WORKERS)]
        self._free = threading.Condition()

    def check(self, code: str, modules: Sequence[ModuleStub]) -> list[Finding]:
        """Return what the parser and the type checker find in a program. Nothing of it is run."""
        wanted = tuple(modules)
        with self._place(wanted) as place:
            waited = place.session is not None
            try:
                return self._ask(place, wanted, code)
            except MontyCrashedError as error:
                place.close()
                if not waited or error.timed_out:
                    return [_broken(error)]
        return self.check(code, modules)  # that worker was ended while it waited

    def close(self) -> None:
        """End all workers."""
        self._pool.__exit__(None, None, None)

    def _ask(self, place: _Place, modules: tuple[ModuleStub, ...], code: str) -> list[Finding]:
        """Raises MontyCrashedError."""
        session = place.open(self._pool, modules)
        place.read += len(code) + _EACH
        try:
            _compile(session, code)
        except MontyCrashedError:
            raise
        except MontyTypingError as error:
            return list(read_types(error.display()))
        except MontyError as error:
            if limit_of(str(error)) in ("time", "memory"):
                place.close()
                return [_broken(error)]
            return [_parser_finding(error)]
        return []

    @contextmanager
    def _place(self, modules: tuple[ModuleStub, ...]) -> Generator[_Place, None, None]:
        """Wait for a place: one that knows the modules, else the one that was not used for longest."""
        with self._free:
            self._free.wait_for(lambda: self._places)
            place = next((place for place in self._places if place.modules == modules), self._places[0])
            self._places.remove(place)
        try:
            yield place
        except BaseException:
            place.close()
            raise
        finally:
            with self._free:
                self._places.append(place)
                self._free.notify()


def _compile(session: MontySession, code: str) -> None:
    """Type-check and compile a program, stopping at an import in front of its first line.

    The worker reads the whole text before it runs any of it, so nothing of the program is executed.
    """
    text = _IGNORE.sub(r"#\1\2\3:\4ignor_", checkable(code))  # a program may not switch its own check off
    snapshot = session.feed_start(f"import {_STOP}\n{text}")
    while isinstance(snapshot, FunctionSnapshot) and snapshot.function_name == "import_stubs":
        snapshot = snapshot.resume_auto()
    if isinstance(snapshot, FunctionSnapshot):
        with suppress(MontyRuntimeError):
            snapshot.resume({"exc_type": "ImportError", "message": "checked"})


def _broken(error: MontyError) -> Finding:
    return Finding(rule="check-failed", message=f"the check broke off: {error}", hint="write it shorter")


def _parser_finding(error: Exception) -> Finding:
    frames = error.traceback() if isinstance(error, MontyRuntimeError | MontySyntaxError) else []
    return Finding(
        rule="unsupported-syntax" if "support" in str(error) else "invalid-syntax",
        message=str(error).removeprefix("NotImplementedError: "),
        line=max(frames[-1].line - 1, 0) if frames else 0,
        column=frames[-1].column if frames else 0,
    )


def _never_called(*args: object, **kwargs: object) -> None:
    """Stand for a host function: runs answer calls themselves."""
