"""Webhooks: what is posted to a path of this machine fires the schedules that wait for it."""

import json
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import TYPE_CHECKING

from pydantic import JsonValue, ValidationError

from taskmatrix.core.errors import NotFoundError, TaskMatrixError, UsageError
from taskmatrix.core.statuses import http_status
from taskmatrix.core.triggers import OnWebhook

if TYPE_CHECKING:
    from taskmatrix.app.taskmatrix import TaskMatrix

MOST_BYTES = 1_000_000
MOST_READ_AWAY = 16 * MOST_BYTES
SECONDS = 10
"""How long a sender may take."""


def handle_webhook(tm: "TaskMatrix", path: str, body: bytes) -> Sequence[str]:
    """Queue a run for every schedule that waits for a path, with the JSON that was posted; return their ids.

    Raises NotFoundError where none waits, UsageError for what is no JSON.
    """
    try:
        payload: JsonValue = json.loads(body) if body.strip() else None
        json.dumps(payload, ensure_ascii=False).encode()  # half a character (a lone surrogate) cannot be kept
        waited_for = OnWebhook(path=path)
    except (ValidationError, ValueError, RecursionError) as error:
        raise UsageError("a webhook takes JSON of whole characters, posted to a plain path") from error
    queued = tm.schedules.happened(waited_for, payload)
    if not queued:
        raise NotFoundError("no schedule waits for this path")
    return queued


def _read_away(sent: BufferedIOBase, length: int) -> None:
    left = min(length, MOST_READ_AWAY)
    while left > 0 and (taken := sent.read(min(left, 65_536))):
        left -= len(taken)


@contextmanager
def listen(tm: "TaskMatrix", port: int | None) -> Generator[int | None, None, None]:
    """Answer posts on the loopback address while the block lasts; give the port. None listens to nothing."""
    if port is None:
        yield None
        return

    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS

        def do_POST(self) -> None:
            """Answer one post."""
            length = self.headers.get("Content-Length", "")
            if self.headers.get("Origin") is not None:  # a page in a browser: no webhook, but maybe an attack
                self._refuse(403, "not from a browser", length)
            elif not length.isdecimal() or int(length) > MOST_BYTES:
                self._refuse(413, f"at most {MOST_BYTES} bytes", length)
            else:
                self._queue(self.rfile.read(int(length)))

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

        def _refuse(self, status: int, why: str, length: str) -> None:
            """Take much of what is sent, then answer: who still sends when the connection closes reads no answer."""
            _read_away(self.rfile, int(length) if length.isdecimal() else 0)
            self._answer(status, {"error": why})

        def _queue(self, body: bytes) -> None:
            try:
                self._answer(202, {"runs": [*handle_webhook(tm, self.path, body)]})
            except TaskMatrixError as error:
                self._answer(http_status(error), {"error": error.message})

        def _answer(self, status: int, told: JsonValue) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be listened on: {error}", hint="give another one to --webhooks"
        ) from error
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
