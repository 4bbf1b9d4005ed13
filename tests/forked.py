"""The command, and programs, in processes that are forked from one which has imported everything.

Such a process does all that one which a shell starts does, but for its imports, which take it a second or two.
"""

import fcntl
import gc
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TextIO

MODULE = "taskmatrix"
# Not onnxruntime: after a fork its end waits for a thread that is gone.
HEAVY = (
    *("PIL.Image", "alembic.command", "cryptography.fernet", "dbos", "httpx2", "jsonschema", "mcp", "numpy"),
    *("openai", "pptx", "psycopg", "pydantic_monty", "sqlalchemy.dialects.sqlite", "tantivy", "tokenizers", "yaml"),
)
SIZE = 4


class Forked:
    """A process, with what `subprocess.Popen` has of it."""

    def __init__(self, pid: int, ending: int) -> None:
        self.pid, self._ending = pid, ending
        self.returncode: int | None = None
        self.stdin: TextIO | None = None
        self.stdout: TextIO | None = None

    def poll(self) -> int | None:
        """Return the exit status, None while it runs."""
        if self.returncode is None and select.select([self._ending], [], [], 0)[0]:
            self.returncode = int.from_bytes(os.read(self._ending, SIZE), "big", signed=True)
            os.close(self._ending)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit status when it has ended. Raises TimeoutExpired after so many seconds."""
        if self.returncode is None:
            select.select([self._ending], [], [], timeout)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> str:
        """Let it come to its end; return what it printed since it was read last."""
        assert self.stdin is not None and self.stdout is not None
        with suppress(BrokenPipeError):
            self.stdin.close()
        printed = "" if self.stdout.closed else self.stdout.read()
        self.stdout.close()
        self.wait()
        return printed


class ForkedCommands:
    """Starts commands, each in a process of its own. With `code` such a process does that, as in `python -c`."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._channel, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            # A library of numpy's would start threads, and a process with threads cannot be forked safely.
            env = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            self._origin = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=env, cwd="/")

    def start(
        self,
        arguments: Sequence[str],
        files: Sequence[int],
        *,
        code: str = "",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        terminal: bool = False,
    ) -> Forked:
        """Start a command on three open files. On a terminal it is the one whom Ctrl-C reaches."""
        place = {"cwd": str(cwd or Path.cwd()), "env": dict(os.environ if env is None else env)}
        told = {"code": code, "arguments": arguments, "terminal": terminal} | place
        asked = json.dumps(told).encode()
        ending, theirs = os.pipe()
        with self._one_at_a_time:
            socket.send_fds(self._channel, [len(asked).to_bytes(SIZE, "big")], [*files, theirs])
            os.close(theirs)
            self._channel.sendall(asked)
            return Forked(int.from_bytes(_read(self._channel, SIZE), "big"), ending)

    def run(
        self,
        *arguments: str,
        code: str = "",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        timeout: float = 100.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and return what it printed. Raises TimeoutExpired after so many seconds."""
        reading, writing = os.pipe()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            files = [reading, out.fileno(), err.fileno()]
            process = self.start(arguments, files, code=code, cwd=cwd, env=env)
            os.close(reading)
            with suppress(BrokenPipeError), os.fdopen(writing, "w", encoding="utf-8") as given:
                given.write(stdin)
            try:
                status = process.wait(timeout)
            finally:
                process.kill()
            printed = [file.seek(0) or file.read().decode() for file in (out, err)]
        return subprocess.CompletedProcess(arguments, status, *printed)

    def talk(self, *arguments: str, code: str = "") -> Forked:
        """Start a command that is written to and read from."""
        (given, stdin), (stdout, printed) = os.pipe(), os.pipe()
        process = self.start(arguments, [given, printed, 2], code=code)
        os.close(given)
        os.close(printed)
        process.stdin, process.stdout = os.fdopen(stdin, "w"), os.fdopen(stdout)
        return process

    def close(self) -> None:
        """End the process that the others are forked from."""
        self._channel.close()
        self._origin.wait(timeout=60)


def _become_each(channel: socket.socket) -> dict[str, object]:
    """Fork a process for each request. Returns the request in such a process, nothing when there are no more."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(channel, selectors.EVENT_READ)
        while True:
            for ready, _ in waiting.select():
                if ready.fileobj is not channel:
                    waiting.unregister(ready.fileobj)
                    _tell_ending(ready.fd, *ready.data)
                    continue
                size, files, _, _ = socket.recv_fds(channel, SIZE, 4)
                if not size:
                    return {}
                asked = json.loads(_read(channel, int.from_bytes(size, "big")))
                child = os.fork()
                if not child:
                    channel.close()
                    _become(asked, files)
                    return asked
                for file in files[:3]:
                    os.close(file)
                waiting.register(os.pidfd_open(child), selectors.EVENT_READ, (child, files[3]))
                channel.sendall(child.to_bytes(SIZE, "big"))


def _tell_ending(handle: int, child: int, ending: int) -> None:
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(BrokenPipeError):
        os.write(ending, status.to_bytes(SIZE, "big", signed=True))
    for file in (handle, ending):
        os.close(file)


def _read(channel: socket.socket, size: int) -> bytes:
    whole = b""
    while len(whole) < size:
        piece = channel.recv(size - len(whole))
        if not piece:
            raise EOFError("the process that commands are forked from has ended")
        whole += piece
    return whole


def _become(asked: dict[str, object], files: list[int]) -> None:
    """Take on what a process is given at its start."""
    os.close(files.pop())
    for ours, given in enumerate(files):
        os.dup2(given, ours)
        os.close(given)
    sys.stdin, sys.stdout, sys.stderr = (
        open(ours, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 — as long as it lives
        for ours, mode in enumerate("rww")
    )
    if asked["terminal"]:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY)
    # A shell that runs the tests in the background has them, and their children, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = str(asked["cwd"])
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    sys.path[0] = folder  # as with `python -m`
    name = "-c" if asked["code"] else str(Path(import_module(MODULE).__path__[0]) / "__main__.py")
    sys.argv = [name, *asked["arguments"]]


def _import_everything() -> None:
    package = import_module(MODULE)
    for module in pkgutil.walk_packages(package.__path__, f"{MODULE}."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:  # which act when imported
            import_module(module.name)
    for name in HEAVY:
        import_module(name)
    gc.freeze()


if __name__ == "__main__":
    requests = socket.socket(fileno=int(sys.argv[1]))
    _import_everything()
    if request := _become_each(requests):
        if request["code"]:
            exec(compile(str(request["code"]), "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 — a test gave it
        else:
            import_module(MODULE + ".cli").main()
