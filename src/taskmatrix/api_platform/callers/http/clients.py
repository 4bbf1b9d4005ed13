"""Connections: one client for each event loop, reused by all calls in it.

Proxies of the environment (`HTTPS_PROXY`, …) are used, for that is how many networks reach the outside, but never for
this very machine: a call to `127.0.0.1` or `localhost` goes there directly, whatever `NO_PROXY` says. No `.netrc` is
read, and no cookie of one answer goes into the next request.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import TYPE_CHECKING

from anyio.lowlevel import RunVar

from taskmatrix.policy.origins import is_loopback

if TYPE_CHECKING:
    from httpx2 import AsyncClient

_LOGGERS = ("httpx2", *(f"httpcore2.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


class _Quiet(logging.Filter):
    """Keeps the library's lines about our calls out of every log: they hold whole addresses and headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _quiet.get()


_FILTER = _Quiet()


@contextmanager
def silence() -> Generator[None, None, None]:
    """Let the HTTP library log nothing of what is done inside. Its lines about other people's calls stay."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)  # adding it again changes nothing
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


class Clients:
    """Hands out the client of the event loop that is running."""

    def __init__(self) -> None:
        self._open: RunVar[dict[bool, AsyncClient]] = RunVar("HTTP clients")

    def for_origin(self, origin: str) -> "AsyncClient":
        """Return the client for calls to a host."""
        local = is_loopback(origin)
        clients = self._open.get(None)
        if clients is None:
            clients = dict[bool, "AsyncClient"]()
            self._open.set(clients)
        if local not in clients:
            clients[local] = _client(proxies=not local)
        return clients[local]

    async def aclose(self) -> None:
        """Close the connections of this event loop; the next call opens new ones."""
        clients = self._open.get(None) or {}
        with silence():
            while clients:
                _, client = clients.popitem()
                await client.aclose()


def _client(*, proxies: bool) -> "AsyncClient":
    import httpx2

    return httpx2.AsyncClient(
        trust_env=proxies,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": f"taskmatrix/{version('taskmatrix')}", "Accept-Encoding": "gzip, deflate"},
        timeout=httpx2.Timeout(None, connect=10),  # the whole call has one limit of its own
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30),
    )
