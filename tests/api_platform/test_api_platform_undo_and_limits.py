from pathlib import Path

import pytest
from http_operations import Caller, operation
from http_server import Server, Talk, serving

from taskmatrix.api_platform.quality import Surroundings, lint
from taskmatrix.core.api import api, definition_of
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.effects import Effect
from taskmatrix.core.errors import ApiLimitError, ApiUnavailableError, DocumentError
from taskmatrix.core.limits import NO_LIMITS, limit_faults, read_limits
from taskmatrix.core.stubs import render_module


def document(name: str = "order", *parameters: str, returns: object = None, **parts: object) -> ApiDocument:
    return parse_document(
        {
            "package": "shop",
            "name": name,
            "description": "Order an item.",
            "parameters": [{"name": p, "required": True, "schema": {"type": "string"}} for p in parameters],
            "returns": returns,
            **parts,
        }
    )


def findings(made: ApiDocument, *others: ApiDocument) -> list[str]:
    around = Surroundings(siblings=others, names={made.name, *(d.name for d in others)})
    return [f"{f.path}: {f.message}" for f in lint(made, around) if f.code in ("effects.undo", "limits.fault")]


def test_an_undo_is_a_name_or_says_where_its_arguments_come_from_and_is_kept_as_given() -> None:
    named = document(effects={"kind": "write", "undo": "cancel"})
    assert named.effects.undo == "cancel"
    full = {"api": "cancel", "arguments": {"id": {"from": "result", "path": "a.b"}, "why": {"value": None}}}
    fed = document(effects={"kind": "destructive", "undo": full})
    assert fed.to_json()["effects"] == {"kind": "destructive", "undo": full}
    assert parse_document(fed.to_json()) == fed
    assert [str(d.effects.compensation) for d in (named, fed)] == ["cancel", "cancel"]
    assert document().effects.compensation is None


@pytest.mark.parametrize(
    "undo",
    [
        7,
        {"arguments": {}},
        {"api": "cancel", "arguments": {"id": {}}},
        {"api": "cancel", "arguments": {"id": {"from": "world", "path": "a"}}},
        {"api": "cancel", "arguments": {"id": {"from": "argument"}}},
        {"api": "cancel", "arguments": {"id": {"from": "result", "value": 1}}},
    ],
)
def test_an_undo_that_says_nothing_usable_is_refused(undo: object) -> None:
    with pytest.raises(DocumentError, match="effects"):
        document(effects={"kind": "write", "undo": undo})


def test_the_linter_sees_that_an_undo_exists_and_gets_what_it_needs() -> None:
    cancel, returns = document("cancel", "id"), {"schema": {"type": "object", "properties": {"id": {}}}}

    def undo(**told: object) -> dict[str, object]:
        return {"kind": "write", "undo": told or "cancel"}

    def fed(origin: str, path: str) -> dict[str, object]:
        return undo(api="cancel", arguments={"id": {"from": origin, "path": path}})

    assert findings(document("order", effects=undo(), returns=returns), cancel) == []
    assert findings(document("order", "id", effects=undo()), cancel) == []
    assert findings(document("order", "item", effects=fed("argument", "item.x")), cancel) == []
    assert findings(document("order", effects=undo()), cancel) == [
        "effects.undo: shop.cancel needs 'id', which nothing feeds"
    ]
    assert findings(document("order", effects=fed("argument", "item")), cancel) == [
        "effects.undo.arguments.id.path: shop.order has no parameter 'item'"
    ]
    assert findings(document("order", effects=fed("result", "nr"), returns=returns), cancel) == [
        "effects.undo.arguments.id.path: the result has no 'nr'"
    ]
    assert findings(document("order", effects=undo(api="cancel", arguments={"nr": {"value": 1}})), cancel) == [
        "effects.undo.arguments.nr: shop.cancel has no such parameter",
        "effects.undo: shop.cancel needs 'id', which nothing feeds",
    ]
    assert findings(document("order", effects={"kind": "write", "undo": "bank.pay"})) == [
        "effects.undo: there is no API 'bank.pay' in 'shop'"
    ]
    assert findings(document("order", "id", effects={"kind": "read", "undo": "cancel"}), cancel) == [
        "effects.undo: a read has nothing to take back"
    ]


def test_wrong_limits_are_findings_and_the_rest_of_them_counts() -> None:
    stated = {"timeout_s": "soon", "rate": {"calls": 0, "per_s": 1}, "retries": 1, "colour": 1}
    made = document(limits=stated)
    assert made.to_json()["limits"] == stated
    read = read_limits(made.limits)
    assert (read.timeout_s, read.rate, read.retries) == (None, None, 1)
    assert [fault.path for fault in limit_faults(made.limits)] == ["timeout_s", "rate.calls", "colour"]
    assert len(findings(made)) == 3
    for odd in ("ten", 5, [1], {"timeout_s": float("nan")}, {"cost": {"amount": -1, "currency": "USD"}}):
        assert read_limits(odd) == NO_LIMITS
        assert list(limit_faults(odd))


def test_what_reads_a_document_reads_its_undo_and_its_limits() -> None:
    limits = {"rate": {"calls": 10, "per_s": 60}, "cost": {"amount": 0.02, "currency": "USD"}}
    stub = render_module("shop", [document(effects={"kind": "write", "undo": "cancel"}, limits=limits)]).stub
    assert "Effect: write; undo: cancel" in stub
    assert "Limits: 0.02 USD a call, 10 calls in 60 s" in stub


def test_a_function_declares_its_undo_and_limits() -> None:
    @api(effects="write", undo="give_back", limits={"retries": 1})
    def lend(item: str) -> str:
        """Lend an item."""
        return item

    definition = definition_of(lend)
    assert definition is not None
    made = definition.document("shop")
    assert made.effects == Effect(kind="write", undo="give_back")
    assert read_limits(made.limits).retries == 1


def test_an_http_call_ends_when_its_document_says_also_where_bytes_come_one_by_one(tmp_path: Path) -> None:
    with serving() as server:

        def trickle(talk: Talk) -> None:
            talk.wire(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
            while not server.done.wait(0.02):
                talk.wire(b" ")

        server.on("/never", lambda talk: server.done.wait(20))
        server.on("/trickle", trickle)
        limited = {"limits": {"timeout_s": 0.1}}
        with pytest.raises(ApiUnavailableError, match=r"did not answer within 0\.1 seconds") as never:
            Caller(tmp_path)(operation(server, path="/never").model_copy(update=limited))
        assert never.value.sent
        limited = {"limits": {"timeout_s": 1}}
        with pytest.raises(ApiLimitError, match="not complete after 1 seconds"):
            Caller(tmp_path)(operation(server, path="/trickle").model_copy(update=limited))
        server.done.set()


def test_an_http_error_says_whether_the_call_arrived_and_when_to_try_again(tmp_path: Path) -> None:
    with serving() as server:
        server.on("/busy", lambda talk: talk.say(status=429, retry_after="7"))
        with pytest.raises(ApiUnavailableError) as busy:
            Caller(tmp_path)(operation(server, path="/busy"))
        gone = Server(server.url)
    assert (busy.value.sent, busy.value.after_s) == (True, 7)
    with pytest.raises(ApiUnavailableError) as refused:
        Caller(tmp_path)(operation(gone, path="/busy"))
    assert (refused.value.sent, refused.value.after_s) == (False, None)
