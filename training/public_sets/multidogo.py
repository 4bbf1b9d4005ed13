"""MultiDoGO: crowd workers typing to an airline, a bank, a telecom, a shop, an insurer, a help desk; one turn a case.

Intents are APIs, labelled words arguments (lists for dishes, drinks, ingredients). Bare answers with details go to
an API that stores the details (at most 900 a domain); those made of values only are left out, except for fast food.
Greetings, thanks, yes and no and what is out of the domain expect no call. Lower case, no punctuation, label noise.
"""

import csv
import io
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.planning_set import (
    Case,
    Document,
    PlanningSet,
    call,
    case,
    document,
    offer,
    parameter,
    read_number,
    read_table,
    without_repeats,
)

FOLDER = "data/paper_splits/splits_annotated_at_turn_level"
DETAILS = "contentonly"
SMALL_TALK = ("openinggreeting", "thankyou", "confirmation", "rejection", "closinggreeting", "outofdomain")
DETAILS_CAP, NEGATIVE_CAP, BARE_CAP = 900, 260, 250
"""At most so many details, turns without a call, and calls without arguments for each domain and intent."""
LEFT_OUT_SHARE = 0.08


class UnusableError(Exception):
    """The turn gives no case; the text says why."""


@dataclass(frozen=True, slots=True)
class Turn:
    text: str
    intent: str
    spans: tuple[tuple[str, str], ...]
    """(slot, words)"""
    unlabelled: int
    """How many words have no label."""


@dataclass(slots=True)
class Domain:
    """A domain's intents in two versions."""

    name: str
    slots: dict[str, Any]
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Intent → identities."""
    used: dict[str, list[str]] = field(default_factory=dict)
    """Intent → slots that are its parameters."""
    counts: Counter[str] = field(default_factory=Counter)
    bare: Counter[str] = field(default_factory=Counter)

    def family(self, version: int) -> list[str]:
        return [names[version] for names in self.names.values()]


def convert(checkout: Checkout) -> PlanningSet:
    table = read_table("multidogo")
    apis, domains, turns = [], [], {}
    dropped = Counter[str]()
    for name, about in table["domains"].items():
        turns[name] = read_turns(checkout, name, table["slots"], dropped)
        frequency = Counter((turn.intent, slot) for turn in turns[name] for slot in {slot for slot, _ in turn.spans})
        domain = Domain(name, table["slots"])
        apis += make_documents(domain, about, frequency)
        domains.append(domain)
    every = [[api for domain in domains for api in domain.family(version)] for version in (0, 1)]
    chance, cases = random.Random(4), []
    for domain in domains:
        chance.shuffle(turns[domain.name])
        seen = set[str]()
        for turn in turns[domain.name]:
            version = chance.choice([1, 2]) - 1
            if turn.text in seen:
                continue
            seen.add(turn.text)
            try:
                made = make_case(domain, turn, version, every[version], chance)
            except UnusableError as error:
                dropped[str(error)] += 1
                continue
            cases += [made] if made else []
    chance.shuffle(cases)
    for number, made in enumerate(cases):
        made["id"] = f"mdg-{number}"
    return PlanningSet(apis, without_repeats(cases), dropped)


def read_turns(checkout: Checkout, domain: str, slots: dict[str, Any], dropped: Counter[str]) -> list[Turn]:
    turns = []
    for split in ("train", "dev"):
        lines = io.StringIO(checkout.text(f"{FOLDER}/{domain}/{split}.tsv"))
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            labels, words = (row["slot-labels"] or "").split(), (row["utterance"] or "").split()
            known = all(label == "O" or label in slots for label in labels)
            if len(labels) != len(words) or not row["intent"] or not known or '"' in row["utterance"]:
                dropped["malformed or rare slot"] += 1
                continue
            spans = read_spans(words, labels)
            turns.append(Turn(" ".join(words), row["intent"], spans, labels.count("O")))
    return turns


def read_spans(words: list[str], labels: list[str]) -> tuple[tuple[str, str], ...]:
    spans, before = [], None
    for word, label in zip(words, labels, strict=True):
        if label != "O":
            if label == before:
                spans[-1][1].append(word)
            else:
                spans.append((label, [word]))
        before = label
    return tuple((slot, " ".join(said)) for slot, said in spans)


def make_documents(domain: Domain, about: dict[str, Any], frequency: Counter[tuple[str, str]]) -> list[Document]:
    """Return both documents of each intent, with the slots that are frequent there, and name them in the domain."""
    apis = []
    for intent, described in about["intents"].items():
        least = 15 if intent == DETAILS else 3
        domain.used[intent] = [slot for slot in domain.slots if frequency[intent, slot] >= least]
        names = []
        for version, package in enumerate(about["packages"]):
            ending, parameters = ("." if version == 0 else " (optional)."), []
            for slot in (domain.slots[used] for used in domain.used[intent]):
                more = {"items": {"type": "string"}} if slot["type"] == "array" else {}
                text = slot["description"].replace("[]", "") + ending
                parameters.append(parameter(slot["names"][version], text, slot["type"], False, **more))
            name = described["names"][version]
            apis.append(document(package, name, described["descriptions"][version], parameters))
            names.append(f"{package}.{name}")
        domain.names[intent] = (names[0], names[1])
    return apis


def make_case(domain: Domain, turn: Turn, version: int, every: list[str], chance: random.Random) -> Case | None:
    """Return a turn's case; None for small talk that is over its cap. UnusableError where the labels fit no API."""
    intent, family = turn.intent, domain.family(version)
    if intent in SMALL_TALK:
        return make_negative(domain, turn, version, every, chance)
    if "<div>" in intent:
        raise UnusableError("several intents")
    if intent not in domain.names:
        raise UnusableError("rare intent")
    told = turn.spans and (turn.unlabelled or domain.name == "fastfood")
    if intent == DETAILS and (not told or domain.counts[intent] >= DETAILS_CAP):
        raise UnusableError("details over the cap, without value or without any other word")
    arguments = read_arguments(domain, turn, version)
    if intent != DETAILS and not arguments and domain.bare[intent] >= BARE_CAP:
        raise UnusableError("without arguments, over 250")
    domain.counts[intent] += 1
    domain.bare[intent] += not arguments
    gold, left_out = domain.names[intent][version], chance.random() < LEFT_OUT_SHARE
    near = [api for api in family if not (left_out and api == domain.names[DETAILS][version])]
    offered = offer(chance, [gold], near, every, left_out)
    calls = [] if left_out else [call(gold, arguments)]
    kind = "left_out" if left_out else "details" if intent == DETAILS else "call"
    return case("", turn.text, offered, calls, kind)


def make_negative(domain: Domain, turn: Turn, version: int, every: list[str], chance: random.Random) -> Case | None:
    foreign, words = turn.intent == "outofdomain", len(turn.text.split())
    cap = NEGATIVE_CAP if foreign else NEGATIVE_CAP // 3
    if turn.spans or words < (4 if foreign else 2) or domain.counts[turn.intent] >= cap:
        return None
    domain.counts[turn.intent] += 1
    family = domain.family(version)
    near = [api for api in family if not (foreign and api == domain.names[DETAILS][version])]
    offered = offer(chance, [], near, every) or [chance.choice(family)]
    return case("", turn.text, offered, [], turn.intent)


def read_arguments(domain: Domain, turn: Turn, version: int) -> dict[str, list[Any]]:
    """Return the spans as arguments. UnusableError where one has no parameter, stands twice or is no number."""
    said = defaultdict[str, list[str]](list)
    for slot, words in turn.spans:
        said[slot].append(words)
    arguments: dict[str, list[Any]] = {}
    for slot, values in said.items():
        name, kind = domain.slots[slot]["names"][version], domain.slots[slot]["type"]
        if slot not in domain.used[turn.intent]:
            raise UnusableError("slot without parameter")
        if kind != "array" and len(values) > 1:
            raise UnusableError("slot twice")
        arguments[name] = [values] if kind == "array" else values
        if kind in ("integer", "number"):
            number = read_number(values[0])
            if number is None or (kind == "integer" and not isinstance(number, int)):
                raise UnusableError("not a number")
            arguments[name] = [number]
    return arguments
