"""Example sentences of Rasa's demonstration assistants, by their developers and testers.

Entities with labels are parameters: as said, or the synonym's canonical form. The documents for the bank and the
help desk were written for this set; those of the training data for other trades come from the intent's name and have
no parameters.
"""

import random
import re
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
    read_table,
    without_repeats,
)

TRADES = ("banking", "car-purchase", "fixing-internet", "retail", "restaurant", "education")
SMALL_TALK = {
    *("greet", "goodbye", "thankyou", "thank", "affirm", "deny", "check_human", "bot_challenge", "out_of_scope"),
}
LABELLED = r"\[([^\]]*)\](?:\([\w-]+\)|\{[^}]*\})"
ENTITY = re.compile(
    r"\[([^\]]*)\](?:\(([\w-]+)\)|\{\"entity\": \"([\w-]+)\"(?:, \"value\": \"([^\"]*)\")?\})",
)
LEFT_OUT_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled sentence; `apis` are the identities of its intent in two versions, none for small talk."""

    text: str
    packages: tuple[str, str]
    apis: tuple[str, str] | None = None
    entities: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Material:
    apis: list[Document] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    small_talk: list[Row] = field(default_factory=list)
    packages: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Package → identities."""

    def every(self, version: int) -> list[str]:
        """Return all identities of a version."""
        packages = dict.fromkeys(row.packages[version] for row in self.rows)
        return [api for package in packages for api in self.packages[package]]


def convert(*checkouts: Checkout) -> PlanningSet:
    table, material = read_table("rasa_demos"), Material()
    *assistants, trades = checkouts
    for checkout in assistants:
        about = table[checkout.source.folder]
        read_file(checkout.text(about["file"]), tuple(about["packages"]), about["intents"], material)
    for trade in TRADES:
        packages = (trade.replace("-", "_"), trade.split("-")[0] + "Topics")
        read_file(trades.text(f"{trade}/nlu.yml"), packages, None, material)
    chance, dropped, cases = random.Random(13), Counter[str](), []
    for number, row in enumerate(material.rows):
        made = make_case(f"rasa-{number}", row, material, chance)
        dropped["unlabelled name, one word or repeated slot"] += made is None
        cases += [made] if made else []
    for number, row in enumerate(material.small_talk):
        text, version = unlabelled(row.text), chance.choice([1, 2]) - 1
        if len(text.split()) >= 2:
            own, every = material.packages[row.packages[version]], material.every(version)
            near = [api for api in own if "human" not in api and "Agent" not in api]
            offered = offer(chance, [], near, every) or every[:1]
            cases.append(case(f"rasa-n{number}", text, offered, [], "small_talk"))
    chance.shuffle(cases)
    return PlanningSet(material.apis, without_repeats(cases), dropped)


def read_examples(text: str) -> dict[str, list[str]]:
    """Return intent → example sentences of a file of training data."""
    examples, intent = defaultdict[str, list[str]](list), None
    for line in text.split("\n"):
        if found := re.match(r"\s*- intent: *(\S+)", line):
            intent = found[1]
        elif re.match(r"\s*- (synonym|regex|lookup)", line):
            intent = None
        elif intent and (found := re.match(r"\s+- +(.+)", line)):
            examples[intent].append(found[1].strip())
    return examples


def read_file(text: str, packages: tuple[str, str], about: dict[str, Any] | None, material: Material) -> None:
    for intent, sentences in read_examples(text).items():
        if about is None:
            words = intent.replace("_", " ")
            described = {
                "names": (intent, "".join(word.title() for word in intent.split("_"))),
                "descriptions": (f"{words.capitalize()}.", f"Answer requests of this kind: {words}."),
                "entities": {},
            }
        else:
            described = about.get(intent)
        if described is None:
            if intent in SMALL_TALK:
                material.small_talk += [Row(sentence, packages) for sentence in sentences]
        elif about is not None or len(sentences) >= 4:
            names = []
            for version, package in enumerate(packages):
                entities = described["entities"].values()
                parameters = [parameter(entity[version], f"{entity[2]}.") for entity in entities]
                name = described["names"][version]
                material.apis.append(document(package, name, described["descriptions"][version], parameters))
                material.packages[package].append(f"{package}.{name}")
                names.append(f"{package}.{name}")
            apis, entities = (names[0], names[1]), described["entities"]
            material.rows += [Row(sentence, packages, apis, entities) for sentence in sentences]


def unlabelled(text: str) -> str:
    return re.sub(LABELLED, r"\1", text).strip()


def make_case(name: str, row: Row, material: Material, chance: random.Random) -> Case | None:
    """Return the case of a sentence; None where it is one word, or a name in it lacks its label."""
    text, version, arguments, repeated = (
        re.sub(rf"({LABELLED})\1", r"\1", row.text),
        chance.choice([1, 2]) - 1,
        {},
        False,
    )
    for found in ENTITY.finditer(text):
        entity, value = found[2] or found[3], found[4]
        if entity in row.entities:
            slot = row.entities[entity][version]
            repeated = repeated or slot in arguments
            arguments[slot] = [found[1], *([value] if value and value != found[1] else [])]
    text = unlabelled(text)
    person = "PERSON" in row.entities and re.search(r"(pay|to|send) [A-Z][a-z]+", text)
    vendor = "vendor_name" in row.entities and re.search(r"(at|on) [A-Z]", text)
    if row.apis is None or repeated or len(text.split()) < 2 or (not arguments and (person or vendor)):
        return None
    gold, own, left_out = row.apis[version], row.packages[version], chance.random() < LEFT_OUT_SHARE
    near = [] if left_out else material.packages[own]
    far = [api for api in material.every(version) if not (left_out and api.split(".")[0] == own)]
    offered = offer(chance, [gold], near, far, left_out)
    calls = [] if left_out else [call(gold, arguments)]
    return case(name, text, offered, calls, "left_out" if left_out else "call")
