"""Workers as processes of their own, over a function that says when it was called and waits to be let go on."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from databases import DatabasePlace
from forked import Forked, ForkedCommands

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

    def __init__(self, place: DatabasePlace, folder: Path, commands: ForkedCommands) -> None:
        self.place, self.folder, self.commands = place, folder, commands
        self.started: list[Forked] = []

    def run(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        done = self.commands.run(*arguments, cwd=self.folder, env=self.place.environment)
        assert done.returncode in (0, 3), done.stderr
        return done.stdout

    def start(self, *arguments: str) -> Forked:
        """Start a worker, as on a machine of its own: with a home of its own where the database is shared."""
        environment = self.place.environment
        if self.place.url:
            environment |= {"TASKMATRIX_HOME": str(self.folder / f"machine{len(self.started)}")}
        with (
            (self.folder / f"worker{len(self.started)}.log").open("wb") as log,
            Path(os.devnull).open("rb") as nothing,
        ):
            files = [nothing.fileno(), log.fileno(), log.fileno()]
            process = self.commands.start(["worker", *arguments], files, cwd=self.folder, env=environment)
        self.started.append(process)
        return process

    def end(self) -> None:
        """End those that still work."""
        for process in self.started:
            process.kill()
            process.wait()
