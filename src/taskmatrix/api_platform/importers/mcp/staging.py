"""A server that is being imported: what is stored of it, and when, is up to whoever stores its documents."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.api_platform.importers.reading import Reading
from taskmatrix.api_platform.mcp_servers import McpLaunch
from taskmatrix.policy.credentials import CredentialKind, Credentials, Secret


@dataclass(frozen=True, slots=True)
class McpReading:
    """One server as it was read. Pass `launch` to `McpServers.remember` in the step that stores the documents."""

    reading: Reading
    launch: McpLaunch


class Staged:
    """Implements `Credentials`: those found in the server's settings, then those that are stored."""

    def __init__(self, launch: McpLaunch, stored: Credentials) -> None:
        self._launch = launch
        self._stored = stored

    def get(
        self, package: str, scheme: str, host: str | None = None, *, kind: CredentialKind = "value"
    ) -> Secret | None:
        """Return the value, or None where there is none."""
        if package == self._launch.server.identity and kind == "value" and scheme in self._launch.secrets:
            return self._launch.secrets[scheme]
        return self._stored.get(package, scheme, host, kind=kind)

    def set_value(
        self,
        package: str,
        scheme: str,
        secret: Secret,
        *,
        hosts: Sequence[str],
        kind: CredentialKind = "value",
        beside: bool = False,
    ) -> None:
        """Keep a value. Raises CredentialError."""
        self._stored.set_value(package, scheme, secret, hosts=hosts, kind=kind, beside=beside)
