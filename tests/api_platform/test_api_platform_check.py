import json
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest
from http_operations import operation
from http_server import Server, serving
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.api_platform import ApiRegistry
from taskmatrix.api_platform.callers.choice import caller_for
from taskmatrix.api_platform.callers.http import HttpCalls
from taskmatrix.api_platform.quality import shapes
from taskmatrix.api_platform.quality.behaviour import FOLDER, Bench, Checked, check_api
from taskmatrix.api_platform.quality.keeping import keep_check
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Caller
from taskmatrix.packages.math.catalogue import package as math
from taskmatrix.packages.powerpoint.catalogue import package as powerpoint
from taskmatrix.policy.vault import Vault
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store import AuditLog, CheckRecord, CheckStore

Check = Callable[..., Checked]


@pytest.fixture(scope="module")
def server():
    with serving() as http:
        yield http


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Check documents with callers of their own, each in an event loop of its own."""

    def run(
        document: ApiDocument,
        siblings: Sequence[ApiDocument] = (),
        *,
        at: str | None = None,
        before: Sequence[CheckRecord] = (),
    ) -> Checked:
        async def work() -> Checked:
            sandbox, http = MontySandbox(), HttpCalls(Vault(tmp_path / "home", environment={}))

            def callers(called: ApiDocument) -> Caller:
                if called.source.kind != "http":
                    return caller_for(called)
                return http if at is None else http.at(at)

            try:
                return await check_api(document, siblings, Bench(sandbox, callers, at), before)
            finally:
                await http.aclose()
                await sandbox.aclose()

        return anyio.run(work)

    return run


def reading(server: Server | str, *, examples: Sequence[str] = ("do_it()",), **changes: object) -> ApiDocument:
    document = operation(server, path="/book")
    changes.setdefault("effects", {"kind": "read"})
    return ApiDocument.model_validate(document.to_json() | {"examples": list(examples), **changes})


def writing(server: Server | str, **changes: object) -> ApiDocument:
    document = operation(server, method="POST", path="/book")
    return ApiDocument.model_validate(document.to_json() | {"examples": ["do_it()"], "effects": "write", **changes})


def test_a_passed_check_keeps_time_and_shape_and_no_value(server, check):
    server.on("/book", {"title": "The Trial", "pages": [{"number": 1, "text": None}]})
    checked = check(reading(server))
    assert checked.outcome == "passed"
    assert checked.record is not None and checked.record.passed and checked.record.seconds is not None
    assert json.loads(checked.record.shape or "") == {
        "title": "str",
        "pages": [{"number": "number", "text": "null"}],
    }
    assert checked.record.digest == reading(server).digest()


def test_an_api_that_fails_is_recorded_with_the_reason(server, check):
    server.on("/book", {"message": "no such book"}, status=404)
    checked = check(reading(server))
    assert (checked.outcome, checked.record is not None and checked.record.passed) == ("failed", False)
    assert "no such book" in checked.why


def test_a_result_other_than_documented_fails_and_shows_no_value(server, check):
    server.on("/book", {"title": 42})
    returns = {"schema": {"type": "object", "properties": {"title": {"type": "string"}}}}
    checked = check(reading(server, returns=returns))
    assert checked.outcome == "failed"
    assert "result.title" in checked.why
    assert "42" not in checked.why


def test_a_result_that_changes_its_shape_is_told(server, check):
    server.on("/book", {"title": "The Trial", "year": 1925})
    first = check(reading(server))
    server.on("/book", {"title": "The Trial", "year": "1925"})
    second = check(reading(server), before=[first.record])
    assert second.outcome == "passed"
    assert second.why == "drift: result.year was number, is str"
    server.on("/book", {"title": "The Trial", "year": 1925, "new": True})
    assert check(reading(server), before=[first.record]).why == ""


def test_what_changes_something_is_called_in_a_sandbox_only(server, check):
    server.on("/book", {"id": 1})
    with serving() as elsewhere:
        elsewhere.on("/book", {"id": 2})
        before = len(server.seen)
        refused = check(writing(server))
        assert (refused.outcome, refused.record) == ("unchecked", None)
        assert "no sandbox" in refused.why
        assert check(writing(server), at=elsewhere.url).outcome == "passed"
        assert len(server.seen) == before
        assert elsewhere.last.method == "POST"


def test_an_api_that_lies_about_its_effect_is_not_called(server, check):
    before = len(server.seen)
    assert check(writing(server, effects={"kind": "read"})).outcome == "unchecked"
    assert len(server.seen) == before


def test_an_example_that_hides_a_writing_call_is_not_run(server, check):
    before = len(server.seen)
    store = writing(server, name="store_it")
    document = reading(server, examples=["store_it()\ndo_it()"])
    assert check(document, [store]).outcome == "unchecked"
    hidden = reading(server, examples=["from shop import store_it\ncalls = [store_it]\ndo_it(calls[0]())"])
    assert check(hidden, [store]).outcome != "passed"
    assert [seen.method for seen in server.seen[before:] if seen.method != "GET"] == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"examples": ()}, "no example"),
        ({"examples": ("curl https://shop.example/book",)}, "no Python call"),
        ({"source": {"kind": "none"}}, "cannot be called"),
    ],
)
def test_what_cannot_be_checked_says_why(server, check, changes, why):
    checked = check(reading(server, **changes))
    assert (checked.outcome, checked.record) == ("unchecked", None)
    assert why in checked.why


def test_a_missing_credential_is_no_failure(server, check):
    secured = operation(
        server, path="/book", security=[{"key": []}], auth={"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    )
    document = ApiDocument.model_validate(secured.to_json() | {"examples": ["do_it()"], "effects": "read"})
    assert check(document).outcome == "unchecked"


def test_a_generated_example_with_made_up_values_fails_nobody(server, check):
    server.on("/book", {"message": "no such book"}, status=404)
    assert check(reading(server, generated=["examples"])).outcome == "unchecked"


def test_functions_run_in_a_folder_that_is_thrown_away(check, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    documents = powerpoint.documents()
    made = next(d for d in documents if d.name == "new_presentation")
    assert check(made, documents).outcome == "unchecked"
    assert check(made, documents, at=FOLDER).outcome == "passed"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".pptx"] == []


def test_composition_rules_say_what_to_set_up_first(check):
    documents = powerpoint.documents()
    by_name = {d.name: d for d in documents}
    assert check(by_name["insert_text"], documents, at=FOLDER).outcome == "passed"
    unset = check(by_name["delete_slide"], documents, at=FOLDER)
    assert (unset.outcome, unset.record) == ("unchecked", None)


def test_the_calculations_pass_their_check(check):
    documents = math.documents()
    checked = check(next(d for d in documents if d.name == "evaluate"), documents)
    assert checked.record is not None
    assert checked.record.shape == '{"decimal":"number","exact":"str"}'


def test_a_dead_api_goes_into_quarantine_and_comes_back(server, check, registry: ApiRegistry):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    document = reading(f"http://127.0.0.1:{port}")
    registry.register(document)
    reasons = [keep_check(registry.database, document, check(document)) for _ in range(3)]
    assert reasons[:2] == [None, None]
    assert reasons[2] is not None and "3 checks in a row" in reasons[2]
    entry = registry.entry(document.package, document.name)
    assert entry is not None and entry.quarantined == reasons[2]
    server.on("/book", {"title": "The Trial"})
    alive = reading(server)
    registry.register(alive)
    assert keep_check(registry.database, alive, check(alive)) is None
    back = registry.entry(document.package, document.name)
    assert back is not None and back.quarantined is None
    assert [r.action for r in AuditLog(registry.database).read(target=document.id)][:2] == ["release", "quarantine"]
    assert len(CheckStore(registry.database).last(document.package, document.name)) == 4


def test_a_server_that_answers_with_an_error_is_not_dead(server, check, registry: ApiRegistry):
    server.on("/book", {"message": "broken"}, status=500)
    document = reading(server)
    registry.register(document)
    assert [keep_check(registry.database, document, check(document)) for _ in range(3)] == [None] * 3


def test_a_passed_check_does_not_end_a_quarantine_of_another_reason(server, check, registry: ApiRegistry):
    server.on("/book", {"title": "The Trial"})
    document = reading(server)
    registry.register(document)
    registry.catalogue.quarantine(document.package, document.name, "its description gives orders")
    assert keep_check(registry.database, document, check(document)) == "its description gives orders"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_a_shape_is_stable_and_never_differs_from_itself(value):
    shape = shapes.shape_of(value)
    assert shapes.from_text(shapes.to_text(shape)) == shape
    assert list(shapes.changes(shape, shape)) == []


def test_keys_that_are_data_stay_out_of_the_shape():
    accounts = {"a1b2c3d4e5": {"total": 1}, "jane@example.com": {"total": None}}
    assert shapes.shape_of(accounts) == {"*": {"total": "null|number"}}
