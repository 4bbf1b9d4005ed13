"""RESTAURANTS-8K: callers' sentences to a restaurant's booking line, with spans for people, date, time and names.

The booking API stands in three documents (in two the size of the party is an integer, in one as said), among ten other
functions of a restaurant. Where the source names the slots that were asked for, the case is a dialogue with an opening
and a question of ours. Sentences without a span expect no call; 35 % of them are kept.
"""

import json
import random
import re
from collections import Counter
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.planning_set import (
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

SLOTS = ["people", "date", "time", "first_name", "last_name"]
EMPTY_SHARE, LEFT_OUT_SHARE = 0.35, 0.08
Row = dict[str, Any]


class UnusableError(Exception):
    """The labels of a sentence give no arguments; the text says why."""


def convert(checkout: Checkout) -> PlanningSet:
    table, chance = read_table("restaurant8k"), random.Random(8)
    apis, others = make_documents(table, chance)
    rows: list[Row] = json.loads(checkout.data("span_extraction/restaurant8k/train_0.json"))
    cases, dropped = [], Counter[str]()
    for number, row in enumerate(rows):
        version = chance.choice([1, 2, 3]) - 1
        booking = table["booking"][version]
        gold = identity({"package": booking["package"], "name": booking["name"]})
        try:
            arguments = read_arguments(row, booking["parameters"])
        except UnusableError as error:
            dropped[str(error)] += 1
            continue
        if not arguments and chance.random() > EMPTY_SHARE:
            dropped["no label (most left out)"] += 1
            continue
        left_out = bool(arguments) and chance.random() < LEFT_OUT_SHARE
        said = read_dialogue(row, table, chance)
        # words without any detail are no reason to enter details, but those that speak of a booking may be one
        silent = not arguments and (chance.random() < 0.5 or bool(speaks_of_booking(row["userInput"]["text"])))
        far = others[0] if version else others[2]
        offered = offer(chance, [gold], others[version], far, left_out or silent)
        kind = "left_out" if left_out else "call" if arguments else "no_details"
        calls = [call(gold, arguments)] if kind == "call" else []
        cases.append(case(f"r8k-{number}", said, offered, calls, kind))
    return PlanningSet(apis, without_repeats(cases), dropped)


def make_documents(table: dict[str, Any], chance: random.Random) -> tuple[list[Document], list[list[str]]]:
    """Return the documents, and the identities of the other functions of each version."""
    apis, others = [], []
    for version, booking in enumerate(table["booking"]):
        slots = [booking["parameters"][slot] for slot in chance.sample(SLOTS, len(SLOTS))]
        parameters = [parameter(name, about, kind) for name, kind, about in slots]
        apis.append(document(booking["package"], booking["name"], booking["description"], parameters))
        more = [
            document(booking["package"], other["names"][version], other["description"], read_parameters(other))
            for other in table["others"]
        ]
        apis += more
        others.append([identity(api) for api in more])
    return apis, others


def read_parameters(other: dict[str, Any]) -> list[Document]:
    items: dict[str, Any] = {"array": {"items": {"type": "string"}}}
    return [
        parameter(name, f"{about}.", kind, required, **items.get(kind, {}))
        for name, kind, about, required in other["parameters"]
    ]


def read_arguments(row: Row, parameters: dict[str, list[str]]) -> dict[str, list[Any]]:
    """Return the spans as arguments. UnusableError where a label has no span or the party's size is no number."""
    text, arguments, open_label = row["userInput"]["text"], {}, False
    for label in row.get("labels", []):
        if "valueSpan" not in label:
            open_label = True
            continue
        span = label["valueSpan"]
        said = text[span.get("startIndex", 0) : span["endIndex"]].strip()
        name, kind, _ = parameters[label["slot"]]
        if name in arguments:
            raise UnusableError("slot twice")
        arguments[name] = [read_people(said) if kind == "integer" else said]
    if open_label:
        raise UnusableError("no span")
    return arguments


def read_people(said: str) -> int:
    """Return how many people come; "5 adults and 1 child" are six. UnusableError where the words say no number."""
    number = read_number(said)
    if isinstance(number, int):
        return number
    parts = [read_number(part) for part in re.split(r"\band\b|,|&|\+|plus", said)]
    numbers = [part for part in parts if isinstance(part, int)]
    if len(parts) < 2 or len(numbers) < len(parts):
        raise UnusableError("party size not a number")
    return sum(numbers)


def read_dialogue(row: Row, table: dict[str, Any], chance: random.Random) -> str | list[Document]:
    """Return the sentence; after an opening and a question where the source names what was asked for."""
    text, asked = row["userInput"]["text"], (row.get("context") or {}).get("requestedSlots") or []
    questions: dict[str, list[str]] = table["questions"]
    if not asked or not set(asked) <= set(questions):
        return text
    return [
        {"role": "user", "content": chance.choice(table["openings"])},
        {"role": "assistant", "content": " ".join(chance.choice(questions[slot]) for slot in asked)},
        {"role": "user", "content": text},
    ]


def speaks_of_booking(text: str) -> bool:
    return bool(re.search(r"book|tabl|reserv|confirm", text.lower()))
