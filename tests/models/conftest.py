import json
from collections.abc import Iterator

import pytest
from replay_server import Answer, Handler, LoopbackServer


class ChatServer(LoopbackServer):
    """Answers as it is told, one answer a request; the last one stays."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        super().__init__()

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def answer(self, path: str, body: dict[str, object]) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def stream(
        self, *pieces: str, finish: str | None = "stop", usage: tuple[int, int] | None = (11, 7), done: bool = True
    ) -> Answer:
        def answer(handler: Handler) -> None:
            handler.open_stream()
            handler.event({"model": "m-1", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
            for piece in pieces:
                handler.event({"model": "m-1", "choices": [{"index": 0, "delta": {"content": piece}}]})
            if finish:
                handler.event({"model": "m-1", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
            if usage:
                counts = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
                handler.event({"model": "m-1", "choices": [], "usage": counts})
            if done:
                handler.chunk(b"data: [DONE]\n\n")
            handler.chunk(b"")

        return answer

    def whole(self, text: str) -> Answer:
        message = {"role": "assistant", "content": text}
        return self.json(
            {
                "model": "m-2",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 2},
            }
        )

    def json(self, body: object, status: int = 200, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return lambda h: h.send(status, json.dumps(body).encode(), {"Content-Type": "application/json"} | named)

    def error(self, status: int, message: str, code: str | None = None, **headers: str) -> Answer:
        return self.json({"error": {"message": message, "code": code}}, status, **headers)

    def raw(self, kind: str, data: bytes) -> Answer:
        return lambda h: h.send(200, data, {"Content-Type": kind})

    def break_after(self, *pieces: str) -> Answer:
        """Send pieces, then drop the connection without ending the stream."""

        def answer(handler: Handler) -> None:
            handler.open_stream()
            for piece in pieces:
                handler.event({"choices": [{"index": 0, "delta": {"content": piece}}]})
            handler.close_connection = True

        return answer

    def hang_after(self, *pieces: str) -> Answer:
        """Send pieces, then nothing more until the test is over."""

        def answer(handler: Handler) -> None:
            handler.open_stream()
            for piece in pieces:
                handler.event({"choices": [{"index": 0, "delta": {"content": piece}}]})
            self.released.wait()
            handler.close_connection = True

        return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    running = ChatServer()
    yield running
    running.close()
