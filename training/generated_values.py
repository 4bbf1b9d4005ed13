"""Values for the parameters of an API: what a person would say, and what the call must hold."""

import random
import re
from dataclasses import dataclass, field

import generated_words as words
from generated_texts import TEXTS, slug
from parameter_roles import NUMERIC, RANGES, TEMPLATE, name_words


@dataclass(slots=True)
class Said:
    """A value in words. `gold` are the accepted values, `unit` what a number counts, `role` what kind it is."""

    text: str
    gold: list
    role: str
    unit: str = ""
    items: list[str] = field(default_factory=list)


NAMES_ITSELF = frozenset(
    (
        "resource",
        "email",
        "url",
        "path",
        "city",
        "person",
        "company",
        "country",
        "product",
        "phone",
        "address",
        "color",
        "ip",
        "arn",
    )
)
"""Roles whose value shows what it is, so that it can be said bare."""


def number(role: str, whole: bool, chance: random.Random) -> Said:
    """Return a number as it may be said: digits, a word, money, percent, thousands, with a unit."""
    value = _drawn(role, whole, chance)
    text, gold, unit = _spelled(value, role, chance), [value], ""
    if role == "percent":
        if chance.random() < 0.75:
            text, gold = text + chance.choice(("%", "%", " percent")), [value, round(value / 100, 10)]
        if whole:
            gold = [value]
    elif role == "price" and chance.random() < 0.6:
        ways = ("${}", "${}", "{} dollars", "€{}", "{} euros")
        text = (chance.choice(ways) if text[-1].isdigit() else "${}").format(text)
        if text.endswith(("dollars", "euros")):
            text, unit = text.split()
    elif role in words.UNITS and chance.random() < 0.6:
        unit = chance.choice(words.UNITS[role])
    return Said(text, [str(value)] if role == "number text" else gold, role, unit)


def _drawn(role: str, whole: bool, chance: random.Random) -> int | float:
    low, high = RANGES[role]
    if role in ("latitude", "longitude") or (not whole and chance.random() < 0.35):
        places = chance.choice((1, 2, 4) if role[0] == "l" else (1, 1, 2))
        value = round(chance.uniform(low, high), places)
    else:
        value = int(chance.uniform(low, high))
    if role in ("price", "number", "limit") and chance.random() < 0.3:
        value = chance.choice((10, 20, 50, 100, 200, 250, 500, 1000, 1500, 5000, 20000, 100000))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _spelled(value: float, role: str, chance: random.Random) -> str:
    text = str(value)
    if isinstance(value, float) or role in ("integer id", "year"):
        return text
    if 0 <= value <= 12 and role != "page" and chance.random() < 0.35:
        return words.SMALL[value]
    if value >= 1000:
        text = chance.choice((text, f"{value:,}", f"{value:,}"))
        if value % 1000 == 0 and chance.random() < 0.25:
            text = chance.choice((f"{value // 1000}k", f"{value // 1000} thousand"))
    return text


def unit_asked(description: str, role: str) -> str:
    """Return the unit a description asks for, so that no other is said."""
    for unit in words.UNITS.get(role, ()):
        if len(unit) > 2 and re.search(rf"\b{re.escape(unit.rstrip('s'))}s?\b", description, re.I):
            return unit
    return ""


def day(chance: random.Random, asked: str) -> Said:
    """Return a date in words; with ISO beside it where the document asks for a format."""
    year, month, date = chance.randint(2019, 2027), chance.randint(1, 12), chance.randint(1, 28)
    iso = f"{year}-{month:02}-{date:02}"
    name = words.MONTHS[month - 1]
    short = name[:3]
    th = "th" if 10 < date < 20 else {1: "st", 2: "nd", 3: "rd"}.get(date % 10, "th")
    spoken = (
        f"{name} {date}, {year}",
        f"{date} {name} {year}",
        f"{short} {date}, {year}",
        f"{name} {date}{th}, {year}",
        f"{date}{th} of {name} {year}",
        f"{month}/{date}/{year}",
    )
    formatted = bool(re.search(r"y{4}-?m{2}-?d{2}|\biso\b|rfc ?3339|\d{4}-\d{2}-\d{2}", asked, re.I))
    roll = chance.random()
    if roll < 0.3:
        return Said(iso, [iso], "date")
    if roll < 0.75 or formatted:
        text = chance.choice(spoken)
        return Said(text, [iso, text] if formatted else [text, iso], "date")
    text = chance.choice(
        (
            "today",
            "tomorrow",
            "yesterday",
            f"next {chance.choice(words.WEEKDAYS)}",
            f"last {chance.choice(words.WEEKDAYS)}",
            f"{name} {date}{th}",
            f"{name} {date}",
            chance.choice(words.WEEKDAYS),
            "next week",
            "last month",
        )
    )
    return Said(text, [text], "date")


def clock(chance: random.Random) -> Said:
    hour, minute = chance.randint(0, 23), chance.choice((0, 0, 0, 15, 30, 45, chance.randint(1, 59)))
    twelve = hour % 12 or 12
    half = "am" if hour < 12 else "pm"
    full = f"{hour:02}:{minute:02}"
    ways = [full, f"{twelve}:{minute:02} {half.upper()}", f"{twelve}:{minute:02} {half}"]
    if not minute:
        ways += [f"{twelve} {half}", f"{twelve}{half}", f"{twelve} {half.upper()}"]
    text = chance.choice(ways)
    return Said(text, list(dict.fromkeys((text, full))), "time")


def moment(chance: random.Random, asked: str) -> Said:
    date, hour = day(chance, asked), clock(chance)
    if chance.random() < 0.55:
        return Said(date.text, date.gold, "datetime")
    iso = next((g for g in date.gold if re.fullmatch(r"\d{4}-\d{2}-\d{2}", g)), None)
    full = hour.gold[-1]
    if iso and chance.random() < 0.4:
        text = f"{iso}T{full}:00Z"
        return Said(text, [text], "datetime")
    text = f"{date.text} at {hour.text}"
    return Said(text, [text, *([f"{iso}T{full}:00", f"{iso}T{full}:00Z", f"{iso} {full}"] if iso else [])], "datetime")


def say(parameter: dict, role: str, chance: random.Random, topics: list[str]) -> Said | None:
    """Return a value for a parameter of that role; None where none can be said."""
    schema = parameter.get("schema") or {}
    description = parameter.get("description") or ""
    if role == "enum":
        return _choice(schema, chance)
    if role == "choices":
        return _choices(schema["items"]["enum"], chance)
    if role == "numbers":
        return _numbers(schema.get("items", {}).get("type") == "integer", chance)
    if role.startswith("list:"):
        return _listed(parameter, role[5:], chance, topics)
    if role in NUMERIC:
        return _counted(parameter, role, chance)
    if role in ("date", "datetime"):
        return (day if role == "date" else moment)(chance, description)
    if role == "time":
        return clock(chance)
    text = _worded(role, description, chance, topics)
    return text and Said(text, [text], "enum" if role.startswith("of:") else role)


def _worded(role: str, description: str, chance: random.Random, topics: list[str]) -> str | None:
    if role.startswith("of:"):
        return chance.choice(role[3:].split(","))
    if role == "resource":
        template = TEMPLATE.search(description)
        forms = ("projects/{p}", "projects/{p}/locations/{l}", "organizations/{o}", "folders/{f}")
        form = template.group() if template else chance.choice(forms)
        return re.sub(r"\{\w+\}", lambda _: _segment(chance), form)
    if role in ("query", "sentence", "title") and topics and chance.random() < 0.35:
        return chance.choice(topics)
    maker = TEXTS.get(role)
    return maker(chance) if maker else None


def _segment(chance: random.Random) -> str:
    return chance.choice((slug(chance).replace(" ", "-").lower(), str(chance.randint(1, 9999)), "us-central1"))


def _counted(parameter: dict, role: str, chance: random.Random) -> Said:
    kind = (parameter.get("schema") or {}).get("type")
    whole = kind == "integer" or role in ("year", "page", "limit", "offset", "integer id", "count")
    said = number(role, whole, chance)
    asked = unit_asked(f"{parameter['name']} {parameter.get('description') or ''}", role)
    said.unit = asked if said.unit and asked else said.unit
    if kind == "string":
        said.gold = [str(g) for g in said.gold]
    elif kind is None and role != "number text":
        said.gold = [*said.gold, *[str(g) for g in said.gold]]
    return said


def _choice(schema: dict, chance: random.Random) -> Said | None:
    options = [o for o in schema["enum"] if isinstance(o, str | int | float) and not isinstance(o, bool)]
    if not options:
        return None
    value = chance.choice(options)
    text = str(value)
    if isinstance(value, str) and chance.random() < 0.7:
        text = name_words(value) if not value.isupper() or len(value) > 4 else value
    return Said(text, [value], "enum") if text.strip() else None


def _choices(options: list, chance: random.Random) -> Said | None:
    """Some of the choices of a list, as people name them: at times in the plural or the singular."""
    count = min(len(options), chance.choice((1, 1, 2, 2, 2, 3, 3, 4)))
    chosen = chance.sample(options, count)
    items = [str(option) if chance.random() < 0.25 else name_words(str(option)) for option in chosen]
    if chance.random() < 0.2:
        items = [_other_number(item) for item in items]
    if any(not item.strip() or "," in item or " and " in item for item in items):
        return None
    return Said(joined(items, chance), [chosen], "choices", items=items)


def _other_number(word: str) -> str:
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word if re.search(r"[^a-z]$|ss$|ing$|ed$", word) else word + "s"


def joined(items: list[str], chance: random.Random) -> str:
    """Return `a, b and c` in one of its forms."""
    last = chance.choice((" and ", " and ", ", and ", ", ", " & "))
    return ", ".join(items[:-1]) + (last if len(items) > 1 else "") + items[-1]


def _numbers(whole: bool, chance: random.Random) -> Said:
    count = chance.randint(2, 6)
    values = [
        chance.randint(1, 100) if whole or chance.random() < 0.7 else round(chance.uniform(0, 50), 1)
        for _ in range(count)
    ]
    items = [str(v) for v in values]
    form = chance.random()
    text = (
        f"[{', '.join(items)}]" if form < 0.35 else f"({', '.join(items)})" if form < 0.45 else joined(items, chance)
    )
    return Said(text, [values], "list", items=items)


def _listed(parameter: dict, role: str, chance: random.Random, topics: list[str]) -> Said | None:
    made = [
        say({"name": parameter["name"], "schema": {"type": "string"}}, role, chance, topics)
        for _ in range(chance.choice((1, 2, 2, 2, 3, 3, 4)))
    ]
    items = list(dict.fromkeys(m.text for m in made if m))
    if not items or any("," in i or " and " in i for i in items):
        return None
    text = joined(items, chance)
    if len(items) > 1 and chance.random() < 0.12:
        text = f"[{', '.join(items)}]"
    return Said(text, [items], "list", items=items)
