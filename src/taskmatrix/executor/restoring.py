"""Files as they were before a run wrote them: the executor's own compensation, journalled like any call."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import anyio.to_thread
from pydantic import JsonValue

from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.effects import Effect
from taskmatrix.core.errors import ApiFileError
from taskmatrix.executor.contents import NOTHING, fingerprint, remove_unchanged
from taskmatrix.executor.files import write_file
from taskmatrix.executor.looks import size_of

_TEXT: dict[str, JsonValue] = {"type": "string"}

RESTORE_FILE = ApiDocument(
    package="taskmatrix",
    name="restore_file",
    description="Give a file back what it held before a run wrote it, or remove it where there was none.",
    parameters=(
        Parameter(name="path", description="The file.", required=True, schema=_TEXT),
        Parameter(
            name="before", description="SHA-256 of what it held; empty for no file.", required=True, schema=_TEXT
        ),
        Parameter(name="after", description="SHA-256 of what the run wrote.", required=True, schema=_TEXT),
        Parameter(name="what", description="Which file it is and what comes back, for people.", schema=_TEXT),
    ),
    effects=Effect(kind="write", idempotent=True),
)
"""No API on offer: only undoing calls it. It changes nothing but a file that still is as the run left it."""


def what_comes_back(path: Path, before: bytes | None, at: datetime | None, directory: Path | None) -> str:
    """Say which file is restored, and how it was until `at`; it is removed where `before` is None."""
    name = path.relative_to(directory) if directory is not None and path.is_relative_to(directory) else path
    if before is None:
        return f"{name}, removed: it was not there before"
    since = f" at {at:%H:%M} on {at:%Y-%m-%d}" if at is not None else " before"
    return f"{name}, as it was{since} ({size_of(len(before))})"


def foresee(arguments: Mapping[str, JsonValue], holds: dict[str, str]) -> str:
    """Return why the call of `RESTORE_FILE` would leave its file alone; empty where it would not.

    `holds` are the fingerprints that calls to be made before it leave, by path; what this one leaves is added.
    """
    path, before, after = (str(arguments[name]) for name in ("path", "before", "after"))
    found = holds[path] if path in holds else fingerprint(Path(path))
    if found not in (before, after):
        return _changed(Path(path)).message
    holds[path] = before
    return ""


async def restore_file(document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext) -> JsonValue:
    """Make the call of `RESTORE_FILE`. Raises ApiFileError for a file that was changed since."""
    path, before, after = (str(arguments[name]) for name in ("path", "before", "after"))
    return await anyio.to_thread.run_sync(lambda: _restore(Path(path), before, after, context))


def _restore(path: Path, before: str, after: str, context: RunContext) -> str:
    found = fingerprint(path)
    if found == before:
        return "as before already"
    if found != after:
        raise _changed(path)
    try:
        if before == NOTHING:
            remove_unchanged(path, after)
            return "removed"
        write_file(path, context.get_blob(before), str(path), replaces=after)
    except FileExistsError as error:
        raise _changed(path) from error
    except OSError as error:
        raise ApiFileError(f"{str(path)!r} cannot be removed: {error.strerror}") from error
    return "restored"


def _changed(path: Path) -> ApiFileError:
    return ApiFileError(
        f"{str(path)!r} was changed since the run wrote it, and is left as it is",
        hint="look at it yourself, and keep or remove it",
    )
