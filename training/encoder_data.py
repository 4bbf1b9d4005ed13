"""What the encoder is trained on: pairs of a query and the passage that answers it.

Of every set only the cases whose id hashes to an even number are read; the others measure. Of documents without
queries the first sentence asks for what is left of them.
"""

import gzip
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskmatrix.selector.passages import passage

SEED = 7

SETS = {
    "azure_cli": ("retrieval/azure_cli", 6_000),
    "tldr": ("retrieval/tldr", 8_000),
    "metatool": ("retrieval/metatool", 4_000),
    "seal_dev": ("planning/seal_dev", 1_500),
    "toolalpaca": ("planning/toolalpaca", 400),
    "api_bank": ("planning/api_bank", 300),
    "nestful_dev": ("planning/nestful_dev", 600),
    "assistant": ("planning/assistant", 2_000),
    "snips": ("planning/snips", 500),
}
"""Name → folder, and how many pairs at most. SGD is left out for its licence, PPTC, BFCL and Home to measure."""

CORPUS = {
    "aws": 2_000, "google": 2_000, "jentic": 6_000, "ppconnectors": 1_500, "mcp_tools": 1_000, "office_js": 800,
    "office_vba": 800, "py_matplotlib": 300, "py_pandas": 300, "py_pptx": 200, "py_scipy": 300, "py_skimage": 200,
    "py_sympy": 300,
}  # fmt: skip
"""Documents without queries: their first sentence asks for what is left of them."""


@dataclass(frozen=True, slots=True)
class Pair:
    query: str
    passage: str
    api: str
    package: str


def gather(data: Path, sets: Sequence[str]) -> list[Pair]:
    chance = random.Random(SEED)
    pairs: list[Pair] = []
    for name in sets:
        folder, most = SETS[name]
        found = list(queries(data / folder, chance))
        pairs += chance.sample(found, min(most, len(found)))
    for name, most in CORPUS.items():
        found = [pair for d in lines(data / "corpus" / f"{name}.jsonl.gz") if (pair := own_words(d, chance))]
        pairs += chance.sample(found, min(most, len(found)))
    return pairs


def queries(folder: Path, chance: random.Random) -> Iterator[Pair]:
    documents = {f"{d['package']}.{d['name']}": d for d in lines(folder / "apis.jsonl.gz")}
    for case in lines(folder / "cases.jsonl.gz"):
        if not for_training(str(case["id"])):
            continue
        if "query" in case:
            query, relevant = case["query"], case["relevant"]
        else:
            messages = case.get("messages")
            if messages and messages[-1]["role"] != "user":
                continue
            query = messages[-1]["content"] if messages else case["instruction"]
            relevant = [call["api"] for call in case["expected"]]
        parts = [p for p in query.replace("! ", ". ").replace("? ", "?. ").split(". ") if len(p) > 12]
        for api in dict.fromkeys(relevant):
            if api in documents:
                asked = query
                if len(set(relevant)) > 1 and len(parts) > 1:  # the part that shares most words asks for this one
                    words = set(passage_of(documents[api]).lower().split())
                    asked = max(parts, key=lambda part: len(words & set(part.lower().split())))
                yield Pair(varied(asked, chance), passage_of(documents[api], chance), api, documents[api]["package"])


def for_training(case: str) -> bool:
    """Whether a case may be trained on: half of each set, by a hash of the id."""
    return hashlib.sha256(case.encode()).digest()[0] % 2 == 0


def own_words(document: dict, chance: random.Random) -> Pair | None:
    """Return a document's first sentence as a query for what is left of it, None where too little is left."""
    description = " ".join((document["description"] or "")[:800].split())
    summary, _, rest = description.partition(". ")
    if not 15 < len(summary) < 200 or len(document["name"]) < 4:
        return None
    kept = rest if chance.random() < 0.7 else description
    names = [p["name"] for p in document["parameters"]]
    read = passage(document["package"], document["name"], kept, names)
    return Pair(varied(summary, chance), read, f"{document['package']}.{document['name']}", document["package"])


def varied(query: str, chance: random.Random) -> str:
    """Return a query as people may also type it: lower case, or with few of the small words."""
    if chance.random() < 0.15:
        query = query.lower().rstrip(".?!")
    return query


def passage_of(document: dict, chance: random.Random | None = None) -> str:
    names = [p["name"] for p in document["parameters"]]
    description = document["description"] or ""
    if chance is not None and chance.random() < 0.1:
        names = []
    return passage(document["package"], document["name"], description, names)


def lines(file: Path) -> Iterator[dict]:
    with gzip.open(file, "rt") as stream:
        for line in stream:
            yield json.loads(line)
