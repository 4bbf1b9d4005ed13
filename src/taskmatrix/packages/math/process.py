"""Asking a worker process, with a time limit: an integral that would take for ever must not hang a run."""

import atexit
import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from threading import Lock
from typing import cast

from taskmatrix.core.errors import ApiArgumentError, ApiError

SECONDS = 10.0
"""How long one calculation may take."""

START_SECONDS = 60.0
"""How long a worker may take to start; loading sympy on a busy machine is slow."""

_IDLE_AT_MOST = 2
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LD_LIBRARY_PATH")


class _Died(Exception):
    """The worker ended by itself."""


class _Worker:
    """One worker process. Used by one caller at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # -P: a file of the user's that happens to be called sympy.py is not loaded.
            [sys.executable, "-P", "-m", "taskmatrix.packages.math.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            close_fds=True,
        )
        try:
            self._read(START_SECONDS)
        except (_Died, TimeoutError) as error:
            self.close()
            raise ApiError(
                "the calculator does not start", hint="check the installation with `taskmatrix doctor`"
            ) from error

    def ask(self, request: bytes, seconds: float) -> bytes:
        """Return the answer to a request. Raises _Died, TimeoutError."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise _Died from error
        return self._read(seconds)

    def _read(self, seconds: float) -> bytes:
        assert self._process.stdout is not None
        descriptor, end = self._process.stdout.fileno(), time.monotonic() + seconds
        data = b""
        while not data.endswith(b"\n"):
            ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0))
            if not ready:
                raise TimeoutError
            piece = os.read(descriptor, 65536)
            if not piece:
                raise _Died
            data += piece
        return data

    def close(self) -> None:
        """End the process and free what it held."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


# Idle workers by the process that started them: after a fork the child must not use its parent's pipes.
_idle: dict[int, list[_Worker]] = {}
_lock = Lock()


def calculate(operation: str, *, seconds: float = SECONDS, **arguments: str | int | None) -> object:
    """Return the result of an operation, as JSON.

    Raises ApiArgumentError for an expression without a value, ApiError for one that cannot be worked out or takes
    longer than `seconds`.
    """
    request = json.dumps({"operation": operation, "arguments": arguments}).encode()
    reply = cast(dict[str, object], json.loads(_ask(request, seconds)))
    if "error" in reply:
        kind = ApiArgumentError if reply.get("argument") else ApiError
        hint = reply.get("hint")
        raise kind(str(reply["error"]), hint=hint if isinstance(hint, str) else None)
    return reply["result"]


def _ask(request: bytes, seconds: float) -> bytes:
    worker, fresh = _take()
    try:
        try:
            reply = worker.ask(request, seconds)
        except _Died:
            if fresh:
                raise
            # An idle worker may have been ended from outside: a new one gets the same request, once.
            worker.close()
            worker = _Worker()
            reply = worker.ask(request, seconds)
    except TimeoutError as error:
        worker.close()
        raise ApiError(
            f"the calculation took longer than {seconds:g} seconds", hint="try a simpler expression"
        ) from error
    except _Died as error:
        worker.close()
        raise ApiError("the calculation needed more memory than allowed", hint="try a simpler expression") from error
    except BaseException:
        worker.close()
        raise
    _give_back(worker)
    return reply


def _take() -> tuple[_Worker, bool]:
    with _lock:
        idle = _idle.get(os.getpid())
        if idle:
            return idle.pop(), False
    return _Worker(), True


def _give_back(worker: _Worker) -> None:
    with _lock:
        idle = _idle.setdefault(os.getpid(), [])
        if len(idle) < _IDLE_AT_MOST:
            idle.append(worker)
            return
    worker.close()


@atexit.register
def close_workers() -> None:
    """End the idle workers of this process."""
    with _lock:
        idle = _idle.pop(os.getpid(), [])
    for worker in idle:
        worker.close()
