"""Documents of HTTP operations, as importers write them, and calls of them."""

from pathlib import Path

import anyio
from http_server import Server

from taskmatrix.api_platform.callers.http import HttpCalls, HttpLimits
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.policy.vault import Vault
from taskmatrix.testing import LocalContext


def operation(
    server: Server | str | None,
    method: str = "GET",
    path: str = "/things",
    parameters: dict[str, dict[str, object]] | None = None,
    *,
    package: str = "shop",
    security: list[dict[str, list[str]]] | None = None,
    auth: dict[str, object] | None = None,
    **source: object,
) -> ApiDocument:
    """Return a document. A parameter is its place (`in`, …) with `schema` and `required` beside."""
    given = parameters or {}
    places = {n: {k: v for k, v in p.items() if k not in ("schema", "required")} for n, p in given.items()}
    return parse_document(
        {
            "package": package,
            "name": "do_it",
            "description": "Do it.",
            "parameters": [
                {"name": n, "description": "", "required": p.get("required", False), "schema": p.get("schema", {})}
                for n, p in given.items()
            ],
            "auth": auth,
            "source": {
                "kind": "http",
                "method": method,
                "server": server.url if isinstance(server, Server) else server,
                "path": path,
                "parameters": places,
                "security": security or [],
                **source,
            },
        }
    )


class Caller:
    """Calls documents with a vault and a working folder of its own, each in an event loop of its own."""

    def __init__(self, folder: Path, limits: HttpLimits | None = None) -> None:
        self.folder = folder
        self.vault = Vault(folder / "home", environment={})
        self.context = LocalContext(folder)
        self.limits = limits

    def __call__(self, document: ApiDocument, /, *, at: str | None = None, **arguments: object):
        return self.call(document, arguments, at=at)

    def call(self, document: ApiDocument, arguments: dict, *, at: str | None = None):
        async def run():
            calls = HttpCalls(self.vault, limits=self.limits)
            try:
                return await (calls.at(at) if at else calls)(document, arguments, self.context)
            finally:
                await calls.aclose()

        return anyio.run(run)
