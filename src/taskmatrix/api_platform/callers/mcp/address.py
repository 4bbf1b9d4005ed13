"""The streamable HTTP transport, with what a server is not trusted to do.

Credentials are put in below the client, so that no log line and no exception of the client can show them; the bytes
of one answer are counted.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2

from taskmatrix.api_platform.callers.mcp.endpoints import AddressEndpoint
from taskmatrix.api_platform.callers.mcp.limits import McpLimits
from taskmatrix.api_platform.callers.mcp.symptoms import Symptoms

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

_CONNECT_SECONDS = 10.0


@asynccontextmanager
async def address_transport(
    endpoint: AddressEndpoint, limits: McpLimits, symptoms: Symptoms
) -> AsyncGenerator["TransportStreams", None]:
    """Connect to the server; nothing is sent yet."""
    from mcp.client.streamable_http import streamable_http_client

    timeout = httpx2.Timeout(_CONNECT_SECONDS, read=max(300.0, limits.call_seconds))
    guard = _Guard(endpoint, limits, symptoms)
    async with (
        httpx2.AsyncClient(transport=guard, timeout=timeout) as client,
        streamable_http_client(endpoint.url, http_client=client, max_sse_event_size=limits.message_bytes) as streams,
    ):
        yield streams


class _Guard(httpx2.AsyncBaseTransport):
    def __init__(self, endpoint: AddressEndpoint, limits: McpLimits, symptoms: Symptoms) -> None:
        self._inner = httpx2.AsyncHTTPTransport()
        self._shown = httpx2.URL(endpoint.url)
        self._target = httpx2.URL(endpoint.target)
        self._headers = endpoint.headers
        self._limits = limits
        self._symptoms = symptoms

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        # The client follows redirects within one origin only; a credential goes nowhere else in any case.
        if (url.scheme, url.host, url.port) == (self._target.scheme, self._target.host, self._target.port):
            headers = request.headers.copy()
            headers.update(self._headers)
            # A small packed answer could be any number of bytes unpacked.
            headers["Accept-Encoding"] = "identity"
            target = self._target if url == self._shown else url
            request = httpx2.Request(
                request.method, target, headers=headers, stream=request.stream, extensions=request.extensions
            )
        response = await self._inner.handle_async_request(request)
        response.headers.pop("Content-Encoding", None)
        if request.method == "POST":
            self._symptoms.http_status = response.status_code
            self._symptoms.heard += 1
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _Counted(response.stream, self._limits.message_bytes, self._symptoms)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most: int, symptoms: Symptoms) -> None:
        self._inner = inner
        self._most = most
        self._symptoms = symptoms

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for chunk in self._inner:
            count += len(chunk)
            self._symptoms.received += len(chunk)
            if count > self._most:
                self._symptoms.too_large = True
                raise httpx2.StreamError(f"more than {self._most} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
