"""Our OpenAPI importer beside FastMCP's provider: import, list a page, make one call, at N operations.

    python benchmarks/fastmcp_openapi.py --fastmcp-python PYTHON [--operations 10000]

PYTHON is an interpreter with `fastmcp>=4` installed. Both read the same document and call the same loopback server;
each runs in a process of its own, and CPU time of that process is compared. FastMCP has no paging over a catalogue of
one server: its `list` gives all tools, ours a page of 100 and, beside it, all.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OURS = """
import anyio, json, resource, sys, time
from pathlib import Path
from taskmatrix import TaskMatrix
from taskmatrix.testing import LocalContext
from taskmatrix.api_platform import import_apis

spec, server, home, count = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
told = {}
def timed(name, work, rounds=1):
    best = []
    for _ in range(rounds):
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        best.append((time.process_time() - cpu, time.perf_counter() - wall))
    told[name] = sorted(best)[len(best) // 2]
    return result

with TaskMatrix(home) as tm:
    tm.registry
    timed("import", lambda: list(import_apis(tm.registry, spec)))
    assert tm.registry.count("bench_api") == count, tm.registry.packages()
    timed("list a page of 100", lambda: tm.registry.documents("bench_api", limit=100), 5)
    timed("list all", lambda: tm.registry.documents("bench_api"), 3)
    def call():
        run = tm.call_sync("bench_api.get_item_17", {"itemId": "a b"})
        assert run.status == "done", run.events[-1]
    timed("first run of a call", call)
    timed("run of a call", call, 15)

    async def calls():
        context = LocalContext(home)
        async def once():
            document = tm.registry.find("bench_api.get_item_17")
            value = await tm.callers(document)(document, {"itemId": "a b"}, context)
            assert value["name"] == "thing"
        async def timed_calls(name, rounds):
            spent = []
            for _ in range(rounds):
                cpu, wall = time.process_time(), time.perf_counter()
                await once()
                spent.append((time.process_time() - cpu, time.perf_counter() - wall))
            told[name] = sorted(spent)[len(spent) // 2]
        await timed_calls("first call", 1)
        await timed_calls("one call", 30)
        await tm.callers.aclose()

    anyio.run(calls)
told["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""

THEIRS = """
import asyncio, json, resource, sys, time
import httpx2
from fastmcp import Client, FastMCP

spec, server, home, count = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3], int(sys.argv[4])
told = {}

async def main():
    cpu, wall = time.process_time(), time.perf_counter()
    mcp = FastMCP.from_openapi(openapi_spec=spec, client=httpx2.AsyncClient(base_url=server), name="bench")
    told["import"] = (time.process_time() - cpu, time.perf_counter() - wall)
    async with Client(mcp) as client:
        async def timed(name, work, rounds=1):
            best = []
            for _ in range(rounds):
                cpu, wall = time.process_time(), time.perf_counter()
                result = await work()
                best.append((time.process_time() - cpu, time.perf_counter() - wall))
            told[name] = sorted(best)[len(best) // 2]
            return result
        found = await timed("list all", client.list_tools, 3)
        assert len(found) == count
        told["list a page of 100"] = told["list all"]
        call = lambda: client.call_tool("get_item_17", {"itemId": "a b"})
        await timed("first call", call)
        await timed("one call", call, 30)

asyncio.run(main())
told["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""


class Items(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"id": self.path, "name": "thing"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def specification(server: str, operations: int) -> dict[str, object]:
    """Return a document of many operations, with shared schemas, as vendors write them."""
    item = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "parent": {"$ref": "#/components/schemas/Item"},
        },
    }
    paths: dict[str, object] = {}
    for number in range(operations):
        verb = ("get", "post", "put", "delete")[number % 4] if number != 17 else "get"
        operation: dict[str, object] = {
            "operationId": f"{verb}_item_{number}",
            "summary": f"Work with item kind {number}",
            "description": f"Works with the items of kind {number}, one at a time.",
            "parameters": [
                {
                    "name": "itemId",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                    "description": "Which.",
                },
                {"name": "verbose", "in": "query", "schema": {"type": "boolean", "default": False}},
                {"name": "fields", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
            ],
            "responses": {
                "200": {
                    "description": "The item.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                }
            },
        }
        if verb in ("post", "put"):
            operation["requestBody"] = {
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
            }
        paths[f"/kinds/{number}/items/{{itemId}}"] = {verb: operation}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Bench API", "version": "1"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": {"Item": item}},
    }


def measure(python: str, code: str, *arguments: str) -> dict[str, object]:
    done = subprocess.run([python, "-c", code, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{python} failed:\n{done.stderr[-2000:]}")
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fastmcp-python", required=True)
    parser.add_argument("--operations", type=int, default=10_000)
    given = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Items)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "bench.json"
        spec.write_text(json.dumps(specification(address, given.operations)))
        print(f"{given.operations:,} operations, {spec.stat().st_size / 1e6:.1f} MB")
        arguments = (str(spec), address, str(Path(folder) / "home"), str(given.operations))
        ours = measure(sys.executable, OURS, *arguments)
        theirs = measure(given.fastmcp_python, THEIRS, *arguments)
    print(f"{'CPU seconds':22}{'TaskMatrix':>12}{'FastMCP':>12}{'ratio':>9}")
    for name in ("import", "list a page of 100", "list all", "first call", "one call"):
        us, them = ours[name][0], theirs[name][0]  # type: ignore[index]
        print(f"{name:22}{us:12.4f}{them:12.4f}{them / us:8.1f}x")
    for name in ("first run of a call", "run of a call"):
        print(f"{name:22}{ours[name][0]:12.4f}   (checked, journalled; FastMCP has no such thing)")  # type: ignore[index]
    print(f"{'resident memory, MB':22}{ours['rss']:12.0f}{theirs['rss']:12.0f}")


if __name__ == "__main__":
    main()
