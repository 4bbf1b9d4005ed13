import importlib.util
import sys

import anyio
import pytest

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError, ModelError
from taskmatrix.core.protocols import Message, Reply
from taskmatrix.models import Patience
from taskmatrix.models.anthropic import AnthropicChatModel

QUICK = Patience(retries=2, backoff=0.001, silence=5, deadline=20)
HELLO = [Message("system", "be brief"), Message("user", "hello"), Message("assistant", "yes?"), Message("user", "go")]
KEY = "sk-ant-very-secret"
installed = importlib.util.find_spec("anthropic") is not None
with_sdk = pytest.mark.skipif(not installed, reason="the extra taskmatrix[anthropic] is not installed")


def events(*pieces: str, stop: str | None = "end_turn", more: dict[str, object] | None = None):
    def answer(handler) -> None:
        handler.open_stream()
        usage = {"input_tokens": 4, "cache_read_input_tokens": 6, "output_tokens": 1}
        message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "claude-x"}
        handler.event({"type": "message_start", "message": message | {"usage": usage}}, "message_start")
        block = {"type": "text", "text": ""}
        handler.event({"type": "content_block_start", "index": 0, "content_block": block}, "content_block_start")
        for piece in pieces:
            delta = {"type": "text_delta", "text": piece}
            handler.event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
        if more:
            handler.event(more, str(more["type"]))
        if stop:
            handler.event({"type": "content_block_stop", "index": 0}, "content_block_stop")
            end = {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 9}}
            handler.event(end, "message_delta")
            handler.event({"type": "message_stop"}, "message_stop")
        handler.chunk(b"")

    return answer


def ask(server, *, on_text=None, patience=QUICK) -> Reply:
    model = AnthropicChatModel("claude-x", base_url=server.root, api_key=KEY, patience=patience)
    return anyio.run(lambda: model.complete(HELLO, on_text=on_text))


def test_without_the_sdk_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "anthropic", None)  # as Python records a module that cannot be imported
    model = AnthropicChatModel("claude-x", api_key=KEY)
    with pytest.raises(ModelAccessError) as caught:
        anyio.run(lambda: model.complete(HELLO))
    assert "taskmatrix[anthropic]" in (caught.value.hint or "")


@with_sdk
def test_without_a_key_the_call_says_what_to_set(server):
    with pytest.raises(ModelAccessError, match="ANTHROPIC_API_KEY"):
        anyio.run(lambda: AnthropicChatModel("claude-x").complete(HELLO))


@with_sdk
def test_a_streamed_message_arrives_with_its_token_counts(server):
    server.will(events("Hel", "lo"))
    seen: list[str] = []
    assert ask(server, on_text=seen.append) == Reply("Hello", 10, 9, "claude-x", cached_tokens=6)
    assert seen == ["Hel", "lo"]
    body = server.bodies[0]
    assert body["system"] == "be brief" and body["stream"] is True
    assert [m["role"] for m in body["messages"]] == ["user", "assistant", "user"]
    assert KEY in server.headers[0]["authorization"]


@with_sdk
def test_an_overload_is_tried_again_before_and_inside_the_stream(server):
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.will(server.json(overloaded, 529), events("Hel", stop=None, more=overloaded), events("Hello"))
    assert ask(server).text == "Hello"


@with_sdk
def test_a_refused_key_is_asked_once_and_not_shown(server):
    error = {"type": "error", "error": {"type": "authentication_error", "message": f"invalid x-api-key {KEY}"}}
    server.will(server.json(error, 401))
    with pytest.raises(ModelAccessError) as caught:
        ask(server)
    assert KEY not in caught.value.message and "ANTHROPIC_API_KEY" in (caught.value.hint or "")
    assert len(server.bodies) == 1


@with_sdk
def test_a_cut_answer_is_an_error_that_keeps_it(server):
    server.will(events("half of", stop="max_tokens"))
    with pytest.raises(ModelAnswerError) as caught:
        ask(server)
    assert caught.value.answer == "half of"


@with_sdk
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_another_content_type_is_named(server, kind):
    server.will(server.raw(kind, b"{}"))
    with pytest.raises(ModelAnswerError, match=kind):
        ask(server)


@with_sdk
def test_a_stream_that_ends_early_is_reported(server):
    server.will(events("Hel", stop=None))
    with pytest.raises(ModelError, match="ended early"):
        ask(server)


@with_sdk
def test_a_silent_stream_is_given_up(server):
    server.will(server.hang_after("ignored"))
    with pytest.raises(ModelError, match="no answer from"):
        ask(server, patience=Patience(retries=0, silence=0.05, deadline=20))
