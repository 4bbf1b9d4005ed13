"""Whatever a server does: a reply, or a typed error that offers another model and keeps what was said."""

import importlib
import importlib.util
from dataclasses import replace

import anyio
import pytest
from replay_server import ReplayServer, ServedReply

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError, ModelError
from taskmatrix.core.protocols import ChatModel, Message
from taskmatrix.models import AnthropicChatModel, OpenAIChatModel, Patience

HELLO = [Message("system", "be brief"), Message("user", "hello")]
QUICK = Patience(retries=1, backoff=0.001, silence=10, deadline=20)
SILENT = replace(QUICK, silence=1)
with_sdk = pytest.mark.skipif(
    importlib.util.find_spec("anthropic") is None, reason="the extra taskmatrix[anthropic] is not installed"
)


@pytest.fixture(params=["openai", pytest.param("anthropic", marks=with_sdk)])
def connect(request: pytest.FixtureRequest):
    importlib.import_module(request.param)  # what a call of little time has no time for

    def connected(server: ReplayServer, patience: Patience = QUICK) -> ChatModel:
        if request.param == "openai":
            return OpenAIChatModel("m", base_url=server.url, patience=patience)
        return AnthropicChatModel("m", base_url=server.root, api_key="sk-ant-1234567", patience=patience)

    return connected


def ask(model: ChatModel, on_text=None):
    return anyio.run(lambda: model.complete(HELLO, on_text=on_text))


def failure(model: ChatModel, on_text=None) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(model, on_text)
    assert "--model embedded" in (caught.value.hint or ""), caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("fault", "words", "said"),
    [
        ("429", "429", ""),
        ("500", "500", ""),
        ("silence", "broke off", "from lamp imp"),
        ("disconnect", "broke off", "from lamp imp"),
        ("truncated", "output limit", "from lamp imp"),
        ("empty", "empty", ""),
        ("html", "text/html", ""),
        ("flood", "1,000,000 characters", "x" * 1_000_000),
    ],
)
def test_every_misbehaviour_is_a_typed_error_that_keeps_what_was_said(connect, fault, words, said):
    entry = ServedReply(reply="from lamp imp", fault=fault, repeat=True)
    with ReplayServer([entry]) as server:
        error = failure(connect(server, replace(SILENT, retries=0) if fault == "silence" else QUICK))
    assert words in error.message
    assert (error.answer if isinstance(error, ModelAnswerError) else "") == said


@pytest.mark.parametrize("fault", ["429", "500", "silence", "disconnect"])
def test_what_may_pass_is_tried_again_and_then_answered(connect, fault):
    failing = ServedReply(reply="Hel", fault=fault, wait=0 if fault == "429" else None)
    with ReplayServer([failing, ServedReply(reply="Hello you")]) as server:
        assert ask(connect(server, SILENT)).text == "Hello you"
        assert len(server.bodies) == 2


def test_what_an_earlier_attempt_said_is_kept_when_the_last_one_says_nothing(connect):
    with ReplayServer([ServedReply(reply="Hel", fault="disconnect"), ServedReply(fault="500")]) as server:
        error = failure(connect(server))
    assert isinstance(error, ModelAnswerError) and error.answer == "Hel" and "500" in error.message


def test_what_was_said_before_the_deadline_is_kept(connect):
    with ReplayServer([ServedReply(reply="Hel", fault="silence")]) as server:
        error = failure(connect(server, Patience(retries=3, silence=20, deadline=1.5)))
    assert isinstance(error, ModelAnswerError) and error.answer == "Hel" and "within 1.5 s" in error.message


def test_a_long_wait_is_told_instead_of_kept(connect):
    with ReplayServer([ServedReply(fault="429", wait=3600)]) as server:
        assert "3600 s" in (failure(connect(server)).hint or "")
        assert len(server.bodies) == 1


def test_a_key_is_asked_for_when_a_call_is_made_and_not_before(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for model in (OpenAIChatModel("m"), AnthropicChatModel("m")):
        assert isinstance(failure(model), ModelAccessError)


def test_a_filtered_prompt_is_a_refusal_and_no_fault_of_the_set_up(server):
    server.will(server.error(400, "The prompt triggered the content management policy", "content_filter"))
    error = failure(OpenAIChatModel("m", base_url=server.url, patience=QUICK))
    assert isinstance(error, ModelAnswerError) and "other words" in (error.hint or "")


def test_the_kept_part_of_the_input_is_counted(connect):
    with ReplayServer([ServedReply(reply="yes", input_tokens=100, cached_tokens=80, output_tokens=7)]) as server:
        reply = ask(connect(server))
    assert (reply.input_tokens, reply.cached_tokens, reply.output_tokens) == (100, 80, 7)
