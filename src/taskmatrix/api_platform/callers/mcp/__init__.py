"""Calling the tools of MCP servers."""

from taskmatrix.api_platform.callers.mcp.calls import KIND, McpCalls
from taskmatrix.api_platform.callers.mcp.limits import McpLimits

__all__ = ["KIND", "McpCalls", "McpLimits"]
