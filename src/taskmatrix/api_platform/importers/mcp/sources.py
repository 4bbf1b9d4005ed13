"""Reading MCP servers: start or reach them, ask what they have, and write the documents of it.

A server is asked once, its processes have ended before the reading is returned. Nothing is stored here: what has to
be stored beside the documents, for their tools to be callable, is the reading's `launch`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taskmatrix.api_platform.callers.mcp.limits import McpLimits
from taskmatrix.api_platform.callers.mcp.references import REFERENCE
from taskmatrix.api_platform.importers.mcp.concealment import Concealer
from taskmatrix.api_platform.importers.mcp.config import check_address, read_entries
from taskmatrix.api_platform.importers.mcp.identities import identified
from taskmatrix.api_platform.importers.mcp.staging import McpReading
from taskmatrix.api_platform.importers.reading import ImportOptions
from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServer, McpServers
from taskmatrix.core.errors import TaskMatrixError, UsageError
from taskmatrix.policy.credentials import Credentials

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class ConfigReading:
    """The servers of one file: those that were read, and why the others were not, by name."""

    servers: tuple[McpReading, ...]
    refused: Mapping[str, TaskMatrixError] = field(default_factory=dict[str, TaskMatrixError])


def read_mcp_command(
    argv: Sequence[str],
    servers: McpServers,
    credentials: Credentials,
    *,
    options: ImportOptions | None = None,
    limits: McpLimits | None = None,
) -> McpReading:
    """Start a command that speaks MCP over its standard input and output, and read what it offers.

    It runs in the current folder, now and at every call. Raises ImportRefusedError, CredentialError.
    """
    if not argv or not argv[0]:
        raise UsageError(
            "the command of the MCP server is missing", hint="as in: taskmatrix apis import 'mcp:python -m my_server'"
        )
    concealer = Concealer()
    command = concealer.arguments(tuple(part.replace("${", "$${") for part in argv))
    server = McpServer(name=_shown(" ".join(command)), command=command, directory=str(Path.cwd()))
    return _read_one(McpLaunch(server, concealer.secrets), servers, credentials, options, limits)


def read_mcp_url(
    url: str,
    servers: McpServers,
    credentials: Credentials,
    *,
    options: ImportOptions | None = None,
    limits: McpLimits | None = None,
) -> McpReading:
    """Reach a server by its address (streamable HTTP), and read what it offers.

    A credential `Authorization` kept for the server's identity is sent along. Raises ImportRefusedError,
    CredentialError.
    """
    concealer = Concealer()
    address = concealer.address(check_address(url.replace("${", "$${")))
    server = McpServer(name=_shown(address), url=address)
    return _read_one(McpLaunch(server, concealer.secrets), servers, credentials, options, limits)


def read_mcp_config(
    path: Path,
    servers: McpServers,
    credentials: Credentials,
    *,
    options: ImportOptions | None = None,
    limits: McpLimits | None = None,
) -> ConfigReading:
    """Read every server that a file names.

    One that cannot be read does not keep the others from being read. Raises ImportRefusedError for a file that names
    none, and what went wrong with the first server if it went wrong with all.
    """
    entries = read_entries(path)
    if options is not None and options.package is not None and len(entries) > 1:
        raise UsageError(
            f"{path} names {len(entries)} MCP servers, which cannot all be the package {options.package!r}",
            hint="leave the package out: each server has its own name",
        )
    refused = {entry.name: entry.problem for entry in entries if entry.problem is not None}
    known = list(servers.all())
    launches: list[McpLaunch] = []
    for entry in entries:
        if entry.launch is not None:
            launches.append(identified(entry.launch, known, credentials))
            known.append(launches[-1].server)
    outcomes = _read(launches, credentials, options, limits)
    read = tuple(outcome for outcome in outcomes if isinstance(outcome, McpReading))
    for launch, outcome in zip(launches, outcomes, strict=True):
        if isinstance(outcome, TaskMatrixError):
            refused[launch.server.name] = outcome
    if not read:
        raise next(refused[entry.name] for entry in entries if entry.name in refused)
    return ConfigReading(read, refused)


def _read_one(
    launch: McpLaunch,
    servers: McpServers,
    credentials: Credentials,
    options: ImportOptions | None,
    limits: McpLimits | None,
) -> McpReading:
    known = identified(launch, servers.all(), credentials)
    (outcome,) = _read([known], credentials, options, limits)
    if isinstance(outcome, TaskMatrixError):
        raise outcome
    return outcome


def _read(
    launches: Sequence[McpLaunch],
    credentials: Credentials,
    options: ImportOptions | None,
    limits: McpLimits | None,
) -> Sequence[McpReading | TaskMatrixError]:
    # The protocol library takes half a second to import.
    from taskmatrix.api_platform.importers.mcp.asking import read_servers

    return read_servers(launches, credentials, options or ImportOptions(), limits or McpLimits())


def _shown(launch: str) -> str:
    return REFERENCE.sub("***", launch)[:LONGEST_NAME]
