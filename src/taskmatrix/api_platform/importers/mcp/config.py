"""Files that name MCP servers: those of Claude Desktop, Claude Code, Cursor, VS Code and others like them.

`mcpServers` (VS Code: `servers`) maps names to a `command` with `args` and `env`, or to a `url` with `headers`. VS
Code allows comments. References are brought into one form, see `mcp_servers`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.api_platform.callers.mcp.references import map_references
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text
from taskmatrix.api_platform.importers.mcp.concealment import Concealer
from taskmatrix.api_platform.importers.strict_json import parse_json
from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServer
from taskmatrix.core.errors import ImportRefusedError, TaskMatrixError

LONGEST_FILE = 4 * 1024 * 1024

_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*', re.DOTALL)
_LAST_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_PROJECT_FOLDERS = (".vscode", ".cursor", ".roo", ".kiro", ".gemini")
_HINT = (
    'an entry looks like {"command": "uvx", "args": ["NAME"], "env": {}} or {"url": "https://…/mcp", "headers": {}}'
)


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """One entry of a file: how the server is launched, or why that cannot be known."""

    name: str
    launch: McpLaunch | None = None
    problem: TaskMatrixError | None = None


def holds_servers(path: Path) -> bool:
    """Say whether a file is one that names MCP servers, without complaint about anything else."""
    if path.suffix.lower() not in (".json", ".jsonc"):
        return False
    try:
        return bool(_entries(_load(path)))
    except ImportRefusedError:
        return False


def read_entries(path: Path) -> Sequence[ConfigEntry]:
    """Return the servers a file names, without those it switches off.

    Raises ImportRefusedError for a file that cannot be read or names none.
    """
    found = _entries(_load(path))
    if not found:
        raise ImportRefusedError(
            f"{path} names no MCP server", hint="it should have an object `mcpServers` (VS Code: `servers`)"
        )
    entries: list[ConfigEntry] = []
    for name, value in found.items():
        entry = node(value)
        if entry.get("disabled") is True or entry.get("enabled") is False:
            continue
        try:
            entries.append(ConfigEntry(name, launch=_launch(path, name, entry)))
        except TaskMatrixError as error:
            entries.append(ConfigEntry(name, problem=error))
    if not entries:
        raise ImportRefusedError(f"{path} switches all of its MCP servers off", hint="switch one on, then try again")
    return entries


def _load(path: Path) -> Node:
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise ImportRefusedError(f"{path} is larger than {LONGEST_FILE // 1024 // 1024} MB")
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return node(parse_json(plain_json(data.decode("utf-8-sig")).encode()))
    except ValueError as error:
        # What the parser says holds no value of the file, only places and keys.
        raise ImportRefusedError(f"{path}: {error}", hint="correct it, then try again") from error


def plain_json(text: str) -> str:
    """Return JSON without what VS Code allows in it: comments, and a comma after the last of several."""
    bare = _COMMENT.sub(lambda match: match[1] or " ", text)
    return _LAST_COMMA.sub(lambda match: match[1] or "", bare)


def _entries(data: Node) -> Node:
    for found in (data.get("mcpServers"), part(data, "mcp").get("servers"), data.get("servers")):
        entries = node(found)
        if entries and all(_is_entry(value) for value in entries.values()):
            return entries
    return {}


def _is_entry(value: JsonValue) -> bool:
    # `servers` means other things in other files: a description of an API has a list of addresses there.
    return isinstance(value, dict) and any(key in value for key in ("command", "url", "serverUrl", "httpUrl"))


def _launch(path: Path, name: str, entry: Node) -> McpLaunch:
    folder = _folder(path)
    concealer = Concealer()

    def settings(key: str) -> Mapping[str, str]:
        values = part(entry, key)
        if not all(_is_plain(value) for value in values.values()):
            raise _refuse(path, name, f"{key} should map names to texts")
        stated = {k: _plain(v) for k, v in values.items()}
        return concealer.settings({k: _canonical(v, folder, path, name) for k, v in stated.items()})

    url = text(entry, "url") or text(entry, "serverUrl") or text(entry, "httpUrl")
    if url:
        if entry.get("type") == "sse" or entry.get("transport") == "sse":
            raise _refuse(
                path, name, "it speaks the old HTTP+SSE transport", "give the address of its streamable HTTP"
            )
        address = concealer.address(check_address(_canonical(url, folder, path, name)))
        server = McpServer(name=name, origin=_origin(path, name), url=address, headers=settings("headers"))
        return McpLaunch(server, concealer.secrets)
    command, arguments = entry.get("command"), entry.get("args", [])
    if isinstance(command, list):
        command, arguments = (command or [None])[0], command[1:]
    if not isinstance(command, str) or not command or not isinstance(arguments, list):
        raise _refuse(path, name, "it has neither a command nor a url", _HINT)
    if not all(_is_plain(argument) for argument in arguments):
        raise _refuse(path, name, "args should be a list of texts", _HINT)
    argv = (command, *map(_plain, arguments))
    directory = text(entry, "cwd")
    env_file = text(entry, "envFile")
    server = McpServer(
        name=name,
        origin=_origin(path, name),
        command=concealer.arguments(tuple(_canonical(argument, folder, path, name) for argument in argv)),
        env=settings("env"),
        env_file=str(folder / _canonical(env_file, folder, path, name)) if env_file else None,
        directory=str(folder / _canonical(directory, folder, path, name)) if directory else str(folder),
    )
    return McpLaunch(server, concealer.secrets)


def check_address(url: str) -> str:
    """Return an address. Raises ImportRefusedError for one that is no `http` or `https` address."""
    if not re.match(r"https?://[^/\s]", url, re.IGNORECASE):
        raise ImportRefusedError("the address of an MCP server begins with http:// or https://", hint=_HINT)
    return url


def _is_plain(value: JsonValue) -> bool:
    return isinstance(value, str | int | float)


def _plain(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _origin(path: Path, name: str) -> str:
    return f"{path.absolute()}#{name}"


def _folder(path: Path) -> Path:
    """Return where the servers of a file run: in the project it belongs to, else in the user's home."""
    parent = path.absolute().parent
    if parent.name in _PROJECT_FOLDERS:
        return parent.parent
    return parent if path.name == ".mcp.json" else Path.home()


def _canonical(value: str, folder: Path, path: Path, name: str) -> str:
    """Bring the references of all these programs into one form, and put the places in that they know of."""
    places = {
        "workspaceFolder": str(folder),
        "workspaceFolderBasename": folder.name,
        "userHome": str(Path.home()),
        "pathSeparator": "/",
        "/": "/",
    }

    def change(kind: str | None, inner: str) -> str:
        if kind == "input":
            return f"${{input:{inner}}}"
        if kind is None and inner in places:
            return places[inner]
        variable, given, default = inner.partition(":-")
        if kind == "vault" or not re.fullmatch(r"[A-Za-z_]\w*", variable):
            raise _refuse(path, name, f"it holds ${{{inner}}}, whose meaning is not known here", "write its value")
        return f"${{env:{variable}{given}{default}}}"

    return map_references(value, change)


def _refuse(path: Path, name: str, why: str, hint: str | None = None) -> ImportRefusedError:
    return ImportRefusedError(f"{path}: the MCP server {name!r}: {why}", path=f"mcpServers.{name}", hint=hint)
