"""Everything a server lists, page by page and within limits."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

import anyio
from mcp import ClientSession, MCPError
from mcp_types import (
    METHOD_NOT_FOUND,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    Prompt,
    Resource,
    ResourceTemplate,
    Tool,
)

from taskmatrix.api_platform.callers.mcp.session import McpSession
from taskmatrix.core.errors import ApiLimitError

_MOST_PAGES = 1_000


class _Page(Protocol):
    next_cursor: str | None


P = TypeVar("P", bound=_Page)


async def list_tools(session: McpSession) -> Sequence[Tool]:
    """Return all tools. Raises ApiLimitError, ApiError, SessionLostError."""
    found: list[Tool] = []

    def take(page: ListToolsResult) -> int:
        found.extend(page.tools)
        return len(found)

    await _pages(session, lambda client, params: client.list_tools(params=params), take, "tools")
    return found


async def list_resources(session: McpSession) -> Sequence[Resource]:
    """Return all resources; none for a server that has no such thing. Raises as `list_tools`."""
    found: list[Resource] = []

    def take(page: ListResourcesResult) -> int:
        found.extend(page.resources)
        return len(found)

    if _has_resources(session):
        await _pages(session, lambda client, params: client.list_resources(params=params), take, "resources")
    return found


async def list_templates(session: McpSession) -> Sequence[ResourceTemplate]:
    """Return all templates of resources. Raises as `list_tools`."""
    found: list[ResourceTemplate] = []

    def take(page: ListResourceTemplatesResult) -> int:
        found.extend(page.resource_templates)
        return len(found)

    if _has_resources(session):
        await _pages(
            session, lambda client, params: client.list_resource_templates(params=params), take, "resource templates"
        )
    return found


async def list_prompts(session: McpSession) -> Sequence[Prompt]:
    """Return all prompts. Raises as `list_tools`."""
    found: list[Prompt] = []

    def take(page: ListPromptsResult) -> int:
        found.extend(page.prompts)
        return len(found)

    capabilities = session.client.server_capabilities
    if capabilities is not None and capabilities.prompts is not None:
        await _pages(session, lambda client, params: client.list_prompts(params=params), take, "prompts")
    return found


def _has_resources(session: McpSession) -> bool:
    capabilities = session.client.server_capabilities
    return capabilities is not None and capabilities.resources is not None


async def _pages(
    session: McpSession,
    send: Callable[[ClientSession, PaginatedRequestParams | None], Awaitable[P]],
    take: Callable[[P], int],
    what: str,
) -> None:
    subject = f"the {what} of the MCP server {session.symptoms.name!r}"
    limits = session.limits
    deadline = anyio.current_time() + limits.list_seconds
    received = session.symptoms.received

    async def page(cursor: str | None, client: ClientSession) -> P | None:
        try:
            return await send(client, None if cursor is None else PaginatedRequestParams(cursor=cursor))
        except MCPError as error:
            if error.code == METHOD_NOT_FOUND and cursor is None:
                return None
            raise

    cursor: str | None = None
    seen: set[str] = set()
    while True:
        left = max(deadline - anyio.current_time(), 0.0)
        answer = await session.ask(partial(page, cursor), subject, seconds=left)
        if answer is None:
            return
        if take(answer) > limits.items:
            raise ApiLimitError(f"{subject}: more than {limits.items} are listed")
        if session.symptoms.received - received > limits.listing_bytes:
            raise ApiLimitError(f"{subject}: the list is longer than {limits.listing_bytes // 1024 // 1024} MB")
        cursor = answer.next_cursor
        if cursor is None:
            return
        if cursor in seen or len(seen) >= _MOST_PAGES:
            raise ApiLimitError(f"{subject}: the list has no end")
        seen.add(cursor)
