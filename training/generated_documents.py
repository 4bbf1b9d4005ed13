"""Documents made fit for instructions: without what nobody says, with the types and choices that prose gives away."""

import random
import re
from dataclasses import dataclass, field

from generated_objects import Folds, fold_some
from generated_phrases import Wish
from parameter_roles import name_words, role_of


@dataclass(slots=True)
class Api:
    """A document that instructions can be made for, with the role of each of its parameters."""

    document: dict
    source: str
    wish: Wish
    roles: dict[str, str]
    required: list[str]
    optional: list[str]
    folds: Folds = field(default_factory=dict)
    summary: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return f"{self.document['package']}.{self.document['name']}"

    def parameter(self, name: str) -> dict:
        return next(p for p in self.document["parameters"] if p["name"] == name)


_BROKEN = re.compile(r"\b(deprecated|internal use|do not use|obsolete|no longer)\b", re.I)
MOST_PARAMETERS = 12
FOLDED = 0.08
"""How often some parameters are put into an object."""
SEVERAL = 0.35
"""How often a parameter with choices is made to take a list of them: the corpus keeps no lists of choices."""


def prepare(document: dict, source: str, wish: Wish, chance: random.Random) -> Api | None:
    """Return a document fit for instructions, without what nobody says; None where too little of it is described."""
    if _BROKEN.search(document["description"][:300]):
        return None
    parameters: dict[str, dict] = {}
    roles: dict[str, str] = {}
    for original in document["parameters"]:
        parameter = typed(original, source)
        if chance.random() < SEVERAL and len(parameter["schema"].get("enum") or ()) > 2:
            parameter = several_of(parameter)
        role = (
            invented(original["role"], parameter)
            if "role" in original
            else role_of(parameter, loose=source == "azure_cli")
        )
        if not parameter["required"] and re.match(
            r"deprecated|reserved|output only|ignored|read-?only", parameter["description"], re.I
        ):
            role = "opaque"
        if parameter["name"] in parameters or role == "plumbing":
            continue
        if role == "opaque" and parameter["required"]:
            return None
        parameters[parameter["name"]], roles[parameter["name"]] = parameter, role
    required = [n for n, p in parameters.items() if p["required"]]
    optional = [n for n, p in parameters.items() if not p["required"] and roles[n] != "opaque"]
    if len(required) > 5:
        return None
    hidden = [n for n in parameters if n not in required and roles[n] == "opaque"]
    kept = set(required + optional[: MOST_PARAMETERS - len(required)])
    kept |= set(hidden[: max(0, min(3, MOST_PARAMETERS - len(kept)))])
    description = " ".join(document["description"].split())
    rest = description.partition(". ")[2]
    if len(rest) > 40 and chance.random() < 0.2:  # the words of the wish are not always those of the document
        description = rest
    copy = {
        "package": document["package"],
        "name": document["name"],
        "description": description[:600],
        "parameters": [parameters[n] for n in parameters if n in kept],
    }
    if "source" in document:
        copy["source"] = document["source"]
    shown = [n for n in optional if n in kept]
    folds = fold_some(copy["parameters"], {*required, *shown}, chance) if chance.random() < FOLDED else {}
    return Api(copy, source, wish, roles, required, shown, folds)


def several_of(parameter: dict) -> dict:
    """Return the parameter as one that takes several of its choices."""
    name, options = parameter["name"], parameter["schema"]["enum"]
    plain = name_words(name)
    return {
        **parameter,
        "name": name if plain.endswith("s") else name + "s",
        "description": f"List of {plain}{'' if plain.endswith('s') else 's'}. {parameter['description']}"[:220],
        "schema": {"type": "array", "items": {"type": "string", "enum": options}},
    }


def invented(role: str, parameter: dict) -> str:
    """Return the role of a parameter of an invented document."""
    if parameter["schema"].get("enum"):
        return "enum"
    if role.endswith(")*"):
        return "choices"
    if role.startswith("("):
        return f"of:{role[1:-1]}"
    return {"flag": "boolean", "integer": "number"}.get(role, f"list:{role[:-1]}" if role.endswith("*") else role)


_LISTED = re.compile(r"(?:one of|allowed values(?: are)?|possible values(?: are)?|valid values(?: are)?|"
                     r"accepted values(?: are)?|can be|options(?: are)?|either|"
                     r"available values)\s*:?\s+((?:[`'\"]?[A-Za-z][\w-]{1,24}[`'\"]?(?:\s*,\s*(?:or |and )?| or |"
                     r" \| |/)){1,9}[`'\"]?[A-Za-z][\w-]{1,24}[`'\"]?)(?=[.,;)\s]|$)", re.I)  # fmt: skip


def typed(original: dict, source: str) -> dict:
    """Return a parameter with a shorter description, and the type and choices its prose gives away."""
    schema = dict(original.get("schema") or {})
    description = " ".join((original.get("description") or "").split())
    default = schema.get("default")
    if source.startswith("py_") and isinstance(default, str):
        kind = (
            "boolean"
            if default in ("True", "False")
            else "integer"
            if re.fullmatch(r"-?\d+", default)
            else "number"
            if re.fullmatch(r"-?\d*\.\d+(e-?\d+)?", default)
            else None
        )
        schema.pop("default")
        if kind:
            schema["type"] = kind
            schema["default"] = (
                {"True": True, "False": False}.get(default)
                if kind == "boolean"
                else float(default)
                if kind == "number"
                else int(default)
            )
    if schema.get("type") == "string" and "enum" not in schema:
        listed = _LISTED.search(description)
        options = re.findall(r"[A-Za-z][\w-]+", listed.group(1)) if listed else []
        options = [o for o in dict.fromkeys(options) if o.lower() not in ("or", "and", "the", "used", "null", "empty")]
        if 2 <= len(options) <= 10:
            schema["enum"] = options
    if len(description) > 220:
        description = description[:220].rsplit(" ", 1)[0]
    return {
        "name": original["name"],
        "description": description,
        "required": bool(original.get("required")) and "default" not in schema,
        "schema": schema,
    }
