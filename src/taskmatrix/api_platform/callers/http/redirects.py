"""Redirects: followed for reading only, a few hops, and never from the outside to the inside."""

import ipaddress
import socket
from typing import Literal
from urllib.parse import quote, urljoin, urlsplit

import anyio

from taskmatrix.api_platform.callers.http.requests import Outgoing
from taskmatrix.core.errors import ApiError, ApiUnavailableError
from taskmatrix.policy.origins import origin_of
from taskmatrix.policy.redaction import Redactor

MOST_HOPS = 3

STATUSES = frozenset((301, 302, 303, 307, 308))

_AS_IT_STANDS = "".join(chr(c) for c in range(0x80) if chr(c) not in ' "<>^`{|}')

Reach = Literal["public", "private", "loopback", "special"]

_SPECIAL = tuple(
    ipaddress.ip_network(n)
    for n in "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 224.0.0.0/3 168.63.129.16/32 fe80::/10 fec0::/10 ff00::/8 "
    "fd00:ec2::254/128 2001::/32".split()
)
_PRIVATE = tuple(
    ipaddress.ip_network(n) for n in "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7".split()
)
_EMBEDDING = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
"""IPv6 networks whose addresses hold an IPv4 address, and how many bits follow it."""


async def follow(outgoing: Outgoing, status: int, location: str, redactor: Redactor) -> Outgoing:
    """Return the request that a redirect asks for.

    Credentials, cookies and other headers stay behind when the host, the port or the scheme changes. Raises ApiError
    for a redirect that is not followed: of a call that changes something, to no HTTP address, from https to http,
    from a public host to one that is not, or one that carries a credential along.
    """
    start = origin_of(outgoing.url)
    if outgoing.method not in ("GET", "HEAD"):
        raise ApiError(
            f"the server answered {status} and sends the call elsewhere; that is followed for GET and HEAD only",
            hint="import the API again from where it is now",
        )
    # What servers leave unescaped is escaped, except for what parsers read in different ways.
    target = urljoin(outgoing.url, quote(location, safe=_AS_IT_STANDS)).partition("#")[0]
    origin = origin_of(target)
    if origin is None or start is None:
        raise ApiError("the server sends the call to something that is no HTTP address")
    if origin == start:
        return Outgoing(outgoing.method, target, outgoing.headers)
    if start.startswith("https:") and origin.startswith("http:"):
        raise ApiError(f"the server sends the call from https to {origin}: that is not followed")
    if redactor.found_in(target):
        raise ApiError(f"the server sends the credential on to {origin}: that is not followed")
    await _refuse_inward(start, origin)
    return Outgoing(outgoing.method, target, outgoing.public)


async def _refuse_inward(start: str, origin: str) -> None:
    there = await _reaches(origin)
    if there == {"public"}:
        return
    here = await _reaches(start)
    if "special" in there or not (here and there <= here | {"public"}):
        raise ApiError(
            f"{start} sends the call to {origin}, which is inside a network: that is not followed",
            hint="import the API from there, if that is what you want",
        )


async def _reaches(origin: str) -> set[Reach]:
    """Return what kinds of addresses a host has. Where a proxy does the looking up, an unknown name is public."""
    parts = urlsplit(origin)
    try:
        found = await anyio.getaddrinfo(parts.hostname or "", parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        from urllib.request import getproxies

        if getproxies().keys() & {"http", "https", "all"}:
            return {"public"}
        raise ApiUnavailableError(f"the server sends the call to {origin}, which cannot be found") from None
    return {reach(str(address[4][0]).partition("%")[0]) for address in found}


def reach(address: str) -> Reach:
    """Say from where an IP address can be reached. What only this machine or this network means is not `public`."""
    ip = ipaddress.ip_address(address)
    if ip.is_loopback:
        return "loopback"
    if isinstance(ip, ipaddress.IPv6Address):
        for network, shift in _EMBEDDING:
            if ip in network:
                return reach(str(ipaddress.IPv4Address((int(ip) >> shift) & 0xFFFFFFFF)))
    if any(ip.version == network.version and ip in network for network in _SPECIAL):
        return "special"
    if any(ip.version == network.version and ip in network for network in _PRIVATE):
        return "private"
    return "public" if ip.is_global else "special"
