"""How often a search refuses what nothing fits, and how often what something fits: the trade-off behind `FITS`.

    python benchmarks/refusal.py DATA [--catalogues 12] [--rule best]

Small catalogues (20 to 80 APIs) are drawn from each set; its own queries, whose answer is in the catalogue, should be
kept, queries of other sets refused. Only cases that no training read are asked; sets that no training saw at all are
marked with *. A query is kept if it is at least as likely as the threshold that any of the five best fits, as the
selector asks (`--rule best`: that the best does). `found`: of the kept ones, those whose first match is right.
"""

import argparse
import math
import random
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "training"))

from encoder_data import for_training

from taskmatrix.evaluation import load_retrieval_set
from taskmatrix.evaluation.library import open_library

SETS = {
    "retrieval/azure_cli": "", "retrieval/tldr": "", "retrieval/metatool": "", "planning/seal_dev": "",
    "planning/toolalpaca": "", "planning/assistant": "", "planning/pptc_dev": "*", "planning/home_dev": "*",
    "planning/sgd": "*",
}  # fmt: skip
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
QUERIES, FOREIGN = 12, 3
RULES = {
    "best": lambda scores: max(scores, default=0.0),
    "any": lambda scores: 1 - math.prod(1 - score for score in scores),
}


@dataclass(frozen=True)
class Asked:
    text: str
    relevant: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--catalogues", type=int, default=12)
    parser.add_argument("--rule", choices=RULES, default="any", help="any of the five best, or the best match")
    given = parser.parse_args()
    chance = random.Random(5)
    documents, queries = {}, {}
    for name in SETS:
        read = load_retrieval_set(given.data / name)
        documents[name] = read.documents
        unread = [c for c in read.cases if not for_training(c.id) and len(set(c.relevant)) == 1]
        queries[name] = [Asked(c.query, frozenset(c.relevant)) for c in chance.sample(unread, min(400, len(unread)))]
    own, foreign = {}, {}
    for name, mark in SETS.items():
        kept, right, refused = [], [], []
        for _ in range(given.catalogues):
            drawn = chance.sample(
                list(documents[name].values()), min(len(documents[name]), chance.choice([20, 40, 80]))
            )
            asked = chance.sample(queries[name], min(QUERIES, len(queries[name])))
            answers = [documents[name][api] for q in asked for api in q.relevant]
            others = [q for n in SETS if n != name for q in chance.sample(queries[n], FOREIGN)]
            with open_library([*drawn, *answers]) as library:
                for q in asked:
                    matches = library.selector.search(q.text, limit=5)
                    kept.append(RULES[given.rule]([m.score for m in matches]))
                    right.append(bool(matches) and matches[0].document.id in q.relevant)
                for q in others:
                    matches = library.selector.search(q.text, limit=5)
                    refused.append(RULES[given.rule]([m.score for m in matches]))
        own[name + mark], foreign[name + mark] = list(zip(kept, right, strict=True)), refused
        print(f"{name + mark}: {len(kept)} own, {len(refused)} foreign", file=sys.stderr, flush=True)
    print("| threshold | own kept | found of these | foreign refused | own kept, by set |")
    print("| --- | --- | --- | --- | --- |")
    for threshold in THRESHOLDS:
        shares = {n: statistics.mean(score >= threshold for score, _ in rows) for n, rows in own.items()}
        found = [is_right for rows in own.values() for score, is_right in rows if score >= threshold]
        turned = statistics.mean(statistics.mean(s < threshold for s in rows) for rows in foreign.values())
        by_set = ", ".join(f"{n.split('/')[1]} {share:.2f}" for n, share in shares.items())
        kept_mean, right_mean = statistics.mean(shares.values()), statistics.mean(found)
        print(f"| {threshold} | {kept_mean:.3f} | {right_mean:.3f} | {turned:.3f} | {by_set} |")


if __name__ == "__main__":
    main()
