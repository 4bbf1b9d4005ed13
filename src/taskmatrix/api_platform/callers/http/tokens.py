"""OAuth 2 tokens: what a token endpoint gives out (RFC 6749 §5.1), kept in the vault until it expires."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, quote_plus, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taskmatrix.api_platform.callers.http.clients import Clients
from taskmatrix.api_platform.callers.http.explanations import explain
from taskmatrix.api_platform.callers.http.requests import Outgoing, Pair
from taskmatrix.api_platform.callers.http.sending import Answer, HttpLimits, Progress, send
from taskmatrix.core.errors import CredentialError
from taskmatrix.policy.credentials import Credentials, Secret
from taskmatrix.policy.origins import origin_of
from taskmatrix.policy.redaction import Redactor

_EARLY = timedelta(seconds=30)
"""A token is renewed this long before it expires."""

_LIFETIME = 300
"""Seconds a token is used for whose server does not say how long it lasts."""

_LIMITS = HttpLimits(answer_bytes=100_000)


class Tokens(BaseModel):
    """Tokens as they are kept, encrypted; `hosts` are the servers they are for. `repr` shows none of them."""

    model_config = ConfigDict(frozen=True)

    access_token: str = Field(repr=False)
    refresh_token: str | None = Field(default=None, repr=False)
    expires: datetime | None = None
    scopes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def serves(self, scopes: Sequence[str], now: datetime) -> bool:
        """Whether the access token can be used now, for these scopes."""
        return (self.expires is None or now < self.expires - _EARLY) and set(scopes) <= set(self.scopes)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything in it that nobody may see."""
        return (self.access_token, *((self.refresh_token,) if self.refresh_token else ()))


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client: `secret` is None for a public one (RFC 6749 §2.1)."""

    id: str
    secret: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, given: Secret) -> "Client":
        """Read `ID:SECRET`, or `ID` alone."""
        identifier, colon, secret = given.reveal().strip().partition(":")
        return cls(identifier, secret if colon and secret else None)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may see, also as it stands in a header."""
        return (self.secret, quote_plus(self.secret), self.basic) if self.secret else ()

    @property
    def basic(self) -> str:
        """The client as the value of basic authentication (RFC 6749 §2.3.1: both parts are form-encoded first)."""
        pair = f"{quote(self.id, safe='')}:{quote(self.secret or '', safe='')}"
        return base64.b64encode(pair.encode()).decode()


async def request_tokens(
    clients: Clients, url: str, client: Client, grant: Mapping[str, str], *, scopes: Sequence[str], now: datetime
) -> Tokens:
    """Ask a token endpoint for tokens (RFC 6749 §3.2).

    The client authenticates in a header or, where the server refuses that, in the body (§2.3.1). Raises
    CredentialError with what the server says, ApiUnavailableError.
    """

    private = Redactor((*client.secrets, *(v for k, v in grant.items() if k in _PRIVATE)))
    answer = await _ask(clients, url, client, grant, private, in_header=client.secret is not None)
    if client.secret is not None and answer.status in (400, 401) and b"invalid_client" in answer.content:
        answer = await _ask(clients, url, client, grant, private, in_header=False)
    try:
        given = _TokenAnswer.model_validate_json(answer.content) if answer.status == 200 else None
    except ValidationError:
        given = None
    if given is None or given.token_type.lower() not in ("bearer", ""):
        # Not what a broken answer says: it may hold half a token.
        said = private.text(explain(answer)) if answer.status != 200 or b'"error"' in answer.content else ""
        raise CredentialError(
            f"{origin_of(url)} gives no bearer token ({answer.status}): {said or answer.reason or 'no reason given'}",
            hint="check the client id and secret, or log in again",
        )
    lifetime = given.expires_in if given.expires_in is not None else _LIFETIME
    granted = given.scope.split() if given.scope else scopes
    return Tokens(
        access_token=given.access_token,
        refresh_token=given.refresh_token or grant.get("refresh_token"),
        expires=now + timedelta(seconds=max(0.0, min(lifetime, 10 * 365 * 86_400))),
        # What was asked for counts as granted: a server that grants less says no at the call, not at each fetch.
        scopes=tuple(dict.fromkeys([*scopes, *granted])),
    )


def keep(credentials: Credentials, package: str, scheme: str, tokens: Tokens) -> None:
    """Keep tokens for the servers they are for. Raises CredentialError."""
    secret = Secret(tokens.model_dump_json())
    credentials.set_value(package, scheme, secret, hosts=tokens.hosts, kind="tokens", beside=True)


def kept(credentials: Credentials, package: str, scheme: str, host: str) -> Tokens | None:
    """Return the tokens kept for a server; None for none, or for what cannot be read any more."""
    secret = credentials.get(package, scheme, host, kind="tokens")
    try:
        return Tokens.model_validate_json(secret.reveal()) if secret is not None else None
    except ValidationError:
        return None


def clock() -> datetime:
    """Return the time by which tokens expire."""
    return datetime.now(UTC)


class _TokenAnswer(BaseModel):
    access_token: str
    token_type: str = ""
    expires_in: float | None = None
    refresh_token: str | None = None
    scope: str | None = None


_PRIVATE = frozenset(("code", "code_verifier", "refresh_token", "client_secret"))


async def _ask(
    clients: Clients, url: str, client: Client, grant: Mapping[str, str], private: Redactor, *, in_header: bool
) -> Answer:
    fields = dict(grant)
    headers = [Pair("Accept", "application/json"), Pair("Content-Type", "application/x-www-form-urlencoded")]
    if in_header:
        headers.append(Pair("Authorization", f"Basic {client.basic}"))
    else:
        fields |= {"client_id": client.id} | ({"client_secret": client.secret} if client.secret else {})
    outgoing = Outgoing("POST", url, tuple(headers), urlencode(fields).encode())
    return await send(clients, outgoing, _LIMITS, private, Progress())
