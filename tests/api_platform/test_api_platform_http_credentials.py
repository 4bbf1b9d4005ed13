import base64
import json
import logging
from datetime import timedelta
from urllib.parse import quote

import pytest
from http_operations import Caller, operation
from http_server import serving

from taskmatrix.api_platform.callers.http import tokens
from taskmatrix.core.errors import ApiAccessError, ApiError, ApiNotCallableError, CredentialError, TaskMatrixError
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.vault import Vault

CANARY = "c4n4ry/s3cr3t+v4lue=="


@pytest.fixture(scope="module")
def server():
    with serving() as http:
        yield http


@pytest.fixture
def call(tmp_path):
    return Caller(tmp_path)


def give(call, server, scheme, value, kind="value"):
    call.vault.set_value("shop", scheme, Secret(value), hosts=[server.url], kind=kind)


def secured(server, auth, security=None, **options):
    return operation(server, auth=auth, security=security or [{name: []} for name in auth], **options)


KEY = {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}
BASIC = {"basic": {"type": "http", "scheme": "Basic"}}
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}


def test_each_kind_of_scheme_is_presented_in_its_place(server, call) -> None:
    for name, scheme, value, header, written in [
        ("a", {"type": "apiKey", "in": "header", "name": "X-Api-Key"}, "k1", "X-Api-Key", "k1"),
        ("b", {"type": "http", "scheme": "bearer"}, "t1", "Authorization", "Bearer t1"),
        ("c", {"type": "http", "scheme": "Basic"}, "u:p:q", "Authorization", "Basic dTpwOnE="),
        ("d", {"type": "apiKey", "in": "cookie", "name": "sid"}, "a;b", "Cookie", "sid=a%3Bb"),
        ("e", {"type": "openIdConnect", "openIdConnectUrl": "https://x"}, "t2", "Authorization", "Bearer t2"),
        ("f", {"type": "oauth2", "flows": {"implicit": {}}}, "t3", "Authorization", "Bearer t3"),
    ]:
        give(call, server, name, value)
        call(secured(server, {name: scheme}))
        assert server.last.headers[header] == written
    give(call, server, "q", "a&b=c")
    call(secured(server, {"q": {"type": "apiKey", "in": "query", "name": "api key"}}))
    assert server.last.target == "/things?api%20key=a%26b%3Dc"


def test_the_first_alternative_with_all_its_credentials_is_taken(server, call) -> None:
    auth = KEY | BASIC | BEARER
    document = secured(server, auth, [{"key": [], "basic": []}, {"bearer": []}, {}])
    call(document)
    assert "Authorization" not in server.last.headers
    give(call, server, "key", "kkkk")
    call(document)
    assert "X-Api-Key" not in server.last.headers
    give(call, server, "bearer", "tttt")
    call(document)
    assert server.last.headers["Authorization"] == "Bearer tttt"
    give(call, server, "basic", "u:pppp")
    call(document)
    assert (server.last.headers["X-Api-Key"], server.last.headers["Authorization"][:6]) == ("kkkk", "Basic ")


def test_a_missing_credential_says_which_command_gives_it(server, call) -> None:
    document = secured(server, KEY, package="my shop")
    before = len(server.seen)
    with pytest.raises(CredentialError) as failed:
        call(document)
    assert failed.value.message == "my shop.do_it needs a credential: 'key'"
    assert failed.value.hint == ("taskmatrix apis credentials set 'my shop' --scheme key --stdin (or --env VARIABLE)")
    flows = {"authorizationCode": {"authorizationUrl": "https://a/x", "tokenUrl": "https://a/t", "scopes": {}}}
    with pytest.raises(CredentialError) as failed:
        call(secured(server, {"oauth": {"type": "oauth2", "flows": flows}}))
    assert failed.value.hint == "taskmatrix apis login shop --scheme oauth"
    assert len(server.seen) == before


def test_a_document_that_changes_its_server_gets_no_credential_even_where_none_is_needed(server, call) -> None:
    call.vault.set_value("shop", "key", Secret("kkkk"), hosts=["https://api.example"])
    before = len(server.seen)
    for security in ([{"key": []}], [{"key": []}, {}], [{}, {"key": []}]):
        with pytest.raises(CredentialError) as failed:
            call(secured(server, KEY, security))
        assert "was given for https://api.example, not for" in failed.value.message
    with pytest.raises(CredentialError):
        call(secured("https://api.example", KEY), at=server.url)
    assert len(server.seen) == before


@pytest.mark.parametrize(
    ("scheme", "value", "error"),
    [
        ({"type": "http", "scheme": "basic"}, "no colon", CredentialError),
        ({"type": "http", "scheme": "digest"}, "u:p", CredentialError),
        ({"type": "mutualTLS"}, "x", CredentialError),
        ({"type": "apiKey", "in": "header", "name": "X"}, "two\r\nlines", CredentialError),
        ({"type": "apiKey", "in": "header", "name": "Host"}, "evil.example", ApiNotCallableError),
        ({"type": "apiKey", "in": "header", "name": "X\r\nY"}, "x", ApiNotCallableError),
        ({"type": "apiKey", "in": "nowhere", "name": "X"}, "x", ApiNotCallableError),
    ],
)
def test_credentials_that_cannot_be_presented_are_errors_without_the_value(server, call, scheme, value, error) -> None:
    give(call, server, "s", value)
    before = len(server.seen)
    with pytest.raises(error) as failed:
        call(secured(server, {"s": scheme}))
    assert value not in failed.value.message or len(value) < 2
    assert len(server.seen) == before


def test_a_scheme_the_document_does_not_describe_cannot_be_called(server, call) -> None:
    with pytest.raises(ApiNotCallableError):
        call(operation(server, security=[{"ghost": []}]))


def test_a_refused_credential_says_how_to_give_another(server, call) -> None:
    give(call, server, "key", "kkkk")
    server.on("/refuses", {"message": "key kkkk is not valid"}, status=401)
    with pytest.raises(ApiAccessError) as failed:
        call(secured(server, KEY, path="/refuses"))
    assert failed.value.message == "shop.do_it answered 401: key *** is not valid"
    assert "taskmatrix apis credentials set shop --scheme key" in (failed.value.hint or "")


def test_credentials_stay_behind_when_a_redirect_leaves_the_host(call) -> None:
    with serving() as first, serving() as second:
        auth = KEY | {"cookie": {"type": "apiKey", "in": "cookie", "name": "sid"}} | BEARER
        for name in auth:
            give(call, first, name, f"secret-{name}")
        tenant = {"t": {"in": "header", "name": "X-Tenant"}}
        document = secured(first, auth, [{name: [] for name in auth}], path="/go", parameters=tenant)
        first.on("/go", lambda talk: talk.say(b"", status=307, location=f"{second.url}/other"))
        call(document, t="me")
        assert sorted(second.last.headers) == ["Accept", "Accept-Encoding", "Connection", "Host", "User-Agent"]
        first.on("/go", lambda talk: talk.say(b"", status=307, location="/here"))
        call(document, t="me")
        assert first.last.path == "/here"
        assert first.last.headers["X-Api-Key"] == "secret-key"
        first.on("/go", lambda talk: talk.say(b"", status=302, location=f"{second.url}/?k=secret-key"))
        before = len(second.seen)
        with pytest.raises(ApiError) as failed:
            call(document, t="me")
        assert "secret" not in failed.value.message
        assert len(second.seen) == before


def client_credentials(url="/token", scopes=("read",)):
    flows = {"clientCredentials": {"tokenUrl": url, "scopes": dict.fromkeys(scopes, "")}}
    return {"oauth": {"type": "oauth2", "flows": flows}}


class TokenServer:
    """Gives out `token-1`, `token-2`, … and lets in whoever has one that is not revoked."""

    def __init__(self, server, *, expires=3600, wants="header", refresh=False) -> None:
        self.given, self.revoked, self.asked = 0, set(), []
        self.expires, self.wants, self.refresh = expires, wants, refresh
        server.on("/token", self.give)
        server.on("/guarded", self.guard)

    def give(self, talk) -> None:
        form = {name: values[0] for name, values in talk.seen.form.items()}
        self.asked.append(form)
        header = "Basic " + base64.b64encode(b"id:s%20%2Fx").decode()
        in_header = talk.seen.headers.get("Authorization") == header
        if not (in_header if self.wants == "header" else form.get("client_secret") == "s /x"):
            talk.say({"error": "invalid_client", "error_description": f"unknown {form} {header}"}, status=401)
            return
        self.given += 1
        answer = {"access_token": f"token-{self.given}", "token_type": "Bearer"}
        if self.expires is not None:
            answer["expires_in"] = self.expires
        if self.refresh:
            answer["refresh_token"] = f"refresh-{self.given}"
        talk.say(answer)

    def guard(self, talk) -> None:
        token = talk.seen.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or token in self.revoked:
            talk.say({"message": f"{token} is not valid"}, status=401)
        else:
            talk.say({"you": token, "deep": [f"x {token} y"]})


@pytest.mark.parametrize("wants", ["header", "body"])
def test_client_credentials_become_a_token_that_is_used_until_it_expires(server, call, wants) -> None:
    service = TokenServer(server, wants=wants)
    give(call, server, "oauth", "id:s /x", kind="client")
    document = secured(server, client_credentials(), [{"oauth": ["read"]}], path="/guarded")
    assert call(document) == {"you": "***", "deep": ["x *** y"]}
    assert call(document) == {"you": "***", "deep": ["x *** y"]}
    assert service.given == 1
    assert service.asked[-1]["grant_type"] == "client_credentials"
    assert service.asked[-1]["scope"] == "read"


@pytest.fixture
def service(server, call):
    made = TokenServer(server, wants="body")
    give(call, server, "oauth", "id:s /x", kind="client")
    return made


def guarded(server, scopes=("read",), **options):
    return secured(server, client_credentials(**options), [{"oauth": list(scopes)}], path="/guarded")


def test_an_expired_token_is_replaced_before_the_call(server, call, service) -> None:
    service.expires = 10  # less than what is allowed for the way
    call(guarded(server))
    call(guarded(server))
    assert service.given == 2
    assert server.last.headers["Authorization"] == "Bearer token-2"


def test_a_token_the_server_takes_back_is_replaced_once(server, call, service) -> None:
    call(guarded(server))
    service.revoked = {"token-1"}
    assert call(guarded(server)) == {"you": "***", "deep": ["x *** y"]}
    assert service.given == 2
    service.revoked = {f"token-{n}" for n in range(9)}
    with pytest.raises(ApiAccessError) as failed:
        call(guarded(server))
    assert service.given == 3
    assert failed.value.message == "shop.do_it answered 401: *** is not valid"


def test_more_scopes_than_the_token_has_are_asked_for(server, call, service) -> None:
    call(guarded(server))
    call(guarded(server, ["write"]))
    call(guarded(server, ["read", "write"]))
    assert [asked["scope"] for asked in service.asked if "client_secret" in asked] == ["read", "read write"]


def test_a_refresh_token_is_used_before_the_client(server, call, service) -> None:
    service.refresh = True
    call(guarded(server))
    service.revoked = {"token-1"}
    call(guarded(server))
    assert service.asked[-1]["grant_type"] == "refresh_token"
    assert service.asked[-1]["refresh_token"] == "refresh-1"


def test_a_refused_client_is_an_error_in_the_servers_words(server, call) -> None:
    TokenServer(server)
    give(call, server, "oauth", "id:wrong-secret", kind="client")
    with pytest.raises(CredentialError) as failed:
        call(guarded(server))
    assert "gives no bearer token (401): unknown" in failed.value.message
    assert "wrong-secret" not in failed.value.message


@pytest.mark.parametrize(
    "answer", [{"error": "nope"}, {"access_token": 5}, [], {"access_token": "leaked", "token_type": "mac"}]
)
def test_an_answer_without_a_bearer_token_is_an_error_that_quotes_no_token(server, call, service, answer) -> None:
    server.on("/token", answer)
    with pytest.raises(CredentialError) as failed:
        call(guarded(server))
    assert "no bearer token" in failed.value.message
    assert "leaked" not in failed.value.message


def test_the_client_is_shown_only_to_the_token_server_it_was_given_for(server, call, service) -> None:
    with serving() as evil:
        with pytest.raises(CredentialError) as failed:
            call(guarded(server, url=f"{evil.url}/token"))
        assert "was given for" in failed.value.message
        with pytest.raises(CredentialError) as failed:
            call(guarded(server, url="http://token.example/token"))
        assert "is no https address" in failed.value.message
        assert evil.seen == []


def test_a_token_goes_only_to_servers_the_client_was_given_for(server, call, service) -> None:
    with serving() as other:
        flows = {"clientCredentials": {"tokenUrl": f"{server.url}/token", "scopes": {}}}
        elsewhere = secured(other, {"oauth": {"type": "oauth2", "flows": flows}})
        with pytest.raises(CredentialError, match="was given for"):
            call(elsewhere)
        assert other.seen == []
        assert service.given == 0


def test_tokens_are_kept_encrypted_for_the_next_process(server, call, service) -> None:
    call(guarded(server))
    home = call.folder / "home"
    assert b"token-1" not in b"".join(p.read_bytes() for p in home.iterdir())
    again = Vault(home, environment={})
    held = tokens.kept(again, "shop", "oauth", server.url)
    assert held.access_token == "token-1"
    assert "token-1" not in repr(held)
    assert held.serves(["read"], tokens.clock())
    assert not held.serves(["read"], tokens.clock() + timedelta(hours=1))


def forms(secret):
    raw = secret.encode()
    whole = base64.b64encode(raw).decode()
    return {secret, quote(secret, safe=""), whole, whole.rstrip("="), raw.hex(), json.dumps(secret)[1:-1], secret[:-2]}


def boom(talk):
    talk.say(
        {"error": {"message": f"bad header {dict(talk.seen.headers)} at {talk.seen.target} {talk.seen.body}"}},
        status=500,
    )


def binary(talk):
    talk.say(b"\x00" + str(dict(talk.seen.headers)).encode() + talk.seen.target.encode(), content_type="image/png")


def text(talk):
    talk.say(f"{talk.seen.target} {dict(talk.seen.headers)}".encode(), content_type="text/plain")


def redirect(talk):
    talk.say(b"", status=302, location=f"http://127.0.0.2:1{talk.seen.target}")


def broken_json(talk):
    talk.say(f"{{{talk.seen.target} {dict(talk.seen.headers)}".encode())


@pytest.mark.parametrize("reply", [None, boom, binary, text, redirect, broken_json, lambda talk: talk.hang_up()])
@pytest.mark.parametrize(
    "scheme",
    [
        {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        {"type": "apiKey", "in": "query", "name": "key"},
        {"type": "apiKey", "in": "cookie", "name": "key"},
        {"type": "http", "scheme": "bearer"},
        {"type": "http", "scheme": "basic"},
    ],
)
def test_a_canary_is_found_nowhere_after_calls_that_succeed_and_fail(call, scheme, reply, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    with serving() as server:
        give(call, server, "s", f"user:{CANARY}" if scheme.get("scheme") == "basic" else CANARY)
        if reply is not None:
            server.on("/things", reply)
        shown = []
        try:
            value = call(secured(server, {"s": scheme}, method="POST", parameters={"a": {"in": "json"}}), a="b")
            shown.append(repr(value))
        except TaskMatrixError as error:
            chain = [error, error.__cause__, error.__context__]
            shown += [repr(e) + str(e.args) + str(getattr(e, "hint", "")) for e in chain if e is not None]
        assert forms(CANARY) & {CANARY, quote(CANARY, safe="")}
        sent = str(dict(server.last.headers)) + server.last.target
        basic = base64.b64encode(f"user:{CANARY}".encode()).decode()
        assert any(form in sent for form in forms(CANARY) | {basic})
    out, err = capfd.readouterr()
    shown += [out, err, caplog.text, *(str(r.__dict__) for r in caplog.records)]
    shown += [repr(call.context.blobs), str(call.context.state)]
    shown += [p.read_bytes().decode("latin-1") for p in call.folder.rglob("*") if p.is_file()]
    for form in forms(CANARY) | {basic}:
        assert all(form not in text for text in shown), form


def test_the_librarys_lines_about_other_peoples_calls_stay(server, caplog) -> None:
    import httpx2

    caplog.set_level(logging.INFO)
    with httpx2.Client() as client:
        client.get(server.url)
    assert "HTTP Request: GET" in caplog.text


def test_our_own_log_says_what_was_called_and_nothing_of_what_with(server, call, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    call(operation(server, parameters={"q": {"in": "query"}}), q="private-words")
    assert "shop.do_it answered 200" in caplog.text
    assert "private-words" not in caplog.text
