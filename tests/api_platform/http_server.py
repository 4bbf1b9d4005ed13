"""A real HTTP server on loopback for the tests: it remembers what it got and answers as told."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Seen:
    method: str
    target: str
    headers: Mapping[str, str]
    raw_headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)


Reply = Callable[["Talk"], None]


@dataclass
class Talk:
    """One request being answered: `say` for the usual, `wire` for everything that is not HTTP as it should be."""

    seen: Seen
    handler: BaseHTTPRequestHandler

    def say(self, body: object = None, status: int = 200, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name.replace("_", "-").title(): value for name, value in headers.items()}
        given.setdefault("Content-Type", "application/json")
        self.handler.send_response(status)
        for name, value in given.items():
            if value:
                self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(data)))
        self.handler.end_headers()
        if self.seen.method != "HEAD":
            self.handler.wfile.write(data)

    def wire(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def hang_up(self) -> None:
        self.handler.close_connection = True
        self.handler.wfile.flush()
        self.handler.connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Server:
    url: str
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    replies: dict[str, Reply] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)

    def on(self, path: str, reply: Reply | object = None, **options: str | int) -> None:
        """Answer a path with a JSON value, or as a function does."""
        self.replies[path] = reply if callable(reply) else lambda talk: talk.say(reply, **options)

    @property
    def last(self) -> Seen:
        return self.seen[-1]


def echo(talk: Talk) -> None:
    seen = talk.seen
    talk.say(
        {
            "method": seen.method,
            "target": seen.target,
            "headers": dict(seen.headers),
            "body": seen.body.decode("utf-8", "replace"),
        }
    )


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # an answer goes out in one piece, not after the other side's delayed acknowledgement

        def setup(self) -> None:
            super().setup()
            server.connections += 1

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            seen = Seen(self.command, self.path, self.headers, list(self.headers.items()), body)
            server.seen.append(seen)
            reply = server.replies.get(seen.path) or server.replies.get("*") or echo
            try:
                reply(Talk(seen, self))
            except OSError:
                self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

        def log_error(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Quiet(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_address[1]}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.done.set()
            http.shutdown()
            thread.join()
