"""Instructions for one API: which arguments are said, where in the sentence, and in which tone."""

import random
import re
from dataclasses import dataclass, field

import generated_words as words
from generated_documents import Api
from generated_phrases import CLOSE, OPEN, Wish, inlined, label_of, mark, mention, said_wish, standing_alone
from generated_switches import switch
from generated_texts import city, person
from generated_turns import BACKGROUND, FRAMES
from generated_values import Said, say
from parameter_roles import NUMERIC, name_words


@dataclass(slots=True)
class Draft:
    """A case in the making: the calls, and which argument (call, parameter) each marked slot fills."""

    calls: list[dict] = field(default_factory=list)
    slots: list[list[tuple[int, str]]] = field(default_factory=list)

    def call(self, api: Api) -> int:
        self.calls.append({"api": api.id, "arguments": {}})
        return len(self.calls) - 1

    def slot(self, fills: list[tuple[int, str]], gold: list) -> int:
        for call, name in fills:
            self.calls[call]["arguments"][name] = gold
        self.slots.append(fills)
        return len(self.slots) - 1


@dataclass(slots=True)
class Parts:
    """An instruction before it is put together: verb phrase, phrases that follow it, sentences of their own."""

    phrase: str
    tails: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    noun: str = ""


class Speaker:
    """Says arguments of APIs. `topics` are noun phrases of other documents, for free text."""

    def __init__(self, chance: random.Random, topics: list[str]) -> None:
        self.chance = chance
        self.topics = topics

    def choose(self, api: Api) -> list[tuple[str, Said | bool]] | None:
        """Return the arguments an instruction says; None where a required one cannot be said."""
        chance = self.chance
        count = chance.choices((0, 1, 2, 3, 4), (40, 32, 16, 8, 4))[0]
        if not api.required and count == 0 and chance.random() < 0.7:
            count = 1
        names = api.required + chance.sample(api.optional, min(count, len(api.optional)))
        said: list[tuple[str, Said | bool]] = []
        texts: set[str] = set()
        for name in names[:6] if len(api.required) <= 6 else names:
            value = self.value(api, name)
            if isinstance(value, Said) and value.text.lower() in texts:
                value = self.value(api, name)
            if value is None or (isinstance(value, Said) and value.text.lower() in texts):
                if name in api.required:
                    return None
                continue
            if isinstance(value, Said):
                texts.add(value.text.lower())
            said.append((name, value))
        return said

    def value(self, api: Api, name: str) -> Said | bool | None:
        if api.roles[name] == "boolean":
            return self.chance.random() < 0.68
        return say(api.parameter(name), api.roles[name], self.chance, self.topics)

    def parts(self, api: Api, said: list[tuple[str, Said | bool]], draft: Draft, call: int) -> Parts:
        """Return the instruction's parts with every argument said once."""
        chance = self.chance
        parts = Parts(said_wish(api.wish, chance), noun=api.wish.rest)
        said = said[:]
        if chance.random() < 0.5:
            chance.shuffle(said)
        if chance.random() < 0.6:
            said = self.paired(said, parts, draft, call)
        for name, value in said:
            parameter = api.parameter(name)
            if isinstance(value, bool):
                slot = draft.slot([(call, name)], [value])
                phrase = switch(parameter, value, slot, chance)
                if phrase is None:
                    del draft.calls[call]["arguments"][name]
                    draft.slots[slot] = []
                else:
                    parts.tails.append(phrase)
                continue
            slot = draft.slot([(call, name)], value.gold)
            placed = None
            if value.role == "choices":
                placed = asked_of(api.wish, parameter, mark(slot, value.text), parts.phrase, chance)
            elif chance.random() < 0.55 and value.role != "list":
                placed = inlined(parts.phrase, parameter, value, slot, chance)
            if placed is not None:
                parts.phrase = placed
            elif chance.random() < 0.13:
                parts.sentences.append(standing_alone(parameter, value, slot, chance))
            else:
                parts.tails.append(mention(parameter, value, slot, chance, noun_of(api)))
        return parts

    def paired(
        self, said: list[tuple[str, Said | bool]], parts: Parts, draft: Draft, call: int
    ) -> list[tuple[str, Said | bool]]:
        """Say two bounds or two coordinates in one phrase; return the arguments that are left."""
        chance = self.chance
        for name, value in said:
            for other, second in said:
                if not isinstance(value, Said) or not isinstance(second, Said) or name == other:
                    continue
                forms = pair_forms(name_words(name), name_words(other), value, second)
                if forms is None:
                    continue
                if value.role not in ("latitude", "city", "address") and bound(value) > bound(second):
                    value.text, value.gold, second.text, second.gold = second.text, second.gold, value.text, value.gold
                unit = f" {second.unit}" if second.unit else ""
                one, two = (mark(draft.slot([(call, n)], v.gold), v.text) for n, v in ((name, value), (other, second)))
                parts.tails.append(chance.choice(forms).format(one, two + unit))
                return [s for s in said if s[0] not in (name, other)]
        return said

    # -- putting together --------------------------------------------------------------------------------------

    def sentence(self, parts: Parts, wish: Wish) -> str:
        """Return one instruction from its parts, in one of many tones."""
        chance = self.chance
        tails = parts.tails[:]
        front = ""
        if tails and chance.random() < 0.1:
            movable = [t for t in tails if re.match(r"(in|on|at|for|from|with|using|by|between) ", t)]
            if movable:
                front = chance.choice(movable)
                tails.remove(front)
        body = " ".join([parts.phrase, self.joined(tails)]).strip()
        text = self.framed(body, wish, parts, tails)
        if front:
            text = f"{front[0].upper()}{front[1:]}, {lowered(text)}"
        if parts.sentences:
            text = " ".join(
                [*parts.sentences, capital(text)]
                if chance.random() < 0.35
                else [ended(text, chance), *parts.sentences]
            )
        return text

    def joined(self, tails: list[str]) -> str:
        """Return phrases in a row; those that begin alike share their first word."""
        chance = self.chance
        text = ""
        for index, tail in enumerate(tails):
            if not index:
                text = tail
            elif tail.startswith("with ") and tails[index - 1].startswith("with ") and chance.random() < 0.6:
                text += chance.choice((" and ", ", ", ", and ")) + tail[5:]
            elif re.match(r"(and|,|-|\() ?", tail):
                text += " " + tail
            else:
                text += chance.choice((" ", " ", " ", ", ", " and ")) + tail
        return text.replace(" ,", ",").strip()

    def framed(self, body: str, wish: Wish, parts: Parts, tails: list[str]) -> str:
        chance = self.chance
        if (
            wish.verb in QUESTIONED
            and parts.phrase.endswith(parts.noun)
            and chance.random() < 0.35
            and len(parts.noun.split()) < 9
        ):
            noun = (
                parts.noun
                if re.match(r"(the|an?|all|my|whether|how|information|details)\b", parts.noun)
                else f"the {parts.noun}"
            )
            if noun.startswith("whether "):
                return f"{chance.choice(('I wonder', 'Tell me', 'Do you know'))} {noun} {self.joined(tails)}".strip()
            be = (
                "are"
                if re.search(r"[a-z]s$", noun.split(" of ")[0].split(" for ")[0]) and not noun.endswith("ss")
                else "is"
            )
            forms = (f"What {be} {noun} {{}}?", f"What's {noun} {{}}?",
            f"Which {noun.split(' ', 1)[-1]} are there {{}}?" if be == "are" else f"What is {noun} {{}}?",
                     f"Do you know {noun} {{}}?", f"I need {noun} {{}}.", f"I'd like to see {noun} {{}}",
                     f"I want {noun} {{}}.", f"{noun} {{}}", f"Could I have {noun} {{}}?",
                     f"I'm looking for {noun} {{}}.")  # fmt: skip
            return re.sub(r"\s+([?.,])", r"\1", chance.choice(forms).format(self.joined(tails)))
        frames = ORDERS if ADDRESSED.match(body) else FRAMES
        return (
            chance.choice(frames).format(body)
            if chance.random() < 0.62
            else body + chance.choice((".", ".", "", "", "!"))
        )

    def terse(self, api: Api, said: list[tuple[str, Said | bool]], draft: Draft, call: int) -> str:
        """Return a command like `list invoices: customer 12, limit 5`."""
        chance = self.chance
        form = chance.choice(("{} {}", "{}: {}", "{}={}", "{} = {}", "{} is {}", "{}={}"))
        pieces: list[str] = []
        for name, value in said:
            parameter = api.parameter(name)
            label = label_of(parameter, chance) if chance.random() < 0.6 else name.rsplit(".", 1)[-1].lstrip("-")
            if isinstance(value, bool):
                slot = draft.slot([(call, name)], [value])
                pieces.append(
                    form.format(
                        label, mark(slot, chance.choice((("yes", "true", "on"), ("no", "false", "off"))[not value]))
                    )
                )
                continue
            text = (
                f'"{mark(draft.slot([(call, name)], value.gold), value.text)}"'
                if " " in value.text and chance.random() < 0.5
                else mark(draft.slot([(call, name)], value.gold), value.text)
            )
            pieces.append(form.format(label, text + (f" {value.unit}" if value.unit else "")))
        start, between = chance.choice(
            (
                (": ", ", "),
                (" - ", "; "),
                (" (", ", "),
                (", ", ", "),
                (" with ", ", "),
                (" with ", " and "),
                (". ", ". "),
                (":\n- ", "\n- "),
                (" | ", " | "),
            )
        )
        phrase = said_wish(api.wish, chance)
        return f"{phrase}{start}{between.join(pieces)}" + (")" if start == " (" else "")

    def toned(self, text: str) -> str:
        """Return the instruction with a word before it at times, and typed as people type."""
        chance = self.chance
        roll = chance.random()
        if roll < 0.13:
            text = f"{self.background()} {capital(text)}"
        elif roll < 0.17:
            text = f"{ended(text, chance)} {self.background()}"
        elif roll < 0.21:
            text = (
                chance.choice(
                    ("Hi! ", "Hello, ", "Hey, ", "Ok, ", "Alright, ", "Thanks. Now ", "Quick question: ", "Next: ")
                )
                + text
            )
        text = (
            re.sub(r"[ \t]{2,}", " ", text)
            .replace(" .", ".")
            .replace(" ,", ",")
            .replace(",,", ",")
            .replace(",.", ".")
            .replace("..", ".")
            .replace(",?", "?")
            .strip()
        )
        text = re.sub(r"\b(a|an) (a|an|the|my|our) ", r"\2 ", text).replace(" new new ", " new ")
        if chance.random() < 0.86:
            text = capital(text)
        if chance.random() < 0.07:
            text = text.lower().rstrip(".!")
        return text

    def background(self) -> str:
        """Return a sentence that says nothing the call needs."""
        chance = self.chance
        return chance.choice(BACKGROUND).format(
            city=city(chance).split(",")[0], person=person(chance), company=chance.choice(words.COMPANIES),
            topic=chance.choice(self.topics or words.TOPICS),
            day=chance.choice(words.WEEKDAYS), n=chance.randint(2, 40), month=chance.choice(words.MONTHS),
            product=chance.choice(words.PRODUCTS),
        )  # fmt: skip


_PARTS_OF = re.compile(
    r"field|metric|info|detail|data|feature|aspect|column|stat|propert|attribute|section|fact|figure|spec|include|"
    r"indicator|content|nutrient|vital|item|output|part"
)
"""Names of lists that say what of a thing is wanted."""
_SAYING_PARTS = re.compile(
    r"^(the |an? )?(\w+ )?(details|information|statistics|facts|properties|data|specs?) (of|on|about) "
)


def asked_of(wish: Wish, parameter: dict, value: str, phrase: str, chance: random.Random) -> str | None:
    """Return `get the price and the weight of the car`, where a list says what of a thing is wanted."""
    if wish.verb not in QUESTIONED or phrase.count(OPEN) or chance.random() > 0.6:
        return None
    if not _PARTS_OF.search(parameter["name"].lower()):
        return None
    verb = chance.choice((wish.verb, "get", "show me", "give me", "find", "tell me", "retrieve", "look up"))
    thing = _SAYING_PARTS.sub("", wish.rest)
    forms = (
        "{v} the {p} of {t}",
        "{v} {p} for {t}",
        "{v} the {p} data of {t}",
        "{v} {t}, {p}",
        "{v} {t} including {p}",
    )
    return chance.choice(forms).format(v=verb, p=value, t=thing)


QUESTIONED = frozenset(
    "get retrieve return fetch list show find display calculate compute determine describe check tell".split()
)

ADDRESSED = re.compile(r"(?:give|show|tell|get) me\b|let me\b", re.I)
"""Wishes that speak to the one who fulfils them: `I need to give me` is no English."""
ORDERS = tuple(
    f
    for f in FRAMES
    if re.match(
        r"(Please|Can you|Could you|Would you \{|I need you|I would like you|Go ahead|\{|Kindly|Just|Now|How about|"
        r"I hope you|You should|Do me)",
        f,
    )
)

_LOW = re.compile(r"\b(start|from|min|minimum|begin|after|since|check in|departure|origin|lower|x1|pickup)\b")
_HIGH = re.compile(r"\b(end|to|max|maximum|until|before|check out|return|destination|upper|x2|dropoff)\b")


def pair_forms(low: str, high: str, one: Said, two: Said) -> tuple[str, ...] | None:
    """Return forms for two values that belong together, None where they do not."""
    if one.role == "latitude" and two.role == "longitude":
        return (
            "at {}, {}",
            "at ({}, {})",
            "for latitude {} and longitude {}",
            "at lat {} lon {}",
            "near {},{}",
            "for the coordinates {} and {}",
            "located at {} / {}",
        )
    if one.role != two.role or not _LOW.search(low) or not _HIGH.search(high):
        return None
    if _LOW.sub("", low).split() != _HIGH.sub("", high).split() and one.role not in ("date", "datetime", "city"):
        return None
    if one.role in ("city", "address"):
        return (
            "from {} to {}",
            "from {} to {}",
            "between {} and {}",
            "{} to {}",
            "starting in {} and ending in {}",
            "{} - {}",
        )
    return (
        "between {} and {}",
        "from {} to {}",
        "from {} until {}",
        "between {} and {}",
        "{} to {}",
        "{} - {}",
        "in the range {} to {}",
        "from {} through {}",
    )


def bound(said: Said) -> str | float:
    """Return what the lower and the upper bound are told apart by."""
    dated = next((g for g in said.gold if isinstance(g, str) and re.match(r"\d{4}-\d{2}-\d{2}", g)), "")
    return next((float(g) for g in said.gold if isinstance(g, int | float)), 0.0) if said.role in NUMERIC else dated


def noun_of(api: Api) -> str:
    """Return the last word of what is asked for: the thing that `name` would name."""
    found = re.findall(r"[a-z]+", api.wish.rest.lower().split(" for ")[0].split(" of ")[0].split(" in ")[0])
    return found[-1] if found else ""


def capital(text: str) -> str:
    return text if not text or text[0] in OPEN + CLOSE else text[0].upper() + text[1:]


def lowered(text: str) -> str:
    return text if text[:2] in ("I ", "I'") or not text[1:2].islower() else text[0].lower() + text[1:]


def ended(text: str, chance: random.Random) -> str:
    text = text.rstrip()
    return text if text[-1:] in ".!?" else text + "."
