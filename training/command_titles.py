"""Titles that people wrote beside command lines, as instructions for the commands.

Values that the title states stay where they are, others are worked into it.
"""

import random
import re
from dataclasses import dataclass

from generated_documents import Api
from generated_phrases import inlined, mark, mention, outside, standing_alone, verb_first
from generated_sentences import Draft, Speaker, ended, lowered
from generated_texts import path
from generated_turns import FRAMES
from generated_values import Said, say

_EMPTY = re.compile(r"^(\{.*\}|<.*>|\$.*|\[.*\]|x{3,}.*|0{4,}.*|.*0000-0000.*)$|[{}<>$|;]")


@dataclass(slots=True)
class Titled:
    """A title and the arguments of the command line beside it."""

    title: str
    api: Api
    arguments: dict[str, str | bool | list[str]]


def plain_title(title: str) -> str:
    """Return a title as a sentence, empty where it is none (`Routes_Get`)."""
    title = " ".join(re.sub(r"\(auto-?generated\)|`", "", title, flags=re.I).split()).strip()
    first = title.split("\n")[0].split(": ")[0].rstrip(".: ")
    if not 2 < len(first.split()) < 32 or "_" in first.split()[0] or not first[0].isalpha():
        return ""
    wish = verb_first(first)
    return f"{wish.verb.capitalize()} {wish.rest}" if wish else ""


def instruct(example: Titled, speaker: Speaker, draft: Draft) -> str | None:
    """Return the title with the example's arguments in it; None where too little would be said."""
    chance = speaker.chance
    api = example.api
    call = draft.call(api)
    text = example.title
    missing: list[tuple[str, Said | None]] = []
    for name, value in example.arguments.items():
        placed = _stated(text, api, name, value, draft, call)
        if placed is not None:
            text = placed
        elif not isinstance(value, bool) and (name in api.required or chance.random() < 0.6):
            said = _shown(api, name, value, speaker)
            missing += [(name, said)] if said is not None or name in api.required else []
    known = {*draft.calls[call]["arguments"], *(name for name, _ in missing)}
    for name in api.required:
        if name not in known:
            missing.append((name, say(api.parameter(name), api.roles[name], chance, speaker.topics)))
    worked = [(name, said) for name, said in missing if said is not None]
    if len(worked) < len(missing) or len(worked) > 5 or len({said.text for _, said in worked}) < len(worked):
        return None
    if not worked and not draft.calls[call]["arguments"] and chance.random() < 0.75:
        return None
    return _worked_in(text, api, worked, speaker, draft, call)


def _worked_in(text: str, api: Api, worked: list[tuple[str, Said]], speaker: Speaker, draft: Draft, call: int) -> str:
    """Return the title with more values said in it or after it."""
    chance = speaker.chance
    tails: list[str] = []
    sentences: list[str] = []
    for name, said in worked:
        parameter = {**api.parameter(name), "name": name.lstrip("-")}
        slot = draft.slot([(call, name)], said.gold)
        inside = _given(text, parameter, said, slot, chance) or (
            inlined(text, parameter, said, slot, chance) if chance.random() < 0.7 else None
        )
        if inside is not None:
            text = inside
        elif chance.random() < 0.12:
            sentences.append(standing_alone(parameter, said, slot, chance))
        else:
            tails.append(mention(parameter, said, slot, chance))
    text = re.sub(
        r"\b([Tt]he|[Aa]n?) (?:specified|given|specific)\b",
        lambda m: "the" if m.group(1)[0].islower() else "The",
        text,
    )
    text = " ".join((text.rstrip("."), speaker.joined(tails))).strip()
    if chance.random() < 0.45:
        text = chance.choice(FRAMES).format(lowered(text))
    return " ".join([ended(text, chance) if sentences else text, *sentences])


def _stated(text: str, api: Api, name: str, value: str | bool | list[str], draft: Draft, call: int) -> str | None:
    """Return the title with an argument marked where its value, or for a flag its name, already stands in it."""
    kind = api.parameter(name)["schema"].get("type")
    if isinstance(value, bool) or value in ("true", "false"):
        wanted = [
            w
            for w in re.split(r"[-_]", name.lstrip("-"))
            if len(w) > 2 and w not in ("enable", "the", "all", "with", "for", "only", "set", "use")
        ]
        low = text.lower()
        if kind != "boolean" or not wanted or not all(w[:5] in low for w in wanted):
            return None
        draft.slot([(call, name)], [value is True or value == "true"])
        return text
    if isinstance(value, list) or _EMPTY.search(value) or (len(value) < 2 and not value.isdigit()):
        return None
    if (
        api.source == "tldr"
        and not value.isdigit()
        and (value.lower() in name.lower() or not re.search(r"\d|[A-Z]", value))
    ):
        return None
    match = re.search(rf"(?<![\w\ue000-\ue1ff/.-]){re.escape(value)}(?![\w\ue001/-])", outside(text), re.I)
    if match is None:
        return None
    gold: list = [value]
    if kind == "integer":
        if not value.isdigit():
            return None
        gold = [int(value)]
    elif kind == "array":
        gold = [[value]]
    slot = draft.slot([(call, name)], gold)
    return text[: match.start()] + mark(slot, match.group()) + text[match.end() :]


def _shown(api: Api, name: str, value: str | list[str], speaker: Speaker) -> Said | None:
    """Return a value to work into the title: the example's own where it is one, another where it is a placeholder."""
    chance = speaker.chance
    parameter = api.parameter(name)
    role = api.roles[name]
    if isinstance(value, str):
        ending = re.search(r"path/to/\w*\.(\w{1,5})$", value)
        if ending and parameter["schema"].get("type") == "string":
            text = path(chance, ending.group(1))
            return Said(text, [text], "path")
        own = api.source == "azure_cli" and not _EMPTY.search(value) and 1 < len(value) < 50 and " " not in value
        if (
            own
            and parameter["schema"].get("type") == "string"
            and chance.random() < (0.6 if "my" in value.lower() else 0.8)
        ):
            return Said(value, [value], role if role not in ("opaque", "boolean", "enum") else "slug")
    if role in ("opaque", "plumbing", "boolean"):
        return None
    return say(parameter, role, chance, speaker.topics)


def _given(text: str, parameter: dict, said: Said, slot: int, chance: random.Random) -> str | None:
    """Return the title with `a specific X` made `X VALUE`, where X is what the parameter is called."""
    head = re.sub(r"[-_ ](id|name|key|number)s?$", "", parameter["name"].lower()).replace("-", " ").replace("_", " ")
    match = re.search(
        rf"\b(a|an|the) (?:specific|specified|given|particular) (\w+ )?{re.escape(head)}\b", outside(text), re.I
    )
    if match is None or said.role == "list":
        return None
    noun = f"{match.group(2) or ''}{head}"
    return (
        text[: match.start()]
        + chance.choice(
            (
                f"the {noun} {mark(slot, said.text)}",
                f"{noun} {mark(slot, said.text)}",
                f"the {mark(slot, said.text)} {noun}",
            )
        )
        + text[match.end() :]
    )
