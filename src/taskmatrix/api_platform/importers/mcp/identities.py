"""Which server is which: what keeps its identity when it is imported again.

A server is called after its command or its address, without credentials. It stays the same server when the file that
names it changes what is started (another version, one more folder), and when the entry moves to another file. Two
entries that start the same thing with other settings are two servers.
"""

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from taskmatrix.api_platform.callers.mcp.references import REFERENCE
from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServer
from taskmatrix.core.errors import CredentialError
from taskmatrix.policy.credentials import Credentials, Secret

PREFIX = "mcp:"

_LONGEST = 300

_DEFAULT_PORTS = {"http": 80, "https": 443}


def identified(launch: McpLaunch, known: Sequence[McpServer], credentials: Credentials) -> McpLaunch:
    """Return the server with its identity: that of the known server it is, or a new one."""
    server = launch.server
    same = _same_place(server, known) or _same_launch(launch, known, credentials)
    if same is not None and server.origin is None:
        return replace(launch, server=same)
    if same is not None:
        identity = same.identity
    else:
        taken = {other.identity for other in known}
        base = f"{PREFIX}{_short(launched(server))}"
        names = (base, f"{base} ({server.name})", *(f"{base} ({server.name} {n})" for n in range(2, len(taken) + 3)))
        identity = next(name for name in names if name not in taken)
    return replace(launch, server=server.model_copy(update={"identity": identity}))


def launched(server: McpServer) -> str:
    """Say what is started or reached: files by their full path, credentials as `***`."""
    if server.url is not None:
        return _normal(REFERENCE.sub("***", server.url))
    folder = Path(server.directory or ".")
    parts = (REFERENCE.sub("***", part) for part in server.command)
    return shlex.join(_full_path(part, folder) for part in parts)


def _short(text: str) -> str:
    """Keep what names a server short enough for an index, and on one line."""
    if len(text) <= _LONGEST and text.isprintable():
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST]) + f"… {digest}"


def _same_place(server: McpServer, known: Sequence[McpServer]) -> McpServer | None:
    if server.origin is None:
        return None
    return next((other for other in known if other.origin == server.origin), None)


def _same_launch(launch: McpLaunch, known: Sequence[McpServer], credentials: Credentials) -> McpServer | None:
    server = launch.server
    for other in known:
        if (
            (server.name == other.name or server.origin is None or other.origin is None)
            and launched(server) == launched(other)
            and server.env == other.env
            and server.headers == other.headers
            and _same_secrets(launch.secrets, other, credentials)
        ):
            return other
    return None


def _same_secrets(secrets: Mapping[str, Secret], other: McpServer, credentials: Credentials) -> bool:
    host = next(iter(other.hosts), None)
    try:
        stored = {key: credentials.get(other.identity, key, host) for key in secrets}
    except CredentialError:
        return False
    return all(found is not None and found.reveal() == secrets[key].reveal() for key, found in stored.items())


def _full_path(part: str, folder: Path) -> str:
    try:
        path = folder / part
        return str(path.absolute()) if path.is_file() else part
    except (OSError, ValueError):
        return part


def _normal(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return urlunsplit((parts.scheme, host + port, parts.path.rstrip("/") or "/", parts.query, ""))
