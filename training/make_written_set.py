"""Make a planning set of the toolboxes in `training/written/`, which were written for this project (MIT).

    python training/make_written_set.py OUT [--files FILE …] [--apart-from PLANNING_SET …]

A line of `written/*.jsonl` is a toolbox: some related APIs and what people say to them.

    {"package": "orchard",
     "apis": [{"name": "estimate_yield", "description": "…", "parameters": [
                {"name": "trees", "description": "…", "required": true, "schema": {"type": "integer"}}, …]}, …],
     "cases": [{"say": "…", "calls": [["estimate_yield", {"trees": 120}]]},
               {"say": "…", "calls": []},
               {"say": "…", "asks": "estimate_yield"}]}

No calls: nothing in the toolbox does it. `asks`: that API is meant, but a value that it needs is not said. A value
`{"any": [a, b]}` is right as a or b. Parameters that are not said are left out. Prints what the training cannot use:
values that it does not find in the instruction. Cases that share half of their words, or more, with one of a set named
by `--apart-from` (kept for measuring) are left out.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cross_rows import Pool, inside
from make_public_sets import said_in
from public_sets.planning_set import Case, Document, PlanningSet, call, case, identity, offer, plain, write_set

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import DocumentError
from taskmatrix.mcfm.embedded.documents.objects import flatten
from taskmatrix.mcfm.embedded.documents.reading import read_document
from taskmatrix.mcfm.embedded.learning.aligning import OTHER, UNKNOWN, Text, target

FILES = sorted((Path(__file__).parent / "written").glob("*.jsonl"))
KEYS = {"say", "calls", "asks"}


class FaultError(Exception):
    """A toolbox contradicts itself; the text says where."""


def read(files: Iterable[Path]) -> list[tuple[str, Document]]:
    """Return the toolboxes, each with its place. FaultError where a line is no JSON."""
    found: list[tuple[str, Document]] = []
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                try:
                    found.append((f"{file.name}:{number}", json.loads(line)))
                except ValueError as error:
                    raise FaultError(f"{file.name}:{number} is no JSON: {error}") from None
    return found


def convert(toolboxes: list[tuple[str, Document]], faults: list[str]) -> PlanningSet:
    """Return the set; what is wrong with a case is added to `faults`, and the case left out."""
    apis, cases = list[Document](), list[Case]()
    pool = documents(toolboxes, faults)
    every = list(pool.views)
    for where, box in toolboxes:
        package = str(box.get("package", ""))
        own = [{"package": package, **api} for api in box.get("apis", ())]
        if not all(identity(api) in pool.views for api in own):
            continue
        apis += own
        for number, row in enumerate(box.get("cases", ())):
            place, chance = f"{where} case {number}", random.Random(f"{where}-{number}")
            try:
                cases.append(made(f"{package}-{number}@written", row, package, pool, chance, every))
            except FaultError as error:
                faults.append(f"{place}: {error} ({str(row.get('say'))[:80]})")
    return PlanningSet(apis, cases)


def documents(toolboxes: list[tuple[str, Document]], faults: list[str]) -> Pool:
    views: dict[str, Any] = {}
    for where, box in toolboxes:
        for api in box.get("apis", ()):
            name = f"{box.get('package')}.{api.get('name')}"
            if name in views:
                faults.append(f"{where}: {name} is there twice")
                continue
            try:
                document = parse_document({"package": str(box.get("package", "")), **api})
                views[name] = read_document(document)
            except DocumentError as error:
                faults.append(f"{where}: {name}: {error}")
    return Pool(views)


def made(name: str, row: Document, package: str, pool: Pool, chance: random.Random, every: list[str]) -> Case:
    """Return one case. FaultError where it does not hold together."""
    if unknown := {*row} - KEYS:
        raise FaultError(f"unknown key {min(unknown)!r}")
    near = [api for api in every if api.startswith(f"{package}.")]
    if "asks" in row:
        asked = f"{package}.{row['asks']}"
        if asked not in pool.views:
            raise FaultError(f"no API {asked}")
        return {**case(name, row["say"], [asked], [], "ask"), "split": "ask"}
    gold = list[Document]()
    for number, (api, given) in enumerate(row["calls"]):
        gold.append(call(f"{package}.{api}", checked(f"{package}.{api}", given, row["say"], pool), number))
    left_out = not gold
    called = [one["api"] for one in gold]
    offered = near if left_out else offer(chance, called, near, chance.sample(every, min(8, len(every))))
    return case(name, row["say"], offered, gold, "left_out" if left_out else "call")


def checked(api: str, given: dict[str, Any], said: str, pool: Pool) -> dict[str, list[Any]]:
    """Return the accepted values of one call. FaultError for what the document or the instruction do not have."""
    if api not in pool.views:
        raise FaultError(f"no API {api}")
    view = pool.views[api]
    known = {p.name: p for p in view.parameters}
    if unknown := {*given} - {*known}:
        raise FaultError(f"{api} has no parameter {min(unknown)}")
    if lacking := [p.name for p in view.parameters if p.required and p.name not in given]:
        raise FaultError(f"{api} needs {lacking[0]}")
    accepted = {n: v["any"] if isinstance(v, dict) and [*v] == ["any"] else [v] for n, v in given.items()}
    text, flat = Text(said), flatten(view)
    for parameter in flat.parameters:
        aim = target(parameter, inside(flat, accepted), text)
        if parameter.name in accepted and parameter.choices and not parameter.counts and aim.kind in (OTHER, UNKNOWN):
            raise FaultError(f"{parameter.name}: {accepted[parameter.name]} is no choice of {parameter.choices[:8]}")
        if parameter.name in accepted and aim.kind == OTHER:
            raise FaultError(f"{parameter.name}: {accepted[parameter.name]} is not found in what is said")
    return accepted


def is_near(words: set[str], others: set[str]) -> bool:
    return 2 * len(words & others) >= len(words | others)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--files", type=Path, nargs="+", default=FILES)
    parser.add_argument("--apart-from", type=Path, nargs="+", default=[])
    options = parser.parse_args()
    faults = list[str]()
    try:
        written = convert(read(options.files), faults)
    except FaultError as error:
        sys.exit(str(error))
    apart = [{*said.split()} for said in said_in(options.apart_from)]
    kept = [
        row for row in written.cases if not any(is_near({*plain(row["instruction"]).split()}, one) for one in apart)
    ]
    counts = f"{len(kept)} cases, {len(written.apis)} APIs, {len(written.cases) - len(kept)} kept for measuring"
    write_set(options.out, PlanningSet(written.apis, kept))
    print("\n".join(faults))
    print(f"{counts}, {len(faults)} faults")


if __name__ == "__main__":
    main()
