"""Our search beside FastMCP's `BM25SearchTransform`: time of a query over N documents, and recall@5 on MetaTool.

    python benchmarks/fastmcp_search.py DATA --fastmcp-python PYTHON [--documents 1000 10000 100000]

PYTHON is an interpreter with `fastmcp>=4` installed. Both get the same documents of `DATA/corpus` and the same queries
(titles of `DATA/retrieval/azure_cli`; for recall the questions of `DATA/retrieval/metatool` that no training reads)
and run one after the other, each in a process of its own; CPU time of that process is compared. FastMCP is measured
twice: its `search_tools`, which looks whether the catalogue has changed, and its bare index. Ours is `search` of
the public interface, with encoding; vectors beyond the first 10,000 are copies with noise, as in `selector_scale.py`.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from catalogue_scale import documents
from selector_scale import read_lines, timed, write_vectors

THEIRS = """
import asyncio, json, statistics, sys, time
from fastmcp.server.transforms.search.bm25 import BM25SearchTransform
from fastmcp.tools.base import Tool

given = json.load(open(sys.argv[1]))
tools = [
    Tool(name=d["id"], description=d["description"], parameters={"type": "object", "properties": {
        p["name"]: {"type": "string", "description": p["description"]} for p in d["parameters"]}})
    for d in given["documents"]
]
transform = BM25SearchTransform(max_results=5)

async def main():
    await transform._search(tools, "anything")
    whole, bare, found = [], [], []
    for query in given["queries"]:
        started = time.process_time()
        hits = await transform._search(tools, query)
        whole.append(time.process_time() - started)
        found.append([tool.name for tool in hits])
        started = time.process_time()
        transform._index.query(query, 5)
        bare.append(time.process_time() - started)
    print(json.dumps({"whole": statistics.median(whole), "bare": statistics.median(bare), "found": found}))

asyncio.run(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fastmcp-python", type=Path, required=True)
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=50)
    given = parser.parse_args()
    recall(given)
    titles = [case["query"] for case in read_lines(given.data / "retrieval" / "azure_cli" / "cases.jsonl.gz")]
    queries = random.Random(3).sample(titles, given.queries)
    for count in given.documents:
        found = list(documents(given.data / "corpus", count))
        their = theirs(given, [plain(d.to_json()) for d in found], queries)
        own = ours(found, queries, exact=False)["seconds"]
        told = f"{count:>7,} documents: ours {1000 * own:.2f} ms"
        for what, seconds in (("FastMCP", their["whole"]), ("its bare index", their["bare"])):
            told += f", {what} {1000 * seconds:.1f} ms ({seconds / own:.1f}x)"
        print(told, flush=True)


def recall(given: argparse.Namespace) -> None:
    from taskmatrix.core.documents import parse_document

    sys.path.insert(0, str(Path(__file__).parent.parent / "training"))
    from encoder_data import for_training

    folder = given.data / "retrieval" / "metatool"
    listed = [plain(d) for d in read_lines(folder / "apis.jsonl.gz")]
    unread = [c for c in read_lines(folder / "cases.jsonl.gz") if not for_training(c["id"])]
    cases = random.Random(4).sample(unread, 2_000)
    queries = [case["query"] for case in cases]
    their = theirs(given, listed, queries)["found"]
    own = ours([parse_document(d) for d in read_lines(folder / "apis.jsonl.gz")], queries, exact=True)["found"]
    for name, found in (("FastMCP", their), ("ours", own)):
        hits = [len(set(f) & set(c["relevant"])) / len(c["relevant"]) for f, c in zip(found, cases, strict=True)]
        print(f"MetaTool recall@5, {name}: {statistics.mean(hits):.3f}", flush=True)


def plain(document: dict) -> dict:
    return {
        "id": f"{document['package']}.{document['name']}",
        "description": document["description"] or "",
        "parameters": [{"name": p["name"], "description": p.get("description") or ""} for p in document["parameters"]],
    }


def theirs(given: argparse.Namespace, listed: list[dict], queries: list[str]) -> dict:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"documents": listed, "queries": queries}, file)
        file.flush()
        command = [str(given.fastmcp_python), "-c", THEIRS, file.name]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def ours(listed: list, queries: list[str], *, exact: bool) -> dict:
    from taskmatrix import TaskMatrix

    with tempfile.TemporaryDirectory() as folder, TaskMatrix(folder) as tm:
        tm.registry.register_many(listed)
        tm.selector.search("anything")
        if exact:
            tm.selector.embedding.catch_up()
        else:
            write_vectors(tm, 10_000)
        found = [[m.document.id for m in tm.selector.search(query, limit=5)] for query in queries]
        seconds = [timed(lambda q=query: tm.selector.search(q, limit=5)) / 1000 for query in queries]
        return {"found": found, "seconds": statistics.median(seconds)}


if __name__ == "__main__":
    main()
