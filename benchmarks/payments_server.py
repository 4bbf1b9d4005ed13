"""A payment API for `faults.py`: it counts what it was charged, in a process that survives the runs.

`POST /charge` charges once per `Idempotency-Key`; without that header each request is a charge of its own.
`GET /ORDER` tells how often an order was charged.
"""

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

_charges: Counter[str] = Counter()
_keys: set[str] = set()
_lock = Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["order"]
        key = self.headers.get("Idempotency-Key")
        with _lock:
            if key is None or key not in _keys:
                _charges[order] += 1
            if key is not None:
                _keys.add(key)
        self._answer({"order": order, "charged": _charges[order]})

    def do_GET(self) -> None:
        order = self.path.removeprefix("/")
        self._answer({"order": order, "charged": _charges[order]})

    def _answer(self, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.daemon_threads = True
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)
