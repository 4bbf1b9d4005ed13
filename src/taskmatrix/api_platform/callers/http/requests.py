"""A request, put together from a document, its arguments and what the security schemes add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.api_platform.callers.http import styles
from taskmatrix.api_platform.callers.http.addresses import build_url
from taskmatrix.api_platform.callers.http.bodies import Body
from taskmatrix.api_platform.http_sources import HttpParameter, HttpSource
from taskmatrix.core.errors import ApiArgumentError, ApiNotCallableError

NOT_FOR_ARGUMENTS = frozenset(
    "host content-length transfer-encoding connection keep-alive upgrade te trailer expect proxy-connection "
    "proxy-authorization http2-settings accept-encoding cookie".split()
)
"""Headers that say how a message is carried, or to whom: no argument and no document sets them."""

OURS = frozenset(("accept-encoding", "connection", "content-length"))
"""Those of them that documents ask for and that every request has: what an argument says of them is left out."""

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

_ACCEPT = "application/json, */*;q=0.8"


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and what goes with it, in a header, a query or a cookie."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """What the security schemes add to a request. `secrets` are all values in it that nobody may see again."""

    headers: tuple[Pair, ...] = ()
    query: tuple[Pair, ...] = ()
    cookies: tuple[Pair, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it is sent. Only `public` headers go along when a redirect leads to another host."""

    method: str
    url: str = field(repr=False)
    headers: tuple[Pair, ...] = ()
    content: bytes | None = field(default=None, repr=False)

    @property
    def public(self) -> tuple[Pair, ...]:
        """The headers that are nobody's secret."""
        return tuple(h for h in self.headers if h.name.lower() in ("accept", "user-agent"))


def build_request(
    source: HttpSource, server: str, arguments: Mapping[str, JsonValue], body: Body | None, presented: Presented
) -> Outgoing:
    """Put a request together. Raises ApiArgumentError naming the parameter, ApiNotCallableError."""
    query: list[str] = []
    cookies: list[str] = []
    headers: dict[str, Pair] = {"accept": Pair("Accept", source.accept or _ACCEPT)}
    # A path has no gaps: one that is not given is as wrong as an empty one, whatever the document says.
    paths = {n: spec for n, spec in source.parameters.items() if spec.place == "path"}
    variables: dict[str, tuple[HttpParameter, JsonValue]] = {s.name or n: (s, None) for n, s in paths.items()}
    for parameter, value in arguments.items():
        spec = source.parameters[parameter]
        name = spec.name or parameter
        if spec.place == "path":
            variables[name] = (spec, value)
        elif spec.place in ("query", "cookie", "header") and value is not None:
            try:
                if spec.place == "query":
                    query += styles.in_query(name, value, spec)
                elif spec.place == "cookie":
                    cookies += styles.in_cookie(name, value, spec)
                elif name.lower() not in OURS:
                    headers[name.lower()] = Pair(checked_header(name), styles.in_header(value, spec))
            except ApiArgumentError as error:
                raise ApiArgumentError(f"{parameter}: {error.message}", hint=error.hint) from None
    if body is not None:
        headers["content-type"] = _content_type(headers.get("content-type"), body, source)
    for pair in presented.headers:
        headers[pair.name.lower()] = Pair(checked_header(pair.name), pair.value)
    query += [f"{styles.encode(p.name)}={styles.encode(p.value)}" for p in presented.query]
    cookies += [f"{styles.encode(p.name)}={styles.encode(p.value)}" for p in presented.cookies]
    if cookies:
        headers["cookie"] = Pair("Cookie", "; ".join(cookies))
    url = build_url(server, source.path, variables, query)
    content = body.content if body is not None else None
    return Outgoing(source.method.upper(), url, tuple(headers.values()), content)


def checked_header(name: str) -> str:
    """Return the name of a header that may be set. Raises ApiNotCallableError."""
    if not name or not set(name) <= _TOKEN or name.lower() in NOT_FOR_ARGUMENTS:
        raise ApiNotCallableError(f"the header {name!r} cannot be set", hint="import its source again")
    return name


def _content_type(given: Pair | None, body: Body, source: HttpSource) -> Pair:
    """Say what the body is; for a body sent as it is, the caller may say it more exactly."""
    as_it_is = any(p.place == "body" for p in source.parameters.values())
    return given if given is not None and as_it_is else Pair("Content-Type", body.media_type)


def header_bytes(pairs: Sequence[Pair]) -> list[tuple[bytes, bytes]]:
    """Return headers as they go over the wire: UTF-8, which for most of them is ASCII."""
    return [(p.name.encode("ascii"), p.value.encode("utf-8", "replace")) for p in pairs]
