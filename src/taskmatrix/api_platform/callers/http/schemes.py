"""The security schemes of a package, over all its documents: for giving credentials, and for saying what lacks."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from pydantic import JsonValue

from taskmatrix.api_platform.http_sources import KIND, SecurityScheme, http_source, security_schemes
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiNotCallableError, CredentialError
from taskmatrix.policy.credentials import CredentialKind
from taskmatrix.policy.origins import is_loopback, origin_of

CLIENT_FLOWS = ("clientCredentials", "authorizationCode")


@dataclass(frozen=True, slots=True)
class PackageScheme:
    """A scheme as the documents of a package use it: `hosts` are the servers and the token servers."""

    name: str
    scheme: SecurityScheme
    hosts: tuple[str, ...]
    servers: tuple[str, ...]
    scopes: tuple[str, ...] = ()

    @property
    def kind(self) -> CredentialKind:
        """What a person gives for it: an OAuth client where tokens can be fetched, else the value itself."""
        return "client" if any(flow_of(self.scheme, name) for name in CLIENT_FLOWS) else "value"


def schemes_of(documents: Iterable[ApiDocument]) -> Mapping[str, PackageScheme]:
    """Return the schemes of documents by name; those that cannot be read are left out."""
    found: dict[str, PackageScheme] = {}
    for document in documents:
        try:
            schemes = security_schemes(document)
            source = http_source(document) if document.source.kind == KIND else None
        except ApiNotCallableError:
            continue
        url = source.server if source is not None else _text((document.source.model_extra or {}).get("url"))
        for name, scheme in schemes.items():
            before = found.get(name) or PackageScheme(name, scheme, (), ())
            scopes = [s for use in (source.security if source else ()) for s in use.get(name, ())]
            servers = _more(before.servers, [url] if url and origin_of(url) else [])
            found[name] = PackageScheme(
                name,
                scheme,
                _more(before.hosts, filter(None, [origin_of(url or ""), *_token_origins(scheme, url or "")])),
                servers,
                _more(before.scopes, scopes),
            )
    return found


def flow_of(scheme: SecurityScheme, name: str) -> Mapping[str, JsonValue] | None:
    """Return one OAuth flow of a scheme, if it has that."""
    return (scheme.flows or {}).get(name) if scheme.type == "oauth2" else None


def endpoint(flow: Mapping[str, JsonValue], key: str, server: str) -> str:
    """Return the address of an OAuth endpoint, which a document may give relative to its server.

    Raises CredentialError for none, or for one without https (RFC 6749 §3.1, §3.2): only this machine may do without.
    """
    given = _text(flow.get(key))
    if not given:
        raise CredentialError(f"the document names no {key} for its OAuth flow", hint="import its source again")
    url = urljoin(server.rstrip("/") + "/", given)
    origin = origin_of(url)
    if origin is None or not (origin.startswith("https:") or is_loopback(origin)):
        raise CredentialError(f"the {key} {url!r} is no https address: no credential goes there")
    return url


def how_to_give(package: str, name: str, scheme: SecurityScheme | None = None) -> str:
    """Return the command that gives a credential."""
    given = f"{shlex.quote(package)} --scheme {shlex.quote(name)}"
    flows = (scheme.flows or {}) if scheme else {}
    if "authorizationCode" in flows and "clientCredentials" not in flows:
        return f"taskmatrix apis login {given}"
    return f"taskmatrix apis credentials set {given} --stdin (or --env VARIABLE)"


def _token_origins(scheme: SecurityScheme, server: str) -> list[str | None]:
    flows = [flow for name in CLIENT_FLOWS if (flow := flow_of(scheme, name))]
    urls = [url for flow in flows for key in ("tokenUrl", "refreshUrl") if (url := _text(flow.get(key)))]
    return [origin_of(urljoin(server.rstrip("/") + "/", url)) for url in urls]


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value else None


def _more(before: tuple[str, ...], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*before, *new]))
