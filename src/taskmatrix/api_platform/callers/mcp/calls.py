"""`McpCalls`: makes the calls of APIs that are tools, or resources, of MCP servers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

import anyio
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from taskmatrix.api_platform.callers.mcp.effects import effect_of, is_worse, states_effect
from taskmatrix.api_platform.callers.mcp.endpoints import endpoint_of
from taskmatrix.api_platform.callers.mcp.limits import McpLimits
from taskmatrix.api_platform.mcp_servers import McpServers
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiError, ApiGoneError, ApiNotCallableError, ApiUnavailableError
from taskmatrix.core.limits import read_limits
from taskmatrix.policy.credentials import Credentials

if TYPE_CHECKING:
    from mcp_types import CallToolResult, Tool

    from taskmatrix.api_platform.callers.mcp.session import McpSession

KIND = "mcp"
RESOURCES = "resources/read"


class McpSource(BaseModel):
    """The source of a document: a server's identity, and one of its tools or the reading of its resources."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["mcp"] = KIND
    server: str
    tool: str | None = None
    method: Literal["resources/read"] | None = None


@dataclass(slots=True)
class _Connection:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    session: "McpSession | None" = None
    tools: Mapping[str, "Tool"] = field(default_factory=dict[str, "Tool"])

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()


class McpCalls:
    """A `Caller`. Each server is started at its first call and kept until `aclose`, once in each event loop."""

    def __init__(self, servers: McpServers, credentials: Credentials, *, limits: McpLimits | None = None) -> None:
        self._servers = servers
        self._credentials = credentials
        self._limits = limits or McpLimits()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Connection]] = WeakKeyDictionary()

    async def __call__(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Call the API.

        Raises ApiNotCallableError for a server that was never imported here, CredentialError, ApiUnavailableError
        for one that cannot be reached or ended, ApiGoneError where it no longer has the tool that was imported,
        ApiLimitError, ApiAccessError, and ApiError for what the tool itself reports.
        """
        source = _source(document)
        call = _Call(document, source, arguments, context)
        for attempt in (1, 2):
            connection = await self._open(document, source.server)
            try:
                return await call.make(connection)
            except ApiUnavailableError as error:
                if connection.session is not None and connection.session.alive:
                    raise
                if attempt == 1 and call.repeatable:
                    continue
                hint = "call it again" if call.repeatable else "find out whether the call was carried out first"
                raise ApiUnavailableError(error.message, hint=hint) from error
        raise AssertionError("the second attempt returns or raises")

    async def aclose(self) -> None:
        """End the sessions of this event loop, with the processes they started. To be called in that loop."""
        connections = self._loops.pop(asyncio.get_running_loop(), {})
        async with anyio.create_task_group() as group:
            for connection in connections.values():
                group.start_soon(connection.close)

    async def _open(self, document: ApiDocument, identity: str) -> _Connection:
        from taskmatrix.api_platform.callers.mcp.listing import list_tools
        from taskmatrix.api_platform.callers.mcp.session import open_session

        connections = self._loops.setdefault(asyncio.get_running_loop(), {})
        connection = connections.setdefault(identity, _Connection())
        async with connection.lock:
            if connection.session is not None and connection.session.alive:
                return connection
            await connection.close()
            server = self._servers.get(identity)
            if server is None:
                raise ApiNotCallableError(
                    f"{document.id} cannot be called: its MCP server {identity!r} is not known here",
                    hint="import that server itself: its command, its address or the file that names it",
                )
            session = await open_session(endpoint_of(server, self._credentials), self._limits)
            try:
                connection.tools = {tool.name: tool for tool in await list_tools(session)}
            except BaseException:
                await session.close()
                raise
            connection.session = session
            return connection


@dataclass(slots=True)
class _Call:
    document: ApiDocument
    source: McpSource
    arguments: Mapping[str, JsonValue]
    context: RunContext

    @property
    def repeatable(self) -> bool:
        """Whether a call of which nobody knows if it was carried out may be made again."""
        return self.document.effects.kind == "read" or self.document.effects.idempotent

    async def make(self, connection: _Connection) -> JsonValue:
        """Make the call in an open session."""
        from taskmatrix.api_platform.callers.mcp.results import ResultReader

        session = connection.session
        assert session is not None
        reader = ResultReader(
            context=self.context,
            subject=self.document.id,
            name=self.source.tool or "resource",
            read=lambda uri: session.read_resource(uri, self.document.id),
            most=session.limits.result_bytes,
        )
        if self.source.tool is None:
            uri = self.arguments.get("uri")
            return reader.of_resource(await session.read_resource(str(uri), self.document.id))
        self._compare(connection.tools)
        return await self._call_tool(session, self.source.tool, reader.of_tool)

    async def _call_tool(
        self,
        session: "McpSession",
        tool: str,
        value_of: "Callable[[CallToolResult], Awaitable[JsonValue]]",
    ) -> JsonValue:
        from taskmatrix.api_platform.callers.mcp.failures import shorten
        from taskmatrix.api_platform.callers.mcp.results import text_of

        try:
            seconds = read_limits(self.document.limits).timeout_s
            result = await session.call_tool(tool, self.arguments, self.document.id, seconds=seconds)
            if result.is_error:
                text = shorten(session.symptoms.redactor.text(text_of(result.content)))
                raise ApiError(f"{self.document.id}: {text or 'the tool failed and does not say why'}")
        except ApiUnavailableError:
            raise
        except ApiError:
            await self._compare_again(session)
            raise
        return await value_of(result)

    def _compare(self, tools: Mapping[str, "Tool"]) -> None:
        """See that the tool still is what was imported: there, no more harmful, asking for nothing more."""
        tool = tools.get(self.source.tool or "")
        if tool is None:
            raise self._gone("its server no longer has it")
        effect = effect_of(tool.annotations)
        if states_effect(tool.annotations) and is_worse(effect.kind, self.document.effects.kind):
            raise self._gone(f"its server now calls it {effect.kind}, it was imported as {self.document.effects.kind}")
        required: JsonValue = tool.input_schema.get("required")
        known = {parameter.name for parameter in self.document.parameters}
        asked = {str(name) for name in required} if isinstance(required, list) else set[str]()
        if asked - known - set(self.arguments):
            raise self._gone(f"its server now asks for {', '.join(sorted(asked - known))} as well")

    async def _compare_again(self, session: "McpSession") -> None:
        """After a failed call: was it because the tool has gone meanwhile?"""
        from taskmatrix.api_platform.callers.mcp.listing import list_tools

        try:
            tools = await list_tools(session)
        except ApiError:
            return
        self._compare({tool.name: tool for tool in tools})

    def _gone(self, why: str) -> ApiGoneError:
        return ApiGoneError(
            f"{self.document.id} is not what was imported: {why}", hint="import its MCP server again, and read it"
        )


def _source(document: ApiDocument) -> McpSource:
    extra = document.source.model_extra or {}
    try:
        source = McpSource.model_validate({"kind": document.source.kind, **extra})
    except ValidationError as error:
        raise ApiNotCallableError(
            f"{document.id} cannot be called: its source names no MCP server and tool", hint="import its source again"
        ) from error
    if (source.tool is None) == (source.method is None):
        raise ApiNotCallableError(f"{document.id} cannot be called: its source names no tool of its MCP server")
    return source
