"""Malformed documents, row by row: each is refused with a code and the field's path, and leaves nothing behind.

The rows are the project's list of bad inputs for the registry (R1 to R14).
"""

import json
from typing import Any

import pytest

from taskmatrix.api_platform import ApiRegistry
from taskmatrix.api_platform.importers.jsonl import read_document
from taskmatrix.api_platform.publishing import Owners, Publisher
from taskmatrix.core import names
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.statuses import http_status
from taskmatrix.core.stubs import render_module
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store import AuditLog

GOOD: dict[str, Any] = {
    "package": "mail",
    "name": "send",
    "description": "Sends a message to one person.",
    "parameters": [
        {"name": "to", "description": "Who gets it.", "required": True, "schema": {"type": "string"}},
        {"name": "copies", "description": "How many.", "schema": {"type": "integer", "default": 1, "minimum": 1}},
    ],
    "returns": {"description": "The number of the message.", "schema": {"type": "integer"}},
    "examples": ['send(to="ada@example.com", copies=2)'],
    "composition": "",
}


def _with(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


def _without(*keys: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD.items() if key not in keys}).encode()


def _parameter(**schema: Any) -> bytes:
    return _with(parameters=[{"name": "to", "description": "Who.", "required": True, "schema": schema}], examples=[])


def _text(old: str, new: str) -> bytes:
    text = json.dumps(GOOD)
    assert old in text
    return text.replace(old, new).encode()


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "R1 empty": (b"", "doc.invalid", ""),
    "R1 null": (b"null", "doc.invalid", ""),
    "R1 list": (b"[]", "doc.invalid", ""),
    "R1 text": (b'"mail"', "doc.invalid", ""),
    "R2 no name": (_without("name"), "doc.invalid", "name"),
    "R2 no package": (_without("package"), "doc.invalid", "package"),
    "R2 no description": (_without("description"), "doc.invalid", "description"),
    "R2 empty description": (_with(description=" "), "doc.invalid", "description"),
    "R2 no parameters": (_without("parameters"), "doc.invalid", "parameters"),
    "R3 empty name": (_with(name=""), "name.charset", "name"),
    "R3 huge name": (_with(name="a" * 1_000_000), "name.charset", "name"),
    "R3 line break": (_with(name="send\nall"), "name.charset", "name"),
    "R3 NUL": (_with(name="send\0"), "name.charset", "name"),
    "R3 right-to-left override": (_with(name="send\u202e"), "name.charset", "name"),
    "R3 zero width": (_with(name="se\u200bnd"), "name.charset", "name"),
    "R3 package too": (_with(package="ma\u200bil"), "name.charset", "package"),
    "R6 parameter twice": (
        _with(parameters=[{"name": "to"}, {"name": "to"}], examples=[]),
        "doc.invalid",
        "parameters",
    ),
    "R6 10,001 parameters": (
        _with(parameters=[{"name": f"p{i}"} for i in range(10_001)], examples=[]),
        "doc.invalid",
        "parameters",
    ),
    "R6 unknown type": (_parameter(type="strnig"), "doc.invalid", "parameters.to.schema"),
    "R7 default outside its schema": (
        _parameter(type="integer", default="many"),
        "doc.invalid",
        "parameters.to.schema",
    ),
    "R7 default below the minimum": (_parameter(type="integer", minimum=1, default=0), "doc.invalid", "parameters.to"),
    "R7 example does not parse": (_with(examples=["send(to="]), "example.invalid", "examples.0"),
    "R7 example calls another API": (_with(examples=['delete(to="ada")']), "example.invalid", "examples.0"),
    "R7 example has a wrong argument": (_with(examples=["send(to=1)"]), "example.invalid", "examples.0"),
    "R7 example has an unknown argument": (_with(examples=['send(too="a")']), "example.invalid", "examples.0"),
    "R7 example lacks an argument": (_with(examples=["send()"]), "example.invalid", "examples.0"),
    "R8 key twice": (_text('"name": "send"', '"name": "send", "name": "burn"'), "json.duplicate_key", ""),
    "R9 NaN": (_text('"default": 1', '"default": NaN'), "json.number", ""),
    "R9 infinity": (_text('"default": 1', '"default": -Infinity'), "json.number", ""),
    "R9 1e999": (_text('"default": 1', '"default": 1e999'), "json.number", ""),
    "R10 integer of 5,000 digits": (_text('"default": 1', '"default": ' + "9" * 5_000), "json.number", ""),
    "R10 depth 1,000": (_text('"default": 1', '"default": ' + "[" * 1_000 + "]" * 1_000), "doc.invalid", ""),
    "R10 depth 100,000": (b"[" * 100_000, "doc.invalid", ""),
    "R11 invalid UTF-8": (_text("Sends", "S\xff").replace(b"\xc3\xbf", b"\xff"), "encoding", ""),
    "R11 UTF-16 with its mark": (json.dumps(GOOD).encode("utf-16"), "encoding", ""),
    "R11 half a surrogate pair": (_text("Sends", "\\ud800"), "encoding", ""),
    "O11 multipleOf 0": (_parameter(type="integer", multipleOf=0), "doc.invalid", "parameters.to.schema"),
    "O11 negative length": (_parameter(type="string", maxLength=-1), "doc.invalid", "parameters.to.schema"),
    "O11 minimum above maximum": (_parameter(type="integer", minimum=3, maximum=1), "doc.invalid", "parameters.to"),
    "O11 nothing to choose from": (_parameter(type="string", enum=[]), "doc.invalid", "parameters.to.schema"),
    "code of this machine": (
        _with(source={"kind": "python", "module": "os", "function": "system", "plain": True}),
        "doc.invalid",
        "source",
    ),
}


@pytest.mark.parametrize("row", REFUSED)
def test_a_malformed_document_is_refused_by_code_and_path_and_leaves_nothing(row: str, registry: ApiRegistry) -> None:
    data, code, path = REFUSED[row]
    log = AuditLog(registry.database)
    publisher = Publisher(registry)
    with pytest.raises(TaskMatrixError) as raised:
        publisher.register_text(data)
    error = raised.value
    assert error.code == code, error
    assert str(getattr(error, "path", "")).startswith(path)
    assert http_status(error) == 422
    assert len(error.message) < 2_000
    assert registry.count() == 0
    assert registry.packages() == []
    (line,) = log.read(10)
    assert (line.outcome, line.code) == ("refused", code)


def test_the_document_all_rows_are_made_from_is_accepted(registry: ApiRegistry) -> None:
    assert Publisher(registry).register_text(json.dumps(GOOD).encode()).outcome == "added"


@pytest.mark.parametrize("part", ["examples", "composition", "returns"])
def test_parts_that_may_be_missing_may_be_missing(part: str, registry: ApiRegistry) -> None:
    assert Publisher(registry).register_text(_without(part)).outcome == "added"


@pytest.mark.parametrize("name", ["az acat onboard", "--no-wait", "user.profile.get", "do/it", "größe", "送信"])
def test_names_that_are_no_identifiers_are_fine(name: str, registry: ApiRegistry) -> None:
    Publisher(registry).register_text(_with(name=name, examples=[]))
    assert registry.get("mail", name) is not None


@pytest.mark.parametrize("name", ["class", "__import__", "eval", "list", "print", "True"])
def test_a_name_never_shadows_what_python_has(name: str, registry: ApiRegistry) -> None:
    Publisher(registry).register_text(_with(name=name, examples=[]))
    document = registry.get("mail", name)
    assert document is not None
    function = names.function(name)
    assert function.isidentifier()
    assert function not in dir(__builtins__)
    stub = render_module("mail", [document])
    code = f"from mail import {function}\n\n{function}(to='ada')\nprint(len(list('abc')))\n"
    assert not [f for f in MontySandbox().check(code, [stub]) if f.severity == "error"]


@pytest.mark.parametrize("second", ["ｓendmail", "sendmaіl", "SendMail"])
def test_a_package_that_looks_like_another_owners_is_refused(second: str, registry: ApiRegistry) -> None:
    owners = Owners(registry.database)
    ada, bob = owners.authenticate(owners.add("ada")), owners.authenticate(owners.add("bob"))
    Publisher(registry, ada).register_text(_with(package="sendmail"))
    with pytest.raises(TaskMatrixError) as raised:
        Publisher(registry, bob).register_text(_with(package=second))
    assert raised.value.code == "name.confusable"
    assert Publisher(registry, ada).register_text(_with(package=second)).outcome == "added"


def test_reading_a_document_does_not_need_a_registry() -> None:
    assert read_document(json.dumps(GOOD).encode()).id == "mail.send"
