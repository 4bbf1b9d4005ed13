"""An MCP server for the tests, written with the protocol library: over stdio, or with `--http` on a free port."""

import os
import socket
import sys
from pathlib import Path

import anyio
from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import EmbeddedResource, ResourceLink, TextContent, TextResourceContents, ToolAnnotations
from pydantic import BaseModel

PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
NOTES = Path(os.environ.get("NOTES", "."))

server = MCPServer(
    "Work Shop",
    title="The workshop",
    instructions="Open the drawer before you take something out of it.",
    version="2.1",
    log_level="ERROR",
)


class Box(BaseModel):
    width: int
    inside: "Box | None" = None


@server.tool(annotations=ToolAnnotations(title="Look", read_only_hint=True, open_world_hint=True))
def look(shelf: str, limit: int = 3) -> list[str]:
    """Say what lies on a shelf."""
    return [f"{shelf} {number}" for number in range(limit)]


@server.tool(annotations=ToolAnnotations(read_only_hint=False))
def burn(shelf: str) -> str:
    """Burn a shelf."""
    (NOTES / "burnt").write_text(shelf)
    return "burnt"


@server.tool(annotations=ToolAnnotations(destructive_hint=False, idempotent_hint=True))
def put(box: Box) -> Box:
    """Put a box away."""
    return Box(width=box.width + 1, inside=box)


@server.tool(structured_output=False)
def draw():
    """Draw a picture."""
    return Image(data=PIXEL, format="png")


@server.tool(structured_output=False)
def hand_over() -> list[TextContent | ResourceLink | EmbeddedResource]:
    """Hand over several things."""
    return [
        TextContent(text="here"),
        ResourceLink(name="photo", uri="shop://photo.png", mime_type="image/png"),
        ResourceLink(name="elsewhere", uri="https://example.com/x", mime_type="text/html"),
        EmbeddedResource(resource=TextResourceContents(uri="shop://label", text="fragile")),
    ]


@server.tool(structured_output=False)
def say(text: str) -> str:
    """Say a text that may be JSON."""
    return text


@server.tool()
def fail(secret: str = "SHOP_TOKEN") -> str:
    """Fail, and tell what should not be told."""
    raise ToolError(f"the drawer is stuck: {os.environ.get(secret)}")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def dawdle() -> str:
    """Take for ever, and note when it is stopped."""
    (NOTES / "started").touch()
    try:
        await anyio.sleep_forever()
    finally:
        (NOTES / "stopped").touch()
    return ""


@server.tool(structured_output=False)
def environment() -> str:
    """Tell the names of all environment variables."""
    return " ".join(sorted(os.environ))


@server.resource("shop://label", description="What the label says", mime_type="text/plain")
def label() -> str:
    return "handle with care"


@server.resource("shop://photo.png", mime_type="image/png")
def photo() -> bytes:
    return PIXEL


@server.resource("shop://shelves/{name}")
def shelf(name: str) -> str:
    return f"the shelf {name}"


@server.prompt()
def greet() -> str:
    return "Hello"


def serve() -> None:
    import uvicorn
    from starlette.responses import PlainTextResponse

    app = server.streamable_http_app()

    async def guarded(scope, receive, send) -> None:
        expected = os.environ.get("EXPECTED")
        given = dict(scope.get("headers", [])).get(b"authorization", b"").decode()
        if scope.get("path") == "/open":
            await app(scope | {"path": "/mcp", "raw_path": b"/mcp"}, receive, send)
        elif scope["type"] == "http" and expected and given != expected:
            await PlainTextResponse("who are you?", 401)(scope, receive, send)
        else:
            await app(scope, receive, send)

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # before anybody knows the port: uvicorn needs a while until it does so
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(guarded, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    if "--http" in sys.argv:
        serve()
    else:
        server.run()
