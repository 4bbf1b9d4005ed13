"""BANKING77: customers' questions to a bank → one of 77 intents that are near to each other.

Intents are APIs without parameters, each in two documents. Near are the intents with the most words in common; where
the right one is left out, these are too.
"""

import csv
import io
import random

from public_sets.checkouts import Checkout
from public_sets.planning_set import PlanningSet, call, camel, case, document, offer, read_table, without_repeats

STOP_WORDS = {"by", "or", "my", "get", "not", "of", "and", "for", "after"}
NEAR = 8
"""Intents that count as near to another one."""


def convert(checkout: Checkout) -> PlanningSet:
    descriptions: dict[str, str] = read_table("banking77")
    words = {intent: set(intent.lower().strip("?").split("_")) - STOP_WORDS for intent in descriptions}
    apis, names = [], ({}, {})
    for intent, about in descriptions.items():
        name = intent.lower().strip("?")
        apis.append(document("neobank", name, about, []))
        apis.append(document("support", f"topics.{camel(name)}", f"Support topic. {about}", []))
        names[0][intent], names[1][intent] = f"neobank.{name}", f"support.topics.{camel(name)}"
    chance, cases = random.Random(6), []
    for split in ("train", "test"):
        for number, row in enumerate(csv.DictReader(io.StringIO(checkout.text(f"banking_data/{split}.csv")))):
            intent, version = row["category"], names[chance.choice([1, 2]) - 1]
            near = nearest(intent, words)
            far = [other for other in words if other not in near and other != intent]
            left_out = chance.random() < 0.08
            close = [] if left_out else [version[other] for other in near]
            offered = offer(chance, [version[intent]], close, [version[other] for other in far], left_out)
            if not left_out and chance.random() < 0.1:
                more = chance.sample(far, 20)
                offered += [version[other] for other in more if version[other] not in offered]
                chance.shuffle(offered)
            calls = [] if left_out else [call(version[intent], {})]
            kind = "left_out" if left_out else "call"
            cases.append(case(f"bank77-{split}-{number}", row["text"].strip(), offered, calls, kind))
    chance.shuffle(cases)
    return PlanningSet(apis, without_repeats(cases))


def nearest(intent: str, words: dict[str, set[str]]) -> list[str]:
    """Return the intents with the largest share of words in common."""

    def distance(other: str) -> float:
        return -len(words[other] & words[intent]) / len(words[other] | words[intent])

    return sorted([other for other in words if other != intent], key=distance)[:NEAR]
