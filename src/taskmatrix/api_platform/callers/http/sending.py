"""Sending a request and reading the answer, within limits: size, time, headers, hops."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from taskmatrix.api_platform.callers.http import redirects
from taskmatrix.api_platform.callers.http.clients import Clients, silence
from taskmatrix.api_platform.callers.http.requests import Outgoing, header_bytes
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiLimitError, ApiUnavailableError, TaskMatrixError
from taskmatrix.policy.origins import origin_of
from taskmatrix.policy.redaction import Redactor

if TYPE_CHECKING:
    from httpx2 import Response

ERROR_BYTES = 64 * 1024
"""What is read of an answer that reports a failure."""

_KNOWN_CODINGS = frozenset(("gzip", "x-gzip", "deflate", "identity", ""))


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one call may take: seconds in all, and bytes of its answer once unpacked."""

    seconds: float = 30.0
    answer_bytes: int = 10_000_000


@dataclass(slots=True)
class Progress:
    """How far a call has come, for whoever stops it."""

    answering: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `path` is where the last request went, for naming a file."""

    status: int
    reason: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    path: str = field(repr=False)


async def send(
    clients: Clients, outgoing: Outgoing, limits: HttpLimits, redactor: Redactor, progress: Progress
) -> Answer:
    """Send a request, follow its redirects, read the answer.

    Raises ApiUnavailableError, ApiLimitError, ApiError; nothing of the HTTP library gets out, since its errors quote
    addresses and headers.
    """
    for _ in range(redirects.MOST_HOPS + 1):
        said = await _exchange(clients, outgoing, limits, progress)
        # Raised out here and not where it was caught: the library's error, which quotes headers, is not carried along.
        if isinstance(said, TaskMatrixError):
            raise said
        location = said.headers.get("location")
        if said.status not in redirects.STATUSES or not location:
            return said
        outgoing = await redirects.follow(outgoing, said.status, location, redactor)
    raise ApiError(f"the server sends the call from place to place, more than {redirects.MOST_HOPS} times")


async def _exchange(
    clients: Clients, outgoing: Outgoing, limits: HttpLimits, progress: Progress
) -> Answer | TaskMatrixError:
    import httpx2

    origin = origin_of(outgoing.url)
    if origin is None:
        return ApiError("the address of the call is none")
    with silence():
        try:
            client = clients.for_origin(origin)
            request = client.build_request(
                outgoing.method, outgoing.url, headers=header_bytes(outgoing.headers), content=outgoing.content
            )
            if origin_of(f"{request.url.scheme}://{request.url.netloc.decode('ascii')}") != origin:
                return ApiError(f"the address of the call can be read in two ways: {origin}")
            response = await client.send(request, stream=True)
            progress.answering = True
            try:
                content = await _read(response, outgoing.method, limits)
            finally:
                await response.aclose()
        except httpx2.InvalidURL:
            return ApiArgumentError("the address that the arguments make is too long, or none")
        except httpx2.HTTPError as error:
            return _translated(error, origin)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, response.reason_phrase, headers, content, response.url.path)


async def _read(response: "Response", method: str, limits: HttpLimits) -> bytes:
    if method == "HEAD":
        return b""
    coding = response.headers.get("content-encoding", "").lower()
    if any(c.strip() not in _KNOWN_CODINGS for c in coding.split(",")):
        raise ApiError(f"the answer is packed in a way that was not asked for: {coding[:40]!r}")
    failed = response.status_code >= 400
    most = ERROR_BYTES if failed else limits.answer_bytes
    declared = response.headers.get("content-length", "")
    if not failed and declared.isascii() and declared.isdigit() and int(declared[:20]) > most:
        raise _too_large(most)
    pieces: list[bytes] = []
    size = 0
    async with contextlib.aclosing(response.aiter_bytes()) as stream:
        async for piece in stream:
            size += len(piece)
            if size > most:
                if not failed:
                    raise _too_large(most)
                pieces.append(piece[: most - size])
                break
            pieces.append(piece)
    return b"".join(pieces)


def _too_large(most: int) -> ApiLimitError:
    return ApiLimitError(
        f"the answer is larger than {most / 1_000_000:g} MB", hint="ask for less: a page, a range, fewer fields"
    )


def _translated(error: Exception, origin: str) -> TaskMatrixError:
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout):
        return ApiUnavailableError(
            f"{origin} cannot be reached: it does not answer", hint="try again later", sent=False
        )
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return ApiUnavailableError(
            f"{origin} cannot be reached: {_reason(error)}",
            hint="check that it runs and that the network is up",
            sent=False,
        )
    if isinstance(error, httpx2.DecodingError):
        return ApiError("the answer is damaged: it cannot be unpacked", hint="report it to the owner of the API")
    if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
        return ApiArgumentError("the request cannot be sent: an argument or the credential does not fit into HTTP")
    if _header_flood(error):
        return ApiLimitError("the answer has more headers than any honest one")
    if isinstance(error, httpx2.RemoteProtocolError):
        return ApiUnavailableError(f"{origin} broke off, or does not speak HTTP", hint="try again later")
    return ApiUnavailableError(f"the connection to {origin} was lost", hint="try again later")


def _reason(error: BaseException) -> str:
    """Return the system's words for why there is no connection: the innermost error has them."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        inner = inner.__cause__ or inner.__context__
    return "no connection"


def _header_flood(error: BaseException) -> bool:
    inner: BaseException | None = error
    while inner is not None:
        if getattr(inner, "error_status_hint", None) == 431:
            return True
        inner = inner.__cause__ or inner.__context__
    return False
