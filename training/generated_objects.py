"""Parameters that are objects: some of an API's parameters are put into one (`price: {min, max}`, `filters: {…}`).

Instructions are made with all parameters side by side; the documents and the calls are folded when they are written.
"""

import random
import re

from parameter_roles import name_words

_BOUND = re.compile(
    r"^(min|max|minimum|maximum|start|end|from|to|lower|upper)[_ -]?(?=\w)|[_ -]?(min|max|start|end)$", re.I
)
NAMES = ("filters", "criteria", "details", "preferences", "specifications", "conditions", "info", "range")
"""What an object is called whose members have no word in common."""

Folds = dict[str, dict[str, str]]
"""Object → its members: their names within it → their names beside each other."""


def fold_some(parameters: list[dict], foldable: set[str], chance: random.Random) -> Folds:
    """Return which parameters to put into one object: two bounds of one thing where there are such, else any."""
    names = [p["name"] for p in parameters if p["name"] in foldable and "." not in p["name"]]
    stems = {name: _BOUND.sub("", name).strip("_- ") for name in names}
    for stem in {s for s in stems.values() if s}:
        bounds = {
            name: name_words(name).replace(name_words(stem), "").strip() for name in names if stems[name] == stem
        }
        if len(bounds) == 2 and all(bounds.values()) and stem not in names:
            return {stem: {inner: name for name, inner in bounds.items()}}
    if len(names) < 3:
        return {}
    kept = chance.sample(names, chance.choice((2, 2, 3)))
    owner = chance.choice(NAMES)
    return {} if owner in names else {owner: {name: name for name in kept}}


def folded_document(document: dict, folds: Folds) -> dict:
    """Return the document with members inside their objects, each object where its first member stood."""
    inside = {name: (owner, inner) for owner, members in folds.items() for inner, name in members.items()}
    found: dict[str, dict] = {}
    for parameter in document["parameters"]:
        owner, inner = inside.get(parameter["name"], ("", ""))
        if not owner:
            found[parameter["name"]] = parameter
            continue
        schema = {"type": "object", "properties": {}, "required": []}
        made = found.setdefault(
            owner, {"name": owner, "description": f"The {name_words(owner)}.", "required": False, "schema": schema}
        )
        made["schema"]["properties"][inner] = {**parameter["schema"], "description": parameter["description"]}
        if parameter["required"]:
            made["required"] = True
            made["schema"]["required"].append(inner)
    return {**document, "parameters": list(found.values())}


def folded_call(call: dict, folds: Folds) -> dict:
    """Return a call with the values of members inside their objects."""
    arguments = dict(call["arguments"])
    for owner, members in folds.items():
        held = {inner: arguments.pop(name)[0] for inner, name in members.items() if arguments.get(name)}
        if held:
            arguments[owner] = [held]
    return {**call, "arguments": arguments}
