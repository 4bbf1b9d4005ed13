"""The MCP servers a user has imported: how each is started or reached.

A document of an MCP tool names its server, never a command: a file of documents from somewhere else must not start
programs. What is started, or which address is asked, stands here, and is written only when a user imports that
server. Values that may be credentials are not here either: the texts below hold references to them.

    ${env:NAME}  ${env:NAME:-default}   an environment variable of this process
    ${vault:KEY}                        a credential stored for this server (package: the server's identity)
    ${input:ID}                         what VS Code would ask for; looked up like `${vault:input:ID}`
    $${                                 the characters `${`
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taskmatrix.policy.credentials import Credentials, Secret
from taskmatrix.policy.origins import origin_of
from taskmatrix.store import Database, Notes

NOTE = "mcp-server"


class McpServer(BaseModel):
    """One server: a command that speaks MCP over its standard input and output, or an address (`url`).

    `identity` begins with `mcp:`; it names the server in documents, as a source, and as a package of credentials.
    `origin` is the file that names it (`PATH#NAME`), if any. `directory` is where the command runs, `env_file` a file
    of further variables for it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    identity: str = ""
    name: str
    origin: str | None = None
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = Field(default_factory=dict[str, str])
    env_file: str | None = None
    directory: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = Field(default_factory=dict[str, str])

    @property
    def location(self) -> str:
        """The command line or the address, for people; credentials show as references."""
        return self.url if self.url is not None else shlex.join(self.command)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where its credentials may go: the origin of its address. A command's stay on this machine."""
        if self.url is None:
            return ()
        parts = urlsplit(self.url)
        found = origin_of(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
        return () if found is None else (found,)


@dataclass(frozen=True, slots=True)
class McpLaunch:
    """A server as an importer found it: `secrets` are the values to be stored, by the KEY of their reference."""

    server: McpServer
    secrets: Mapping[str, Secret] = field(default_factory=dict[str, Secret])


class McpServers:
    """The servers that documents may name."""

    def __init__(self, database: Database) -> None:
        self._notes = Notes(database, NOTE)

    def get(self, identity: str) -> McpServer | None:
        """Return a server, or None for one that was never imported here."""
        text = self._notes.all().get(identity)
        return None if text is None else _server(text)

    def all(self) -> Sequence[McpServer]:
        """Return all servers, by identity."""
        found = (_server(text) for _, text in sorted(self._notes.all().items()))
        return [server for server in found if server is not None]

    def remember(self, launch: McpLaunch, credentials: Credentials) -> None:
        """Make a server known, its credentials first. To be called when its import succeeds.

        Raises StoreError, CredentialError.
        """
        server = launch.server
        for key, secret in launch.secrets.items():
            credentials.set_value(server.identity, key, secret, hosts=server.hosts)
        self._notes.put(server.identity, server.model_dump_json(exclude_defaults=True))

    def forget(self, identity: str) -> None:
        """Drop a server: what its documents name can then no longer be called. Raises StoreError."""
        self._notes.remove(identity)


def _server(text: str) -> McpServer | None:
    try:
        return McpServer.model_validate_json(text)
    except ValidationError:  # written by another version
        return None
