import json
import logging

import anyio
import pytest

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError, ModelError
from taskmatrix.core.protocols import Message, Reply
from taskmatrix.models import OpenAIChatModel, Patience

QUICK = Patience(retries=2, backoff=0.001, silence=5, deadline=20)
HELLO = [Message("system", "be brief"), Message("user", "hello")]
KEY = "sk-very-secret-4711"


def ask(server, *, on_text=None, patience=QUICK, **options) -> Reply:
    model = OpenAIChatModel("m", base_url=server.url, patience=patience, **options)
    return anyio.run(lambda: model.complete(HELLO, on_text=on_text))


def refusal(server, **options) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(server, **options)
    assert caught.value.hint
    return caught.value


def test_a_streamed_answer_arrives_piece_by_piece_with_its_token_counts(server):
    server.will(server.stream("Hel", "lo ", "you"))
    seen: list[str] = []
    reply = ask(server, on_text=seen.append)
    assert reply == Reply("Hello you", 11, 7, "m-1")
    assert seen == ["Hel", "lo ", "you"]


def test_the_request_speaks_chat_completions(server):
    server.will(server.stream("x"))
    ask(server, api_key=KEY)
    assert server.paths == ["/v1/chat/completions"]
    assert server.bodies[0] == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_server_that_counts_no_tokens_is_taken_as_it_is_and_they_are_unknown(server):
    server.will(server.stream("x", usage=None))
    assert ask(server) == Reply("x", None, None, "m-1", None)
    server.will(server.stream("x", usage=(0, 0)))
    assert ask(server) == Reply("x", None, None, "m-1", None)


def test_the_address_comes_from_the_environment_and_needs_no_key_there(server, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    server.will(server.stream("x"))
    model = OpenAIChatModel("m")
    assert anyio.run(lambda: model.complete(HELLO)).text == "x"
    assert server.headers[0]["authorization"] == "Bearer none"


def test_a_proxy_is_not_asked_for_a_server_on_this_machine(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.will(server.stream("x"))
    assert ask(server).text == "x"


def test_without_key_and_address_only_the_call_fails_and_says_what_to_set(server):
    model = OpenAIChatModel("gpt")
    with pytest.raises(ModelAccessError) as caught:
        anyio.run(lambda: model.complete(HELLO))
    assert "OPENAI_API_KEY" in (caught.value.hint or "") and "embedded" in (caught.value.hint or "")
    assert not caught.value.retryable


@pytest.mark.parametrize("url", ["127.0.0.1:99", "ftp://x/v1", "nonsense", "http://"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(url):
    model = OpenAIChatModel("m", base_url=url, api_key=KEY)
    with pytest.raises(ModelAccessError) as caught:
        anyio.run(lambda: model.complete(HELLO))
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-é", "sk-a b", "sk-a\nX-Other: 1"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(server, key):
    server.will(server.stream("x"))
    error = refusal(server, api_key=key)
    assert isinstance(error, ModelAccessError)
    assert key not in error.message and not server.bodies


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_a_failure_that_may_pass_is_tried_again(server, status):
    server.will(server.error(status, "later"), server.error(status, "later"), server.stream("done"))
    assert ask(server).text == "done"
    assert len(server.bodies) == 3


def test_trying_ends_after_the_retries_and_reports_the_last_answer(server):
    server.will(server.error(503, "the model is loading"))
    error = refusal(server)
    assert len(server.bodies) == 3
    assert "503" in error.message and "the model is loading" in error.message
    assert error.code == "model-failed" and error.retryable


def test_the_wait_a_server_asks_for_is_kept(server):
    server.will(server.error(429, "slow down", Retry_After="0"), server.stream("done"))
    assert ask(server, patience=Patience(retries=1, backoff=1000, deadline=20)).text == "done"


def test_a_wait_beyond_reason_ends_the_call_at_once_and_is_told(server):
    server.will(server.error(429, "slow down", Retry_After="3600"))
    error = refusal(server)
    assert len(server.bodies) == 1
    assert "3600 s" in (error.hint or "")


def test_a_wait_beyond_the_deadline_ends_the_call_at_once(server):
    server.will(server.error(429, "slow down", Retry_After="50"))
    assert "50 s" in (refusal(server).hint or "")


def test_an_account_without_credit_is_not_asked_again(server):
    server.will(server.error(429, "You exceeded your current quota", "insufficient_quota"))
    error = refusal(server)
    assert len(server.bodies) == 1 and not error.retryable


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "'m'"), (400, "'m'"), (413, "shorten")],
)
def test_what_no_retry_can_change_is_asked_once(server, status, hint):
    server.will(server.error(status, "no"))
    error = refusal(server)
    assert len(server.bodies) == 1
    assert error.code == "model-access" and not error.retryable and hint in (error.hint or "")


def test_a_redirect_is_not_followed(server):
    server.will(server.json({}, 307, Location="http://127.0.0.1:1/elsewhere"))
    assert "moved" in (refusal(server).hint or "")
    assert len(server.bodies) == 1


def test_the_key_is_in_no_error_and_no_log(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.will(server.error(401, f"Incorrect API key provided: {KEY}. Check it."))
    error = refusal(server, api_key=KEY)
    assert "[key]" in error.message
    assert KEY not in error.message + str(error.__cause__) + caplog.text


def test_the_password_in_an_address_is_not_shown(server):
    server.will(server.error(500, "no"))
    model = OpenAIChatModel("m", base_url=server.url.replace("//", "//user:hunter2@"), patience=QUICK)
    with pytest.raises(ModelError) as caught:
        anyio.run(lambda: model.complete(HELLO))
    assert "hunter2" not in caught.value.message


def test_a_server_that_is_not_there_is_named(server):
    server.close()
    error = refusal(server)
    assert server.url in error.message and "running" in (error.hint or "") and error.retryable


def test_a_stream_that_breaks_off_is_started_over(server):
    server.will(server.break_after("Hel"), server.stream("Hello"))
    assert ask(server).text == "Hello"


def test_whoever_watched_a_stream_that_is_started_over_is_told(server):
    server.will(server.break_after("Hel"), server.stream("Hello"))
    seen: list[str] = []
    assert ask(server, on_text=seen.append).text == "Hello"
    assert (seen[0], seen[2]) == ("Hel", "Hello") and "begins anew" in seen[1]


def test_a_stream_that_ends_without_saying_so_counts_as_broken(server):
    server.will(server.stream("half of", finish=None, usage=None, done=False))
    assert "ended early" in refusal(server).message


def test_a_server_that_gives_no_reason_for_the_end_but_ends_is_understood(server):
    server.will(server.stream("all of it", finish=None))
    assert ask(server).text == "all of it"


def test_a_silent_stream_is_given_up(server):
    server.will(server.hang_after("Hel"))
    error = refusal(server, patience=Patience(retries=0, silence=0.05, deadline=20))
    assert "broke off" in error.message


def test_a_server_that_never_answers_is_given_up(server):
    server.will(lambda handler: server.released.wait() and None)
    error = refusal(server, patience=Patience(retries=0, silence=0.05, deadline=20))
    assert server.url in error.message


def test_the_deadline_holds_for_everything_together(server):
    server.will(server.hang_after("Hel"))
    error = refusal(server, patience=Patience(retries=5, silence=20, deadline=0.3))
    assert "within 0.3 s" in error.message


def test_an_error_inside_a_stream_is_reported_in_its_own_words(server):
    def answer(handler):
        handler.open_stream()
        handler.event({"error": {"message": "the engine ran out of memory", "code": 500}})
        handler.chunk(b"")

    server.will(answer)
    error = refusal(server)
    assert "ran out of memory" in error.message and len(server.bodies) == 3


@pytest.mark.parametrize("pieces", [(), ("",), (" \n ",)])
def test_an_empty_answer_is_an_error(server, pieces):
    server.will(server.stream(*pieces))
    error = refusal(server)
    assert error.code == "model-answer" and "empty" in error.message


def test_an_answer_cut_at_the_output_limit_is_an_error_that_keeps_it(server):
    server.will(server.stream("from powerpoint imp", finish="length"))
    error = refusal(server)
    assert isinstance(error, ModelAnswerError) and error.answer == "from powerpoint imp"


def test_a_refusal_is_an_error_in_the_models_words(server):
    def answer(handler):
        handler.open_stream()
        handler.event({"choices": [{"index": 0, "delta": {"refusal": "I cannot do that"}, "finish_reason": "stop"}]})
        handler.chunk(b"data: [DONE]\n\n")
        handler.chunk(b"")

    server.will(answer)
    assert "I cannot do that" in refusal(server).message


def test_ten_megabytes_are_not_read_to_the_end(server):
    def answer(handler):
        handler.open_stream()
        try:
            for _ in range(10):
                handler.event({"choices": [{"index": 0, "delta": {"content": "x" * 1_000_000}}]})
        except OSError:
            handler.close_connection = True

    server.will(answer)
    error = refusal(server)
    assert isinstance(error, ModelAnswerError) and "characters" in error.message
    assert len(error.answer) <= 1_000_000


def test_a_flood_without_any_answer_is_stopped(server, monkeypatch):
    monkeypatch.setattr("taskmatrix.models.endpoint.MAX_WIRE_BYTES", 100_000)
    server.will(server.raw("text/event-stream", b": comment\n" * 100_000))
    assert "MiB" in refusal(server).message


@pytest.mark.parametrize("data", [b"<html><body>Welcome to nginx</body></html>", b"", b"\x00\xff" * 50])
def test_a_wrong_content_type_is_named(server, data):
    server.will(server.raw("text/html", data))
    error = refusal(server)
    assert error.code == "model-answer"
    assert "text/html" in error.message and "/v1" in (error.hint or "")


@pytest.mark.parametrize(
    "data",
    [
        b"data: {not json}\n\n",
        b"data: 42\n\n",
        b'data: {"choices": 7}\n\n',
        b'data: {"choices": [{"delta": {"content": {"a": 1}}}]}\n\n',
        b"data: [[[[\n\n",
        b"data: " + b"[" * 50_000 + b"\n\n",
        b"data: \xff\xfe\n\n",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_garbage_in_a_stream_is_an_error(server, data):
    server.will(server.raw("text/event-stream", data))
    assert refusal(server).code in ("model-answer", "model-failed")


@pytest.mark.parametrize("data", [b"{", b"[]", b"null", b'{"choices": "x"}', b'"text"', b'{"choices": [null]}'])
def test_garbage_as_json_is_an_error(server, data):
    server.will(server.raw("application/json", data))
    assert refusal(server).code == "model-answer"


def test_a_server_that_ignores_stream_is_understood(server):
    server.will(server.whole("all at once"))
    seen: list[str] = []
    assert ask(server, on_text=seen.append) == Reply("all at once", 3, 2, "m-2")
    assert seen == ["all at once"]


def test_a_server_that_rejects_stream_options_is_asked_without_them(server):
    server.will(server.error(400, "unknown field stream_options"), server.stream("x", usage=None))
    model = OpenAIChatModel("m", base_url=server.url, patience=QUICK)

    async def twice() -> None:
        await model.complete(HELLO)
        await model.complete(HELLO)

    anyio.run(twice)
    assert ["stream_options" in body for body in server.bodies] == [True, False, False]


def test_a_server_that_rejects_streaming_is_asked_for_the_whole(server):
    rejected = server.error(422, "streaming is not supported")
    server.will(rejected, rejected, server.whole("all at once"))
    assert ask(server).text == "all at once"
    assert not server.bodies[-1].get("stream")


def test_an_error_from_upstream_is_not_taken_for_one_about_streaming(server):
    server.will(server.error(400, "upstream refused"))
    refusal(server)
    assert len(server.bodies) == 1


def test_a_status_of_two_hundred_with_an_error_inside_is_an_error(server):
    server.will(server.json({"error": "model 'm' not found, try pulling it first"}))
    assert "try pulling" in refusal(server).message


def test_content_in_typed_parts_is_joined_and_reasoning_left_out(server):
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}]

    def answer(handler):
        handler.open_stream()
        handler.event({"choices": [{"index": 0, "delta": {"content": parts}, "finish_reason": "stop"}]})
        handler.chunk(b"")

    server.will(answer)
    assert ask(server).text == "yes"


def test_a_call_can_be_cancelled(server):
    server.will(server.hang_after("Hel"))
    model = OpenAIChatModel("m", base_url=server.url, patience=QUICK)

    async def cancelled() -> bool:
        with anyio.CancelScope() as scope:
            await model.complete(HELLO, on_text=lambda _: scope.cancel())
        return scope.cancelled_caught

    assert anyio.run(cancelled)


def test_characters_of_every_kind_survive(server):
    text = 'Grüße, 世界 🌍 \u2028 \\n "quoted" </s>'
    server.will(server.stream(*text))
    assert ask(server).text == text
    assert json.dumps(server.bodies[0])
