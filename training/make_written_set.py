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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cross_rows import inside
from make_public_sets import said_in
from public_sets.planning_set import Case, Document, PlanningSet, call, case, identity, offer, plain, write_set

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import DocumentError
from taskmatrix.mcfm.embedded.documents.objects import flatten
from taskmatrix.mcfm.embedded.documents.reading import ApiView, read_document
from taskmatrix.mcfm.embedded.learning.aligning import OTHER, UNKNOWN, Text, target

FILES = sorted((Path(__file__).parent / "written").glob("*.jsonl"))
KEYS = {"say", "calls", "asks"}


class FaultError(Exception):
    """A toolbox contradicts itself; the text says where."""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """A line of a file, and where it stands."""

    where: str
    package: str
    apis: list[Document]
    cases: list[Document]


def read_toolboxes(files: Iterable[Path]) -> list[Toolbox]:
    """Return the toolboxes of files. FaultError where a line is no JSON."""
    found: list[Toolbox] = []
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
            except ValueError as error:
                raise FaultError(f"{file.name}:{number} is no JSON: {error}") from None
            package = str(data.get("package", ""))
            apis = [{"package": package, **api} for api in data.get("apis", ())]
            found.append(Toolbox(f"{file.name}:{number}", package, apis, data.get("cases", [])))
    return found


def convert(toolboxes: list[Toolbox], faults: list[str]) -> PlanningSet:
    """Return the set; what is wrong is added to `faults` and left out: a case, or a toolbox with a wrong document."""
    views = dict[str, ApiView]()
    sound = [box for box in toolboxes if read_documents(box, views, faults)]
    every, cases = list(views), list[Case]()
    for box in sound:
        for number, row in enumerate(box.cases):
            chance = random.Random(f"{box.where}-{number}")
            try:
                cases.append(make_case(f"{box.package}-{number}@written", row, box.package, views, every, chance))
            except FaultError as error:
                faults.append(f"{box.where} case {number}: {error} ({str(row.get('say'))[:80]})")
    return PlanningSet([api for box in sound for api in box.apis], cases)


def read_documents(box: Toolbox, views: dict[str, ApiView], faults: list[str]) -> bool:
    """Add the documents of a toolbox to `views`; False, and nothing added, where one is wrong or known already."""
    read = dict[str, ApiView]()
    for api in box.apis:
        name = identity({"name": "", **api})
        if name in views or name in read:
            faults.append(f"{box.where}: {name} is there twice")
            return False
        try:
            read[name] = read_document(parse_document(api))
        except DocumentError as error:
            faults.append(f"{box.where}: {name}: {error}")
            return False
    views |= read
    return True


def make_case(
    name: str, row: Document, package: str, views: dict[str, ApiView], every: list[str], chance: random.Random
) -> Case:
    """Return one case. FaultError where it does not hold together."""
    if unknown := {*row} - KEYS:
        raise FaultError(f"unknown key {min(unknown)!r}")
    if not row.get("say") or ("asks" in row) == ("calls" in row):
        raise FaultError("'say' and one of 'calls' and 'asks' are needed")
    near = [api for api in every if api.startswith(f"{package}.")]
    if "asks" in row:
        asked = f"{package}.{row['asks']}"
        if asked not in views:
            raise FaultError(f"no API {asked}")
        return {**case(name, row["say"], [asked], [], "ask"), "split": "ask"}
    gold, text = list[Document](), Text(row["say"])
    for number, (api, given) in enumerate(row["calls"]):
        gold.append(call(f"{package}.{api}", accept(f"{package}.{api}", given, text, views), number))
    called = [one["api"] for one in gold]
    offered = near if not gold else offer(chance, called, near, chance.sample(every, min(8, len(every))))
    return case(name, row["say"], offered, gold, "call" if gold else "left_out")


def accept(api: str, given: dict[str, Any], text: Text, views: dict[str, ApiView]) -> dict[str, list[Any]]:
    """Return the accepted values of one call. FaultError for what the document or the instruction do not have."""
    if api not in views:
        raise FaultError(f"no API {api}")
    known = {p.name: p for p in views[api].parameters}
    if unknown := {*given} - {*known}:
        raise FaultError(f"{api} has no parameter {min(unknown)}")
    accepted = {n: v["any"] if isinstance(v, dict) and [*v] == ["any"] else [v] for n, v in given.items()}
    if lacking := [p.name for p in known.values() if p.required and not accepted.get(p.name)]:
        raise FaultError(f"{api} needs {lacking[0]}")
    flat = flatten(views[api])
    for parameter in flat.parameters:
        if parameter.name not in accepted or parameter.type in ("bool", "dict", "list"):
            continue
        kind = target(parameter, inside(flat, accepted), text).kind
        if kind in (OTHER, UNKNOWN) and parameter.choices and not parameter.counts:
            raise FaultError(f"{parameter.name}: {accepted[parameter.name]} is no choice of {parameter.choices[:8]}")
        if kind in (OTHER, UNKNOWN):
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
        written = convert(read_toolboxes(options.files), faults)
    except FaultError as error:
        sys.exit(str(error))
    apart = [{*said.split()} for said in said_in(options.apart_from)]
    kept = [
        row for row in written.cases if not any(is_near({*plain(row["instruction"]).split()}, one) for one in apart)
    ]
    counts = f"{len(kept)} cases, {len(written.apis)} APIs, {len(written.cases) - len(kept)} kept for measuring"
    print("".join(f"{fault}\n" for fault in faults), end="")
    write_set(options.out, PlanningSet(written.apis, kept))
    print(f"{counts}, {len(faults)} faults")


if __name__ == "__main__":
    main()
