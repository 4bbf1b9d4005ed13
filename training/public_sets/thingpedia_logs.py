"""Commands that people gave to the Almond and Genie assistants, with programs by annotators; first turns alone.

A function with filters is a call; `query => action` is two calls, the second with a reference (`chain`, mostly "play
X by Y"). Filters by equality are parameters, bounds are parameters that end with min and max. Music dominates, and
the kinds of search (song, album, artist, playlist) are near to each other; there are errors of speech recognition.
Values that nobody said, and the sentences taken from another data set (Snips), are left out.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from public_sets.checkouts import Checkout, as_text
from public_sets.planning_set import (
    Case,
    Document,
    PlanningSet,
    call,
    camel,
    case,
    document,
    identity,
    offer,
    parameter,
    read_number,
    read_table,
    squeezed,
    without_repeats,
)
from public_sets.thingpedia_devices import (
    Function,
    Functions,
    Slot,
    Values,
    closing,
    describe,
    describe_slot,
    kind_of,
    read_functions,
    short_package,
    split_outside,
    words,
)

PATHS = r"(eval|[^/]+/[^/]+/eval)/([^/]+/)?(dev|train)/annotated\.txt"
BEYOND = re.compile(r"monitor|edge |timer|attimer|sort\(|count\(|max\(|\bany\(|!|\|\|")
BOUNDS = {">=": "#min", "<=": "#max"}
ENDINGS = {"#min": ": at least", "#max": ": at most"}
EXTRA = {
    "device_name": "Name of the device, when the user names one.",
    "id": "Name or title of the item.",
    "geo": "Place near which to look.",
}
UNUSED_SHARE, LEFT_OUT_SHARE = 0.25, 0.1
SMALL_TALK_CAP = 120
Key = tuple[str, str]
"""(device, function)"""


class UnusableError(Exception):
    """The command gives no case; the text says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """The field of an earlier result, as a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Command:
    """What was said, the functions that do it (none for small talk), and where it comes from."""

    text: str
    steps: list[tuple[Key, dict[str, Any]]]
    source: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An API's identity, its parameters' names by key, and its parameters' schemas by name."""

    identity: str
    names: dict[str, str]
    schemas: dict[str, dict[str, Any]]


@dataclass(slots=True)
class Documents:
    """The APIs in two versions; identities that two functions share are not used in cases."""

    apis: dict[str, Document] = field(default_factory=dict)
    references: dict[tuple[Key, int], Reference] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    def of(self, version: int) -> dict[Key, str]:
        """Return function → identity."""
        return {
            key: found.identity
            for (key, which), found in self.references.items()
            if which == version and found.identity not in self.shared
        }


def convert(checkout: Checkout) -> PlanningSet:
    functions, chance, dropped = read_functions(checkout), random.Random(21), Counter[str]()
    commands = list(read_commands(checkout, functions, dropped))
    keys: dict[Key, dict[str, None]] = defaultdict(dict)
    for key, values in (step for command in commands for step in command.steps):
        keys[key].update(dict.fromkeys(values))
    documents, cases, greetings = make_documents(functions, keys, chance), [], 0
    for number, command in enumerate(commands):
        version = chance.choice([1, 2])
        if not command.steps:
            greetings += 1
            if greetings <= SMALL_TALK_CAP:
                every = list(documents.of(version).values())
                offered = offer(chance, [], [], every) or every[:1]
                cases.append(case(f"tpl-{number}", command.text, offered, [], "small_talk"))
            continue
        try:
            calls = make_calls(command, documents, version)
        except UnusableError as error:
            dropped[str(error)] += 1
            continue
        cases.append(make_case(f"tpl-{number}", command, calls, documents.of(version), chance))
    return PlanningSet(list(documents.apis.values()), without_repeats(cases), dropped)


def read_commands(checkout: Checkout, functions: Functions, dropped: Counter[str]) -> Iterator[Command]:
    """Yield each command once, in the order of the files' names."""
    paths = [path for path in checkout.paths(PATHS) if "nlu-benchmark" not in path]
    contents, seen = checkout.read(sorted(paths, key=lambda path: path.replace("/", "_"))), set[str]()
    for block in (block for content in contents.values() for block in as_text(content).split("====")):
        lines = [line for line in block.strip().split("\n") if line]
        source = lines[0][2:] if lines and lines[0].startswith("# ") else "?"
        said = next((line[3:] for line in lines if line.startswith("U: ")), None)
        programs = first_programs(lines)
        same = said.lower().strip(" .?!") if said else ""
        if source.startswith("snips-nlu") or said is None or not programs or not same or same in seen:
            continue
        seen.add(same)
        try:
            yield Command(said, read_programs(said, programs, functions), source)
        except UnusableError as error:
            dropped[str(error)] += 1


def first_programs(lines: list[str]) -> list[str]:
    """Return the statements of the user's first turn."""
    start = next((number for number, line in enumerate(lines) if line.startswith("UT: ")), len(lines))
    programs = []
    for line in lines[start:]:
        if not line.startswith("UT: "):
            break
        programs.append(line[4:])
    return programs


def read_programs(said: str, programs: list[str], functions: Functions) -> list[tuple[Key, dict[str, Any]]]:
    """Return the functions called, with their values; none for small talk."""
    if re.search(r"transaction\.(cancel|greet|end)", programs[0]):
        return []
    if "execute" not in programs[0] or len(programs) != 2:
        raise UnusableError("other dialogue act or several statements")
    body = re.sub(r"\s+", " ", programs[1]).strip().rstrip(";")
    if "QUOTED_STRING" in said or BEYOND.search(body):
        raise UnusableError("monitor, timer, sort, aggregate, or")
    steps = [read_step(part) for part in body.split(" => ")]
    if len(steps) > 2:
        raise UnusableError("program not expressible")
    if any(key not in functions for key, _ in steps):
        raise UnusableError("function not in manifest")
    return steps


def read_step(text: str) -> tuple[Key, dict[str, Any]]:
    """Return one function and its values. UnusableError where it has more than values and filters by them."""
    text = re.sub(r"^\[[\w, ]+\] of ", "", text.strip().rstrip(";").strip()).strip()
    if text.startswith("(") and closing(text, 0) == len(text) - 1:
        text = text[1:-1]
    device = re.match(r'^@[\w.\-]+\((?:[^()]*, ?)?name="([^"]*)"', text)
    named = r'^@([\w.\-]+)\((?:all=true|name="[^"]*"|id="[^"]*"[^),]*(?:\("[^"]*"\))?|, ?)+\)'
    text = re.sub(named, r"@\1", text)
    found = re.match(r"@([\w.\-]+)\.(\w+)\(", text)
    if not found:
        raise UnusableError("program not expressible")
    end, values = closing(text, found.end() - 1), {"device_name": device[1]} if device else {}
    for part in split_outside(text[found.end() : end]):
        given = re.match(r"(\w+)\s*=\s*(.+)$", part, re.DOTALL)
        if not given or given[2].startswith("$"):
            raise UnusableError("program not expressible")
        value = read_value(given[2])
        if value is None and re.fullmatch(r"\w+", given[2]):
            value = Field(given[2])
        if value is None:
            raise UnusableError("program not expressible")
        values[given[1]] = value
    read_filters(text[end + 1 :].strip(), values)
    return (found[1], found[2]), values


def read_filters(text: str, values: dict[str, Any]) -> None:
    """Add the values that a result is filtered by."""
    if text and not text.startswith("filter "):
        raise UnusableError("program not expressible")
    for condition in text[7:].split(" && ") if text else ():
        contains = re.fullmatch(r"contains~?\((\w+), (.+)\)", condition.strip())
        compares = re.fullmatch(r"(\w+) (==|=~|>=|<=) (.+)", condition.strip())
        if contains:
            key, value = contains[1], read_value(contains[2])
        elif compares:
            key, value = compares[1] + BOUNDS.get(compares[2], ""), read_value(compares[3])
        else:
            raise UnusableError("program not expressible")
        if value is None or key in values:
            raise UnusableError("program not expressible")
        values[key] = value


def read_value(text: str) -> Any:
    """Return a value of ThingTalk; None for what is none."""
    text = text.strip()
    if found := re.search(r'\("((?:[^"\\]|\\.)*)"\)', text):
        return found[1]
    if text.startswith("new Location"):
        found = re.search(r'"([^"]+)"', text)
        return found[1] if found else None
    if found := re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text) or re.fullmatch(r"enum[ (](\w+)\)?", text):
        return found[1]
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    if text in ("true", "false"):
        return text == "true"
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(C|F|min|h|s|ms|km|mi|m|day|week|hour)", text)
    return f"{found[1]} {found[2]}" if found else None


def make_documents(functions: Functions, keys: dict[Key, dict[str, None]], chance: random.Random) -> Documents:
    """Return two documents of each function of the devices that are used.

    Of other devices chance takes a function, and then those that follow it.
    """
    documents, used = Documents(), {device for device, _ in keys}
    values = Values(read_table("thingpedia")["values"])
    for key in sorted(functions):
        if key not in keys and key[0] not in used and chance.random() > UNUSED_SHARE:
            continue
        used.add(key[0])
        for version in (1, 2):
            api, names = make_document(key, functions[key], list(keys.get(key, ())), version, values)
            if identity(api) in documents.apis:
                documents.shared.add(identity(api))
            schemas = {item["name"]: item["schema"] for item in api["parameters"]}
            documents.apis[identity(api)] = api
            documents.references[key, version] = Reference(identity(api), names, schemas)
    return documents


def make_document(
    key: Key, function: Function, used: list[str], version: int, values: Values
) -> tuple[Document, dict[str, str]]:
    """Return a document, and key of a value → parameter's name."""
    keys = [
        name + bound
        for name, slot in function.slots.items()
        for bound in ("", "#min", "#max")
        if (name + bound in used if slot.direction == "out" else not bound)
    ]
    names = {one: one.replace("#", "_") for one in keys + [one for one in used if one not in keys]}
    names = names if version == 1 else {one: camel(name) for one, name in names.items()}
    parameters = [
        slot_parameter(one, function.slots[one.split("#")[0]], names[one], version, values)
        if one in keys
        else extra_parameter(one, names[one])
        for one in names
    ]
    package, name = (key[0], key[1]) if version == 1 else (short_package(key[0]), camel(key[1]))
    effects = "write" if function.kind == "action" else "read"
    about = describe(function, key[1], version)
    return document(package, name, about, parameters, effects=effects), names


def slot_parameter(key: str, slot: Slot, name: str, version: int, values: Values) -> Document:
    plain_name, _, bound = key.partition("#")
    ending = ENDINGS.get(f"#{bound}", "" if slot.direction != "out" else ": only results with this value")
    about = f"{describe_slot(plain_name, slot, version == 1 and not bound)}{ending}."
    kind = kind_of(slot.type, values)
    more = {"enum": kind.choices} if kind.choices else {}
    return parameter(name, re.sub(r"\?\.$", ".", about), "string" if kind.name == "array" else kind.name, **more)


def extra_parameter(key: str, name: str) -> Document:
    """Return a parameter that the manifest does not have and people's programs do."""
    plain_name, _, bound = key.partition("#")
    about = EXTRA.get(key, f"The {words(plain_name)}{ENDINGS.get(f'#{bound}', '')}.")
    return parameter(name, about, "number" if bound else "string")


def make_calls(command: Command, documents: Documents, version: int) -> list[Document]:
    calls = []
    for number, (key, values) in enumerate(command.steps):
        reference = documents.references[key, version]
        if reference.identity in documents.shared:
            raise UnusableError("value not said")
        arguments = {}
        for one, value in values.items():
            name = reference.names[one]
            arguments[name] = [accept(value, reference.schemas[name], command.text, number)]
        calls.append(call(reference.identity, arguments, number))
    return calls


def accept(value: Any, schema: dict[str, Any], said: str, number: int) -> Any:
    """Return a value as its schema wants it. UnusableError where it was not said or is of another type."""
    if isinstance(value, Field):
        fits, value = number > 0, {"$ref": "c0", "field": value.name}
        return value if fits else reject()
    kind = schema["type"]
    if (kind == "number" and isinstance(value, str)) or (kind == "boolean" and not isinstance(value, bool)):
        reject()
    value = str(value) if kind == "string" else value
    if isinstance(value, str) and not schema.get("enum") and squeezed(value) not in squeezed(said):
        reject()
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric and read_number(said) is None and str(value) not in said:
        reject()
    return value


def reject() -> None:
    raise UnusableError("value not said")


def make_case(name: str, command: Command, calls: list[Document], apis: dict[Key, str], chance: random.Random) -> Case:
    left_out = len(calls) == 1 and chance.random() < LEFT_OUT_SHARE
    devices, last = {device for (device, _), _ in command.steps}, calls[0]["api"].split(".")[-1]
    near = [] if left_out else [api for (device, _), api in apis.items() if device in devices]
    far = [api for api in apis.values() if not (left_out and api.split(".")[-1] == last)]
    offered = offer(chance, [each["api"] for each in calls], near, far, left_out)
    kind = "left_out" if left_out else "chain" if len(calls) > 1 else "call"
    made = case(name, command.text, offered, [] if left_out else calls, kind)
    made["order"] = "dag" if len(calls) > 1 else "any"
    return {**made, "source": command.source.split("/")[0]}
