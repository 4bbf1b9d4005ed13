"""NLU++: sentences of bank and hotel customers; labels are sets of intent modules, and slots with canonical values.

An API is made of each (action, subject) that occurs at least four times, with the slots that occur there, in two
documents. Dates that name a month and times with digits may be given as said or in ISO form; counts are integers.
Sentences that only agree, thank or greet expect no call. Where several actions are named, one is chosen by rule.
"""

import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.planning_set import (
    Case,
    Document,
    PlanningSet,
    call,
    camel,
    case,
    document,
    offer,
    parameter,
    read_number,
    read_table,
    without_repeats,
)

MONTHS = "january february march april may june july august september october november december".split()
SMALL_TALK = {"affirm", "deny", "dont_know", "acknowledge", "greet", "end_call", "thank", "repeat", "handoff"}
BROAD_NOUNS = ("card", "account", "transfer_payment_deposit")
BROAD_VERBS = ("request_info", "how")
LEAST = 4
"""How often an action and a subject must occur together to be an API."""

Row = dict[str, Any]
Noun = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """What a sentence wants: rows of the table for the subject (noun) and the action (verb)."""

    domain: str
    noun: tuple[str, ...]
    verb: tuple[str, ...]


@dataclass(slots=True)
class Material:
    """Labelled sentences, and how often an action occurs, alone and with a slot."""

    rows: list[tuple[str, Row, Action | None]] = field(default_factory=list)
    actions: Counter[Action] = field(default_factory=Counter)
    slots: Counter[tuple[Action, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


class Names:
    """Documents of the actions in two versions, and their identities."""

    def __init__(self, material: Material, table: dict[str, Any]) -> None:
        self.slots: dict[str, list[str]] = table["slots"]
        self.apis: list[Document] = []
        self.identities: dict[tuple[Action, int], str] = {}
        frequent = [action for action in material.actions if material.actions[action] >= LEAST]
        for action in sorted(frequent, key=lambda action: str((action.domain, action.noun, action.verb))):
            used = [slot for slot in self.slots if material.slots[action, slot]]
            for version in (1, 2):
                self._add(action, version, used)

    def _add(self, action: Action, version: int, used: list[str]) -> None:
        ending = "" if version == 1 else ", if the user gave it"
        parameters = [
            parameter(self.slot(slot, version), f"{self.slots[slot][1]}{ending}.", self.slots[slot][2])
            for slot in used
        ]
        package, name = (
            (action.domain, f"{action.verb[1]}_{action.noun[1]}")
            if version == 1
            else (action.domain + "Api", f"{camel(action.noun[1])}.{action.verb[3]}")
        )
        about = action.verb[2] if version == 1 else action.verb[4]
        self.apis.append(document(package, name, about.format(action.noun[2]), parameters))
        self.identities[action, version] = f"{package}.{name}"

    def slot(self, slot: str, version: int) -> str:
        """Return the parameter's name."""
        name = self.slots[slot][0]
        return name if version == 1 else camel(name + ("_value" if slot in ("date", "time", "number") else ""))

    def of(self, domain: str, version: int) -> dict[Action, str]:
        """Return the actions of a domain with their identities."""
        return {
            action: api
            for (action, which), api in self.identities.items()
            if (action.domain, which) == (domain, version)
        }


def convert(checkout: Checkout) -> PlanningSet:
    table = read_table("nlupp")
    material = read_material(checkout, table)
    names = Names(material, table)
    chance, cases = random.Random(3), []
    for number, (domain, row, action) in enumerate(material.rows):
        made = make_case(f"nlupp-{number}", domain, row, action, names, chance, material.dropped)
        cases += [made] if made else []
    return PlanningSet(names.apis, without_repeats(cases), material.dropped)


def read_material(checkout: Checkout, table: dict[str, Any]) -> Material:
    material = Material()
    for domain in table["nouns"]:
        for content in checkout.read(checkout.paths(rf"nlupp/data/{domain}/fold\d+\.json")).values():
            for row in json.loads(content):
                intents = set(row.get("intents", []))
                nouns, verbs = find_nouns(domain, intents, table), find_verbs(intents, table)
                if not nouns or not verbs:
                    alone = intents <= SMALL_TALK and intents and not row.get("slots")
                    if alone and len(row["text"].split()) < 12:
                        material.rows.append((domain, row, None))
                    else:
                        material.dropped["no noun or no verb"] += 1
                elif len(nouns) > 1:
                    material.dropped["two nouns"] += 1
                else:
                    action = Action(domain, tuple(nouns[0]), tuple(verbs[0]))
                    material.rows.append((domain, row, action))
                    material.actions[action] += 1
                    material.slots.update((action, slot) for slot in row.get("slots", {}))
    return material


def find_nouns(domain: str, intents: set[str], table: dict[str, Any]) -> list[Noun]:
    nouns = [noun for noun in table["nouns"][domain] if noun[0] in intents]
    if domain == "hotels" and len(nouns) > 1 and nouns[-1][0] == "booking":
        return nouns[:-1]
    if domain == "banking" and len(nouns) > 1:
        return [noun for noun in nouns if noun[0] not in BROAD_NOUNS] or nouns
    return nouns


def find_verbs(intents: set[str], table: dict[str, Any]) -> list[Noun]:
    verbs = [verb for verb in table["verbs"] if verb[0] in intents]
    return [verb for verb in verbs if verb[0] not in BROAD_VERBS] or verbs if len(verbs) > 1 else verbs


def make_case(
    name: str, domain: str, row: Row, action: Action | None, names: Names, chance: random.Random, dropped: Counter[str]
) -> Case | None:
    version = chance.choice([1, 2])
    apis = names.of(domain, version)
    if action is None:
        if chance.random() >= 0.8:
            return None
        offered = offer(chance, [], [], apis.values()) or [next(iter(apis.values()))]
        return case(name, row["text"], offered, [], "small_talk")
    if action not in apis:
        dropped["rare API"] += 1
        return None
    arguments = {
        names.slot(slot, version): accepted(slot, found, names) for slot, found in row.get("slots", {}).items()
    }
    if not all(arguments.values()):
        dropped["number"] += 1
        return None
    gold, left_out = apis[action], chance.random() < 0.08
    near = [api for other, api in apis.items() if other.noun == action.noun or other.verb == action.verb]
    offered = offer(chance, [gold], near, apis.values(), left_out)
    calls = [] if left_out else [call(gold, arguments)]
    return case(name, row["text"], offered, calls, "left_out" if left_out else "call")


def accepted(slot: str, found: dict[str, Any], names: Names) -> list[Any]:
    """Return the values that are right for a slot; none where a count is no integer."""
    said, value = found["text"], found.get("value")
    if names.slots[slot][2] == "integer":
        number = value if isinstance(value, int) else read_number(said)
        return [number] if isinstance(number, int) else []
    values = [said]
    if isinstance(value, dict):
        if {"day", "month", "year"} <= set(value) and any(month[:3] in said.lower() for month in MONTHS):
            values.append(f"{value['year']:04d}-{value['month']:02d}-{value['day']:02d}")
        if "hour" in value and re.search(r"\d|noon|midnight", said):
            values.append(f"{value['hour']:02d}:{value.get('minute') or 0:02d}")
    return values
