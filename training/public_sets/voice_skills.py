"""Templates of voice assistants' skills (Mycroft, OpenVoiceOS), a few random readings each, values from our lists.

The documents were written for this set, two for each intent. Some intents mean nearly the same (StopRadio,
TurnOffRadio).
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
    identity,
    offer,
    parameter,
    read_number,
    read_table,
    without_repeats,
)

PACKAGES = {
    "skill-reminder": "reminder",
    "ovos-skill-application-launcher": "launcher",
    "ovos-skill-date-time": "clock",
    "ovos-skill-moviemaster": "movies",
    "ovos-skill-randomness": "chance",
    "ovos-skill-volume": "volume",
    "ovos-skill-weather": "weather",
    "ovos-skill-wordnet": "wordnet",
}
"""Repository → package; the others name it by the folder of the skill."""

KEPT_APART = ("homeassistant", "test-gui")
CAP = 70
"""At most so many sentences of an intent."""
SLOT = re.compile(r"\{+(\w+)\}+")


@dataclass(frozen=True, slots=True)
class Template:
    line: str
    apis: tuple[str, str]
    """Identities of the intent's API in two versions."""


@dataclass(slots=True)
class Material:
    table: dict[str, Any]
    apis: dict[str, Document] = field(default_factory=dict)
    """Identity → document."""
    packages: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    templates: list[Template] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def convert(*checkouts: Checkout) -> PlanningSet:
    material = Material(read_table("voice_skills"))
    for checkout in checkouts:
        for path in checkout.paths(r"(?i:.*en-us/.*\.intent)"):
            if not any(word in path for word in KEPT_APART):
                read_intent(checkout, path, material)
    chance, cases, seen, counts = random.Random(12), [], set[str](), Counter[str]()
    chance.shuffle(material.templates)
    for number, template in enumerate(material.templates):
        text, version = read_once(template.line, chance), chance.choice([1, 2]) - 1
        text, arguments = fill(text, material.table, chance)
        required = {item["name"] for item in material.apis[template.apis[version]]["parameters"] if item["required"]}
        broken = len(text) < 3 or re.search(r"[(){}|\[\]]", text) or not required <= set(arguments)
        if broken or text in seen or counts[template.apis[0]] >= CAP:
            material.dropped["repeated, broken or over 70 for an intent"] += 1
            continue
        seen.add(text)
        counts[template.apis[0]] += 1
        cases.append(make_case(f"vs-{number}", text, arguments, template.apis[version], version, material, chance))
    chance.shuffle(cases)
    return PlanningSet(list(material.apis.values()), without_repeats(cases), material.dropped)


def read_intent(checkout: Checkout, path: str, material: Material) -> None:
    """Add an intent's documents and templates, where it is described and its slots have values."""
    intent, values = path.rsplit("/", 1)[1][:-7], material.table["values"]
    if intent not in material.table["descriptions"]:
        material.dropped["no document written"] += 1
        return
    lines = [line.strip() for line in checkout.text(path).split("\n") if line.strip() and not line.startswith("#")]
    usable = [line for line in lines if all(slot in values for slot in SLOT.findall(line))]
    material.dropped["file with slots without values"] += usable != lines
    if not usable:
        return
    slots = [slot for slot in dict.fromkeys(slot for line in lines for slot in SLOT.findall(line)) if slot in values]
    always = {slot for slot in slots if all("{" + slot + "}" in line for line in usable)}
    folder = re.sub(r"skills/(query-)?|\.mark2.*", "", path.split("/locale")[0].split("/vocab")[0])
    package = PACKAGES.get(checkout.source.repository.split("/")[1], folder).replace("-", "_")
    apis = (
        add_document(package, snake_name(intent), "", intent, slots, always, material),
        add_document(f"{package}_skill", camel_name(intent), "Skill intent. ", intent, slots, always, material),
    )
    for line in usable:
        readings = min(7, 1 + min(5, line.count("|")) + 2 * line.count("{"))
        material.templates += [Template(line, apis)] * readings


def snake_name(intent: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"[.\-]", "_", intent)).lower()


def camel_name(intent: str) -> str:
    name = re.sub(r"[.\-_](\w)", lambda found: found[1].upper(), intent)
    return name[0].lower() + name[1:]


def add_document(
    package: str, name: str, opening: str, intent: str, slots: list[str], always: set[str], material: Material
) -> str:
    table = material.table
    while f"{package}.{name}" in material.apis:
        name += "_v2"
    parameters = [
        parameter(
            slot,
            table["parameters"].get(slot, slot.title()) + ".",
            "integer" if slot in table["numbers"] else "string",
            slot in always,
        )
        for slot in slots
    ]
    api = document(package, name, opening + table["descriptions"][intent], parameters)
    material.apis[identity(api)] = api
    material.packages[package].append(identity(api))
    return identity(api)


def read_once(template: str, chance: random.Random) -> str:
    """Return one random reading of a template: `(a|b)` is a choice, `[a]` may be left out."""
    while found := re.search(r"\(([^()]*)\)|\[([^\[\]]*)\]", template):
        choices = found[1].split("|") if found[1] is not None else [*found[2].split("|"), ""]
        template = template[: found.start()] + chance.choice(choices) + template[found.end() :]
    return template


def fill(text: str, table: dict[str, Any], chance: random.Random) -> tuple[str, dict[str, list[Any]]]:
    """Return a reading with values in its slots, and these values as arguments."""
    arguments = {}
    for slot in SLOT.findall(text):
        value = chance.choice(table["values"][slot])
        text = re.sub(r"\{+" + slot + r"\}+", value, text, count=1)
        arguments[slot] = [read_number(value)] if slot in table["numbers"] else [value]
    return re.sub(r"\s+", " ", text).strip(" ."), arguments


def make_case(
    name: str,
    text: str,
    arguments: dict[str, list[Any]],
    gold: str,
    version: int,
    material: Material,
    chance: random.Random,
) -> Case:
    left_out, family = chance.random() < 0.08, material.packages[gold.split(".")[0]]
    every = [
        api
        for package, apis in material.packages.items()
        for api in apis
        if package.endswith("_skill") == (version == 1) and not (left_out and api in family)
    ]
    offered = offer(chance, [gold], [] if left_out else family, every, left_out)
    calls = [] if left_out else [call(gold, arguments)]
    return case(name, text, offered, calls, "left_out" if left_out else "call")
