"""Where a provider answers and with which key: the HTTP client for it, and texts that never show the key."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError
from taskmatrix.core.stubs import clean
from taskmatrix.models.answers import ANOTHER

if TYPE_CHECKING:
    import httpx2

MAX_WIRE_BYTES = 64 * 1024 * 1024
"""A streamed answer takes about 300 bytes a token on the wire; no model writes 200,000 tokens."""
SHOWN_CHARACTERS = 300
SHORTEST_SECRET = 6
"""A shorter key is a word such as `none`, given because the protocol wants one."""
CONNECT_SECONDS = 10.0
_TAIL = "taskmatrix.tail"
_TAIL_BYTES = 64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and the key for it."""

    url: str
    key: str = field(repr=False)

    @property
    def shown(self) -> str:
        """The address without user, password and query, for people."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine."""
        return is_loopback(self.url)

    def tidy(self, text: str) -> str:
        """Return a server's own words, short, visible and without the key."""
        if text.lstrip()[:1] == "<":
            return "an HTML page"
        # Cleaned first: taking out invisible characters afterwards could put a key together again.
        words = clean(text[: 100 * SHOWN_CHARACTERS])
        if len(self.key) >= SHORTEST_SECRET:
            words = words.replace(self.key, "[key]")
        return words if len(words) <= SHOWN_CHARACTERS else words[:SHOWN_CHARACTERS] + "…"

    def client(self, silence: float) -> "httpx2.AsyncClient":
        """Return an HTTP client for one call.

        It gives up after `silence` seconds without a byte, reads at most `MAX_WIRE_BYTES`, follows no redirect
        (a prompt goes nowhere but where it was meant to) and uses no proxy for this machine.
        """
        import httpx2

        async def limit(response: httpx2.Response) -> None:
            response.stream = _limited(response)

        return httpx2.AsyncClient(
            verify=_tls(),
            timeout=httpx2.Timeout(silence, connect=min(silence, CONNECT_SECONDS)),
            headers={"Accept-Encoding": "identity"},
            trust_env=not self.is_local,
            event_hooks={"response": [limit]},
        )


def open_endpoint(url: str, key: str, variable: str) -> Endpoint:
    """Check address and key; `variable` is where the key comes from. Raises ModelAccessError, without the key."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ModelAccessError(
            f"{Endpoint(url, key).shown!r} is no address of a model server",
            hint=f"an address looks like http://127.0.0.1:11434/v1: set it again, {ANOTHER}",
        )
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ModelAccessError(
            f"{variable} holds characters that no key has",
            hint=f"set {variable} again, without quotes or line breaks, {ANOTHER}",
        )
    return Endpoint(url, key)


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes longer than all else we do for a call.
    import httpx2

    return httpx2.create_ssl_context()


def said_done(response: "httpx2.Response") -> bool:
    """Whether a stream ended with the `[DONE]` that the protocol puts behind the last event."""
    return b"[DONE]" in response.extensions.get(_TAIL, b"")


def _limited(response: "httpx2.Response") -> "httpx2.AsyncByteStream":
    import httpx2

    inner = response.stream
    if not isinstance(inner, httpx2.AsyncByteStream):
        raise TypeError("an asynchronous client has asynchronous streams")

    class Limited(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            count = 0
            async for part in inner:
                count += len(part)
                response.extensions[_TAIL] = (response.extensions.get(_TAIL, b"") + part)[-_TAIL_BYTES:]
                if count > MAX_WIRE_BYTES:
                    raise ModelAnswerError(
                        f"the model server sent more than {MAX_WIRE_BYTES // 1024**2} MiB",
                        hint=f"check that the address is a model server's, {ANOTHER}",
                    )
                yield part

        async def aclose(self) -> None:
            await inner.aclose()

    return Limited()
