"""Import documents that vendors published, count what became of them, and compare with FastMCP's importer.

    .venv/bin/python benchmarks/import_vendor_documents.py FOLDER [--fastmcp-python PYTHON]

FOLDER holds OpenAPI documents (.json, .json.gz, .yaml). Each is read, each operation is checked as a document, and
the stub of each package is type-checked. Operations are compared with a plain count of methods under `paths`.
PYTHON is an interpreter that can import fastmcp; it reads the same files with `FastMCP.from_openapi`.
"""

import argparse
import ast
import gzip
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from taskmatrix.api_platform.importers.openapi import read_openapi
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.core.stubs import render_module
from taskmatrix.sandbox import MontySandbox

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

FASTMCP = """
import asyncio, gzip, json, logging, pathlib, resource, sys, time, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import fastmcp
try:
    import httpx2 as http
except ImportError:
    import httpx as http
print(json.dumps({"version": fastmcp.__version__}), flush=True)
for name in sys.stdin.read().split("\\n"):
    data = pathlib.Path(name).read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\\x1f\\x8b" else data
    started = time.process_time()
    row = {"file": name}
    try:
        spec = json.loads(data)
        base = (spec.get("servers") or [{"url": "https://example.invalid"}])[0]["url"]
        client = http.AsyncClient(base_url=base if "://" in base else "https://example.invalid")
        server = fastmcp.FastMCP.from_openapi(openapi_spec=spec, client=client)
        row["operations"] = len(asyncio.run(server.list_tools()))
    except Exception as error:
        row["problem"] = f"{type(error).__name__}: {str(error)[:160]}"
    except RecursionError as error:
        row["problem"] = "RecursionError"
    row["seconds"] = time.process_time() - started
    print(json.dumps(row), flush=True)
print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
"""


@dataclass
class Outcome:
    """What became of one file."""

    file: Path
    raw: int
    operations: int = 0
    left_out: int = 0
    notes: int = 0
    seconds: float = 0.0
    refused: str = ""
    stub: str = ""


@dataclass
class Other:
    """What FastMCP made of the same files."""

    version: str = ""
    peak: int = 0
    rows: dict[str, dict[str, object]] = field(default_factory=dict)


def raw_count(file: Path) -> int:
    """Count methods under `paths`; 0 for what is no JSON."""
    data = file.read_bytes()
    try:
        document = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    except ValueError:
        return 0
    items = (document.get("paths") or {}).values()
    return sum(method in item for item in items if isinstance(item, dict) for method in METHODS)


def read(file: Path, sandbox: MontySandbox) -> Outcome:
    outcome = Outcome(file, raw_count(file))
    started = time.process_time()
    try:
        reading = read_openapi(str(file))
        documents = list(reading.documents)
    except ImportRefusedError as error:
        outcome.refused = f"{error.code}: {error.message.replace(str(file), file.name)}"
        outcome.seconds = time.process_time() - started
        return outcome
    outcome.seconds = time.process_time() - started
    outcome.operations, outcome.left_out, outcome.notes = len(documents), reading.invalid.count, reading.notes.count
    outcome.stub = stub_problem(documents, reading.packages[0], sandbox)
    return outcome


def stub_problem(documents: list[ApiDocument], about: Package, sandbox: MontySandbox) -> str:
    """Say what is wrong with the stub of a package, if anything.

    The checker overlooks faults inside of stubs, so the names in it are looked up here as well.
    """
    module = render_module(about.name, documents, about)
    try:
        tree = ast.parse(module.stub)
    except SyntaxError as error:
        return f"no Python: {error}"
    defined = {"str", "int", "float", "bool", "list", "dict"}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            defined |= {alias.name for alias in node.names}
        for name in ast.walk(node):
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load) and name.id not in defined:
                return f"{name.id} is not defined"
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    uses = "\n".join(f"{module.name}.{function}" for function in module.functions)
    wrong = "x: int = 'no number'"  # found, if the check looked at all
    findings = sandbox.check(f"import {module.name}\n{wrong}\n{uses}\n", [module])
    others = [f for f in findings if f.line != 2]
    return str(others[0]) if others else "" if findings else "the check did not look"


def ask_fastmcp(python: str, files: list[Path]) -> Other:
    done = subprocess.run(
        [python, "-c", FASTMCP], input="\n".join(map(str, files)), capture_output=True, text=True, check=False
    )
    other = Other()
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if "file" in row:
            other.rows[row["file"]] = row
        other.version = row.get("version", other.version)
        other.peak = row.get("peak", other.peak)
    if not other.peak:
        print(f"fastmcp ended early: {done.stderr[-400:]}", file=sys.stderr)
    return other


def report(outcomes: list[Outcome], other: Other | None) -> None:
    refused = [o for o in outcomes if o.refused]
    taken = [o for o in outcomes if not o.refused]
    print(f"{len(outcomes)} documents, {len(taken)} imported, {len(refused)} refused:")
    for outcome in refused:
        print(f"  {outcome.file.name}: {outcome.refused}")
    raw, read_ = sum(o.raw for o in taken), sum(o.operations for o in taken)
    print(f"operations of the imported documents: {raw} by a plain count, {read_} imported,", end=" ")
    print(f"{sum(o.left_out for o in taken)} left out with a reason; {sum(o.notes for o in taken)} notes")
    for o in taken:
        if o.raw != o.operations + o.left_out:
            print(f"  not accounted for: {o.file.name}: {o.raw} raw, {o.operations} imported, {o.left_out} left out")
    broken = [o for o in taken if o.stub]
    print(f"stubs: {len(taken) - len(broken)} packages pass the type checker, {len(broken)} do not")
    for outcome in broken:
        print(f"  {outcome.file.name}: {outcome.stub}")
    seconds = sum(o.seconds for o in outcomes)
    print(f"reading: {seconds:.2f} CPU-seconds, {read_ / seconds:.0f} operations a CPU-second")
    if other is None:
        return
    rows = other.rows.values()
    theirs = [r for r in rows if "problem" not in r]
    total = sum(float(str(r["seconds"])) for r in rows)
    count = sum(int(str(r["operations"])) for r in theirs)
    print(f"FastMCP {other.version}: {len(theirs)} of {len(outcomes)} documents, {count} operations,", end=" ")
    print(f"{total:.2f} CPU-seconds, peak {other.peak} MB")
    for problem, n in Counter(str(r["problem"]).partition(":")[0] for r in rows if "problem" in r).most_common():
        print(f"  {n} × {problem}")
    both = [o for o in taken if "problem" not in other.rows.get(str(o.file), {"problem": ""})]
    ours = sum(o.seconds for o in both)
    same = sum(float(str(other.rows[str(o.file)]["seconds"])) for o in both)
    if ours and same:
        print(f"the {len(both)} documents both take: {ours:.2f} s here, {same:.2f} s there, ratio {same / ours:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Import the OpenAPI documents of a folder and count.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fastmcp-python", help="an interpreter that can import fastmcp")
    arguments = parser.parse_args()
    files = sorted(p for p in arguments.folder.iterdir() if ".json" in p.suffixes or ".yaml" in p.suffixes)
    sandbox = MontySandbox()
    try:
        outcomes = [read(file, sandbox) for file in files]
    finally:
        sandbox.close()
    report(outcomes, ask_fastmcp(arguments.fastmcp_python, files) if arguments.fastmcp_python else None)


if __name__ == "__main__":
    main()
