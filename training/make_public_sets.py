"""Make the planning sets that come from public repositories.

    python training/make_public_sets.py CHECKOUTS OUT [SET …] [--apart-from PLANNING_SET …]

CHECKOUTS holds git checkouts or bare repositories, each named OWNER+NAME; `--list` shows which, at which commits,
under which licences. OUT/SET gets `apis.jsonl` and `cases.jsonl` in the evaluation format. Seeds are fixed: the same
commits give the same files. Cases that say the same as a case of a set named by `--apart-from` (kept for measuring)
are left out.
"""

import argparse
import gzip
import importlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from public_sets.checkouts import CheckoutError, open_checkouts
from public_sets.planning_set import PlanningSet, last_said, plain, write_set
from public_sets.sources import SOURCES


def said_in(folders: Iterable[Path]) -> set[str]:
    """Return the words of every instruction and last turn in these planning sets."""
    said = set()
    for path in (found for folder in folders for found in folder.glob("cases.jsonl*")):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            said |= {plain(last_said(json.loads(line))) for line in lines}
    return said


def make(name: str, checkouts: Path, apart: set[str]) -> PlanningSet:
    """Return a set. CheckoutError where a repository it is made from is missing."""
    made: PlanningSet = importlib.import_module(f"public_sets.{name}").convert(*open_checkouts(checkouts, name))
    kept = [case for case in made.cases if plain(last_said(case)) not in apart]
    made.dropped["kept for measuring"] += len(made.cases) - len(kept)
    made.cases = kept
    return made


def describe(name: str, made: PlanningSet) -> str:
    calls = [len(case["expected"]) for case in made.cases]
    counts = f"{len(calls)} cases ({calls.count(0)} without a call), {sum(calls)} calls, {len(made.apis)} APIs"
    dropped = ", ".join(f"{reason}: {count}" for reason, count in made.dropped.most_common() if count)
    return f"{name}: {counts}; left out: {dropped or 'nothing'}"


def list_sources() -> None:
    for name, sources in SOURCES.items():
        for source in sources:
            print(f"{name}: {source.repository} {source.commit}, {source.licence}, reads {source.reads}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path, nargs="?")
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"all of them without; {', '.join(SOURCES)}")
    parser.add_argument("--apart-from", type=Path, nargs="+", default=[])
    parser.add_argument("--list", action="store_true", help="print the repositories, and make nothing")
    options = parser.parse_args()
    if options.list:
        list_sources()
        return
    if options.out is None:
        parser.error("CHECKOUTS and OUT are needed")
    if unknown := [name for name in options.sets if name not in SOURCES]:
        parser.error(f"no set {unknown[0]!r}: there are {', '.join(SOURCES)}")
    names, apart = options.sets or list(SOURCES), said_in(options.apart_from)
    try:
        for name in names:  # all that is missing shows before the first set is made
            open_checkouts(options.checkouts, name)
        for name in names:
            made = make(name, options.checkouts, apart)
            write_set(options.out / name, made)
            print(describe(name, made), flush=True)
    except (CheckoutError, ValueError) as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        sys.exit(f"{name} is read with {error.name}, which is not installed: pip install {error.name}")


if __name__ == "__main__":
    main()
