"""The address of a call: the document's server, its path with the arguments in it, its query.

The server comes from the document alone; no argument reaches scheme, host, port or user name.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from pydantic import JsonValue

from taskmatrix.api_platform.callers.http import styles
from taskmatrix.api_platform.http_sources import HttpParameter, HttpSource
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError, ApiNotCallableError
from taskmatrix.policy.origins import origin_of

_VARIABLE = re.compile(r"\{([+]?)([^{}/]+)\}")
_DOTS = (".", "..")
_PLAIN_IN_PATH = "/:@!$&'()*+,;=~%"
_PLAIN_IN_QUERY = _PLAIN_IN_PATH + "?[]"

Variables = Mapping[str, tuple[HttpParameter, JsonValue]]
"""The arguments that stand in the path, by their names there."""


def checked_server(document: ApiDocument, source: HttpSource, override: str | None = None) -> str:
    """Return the server a call goes to. Raises ApiNotCallableError for none, or one that is no plain address."""
    server = override if override is not None else source.server
    if server is None:
        raise ApiNotCallableError(
            f"{document.id} cannot be called: its document names no server",
            hint="import its source again from the address it is served at",
        )
    if origin_of(server) is None or "#" in server:
        raise ApiNotCallableError(f"{document.id} cannot be called: {server!r} is no address of a server")
    return server


def build_url(server: str, path: str, variables: Variables, query: Sequence[str]) -> str:
    """Return the URL of a call, encoded. Raises ApiArgumentError, ApiNotCallableError."""
    base, _, base_query = server.partition("?")
    template, _, fixed_query = path.partition("#")[0].partition("?")
    segments = [_segment(segment, variables) for segment in template.split("/")]
    tail = "/".join(segments)
    url = base.rstrip("/") + ("" if tail.startswith("/") or not tail else "/") + tail
    fixed = [_filled(q, variables, _PLAIN_IN_QUERY) for q in (base_query, fixed_query) if q]
    parts = [*fixed, *query]
    return f"{url}?{'&'.join(parts)}" if parts else url


def _segment(template: str, variables: Variables) -> str:
    """Fill one segment of a path. It stays one, unless the document itself says otherwise (`reserved`)."""
    segment = _filled(template, variables, _PLAIN_IN_PATH)
    if any(unquote(part) in _DOTS for part in segment.split("/")):
        names = [found[2] for found in _VARIABLE.finditer(template)]
        if names:
            raise ApiArgumentError(f"{', '.join(names)}: the path of an address takes no '.' or '..'")
        raise ApiNotCallableError("the path of this API holds '.' or '..'", hint="import its source again")
    return segment


def _filled(template: str, variables: Variables, plain: str) -> str:
    pieces: list[str] = []
    last = 0
    for found in _VARIABLE.finditer(template):
        pieces += [quote(template[last : found.start()], safe=plain), _variable(found[2], found[1], variables)]
        last = found.end()
    return "".join([*pieces, quote(template[last:], safe=plain)])


def _variable(name: str, plus: str, variables: Variables) -> str:
    name = name if name in variables else plus + name  # some documents take RFC 6570's `+` for a part of the name
    if name not in variables:
        raise ApiNotCallableError(
            f"the path variable {name!r} is no parameter of this API", hint="import its source again"
        )
    spec, value = variables[name]
    if value in (None, "", [], {}):
        raise ApiArgumentError(f"{name} stands in the path of the address: it cannot be left out or empty")
    text = styles.in_path(name, value, spec.model_copy(update={"reserved": True}) if plus else spec)
    _refuse_steps(name, text)
    return text


def _refuse_steps(name: str, encoded: str) -> None:
    """Refuse `..` between slashes, encoded or not, and control characters.

    Encoded, `../x` is one segment on the wire. Servers and proxies that decode it before they look at the path would
    leave the folder all the same, and no honest value looks like that.
    """
    decoded = unquote(encoded)
    steps = re.split(r"[/\\]", decoded)
    if len(steps) > 1 and any(step in _DOTS for step in steps):
        raise ApiArgumentError(f"{name}: the path of an address takes no '.' or '..' between slashes")
    if any(c < " " or c == "\x7f" for c in decoded):
        raise ApiArgumentError(f"{name}: the path of an address takes no control characters")
