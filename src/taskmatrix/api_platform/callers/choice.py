"""Choosing what makes the call of an API, by its document's `source.kind`."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from taskmatrix.api_platform import entry_points, modules
from taskmatrix.api_platform.callers.functions import FunctionCaller
from taskmatrix.api_platform.importers.signatures import plain_definition
from taskmatrix.core.api import ApiDefinition, definitions_in
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiNotCallableError, TaskMatrixError
from taskmatrix.core.protocols import Caller

if TYPE_CHECKING:
    from taskmatrix.api_platform.callers.http import HttpCalls
    from taskmatrix.api_platform.mcp_servers import McpServers
    from taskmatrix.policy.credentials import Credentials


class _Closing(Protocol):
    async def aclose(self) -> None: ...


class ApiCallers:
    """Finds what calls an API. Connections and sessions are kept for the event loop they were opened in.

    `servers` gives the known MCP servers, when the first of their tools is called.
    """

    def __init__(self, credentials: "Credentials", servers: "Callable[[], McpServers]") -> None:
        self._credentials = credentials
        self._servers = servers

    def __call__(self, document: ApiDocument) -> Caller:
        """Return what makes the calls of an API. Raises ApiNotCallableError where nothing here can."""
        match document.source.kind:
            case "http":
                return self.http
            case "mcp":
                return self._mcp
            case "aws":
                return self._aws
            case _:
                return caller_for(document)

    @cached_property
    def http(self) -> "HttpCalls":
        """What calls HTTP operations."""
        from taskmatrix.api_platform.callers.http import HttpCalls

        return HttpCalls(self._credentials)

    @cached_property
    def _mcp(self) -> "Caller":
        from taskmatrix.api_platform.callers.mcp import McpCalls

        return McpCalls(self._servers(), self._credentials)

    @cached_property
    def _aws(self) -> "Caller":
        from taskmatrix.api_platform.callers.aws import AwsCalls

        return AwsCalls()

    async def aclose(self) -> None:
        """End the connections, sessions and server processes of the running event loop."""
        for name in ("_mcp", "http", "_aws"):
            opened: _Closing | None = self.__dict__.get(name)
            if opened is not None:
                await opened.aclose()


def caller_for(document: ApiDocument) -> FunctionCaller:
    """Return the caller of a Python function. Raises ApiNotCallableError where the source is none that is here."""
    kind = document.source.kind
    if kind not in ("entry-point", "python"):
        raise ApiNotCallableError(
            f"{document.id} is documented, but cannot be called (its source is {kind!r})",
            hint="import the API from where it comes from: an OpenAPI document, an MCP server, Python code, …",
        )
    try:
        definition = _packaged(document) if kind == "entry-point" else _written(document)
    except ApiNotCallableError:
        raise
    except TaskMatrixError as error:
        raise ApiNotCallableError(f"{document.id} cannot be called: {error.message}", hint=error.hint) from error
    if definition is None:
        raise ApiNotCallableError(
            f"{document.id} cannot be called: its source no longer has an @api function {document.name!r}",
            hint="import the source again",
        )
    return FunctionCaller(definition)


def _packaged(document: ApiDocument) -> ApiDefinition | None:
    return entry_points.load_package(_text(document, "package") or document.package).definitions.get(document.name)


def _written(document: ApiDocument) -> ApiDefinition | None:
    path, name = _text(document, "path"), _text(document, "module")
    if path is None and name is None:
        raise ApiNotCallableError(f"{document.id} cannot be called: its source names no file and no module")
    module = modules.load_file(Path(path)) if path else modules.load_module(name or "", _text(document, "root"))
    if (document.source.model_extra or {}).get("plain") is True:
        # The user imported this very function by name; no document from outside can say so of itself.
        return plain_definition(module, _text(document, "function") or document.name)
    # Only what carries @api: a document must not be a way to call any function there is.
    return next((d for d in definitions_in(module) if d.name == document.name), None)


def _text(document: ApiDocument, key: str) -> str | None:
    value = (document.source.model_extra or {}).get(key)
    return value if isinstance(value, str) and value else None
