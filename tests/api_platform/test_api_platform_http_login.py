import base64
import hashlib
import threading
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import pytest
from http_operations import Caller, operation
from http_server import serving

from taskmatrix.api_platform.callers.http import Login, schemes_of
from taskmatrix.core.errors import CredentialError
from taskmatrix.policy.credentials import Secret


@pytest.fixture
def server():
    with serving() as http:
        yield http


def auth(refresh=False):
    flow = {"authorizationUrl": "/authorize?tenant=1", "tokenUrl": "/token", "scopes": {"read": "", "write": ""}}
    return {"oauth": {"type": "oauth2", "flows": {"authorizationCode": flow}}}


def document(server):
    return operation(server, path="/guarded", auth=auth(), security=[{"oauth": ["read"]}])


class Browser:
    """Opens the address it is shown, as a person's browser would, and comes back with a code."""

    def __init__(self, answer) -> None:
        self.answer, self.pages, self.asked, self.threads = answer, [], {}, []

    def __call__(self, url) -> None:
        self.url = url
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        thread = threading.Thread(target=self.come_back)
        thread.start()
        self.threads.append(thread)

    def come_back(self) -> None:
        for path, fields in self.answer(self.asked):
            back = self.asked["redirect_uri"].replace("/callback", path)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with opener.open(f"{back}?{urlencode(fields)}", timeout=10) as page:
                    self.pages.append((page.status, page.read().decode()))
            except urllib.error.HTTPError as error:
                with error:
                    self.pages.append((error.code, error.read().decode()))


def agrees(asked):
    yield "/callback", {"code": "the-code", "state": asked["state"]}


def log_in(tmp_path, server, browser, client="app", seconds=10):
    call = Caller(tmp_path)
    scheme = schemes_of([document(server)])["oauth"]
    if client:
        call.vault.set_value("shop", "oauth", Secret(client), hosts=scheme.hosts, kind="client")

    async def run():
        return await Login(call.vault, "shop", scheme).run(browser, seconds=seconds)

    try:
        anyio.run(run)
    finally:
        for thread in browser.threads:
            thread.join()
    return call


def token_server(server):
    asked = []

    def give(talk) -> None:
        asked.append({name: values[0] for name, values in talk.seen.form.items()})
        number = len(asked)
        talk.say({"access_token": f"token-{number}", "refresh_token": f"refresh-{number}", "expires_in": 3600})

    def guard(talk) -> None:
        good = talk.seen.headers.get("Authorization") == f"Bearer token-{len(asked)}" and len(asked) != 1
        talk.say({"ok": True}) if good else talk.say({"message": "no"}, status=401)

    server.on("/token", give)
    server.on("/guarded", guard)
    return asked


def test_a_login_proves_itself_with_pkce_and_its_tokens_are_used_and_refreshed(tmp_path, server) -> None:
    asked = token_server(server)
    browser = Browser(agrees)
    call = log_in(tmp_path, server, browser)
    assert browser.url.startswith(f"{server.url}/authorize?tenant=1&response_type=code&client_id=app&")
    assert browser.asked["code_challenge_method"] == "S256"
    assert browser.asked["scope"] == "read"
    assert browser.asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert browser.pages[0][0] == 200
    assert asked[0]["grant_type"] == "authorization_code"
    assert asked[0]["code"] == "the-code"
    assert asked[0]["client_id"] == "app"
    assert asked[0]["redirect_uri"] == browser.asked["redirect_uri"]
    digest = hashlib.sha256(asked[0]["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == browser.asked["code_challenge"]
    assert 43 <= len(asked[0]["code_verifier"]) <= 128
    # The server says 401 to the first token: it is refreshed, and the call made again.
    assert call(document(server)) == {"ok": True}
    assert asked[1] == {"grant_type": "refresh_token", "refresh_token": "refresh-1", "client_id": "app"}
    kept = b"".join(p.read_bytes() for p in (tmp_path / "home").iterdir())
    assert b"refresh-" not in kept
    assert b"token-1" not in kept


def test_only_the_answer_with_the_right_state_counts(tmp_path, server) -> None:
    def forged(asked):
        yield "/callback", {"code": "evil"}
        yield "/callback", {"code": "evil", "state": "guessed"}
        yield "/callback", {"error": "denied", "state": "guessed"}
        yield "/favicon.ico", {"code": "evil", "state": asked["state"]}
        yield from agrees(asked)

    asked = token_server(server)
    browser = Browser(forged)
    log_in(tmp_path, server, browser)
    assert [status for status, _ in browser.pages] == [400, 400, 400, 404, 200]
    assert [a["code"] for a in asked] == ["the-code"]


def test_a_refusal_is_an_error_in_the_servers_words(tmp_path, server) -> None:
    def refuses(asked):
        yield "/callback", {"error": "access_denied", "error_description": "No\x1b[31m way", "state": asked["state"]}

    with pytest.raises(CredentialError) as failed:
        log_in(tmp_path, server, Browser(refuses))
    assert failed.value.message == "the login was refused: No[31m way"


def test_a_client_with_a_secret_shows_it_in_the_header(tmp_path, server) -> None:
    asked = token_server(server)
    log_in(tmp_path, server, Browser(agrees), client="app:s3cret")
    assert "client_secret" not in asked[0]
    assert server.last.headers["Authorization"] == "Basic " + base64.b64encode(b"app:s3cret").decode()


def test_nobody_coming_back_and_no_client_are_errors(tmp_path, server) -> None:
    with pytest.raises(CredentialError) as failed:
        log_in(tmp_path / "a", server, Browser(lambda asked: ()), seconds=0.2)
    assert "nobody logged in within 0.2 seconds" in failed.value.message
    with pytest.raises(CredentialError) as failed:
        log_in(tmp_path / "b", server, Browser(agrees), client=None)
    assert "--client-id" in (failed.value.hint or "")


def test_an_expired_login_without_a_refresh_token_says_so(tmp_path, server) -> None:
    token_server(server)
    server.on("/token", {"access_token": "short", "expires_in": 0})
    call = log_in(tmp_path, server, Browser(agrees))
    with pytest.raises(CredentialError) as failed:
        call(document(server))
    assert "has expired" in failed.value.message
    assert failed.value.hint == "taskmatrix apis login shop --scheme oauth"


def test_the_schemes_of_a_package_come_with_their_hosts_and_scopes(server) -> None:
    key = {"type": "apiKey", "in": "header", "name": "X"}
    flow = {"tokenUrl": "https://login.example/token", "refreshUrl": "https://fresh.example/r"}
    oauth = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    found = schemes_of(
        [
            operation("https://a.example/v1", auth={"key": key}, security=[{"key": []}]),
            operation("https://b.example", auth={"key": key, "oauth": oauth}, security=[{"oauth": ["r", "w"]}]),
            operation("https://c.example", auth={"oauth": oauth}, security=[{"oauth": ["w", "x"]}]),
            operation(None, auth={"broken": 5}),
            operation("https://d.example"),
        ]
    )
    assert sorted(found) == ["key", "oauth"]
    assert found["key"].hosts == ("https://a.example", "https://b.example")
    assert found["key"].kind == "value"
    assert found["oauth"].hosts == (
        "https://b.example",
        "https://login.example",
        "https://fresh.example",
        "https://c.example",
    )
    assert found["oauth"].scopes == ("r", "w", "x")
    assert found["oauth"].kind == "client"
