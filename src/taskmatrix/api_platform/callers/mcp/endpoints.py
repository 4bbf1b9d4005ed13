"""From a known server to what is started or reached, with all values in place."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from taskmatrix.api_platform.callers.mcp.references import REFERENCE, Resolver
from taskmatrix.api_platform.mcp_servers import McpServer
from taskmatrix.core.errors import CredentialError
from taskmatrix.policy.credentials import Credentials
from taskmatrix.policy.redaction import Redactor

# As in mcp.client.stdio.get_default_environment, which would have to be imported for it; and what says where
# temporary files go and how text is written.
_INHERITED = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE")

_LAUNCHERS = frozenset("npx uvx bunx pnpx pipx docker podman npm pnpm yarn uv deno".split())
"""Commands that may first download what they start."""


@dataclass(frozen=True, slots=True)
class CommandEndpoint:
    """A process to start. `redactor` takes its secrets out of texts."""

    name: str
    argv: tuple[str, ...] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    directory: str | None
    redactor: Redactor

    @property
    def may_download(self) -> bool:
        """Whether the first start may take long."""
        return Path(self.argv[0]).name in _LAUNCHERS


@dataclass(frozen=True, slots=True)
class AddressEndpoint:
    """An address to reach: `url` may be shown and logged, `target` is where requests go."""

    name: str
    url: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    redactor: Redactor

    @property
    def may_download(self) -> bool:
        """Never: nothing is started."""
        return False


Endpoint = CommandEndpoint | AddressEndpoint


def endpoint_of(server: McpServer, credentials: Credentials, environ: Mapping[str, str] | None = None) -> Endpoint:
    """Return what a server is now. Raises CredentialError for a reference without a value."""
    host = next(iter(server.hosts), None)
    resolver = Resolver(server.identity, credentials, os.environ if environ is None else environ, host)
    if server.url is not None:
        return _address(server, server.url, resolver)
    argv = tuple(resolver.resolve(part, hidden=True) for part in server.command)
    stated = {name: resolver.resolve(value) for name, value in server.env.items()}
    from_file = _read_env_file(server.env_file, resolver) if server.env_file else {}
    inherited = {name: resolver.environ[name] for name in _INHERITED if name in resolver.environ}
    return CommandEndpoint(
        name=server.name,
        argv=argv,
        env=inherited | from_file | stated,
        directory=server.directory,
        redactor=Redactor(resolver.secrets),
    )


def _address(server: McpServer, url: str, resolver: Resolver) -> AddressEndpoint:
    target = resolver.resolve(url, hidden=True)
    headers = {name: resolver.resolve(value) for name, value in server.headers.items()}
    parts = urlsplit(target)
    if "@" in parts.netloc:
        user, _, host = parts.netloc.rpartition("@")
        pair = ":".join(unquote(part) for part in user.split(":", 1))
        headers.setdefault("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        resolver.secrets += [part for part in pair.split(":") if part]
        target = urlunsplit(parts._replace(netloc=host))
    stored = resolver.credentials.get(server.identity, "Authorization", resolver.host)
    if stored is not None and "authorization" not in {name.lower() for name in headers}:
        headers["Authorization"] = stored.reveal()
    for name, value in headers.items():
        resolver.note(name, value)
        resolver.note(name, value.rpartition(" ")[2])
    shown = urlsplit(REFERENCE.sub("***", url))
    shown = urlunsplit(shown._replace(netloc=shown.netloc.rpartition("@")[2]))
    return AddressEndpoint(server.name, shown, target, headers, Redactor(resolver.secrets))


def _read_env_file(path: str, resolver: Resolver) -> dict[str, str]:
    """Read `NAME=value` lines."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CredentialError(
            f"the file of environment variables {path!r} of the MCP server {resolver.identity!r} cannot be read",
            hint="see whether it is there and is UTF-8 text",
        ) from error
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, given, value = line.strip().removeprefix("export ").partition("=")
        if not given or name.startswith("#"):
            continue
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        resolver.note(name, value)
        found[name.strip()] = value
    return found
