"""Workers as processes of their own, over a function that says when it was called and waits to be let go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from databases import DatabasePlace

COMMAND = (sys.executable, "-m", "taskmatrix")
PATIENCE = 60.0

WATCHED = '''
import os
import time
from pathlib import Path

from taskmatrix import api


@api(effects="{effect}")
def touch(folder: str, name: str) -> str:
    """Touch a file, and wait until another one is there.

    Args:
        folder: The folder of both files.
        name: The name of the file.
    """
    with (Path(folder) / "calls").open("a") as calls:
        calls.write(f"{{name}} {{os.getppid()}}\\n")
    (Path(folder) / f"began-{{name}}").touch()
    while not (Path(folder) / "go").exists():
        time.sleep(0.01)
    return name
'''


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    last = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < last, "it never came true"
        time.sleep(0.02)


class Workers:
    """Starts and ends workers of one database."""

    def __init__(self, place: DatabasePlace, folder: Path, home: str = "home") -> None:
        self.place, self.folder = place, folder
        self.started: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder, env=self.place.environment, capture_output=True, text=True,
            timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a worker, as on a machine of its own: with a home of its own where the database is shared."""
        environment = self.place.environment
        if self.place.url:
            environment |= {"TASKMATRIX_HOME": str(self.folder / f"machine{len(self.started)}")}
        log = (self.folder / f"worker{len(self.started)}.log").open("wb")
        process = subprocess.Popen(
            [*COMMAND, "worker", *arguments], cwd=self.folder, env=environment, stdout=log, stderr=log
        )
        log.close()
        self.started.append(process)
        return process

    def end(self) -> None:
        """End those that still work."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def is_alive(process: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
