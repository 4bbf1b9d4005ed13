"""The whole flow with a chat model behind a real HTTP server that speaks the OpenAI protocol."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("notebook")

OUTLINE = '1. Count the words of the text "one two three"\n'
PROGRAM = "Here it is:\n```python\nfrom notebook import count_words\n# 1. Count\ncount_words('one two three')\n```\n"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, asked))
        text = self.server.replies.pop(0)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for start in range(0, len(text), 7):
            self._send({"choices": [{"index": 0, "delta": {"content": text[start : start + 7]}}]})
        self._send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._send({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, piece: dict[str, object]) -> None:
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "local", **piece}
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    replies: list[str]
    asked: list[tuple[str, dict[str, object]]]


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as running:
        running.replies, running.asked = [], []
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _address(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/v1"


def test_an_address_alone_makes_the_chat_model_plan(taskmatrix: Command, server: _Server) -> None:
    server.replies = [OUTLINE, PROGRAM]
    done = taskmatrix(
        "run", "--json", "how many words has it?", OPENAI_BASE_URL=_address(server), OPENAI_MODEL="local"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(done.stdout)
    assert (run["model"], run["answer"]) == ("openai:local", "3")
    replied = [event for event in run["events"] if event["type"] == "model_replied"]
    assert [event["purpose"] for event in replied] == ["outline", "program"]
    assert replied[1]["text"] == PROGRAM
    assert [asked["model"] for _, asked in server.asked] == ["local", "local"]
    assert "def count_words(text: str) -> int:" in json.dumps(server.asked[1][1])


def test_a_wrong_program_goes_back_with_what_the_check_said(taskmatrix: Command, server: _Server) -> None:
    server.replies = [OUTLINE, PROGRAM.replace("'one two three'", "3"), PROGRAM]
    done = taskmatrix("run", "how many words has it?", "--model", "openai:x", OPENAI_BASE_URL=_address(server))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Program, attempt 2" in done.stdout
    assert "invalid-argument-type" in json.dumps(server.asked[2][1])


def test_without_a_key_and_an_address_the_hint_says_what_to_set(taskmatrix: Command) -> None:
    done = taskmatrix("run", "count the words", "--model", "openai:x")
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stderr
