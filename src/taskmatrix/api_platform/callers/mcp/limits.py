"""What a server may use before it is given up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class McpLimits:
    """Seconds and bytes.

    `start_seconds` is for the handshake, `launcher_seconds` the same for commands that may have to download the
    server first. `call_seconds` is for one call, `list_seconds` for all pages of a server's tools. `grace_seconds`
    is how long a process may take to end by itself. `message_bytes` is one message, `result_bytes` the result of one
    call, `rubbish_bytes` what a server may print that is no MCP. `items` and `listing_bytes` are for listings.
    """

    start_seconds: float = 10.0
    launcher_seconds: float = 90.0
    call_seconds: float = 30.0
    list_seconds: float = 60.0
    grace_seconds: float = 2.0
    message_bytes: int = 16 * 1024 * 1024
    result_bytes: int = 10 * 1024 * 1024
    rubbish_bytes: int = 256 * 1024
    listing_bytes: int = 64 * 1024 * 1024
    items: int = 20_000
