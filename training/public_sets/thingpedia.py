"""Thingpedia's primitive templates: short phrases for the functions of 147 devices, values from our lists.

"Show me …" stands before noun phrases, "notify me …" around "when …" phrases (API watch_…); 15 % are joined from two
commands. The documents come from the manifests: full device name and snake_case, or short package and camelCase.
Filters (==) are parameters "only results with this value". Many devices share phrases, and some values read oddly in
their slot.
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
    camel,
    case,
    document,
    identity,
    offer,
    parameter,
    read_table,
    without_repeats,
)
from public_sets.thingpedia_devices import (
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
)

TEMPLATE = re.compile(
    r"^\s+(action|query|stream|program)\s*(\([^=]*?\))?\s*:?=\s*(.*?)#_\[utterances=\[(.*?)\]\]",
    re.DOTALL | re.MULTILINE,
)
TOO_MUCH = re.compile(
    r"\b(sort|count|aggregate|contains|in_array|&&|\|\|)\b|!|new Date|\bnow\b(?!\s*=>)|start_of|end_of",
)
QUESTION = re.compile(
    r"(what|who|how|is|are|do|does|did|when|where|which|list|show|get|find|search|tell|give|check|can|whats|translate)\b"
)
JOINTS = [" and ", " and then ", ", and also ", ". then "]
CAP = 60
"""At most so many sentences of a function (one more where a template is read twice)."""
JOINED_SHARE, LEFT_OUT_SHARE, ASKED_SHARE, NOTIFIED_FIRST_SHARE = 0.15, 0.1, 0.85, 0.6


class UnusableError(Exception):
    """The template gives no sentence; the text says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A function as an API: watched or not."""

    device: str
    name: str
    watched: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with placeholders, the arguments of its program, and the placeholders' types."""

    text: str
    arguments: dict[str, str]
    types: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reference:
    """An API's identity in a version, its parameters' names, and which of them are required."""

    identity: str
    names: dict[str, str]
    required: set[str]

    def call(self, number: int, arguments: dict[str, list[Any]]) -> Document | None:
        """Return a gold call; None where a required argument is missing."""
        given = {self.names[name]: values for name, values in arguments.items()}
        return {"id": f"c{number}", "api": self.identity, "arguments": given} if self.required <= set(given) else None


@dataclass(frozen=True, slots=True)
class Sentence:
    key: Key
    text: str
    arguments: dict[str, list[Any]]


@dataclass(slots=True)
class Devices:
    """Functions, their phrases by (function, kind of program), and their documents."""

    functions: Functions
    values: Values
    phrases: dict[tuple[Key, str], list[Phrase]] = field(default_factory=lambda: defaultdict(list))
    apis: dict[str, Document] = field(default_factory=dict)
    references: dict[Key, dict[int, Reference]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)

    def near(self, key: Key, version: int) -> list[str]:
        """Return other functions of the device, and those of the same name unless all devices of the kind have it."""
        other = [one for one in self.references if one.device == key.device and one.name != key.name]
        same = [one for one in self.references if one.name == key.name and one.device != key.device]
        same = [] if key.device.startswith("org.thingpedia.iot") else same
        return [self.references[one][version].identity for one in other + same]


def convert(checkout: Checkout) -> PlanningSet:
    table, chance = read_table("thingpedia"), random.Random(11)
    devices = Devices(read_functions(checkout), Values(table["values"], table["measures"]))
    for content in checkout.read(checkout.paths(r"[^/]+/[^/]+/dataset\.tt")).values():
        lines = [line for line in as_text(content).split("\n") if not line.startswith("//")]
        read_templates("\n".join(lines), devices)
    add_documents(devices)
    sentences = make_sentences(devices, table, chance)
    chance.shuffle(sentences)
    cases = without_repeats(make_cases(sentences, devices, chance))
    return PlanningSet(list(devices.apis.values()), cases, devices.dropped)


def read_templates(text: str, devices: Devices) -> None:
    for kind, signature, body, phrases in TEMPLATE.findall(text):
        typed = (re.match(r"(p_\w+)\s*:\s*(.+)", part) for part in split_outside((signature or "()")[1:-1]))
        types = {found[1]: found[2].strip() for found in typed if found}
        try:
            key, arguments = read_program(re.sub(r"\s+", " ", body).strip(), kind, devices.functions)
        except UnusableError as error:
            devices.dropped[str(error)] += 1
            continue
        for phrase in re.findall(r'"((?:[^"\\]|\\.)*)"', phrases):
            devices.phrases[key, kind].append(Phrase(phrase, arguments, types))


def read_program(body: str, kind: str, functions: Functions) -> tuple[Key, dict[str, str]]:
    """Return function and arguments of a program with one function and no condition but equality."""
    if kind == "stream" and (not re.match(r"(?:edge )?\(?monitor ?\(+(.*)$", body) or " on " in body):
        raise UnusableError("stream with condition on a value")
    if body.count("@") != 1:
        raise UnusableError("several functions")
    body = re.sub(r"@([\w.\-]+)\(all=true\)", r"@\1", body)
    found = re.search(r"@([\w.\-]+?)\.(\w+)\(", body)
    if not found or (found[1], found[2]) not in functions:
        raise UnusableError("function not in manifest")
    start = found.end() - 1
    end = closing(body, start)
    filters, arguments = body[end + 1 :], {}
    beyond = bool(TOO_MUCH.search(filters + body[: body.index("@")]))
    for part in split_outside(body[start + 1 : end]):
        given = re.match(r"(\w+)\s*=\s*(.+)$", part)
        if given and given[2] != "$?":
            arguments[given[1]] = given[2].strip()
        beyond = beyond or not given
    for name, operator, value in re.findall(r"(\w+) (==|=~|>=|<=|~=|>|<) ([\w\"().:,]+)", filters):
        if operator in ("==", "=~"):
            arguments[name] = value if "(" in value else value.rstrip(")")
        else:
            beyond = True
    if beyond:
        raise UnusableError("sort, count, comparison ...")
    return Key(found[1], found[2], kind == "stream"), arguments


def add_documents(devices: Devices) -> None:
    """Add two documents of each function that has phrases."""
    phrases: dict[Key, list[Phrase]] = defaultdict(list)
    for (key, _), found in devices.phrases.items():
        phrases[key] += found
    for key, found in phrases.items():
        devices.references[key] = {version: add_document(key, version, found, devices) for version in (1, 2)}


def add_document(key: Key, version: int, phrases: list[Phrase], devices: Devices) -> Reference:
    function = devices.functions[key.device, key.name]
    used = {name for phrase in phrases for name in phrase.arguments}
    names = {name: name if version == 1 else camel(name) for name in function.slots}
    parameters = []
    for name, slot in function.slots.items():
        if slot.direction != "out" or name in used:
            always = slot.direction == "in req" and all(name in phrase.arguments for phrase in phrases)
            parameters.append(make_parameter(name, slot, version, always, devices.values))
    opening = ("Watch and notify the user on change: " if version == 1 else "Subscribe to ") if key.watched else ""
    about = describe(function, key.name, version, opening)
    if version == 1:
        package, name = key.device, ("watch_" if key.watched else "") + key.name
    else:
        package = camel(short_package(key.device, r"|us\.|gov\.|uk\.co\."))
        name = camel(("on_" if key.watched else "") + key.name)
    while f"{package}.{name}" in devices.apis:
        name += "_v2"
    api = document(package, name, about, parameters)
    devices.apis[identity(api)] = api
    return Reference(identity(api), names, {item["name"] for item in parameters if item["required"]})


def make_parameter(name: str, slot: Slot, version: int, required: bool, values: Values) -> Document:
    kind = kind_of(slot.type, values)
    more = {"enum": kind.choices} if kind.choices else {}
    more |= {"items": {"type": "string"}} if kind.name == "array" else {}
    about = describe_slot(name, slot, version == 1) + (
        ": only results with this value" if slot.direction == "out" else ""
    )
    about = f"{about}.".replace("?.", ".").replace("$", "")
    return parameter(name if version == 1 else camel(name), about, kind.name, required, **more)


def make_sentences(devices: Devices, table: dict[str, Any], chance: random.Random) -> list[Sentence]:
    """Return sentences of every function: its phrases with values, as requests."""
    sentences = []
    for (key, kind), phrases in devices.phrases.items():
        chance.shuffle(phrases)
        made = 0
        for phrase in phrases:
            if made >= CAP:
                break
            for _ in range(2 if "${" in phrase.text and len(phrases) < 15 else 1):
                try:
                    text, arguments = fill(
                        phrase, devices.functions[key.device, key.name].slots, devices.values, chance
                    )
                except UnusableError as error:
                    devices.dropped[str(error)] += 1
                    continue
                text = as_request(text, kind, table, chance)
                sentences.append(Sentence(key, re.sub(r"\s+", " ", text).strip(), arguments))
                made += 1
    return sentences


def as_request(text: str, kind: str, table: dict[str, Any], chance: random.Random) -> str:
    if kind == "query" and not QUESTION.match(text):
        return f"{chance.choice(table['asking'])} {text}" if chance.random() < ASKED_SHARE else text
    if kind == "stream":
        first = chance.random() < NOTIFIED_FIRST_SHARE
        notify = chance.choice(table["notifying"])
        return f"{notify} {text}" if first else f"{text}, {notify}"
    return text


def fill(
    phrase: Phrase, slots: dict[str, Slot], values: Values, chance: random.Random
) -> tuple[str, dict[str, list[Any]]]:
    """Return a phrase with values in its placeholders, and the arguments. UnusableError where a value has no form."""
    arguments, said = {}, {}
    for name, written in phrase.arguments.items():
        if name not in slots:
            raise UnusableError("value not expressible")
        kind = kind_of(slots[name].type, values)
        if written.startswith("p_"):
            word = draw(phrase, written, slots[name], values, chance)
            said[written] = word.replace("_", " ")
            value = read_digits(word) if kind.name == "number" else word
        else:
            value = read_constant(written)
        of_kind = {"array": False, "boolean": isinstance(value, bool), "number": not isinstance(value, str)}
        if value is None or not of_kind.get(kind.name, True) or (kind.choices and value not in kind.choices):
            raise UnusableError("value not expressible")
        arguments[name] = [value]
    text = phrase.text
    for placeholder, word in said.items():
        text = re.sub(r"\$\{" + placeholder + r"(:[\w-]+)?\}", word.replace("\\", r"\\"), text)
    if "$" in text:
        raise UnusableError("placeholder without value")
    return text.lstrip(",; "), arguments


def draw(phrase: Phrase, placeholder: str, slot: Slot, values: Values, chance: random.Random) -> str:
    """Return a value for a placeholder. UnusableError where the phrase has none such or no list has values for it."""
    own, general = kind_of(phrase.types.get(placeholder, slot.type), values), kind_of(slot.type, values)
    choices = own.choices or own.values or general.values
    if placeholder not in re.findall(r"\$\{(p_\w+)", phrase.text) or not choices:
        raise UnusableError("value not expressible")
    return chance.choice(choices)


def read_digits(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def read_constant(written: str) -> Any:
    """Return a value that stands in a program; None for what is none."""
    if written.startswith("enum"):
        return re.sub(r"enum\(|\)|enum ", "", written)
    if written in ("true", "false"):
        return written == "true"
    if re.fullmatch(r'"[^"]*"', written):
        return written[1:-1]
    return read_digits(written) if re.fullmatch(r"-?\d+(\.\d+)?", written) else None


def make_cases(sentences: list[Sentence], devices: Devices, chance: random.Random) -> Iterator[Case]:
    every = {version: [found[version].identity for found in devices.references.values()] for version in (1, 2)}
    for number, sentence in enumerate(sentences):
        key, version = sentence.key, chance.choice([1, 2])
        near = devices.near(key, version)
        first = devices.references[key][version].call(0, sentence.arguments)
        if not first:
            devices.dropped["required missing"] += 1
            continue
        calls, text = [first], sentence.text
        if number + 1 < len(sentences) and chance.random() < JOINED_SHARE and not key.watched:
            other = sentences[chance.randrange(len(sentences))]
            second = devices.references[other.key][version].call(1, other.arguments)
            if second and not other.key.watched and other.key != key:
                calls.append(second)
                text = text.rstrip(".?") + chance.choice(JOINTS) + other.text
        left_out = len(calls) == 1 and chance.random() < LEFT_OUT_SHARE
        near = [api for api in near if key.name not in api][:6] if left_out else near
        offered = offer(chance, [each["api"] for each in calls], near, every[version], left_out)
        kind = "left_out" if left_out else "two" if len(calls) > 1 else "call"
        yield case(f"tp-{number}", text, offered, [] if left_out else calls, kind)
