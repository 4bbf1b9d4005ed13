"""Where an API is served: one absolute address with nothing left open.

What a call goes to is settled here, once. The host is the document's word, or the user's (`--server`), and never
comes from an argument.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.api_platform.importers.openapi.literal_keys import refuse_key
from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.policy.origins import origin_of

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CREDENTIAL = re.compile(r"token|secret|passw|api[-_]?key", re.IGNORECASE)
_HINT = "say where it is served with --server URL"


@dataclass(frozen=True, slots=True)
class _Candidate:
    address: str
    secret: bool = False


class ServerReader:
    """Reads the servers of one document; `base` is the address it came from, `stated` what the user says."""

    def __init__(self, document: Node, remarks: Remarks, *, base: str | None, stated: str | None) -> None:
        self._document = document
        self._remarks = remarks
        self._base = base
        self._stated = checked_server(stated) if stated is not None else None
        self._known: dict[str, str | None] = {}
        # What the document itself says is a part of its identity, wherever the user has it served.
        self.own = self._own()

    def read(self, given: JsonValue, path: str) -> str | None:
        """Return the server of a `servers` list, or of the document where there is none. Raises ImportRefusedError."""
        if self._stated is not None:
            return self._stated
        if not isinstance(given, list) or not given:
            return self.own
        key = repr(given)
        if key not in self._known:
            self._known[key] = self._listed(given, path)
        return self._known[key]

    def _own(self) -> str | None:
        try:
            if "swagger" in self._document:
                return self._swagger()
            return self._listed(_servers(self._document), "servers")
        except ImportRefusedError as error:
            if self._stated is not None and error.code == "doc.invalid":
                return None  # what is left open there, the user has settled
            raise

    def _listed(self, servers: Sequence[JsonValue], path: str) -> str | None:
        found = [self._candidate(node(server), f"{path}.{i}") for i, server in enumerate(servers)]
        usable = [c.address for c in found if c is not None and not c.secret]
        if self._stated is None and any(c is not None and c.secret for c in found):
            self._remarks.add(
                "the address of the server holds a credential, which is kept nowhere: it cannot be called"
            )
        if not usable:
            if self._stated is None:
                self._remarks.add(f"no server is known, so nothing here can be called: {_HINT}")
            return None
        return next((address for address in usable if address.lower().startswith("https:")), usable[0])

    def _candidate(self, server: Node, path: str) -> _Candidate | None:
        url = text(server, "url").strip()
        refuse_key(url, f"{path}.url")
        variables = part(server, "variables")
        address, secret = url, False
        for name in dict.fromkeys(_VARIABLE.findall(url)):
            variable = part(variables, name)
            where = f"{path}.variables.{name}"
            value = _default(variable)
            refuse_key(value or "", f"{where}.default")
            if not value and _covers_host(url, name):
                raise _refusal(f"{where}: the host is left open, with neither a default nor a list of values", where)
            secret = secret or _CREDENTIAL.search(name) is not None
            address = address.replace(
                "{" + name + "}", (value or "").strip("/") if _in_path(url, name) else value or ""
            )
        return self._absolute(address, path, secret=secret)

    def _absolute(self, address: str, path: str, *, secret: bool) -> _Candidate | None:
        scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", address)
        if not scheme and address.startswith("//") and self._base is None:
            address = "https:" + address
        elif not scheme:
            if self._base is None:
                return None
            address = urljoin(self._base, address)
        elif scheme[1].lower() not in ("http", "https"):
            self._remarks.add(f"a server of the scheme {scheme[1]!r} was left out")
            return None
        where = f"{path}.url"
        if "@" in urlsplit(address).netloc:
            raise _refusal(f"{where}: the address holds a user name", where, "secret.in_doc", "leave it out")
        if origin_of(address) is None or not _HOST.fullmatch(urlsplit(address).hostname or ""):
            self._remarks.add(f"{where}: {address[:100]!r} is no address of a server; left out")
            return None
        return _Candidate(address.rstrip("/"), secret)

    def _swagger(self) -> str | None:
        host, base_path = text(self._document, "host"), text(self._document, "basePath").strip("/")
        schemes = [s.lower() for s in texts(self._document, "schemes")]
        refuse_key(host, "host")
        if "{" in host:
            raise _refusal("host: the host is left open", "host")
        here = urlsplit(self._base) if self._base else None
        if not schemes:
            schemes = [here.scheme if here else "https"]
        scheme = "https" if "https" in schemes else next((s for s in schemes if s == "http"), "")
        if not scheme:
            self._remarks.add(f"a server of the scheme {schemes[0]!r} was left out")
        if not host and here:
            host = here.netloc
        url = f"{scheme}://{host}/{base_path}" if host and scheme else ""
        found: list[JsonValue] = [{"url": url}] if url else []
        return self._listed(found, "host")


def checked_server(stated: str) -> str:
    """Return the address a user gives as the server. Raises ImportRefusedError for what is none."""
    if origin_of(stated) is None or urlsplit(stated).query or urlsplit(stated).fragment:
        raise ImportRefusedError(
            f"{stated!r} is no address of a server", hint="it looks like https://api.example.com/v1, without user name"
        )
    return stated.rstrip("/")


def _servers(document: Node) -> list[JsonValue]:
    given = document.get("servers")
    # OpenAPI: without a list, it is served where the document lies.
    return given if isinstance(given, list) and given else [{"url": "/"}]


def _default(variable: Node) -> str | None:
    given = variable.get("default")
    values = variable.get("enum")
    if given in (None, "") and isinstance(values, list) and values:
        given = values[0]
    return str(given) if isinstance(given, str | int | float) else None


def _covers_host(url: str, name: str) -> bool:
    before = url.partition("{" + name + "}")[0]
    authority = before.partition("//")[2] if "//" in before else None
    return (authority is None and not before.startswith("/")) or (authority is not None and "/" not in authority)


def _in_path(url: str, name: str) -> bool:
    return url.partition("{" + name + "}")[0].endswith("/") and not _covers_host(url, name)


def _refusal(message: str, path: str, code: str = "doc.invalid", hint: str = _HINT) -> ImportRefusedError:
    return ImportRefusedError(message, path=path, code=code, hint=hint)
