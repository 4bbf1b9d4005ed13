import gzip
import json
import socket
import zlib

import anyio
import pytest
from http_operations import Caller, operation
from http_server import serving

from taskmatrix.api_platform.callers.http import HttpCalls, HttpLimits
from taskmatrix.api_platform.callers.http.answers import file_name
from taskmatrix.core.errors import (
    ApiAccessError,
    ApiArgumentError,
    ApiError,
    ApiLimitError,
    ApiUnavailableError,
)

SMALL = HttpLimits(seconds=0.4, answer_bytes=100_000)


@pytest.fixture(scope="module")
def server():
    with serving() as http:
        yield http


@pytest.fixture
def call(tmp_path):
    return Caller(tmp_path)


@pytest.fixture
def limited(tmp_path):
    return Caller(tmp_path, SMALL)


@pytest.mark.parametrize(
    ("body", "media_type", "value"),
    [
        (b'{"a": [1, 2.5, null, "\\u00fc"]}', "application/json; charset=utf-8", {"a": [1, 2.5, None, "ü"]}),
        (b"\xef\xbb\xbf[1]", "application/json", [1]),
        (b"[1]", "application/hal+json", [1]),
        ('["ü"]'.encode("latin-1"), "application/json; charset=iso-8859-1", ["ü"]),
        (b"123456789012345678901234567890", "text/json", 123456789012345678901234567890),
        (b"", "application/json", None),
        ("Grüße".encode(), "text/plain", "Grüße"),
        ("Grüße".encode("latin-1"), "text/plain; charset=latin-1", "Grüße"),
        (b"a\xff", "text/plain; charset=nonsense", "a\ufffd"),
        (b"<a/>", "application/xml", "<a/>"),
        (b"a,b\n1,2\n", "text/csv", "a,b\n1,2\n"),
        (b'{"a":1}\n{"a":2}\n', "application/x-ndjson", '{"a":1}\n{"a":2}\n'),
        (b'{"a": 1}', "", {"a": 1}),
        (b"plain", "", "plain"),
    ],
)
def test_answers_become_values_by_their_media_type(server, call, body, media_type, value) -> None:
    server.on("/value", lambda talk: talk.say(body, content_type=media_type))
    assert call(operation(server, path="/value")) == value


def test_nothing_is_none(server, call) -> None:
    server.on("/nothing", lambda talk: talk.wire(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert call(operation(server, path="/nothing")) is None
    assert call(operation(server, "HEAD", "/value")) is None


@pytest.mark.parametrize(
    "media_type", ["image/png", "application/pdf", "audio/mpeg", "image/svg+xml", "x/y", "broken"]
)
def test_what_is_neither_json_nor_text_is_kept_as_an_artifact(server, call, media_type) -> None:
    data = bytes(range(256))
    server.on("/files/pic%20one.png", lambda talk: talk.say(data, content_type=media_type))
    handle = call(operation(server, path="/files/{n}", parameters={"n": {"in": "path"}}), n="pic one.png")
    assert call.context.get_blob(handle["digest"]) == data
    assert (handle["name"], handle["size"], handle["path"]) == ("pic one.png", 256, None)
    assert handle["media_type"] == (media_type if "/" in media_type else "application/octet-stream")


@pytest.mark.parametrize(
    ("disposition", "path", "name"),
    [
        ('attachment; filename="report.pdf"', "/x", "report.pdf"),
        ("attachment; filename=report.pdf", "/x", "report.pdf"),
        ("attachment; filename=a.txt; filename*=UTF-8''%C3%BC%20b.txt", "/x", "ü b.txt"),
        ('attachment; filename="../../home/me/evil.sh"', "/x", "evil.sh"),
        ('attachment; filename="C:\\\\windows\\\\evil.exe"', "/x", "evil.exe"),
        ('attachment; filename="a\x1b[31m\u202eb.txt"', "/x", "a[31mb.txt"),
        ('attachment; filename=".."', "/dir/good.bin", "good.bin"),
        ("", "/", "answer.pdf"),
        ("", "/%2e%2e%2f%2e%2e%2fpasswd.d", "passwd.d"),
        ("", "/download", "download.pdf"),
        (f'attachment; filename="{"n" * 500}.tar"', "/x", "n" * 96 + ".tar"),
    ],
)
def test_the_name_of_a_file_that_came_is_never_a_path(disposition, path, name) -> None:
    assert file_name(disposition, path, "application/pdf") == name


@pytest.mark.parametrize(
    "body", [b"<html>oops</html>", b'{"a": NaN}', b'{"a": 1', b"[" * 100_000, b'"\\ud800"', b"1e999"]
)
def test_json_that_is_none_is_an_error_with_its_beginning(server, call, body) -> None:
    server.on("/broken", lambda talk: talk.say(body))
    with pytest.raises(ApiError) as failed:
        call(operation(server, path="/broken"))
    assert failed.value.code == "api-failed"
    assert body.decode()[:20] in failed.value.message
    assert len(failed.value.message) < 400


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [
        (400, ApiArgumentError, False),
        (422, ApiArgumentError, False),
        (401, ApiAccessError, False),
        (403, ApiAccessError, False),
        (404, ApiError, False),
        (409, ApiError, False),
        (418, ApiError, False),
        (429, ApiUnavailableError, True),
        (500, ApiUnavailableError, True),
        (501, ApiError, False),
        (503, ApiUnavailableError, True),
        (302, ApiError, False),
    ],
)
def test_failures_are_told_apart(server, call, status, error, retry) -> None:
    server.on("/fails", {"detail": "the reason"}, status=status, retry_after="7")
    with pytest.raises(ApiError) as failed:
        call(operation(server, path="/fails"))
    assert type(failed.value) is error
    assert failed.value.message == f"shop.do_it answered {status}: the reason"
    assert failed.value.retryable is retry
    assert not retry or failed.value.hint == "try again in 7 seconds"


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        (
            {"type": "about:blank", "title": "Out", "detail": "No credit"},
            "application/problem+json",
            "No credit (Out)",
        ),
        ({"error": {"code": 5, "message": "bad name", "status": "INVALID"}}, "application/json", "bad name"),
        ({"error": "invalid_grant", "error_description": "expired"}, "application/json", "expired (invalid_grant)"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "application/json", "one; two"),
        ({"detail": [{"loc": ["body", "a"], "msg": "field required"}]}, "application/json", "body.a: field required"),
        ({"Message": "gone"}, "application/json", "gone"),
        ({"fault": {"faultstring": "quota"}}, "application/json", "quota"),
        ({"errorMessages": ["no such issue"], "errors": {}}, "application/json", "no such issue"),
        ({"odd": 1}, "application/json", '{"odd": 1}'),
        (b"just words", "text/plain", "just words"),
        (b"<html><head><title>Bad gateway</title></head><p>x", "text/html", "Bad gateway"),
        (b"two\r\nlines\x1b[31m\x00", "text/plain", "two lines[31m"),
        (b"\xff\xfe\x00", "application/json", "\ufffd\ufffd"),
        (b"", "application/json", "Bad Request"),
        (b"y" * 100_000, "text/plain", "y" * 500 + "…"),
    ],
)
def test_the_servers_own_words_are_passed_on(server, call, body, media_type, said) -> None:
    server.on("/fails", body, status=400, content_type=media_type)
    with pytest.raises(ApiArgumentError) as failed:
        call(operation(server, path="/fails"))
    assert failed.value.message == f"shop.do_it answered 400: {said}"


def endless(talk):
    talk.wire(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:  # until the other side has had enough
        talk.wire(b"x" * 65_536)


def bomb(coding):
    def reply(talk):
        packed = zlib.compress(b"\0" * 50_000_000) if coding == "deflate" else gzip.compress(b"\0" * 50_000_000)
        talk.say(packed, content_type="text/plain", content_encoding=coding)

    return reply


def declared(talk):
    talk.wire(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10000000000\r\n\r\nx")


def header_flood(talk):
    talk.wire(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(1_000_000)) + b"\r\n")


def endless_header(talk):
    talk.wire(b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 1_000_000 + b"\r\n\r\n")


@pytest.mark.parametrize("reply", [endless, bomb("gzip"), bomb("deflate"), declared, header_flood, endless_header])
def test_answers_beyond_the_limits_are_cut(server, tmp_path, reply) -> None:
    server.on("/large", reply)
    with pytest.raises(ApiLimitError) as cut:
        Caller(tmp_path, HttpLimits(seconds=20, answer_bytes=100_000))(operation(server, path="/large"))
    assert cut.value.code == "api.limit"


def test_a_slow_answer_is_cut_and_a_silent_server_is_unavailable(server, limited) -> None:
    def drop_by_drop(talk):
        talk.wire(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not server.done.wait(0.05):
            talk.wire(b"x")

    server.on("/slow", drop_by_drop)
    with pytest.raises(ApiLimitError) as cut:
        limited(operation(server, path="/slow"))
    assert "0.4 seconds" in cut.value.message
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(ApiUnavailableError) as gone:
            limited(operation(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        assert "did not answer within 0.4 seconds" in gone.value.message


def test_a_failure_with_a_large_body_is_still_that_failure(server, limited) -> None:
    server.on("/fails", b"z" * 1_000_000, status=404, content_type="text/plain")
    with pytest.raises(ApiError) as failed:
        limited(operation(server, path="/fails"))
    assert "answered 404: zzz" in failed.value.message


def reset(talk):
    talk.wire(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    talk.hang_up()


def damaged(talk):
    talk.say(gzip.compress(b"hello" * 1000)[:-200] + b"garbage" * 30, content_encoding="gzip")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda talk: talk.hang_up(), ApiUnavailableError),
        (reset, ApiUnavailableError),
        (lambda talk: (talk.wire(b"SSH-2.0-nonsense\r\n\r\n"), talk.hang_up()), ApiUnavailableError),
        (damaged, ApiError),
        (lambda talk: talk.say(b"??", content_encoding="br"), ApiError),
    ],
)
def test_broken_answers_are_typed_errors(server, call, reply, error) -> None:
    server.on("/breaks", reply)
    with pytest.raises(ApiError) as failed:
        call(operation(server, path="/breaks"))
    assert type(failed.value) is error
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_a_server_that_does_not_run_is_unavailable(call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ApiUnavailableError) as failed:
        call(operation(f"http://127.0.0.1:{port}"))
    assert f"http://127.0.0.1:{port} cannot be reached" in failed.value.message
    with pytest.raises(ApiUnavailableError):
        call(operation("http://no-such-host.invalid"))


def redirect(target, status=302):
    return lambda talk: talk.say(b"", status=status, location=target)


def test_redirects_are_followed_for_reading_three_times(server, call) -> None:
    server.on("/end", [1])
    for hop in range(5):
        server.on(f"/hop{hop}", redirect(f"/hop{hop - 1}" if hop else "/end"))
    assert call(operation(server, path="/hop2")) == [1]
    with pytest.raises(ApiError) as failed:
        call(operation(server, path="/hop3"))
    assert "more than 3 times" in failed.value.message
    server.on("/loop", redirect("/loop"))
    before = len(server.seen)
    with pytest.raises(ApiError):
        call(operation(server, path="/loop"))
    assert len(server.seen) == before + 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_call_that_changes_something_is_never_sent_elsewhere(server, call, status) -> None:
    server.on("/moved", redirect("/end", status))
    before = len(server.seen)
    with pytest.raises(ApiError):
        call(operation(server, "POST", "/moved"))
    assert len(server.seen) == before + 1


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://0xa9fea9fe/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://168.63.129.16/",
        "http://0.0.0.0:1/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://224.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1\\@evil.example/",
        "http://127.0.0.1:99999/",
    ],
)
def test_redirects_to_the_inside_and_to_no_http_address_are_refused(server, call, target) -> None:
    server.on("/away", redirect(target))
    with pytest.raises(ApiError) as failed:
        call(operation(server, path="/away"))
    assert "sends the call to" in failed.value.message


def test_calls_share_a_connection_and_nothing_else(server, call) -> None:
    server.on("/cookie", {"a": 1}, set_cookie="id=secret; Path=/")

    async def run():
        calls = HttpCalls(call.vault)
        for path in ("/cookie", "/end", "/end"):
            await calls(operation(server, path=path), {}, call.context)
        await calls.aclose()
        await calls(operation(server, path="/end"), {}, call.context)  # opens a new one
        await calls.aclose()

    before = server.connections
    anyio.run(run)
    assert server.connections == before + 2
    assert all("Cookie" not in seen.headers for seen in server.seen[-3:])


def test_proxies_of_the_environment_never_get_calls_to_this_machine(server, call, monkeypatch) -> None:
    server.on("/end", [1])
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert call(operation(server, path="/end")) == [1]
    localhost = server.url.replace("127.0.0.1", "localhost")
    assert call(operation(localhost, path="/end")) == [1]
    with pytest.raises(ApiUnavailableError) as failed:
        call(operation("http://no-such-host.invalid"))
    assert "cannot be reached" in failed.value.message


def test_calls_can_go_to_another_server_than_the_document_names(server, call) -> None:
    document = operation("https://production.invalid/v1", path="/end")
    server.on("/sandbox/end", ["sandbox"])
    assert call(document, at=server.url + "/sandbox") == ["sandbox"]


def test_ten_megabytes_are_the_default(server, call) -> None:
    text = "x" * 9_999_000
    server.on("/big", text)
    assert call(operation(server, path="/big")) == text
    server.on("/big", lambda talk: talk.say(json.dumps(text + "y" * 2_000).encode()))
    with pytest.raises(ApiLimitError):
        call(operation(server, path="/big"))
