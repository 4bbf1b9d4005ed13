"""Taskmaster-3: crowd workers' dialogues about movie tickets, with the assistant's calls and their results.

Of the set the files under four megabytes are read: the last part of the training split, and the judged answers (with
reward 1). A case is the dialogue up to a user's turn, with earlier results, → the first call that follows; calls that
only correct a name (`resolve_…`) are left out. Six APIs, each in two documents, one of them in a dialogue. Calls with
a value that nobody said are dropped, all but the fact asked for. Without a call: turns answered by a question.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from public_sets.checkouts import Checkout, as_text
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
    squeezed,
)

QUESTION_SHARE = 0.3
"""How many of the turns that are answered by a question become a case without a call."""
UNSAID = ("nearby", "near me", "_COUNTRY", "_AUTOMATIC", "_LOCATION", "any", "none")
"""Values that stand for "where the user is", or for no wish."""
Message = dict[str, Any]


class UnusableError(Exception):
    """The call gives no case; the text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happens in a dialogue: somebody says something, an API is called, or it answers."""

    kind: str
    """user | assistant | call | result"""
    text: str
    values: dict[str, list[str]]


class Catalogue:
    """The APIs in two versions."""

    def __init__(self, used: Counter[tuple[str, str]]) -> None:
        self.table = read_table("taskmaster3")
        self.apis: list[Document] = []
        for name, (about, second, second_about) in self.table["apis"].items():
            keys = [key for key in self.table["parameters"] if used[name, key]]
            first = [self._parameter(name, key, 0) for key in keys]
            other = [self._parameter(name, key, 1) for key in keys]
            random.Random(name).shuffle(other)
            self.apis += [document("taskmaster3", name, about, first), document("cinema", second, second_about, other)]

    def _parameter(self, api: str, key: str, version: int) -> Document:
        name, about = self.table["parameters"][key][2 * version : 2 * version + 2]
        required = key in self.table["required"][api]
        if key == "num.tickets":
            return parameter(name, about, "integer", required)
        more = {"enum": sorted(self.table["attributes"].values())} if key == "attribute" else {}
        return parameter(name, about, "string", required, **more)

    def identity(self, api: str, version: int) -> str:
        return f"cinema.{self.table['apis'][api][1]}" if version else f"taskmaster3.{api}"

    def name(self, key: str, version: int) -> str:
        return self.table["parameters"][key][2 * version]

    def offer(self, chance: random.Random, api: str, version: int) -> list[str]:
        every = [self.identity(other, version) for other in self.table["apis"]]
        return offer(chance, [self.identity(api, version)], every, every)


def convert(checkout: Checkout) -> PlanningSet:
    split = as_text(checkout.data("TM-3-2020/splits/train/train-bc.tsv"))
    dialogues = [read_row(line) for line in split.splitlines()]
    for content in checkout.read(checkout.paths(r"TM-3-2020/reward/reward_\d+\.json")).values():
        judged = json.loads(content)
        dialogues += [read_judged(one) for one in judged if one["reward"] == 1.0]
    used = Counter((e.text, key) for events in dialogues for e in events if e.kind == "call" for key in e.values)
    catalogue, dropped = Catalogue(used), Counter[str]()
    made = (one for events in dialogues for one in make_cases(events, catalogue, dropped))
    return PlanningSet(catalogue.apis, numbered(made), dropped)


def numbered(cases: Iterable[Case]) -> list[Case]:
    """Return one case for each thing said, with a call where there is one: a turn comes again with later ones."""
    kept: dict[str, Case] = {}
    for one in sorted(cases, key=lambda one: not one["expected"]):
        kept.setdefault(json.dumps(one.get("messages", one.get("instruction"))), one)
    return [{**one, "id": f"taskmaster3-{number}"} for number, one in enumerate(kept.values())]


def read_row(line: str) -> list[Event]:
    """Return the events of a line of the split: what came last, `<C>` what came before, tab, what follows."""
    said, _, rest = line.replace('""', '"').partition("\t")
    last, _, context = said.strip('"').partition("<C>")
    following = rest.partition("\t")[0].strip('"').replace("[", "<").replace("]", ">")
    return read_tagged(context + last + following)


def read_tagged(text: str) -> list[Event]:
    """Read `<U>` user, `<A>` assistant, `<PN>` call with `<PAN>` name `<PAV>` value, `<PR>` result likewise."""
    events: list[Event] = []
    key = ""
    for tag, told in re.findall(r"<(U|A|PN|PAN|PAV|PR|PRAN|PRAV)>([^<]*)", text):
        told = told.replace("\\n", " ").strip().strip('"')
        if tag in ("U", "A"):
            events.append(Event("user" if tag == "U" else "assistant", told, {}))
        elif tag in ("PN", "PR"):
            events.append(Event("call" if tag == "PN" else "result", told, {}))
        elif tag in ("PAN", "PRAN"):
            key = told
        elif events and events[-1].kind in ("call", "result"):
            events[-1].values.setdefault(key, []).append(told)
    return events


def read_judged(row: dict[str, Any]) -> list[Event]:
    """Return the events of a judged answer: its context, then the answer."""
    events: list[Event] = []
    for one in [*json.loads(row["context"]), json.loads(row["generation"])]:
        if "text" in one:
            events.append(Event("user" if one["role"] == "user" else "assistant", one["text"].strip(), {}))
        for kind, told in (("call", one.get("api")), ("result", one.get("response"))):
            for name, values in (told or {}).items():
                lists = {k: v if isinstance(v, list) else [str(v)] for k, v in values.items()}
                events.append(Event(kind, name, lists))
    return events


def make_cases(events: list[Event], catalogue: Catalogue, dropped: Counter[str]) -> Iterator[Case]:
    chance = random.Random(events[0].text if events else "")
    version = chance.choice([0, 1])
    messages: list[Message] = []
    for number, event in enumerate(events):
        if event.kind in ("user", "assistant"):
            add(messages, event.kind, event.text)
        elif event.kind == "result" and not event.text.startswith("resolve_"):
            shown = {key.replace(".", "_"): values for key, values in event.values.items()}
            messages.append({"role": "tool", "content": json.dumps(shown, ensure_ascii=False)})
        if event.kind != "user" or not event.text:
            continue
        following = [e for e in events[number + 1 :] if e.kind != "result" and not e.text.startswith("resolve_")]
        said = messages[0]["content"] if len(messages) == 1 else [dict(one) for one in messages]
        if not following or following[0].kind == "user":
            continue
        if following[0].kind == "assistant":
            if following[0].text.endswith("?") and chance.random() < QUESTION_SHARE:
                api = chance.choice(list(catalogue.table["apis"]))
                yield case("", said, catalogue.offer(chance, api, version), [], "not_yet")
            continue
        try:
            made = read_call(following[0], messages, version, catalogue)
        except UnusableError as error:
            dropped[str(error)] += 1
            continue
        yield case("", said, catalogue.offer(chance, following[0].text, version), [made], "call")


def add(messages: list[Message], role: str, text: str) -> None:
    if messages and messages[-1]["role"] == role:
        messages[-1] = {"role": role, "content": f"{messages[-1]['content']}\n{text}"}
    else:
        messages.append({"role": role, "content": text})


def read_call(event: Event, messages: list[Message], version: int, catalogue: Catalogue) -> Document:
    """Return the gold call. UnusableError where a value was not said, or is none of the parameter."""
    if event.text not in catalogue.table["apis"]:
        raise UnusableError("unknown API")
    said = squeezed(" ".join(message["content"] for message in messages))
    arguments: dict[str, list[Any]] = {}
    for key, values in event.values.items():
        if key not in catalogue.table["parameters"]:
            raise UnusableError("unknown parameter")
        value = values[0]
        if value in UNSAID:
            continue
        if key == "attribute":
            value = catalogue.table["attributes"].get(value)
        elif key == "num.tickets":
            value = read_number(value)
        elif squeezed(value) not in said:
            raise UnusableError("value not said")
        if value in (None, "") or len(values) > 1:
            raise UnusableError("value not read")
        arguments[catalogue.name(key, version)] = [value]
    lacking = [key for key in catalogue.table["required"][event.text] if catalogue.name(key, version) not in arguments]
    if lacking:
        raise UnusableError("required parameter missing")
    return call(catalogue.identity(event.text, version), arguments)
