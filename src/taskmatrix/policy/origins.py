"""Where a URL leads: scheme, host and port, as one text that can be compared."""

import ipaddress
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """Return `https://name` or `https://name:port` (RFC 6454); None for what is no plain HTTP address.

    Refused are other schemes, missing hosts, user names, and characters that parsers read in different ways.
    """
    if any(c <= " " or c in '\\"<>^`{|}\x7f' for c in url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc or "%" in parts.netloc:
        return None
    name = f"[{host}]" if ":" in host else host.lower()
    return f"{scheme}://{name}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{name}:{port}"


def is_loopback(origin: str) -> bool:
    """Whether an origin names this very machine: `localhost`, `127.0.0.0/8`, `::1`."""
    host = urlsplit(origin).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
