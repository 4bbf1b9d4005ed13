"""STAR: dialogues of two people, one of whom played the assistant and asked a knowledge base.

A case is the dialogue up to a user's turn, with earlier results, → the last query before the next turn. 24 APIs,
each in two documents, one of them in a dialogue. Comparisons are parameters of their own (PriceMin, price_min).
Queries with free text, numbers or categories that nobody said are left out, so that every value can be found.
Without a call: `not_yet` (before the first query, while the assistant still asks) and `left_out`. The assistants now
and then forgot an optional wish.
"""

import ast
import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.planning_set import (
    NUMERALS,
    Case,
    Document,
    PlanningSet,
    call,
    case,
    document,
    offer,
    parameter,
    read_table,
    squeezed,
    without_repeats,
)

BOUNDS = {"is_at_least": "#min", "is_greater_than": "#min", "is_at_most": "#max", "is_less_than": "#max"}
UNREADABLE = ("is_one_of", "contains_not", "is_not")
OPENINGS = {"string": "The ", "integer": "Integer: ", "boolean": "True or false: ", "array": "List: "}
WAITING_SHARE, LEFT_OUT_SHARE = 0.18, 0.10
MOST_CHOICES = 12
"""Categories with more values are free text in the documents."""
Query = dict[str, Any]
Message = dict[str, Any]


class UnusableError(Exception):
    """The query gives no case; the text says why."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of the source: its type there and in the documents, and the values it may take."""

    source_type: str
    kind: str
    choices: list[str] | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A user's turn: how many messages stand up to it, and the queries before the next one."""

    length: int
    queries: list[Query]


class Catalogue:
    """The APIs in two versions."""

    def __init__(self, checkout: Checkout, queries: list[Query]) -> None:
        self.table = read_table("star")
        contents = checkout.read(checkout.paths(r"apis/apis/[^/]*\.json"))
        specified = {path.rsplit("/", 1)[1][:-5]: json.loads(content) for path, content in contents.items()}
        self.names: dict[str, list[str]] = self.table["apis"]
        self.required = {name: list(specified[name].get("required", [])) for name in self.names}
        self.slots: dict[tuple[str, str], Slot] = {}
        self.apis: list[Document] = []
        used = Counter((query["APIName"], key) for query in queries for key in read_query(query) or ())
        for name, (about, second, second_about) in self.names.items():
            first_parameters, second_parameters = [], []
            for found in specified[name]["input"]:
                for suffix in ("", "#min", "#max"):
                    if not suffix or (found["Type"] == "Integer" and used[name, found["Name"] + suffix]):
                        first, other = self._parameters(name, found, suffix)
                        first_parameters.append(first)
                        second_parameters.append(other)
            random.Random(name).shuffle(second_parameters)
            self.apis.append(document("star", name, about, first_parameters))
            self.apis.append(document("star_v2", second, second_about, second_parameters))

    def _parameters(self, api: str, found: dict[str, Any], suffix: str) -> tuple[Document, Document]:
        """Return a parameter in both versions; `suffix` is for the least or the largest value of a number."""
        name, source_type = found["Name"], found["Type"]
        kind = {"Integer": "integer", "Boolean": "boolean"}.get(source_type, "string")
        kind, more = ("array", {"items": {"type": "string"}}) if name == "NearbyPOIs" else (kind, {})
        if source_type in ("Categorical", "RequestType") and kind == "string":
            choices = found.get("Categories") or ["Check", "Book"]
            more = {"enum": choices} if len(choices) <= MOST_CHOICES else {}
        self.slots[api, name] = Slot(source_type, kind, more.get("enum"))
        about = self.table["parameters"].get(name, found.get("ReadableName", name))
        about = about.get(api, found["ReadableName"]) if isinstance(about, dict) else about
        about += {"": "", "#min": ", at least", "#max": ", at most"}[suffix]
        lower = about if about.startswith("PIN") else about[0].lower() + about[1:]
        required = name in self.required[api] and not suffix
        return (
            parameter(parameter_name(name + suffix, 1), f"{about}.", kind, required, **more),
            parameter(parameter_name(name + suffix, 2), OPENINGS[kind] + lower, kind, required, **more),
        )

    def identity(self, api: str, version: int) -> str:
        return f"star.{api}" if version == 1 else f"star_v2.{self.names[api][1]}"

    def offer(self, chance: random.Random, api: str, version: int, left_out: bool = False) -> list[str]:
        near = [other for other in self.names if other.split("_")[0] == api.split("_")[0]]
        near, every = ([self.identity(other, version) for other in apis] for apis in (near, self.names))
        return offer(chance, [self.identity(api, version)], near, every, left_out)


def convert(checkout: Checkout) -> PlanningSet:
    contents = checkout.read(checkout.paths(r"dialogues/[^/]*\.json")).values()
    dialogues = [json.loads(content) for content in contents]
    queries = [event for dialogue in dialogues for event in dialogue["Events"] if event["Action"] == "query"]
    catalogue, dropped = Catalogue(checkout, queries), Counter[str]()
    cases = [made for dialogue in dialogues for made in make_cases(dialogue, catalogue, dropped)]
    return PlanningSet(catalogue.apis, without_repeats(cases), dropped)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def parameter_name(key: str, version: int) -> str:
    """Return the name in a version; `key` ends with #min or #max for bounds."""
    if version == 1:
        return key.replace("#m", "M")
    name, _, bound = key.partition("#")
    return f"{snake(name)}_{bound}" if bound else snake(name)


def read_value(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
            break
        except (ValueError, SyntaxError, TypeError):
            continue
    else:
        value = text
    return value.strip().strip('"').strip() if isinstance(value, str) else value


def read_query(query: Query) -> dict[str, Any] | None:
    """Return key → value; the keys of bounds end with #min, #max. None where the query says more than values."""
    values: dict[str, Any] = {}
    for key, text in (pair for constraint in query["Constraints"] for pair in constraint.items()):
        found = re.match(r"api\.(\w+)\((.*)\)$", str(text), re.DOTALL)
        operator, inside = found.groups() if found else ("is_equal_to", str(text))
        if found and not inside.strip():
            continue
        value = read_value(inside)
        if value is None or value == "":
            continue
        if operator in UNREADABLE or (operator == "is_equal_to" and isinstance(value, list)):
            return None
        if operator == "is_equal_to":
            values[key] = value
        elif operator == "contains":
            values[key] = [*values[key], value] if isinstance(values.get(key, []), list) and key in values else [value]
        elif operator in BOUNDS:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return None
            values[key + BOUNDS[operator]] = value
    return values


@dataclass(frozen=True, slots=True)
class Said:
    """What was said so far: in lower case, and without blanks and signs."""

    text: str
    squeezed: str

    def has_number(self, number: int) -> bool:
        digits = re.findall(r"\d+", self.text.replace(",", ""))
        return str(number) in digits or self.has_numeral(number) or str(number) in self.squeezed

    def has_numeral(self, number: int) -> bool:
        words = [word for word, value in NUMERALS.items() if value == number]
        return any(re.search(rf"\b{word}\b", self.text) for word in words)

    def has_hour(self, hour: int) -> bool:
        digits = rf"\b{hour}\b|\b{(hour % 12) + 12}:|\b{hour}(am|pm|:)"
        # one o'clock counts as said wherever an article stands, as in the set that the shipped model was trained on
        article = hour == 1 and re.search(r"\ban?\b", self.text)
        noon = hour == 12 and re.search("noon|midnight|midday", self.text)
        return bool(re.search(digits, self.text) or self.has_numeral(hour) or article or noon)


def accept(key: str, slot: Slot | None, value: Any, said: Said) -> Any:
    """Return the value for a parameter. UnusableError where it is of another type or was not said."""
    if slot is None:
        raise UnusableError("unknown parameter")
    if slot.kind == "integer":
        return accept_integer(value, said)
    if slot.kind == "boolean":
        if not isinstance(value, bool):
            raise UnusableError("not boolean")
        return value
    if slot.kind == "array":
        return [str(item) for item in (value if isinstance(value, list) else [value])]
    if isinstance(value, list | bool):
        raise UnusableError("odd value")
    text = str(value)
    if key == "RequestType" or text in ("Yes", "No"):
        return text
    if slot.source_type == "Categorical":
        return accept_category(text, slot, said)
    if squeezed(text) not in said.squeezed:
        raise UnusableError("free text not said")
    return text


def accept_integer(value: Any, said: Said) -> int:
    try:
        number = None if isinstance(value, bool) or value != value // 1 else int(value)
    except TypeError:
        number = int(value) if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value) else None
    if number is None:
        raise UnusableError("not an integer")
    if not said.has_number(number):
        raise UnusableError("number not said")
    return number


def accept_category(text: str, slot: Slot, said: Said) -> str:
    if slot.choices and text not in slot.choices:
        same = [choice for choice in slot.choices if squeezed(choice) == squeezed(text)]
        if not same:
            raise UnusableError("not in enum")
        text = same[0]
    if squeezed(text) in said.squeezed:
        return text
    if hour := re.match(r"(\d+) (am|pm)$", text):
        if not said.has_hour(int(hour[1])):
            raise UnusableError("time not said")
        return text
    day = re.match(r"(\d+)(st|nd|rd|th)$", text)
    if day and re.search(rf"\b{day[1]}(st|nd|rd|th)?\b", said.text):
        return text
    if any(word.lower()[:5] in said.text for word in re.findall(r"[A-Za-z]{4,}", text)):
        return text
    raise UnusableError("category not said")


def read_events(events: list[dict[str, Any]], catalogue: Catalogue) -> tuple[list[Message], list[Segment]]:
    messages: list[Message] = []
    segments: list[Segment] = []
    for event in events:
        action = event["Action"]
        if action == "utter" and event["Agent"] == "User":
            messages.append({"role": "user", "content": event["Text"].strip()})
            segments.append(Segment(len(messages), []))
        elif event["Agent"] == "Wizard" and action in ("pick_suggestion", "utter"):
            messages.append({"role": "assistant", "content": event["Text"].strip()})
        elif action == "query" and segments and event["APIName"] in catalogue.names:
            segments[-1].queries.append(event)
        elif action == "return_item" and event.get("Item"):
            item = {key: value for key, value in event["Item"].items() if key != "APIName"}
            messages.append({"role": "tool", "content": json.dumps(item, ensure_ascii=False)})
    return messages, segments


def merge(messages: list[Message]) -> list[Message]:
    """Return the messages with neighbours of one role as one; of several results the last stays."""
    merged: list[Message] = []
    for message in messages:
        if not merged or merged[-1]["role"] != message["role"]:
            merged.append(message)
        elif message["role"] == "tool":
            merged[-1] = message
        else:
            merged[-1] = {"role": message["role"], "content": f"{merged[-1]['content']}\n{message['content']}"}
    return merged


def make_cases(dialogue: dict[str, Any], catalogue: Catalogue, dropped: Counter[str]) -> list[Case]:
    chance = random.Random(dialogue["DialogueID"])
    version = chance.choice([1, 2])
    messages, segments = read_events(dialogue["Events"], catalogue)
    first = next((number for number, segment in enumerate(segments) if segment.queries), len(segments))
    cases, before = [], None
    for number, segment in enumerate(segments):
        name, until = f"star-{dialogue['DialogueID']}-{number}", merge(messages[: segment.length])
        said = until[0]["content"] if len(until) == 1 else until
        if not segment.queries:
            if number < first < len(segments) and chance.random() < WAITING_SHARE:
                api = segments[first].queries[0]["APIName"]
                if len(catalogue.required[api]) >= 2:
                    cases.append(case(name, said, catalogue.offer(chance, api, version), [], "not_yet"))
            continue
        try:
            api, values = read_last(segment)
            asked = (api, json.dumps(values))
            if asked == before:
                raise UnusableError("same query again")
            before = asked
            arguments = read_arguments(api, values, until, version, catalogue)
        except UnusableError as error:
            dropped[str(error)] += 1
            continue
        left_out = chance.random() < LEFT_OUT_SHARE
        calls = [] if left_out else [call(catalogue.identity(api, version), arguments)]
        offered = catalogue.offer(chance, api, version, left_out)
        cases.append(case(name, said, offered, calls, "left_out" if left_out else "call"))
    return cases


def read_last(segment: Segment) -> tuple[str, dict[str, Any]]:
    """Return API and values of a turn's last query. UnusableError where it asks several APIs, or more than values."""
    if len({query["APIName"] for query in segment.queries}) > 1:
        raise UnusableError("several APIs in one turn")
    values = read_query(segment.queries[-1])
    if values is None:
        raise UnusableError("one_of / not")
    return segment.queries[-1]["APIName"], values


def read_arguments(
    api: str, values: dict[str, Any], messages: list[Message], version: int, catalogue: Catalogue
) -> dict[str, list[Any]]:
    text = " ".join(message["content"] for message in messages if message["role"] != "tool").lower()
    said, arguments = Said(text, squeezed(text)), {}
    for key, value in values.items():
        slot = catalogue.slots.get((api, key.split("#")[0]))
        arguments[parameter_name(key, version)] = [accept(key, slot, value, said)]
    if not arguments:
        raise UnusableError("no arguments")
    if any(parameter_name(name, version) not in arguments for name in catalogue.required[api]):
        raise UnusableError("required missing")
    return arguments
