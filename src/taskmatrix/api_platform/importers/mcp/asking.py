"""Asking servers what they offer: each is started or reached, listed, and ended again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from anyio.from_thread import start_blocking_portal
from mcp_types import Resource, ResourceTemplate, Tool

from taskmatrix.api_platform.callers.mcp.endpoints import Endpoint, endpoint_of
from taskmatrix.api_platform.callers.mcp.limits import McpLimits
from taskmatrix.api_platform.callers.mcp.listing import list_prompts, list_resources, list_templates, list_tools
from taskmatrix.api_platform.callers.mcp.session import open_session
from taskmatrix.api_platform.importers.mcp.staging import McpReading, Staged
from taskmatrix.api_platform.importers.mcp.tools import Documents
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServer
from taskmatrix.core.documents import Package
from taskmatrix.core.errors import ApiAccessError, ApiError, CredentialError, ImportRefusedError, TaskMatrixError
from taskmatrix.policy.credentials import Credentials

_AT_ONCE = 4
_LONGEST_ABOUT = 4_000
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class _Catalog:
    name: str
    version: str | None
    description: str
    instructions: str
    prompts: int
    tools: Sequence[Tool]
    resources: Sequence[Resource]
    templates: Sequence[ResourceTemplate]


def read_servers(
    launches: Sequence[McpLaunch], credentials: Credentials, options: ImportOptions, limits: McpLimits
) -> Sequence[McpReading | TaskMatrixError]:
    """Return for each server what it offers, or why that is not known. All its processes have ended."""

    async def read_all() -> Sequence[McpReading | TaskMatrixError]:
        outcomes: dict[int, McpReading | TaskMatrixError] = {}
        slots = anyio.CapacityLimiter(_AT_ONCE)

        async def read(number: int, launch: McpLaunch) -> None:
            async with slots:
                try:
                    outcomes[number] = await _read(launch, Staged(launch, credentials), options, limits)
                except TaskMatrixError as error:
                    outcomes[number] = error

        async with anyio.create_task_group() as group:
            for number, launch in enumerate(launches):
                group.start_soon(read, number, launch)
        return [outcomes[number] for number in range(len(launches))]

    # An event loop of its own: the import may be asked for from within one.
    with start_blocking_portal() as portal:
        return portal.call(read_all)


async def _read(launch: McpLaunch, credentials: Credentials, options: ImportOptions, limits: McpLimits) -> McpReading:
    server = launch.server
    endpoint = endpoint_of(server, credentials)
    try:
        catalog = await _ask(endpoint, limits)
    except ApiAccessError as error:
        raise CredentialError(error.message, hint=error.hint) from error
    except ApiError as error:
        raise ImportRefusedError(error.message, hint=error.hint) from error
    package = options.package or (server.name if server.origin is not None else _slug(catalog.name, server))
    about = Package(
        name=package,
        description=endpoint.redactor.text(catalog.description),
        composition=endpoint.redactor.text(catalog.instructions),
        version=catalog.version,
    )
    reading = Reading(
        identity=server.identity,
        kind="mcp",
        location=server.origin or server.location,
        documents=(),
        packages=(about,),
        renamable=options.package is None and server.origin is None,
    )
    documents = Documents(package, server.identity, endpoint.redactor, reading.invalid)
    reading.documents = documents.of(catalog.tools, catalog.resources, catalog.templates)
    if catalog.prompts:
        what = "one prompt" if catalog.prompts == 1 else f"{catalog.prompts} prompts"
        reading.notes.add(0, f"{what} of the MCP server {server.name!r} left out: prompts are no APIs")
    if not catalog.tools and not catalog.resources and not catalog.templates:
        raise ImportRefusedError(f"the MCP server {server.name!r} offers no tools and no resources")
    return McpReading(reading, launch)


async def _ask(endpoint: Endpoint, limits: McpLimits) -> _Catalog:
    session = await open_session(endpoint, limits)
    try:
        about = session.client.server_info
        told = about and (about.description or about.title or about.name)
        return _Catalog(
            name=about.name if about else "",
            version=about.version if about else None,
            description=(told or "")[:_LONGEST_ABOUT],
            instructions=(session.client.instructions or "")[:_LONGEST_ABOUT],
            prompts=len(await list_prompts(session)),
            tools=await list_tools(session),
            resources=await list_resources(session),
            templates=await list_templates(session),
        )
    finally:
        await session.close()


def _slug(name: str, server: McpServer) -> str:
    """Return a package's name that is easy to write in a program."""
    own = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if own:
        return own[:_LONGEST_NAME]
    words = re.findall(r"[a-z0-9]+", re.sub(r"^\w+://", "", server.location).lower())
    return "_".join(words)[-_LONGEST_NAME:].strip("_") or "mcp_server"
