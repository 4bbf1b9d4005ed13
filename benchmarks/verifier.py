"""What the verifier catches before a program runs, what it refuses wrongly, and what that costs.

    python benchmarks/verifier.py SETS [--limit 100] [--seed 1]

SETS is the folder that holds the planning sets `pptc_dev`, `nestful_dev` and `seal_dev`. Measured are: mutants of
correct programs, by what is wrong with them; false alarms on gold that satisfies its own documents; CPU time for a
program of 25 calls; and the wrong programs of the paper's Figure 12 on the built-in powerpoint package. `--limit`
takes the first so many cases of each set. A mutant counts as caught where the check gives an error.
"""

import argparse
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import anyio
from gold_programs import GoldProgram, gold_programs
from program_mutants import Base, Mutant, base_of, described, mutants_of

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import CheckReport, Plan, PlannedStep
from taskmatrix.evaluation.sets import load_planning_set
from taskmatrix.packages.powerpoint import package as powerpoint
from taskmatrix.policy.rules import DefaultPolicy
from taskmatrix.sandbox import MontySandbox
from taskmatrix.verifier import ProgramVerifier

SETS = ("pptc_dev", "nestful_dev", "seal_dev")
MUTATED = 60
"""Programs mutated of each set; about eight mutants each."""

REASONS = {
    "wrong order": {"composition-before", "composition-feeds", "unresolved-reference", "used-before-set"},
    "missing close": {"composition-after", "composition-before"},
    "unknown API": {"unknown-api", "unknown-package"},
    "dropped call": {"step-not-done"},
    "extra call": {"effect-without-step"},
    "wrong sink": {"private-to-sink", "untrusted-to-effect"},
    "leaked secret": {"secret-as-text", "secret-to-parameter"},
}
"""The rules that a group is about; a wrong type is found by those of the type checker, which are many."""

COMPANIES = {
    "Microsoft": "Founder: Bill Gates|Location: Redmond, Washington|Mission: To empower every person and every "
    "organization on the planet to achieve more|Products: Windows, Office, Xbox|Subsidiaries: LinkedIn, Skype",
    "Apple": "Founder: Steve Jobs and Steve Wozniak|Location: Cupertino, California|Mission: To bring the best user "
    "experience to its customers through its innovative hardware, software, and services|Products: iPhone, iPad, Mac, "
    "Apple Watch|Subsidiaries: Beats Electronics, Shazam",
    "Google": "Founder: Larry Page and Sergey Brin|Location: Mountain View, California|Mission: To organize the "
    "world's information and make it universally accessible and useful|Products: Search, Maps|Subsidiaries: YouTube",
    "Amazon": "Founder: Jeff Bezos|Location: Seattle, Washington|Mission: To be the place where people find and "
    "discover anything they want to buy online|Products: Echo, Kindle, Prime|Subsidiaries: Whole Foods, Twitch",
}
"""What Figures 11 and 12 write on the slides; their third and fourth company are left out there, and made up here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    sandbox = MontySandbox()
    verifier = ProgramVerifier(sandbox)
    gold = {name: _gold(given.sets / name, given.limit, chance) for name in SETS}
    _figure_12(verifier)
    _cost(verifier)
    _false_alarms(verifier, gold)
    _mutants(verifier, [p for programs in gold.values() for p in _sample(programs, chance)], chance)
    anyio.run(sandbox.aclose)


def _gold(folder: Path, limit: int | None, chance: random.Random) -> list[GoldProgram]:
    read = load_planning_set(folder, limit)
    programs = list(gold_programs(read, chance))
    print(f"{folder.name}: {len(read.cases)} cases, {len(programs)} with gold that satisfies its own documents")
    return programs


def _sample(programs: Sequence[GoldProgram], chance: random.Random) -> Sequence[GoldProgram]:
    return chance.sample(programs, min(MUTATED, len(programs)))


def _mutants(verifier: ProgramVerifier, programs: Sequence[GoldProgram], chance: random.Random) -> None:
    """Print the share of mutants caught, by group and by kind."""
    caught, total, asked, excluded = Counter[str](), Counter[str](), Counter[str](), 0
    rightly = Counter[str]()
    kinds, missed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    bases: list[Base] = []
    wrong, refused = 0, Counter[str]()
    for program in programs:
        base = base_of(program, chance)
        report = _check(verifier, base.code(), base.documents, base.plan)
        if not report.ok:
            wrong += 1
            refused.update(f.rule for f in report.findings if f.severity == "error")
            continue
        bases.append(base)
        for mutant in mutants_of(base, chance):
            if mutant is None:
                excluded += 1
                continue
            total[mutant.group] += 1
            kinds[mutant.group, mutant.kind] += 1
            report = _check(verifier, mutant.code, mutant.base.documents, mutant.base.plan)
            if not report.ok:
                caught[mutant.group] += 1
                rules = {f.rule for f in report.findings if f.severity == "error"}
                rightly[mutant.group] += bool(rules & REASONS.get(mutant.group, rules))
            else:
                missed[mutant.group, mutant.kind] += 1
                asked[mutant.group] += _asked_about(mutant)
    print(f"\nmutants of {len(bases)} programs ({wrong} more were refused unchanged {dict(refused)};")
    print(f"  {excluded} mutants excluded: nothing says what they would break)")
    for group, count in [*total.items(), ("all", total.total())]:
        hit = caught.total() if group == "all" else caught[group]
        later = asked.total() if group == "all" else asked[group]
        print(
            f"  {group:<16} {hit:>4} of {count:>4}  {hit / count:6.1%}  {hit / count / 0.95:5.2f} of the target",
            end="",
        )
        print(f", {(rightly.total() if group == 'all' else rightly[group]) / max(hit, 1):.1%} by its own rule", end="")
        print(f", {later} more asked about at the call" if later else "")
    for (group, kind), count in sorted(missed.items()):
        print(f"  missed: {group}, {kind}: {count} of {kinds[group, kind]}")


def _asked_about(mutant: Mutant) -> bool:
    """Whether the policy would ask before the call that was put in."""
    document = described(mutant.base.documents, mutant.changed)
    return (
        mutant.group == "extra call" and document is not None and DefaultPolicy().decide(document, {}).verdict != "run"
    )


def _false_alarms(verifier: ProgramVerifier, gold: dict[str, list[GoldProgram]]) -> None:
    """Print the share of correct programs that are refused."""
    print("\nfalse alarms (target: at most 2 %)")
    wrong = total = 0
    for name, programs in gold.items():
        reports = [_check(verifier, p.code(), p.documents, p.plan) for p in programs]
        refused = sum(not report.ok for report in reports)
        wrong, total = wrong + refused, total + len(reports)
        print(f"  {name:<12} {refused} of {len(reports)}  {refused / max(len(reports), 1):.2%}")
        for report in [r for r in reports if not r.ok][:3]:
            print(f"    {next(str(f) for f in report.findings if f.severity == 'error')}")
    print(f"  {'all':<12} {wrong} of {total}  {wrong / total:.2%}  {wrong / total / 0.02:.2f} of the target")


def _cost(verifier: ProgramVerifier) -> None:
    """Print the CPU time of a check of 25 calls, of this process and of the type checker's together."""
    code, plan = _slides(select_first=True, lines=True, repeat=1)
    documents = powerpoint.documents()
    report = verifier.check(code, documents, plan)
    own: list[float] = []
    both: list[float] = []
    for number in range(21):
        started, ours = _cpu_of_children(), time.process_time()
        report = verifier.check(
            f"{code}\n# {number}: another program, for the report of the same one is kept", documents, plan
        )
        own.append((time.process_time() - ours) * 1000)
        both.append(own[-1] + _cpu_of_children() - started)
    calls, both_ms = len(report.calls), statistics.mean(both)
    print(
        f"\na program of {calls} calls, {len(documents)} APIs on offer: {statistics.median(own):.0f} ms CPU here, ",
        end="",
    )
    print(f"{both_ms:.0f} ms with the type checker (target: 150 ms, {both_ms / 150:.2f} of it); passes: {report.ok}")


def _cpu_of_children() -> float:
    """Return the CPU time of all processes under this one, in ms: the type checker works in one of them."""
    total, ticks = 0, os.sysconf("SC_CLK_TCK")
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            total += int(fields[11]) + int(fields[12])
    return total * 1000 / ticks


def _check(verifier: ProgramVerifier, code: str, documents: Sequence[ApiDocument], plan: Plan) -> CheckReport:
    """Check a program; once more where a busy machine was too slow for the type checker's deadline."""
    report = CheckReport()
    for _ in range(4):
        report = verifier.check(code, documents, plan)
        if not any(f.rule == "check-failed" for f in report.findings):
            break
    return report


def _figure_12(verifier: ProgramVerifier) -> None:
    """Print how many of the wrong programs of Figure 12 are caught, in every form."""
    documents = powerpoint.documents()
    print("\nFigure 12 on the built-in powerpoint package")
    for select_first, lines, name in (
        (False, True, "text before its selection"),
        (True, False, "one long paragraph"),
        (False, False, "both, as in the figure"),
        (True, True, "right, as in Figure 11"),
    ):
        reports = [
            verifier.check(code, documents, plan)
            for repeat in (1, 2, 3)
            for code, plan in (
                _slides(select_first=select_first, lines=lines, repeat=repeat),
                _slides(select_first=select_first, lines=lines, repeat=repeat, late=True),
            )
        ]
        refused = sum(not r.ok for r in reports)
        rules = sorted({f.rule for r in reports for f in r.findings})
        print(f"  {name:<26} refused {refused} of {len(reports)}  {', '.join(rules)}")


def _slides(*, select_first: bool, lines: bool, repeat: int, late: bool = False) -> tuple[str, Plan]:
    """Return the program of the figure; `late`: only the last slide is wrong."""
    body = ["import powerpoint", "powerpoint.new_presentation('companies.pptx')"]
    companies = list(COMPANIES.items()) * repeat
    for i, (name, about) in enumerate(companies):
        right = late and i < len(companies) - 1
        text = about.replace("|", "\n" if lines or right else ", ")
        pairs = [("select_title()", f"insert_text({name!r})"), ("select_content()", f"insert_text({text!r})")]
        body.append("powerpoint.create_slide()")
        for select, insert in pairs:
            ordered = (select, insert) if select_first or right else (insert, select)
            body += [f"powerpoint.{call}" for call in ordered]
    body += ["powerpoint.move_to_slide(1)", "powerpoint.insert_note('As of 2023.')", "powerpoint.save_presentation()"]
    if repeat == 1:
        body.append("powerpoint.count_slides()")
    apis = tuple(d.id for d in powerpoint.documents() if d.name not in ("delete_slide", "delete_text"))
    step = PlannedStep(text="a slide about each company", apis=apis)
    return "\n".join(body) + "\n", Plan(said="Create slides about these companies.", steps=(step,))


if __name__ == "__main__":
    main()
