"""What it is that a user names as a source of APIs."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from taskmatrix.api_platform import modules
from taskmatrix.api_platform.entry_points import discover
from taskmatrix.api_platform.importers.google import is_discovery
from taskmatrix.api_platform.importers.mcp import holds_servers
from taskmatrix.api_platform.importers.python import defines_apis
from taskmatrix.core.errors import ImportRefusedError, SourceNotFoundError

Kind = Literal[
    "python-file", "module", "functions", "package", "jsonl", "openapi", "discovery", "google", "aws", "mcp-config",
    "mcp-command", "url",
]  # fmt: skip

_LINES = (".jsonl", ".jsonl.gz", ".ndjson")
_DOCUMENTS = (".json", ".jsonc", ".yaml", ".yml", ".json.gz", ".yaml.gz", ".yml.gz")
_HEAD = 64 * 1024
_SNIFFED = 16 * 1024 * 1024
TAKEN = (
    "an OpenAPI or Swagger document (file or URL), an MCP server (URL, mcpServers file, or mcp:COMMAND), google, aws,"
    " a .py file, module or module:function, a .jsonl file of API documents, a folder of these, an installed package"
)


@dataclass(frozen=True, slots=True)
class Detected:
    """One thing to import: `value` is a path, an address, a name or a command line; `root` where to look as well."""

    kind: Kind
    value: str
    root: str | None = None


def detect(source: str) -> Sequence[Detected]:
    """Say what a text names.

    Raises ImportRefusedError for what is nothing that can be imported, SourceNotFoundError for what is not there.
    """
    if re.match(r"https?://", source, re.IGNORECASE):
        return [Detected("url", source)]
    if re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE):
        raise ImportRefusedError(f"{source} is no web address", hint="it begins with https:// or http://")
    if not source.strip():
        raise ImportRefusedError("the source is empty", hint=f"what can be imported: {TAKEN}")
    try:
        path = Path(source).expanduser()
        if path.is_dir():
            return _folder(path)
        if path.exists():
            return [_file(path)]
    except (OSError, ValueError, RuntimeError) as error:
        raise ImportRefusedError(
            f"{source!r} cannot be read: {error}", hint=f"what can be imported: {TAKEN}"
        ) from error
    found = _named(source)
    if found is None:
        raise SourceNotFoundError(
            f"there is no file, folder, module or installed package {source!r}", hint=f"what can be imported: {TAKEN}"
        )
    return [found]


def _named(source: str) -> Detected | None:
    """Return what a text names that is no file."""
    head, colon, rest = source.partition(":")
    if colon and head == "mcp":
        return Detected("mcp-command", rest.strip())
    if head in ("google", "aws") and (rest or not colon):
        return Detected("google" if head == "google" else "aws", rest)
    if source in discover().points:
        return Detected("package", source)
    if all(part.isidentifier() for part in head.split(".")) and (not rest or rest.isidentifier()):
        here = str(Path.cwd())
        kind: Kind = "functions" if colon else "module"
        if modules.find_module(head):
            return Detected(kind, source)
        if modules.find_module(head, here):
            return Detected(kind, source, here)
    return None


def split_command(text: str) -> Sequence[str]:
    """Return the words of a command line. Raises ImportRefusedError for one that is open at its end."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ImportRefusedError(f"mcp:{text} is no command line: {error}", hint="close what is quoted") from error


def _file(path: Path) -> Detected:
    found = _known(path)
    if found is None:
        raise ImportRefusedError(f"{path} is of a kind that cannot be imported", hint=f"what can be imported: {TAKEN}")
    return found


def _known(path: Path) -> Detected | None:
    if path.suffix == ".py":
        return Detected("python-file", str(path))
    if path.name.endswith(_LINES):
        return Detected("jsonl", str(path))
    if path.name.endswith(_DOCUMENTS):
        return Detected(_kind_of(path), str(path))
    return None


def _kind_of(path: Path) -> Kind:
    """Tell the formats that share an ending apart, by their outermost keys."""
    from taskmatrix.api_platform.importers.openapi import looks_like_openapi  # slow to import

    if path.suffix not in (".json", ".jsonc") or path.stat().st_size > _SNIFFED:
        return "openapi"
    with path.open("rb") as file:
        if looks_like_openapi(file.read(_HEAD)):
            return "openapi"
    if holds_servers(path):
        return "mcp-config"
    try:
        found: JsonValue = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return "openapi"
    return "discovery" if is_discovery(found) else "openapi"


def _folder(path: Path) -> Sequence[Detected]:
    """Take `apis.jsonl` where a folder has it (an evaluation set), else every file that holds APIs."""
    for name in ("apis.jsonl", "apis.jsonl.gz"):
        if (path / name).is_file():
            return [Detected("jsonl", str(path / name))]
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    known = (_known(p) for p in files if p.suffix != ".py" or defines_apis(p))
    found = [one for one in known if one is not None]
    if not found:
        raise ImportRefusedError(
            f"the folder {path} holds nothing that can be imported",
            hint="it takes .py files with @api functions, .jsonl files, OpenAPI documents as .json and .yaml",
        )
    return found
