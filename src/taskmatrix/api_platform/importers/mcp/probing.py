"""Finding out whether an address is an MCP server's."""

import json

_SECONDS = 5.0
_MOST = 64 * 1024


def speaks_mcp(url: str) -> bool:
    """Ask an address to begin an MCP session, and say whether it understood. False for one that does not answer.

    To be asked when a plain GET brought nothing that can be imported: an address that is no MCP server's refuses it.
    """
    import httpx2

    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "taskmatrix", "version": "0"},
        },
    }
    accept = {"Accept": "application/json, text/event-stream", "Accept-Encoding": "identity"}
    try:
        with (
            httpx2.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, json=request, headers=accept) as response,
        ):
            if response.status_code == 401 and "resource_metadata" in response.headers.get("WWW-Authenticate", ""):
                return True
            session = response.headers.get("Mcp-Session-Id")
            understood = session is not None or _is_message(response)
            if session is not None:
                client.delete(url, headers={"Mcp-Session-Id": session})
            return understood
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return False


def _is_message(response: object) -> bool:
    import httpx2

    assert isinstance(response, httpx2.Response)
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _MOST or (b"\n\n" in body and b'"jsonrpc"' in body):
            break
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        return b'"jsonrpc"' in body
    try:
        message: object = json.loads(body)
    except ValueError:
        return False
    return isinstance(message, dict) and "jsonrpc" in message
