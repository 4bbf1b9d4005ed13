"""How people ask for an API and how they mention its arguments.

Every value is marked where it stands in the text (`mark`), so that after all rewriting `unmark` gives the plain text
and the place of each value.
"""

import random
import re
from dataclasses import dataclass

import generated_words as words
from generated_turns import DIRECTIONS, PREPOSED
from generated_values import NAMES_ITSELF, Said
from parameter_roles import NUMERIC, name_words

OPEN, CLOSE, FIRST = "\ue000", "\ue001", 0xE100
_MARKED = re.compile(f"{OPEN}(.)([^{OPEN}{CLOSE}]*){CLOSE}")

KNOWN_VERBS = frozenset((*words.VERBS, *words.OTHER_VERBS))
_PREAMBLE = re.compile(
    r"^(?:(?:this|the) (?:\w+ )?(?:request|operation|endpoint|method|api|call|function|action|tool|command|resource|"
    r"service|route|query)(?: call)?"
    r"(?: (?:is used|can be used|allows? (?:you|users?|one|the user)|enables? (?:you|users)|lets you|will|"
    r"is))?(?: to)?|"
    r"use this (?:\w+ )?(?:endpoint|method|request|operation|action|tool|call|api|resource|command)?(?: call)? ?to|"
    r"used to|allows? (?:you |users? )?to|"
    r"(?:api )?(?:endpoint|method|function|tool|command) (?:to|for|that)|you can|ability to|an? (?:api )?(?:endpoint|"
    r"method) (?:to|for)|\[?(?:beta|deprecated|preview|experimental)\]?:?)\s+",
    re.I,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, as a verb in its base form and what follows it."""

    verb: str
    rest: str


def mark(slot: int, text: str) -> str:
    return f"{OPEN}{chr(FIRST + slot)}{text}{CLOSE}"


def unmark(text: str) -> tuple[str, dict[int, tuple[int, int]]]:
    """Return the text without marks, and slot → (start, end) of its value."""
    plain: list[str] = []
    spans: dict[int, tuple[int, int]] = {}
    length = last = 0
    for match in _MARKED.finditer(text):
        plain.append(text[last : match.start()])
        length += match.start() - last
        spans[ord(match.group(1)) - FIRST] = (length, length + len(match.group(2)))
        plain.append(match.group(2))
        length += len(match.group(2))
        last = match.end()
    return "".join(plain) + text[last:], spans


def outside(text: str) -> str:
    """Return the text with marked values blanked out, so that nothing is found inside them."""
    return _MARKED.sub(lambda m: "\ue100" * len(m.group()), text)


def wish_of(document: dict) -> Wish | None:
    """Return the wish an API's own summary expresses, None where it is no plain sentence."""
    description = re.sub(
        r"<[^>]+>|`|\*\*|\[([^\]]*)\]\([^)]*\)", lambda m: m.group(1) or "", document["description"] or ""
    )
    summary = re.split(
        r"(?<=[\w)])\.\.?(?:\s|$)|[:;\n]| - | -- |, (?:which|see|this)", " ".join(description[:400].split())
    )[0]
    summary = re.sub(r"\s*\([^)]*\)?", "", summary).strip(" .!")
    summary = _PREAMBLE.sub("", summary)
    wish = verb_first(summary)
    if wish is None:
        wish = verb_first(name_words(document["name"].rsplit(".", 1)[-1]))
        if wish is None or len(wish.rest.split()) < 2:
            return None
    rest = re.sub(
        r"\b(?:the |an? )?(?:specified|given|provided|particular|specific|existing|single|supplied)\b(?! by| in)",
        "the",
        wish.rest,
    )
    rest = re.sub(r"\b(?:the|a|an) the\b", "the", rest)
    rest = re.sub(
        r",? (?:by (?:its |the )?(?:id|uuid|identifier|name|key)|with the (?:given|id)|based on .*|"
        r"for the authenticated user|in the request.*)$",
        "",
        rest,
        flags=re.I,
    )
    rest = rest.replace("(s)", "s").strip(" .,")
    rest = re.sub(r"\b(\w+) \1\b", r"\1", rest)
    if rest.startswith(("you ", "users ", "that ", "when ", "by ")) and wish.verb != "search":
        return None
    if (
        not 3 < len(rest) < 110
        or re.search(r"[{}|<>\\\[\]=#@]|https?:", rest)
        or len(rest.split()) > 17
        or not rest.isascii()
    ):
        return None
    return Wish(wish.verb, rest)


def verb_first(text: str) -> Wish | None:
    first, _, rest = text.partition(" ")
    word = first.lower().strip(",")
    if word in ("operation", "api", "method") or not rest:
        return None
    for base in (word, word[:-1] if word.endswith("s") else "", word[:-2] if word.endswith("es") else "",
                 word[:-3] + "y" if word.endswith("ies") else "", word[:-3] if word.endswith("ing") else "",
                 word[:-3] + "e" if word.endswith("ing") else ""):  # fmt: skip
        if base in KNOWN_VERBS:
            rest = rest.strip()
            if base == "return" and rest.lower().startswith(("true", "whether", "if")):
                return Wish("check", re.sub(r"^true if", "whether", rest, flags=re.I))
            return Wish(base, rest[0].lower() + rest[1:] if rest[1:2].islower() or rest[:2] == "A " else rest)
    return None


def said_wish(wish: Wish, chance: random.Random) -> str:
    """Return the wish as a verb phrase, at times with another verb and the small words changed."""
    verb, rest = wish.verb, wish.rest
    others = words.VERBS.get(verb)
    if others and chance.random() < 0.5:
        verb = chance.choice(others)
        if wish.verb == "search" and not rest.startswith(("for", "in", "through")):
            verb += " for" if chance.random() < 0.5 else " through"
    if chance.random() < 0.35:
        rest = re.sub(
            r"^(?:a list of(?: all)?|all(?: the| of the)?|information about|details (?:of|for|about)) (?:the )?",
            lambda _: chance.choice(("", "the ", "all ", "my ")),
            rest,
        )
    if chance.random() < 0.25:
        rest = re.sub(
            r"^(the|an?) ",
            lambda m: (
                chance.choice(("my ", "our ", "that ", m.group()))
                if m.group(1) == "the"
                else chance.choice(("", "a new ", m.group()))
            ),
            rest,
        )
    if (
        verb in ("give me", "tell me", "show me", "get me")
        and chance.random() < 0.5
        and not re.match(r"(the|an?|my|all|whether|our|that|information|details)\b", rest)
    ):
        rest = "the " + rest
    return f"{verb} {rest}"


# -- mentions ------------------------------------------------------------------------------------------------------

_NAMING = (
    "including {}", "with {}", "including {}", ", including {}", "along with {}", "with {} only", "and also {}",
    "covering {}", "({})", "that has {}", "offering {}", "such as {}", "- {}", "limited to {}", "with the {}",
    "for {}",
)  # fmt: skip
"""Ways to name some of what a list may hold."""
_AS_TITLE = frozenset(("title", "slug", "word"))


def label_of(parameter: dict, chance: random.Random) -> str:
    """Return what people may call a parameter: its name in words, less of it, or what its description says it is."""
    name = name_words(parameter["name"].rsplit(".", 1)[-1])
    roll = chance.random()
    described = re.match(
        r"(?:the desired|the|an?|specifies the|optional\.?|required\.?|name of the|"
        r"your)?\s*((?:[a-z-]+ ){0,2}[a-z-]+)(?= (?:of|to|for|that|in|from|which|where|with|on|used)\b|[.,;]|$)",
        " ".join((parameter.get("description") or "").lower().split()),
    )
    if (
        described
        and roll < 0.3
        and 3 < len(described.group(1)) < 32
        and not re.search(
            r"\b(the|an?|is|are|to|if|only|required|optional|unique|string|number of|whether|specifies|and|or|"
            r"list of|deprecated|indicates|this|e|filter|its|default|if|as|by|used|can|use|be|it)\b",
            described.group(1),
        )
    ):
        return described.group(1)
    if roll < 0.45 and len(name.split()) > 1:
        shorter = re.sub(
            r" (id|name|key|number|code|date|text|string|value|filter)$|^(filter|search|query|target) ", "", name
        )
        if len(shorter) > 2:
            return shorter
    if name.endswith(" id") or name == "id":
        return name[:-2] + chance.choice(("ID", "id", "id"))
    return name


def mention(parameter: dict, said: Said, slot: int, chance: random.Random, title_of: str = "") -> str:
    """Return a phrase that can follow the wish: `in Boston`, `with a limit of 5`, `page size: 20`."""
    unit = f" {said.unit}" if said.unit and said.unit != "°" else ""
    text = said.text
    if (
        said.role in ("sentence", "title", "query") and chance.random() < (0.75 if said.role == "sentence" else 0.4)
    ) or (said.role in _AS_TITLE and chance.random() < 0.2):
        value = (
            chance.choice(('"{}"', "'{}'", '"{}"')).format(mark(slot, text))
            if "'" not in text
            else f'"{mark(slot, text)}"'
        )
    else:
        value = mark(slot, text) + unit
    name = name_words(parameter["name"])
    roll = chance.random()
    if (
        said.role in ("count", "number", "duration")
        and name.endswith("s")
        and not name.endswith("ss")
        and roll < 0.6
        and len(name.split()) < 3
        and not said.unit
    ):
        thing = name[:-1] if said.text in ("1", "one") else name
        return chance.choice(("{} {}", "for {} {}", "with {} {}", "{} {}")).format(value, thing)
    if said.role == "count" and name in ("quantity", "party size", "count") and roll < 0.5:
        return chance.choice(
            ("{} of them", "{} pieces", "x{}", "{} times")
            if name != "party size"
            else ("for {}", "for {} people", "for a party of {}")
        ).format(value)
    if roll < 0.6:
        phrase = _preposed(name, said, title_of, chance)
        if phrase is not None:
            if phrase.endswith("results") or phrase.endswith("items"):
                value = mark(slot, text)
            if said.text in ("today", "tomorrow", "yesterday") or said.text.startswith(("next ", "last ")):
                phrase = re.sub(r"^on ", "", phrase)
            return phrase.format(value)
    if roll > 0.93 and said.role in NAMES_ITSELF:
        return chance.choice(("for {}", "{}", "- {}")).format(value)
    if said.role == "choices" and roll < 0.55:
        return chance.choice(_NAMING).format(value)
    label = label_of(parameter, chance)
    if said.role in ("list", "choices") and not label.endswith("s"):
        label += chance.choice(("s", ""))
    article = "an" if label[0] in "aeiou" else "a"
    forms = (
        f"with {label} {value}", f"with the {label} {value}", f"with {article} {label} of {value}",
        f"with {article} {label} of {value}", f"{label} {value}", f"using {label} {value}",
        f"for {label} {value}", f"for the {label} {value}", f"where the {label} is {value}",
        f"whose {label} is {value}", f"with {value} as the {label}", f"having {label} {value}",
        f"in {label} {value}" if said.role in ("region", "slug",
        "path") and label != "name" else f"and {label} {value}", f"using {value} as {label}", f"({label}: {value})",
        f"with {label} = {value}", f"with {label} set to {value}",
        f"- {label}: {value}", f", {label} {value},",
    )  # fmt: skip
    return chance.choice(forms)


def _preposed(name: str, said: Said, title_of: str, chance: random.Random) -> str | None:
    for pattern, forms in DIRECTIONS:
        if re.search(pattern, name) and said.role not in ("id", "boolean", "enum", "sort") and len(name.split()) < 4:
            if said.role not in NUMERIC and forms[0].startswith("at "):
                continue
            return chance.choice(forms)
    if said.role in ("slug", "title", "word") and not (
        name in ("name", "title", "display name") or (title_of and name == f"{title_of} name")
    ):
        head = re.sub(r" (name|title|slug)$", "", name)
        if head in ("friendly", "display", "full", "first", "last", "short", "user", "new", "file", "client", "host"):
            return None
        if head != name or said.role == "slug":
            return chance.choice(
                (
                    "in {h} {{}}",
                    "in the {h} {{}}",
                    "for {h} {{}}",
                    "of {h} {{}}",
                    "on the {h} {{}}",
                    "for the {{}} {h}",
                    "in the {{}} {h}",
                )
            ).format(h=head)
        return None
    if said.role in ("id", "uuid", "integer id") and name not in ("id", "uuid"):
        head = re.sub(r" (id|uuid|guid|identifier|number|key)$", "", name)
        return chance.choice(
            (
                "for {h} {{}}",
                "of {h} {{}}",
                "in {h} {{}}",
                "for {h} ID {{}}",
                "for the {h} with ID {{}}",
                "from {h} {{}}",
                "{h} {{}}",
            )
        ).format(h=head)
    forms = PREPOSED.get(said.role)
    return chance.choice(forms) if forms else None


def inlined(vp: str, parameter: dict, said: Said, slot: int, chance: random.Random) -> str | None:
    """Return the wish with the value right after the noun it belongs to: `delete the plan "nightly"`."""
    head = re.sub(r" (id|uuid|guid|identifier|name|key|number|slug|title)s?$", "", name_words(parameter["name"]))
    if len(head) < 3 or said.role in ("limit", "page", "offset", "sort", "boolean"):
        return None
    match = re.search(rf"\b(?:(a|an|the|all) )?{re.escape(head)}\b(?! \w+ID)", outside(vp), re.I)
    if match is None:
        return None
    value = mark(slot, said.text)
    after = vp[match.end() :]
    if re.match(r"\s+[a-z]+(s|ing)?\b", after) and not re.match(
        r"\s+(for|in|of|from|to|with|and|by|on|that|at|using|into)\b", after
    ):
        return None
    noun = vp[match.start() : match.end()]
    noun = re.sub(r"^(a|an|all) ", "the ", noun)
    bare = re.sub(r"^(the|a|an|all) ", "", noun, flags=re.I)
    roll = chance.random()
    if said.role in NAMES_ITSELF and roll < (
        0.75 if noun != vp[match.start() : match.end()] or match.group(1) in ("a", "an") else 0.35
    ):
        new = value
    elif roll < 0.75:
        new = chance.choice((f"{noun} {value}", f"{bare} {value}", f'{noun} "{value}"'))
    elif roll < 0.85 and said.role in ("slug", "title", "company", "product"):
        new = f"the {value} {bare}"
    else:
        new = (
            f"{noun} "
            + chance.choice(("with ID", "with id", "number") if "id" in said.role else ("named", "called"))
            + f" {value}"
        )
    return vp[: match.start()] + new + after


def standing_alone(parameter: dict, said: Said, slot: int, chance: random.Random) -> str:
    """Return a sentence of its own that gives a value: `The limit is 5.`"""
    label = label_of(parameter, chance)
    unit = f" {said.unit}" if said.unit else ""
    quoted = said.role in ("sentence", "title") and chance.random() < 0.6
    value = f'"{mark(slot, said.text)}"' if quoted else mark(slot, said.text) + unit
    if said.role in ("list", "choices"):
        return chance.choice(
            (f"The {label} are {value}.", f"Use these {label}: {value}.", f"{label.capitalize()}: {value}.")
        )
    return chance.choice(
        (
            f"The {label} is {value}.", f"The {label} should be {value}.", f"Use {value} as the {label}.",
            f"Set the {label} to {value}.", f"Use {label} {value}.", f"{label.capitalize()}: {value}.",
            f"My {label} is {value}.", f"Make the {label} {value}.", f"It has {label} {value}.",
            f"{value} is the {label}.", f"Its {label} is {value}.",
        )
    )  # fmt: skip
