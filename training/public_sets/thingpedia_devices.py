"""Functions of Thingpedia's devices, read from their manifests: kind, parameters, what they are said to do."""

import re
from dataclasses import dataclass, field

from public_sets.checkouts import Checkout, as_text

PREFIXES = r"^(org\.thingpedia\.(iot\.)?|com\.|org\.|io\.|co\."
FUNCTION = re.compile(r"\b(action|query) (\w+)\s*\(")
PARAMETER = re.compile(r"(in req|in opt|out)\s+(\w+)\s*:\s*((?:[A-Za-z]+)(?:\((?:[^()]|\([^()]*\))*\))?)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of a function: `in req`, `in opt` or `out` (a field of the result)."""

    direction: str
    type: str
    prompt: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a device; texts are empty where the manifest has none."""

    kind: str
    slots: dict[str, Slot]
    confirmation: str
    canonical: str
    about: str
    device: str
    """The device's name for people."""

    def text(self, name: str, version: int) -> str:
        """Return what the function does, in one of two wordings."""
        if version == 1:
            return self.about or self.canonical or self.confirmation or words(name)
        return self.confirmation or self.canonical or self.about or words(name)


Functions = dict[tuple[str, str], Function]
"""(device, name) → function."""


@dataclass(slots=True)
class Values:
    """Values that fill placeholders, by type and by unit."""

    by_type: dict[str, list[str]]
    by_unit: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """The schema's type of a slot, its choices, and values to put into sentences."""

    name: str
    choices: list[str] | None = None
    values: list[str] | None = None


def words(name: str) -> str:
    return re.sub(r"[_\-]", " ", name)


def split_outside(text: str, sign: str = ",") -> list[str]:
    """Return what stands between the signs outside of brackets and quotes, without blanks around it."""
    parts, depth, current, quote = [], 0, "", None
    for each in text:
        if quote:
            quote = None if each == quote else quote
        elif each in "\"'":
            quote = each
        else:
            depth += (each in "([{") - (each in ")]}")
        if each == sign and depth == 0 and not quote:
            parts.append(current)
            current = ""
        else:
            current += each
    return [part.strip() for part in ([*parts, current] if current.strip() else parts)]


def closing(text: str, start: int) -> int:
    """Return where the bracket at `start` closes; -1 where it does not."""
    depth, quoted = 0, False
    for position in range(start, len(text)):
        sign = text[position]
        if sign == '"' and (not quoted or text[position - 1] != "\\"):
            quoted = not quoted
        elif not quoted and sign in "([{":
            depth += 1
        elif not quoted and sign in ")]}":
            depth -= 1
            if depth == 0:
                return position
    return -1


def _first(text: str, *patterns: str) -> str:
    found = (re.search(pattern, text) for pattern in patterns)
    return next((match[1] for match in found if match), "")


def read_functions(checkout: Checkout) -> Functions:
    """Return every function that the manifests of devices declare."""
    functions: Functions = {}
    contents = checkout.read(checkout.paths(r"[^/]+/[^/]+/manifest\.tt"))
    for path, text in ((path, as_text(content)) for path, content in contents.items()):
        device = path.split("/")[-2]
        name = _first(text, r'thingpedia_name="([^"]+)"') or device
        for match in FUNCTION.finditer(text):
            end = closing(text, match.end() - 1)
            if end < 0:
                continue
            semicolon = text.find(";", end)
            notes = text[end : semicolon if semicolon > 0 else end + 1_500]
            functions[device, match[2]] = Function(
                match[1],
                read_slots(text[match.end() : end]),
                _first(notes, r'confirmation="([^"]+)"'),
                _first(notes, r'canonical="([^"]+)"', r'canonical=\["([^"]+)"'),
                _first(notes, r'#\[doc="([^"]+)"'),
                name,
            )
    return functions


def read_slots(signature: str) -> dict[str, Slot]:
    slots = {}
    for part in split_outside(signature):
        if match := PARAMETER.match(part):
            prompt = _first(part, r'prompt="([^"]+)"', r'prompt=\["([^"]+)"')
            slots[match[2]] = Slot(
                match[1], match[3], prompt, _first(part, r'canonical="([^"]+)"', r'base=\["([^"]+)"')
            )
    return slots


def kind_of(type_name: str, values: Values) -> Kind:
    """Return what a ThingTalk type is in a document, with values for sentences."""
    if type_name.startswith("Enum"):
        choices = [choice.strip() for choice in type_name[5:-1].split(",")]
        return Kind("string", choices, choices)
    if type_name.startswith("Measure"):
        return Kind("string", None, values.by_unit.get(type_name[8:-1], ["10 minutes"]))
    if type_name.startswith("Array"):
        return Kind("array")
    if type_name.startswith("Entity"):
        entity = type_name[7:-1]
        return Kind("string", None, values.by_type.get(entity) or values.by_type.get(entity.split("^")[-1]))
    simple = {"Number": Kind("number", None, values.by_type.get("Number")), "Boolean": Kind("boolean")}
    return simple.get(type_name) or Kind("string", None, values.by_type.get(type_name))


def describe(function: Function, name: str, version: int, opening: str = "") -> str:
    """Return a function's description: no placeholders, the device's name at its end."""
    text = re.sub(r"\$\{__device\}", function.device, function.text(name, version))
    text = opening + re.sub(r"\$\{?(\w+)\}?", lambda match: "the " + words(match[1]), text)
    text = re.sub(r"\s+", " ", re.sub(r"\s*\[[^\]]*\]", "", text)).strip()
    ending = f" ({function.device})." if version == 1 else f", by {function.device}."
    return text[:1].upper() + text[1:].rstrip(".") + ending


def describe_slot(name: str, slot: Slot, asks: bool) -> str:
    """Return what a parameter means, without a dot: its prompt where it `asks`, else its name in words."""
    return (
        slot.prompt[0].upper() + slot.prompt[1:] if slot.prompt and asks else "The " + (slot.canonical or words(name))
    )


def short_package(device: str, more: str = "") -> str:
    """Return a device's name without what stands before its own; `more` are further such beginnings."""
    return re.sub(PREFIXES + more + ")", "", device).replace(".", "_").replace("-", "_")
