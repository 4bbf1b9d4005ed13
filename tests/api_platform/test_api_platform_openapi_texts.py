"""Where documents come from: files and addresses, JSON and YAML, compressed or not, and what is refused of them."""

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest
from http_server import Talk, serving
from openapi_documents import document, get, read

from taskmatrix.api_platform.http_sources import http_source
from taskmatrix.api_platform.importers.openapi import looks_like_openapi, read_openapi
from taskmatrix.api_platform.importers.texts import LARGEST
from taskmatrix.api_platform.importers.yaml_reading import yaml_to_json
from taskmatrix.core.errors import ImportRefusedError

SHOP = json.dumps(document({"/a": get()})).encode()
YAML = b"""openapi: 3.0.3
info: {title: Shop, version: 2020-01-01}
paths:
  /a:
    get:
      operationId: on
      parameters:
        - &page {name: page, in: query, schema: {type: integer, default: 012}}
        - {name: flag, in: query, schema: {type: string, enum: [on, off, no], default: on}}
        - {<<: *page, name: size}
      responses:
        200: {description: fine}
"""


def refusal(data: bytes) -> ImportRefusedError:
    with pytest.raises(ImportRefusedError) as caught:
        read(data)
    return caught.value


def test_yaml_is_read_as_version_1_2_has_it():
    (found,) = read(YAML)

    assert found.name == "on"
    assert {p.name: p.type for p in found.parameters} == {
        "page": {"type": "integer", "default": 12},
        "flag": {"type": "string", "enum": ["on", "off", "no"], "default": "on"},
        "size": {"type": "integer", "default": 12},
    }
    assert found.returns.description == "fine"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"a: !!python/object/apply:os.system [x]", "doc.invalid"),
        (b"a: !foreign x", "doc.invalid"),
        (b"a: 1\na: 2", "json.duplicate_key"),
        (b"a: .nan", "json.number"),
        (b"a: 1e999", "json.number"),
        (b"a: " + b"1" * 5_000, "json.number"),
        (b"a: &a [*a]", "doc.invalid"),
        (b"a: [1", "doc.invalid"),
        (b"a: " + b"[" * 300 + b"]" * 300, "doc.invalid"),
        (b"? [1, 2]\n: x", "doc.invalid"),
        (b"a: 1\n---\nb: 2", "doc.invalid"),
    ],
)
def test_yaml_that_is_not_taken_is_refused_with_a_code(text: bytes, code: str):
    assert refusal(text).code == code


def test_an_alias_bomb_is_refused_before_it_expands():
    lines = [b"a0: &a0 [lol]"] + [b"a%d: &a%d [%s]" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 10)]

    assert "aliases expand" in refusal(b"\n".join(lines)).message


def test_aliases_of_a_long_text_are_counted_by_their_length():
    text = b"a: &a " + b"x" * 1_000_000 + b"\nb: [" + b",".join([b"*a"] * 100) + b"]"

    assert "aliases expand" in refusal(text).message


def test_reading_yaml_ends_with_its_time():
    with pytest.raises(ImportRefusedError, match="more than 0 seconds"):
        yaml_to_json(YAML, "shop.yaml", lambda *_: None, seconds=0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a": 1, "a": 2}', "json.duplicate_key"),
        (b'{"a": NaN}', "json.number"),
        (b'{"a": 1e999}', "json.number"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "json.number"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "doc.invalid"),
        (b"[" * 100_000, "doc.invalid"),
        (b'{"a": "\xff"}', "encoding"),
        ('{"a": "é"}'.encode("utf-16"), "encoding"),
        (b'{"a": "\\ud800"}', "encoding"),
        (b'{"a": ', "doc.invalid"),
        (b"", "doc.invalid"),
        (b"  \n", "doc.invalid"),
    ],
)
def test_json_that_readers_take_differently_is_refused_with_a_code(text: bytes, code: str):
    assert refusal(text).code == code


def test_a_byte_order_mark_and_whole_surrogate_pairs_are_fine():
    assert read(b"\xef\xbb\xbf" + SHOP.replace(b"what is there", b"\\ud83d\\ude00"))[0].returns.description == "😀"


def test_json_with_comments_in_the_way_of_yaml_is_read():
    assert read(SHOP.replace(b'"paths"', b'# paths follow\n"paths"'))[0].name == "look"


@pytest.mark.parametrize("name", ["shop.json", "shop.yaml", "shop.json.gz"])
def test_a_file_is_read_whatever_it_is_called(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(gzip.compress(YAML))

    assert [d.name for d in read_openapi(str(tmp_path / name)).documents] == ["on"]


def test_what_cannot_be_read_is_refused(tmp_path: Path):
    (tmp_path / "half.json.gz").write_bytes(gzip.compress(SHOP)[:-12])
    (tmp_path / "shop.zip").write_bytes(b"PK\x03\x04" + SHOP)
    (tmp_path / "twice.json.gz").write_bytes(gzip.compress(gzip.compress(SHOP)))
    for name, what in (("half.json.gz", "cut short"), ("shop.zip", "zip"), ("none.json", "cannot be read"),
                       ("twice.json.gz", "packed twice"), ("", "cannot be read")):  # fmt: skip
        with pytest.raises(ImportRefusedError, match=what):
            read_openapi(str(tmp_path / name))


def test_a_gzip_bomb_is_refused_by_what_comes_out(tmp_path: Path):
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(bytes(LARGEST + 1), 9))

    with pytest.raises(ImportRefusedError, match="more than 64 MB"):
        read_openapi(str(tmp_path / "bomb.json.gz"))


def test_an_address_gives_the_document_and_its_server():
    shop = {"openapi": "3.1.0", "info": {"title": "Shop"}, "servers": [{"url": "../v1"}], "paths": {"/a": get()}}
    with serving() as server:
        server.on("/docs/old.json", lambda talk: talk.say(status=302, location="/docs/openapi.json?key=q9w8e7"))
        server.on("/docs/openapi.json", shop)
        found = read_openapi(f"{server.url}/docs/old.json?key=q9w8e7")
        (api,) = found.documents

    assert http_source(api).server == f"{server.url}/v1"
    assert "q9w8" not in found.identity + found.location


def test_an_address_that_gives_no_document_is_refused():
    with serving() as server:
        server.on("/none", lambda talk: talk.say(status=404))
        server.on("/round", lambda talk: talk.say(status=302, location="/round"))
        server.on("/file", lambda talk: talk.say(status=302, location="file:///etc/hostname"))
        server.on("/hung", lambda talk: talk.hang_up())
        for path, what in (("/none", "answered 404"), ("/round", "leads on more"), ("/file", "no plain http"),
                           ("/hung", "cannot be fetched")):  # fmt: skip
            with pytest.raises(ImportRefusedError, match=what):
                read_openapi(server.url + path)
    with pytest.raises(ImportRefusedError, match="no plain http") as caught:
        read_openapi("https://me:word@a.example/openapi.json")
    assert "word" not in str(caught.value)


def test_an_answer_without_end_is_cut():
    def endless(talk: Talk) -> None:
        with suppress(OSError):
            talk.wire(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while True:
                talk.wire(b" " * 1_000_000)

    with serving() as server, pytest.raises(ImportRefusedError, match="more than 64 MB"):
        server.on("/endless", endless)
        read_openapi(f"{server.url}/endless")


def test_documents_are_told_by_their_first_words():
    assert looks_like_openapi(SHOP)
    assert looks_like_openapi(YAML)
    assert looks_like_openapi(b'{\n  "swagger": "2.0"')
    assert not looks_like_openapi(b'{"mcpServers": {}}')
    assert not looks_like_openapi(b'{"kind": "discovery#restDescription"}')
