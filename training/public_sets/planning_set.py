"""What the public sets have in common: documents, calls, cases, what else is on offer, writing."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Document = dict[str, Any]
Case = dict[str, Any]

TABLES = Path(__file__).parent / "tables"
WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMERALS = {word: number for number, word in enumerate(f"{WORDS} eighteen nineteen".split())}
NUMERALS |= {word: 10 * tens for tens, word in enumerate(TENS.split(), 2)}
NUMERALS |= {"couple": 2, "single": 1, "dozen": 12}
"""Word → the number it says."""


@dataclass(slots=True)
class PlanningSet:
    """Documents and cases in the evaluation format, and why how many rows of the source were left out."""

    apis: list[Document]
    cases: list[Case]
    dropped: Counter[str] = field(default_factory=Counter)


def read_table(name: str) -> dict[str, Any]:
    """Return the documents and values that were written for a set."""
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))


def parameter(name: str, description: str, kind: str = "string", required: bool = False, **schema: Any) -> Document:
    return {"name": name, "description": description, "required": required, "schema": {"type": kind, **schema}}


def document(package: str, name: str, description: str, parameters: list[Document], **more: Any) -> Document:
    return {"package": package, "name": name, "description": description, "parameters": parameters, **more}


def identity(api: Document) -> str:
    return f"{api['package']}.{api['name']}"


def call(api: str, arguments: dict[str, list[Any]], number: int = 0) -> Document:
    """Return a gold call; `arguments`: parameter → the values that are right."""
    return {"id": f"c{number}", "api": api, "arguments": arguments}


def case(name: str, said: str | list[Document], apis: list[str], calls: list[Document], kind: str) -> Case:
    """Return a case; `said` is the instruction, or the messages up to a user's turn."""
    text = {"instruction": said} if isinstance(said, str) else {"messages": said}
    return {"id": name, **text, "apis": apis, "expected": calls, "order": "any", "kind": kind}


def squeezed(text: object) -> str:
    """Return text without case, white space and the signs inside numbers, dates and names."""
    return re.sub(r"[\s,./\-_*^'\"]+", "", str(text).lower())


def plain(text: object) -> str:
    """Return the words of a text in lower case, one blank between them."""
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s]", " ", str(text).lower())).strip()


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def read_number(text: str) -> int | float | None:
    """Return the one number said in a short span, in digits or in words below a hundred."""
    text = text.lower().strip().replace(",", "")
    digits = re.findall(r"\d+(?:\.\d+)?", text)
    if digits:
        value = float(digits[0])
        return None if len(digits) > 1 else int(value) if value == int(value) else value
    words = re.split(r"[\s-]+", re.sub(r"[^a-z\s-]", " ", text))
    said = [NUMERALS[word] for word in words if word in NUMERALS]
    if len(said) == 1:
        return said[0]
    return said[0] + said[1] if len(said) == 2 and said[0] >= 20 and said[1] < 10 else None


def offer(
    chance: random.Random, gold: list[str], near: Iterable[str], far: Iterable[str], left_out: bool = False
) -> list[str]:
    """Return `gold` (not where it is `left_out`) and up to five others, mixed: at least half of them from `near`."""
    count = chance.choice([0, 1, 1, 2, 2, 3, 3, 4, 5])
    count = max(count, 1) if left_out else count
    gold = list(dict.fromkeys(gold))
    near = [api for api in dict.fromkeys(near) if api not in gold]
    far = [api for api in dict.fromkeys(far) if api not in gold and api not in near]
    chance.shuffle(near)
    chance.shuffle(far)
    close = min(len(near), chance.randint((count + 1) // 2, count))
    offered = [*([] if left_out else gold), *near[:close], *far[: count - close]]
    chance.shuffle(offered)
    return offered


def last_said(case: Case) -> str:
    """Return the instruction, or the user's last turn."""
    if "instruction" in case:
        return case["instruction"]
    return next(message["content"] for message in reversed(case["messages"]) if message["role"] == "user")


def without_repeats(cases: Iterable[Case]) -> list[Case]:
    """Return the cases but for those that say and expect the same as an earlier one."""
    kept: dict[str, Case] = {}
    for row in cases:
        said = [row.get("instruction"), row.get("messages"), row["expected"]]
        kept.setdefault(json.dumps(said, sort_keys=True), row)
    return list(kept.values())


def find_faults(made: PlanningSet) -> list[str]:
    """Return what contradicts itself: identities twice, calls of unknown APIs, parameters unknown or lacking."""
    apis = {identity(api): {item["name"]: item for item in api["parameters"]} for api in made.apis}
    faults = [] if len(apis) == len(made.apis) else ["two documents have one identity"]
    for row in made.cases:
        faults += [
            f"{row['id']}: {api} is on offer and has no document" for api in row.get("apis", ()) if api not in apis
        ]
        for gold in row["expected"]:
            known = apis.get(gold["api"], {})
            lacking = {name for name, item in known.items() if item["required"]} - set(gold["arguments"])
            unknown = set(gold["arguments"]) - set(known)
            faults += [f"{row['id']}: {gold['api']} lacks {name}" for name in sorted(lacking)]
            faults += [f"{row['id']}: {gold['api']} has no parameter {name}" for name in sorted(unknown)]
    return faults


def write_set(folder: Path, made: PlanningSet) -> None:
    """Write apis.jsonl and cases.jsonl. ValueError where the set contradicts itself."""
    if faults := find_faults(made):
        raise ValueError(f"{folder.name}: {len(faults)} faults, such as {faults[0]}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("apis", made.apis), ("cases", made.cases)):
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
