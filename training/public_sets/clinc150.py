"""CLINC150: one sentence in crowd workers' own words → one of 144 intents, or none.

Intents are APIs without parameters, each in two documents of different wording. Greetings, yes, no and maybe, and the
sentences out of scope, expect no call. Good for choosing and for abstaining; some intents' borders are fuzzy.
"""

import json
import random

from public_sets.checkouts import Checkout
from public_sets.planning_set import Case, PlanningSet, call, camel, case, document, offer, read_table, without_repeats

SMALL_TALK = {"yes", "no", "maybe", "goodbye", "thank_you", "greeting"}
SPLITS = ("train", "val", "test", "oos_train", "oos_val", "oos_test")
ALONE_SHARE, LEFT_OUT_SHARE, MANY_SHARE = 0.25, 0.06, 0.12
"""Shares of small talk that is kept, of cases without the right API, and of cases with twenty more on offer."""


def convert(checkout: Checkout) -> PlanningSet:
    domains: dict[str, list[str]] = json.loads(checkout.data("data/domains.json"))
    domain = {intent: name for name, intents in domains.items() for intent in intents}
    apis, names = [], ({}, {})
    for intent, (first, second) in read_table("clinc150").items():
        if intent not in SMALL_TALK:
            handler = camel(intent)
            places = (
                (domain[intent], intent),
                (camel(domain[intent]) + "Service", "handle" + handler[0].upper() + handler[1:]),
            )
            for version, (place, about) in enumerate(zip(places, (first, second), strict=True)):
                apis.append(document(*place, about, []))
                names[version][intent] = ".".join(place)
    near = {intent: domains[domain[intent]] for intent in domain}
    cases = make_cases(json.loads(checkout.data("data/data_full.json")), names, near)
    return PlanningSet(apis, without_repeats(cases))


def make_cases(
    data: dict[str, list[tuple[str, str]]], names: tuple[dict[str, str], ...], near: dict[str, list[str]]
) -> list[Case]:
    chance, cases = random.Random(1), []
    for split in SPLITS:
        for number, (text, intent) in enumerate(data[split]):
            version = names[chance.choice([1, 2]) - 1]
            every, gold = list(version.values()), version.get(intent)
            if intent in SMALL_TALK and chance.random() > ALONE_SHARE:
                continue
            left_out = gold is None or chance.random() < LEFT_OUT_SHARE
            close = [version[other] for other in near[intent] if other in version] if gold else []
            offered = offer(chance, [gold] if gold else [], close, every, left_out)
            if not left_out and chance.random() < MANY_SHARE:
                offered += [api for api in chance.sample(every, 20) if api not in offered]
                chance.shuffle(offered)
            kind = "out_of_scope" if gold is None else "left_out" if left_out else "call"
            calls = [] if left_out else [call(gold or "", {})]
            cases.append(case(f"clinc-{split}-{number}", text, offered, calls, kind))
    chance.shuffle(cases)
    return cases
