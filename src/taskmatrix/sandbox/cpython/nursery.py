"""Gets processes for programs from the one they are forked from, which starts at first use and is kept."""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from taskmatrix.core.errors import SandboxError
from taskmatrix.sandbox.cpython.confinement import Walls, walls, within

_ZYGOTE = Path(__file__).parent / "inside" / "zygote.py"
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ProgramProcess:
    """A process that waits for its program: its pipe, and a handle that names no other process ever."""

    pipe: socket.socket
    handle: int

    def end(self) -> None:
        """Kill the process and close what leads to it."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        os.close(self.handle)
        self.pipe.close()


class Nursery:
    """Makes processes for programs. `chosen` are the walls to use instead of the best there are."""

    def __init__(self, chosen: Walls | None = None) -> None:
        self._chosen: Walls | None = chosen
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._parent: subprocess.Popen[bytes] | None = None

    def make(self) -> ProgramProcess:
        """Return a fresh process, in some milliseconds. Raises SandboxUnavailableError, SandboxError."""
        with self._lock:
            for _ in range(2):  # once more if the parent was killed meanwhile
                with suppress(OSError):
                    return self._fork(self._control or self._start())
                self._stop()
            raise SandboxError("no process for the program could be started", hint="run it again")

    def close(self) -> None:
        """End all processes, also those that run programs. More can be made afterwards."""
        with self._lock:
            self._stop()

    def _fork(self, control: socket.socket) -> ProgramProcess:
        here, there = socket.socketpair()
        try:
            with there:
                socket.send_fds(control, [b"?"], [there.fileno()])
            answer, handles, *_ = socket.recv_fds(control, 1, 1)
            if not answer or not handles:
                raise OSError("no process was forked")
        except OSError:
            here.close()
            raise
        here.setblocking(False)
        return ProgramProcess(here, handles[0])

    def _start(self) -> socket.socket:
        chosen = self._chosen or walls()
        control, there = socket.socketpair()
        control.settimeout(_PATIENCE_SECONDS)
        command = [sys.executable, "-S", "-s", "-P", "-B", str(_ZYGOTE), chosen]
        folders = [Path(sys.base_prefix), Path(sys.prefix), _ZYGOTE.parents[3]]
        with there:
            self._parent = subprocess.Popen(
                within(chosen, command, folders),
                stdin=there.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONHASHSEED": "0", "TZ": "UTC0", "LC_ALL": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        self._control = control
        return control

    def _stop(self) -> None:
        control, self._control = self._control, None
        parent, self._parent = self._parent, None
        if control is not None:
            control.close()
        if parent is not None:
            parent.kill()
            parent.wait()
