"""`RunContext`: everything a package may use besides its arguments.

Packages keep no process state. What a call must remember for the next one (which document is open, on which
slide, what is selected) goes into `state`, which is stored with the call's `done` event, so that a run can
resume in another process. Bytes go into blobs, files are read and written through the context: so overwriting
asks, writing is atomic, and every output is an artifact of the run.
"""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact


class RunContext(Protocol):
    """What the executor hands to an API that asks for it with a parameter annotated `RunContext`."""

    @property
    def run_id(self) -> str:
        """The run the call belongs to."""
        ...

    @property
    def key(self) -> str:
        """The idempotency key of the call, the same for all its attempts: pass it on where the API takes one."""
        ...

    @property
    def attempt(self) -> int:
        """How often the call has been sent, this time included: 1, 2, …"""
        ...

    @property
    def now(self) -> datetime:
        """The run's clock, with its time zone."""
        ...

    @property
    def directory(self) -> Path:
        """The user's working directory: relative paths in arguments are relative to it."""
        ...

    @property
    def state(self) -> dict[str, JsonValue]:
        """This package's session state in this run; change it in place. Kept if the call succeeds, else dropped."""
        ...

    def put_blob(self, data: bytes) -> str:
        """Keep bytes for the length of the run; return their digest."""
        ...

    def get_blob(self, digest: str) -> bytes:
        """Return bytes kept before. Raises ApiFileError if they are gone."""
        ...

    def read_input(self, path: str) -> bytes:
        """Read a file the user named.

        Raises ApiFileError, saying which, if it is missing, a directory, empty or unreadable.
        """
        ...

    def claim_output(self, path: str) -> str:
        """Say that this run will write `path`, before any work is spent; return the path to write to.

        If something is there that this run neither opened nor wrote, the user is asked: overwrite, or take the
        free name offered (which `--yes` does by itself). Raises ApiFileError if the place cannot be written.
        """
        ...

    def write_output(self, path: str, data: bytes, media_type: str) -> Artifact:
        """Write a file in one step (temporary file, sync, replace) and record it as an artifact.

        A `path` never claimed is claimed first. Raises ApiFileError on a full disk or a read-only place, with
        what was there before left as it was.
        """
        ...
