"""A chat server on this machine that replays recorded dialogues over HTTP, and misbehaves where it is told to.

It speaks the wire formats of OpenAI (`…/chat/completions`) and Anthropic (`…/messages`). Its script is what
`TASKMATRIX_RECORD` writes and `scripted:FILE` replays, in JSON Lines; a line may also hold a `fault`, which is what
happens before, after or instead of its `reply`:

    {"fault": "429", "wait": 0}      refused, with Retry-After
    {"fault": "500"}                 failed
    {"reply": "Hel", "fault": "silence"}     the reply, then nothing more
    {"reply": "Hel", "fault": "disconnect"}  the reply, then the connection is dropped
    {"reply": "Hel", "fault": "truncated"}   the reply, cut at the output limit
    {"fault": "empty"}               an answer without words
    {"fault": "html"}                another content type
    {"fault": "flood"}               10 MB of words

Tests start a `ReplayServer`; by hand: python tests/models/replay_server.py SCRIPT [PORT].
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from taskmatrix.models import ScriptedReply

Answer = Callable[["Handler"], None]
PIECE = 7
"""Characters of a reply that are sent at once."""


class ServedReply(ScriptedReply):
    """One line of a script."""

    reply: str | None = ""
    fault: Literal["429", "500", "silence", "disconnect", "truncated", "empty", "html", "flood"] | None = None
    wait: float | None = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: "LoopbackServer"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.owner.take(self.path, body, {k.lower(): v for k, v in self.headers.items()})
        try:
            answer(self)
        except OSError:  # the client has gone
            self.close_connection = True

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


class LoopbackServer:
    """A server that keeps what it was asked; what it answers is for those who inherit to say."""

    def __init__(self, port: int = 0) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.released = threading.Event()
        handler = type("Bound", (Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        return self.root + "/v1"

    def take(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        self.paths.append(path)
        self.bodies.append(body)
        self.headers.append(headers)
        return self.answer(path, body)

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def close(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class ReplayServer(LoopbackServer):
    """Replays a script in order, as `ScriptedModel` does.

    `refuses` are words with which it refuses, by 400, whatever holds more than text.
    """

    def __init__(self, script: Path | Iterable[ServedReply | str], *, refuses: str = "", port: int = 0) -> None:
        lines = _lines(script) if isinstance(script, Path) else script
        self._left = [line if isinstance(line, ServedReply) else _read(line) for line in lines]
        self._refuses = refuses
        self._lock = threading.Lock()
        super().__init__(port)

    def __enter__(self) -> "ReplayServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        wire = AnthropicWire if path.rstrip("/").endswith("/messages") else OpenAIWire
        if self._refuses and any(isinstance(message["content"], list) for message in body["messages"]):
            return lambda handler: wire(handler, body).refuse(400, self._refuses)
        entry = self._next(_text(body["messages"][-1]["content"]))
        return lambda handler: _play(wire(handler, body), entry, self.released)

    def _next(self, asked: str) -> ServedReply:
        with self._lock:
            for index, entry in enumerate(self._left):
                if entry.when in asked:
                    return entry if entry.repeat else self._left.pop(index)
        return ServedReply(error="the script has no reply to this", fault="500")


def _lines(script: Path) -> list[str]:
    return [line for line in script.read_text().split("\n") if line.strip()]


def _read(line: str) -> ServedReply:
    return ServedReply.model_validate_json(line) if line.startswith("{") else ServedReply(reply=line)


def _text(content: object) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def _play(wire: "OpenAIWire", entry: ServedReply, released: threading.Event) -> None:
    match entry.fault or ("disconnect" if entry.error and entry.reply else "500" if entry.error else None):
        case "429" | "500" as status:
            headers = {"Retry-After": f"{entry.wait:g}"} if entry.wait is not None else {}
            wire.refuse(int(status), entry.error or "try again later", headers)
        case "html":
            wire.handler.send(200, b"<html>Welcome</html>", {"Content-Type": "text/html"})
        case "flood":
            wire.say("x" * 1_000_000 for _ in range(10))
            wire.end(entry, "stop")
        case fault:
            said = "" if fault == "empty" else entry.reply or ""
            wire.say(said[start : start + PIECE] for start in range(0, len(said), PIECE))
            if fault == "silence":
                released.wait()
            if fault in ("silence", "disconnect"):
                wire.handler.close_connection = True
            else:
                wire.end(entry, "length" if fault == "truncated" else "stop")


class OpenAIWire:
    """Chat completions, streamed or whole as the request asks."""

    def __init__(self, handler: Handler, body: dict[str, Any]) -> None:
        self.handler = handler
        self._streams = bool(body.get("stream"))
        self._model = body.get("model")
        self._said: list[str] = []

    def refuse(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        data = json.dumps({"error": {"message": message}}).encode()
        self.handler.send(status, data, {"Content-Type": "application/json"} | (headers or {}))

    def say(self, pieces: Iterable[str]) -> None:
        if self._streams:
            self.handler.open_stream()
        for piece in pieces:
            self._said.append(piece)
            if self._streams:
                self.handler.event({"model": self._model, "choices": [{"index": 0, "delta": {"content": piece}}]})

    def end(self, entry: ServedReply, reason: str) -> None:
        usage = {
            "prompt_tokens": entry.input_tokens,
            "completion_tokens": entry.output_tokens,
            "prompt_tokens_details": {"cached_tokens": entry.cached_tokens},
        }
        model = entry.model or self._model
        if not self._streams:
            message = {"role": "assistant", "content": "".join(self._said)}
            whole = {"model": model, "choices": [{"message": message, "finish_reason": reason}], "usage": usage}
            self.handler.send(200, json.dumps(whole).encode(), {"Content-Type": "application/json"})
            return
        self.handler.event({"model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        self.handler.event({"model": model, "choices": [], "usage": usage})
        self.handler.chunk(b"data: [DONE]\n\n")
        self.handler.chunk(b"")


class AnthropicWire(OpenAIWire):
    """Messages, always streamed."""

    def refuse(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        data = json.dumps({"type": "error", "error": {"type": "api_error", "message": message}}).encode()
        self.handler.send(status, data, {"Content-Type": "application/json"} | (headers or {}))

    def say(self, pieces: Iterable[str]) -> None:
        self.handler.open_stream()
        message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": self._model}
        self._event({"type": "message_start", "message": message | {"usage": {"input_tokens": 0, "output_tokens": 0}}})
        self._event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for piece in pieces:
            self._event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})

    def end(self, entry: ServedReply, reason: str) -> None:
        kept = entry.cached_tokens or 0
        usage = {
            "input_tokens": (entry.input_tokens or 0) - kept,
            "cache_read_input_tokens": kept,
            "output_tokens": entry.output_tokens or 0,
        }
        stop = "max_tokens" if reason == "length" else "end_turn"
        self._event({"type": "content_block_stop", "index": 0})
        self._event({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": usage})
        self._event({"type": "message_stop"})
        self.handler.chunk(b"")

    def _event(self, data: dict[str, Any]) -> None:
        self.handler.event(data, data["type"])


if __name__ == "__main__":
    with ReplayServer(Path(sys.argv[1]), port=int(sys.argv[2]) if len(sys.argv) > 2 else 0) as server:
        print(f"OPENAI_BASE_URL={server.url} ANTHROPIC_BASE_URL={server.root}", flush=True)
        server.released.wait()
