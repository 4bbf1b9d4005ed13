"""Example utterances of the Bot Framework's skills: calendar, mail, tasks, hotel, weather, car, phone, places.

Labelled spans are parameters, as said. Each intent has two documents. Some persons, places and dates carry no label
in the source; all is in lower case. At most 700 sentences of an intent, other caps for the car's.
"""

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.planning_set import (
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

CAPS = {"VEHICLE_SETTINGS_CHANGE": 1600, "VEHICLE_SETTINGS_CHECK": 900, "VEHICLE_SETTINGS_DECLARATIVE": 500}
CAP = 700
LEFT_OUT_SHARE = 0.1
Slots = dict[str, list[str]]
"""Label → names in two versions, and a description: `!` at its end means required, `[]` a list."""


class UnusableError(Exception):
    """The line gives no case; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    intent: str
    names: tuple[str, str]
    """Identities of the intent's API in two versions."""
    slots: Slots
    line: str


@dataclass(slots=True)
class Material:
    apis: list[Document] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    packages: tuple[dict[str, list[str]], ...] = field(default_factory=lambda: (defaultdict(list), defaultdict(list)))
    """For each version: package → identities."""
    dropped: Counter[str] = field(default_factory=Counter)


def convert(checkout: Checkout) -> PlanningSet:
    paths = {path.rsplit("/", 1)[1][:-3]: path for path in checkout.paths(r"skills/csharp/.*/LU/en-us/.*\.lu")}
    material = Material()
    for name, about in read_table("luis").items():
        identities = add_documents(about, material)
        read_rows(checkout.text(paths[name]).removeprefix("\ufeff"), about["intents"], identities, material)
    chance, cases, counts = random.Random(5), [], Counter[tuple[str, str]]()
    chance.shuffle(material.rows)
    every = [[api for apis in packages.values() for api in apis] for packages in material.packages]
    for number, row in enumerate(material.rows):
        try:
            text, values = read_line(row)
            if counts[row.names] >= CAPS.get(row.intent, CAP):
                raise UnusableError("over the cap")
        except UnusableError as error:
            material.dropped[str(error)] += 1
            continue
        counts[row.names] += 1
        version = chance.choice([1, 2]) - 1
        gold, left_out = row.names[version], chance.random() < LEFT_OUT_SHARE
        arguments = {
            row.slots[label][version]: [said] if is_list(row.slots[label]) else said[:1]
            for label, said in values.items()
        }
        near = material.packages[version][gold.split(".")[0]]
        offered = offer(chance, [gold], near, every[version], left_out)
        calls = [] if left_out else [call(gold, arguments)]
        cases.append(case(f"luis-{number}", text, offered, calls, "left_out" if left_out else "call"))
    return PlanningSet(material.apis, without_repeats(cases), material.dropped)


def add_documents(about: dict[str, Any], material: Material) -> dict[str, tuple[str, str]]:
    """Add both documents of each intent; return intent → identities."""
    identities = {}
    for intent, described in about["intents"].items():
        names = []
        for version, package in enumerate(about["packages"]):
            name, slots = described["names"][version], described["slots"].values()
            parameters = [make_parameter(slot, version) for slot in slots]
            material.apis.append(document(package, name, described["descriptions"][version], parameters))
            material.packages[version][package].append(f"{package}.{name}")
            names.append(f"{package}.{name}")
        identities[intent] = (names[0], names[1])
    return identities


def is_list(slot: list[str]) -> bool:
    return slot[2].endswith("[]")


def is_required(slot: list[str]) -> bool:
    return slot[2].endswith("!")


def make_parameter(slot: list[str], version: int) -> Document:
    about = slot[2].rstrip("![]") + "."
    if version == 1 and not is_required(slot):
        about = "Optional. " + about
    if is_list(slot):
        return parameter(slot[version], about, "array", is_required(slot), items={"type": "string"})
    return parameter(slot[version], about, "string", is_required(slot))


def read_rows(text: str, intents: dict[str, Any], identities: dict[str, tuple[str, str]], material: Material) -> None:
    intent = None
    for line in text.split("\n"):
        if found := re.match(r"##? (\w+)", line):
            intent = found[1]
        elif line.startswith("- "):
            key = intent if intent in intents else "*" if "*" in intents else None
            if key is None:
                material.dropped["intent without API"] += 1
            else:
                material.rows.append(Row(key, identities[key], intents[key]["slots"], line[2:].strip()))


def read_line(row: Row) -> tuple[str, dict[str, list[str]]]:
    """Return the sentence and label → spans. UnusableError where it is a pattern or its labels fit no parameters."""
    line = row.line
    unbalanced = line.count("{") != line.count("=") or re.search(r"\{[^}]*\{", line)
    if line.startswith("^") or re.search(r"\{@?\w+\}|[()|\[\]]", line) or unbalanced:
        raise UnusableError("pattern or nested label")
    values = defaultdict[str, list[str]](list)
    for label, said in re.findall(r"\{(\w+)=\s*([^{}]*?)\s*\}", line):
        values[label].append(said)
    text = re.sub(r"\s+", " ", re.sub(r"\{\w+=\s*([^{}]*?)\s*\}", r"\1", line)).strip()
    if any(label not in row.slots for label in values):
        raise UnusableError("slot without parameter")
    if any(len(said) > 1 and not is_list(row.slots[label]) for label, said in values.items()):
        raise UnusableError("slot twice")
    if any(is_required(slot) and label not in values for label, slot in row.slots.items()):
        raise UnusableError("required value not labelled")
    if len(text.split()) < 2:
        raise UnusableError("one word")
    return text, values
