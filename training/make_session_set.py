"""Make a planning set of what was written for the APIs of another set: sessions, or single sentences.

    python training/make_session_set.py FILE DOCUMENTS OUT

A line of FILE is `{"say": "…", "calls": [["api", {"parameter": value}]]}`, or a session: `{"turns": [line, …]}`.
DOCUMENTS is a folder with `apis.jsonl` of one package; of its cases only the words are read, to leave out lines that
say the same. Every second turn of a session is written as if it stood alone, the others with up to three turns before.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

from cross_rows import lines
from make_public_sets import said_in
from public_sets.planning_set import Case, PlanningSet, call, case, plain, write_set

BEFORE = 3
HELP = "seek_assistance"
"""What PowerPoint's documents have for what no API does: here no call."""


def convert(written: list[dict[str, Any]], apis: list[dict[str, Any]], measured: set[str], name: str) -> PlanningSet:
    """Return the set. SystemExit for a call that the documents do not have."""
    [package] = {api["package"] for api in apis}
    known = {api["name"]: {p["name"] for p in api["parameters"]} for api in apis}
    made = PlanningSet(apis, [])
    for number, line in enumerate(written):
        chance, before = random.Random(f"{name}-{number}"), list[dict[str, Any]]()
        for place, turn in enumerate(line.get("turns") or [line]):
            said = {"role": "user", "content": turn["say"]}
            if plain(turn["say"]) in measured:
                made.dropped["said by a case that measures"] += 1
            else:
                shown = [*before[-BEFORE:], said] if before and chance.random() < 0.5 else turn["say"]
                made.cases.append(as_case(f"{name}-{number}-{place}@written", shown, turn["calls"], package, known))
            before.append(said)
    return made


def as_case(name: str, shown: Any, calls: list[Any], package: str, known: dict[str, set[str]]) -> Case:
    """Return one case, with all APIs of the package on offer. What its words do not say is said some other way."""
    gold = list[dict[str, Any]]()
    for api, given in calls:
        if api == HELP:
            continue
        if api not in known or {*given} - known[api]:
            sys.exit(f"{name}: the documents have no {api}({', '.join(given)})")
        gold.append(call(f"{package}.{api}", {n: [v] for n, v in given.items()}, len(gold)))
    made = case(name, shown, [], gold, "call" if gold else "left_out")
    del made["apis"]
    return {**made, "order": "sequence", "said": "all"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("documents", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    measured = {plain(said) for said in said_in([given.documents])}
    apis = list(lines(next(given.documents.glob("apis.jsonl*"))))
    written = [json.loads(line) for line in given.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    made = convert(written, apis, measured, given.file.stem)
    write_set(given.out, made)
    print(f"{len(made.cases)} cases, {sum(made.dropped.values())} left out: a case that measures says the same")


if __name__ == "__main__":
    main()
