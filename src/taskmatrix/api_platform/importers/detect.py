"""What it is that a user names as a source of APIs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from taskmatrix.api_platform import modules
from taskmatrix.api_platform.entry_points import discover
from taskmatrix.api_platform.importers.python import defines_apis
from taskmatrix.core.errors import ImportRefusedError

_LINES = (".jsonl", ".jsonl.gz", ".ndjson")
_TAKEN = "a .py file, a .jsonl or .jsonl.gz file of API documents, a folder of these, a module or an installed package"


@dataclass(frozen=True, slots=True)
class Detected:
    """One thing to import: `value` is a path, a module's name or an installed package's; `root` where to look."""

    kind: Literal["python-file", "jsonl", "module", "package"]
    value: str
    root: str | None = None


def detect(source: str) -> Sequence[Detected]:
    """Say what a text names: a file, the files of a folder, an installed package, or a module.

    Raises ImportRefusedError for what is none of these.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE):
        raise ImportRefusedError(f"{source} is an address", hint="download the file and import that")
    path = Path(source).expanduser()
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists():
            return [_file(path)]
    except (OSError, ValueError) as error:
        raise ImportRefusedError(
            f"{source!r} cannot be read: {error}", hint=f"what can be imported: {_TAKEN}"
        ) from error
    if source in discover().points:
        return [Detected("package", source)]
    if all(part.isidentifier() for part in source.split(".")):
        here = str(Path.cwd())
        if modules.find_module(source):
            return [Detected("module", source)]
        if modules.find_module(source, here):
            return [Detected("module", source, here)]
    raise ImportRefusedError(
        f"there is no file, folder, module or installed package {source!r}", hint=f"what can be imported: {_TAKEN}"
    )


def _file(path: Path) -> Detected:
    if path.suffix == ".py":
        return Detected("python-file", str(path))
    if path.name.endswith(_LINES):
        return Detected("jsonl", str(path))
    raise ImportRefusedError(f"{path} is of a kind that cannot be imported", hint=f"what can be imported: {_TAKEN}")


def _folder(path: Path) -> Sequence[Detected]:
    """Take `apis.jsonl` where a folder has it (an evaluation set), else every file that holds APIs."""
    for name in ("apis.jsonl", "apis.jsonl.gz"):
        if (path / name).is_file():
            return [Detected("jsonl", str(path / name))]
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    found = [_file(p) for p in files if p.name.endswith(_LINES) or (p.suffix == ".py" and defines_apis(p))]
    if not found:
        raise ImportRefusedError(
            f"the folder {path} holds nothing that can be imported",
            hint="it takes .py files with @api functions, .jsonl and .jsonl.gz files",
        )
    return found
