"""Which changes wait for the operator, which document is served, and how a difference reads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.api_platform.publishing import OPERATOR, Actor, differences, held_back, judge_for, preferred
from taskmatrix.api_platform.publishing.changes import true_effect
from taskmatrix.core.documents import ApiDocument, parse_document

SCHEMES = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
SERVED: dict[str, Any] = {
    "package": "mail",
    "name": "send",
    "description": "Send a mail.",
    "parameters": [
        {"name": "to", "description": "Who gets it.", "required": True, "schema": {"type": "string"}},
        {"name": "cc", "required": False, "schema": {"type": "string"}},
    ],
    "effects": {"kind": "write", "sinks": ["to"]},
    "auth": SCHEMES,
    "source": {
        "kind": "http",
        "method": "POST",
        "server": "https://mail.example/v1",
        "path": "/send",
        "security": [{"key": []}],
    },
}


def changed(**fields: Any) -> ApiDocument:
    return parse_document(SERVED | fields)


def source(**fields: Any) -> dict[str, Any]:
    return SERVED["source"] | fields


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"source": source(server="https://evil.example/v1")},
            "source.server: https://mail.example:443 → https://evil",
        ),
        ({"source": source(server="http://mail.example/v1")}, "source.server"),
        ({"source": source(server="https://mail.example:8443/v1")}, "source.server"),
        ({"source": source(server="https://mail.example@evil.example/")}, "source.server"),
        ({"source": source(server=None)}, "source.server"),
        ({"source": {"kind": "mcp", "server": "mcp:https://mail.example/"}}, "source.kind: http → mcp"),
        ({"source": {"kind": "none"}}, "source.kind"),
        ({"source": source(method="DELETE")}, "its method makes it destructive, it was write"),
        ({"source": source(security=[])}, "source.security"),
        ({"source": source(security=[{"key": ["admin"]}])}, "source.security"),
        ({"effects": "read"}, "effects: write → read"),
        ({"effects": {"kind": "destructive", "sinks": ["to"]}}, "effects: write → destructive"),
        ({"effects": {"kind": "write", "sinks": ["to"], "idempotent": True}}, "effects.idempotent"),
        ({"effects": {"kind": "write", "sinks": ["to", "cc"]}}, "effects.sinks"),
        ({"effects": {"kind": "write"}}, "effects.sinks"),
        ({"auth": {"key": SCHEMES["key"] | {"name": "X-Other"}}}, "auth"),
        ({"auth": None}, "auth"),
        (
            {"parameters": [*SERVED["parameters"], {"name": "iban", "required": True, "schema": {}}]},
            "parameters.iban: added, and required",
        ),
        (
            {"parameters": [SERVED["parameters"][0], SERVED["parameters"][1] | {"required": True}]},
            "parameters.cc: required now",
        ),
    ],
)
def test_a_change_of_what_was_approved_waits_and_says_why(fields: dict[str, Any], reason: str) -> None:
    assert reason in (held_back(changed(), changed(**fields)) or "")


@pytest.mark.parametrize(
    "fields",
    [
        {"description": "Send one mail."},
        {"examples": ["send(to='a')"], "composition": "Once a day.", "version": "2"},
        {"returns": {"description": "Its number.", "schema": {"type": "integer"}}},
        {"parameters": [*SERVED["parameters"], {"name": "bcc", "required": False, "schema": {}}]},
        {"parameters": [*SERVED["parameters"], {"name": "n", "required": True, "schema": {"default": 1}}]},
        {"parameters": SERVED["parameters"][:1]},
        {"source": source(path="/send_all", server="https://mail.example/v2")},
        {"source": source(server="HTTPS://MAIL.example:443/v1")},
        {"auth": {"key": SCHEMES["key"] | {"description": "Ask us for one."}}},
    ],
)
def test_what_changes_neither_reach_nor_effect_does_not_wait(fields: dict[str, Any]) -> None:
    assert held_back(changed(), changed(**fields)) is None


def test_a_guess_about_an_effect_that_becomes_a_claim_waits() -> None:
    guessed = changed(effects={"kind": "write", "inferred": True, "sinks": ["to"]})
    assert "declared now" in (held_back(guessed, changed()) or "")
    assert held_back(changed(), guessed) is None


def test_an_api_that_could_not_be_called_has_nothing_to_protect() -> None:
    described = changed(source={"kind": "rest"}, effects="read")
    assert held_back(described, changed()) is None


def test_another_mcp_server_or_aws_service_waits_and_another_tool_does_not() -> None:
    for kind, place, operation in (("mcp", "server", "tool"), ("aws", "service", "operation")):
        one = changed(source={"kind": kind, place: "mcp:https://a.example/", operation: "send"})
        other = changed(source={"kind": kind, place: "mcp:https://b.example/", operation: "send"})
        renamed = changed(source={"kind": kind, place: "mcp:https://a.example/", operation: "send_2"})
        assert f"source.{place}" in (held_back(one, other) or "")
        assert held_back(one, renamed) is None


def test_the_stricter_effect_counts() -> None:
    lie = changed(effects="read", source=source(method="delete"))
    assert true_effect(lie) == "destructive"
    assert true_effect(changed(effects="physical")) == "physical"
    assert true_effect(changed(effects="read", source=source(method="GET"))) == "read"
    assert true_effect(changed(effects="read", source={"kind": "none"})) == "read"


def test_only_the_operators_own_code_changes_without_waiting() -> None:
    one = changed(source={"kind": "python", "path": "a.py"}, effects="read")
    other = changed(source={"kind": "python", "path": "b.py"}, effects="destructive")
    assert judge_for(OPERATOR)(one, other) is None
    assert judge_for(Actor("ada"))(one, other) is not None
    assert judge_for(OPERATOR)(changed(), other) is not None
    moved = changed(source=source(server="https://evil.example"))
    assert (
        judge_for(OPERATOR)(changed(), moved)
        == judge_for(Actor("ada"))(changed(), moved)
        == held_back(changed(), moved)
    )


KINDS = st.sampled_from(
    [
        {"kind": "rest"},
        {"kind": "none"},
        {"kind": "http", "method": "GET", "path": "/"},
        {"kind": "http", "method": "GET", "path": "/", "server": "https://a.example"},
        {"kind": "mcp", "server": "mcp:x", "tool": "t"},
        {"kind": "aws", "service": "s3", "operation": "o"},
        {"kind": "python", "path": "a.py"},
    ]
)


@given(KINDS, KINDS)
def test_what_can_be_called_is_served_whichever_came_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    one, other = changed(source=first), changed(source=second)
    assert not (preferred(one, other) and preferred(other, one))
    can_be_called = ["server" in source or source["kind"] in ("mcp", "aws", "python") for source in (first, second)]
    assert preferred(one, other) == (can_be_called == [False, True])


def test_a_difference_is_told_in_plain_lines() -> None:
    newer = changed(
        description="Send a mail to many.",
        parameters=[
            SERVED["parameters"][0] | {"description": "Who gets it, and you."},
            {"name": "size", "description": "How big.", "required": True, "schema": {"type": "integer"}},
        ],
        effects={"kind": "destructive", "sinks": ["to", "size"]},
        source=source(server="https://b.example"),
        examples=["send(to='a', size=1)"],
        errors=[{"name": "Busy", "description": "Later."}],
    )
    assert differences(changed(), newer) == [
        "description: Send a mail. → Send a mail to many.",
        "parameters.to.description: Who gets it. → Who gets it, and you.",
        "parameters.cc: removed (optional)",
        "parameters.size: added (required)",
        "parameters.size.description: added (How big.)",
        'parameters.size.schema: added ({"type": "integer"})',
        'errors: added ([{"description": "Later.", "name": "Busy"}])',
        """examples: added (["send(to='a', size=1)"])""",
        "effects.kind: write → destructive",
        "effects.sinks: added (size)",
        "source.server: https://mail.example/v1 → https://b.example",
    ]
    assert differences(newer, newer) == []


def test_a_parameter_that_becomes_required_and_an_effect_that_was_a_word_are_told() -> None:
    required = [SERVED["parameters"][0], SERVED["parameters"][1] | {"required": True}]
    assert differences(changed(), changed(parameters=required)) == ["parameters.cc: optional → required"]
    assert differences(changed(effects="read"), changed(effects="write")) == ["effects.kind: read → write"]


def test_nothing_can_hide_in_a_difference() -> None:
    long = "x" * 5_000
    lines = differences(changed(description=long + "send it" + long), changed(description=long + "steal it" + long))
    assert len(lines) == 1
    assert "send it" in lines[0]
    assert "steal it" in lines[0]
    assert len(lines[0]) < 300
    shown = differences(changed(), changed(description="Send a mail.\u200b\n\u202eevil\U000e0041"))[0]
    assert "\\u200b\\n\\u202eevil\\U000e0041" in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_documents_that_differ_have_a_difference(one: object, other: object) -> None:
    older, newer = (
        changed(extra=one, returns={"schema": {"x": one}}),
        changed(extra=other, returns={"schema": {"x": other}}),
    )
    lines = differences(older, newer)
    assert bool(lines) == (older.digest() != newer.digest())
    assert all(line.isprintable() for line in lines)
