import json
from email import policy as email_policy
from email.parser import BytesParser
from urllib.parse import unquote

import pytest
from http_operations import Caller, operation
from http_server import serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskmatrix.api_platform.callers.http.addresses import build_url
from taskmatrix.api_platform.callers.http.styles import in_header
from taskmatrix.api_platform.http_sources import HttpParameter
from taskmatrix.core.errors import ApiArgumentError, ApiFileError, ApiNotCallableError

TEXT = {"type": "string"}


@pytest.fixture(scope="module")
def server():
    with serving() as http:
        yield http


@pytest.fixture
def call(tmp_path):
    return Caller(tmp_path)


def spec(place="path", **fields) -> HttpParameter:
    return HttpParameter.model_validate({"in": place, **fields})


def url(value, path="/a/{x}/z", server="https://host.example/base", **fields) -> str:
    return build_url(server, path, {"x": (spec(**fields), value)}, [])


def test_an_operation_that_takes_an_idempotency_key_is_given_that_of_the_call(server, call) -> None:
    key = {"in": "header", "name": "Idempotency-Key"}
    document = operation(server, "POST", "/payments", {"idempotency_key": key})
    call(document)
    assert server.last.headers["Idempotency-Key"] == call.context.key != ""
    call(document, idempotency_key="mine")
    assert server.last.headers["Idempotency-Key"] == "mine"
    call(operation(server, "POST", "/payments", {}))
    assert "Idempotency-Key" not in server.last.headers


def test_arguments_go_where_the_document_says(server, call) -> None:
    document = operation(
        server,
        "POST",
        "/users/{id}/notes",
        {
            "id": {"in": "path", "required": True, "schema": TEXT},
            "page": {"in": "query", "schema": {"type": "integer"}},
            "trace": {"in": "header", "name": "X-Trace"},
            "session": {"in": "cookie"},
            "title": {"in": "json", "required": True, "schema": TEXT},
            "kind": {"in": "json", "name": "type"},
        },
    )
    call(document, id="a/b ü", page=2, trace="t 1", session="s;1", title="Hi", kind=None)
    seen = server.last
    assert (seen.method, seen.target) == ("POST", "/users/a%2Fb%20%C3%BC/notes?page=2")
    assert seen.headers["X-Trace"] == "t 1"
    assert seen.headers["Cookie"] == "session=s%3B1"
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.json == {"title": "Hi"}


@pytest.mark.parametrize(
    ("fields", "value", "target"),
    [
        ({}, [1, "b,c", True], "x=1&x=b%2Cc&x=true"),
        ({"explode": False}, [1, "b,c"], "x=1,b%2Cc"),
        ({"style": "spaceDelimited", "explode": False}, ["a", "b c"], "x=a%20b%20c"),
        ({"style": "pipeDelimited", "explode": False}, ["a", "b|c"], "x=a%7Cb%7Cc"),
        ({"style": "pipeDelimited"}, ["a", "b"], "x=a%7Cb"),
        ({}, {"r": 1, "g": "2&3"}, "r=1&g=2%263"),
        ({"explode": False}, {"r": 1, "g": 2}, "x=r,1,g,2"),
        ({"style": "deepObject"}, {"a": {"b": 1}, "c": [2]}, "x%5Ba%5D%5Bb%5D=1&x%5Bc%5D%5B0%5D=2"),
        ({"content": "application/json"}, {"a": [1]}, "x=%7B%22a%22%3A%5B1%5D%7D"),
        ({"reserved": True}, "a/b?c&d", "x=a/b?c%26d"),
        ({}, "a+b c&d=e#f", "x=a%2Bb%20c%26d%3De%23f"),
        ({}, 3.0, "x=3"),
        ({}, 0.5, "x=0.5"),
        ({}, [], ""),
    ],
)
def test_query_values_are_written_in_the_style_of_the_document(server, call, fields, value, target) -> None:
    call(operation(server, parameters={"x": {"in": "query", **fields}}), x=value)
    assert server.last.target.partition("?")[2] == target


@pytest.mark.parametrize(
    ("fields", "value", "segment"),
    [
        ({}, [1, "a/b"], "1,a%2Fb"),
        ({}, {"r": 1, "g": 2}, "r,1,g,2"),
        ({"explode": True}, {"r": 1, "g": 2}, "r=1,g=2"),
        ({"style": "label"}, [1, 2], ".1.2"),
        ({"style": "matrix"}, [1, 2], ";x=1,2"),
        ({"style": "matrix", "explode": True}, [1, 2], ";x=1;x=2"),
        ({}, "a;b,c?d#e%2e", "a%3Bb%2Cc%3Fd%23e%252e"),
        ({"reserved": True}, "projects/p/things/1:go", "projects/p/things/1:go"),
        ({"reserved": True}, "a?b#c", "a%3Fb%23c"),
    ],
)
def test_path_values_are_written_in_the_style_of_the_document(fields, value, segment) -> None:
    assert url(value, **fields) == f"https://host.example/base/a/{segment}/z"


@settings(max_examples=300)
@given(st.text(min_size=1), st.sampled_from(["/a/{x}/z", "/a/{x}.json/z", "/a/v{x}/z"]))
def test_any_argument_of_a_path_is_exactly_one_segment(value, path) -> None:
    try:
        made = url(value, path)
    except ApiArgumentError:
        return
    assert made.startswith("https://host.example/base/a/")
    assert made.isascii()
    segment = made.removeprefix("https://host.example/base/a/").removesuffix("/z")
    assert not set("/?#\\ ") & set(segment)
    assert segment not in (".", "..")
    before, after = path.removeprefix("/a/").removesuffix("/z").split("{x}")
    assert unquote(segment) == before + value + after


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.one_of(st.text(min_size=1, max_size=30), st.sampled_from(["@evil.example/", "//evil", "\\evil", "x@y"]))
)
def test_on_the_wire_an_argument_reaches_neither_host_nor_another_path(server, call, value) -> None:
    document = operation(server, path="/only/{x}", parameters={"x": {"in": "path", "required": True}})
    before = len(server.seen)
    try:
        call(document, x=value)
    except ApiArgumentError:
        assert len(server.seen) == before
        return
    assert server.last.target.startswith("/only/")
    assert server.last.target.count("/") == 2
    assert server.last.headers["Host"] == server.url.removeprefix("http://")


@pytest.mark.parametrize("value", [".", "..", "../../admin", "a/../b", "..\\x", "a/./b", "x\x00", "x\n", "", [], None])
@pytest.mark.parametrize("reserved", [False, True])
def test_steps_and_control_characters_and_nothing_are_refused_in_paths(value, reserved) -> None:
    with pytest.raises(ApiArgumentError) as refused:
        url(value, reserved=reserved)
    assert "x" in refused.value.message


def test_two_arguments_together_make_no_step() -> None:
    with pytest.raises(ApiArgumentError):
        build_url("https://h.example", "/a/{x}{y}", {"x": (spec(), "."), "y": (spec(), ".")}, [])


def test_the_path_of_the_server_and_fixed_parts_of_the_query_stay() -> None:
    made = build_url("https://h.example/v1/?tenant=1", "/a?mode=x#frag", {}, ["b=2"])
    assert made == "https://h.example/v1/a?tenant=1&mode=x&b=2"


def test_a_plus_in_a_template_keeps_slashes_whether_or_not_it_is_in_the_name() -> None:
    for name in ("x", "+x"):
        made = build_url("https://h.example", "/v1/{+x}:go", {name: (spec(), "a/b c")}, [])
        assert made == "https://h.example/v1/a/b%20c:go"


def test_a_path_variable_that_is_no_parameter_cannot_be_called(server, call) -> None:
    with pytest.raises(ApiNotCallableError) as refused:
        call(operation(server, path="/a/{nowhere}"))
    assert "'nowhere'" in refused.value.message


def test_a_path_variable_that_the_document_calls_optional_is_needed_all_the_same(server, call) -> None:
    with pytest.raises(ApiArgumentError) as refused:
        call(operation(server, path="/a/{x}", parameters={"x": {"in": "path"}}))
    assert "x stands in the path" in refused.value.message


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "/relative",
        "ftp://h.example",
        "file:///etc",
        "https://",
        "https://{host}/v1",
        "https://good@h.example",
        "https://h.example\\@evil",
        "https://h.example:port",
        "https://h.example/#f",
        "//h.example",
        " https://h.example",
    ],
)
def test_what_is_no_address_of_a_server_is_never_called(call, address) -> None:
    with pytest.raises(ApiNotCallableError):
        call(operation(address))


@settings(max_examples=300)
@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_no_value_of_a_header_adds_another(value) -> None:
    try:
        written = in_header(value, spec("header"))
    except ApiArgumentError:
        assert any(c < " " or c == "\x7f" for c in value)
        return
    assert "\r" not in written
    assert "\n" not in written


def test_line_breaks_in_headers_are_refused_by_the_name_of_the_parameter(server, call) -> None:
    document = operation(server, parameters={"trace": {"in": "header", "name": "X-Trace"}})
    before = len(server.seen)
    with pytest.raises(ApiArgumentError) as refused:
        call(document, trace="a\r\nX-Admin: 1")
    assert "trace" in refused.value.message
    assert len(server.seen) == before
    call(document, trace="naïve")
    assert server.last.headers["X-Trace"].encode("latin-1").decode() == "naïve"


@pytest.mark.parametrize("name", ["Host", "host", "Transfer-Encoding", "Upgrade", "X-A\r\nB", "X A", ""])
def test_headers_that_carry_the_message_are_nobodys_to_set(server, call, name) -> None:
    document = operation(server, parameters={"x": {"in": "header", "name": name or " "}})
    with pytest.raises(ApiNotCallableError):
        call(document, x="evil.example")


def test_headers_that_every_request_has_stay_as_they_are(server, call) -> None:
    for name, written in (
        ("Accept-Encoding", "gzip, deflate"),
        ("Content-Length", None),
        ("Connection", "keep-alive"),
    ):
        call(operation(server, parameters={"x": {"in": "header", "name": name, "required": True}}), x="7")
        assert server.last.headers[name] == written


def test_nothing_given_is_nothing_sent_and_null_is_said_where_the_schema_knows_it(server, call) -> None:
    maybe = {"type": ["string", "null"]}
    document = operation(
        server,
        "POST",
        parameters={
            "a": {"in": "json", "schema": TEXT},
            "b": {"in": "json", "schema": maybe},
            "c": {"in": "json", "schema": {"type": "string", "nullable": True}},
            "d": {"in": "query", "schema": maybe},
        },
    )
    call(document, a=None, b=None, c=None, d=None)
    assert server.last.json == {"b": None, "c": None}
    assert server.last.target == "/things"
    call(document)
    assert server.last.json == {}


def test_a_required_parameter_that_states_a_default_is_sent_with_it(server, call) -> None:
    parameters = {"api-version": {"in": "query", "required": True, "schema": {"default": "2024-01"}}}
    call(operation(server, parameters=parameters))
    assert server.last.target == "/things?api-version=2024-01"


def test_a_get_without_fields_has_no_body(server, call) -> None:
    call(operation(server, parameters={"a": {"in": "json"}}))
    assert server.last.body == b""
    assert "Content-Type" not in server.last.headers


def test_forms_are_written_as_the_document_says(server, call) -> None:
    parameters = {
        "name": {"in": "form"},
        "tags": {"in": "form"},
        "items": {"in": "form", "style": "deepObject"},
    }
    call(operation(server, "POST", parameters=parameters), name="a&b", tags=["x", "y"], items=[{"price": 1}])
    assert server.last.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert server.last.form == {"name": ["a&b"], "tags": ["x", "y"], "items[0][price]": ["1"]}


def parts_of(seen):
    head = f"Content-Type: {seen.headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=email_policy.HTTP).parsebytes(head + seen.body)
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_filename(),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    }


def test_multipart_takes_files_by_path_and_by_handle(server, call) -> None:
    (call.folder / "cat.png").write_bytes(b"\x89PNG\r\n--x")
    digest = call.context.put_blob(b"%PDF")
    handle = {"name": "../a\r\nb.pdf", "media_type": "application/pdf", "digest": digest, "size": 4, "path": None}
    binary = {"type": "string", "format": "binary"}
    document = operation(
        server,
        "POST",
        parameters={
            "picture": {"in": "multipart", "schema": binary, "required": True},
            "paper": {"in": "multipart", "schema": {"anyOf": [binary, {"type": "object"}]}},
            "title": {"in": "multipart", "schema": TEXT},
            "meta": {"in": "multipart", "schema": {"type": "object"}},
        },
        body="multipart/form-data",
    )
    call(document, picture="cat.png", paper=handle, title='Ü "1"', meta={"a": 1})
    assert parts_of(server.last) == {
        "picture": ("cat.png", "image/png", b"\x89PNG\r\n--x"),
        "paper": ("a%0D%0Ab.pdf", "application/pdf", b"%PDF"),
        "title": (None, "text/plain", 'Ü "1"'.encode()),
        "meta": (None, "application/json", b'{"a":1}'),
    }
    with pytest.raises(ApiFileError):
        call(document, picture="missing.png")
    with pytest.raises(ApiArgumentError):
        call(document, picture=3)


@pytest.mark.parametrize(
    ("media_type", "value", "sent"),
    [
        ("application/json", [1, {"a": None}], b'[1,{"a":null}]'),
        ("application/merge-patch+json", {"a": None}, b'{"a":null}'),
        ("text/plain", "Grüße", "Grüße".encode()),
        ("text/plain; charset=latin-1", "Grüße", "Grüße".encode("latin-1")),
        ("application/xml", "<a/>", b"<a/>"),
        ("application/x-ndjson", [{"a": 1}, 2], b'{"a":1}\n2\n'),
        ("application/x-www-form-urlencoded", {"a": "b c", "l": [1, 2]}, b"a=b%20c&l=1&l=2"),
        ("application/octet-stream", "data.bin", b"\x00\x01"),
    ],
)
def test_a_whole_body_is_sent_as_its_media_type_wants(server, call, media_type, value, sent) -> None:
    (call.folder / "data.bin").write_bytes(b"\x00\x01")
    document = operation(server, "PUT", parameters={"body": {"in": "body", "required": True}}, body=media_type)
    call(document, body=value)
    assert server.last.body == sent
    assert server.last.headers["Content-Type"] == media_type


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
@pytest.mark.parametrize("place", ["json", "query", "path", "form"])
def test_what_cannot_be_written_is_an_argument_error_and_not_sent(server, call, value, place) -> None:
    path = "/a/{x}" if place == "path" else "/a"
    before = len(server.seen)
    with pytest.raises(ApiArgumentError):
        call(operation(server, "POST", path, {"x": {"in": place, "required": True}}), x=value)
    assert len(server.seen) == before


def test_an_address_that_is_too_long_is_an_argument_error(server, call) -> None:
    with pytest.raises(ApiArgumentError):
        call(operation(server, parameters={"q": {"in": "query"}}), q="x" * 70_000)


def test_large_bodies_arrive_whole(server, call) -> None:
    text = json.dumps(["é" * 100_000])
    call(operation(server, "POST", parameters={"t": {"in": "json"}}), t=text)
    assert server.last.json == {"t": text}
