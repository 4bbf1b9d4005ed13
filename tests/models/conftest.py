import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: "ChatServer"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.owner.take(self.path, body, {k.lower(): v for k, v in self.headers.items()})
        answer(self)

    def send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def open_stream(self, kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def event(self, data: object, name: str = "") -> None:
        head = f"event: {name}\n" if name else ""
        self.chunk(f"{head}data: {json.dumps(data)}\n\n".encode())


class ChatServer:
    """A server that speaks chat completions and answers as it is told, one answer a request; the last one stays."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.bodies: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.released = threading.Event()
        handler = type("Bound", (Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        return self.root + "/v1"

    def will(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def take(self, path: str, body: dict[str, object], headers: dict[str, str]) -> Answer:
        self.paths.append(path)
        self.bodies.append(body)
        self.headers.append(headers)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def close(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

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
