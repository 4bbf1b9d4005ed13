"""Invented API documents for everyday matters that vendors' documents hardly speak of: sums, food, sports, travel.

A line of `everyday_matters.txt` is `domain | verbs | thing | parameters`. A parameter is `name:role`,
`name:(a,b,c)` for choices, `name:(a,b,c)*` for some of them, `name:flag`, `name:numbers` or `name:role*` for lists.
Names, summaries, order, types and what is required vary.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path

from generated_phrases import Wish
from generated_texts import TEXTS
from parameter_roles import NUMERIC

MATTERS = Path(__file__).with_name("everyday_matters.txt").read_text(encoding="utf-8")

_SUMMARIES = (
    "{Verb} {thing}.", "{Verb} {thing}.", "{Verbs} {thing}.", "{Verbs} {thing} based on the given parameters.",
    "This function {verbs} {thing}.", "{Verb} {thing} for the given {one}.",
    "Use this to {verb} {thing}.", "{Verb} {thing} using {one} and other criteria.",
    "{Thing} service: {verb} and return the result.", "Helper that {verbs} {thing}",
)  # fmt: skip
_DESCRIPTIONS = (
    "The {label}.", "The {label} of {thing}.", "{Label}.", "The {label} to use, e.g. {example}.",
    "{Label} (for example {example})", "", "The {label} for which to {verb} {thing}.",
    "Specifies the {label}.", "The desired {label}.", "{Label}, such as {example}.",
)  # fmt: skip


def invent(count: int, chance: random.Random) -> Iterator[tuple[dict, Wish]]:
    """Yield documents with the wish each answers to; no two with the same identity."""
    matters = [[part.strip() for part in line.split("|")] for line in MATTERS.strip().splitlines()]
    seen: set[str] = set()
    for _ in range(count):
        domain, verbs, thing, spec = chance.choice(matters)
        verb = chance.choice(verbs.split(","))
        package, name = _named(domain, verb, thing, chance)
        if f"{package}.{name}" in seen:
            continue
        seen.add(f"{package}.{name}")
        pieces = re.findall(r"(\w+):(\([^)]*\)\*?|[\w ]+?\*?)(?= \w+:|$| $)", spec)
        kept = [p for p in pieces if chance.random() < 0.8] or pieces
        if chance.random() < 0.3:
            chance.shuffle(kept)
        forced = chance.choice((1, 1, 2, 2, 3, len(kept)))
        parameters = [
            _parameter(n, role, i < forced and role != "flag", verb, thing, chance) for i, (n, role) in enumerate(kept)
        ]
        cased = chance.random() < 0.25
        for p in parameters:
            if cased:
                p["name"] = re.sub(r"_(\w)", lambda m: m.group(1).upper(), p["name"])
        one = kept[0][0].replace("_", " ")
        summary = chance.choice(_SUMMARIES).format(
            verb=verb,
            Verb=verb.capitalize(),
            verbs=_third(verb),
            Verbs=_third(verb).capitalize(),
            thing=thing,
            Thing=thing.capitalize(),
            one=one,
        )
        yield {"package": package, "name": name, "description": summary, "parameters": parameters}, Wish(verb, thing)


def _named(domain: str, verb: str, thing: str, chance: random.Random) -> tuple[str, str]:
    words = [
        w
        for w in re.findall(r"[a-z]+", thing.lower())
        if w not in ("a", "an", "the", "of", "two", "on", "in", "at", "to", "s", "for")
    ]
    if chance.random() < 0.3:
        words = words[: chance.randint(1, len(words))]
    style = chance.random()
    if style < 0.5:
        name = "_".join((verb, *words))
    elif style < 0.65:
        name = "_".join((*words, verb))
    elif style < 0.85:
        name = verb + "".join(w.capitalize() for w in words)
    else:
        name = f"{words[0]}.{verb}" if len(words) == 1 else f"{words[0]}.{'_'.join((verb, *words[1:]))}"
    return chance.choice(
        (domain, f"{domain}_api", f"{domain}_tools", f"my_{domain}", f"{domain}{chance.randint(1, 9)}")
    ), name


def _parameter(name: str, role: str, required: bool, verb: str, thing: str, chance: random.Random) -> dict:
    label = name.replace("_", " ")
    schema: dict = {"type": "string"}
    example = ""
    if role.endswith(")*"):
        options = role[1:-2].split(",")
        schema = {"type": "array", "items": {"type": "string", "enum": options}}
        example = ", ".join(options[:2])
    elif role.startswith("("):
        schema["enum"] = role[1:-1].split(",")
        example = schema["enum"][0]
        if chance.random() < 0.2:  # choices that only the prose tells
            example = ", ".join(schema.pop("enum")[:4])
    elif role == "flag":
        schema = {"type": "boolean"}
    elif role == "numbers":
        schema = {"type": "array", "items": {"type": chance.choice(("integer", "number", "number"))}}
    elif role.endswith("*"):
        schema = {"type": "array", "items": {"type": "string"}}
        example = TEXTS[role[:-1]](chance)
    elif role in NUMERIC or role == "integer":
        schema = {
            "type": "integer"
            if role in ("limit", "year", "integer", "age", "count") or chance.random() < 0.3
            else "number"
        }
    elif role in TEXTS:
        example = TEXTS[role](chance)
    forms = [d for d in _DESCRIPTIONS if example or "{example}" not in d]
    description = chance.choice(forms).format(
        label=label, Label=label.capitalize(), example=example, verb=verb, thing=thing
    )
    if role == "flag":
        description = chance.choice(
            (f"Whether {label}.", f"If true, {label}.", f"{label.capitalize()} or not. Default is false.", "")
        )
    if role == "date" and chance.random() < 0.5:
        description += chance.choice(
            (" Format: YYYY-MM-DD.", " (YYYY-MM-DD)", " In the format MM/DD/YYYY", " ISO date.")
        )
    if not required and schema["type"] in ("integer", "number") and chance.random() < 0.25:
        schema["default"] = chance.choice((1, 5, 10))
        description += f" Default is {schema['default']}."
    return {"name": name, "description": description.strip(), "required": required, "schema": schema, "role": role}


def _third(verb: str) -> str:
    return (
        verb + "es"
        if verb.endswith(("ch", "sh", "s", "x"))
        else verb[:-1] + "ies"
        if verb.endswith("y") and verb[-2] not in "aeiou"
        else verb + "s"
    )
