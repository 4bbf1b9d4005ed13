"""A day of an API platform in PostgreSQL, through the real command. The other tests here use a SQLite file."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


class Shop(BaseHTTPRequestHandler):
    """Tells what a thing costs: three for each letter of its name."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        thing = address.path.rpartition("/")[2]
        pieces = int(parse_qs(address.query).get("pieces", ["1"])[0])
        answer = json.dumps({"thing": thing, "euros": 3 * len(thing) * pieces}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def shop() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def openapi(address: str) -> str:
    path = {"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}
    query = {"name": "pieces", "in": "query", "schema": {"type": "integer", "default": 1}}
    answer = {"type": "object", "properties": {"thing": {"type": "string"}, "euros": {"type": "integer"}}}
    price = {
        "operationId": "tell_price",
        "summary": "Tell the price of a thing in the shop.",
        "parameters": [path, query],
        "responses": {"200": {"description": "The price.", "content": {"application/json": {"schema": answer}}}},
    }
    info = {"title": "Corner shop", "version": "1"}
    document = {"openapi": "3.0.3", "info": info, "servers": [{"url": address}]}
    return json.dumps(document | {"paths": {"/prices/{thing}": {"get": price}}})


def offer(address: str) -> str:
    source = {"kind": "http", "method": "POST", "server": address, "path": "/letters"}
    document = {"package": "letters", "name": "write", "description": "Write a letter.", "parameters": []}
    return json.dumps(document | {"source": source})


@pytest.fixture
def told(taskmatrix: Command, postgres_url: str) -> Callable[..., str]:
    """Run a command over the database, and return what it prints."""

    def run(*arguments: str, status: int = 0, **given: str) -> str:
        done = taskmatrix(*arguments, TASKMATRIX_DATABASE_URL=postgres_url, **given)
        assert done.returncode == status, done.stderr
        return done.stdout

    return run


def test_the_state_of_an_index_inside_the_database_is_told(told: Callable[..., str], work: Path) -> None:
    def status(*options: str) -> dict[str, dict[str, object]]:
        return json.loads(told("apis", "index", "--json", *options, TASKMATRIX_INDEX="database"))

    total = len(json.loads(told("apis", "list", "--json"))["apis"])
    before = status("--status")
    assert (before["index"], before["words"]["state"], before["vectors"]["done"]) == ("database", "missing", 0)
    told("apis", "search", "create a slide", TASKMATRIX_INDEX="database")
    words = status("--status")["words"]
    assert (words["state"], words["documents"], words["changes"]) == ("ready", total, 0)
    stars = {"package": "stars", "name": "count", "description": "Count the stars.", "parameters": []}
    (work / "more.jsonl").write_text(json.dumps(stars))
    told("apis", "import", "more.jsonl", TASKMATRIX_INDEX="database")
    words = status("--status")["words"]
    assert (words["state"], words["documents"], words["changes"]) == ("behind", total, 1)
    out = told("apis", "index", "--status", TASKMATRIX_INDEX="database")
    assert f"vectors: 0 of {total + 1} APIs, {total + 1} to do" in out
    assert f"words: 1 change behind, which the next search takes in; {total} APIs up to change {total}" in out
    assert "index: tables in postgresql://" in out
    assert status()["status"] == "done"
    assert f"words: ready; {total + 1} APIs" in told("apis", "index", "--status", TASKMATRIX_INDEX="database")


def test_importing_calling_owning_and_exporting(told: Callable[..., str], work: Path, tmp_path: Path) -> None:
    with shop() as address:
        (work / "shop.json").write_text(openapi(address))
        (work / "more.jsonl").write_text(
            '{"package": "stars", "name": "count", "description": "Count the stars in the sky.", "parameters": []}\n'
        )
        package = json.loads(told("apis", "import", "shop.json", "--json"))["imports"][0]["packages"][0]
        api = f"{package}.tell_price"
        assert "1 added" in told("apis", "import", "more.jsonl")
        assert "1 unchanged" in told("apis", "import", "shop.json")
        assert told("apis", "list", "--package", package).split()[0] == api
        assert "stars.count" in told("apis", "search", "count the stars")
        assert "Tell the price of a thing" in told("apis", "show", api)
        called = told("apis", "call", api, "thing=pear", "pieces=2", "--yes")
        assert json.loads(called) == {"thing": "pear", "euros": 24}
    assert "  done  " in told("runs", "list")

    key = told("apis", "owners", "add", "ada").strip()
    assert told("apis", "register", "-", "--key", key, stdin=offer("https://a.example")) == (
        "letters.write: added, version 1\n"
    )
    told("apis", "register", "-", "--key", key, stdin=offer("https://b.example"), status=3)
    assert told("apis", "pending").startswith("letters.write\tada\t")
    assert "version 2" in told("apis", "approve", "letters.write", "--yes")
    lines = [json.loads(line) for line in told("apis", "export", package, "letters", "stars").splitlines()]
    assert [(d["package"], d["name"]) for d in lines] == [
        (package, "tell_price"),
        ("letters", "write"),
        ("stars", "count"),
    ]
    assert lines[1]["source"]["server"] == "https://b.example"
    assert not list((tmp_path / "home").rglob("*.db"))
