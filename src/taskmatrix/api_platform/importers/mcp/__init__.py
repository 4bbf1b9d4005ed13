"""MCP servers as API packages: from a command, an address, or a file that names servers."""

from taskmatrix.api_platform.importers.mcp.config import holds_servers
from taskmatrix.api_platform.importers.mcp.probing import speaks_mcp
from taskmatrix.api_platform.importers.mcp.sources import (
    ConfigReading,
    read_mcp_command,
    read_mcp_config,
    read_mcp_url,
)
from taskmatrix.api_platform.importers.mcp.staging import McpReading

__all__ = [
    "ConfigReading",
    "McpReading",
    "holds_servers",
    "read_mcp_command",
    "read_mcp_config",
    "read_mcp_url",
    "speaks_mcp",
]
