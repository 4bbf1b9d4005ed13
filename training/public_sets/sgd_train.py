"""Schema-Guided Dialogue, training split: a service call in its dialogue. Share-alike: see the model card.

Only dialogues none of whose services is called in the development and test splits, which measure: 13 of 26. A document
is that of the data set or one of its five paraphrases (SGD-X, Lee et al., 2022), of one version in a dialogue.
Where the assistant asks for what is needed, the case has no call (`split`: ask). Dialogues are dated 1 March 2019.
"""

import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.planning_set import Case, Document, PlanningSet, call, case, document, parameter, without_repeats

MEASURED = frozenset(
    "Alarm_1 Banks_2 Buses_1 Buses_3 Events_1 Events_3 Flights_3 Flights_4 Homes_1 Homes_2 Hotels_1 Hotels_2 Hotels_4"
    " Media_2 Media_3 Messaging_1 Movies_1 Movies_2 Movies_3 Music_1 Music_3 Payment_1 RentalCars_1 RentalCars_3"
    " Restaurants_2 RideSharing_1 RideSharing_2 Services_1 Services_4 Trains_1 Travel_1 Weather_1".split()
)
"""Services that the development and test splits call."""
LEFT_OUT = frozenset(
    f"train/dialogues_{number}.json"
    for number in (
        "037 052 053 054 055 056 058 060 066 068 070 071 072 073 074 075 076 077 078 079 080 081 082 083 084 085 093"
        " 094 104 117 118"
    ).split()
)
"""Files of over four megabytes."""
TODAY = "2019-03-01T09:00:00+00:00"
VERSIONS = (0, 0, 0, 0, 0, 1, 2, 3, 4, 5)
"""How often which document: 0 is that of the data set."""
TYPED = (2, 4)
"""Versions with integers and booleans instead of choices such as "1", "True"."""
ASKED_SHARE = 0.15
Dialogue = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Service:
    """One service in one version; the keys are the names of version 0."""

    package: str
    about: str
    slots: dict[str, dict[str, Any]]
    intents: dict[str, dict[str, Any]]
    typed: bool
    brief: bool

    def document(self, intent: str) -> Document:
        """Version 0 shows the choices of what is required alone, as the set that measures does."""
        found = self.intents[intent]
        optional = found["optional_slots"]
        about = found["description"].rstrip(".")
        named = {slot["name"]: slot for slot in self.slots.values()}
        parameters = [self._parameter(named[name], True) for name in found["required_slots"]]
        parameters += [self._parameter(named[name], False) for name in optional]
        return document(self.package, found["name"], about if self.brief else f"{about} ({self.about})", parameters)

    def _parameter(self, slot: dict[str, Any], required: bool) -> Document:
        choices = slot["possible_values"] if slot["is_categorical"] else []
        more: dict[str, Any] = {"enum": choices} if choices and (required or self.brief) else {}
        kind = self.kind(slot)
        return parameter(slot["name"], slot["description"], kind, required, **(more if kind == "string" else {}))

    def kind(self, slot: dict[str, Any]) -> str:
        choices = slot["possible_values"]
        if not self.typed or not choices:
            return "string"
        if {*choices} <= {"True", "False"}:
            return "boolean"
        return "integer" if all(re.fullmatch(r"\d+", choice) for choice in choices) else "string"

    def arguments(self, given: dict[str, str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for name, value in given.items():
            slot = self.slots[name]
            kind = self.kind(slot)
            found[slot["name"]] = [
                value == "True" if kind == "boolean" else int(value) if kind == "integer" else value
            ]
        return found


def convert(checkout: Checkout) -> PlanningSet:
    services = {version: read_services(checkout, version) for version in sorted({*VERSIONS})}
    apis = [
        service.document(intent)
        for known in services.values()
        for service in known.values()
        for intent in service.intents
    ]
    cases, dropped = list[Case](), Counter[str]()
    paths = [path for path in checkout.paths(r"train/dialogues_\d+\.json") if path not in LEFT_OUT]
    for path in paths:
        for dialogue in json.loads(checkout.data(path)):
            if {*dialogue["services"]} & MEASURED:
                dropped["calls a service that is measured"] += 1
                continue
            chance = random.Random(dialogue["dialogue_id"])
            known = services[chance.choice(VERSIONS)]
            cases += make_cases(dialogue, known, chance)
    return PlanningSet(apis, without_repeats(cases), dropped)


def read_services(checkout: Checkout, version: int) -> dict[str, Service]:
    """Return the services that train, by their names in version 0; the versions list all in one order."""
    original = json.loads(checkout.data("train/schema.json"))
    told = json.loads(checkout.data(f"sgd_x/data/v{version}/train/schema.json")) if version else original
    package, found = f"sgd_v{version}" if version else "sgd", dict[str, Service]()
    for first, this in zip(original, told, strict=True):
        if first["service_name"] in MEASURED:
            continue
        slots = {a["name"]: b for a, b in zip(first["slots"], this["slots"], strict=True)}
        intents = {a["name"]: b for a, b in zip(first["intents"], this["intents"], strict=True)}
        name = f"{package}.{this['service_name']}"
        found[first["service_name"]] = Service(
            name, this["description"], slots, intents, version in TYPED, brief=bool(version)
        )
    return found


def make_cases(dialogue: Dialogue, known: dict[str, Service], chance: random.Random) -> list[Case]:
    """Return a case for each call, and for some turns at which the assistant asks for what is needed."""
    messages, cases = list[Document](), list[Case]()
    offered = [f"{known[s].package}.{i['name']}" for s in dialogue["services"] for i in known[s].intents.values()]
    intents = dict[str, str]()
    for number, turn in enumerate(dialogue["turns"]):
        name = f"{dialogue['dialogue_id']}-{number}@train"
        for frame in turn["frames"]:
            service = known[frame["service"]]
            if turn["speaker"] == "USER":
                intents[frame["service"]] = frame["state"]["active_intent"]
                continue
            if made := frame.get("service_call"):
                api = f"{service.package}.{service.intents[made['method']]['name']}"
                arguments = service.arguments(made["parameters"])
                if {*service.intents[made["method"]]["required_slots"]} <= {*arguments}:
                    cases.append(at_that_time(case(name, list(messages), offered, [call(api, arguments)], "call")))
            elif chance.random() < ASKED_SHARE and (intent := find_asked(frame, service, intents)):
                api = f"{service.package}.{service.intents[intent]['name']}"
                cases.append({**at_that_time(case(name, list(messages), [api], [], "ask")), "split": "ask"})
        role = "user" if turn["speaker"] == "USER" else "assistant"
        messages.append({"role": role, "content": turn["utterance"]})
    return cases


def find_asked(frame: dict[str, Any], service: Service, intents: dict[str, str]) -> str | None:
    """Return the intent of which the assistant asks for something required."""
    intent = intents.get(frame["service"], "NONE")
    if intent not in service.intents:
        return None
    required = {*service.intents[intent]["required_slots"]}
    slots = [service.slots[a["slot"]]["name"] for a in frame["actions"] if a["act"] == "REQUEST" and a["slot"]]
    return intent if any(slot in required for slot in slots) else None


def at_that_time(made: Case) -> Case:
    return {**made, "now": TODAY, "said": "all"}
