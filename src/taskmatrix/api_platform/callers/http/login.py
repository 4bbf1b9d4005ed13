"""Logging in to an API in the browser: OAuth 2 with an authorization code, PKCE and a loopback listener.

RFC 6749 §4.1 (the flow), RFC 7636 (PKCE, always with S256), RFC 8252 §7.3 (a loopback address and any free port).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
from anyio.abc import SocketStream

from taskmatrix.api_platform.callers.http import tokens
from taskmatrix.api_platform.callers.http.clients import Clients
from taskmatrix.api_platform.callers.http.schemes import PackageScheme, endpoint, flow_of, how_to_give
from taskmatrix.core.errors import CredentialError
from taskmatrix.core.stubs import clean
from taskmatrix.policy.credentials import Credentials
from taskmatrix.policy.origins import origin_of

_PATH = "/callback"
_LONGEST_REQUEST = 16_384


@dataclass(frozen=True, slots=True)
class Login:
    """One login to a package's API."""

    credentials: Credentials
    package: str
    scheme: PackageScheme

    async def run(self, show: Callable[[str], None], *, port: int = 0, seconds: float = 300) -> tokens.Tokens:
        """Hand `show` the address to open in a browser, wait for its answer, and keep the tokens.

        Raises CredentialError where the API has no such login, the client is not known, the server or the user
        says no, or nobody comes back in time.
        """
        flow = flow_of(self.scheme.scheme, "authorizationCode")
        if flow is None:
            raise CredentialError(
                f"{self.scheme.name!r} of {self.package!r} has no login in the browser",
                hint=how_to_give(self.package, self.scheme.name, self.scheme.scheme),
            )
        server = self.scheme.servers[0] if self.scheme.servers else ""
        token_url, login_url = endpoint(flow, "tokenUrl", server), endpoint(flow, "authorizationUrl", server)
        given = self.credentials.get(self.package, self.scheme.name, origin_of(token_url), kind="client")
        if given is None:
            raise CredentialError(
                f"to log in, {self.package!r} needs the id of a client that is registered with the API",
                hint="add --client-id ID (and --client-secret-stdin, if it has a secret)",
            )
        client = tokens.Client.of(given)
        declared = flow.get("scopes")
        scopes = self.scheme.scopes or (tuple(declared) if isinstance(declared, dict) else ())
        request = _Request(client.id, scopes)
        async with await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port) as listener:
            bound = int(listener.extra(anyio.abc.SocketAttribute.local_port))
            redirect = f"http://127.0.0.1:{bound}{_PATH}"
            code = await _wait(listener, request, lambda: show(request.url(login_url, redirect)), seconds)
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": request.verifier,
        }
        if client.secret is None:
            grant["client_id"] = client.id
        clients = Clients()
        try:
            found = await tokens.request_tokens(clients, token_url, client, grant, scopes=scopes, now=tokens.clock())
        finally:
            await clients.aclose()
        hosts = tuple(dict.fromkeys(o for s in self.scheme.servers if (o := origin_of(s))))
        found = found.model_copy(update={"hosts": hosts})
        tokens.keep(self.credentials, self.package, self.scheme.name, found)
        return found


def _random() -> str:
    return secrets.token_urlsafe(48)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent with the browser, and what must come back. `state` is RFC 6749 §10.12, `verifier` RFC 7636 §4.1."""

    client_id: str
    scopes: tuple[str, ...]
    state: str = field(default_factory=_random, repr=False)
    verifier: str = field(default_factory=_random, repr=False)

    def url(self, login_url: str, redirect: str) -> str:
        """Return the address to open."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect,
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
        } | ({"scope": " ".join(self.scopes)} if self.scopes else {})
        return f"{login_url}{'&' if urlsplit(login_url).query else '?'}{urlencode(fields)}"


async def _wait(
    listener: anyio.abc.Listener[SocketStream], request: _Request, ready: Callable[[], None], seconds: float
) -> str:
    """Serve the loopback address until the browser brings the code. Raises CredentialError."""
    found: list[str | CredentialError] = []

    async def answer(stream: SocketStream) -> None:
        async with stream:
            with anyio.move_on_after(10):
                outcome, page = _outcome(await _target(stream), request)
                await stream.send(page)
                if outcome is not None:
                    found.append(outcome)
        if found:
            scope.cancel()

    with anyio.move_on_after(seconds) as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(listener.serve, answer)
            ready()
    if not found:
        raise CredentialError(f"nobody logged in within {seconds:g} seconds", hint="run the command again")
    if isinstance(found[0], CredentialError):
        raise found[0]
    return found[0]


async def _target(stream: SocketStream) -> str:
    """Return what a browser asks for: the target in the first line of its request."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _LONGEST_REQUEST:
        try:
            data += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            break
    words = data.partition(b"\r\n")[0].split(b" ")
    return words[1].decode("ascii", "replace") if len(words) == 3 and words[0] == b"GET" else ""


def _outcome(target: str, request: _Request) -> "tuple[str | CredentialError | None, bytes]":
    """Return the code, the server's refusal, or None for what is not its answer; and the page to show."""
    parts = urlsplit(target)
    fields = {name: values[0] for name, values in parse_qs(parts.query, max_num_fields=50).items()}
    if parts.path != _PATH:
        return None, _page("404 Not Found", "There is nothing here.")
    if not hmac.compare_digest(fields.get("state", "").encode(), request.state.encode()):
        return None, _page("400 Bad Request", "This is not the answer to the login that was started.")
    if "code" in fields:
        return fields["code"], _page("200 OK", "You are logged in. This window can be closed.")
    why = clean(fields.get("error_description") or fields.get("error") or "no reason given")[:300]
    return CredentialError(f"the login was refused: {why}"), _page("200 OK", "The login was refused.")


def _page(status: str, text: str) -> bytes:
    body = f"<!doctype html><meta charset=utf-8><title>TaskMatrix</title><p>{text}</p>".encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
