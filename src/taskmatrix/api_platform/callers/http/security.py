"""Presenting credentials: which of the document's alternatives, and what it adds to the request."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskmatrix.api_platform.callers.http import tokens
from taskmatrix.api_platform.callers.http.clients import Clients
from taskmatrix.api_platform.callers.http.requests import Pair, Presented, checked_header
from taskmatrix.api_platform.callers.http.schemes import endpoint, flow_of, how_to_give
from taskmatrix.api_platform.http_sources import HttpSource, SecurityScheme, security_schemes
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiNotCallableError, CredentialError
from taskmatrix.policy.credentials import Credentials
from taskmatrix.policy.origins import origin_of


@dataclass(frozen=True, slots=True)
class _Use:
    """One scheme for one call. `renew` says that the token in hand was refused."""

    document: ApiDocument
    name: str
    scheme: SecurityScheme
    scopes: tuple[str, ...]
    server: str
    renew: bool

    @property
    def origin(self) -> str:
        return origin_of(self.server) or ""


@dataclass(frozen=True, slots=True)
class Presenter:
    """Turns the security of a document into parts of a request."""

    credentials: Credentials
    clients: Clients

    async def present(
        self, document: ApiDocument, source: HttpSource, server: str, *, renew: bool = False
    ) -> Presented:
        """Present the first alternative for which all credentials are there; none only where none is needed.

        Raises CredentialError with the command that gives what lacks, also for a credential that is there and
        cannot be used: then nothing is sent without it behind the user's back.
        """
        alternatives = [dict(a) for a in source.security]
        if not alternatives:
            return Presented()
        schemes = security_schemes(document)
        problem: CredentialError | None = None
        lacking: list[str] = []
        for alternative in sorted(alternatives, key=lambda a: not a):  # `{}` last, else as they stand
            try:
                found = await self._alternative(document, schemes, alternative, server, renew=renew)
            except CredentialError as error:
                problem = problem or error
                continue
            if not isinstance(found, Presented):
                lacking += [n for n in found if n not in lacking]
            elif alternative or problem is None:
                return found
        raise problem or _missing(document, schemes, lacking)

    async def _alternative(
        self,
        document: ApiDocument,
        schemes: Mapping[str, SecurityScheme],
        alternative: Mapping[str, tuple[str, ...]],
        server: str,
        *,
        renew: bool,
    ) -> "Presented | Sequence[str]":
        """Return what an alternative adds, or the names of the schemes whose credentials are not there."""
        presented, lacking = Presented(), list[str]()
        for name, scopes in alternative.items():
            scheme = schemes.get(name)
            if scheme is None:
                raise ApiNotCallableError(
                    f"{document.id} cannot be called: its document does not describe the security scheme {name!r}",
                    hint="import its source again",
                )
            part = await self._scheme(_Use(document, name, scheme, tuple(scopes), server, renew))
            if part is None:
                lacking.append(name)
            else:
                presented = _joined(presented, part)
        return lacking or presented

    async def _scheme(self, use: _Use) -> Presented | None:
        secret = self.credentials.get(use.document.package, use.name, use.origin)
        if secret is not None:
            return _with_value(use, secret.reveal().strip("\r\n"))
        if use.scheme.type != "oauth2":
            return None
        return await self._with_tokens(use)

    async def _with_tokens(self, use: _Use) -> Presented | None:
        """Present an OAuth access token: kept, refreshed (RFC 6749 §6), or fetched for the client itself (§4.4)."""
        package = use.document.package
        held = tokens.kept(self.credentials, package, use.name, use.origin)
        if held is not None and not use.renew and held.serves(use.scopes, tokens.clock()):
            return _bearer(held.access_token, held.secrets, renewable=True)
        fresh = await self._refreshed(use, held) if held is not None else None
        if fresh is None:
            fresh = await self._for_client(use, held)
        if fresh is not None:
            hosts = tuple(dict.fromkeys([*(held.hosts if held else ()), use.origin]))
            tokens.keep(self.credentials, package, use.name, fresh.model_copy(update={"hosts": hosts}))
            return _bearer(fresh.access_token, fresh.secrets, renewable=True)
        if held is not None:
            raise CredentialError(
                f"the login of {package!r} ({use.name}) has expired, or lacks rights this call needs",
                hint=how_to_give(package, use.name, use.scheme),
            )
        return None

    async def _refreshed(self, use: _Use, held: tokens.Tokens) -> tokens.Tokens | None:
        flow = flow_of(use.scheme, "authorizationCode") or flow_of(use.scheme, "clientCredentials")
        if flow is None or held.refresh_token is None:
            return None
        url = endpoint(flow, "refreshUrl" if flow.get("refreshUrl") else "tokenUrl", use.server)
        client = self._client(use, url)
        if client is None:
            return None
        grant = {"grant_type": "refresh_token", "refresh_token": held.refresh_token}
        try:
            return await tokens.request_tokens(
                self.clients, url, client, grant, scopes=held.scopes, now=tokens.clock()
            )
        except CredentialError:
            # Where a refresh token serves once, another process may have been faster.
            now = tokens.kept(self.credentials, use.document.package, use.name, use.origin)
            return now if now is not None and now.access_token != held.access_token else None

    async def _for_client(self, use: _Use, held: tokens.Tokens | None) -> tokens.Tokens | None:
        flow = flow_of(use.scheme, "clientCredentials")
        if flow is None:
            return None
        url = endpoint(flow, "tokenUrl", use.server)
        client = self._client(use, url)
        if client is None:
            return None
        # The token goes to the server: it must be one that the client was given for, too.
        self.credentials.get(use.document.package, use.name, use.origin, kind="client")
        if client.secret is None:
            raise CredentialError(
                f"the client of {use.document.package!r} ({use.name}) has no secret",
                hint=f"give ID:SECRET: {how_to_give(use.document.package, use.name, use.scheme)}",
            )
        scopes = tuple(dict.fromkeys([*(held.scopes if held else ()), *use.scopes]))
        grant = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        return await tokens.request_tokens(self.clients, url, client, grant, scopes=scopes, now=tokens.clock())

    def _client(self, use: _Use, url: str) -> tokens.Client | None:
        """Return the client, if there is one. Raises CredentialError if it was given for other hosts than this."""
        secret = self.credentials.get(use.document.package, use.name, origin_of(url), kind="client")
        return tokens.Client.of(secret) if secret is not None else None


def _with_value(use: _Use, value: str) -> Presented:
    scheme = use.scheme
    if any(c < " " or c == "\x7f" for c in value):
        raise CredentialError(f"the credential {use.name!r} of {use.document.package!r} holds control characters")
    if scheme.type == "apiKey" and scheme.name:
        pair = Pair(scheme.name, value)
        if scheme.place == "query":
            return Presented(query=(pair,), secrets=(value,))
        if scheme.place == "cookie":
            return Presented(cookies=(pair,), secrets=(value,))
        checked_header(scheme.name)
        bare = value.partition(" ")[2].strip()  # `Bearer abc`: the second part alone is as secret
        return Presented(headers=(pair,), secrets=(value, bare) if bare else (value,))
    kind = (scheme.scheme or "").lower()
    if scheme.type in ("oauth2", "openIdConnect") or (scheme.type == "http" and kind == "bearer"):
        return _bearer(value, (value,))
    if scheme.type == "http" and kind == "basic":
        user, colon, password = value.partition(":")
        if not colon:
            raise CredentialError(
                f"the credential {use.name!r} of {use.document.package!r} is to be USER:PASSWORD",
                hint=how_to_give(use.document.package, use.name),
            )
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        return Presented(headers=(Pair("Authorization", f"Basic {encoded}"),), secrets=(value, password, encoded))
    raise CredentialError(
        f"{use.document.id} wants credentials of the kind {scheme.type} {kind}".rstrip() + ", which is not supported"
    )


def _bearer(token: str, secrets: Sequence[str], *, renewable: bool = False) -> Presented:
    return Presented(headers=(Pair("Authorization", f"Bearer {token}"),), secrets=tuple(secrets), renewable=renewable)


def _joined(one: Presented, other: Presented) -> Presented:
    return Presented(
        one.headers + other.headers,
        one.query + other.query,
        one.cookies + other.cookies,
        one.secrets + other.secrets,
        one.renewable or other.renewable,
    )


def _missing(document: ApiDocument, schemes: Mapping[str, SecurityScheme], lacking: Sequence[str]) -> CredentialError:
    names = ", ".join(repr(n) for n in lacking)
    commands = [how_to_give(document.package, n, schemes.get(n)) for n in lacking]
    return CredentialError(f"{document.id} needs a credential: {names}", hint=" or ".join(commands))
