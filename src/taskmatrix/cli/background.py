"""Vectors for APIs that have none yet: at once where they are few, else in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from taskmatrix.cli.failures import print_warning
from taskmatrix.cli.progress import show_progress
from taskmatrix.cli.terminal import counted
from taskmatrix.core.errors import EncoderUnavailableError, TaskMatrixError

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix

FEW = 1_000
"""So many are worth waiting for: some seconds."""

DOING = "computing vectors"
LOG = "embedding.log"

_LOWEST = 19
_started: "list[subprocess.Popen[bytes]]" = []
"""Held on to: a process that is let go of while it runs gives a warning."""


@contextmanager
def changing_apis() -> "Generator[TaskMatrix]":
    """Open the registry for a command that changes which APIs are served, or how, and make vectors at its end.

    The command tells what it did inside the block, so that nobody waits for that.
    """
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        yield tm
        make_vectors(tm)


def make_vectors(tm: "TaskMatrix", few: int = FEW) -> "subprocess.Popen[bytes] | None":
    """Compute the vectors that a change of the catalogue made necessary; words serve meanwhile.

    More than `few` are left to a process, which is returned. Nothing that goes wrong here fails the command, and
    Ctrl-C only ends this.
    """
    if tm.settings.background == "off":
        return None
    try:
        embedding = tm.selector.embedding
        waiting = embedding.waiting()
        if waiting and waiting <= few:
            with show_progress(DOING) as tell:
                embedding.catch_up(lambda done, total: tell(DOING, done, total))
        elif waiting and not embedding.status().running:
            process = start_indexing(tm)
            typer.echo(
                f"computing vectors for {counted(waiting)} in the background; search uses words meanwhile; "
                "taskmatrix apis index --status",
                err=True,
            )
            return process
    except EncoderUnavailableError as error:
        print_warning(f"no vectors were computed, search uses words alone: {error}")
    except (TaskMatrixError, OSError) as error:
        print_warning(f"no vectors were computed: {error}")
    except KeyboardInterrupt:
        typer.echo(
            "stopped computing vectors; search uses words for the rest; taskmatrix apis index goes on", err=True
        )
    return None


def start_indexing(tm: "TaskMatrix") -> "subprocess.Popen[bytes]":
    """Start `taskmatrix apis index` in a session of its own, at the lowest priority. Raises OSError."""
    url = tm.settings.database_url
    environment = os.environ | {"TASKMATRIX_HOME": str(tm.home), "TASKMATRIX_DATABASE_URL": url or ""}
    folder = tm.home / "index"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            # -P: no module of the folder it is started in gets in the way.
            [sys.executable, "-P", "-m", "taskmatrix", "apis", "index"],
            # A database may be named by a path from here; else it holds on to no folder but its own.
            cwd=None if url else tm.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _started.append(process)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _LOWEST)
    return process
