"""Names for what a document leaves unnamed: packages, and operations without an id of their own."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_PACKAGE = 60
LONGEST_NAME = 500

_FORMAT = re.compile(
    r"[\s\-–—:(]*\b(?:open\s?api|swagger)\s*(?:spec(?:ification)?\b)?\s*v?[\d.]+\)?\s*$", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def package_name(title: str, server: str | None) -> str:
    """Return a readable, importable name: `Swagger Petstore - OpenAPI 3.0` is `swagger_petstore`."""
    host = urlsplit(server).hostname if server else None
    return _word(_FORMAT.sub("", title)) or _word(title) or _word(host or "") or "openapi"


def _word(text: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", text.replace("&", " and ").replace("+", " plus "))
        .encode("ascii", "ignore")
        .decode()
    )
    word = re.sub(r"[^a-z0-9]+", "_", plain.replace("'", "").lower()).strip("_")
    if len(word) > LONGEST_PACKAGE:
        word = word[:LONGEST_PACKAGE].rpartition("_")[0] or word[:LONGEST_PACKAGE]
    return f"api_{word}" if word[:1].isdigit() else word


def path_name(method: str, path: str) -> str:
    """Return a name made of method and path: `get_pets_by_petId`."""
    words = [method.lower()]
    for segment in path.partition("?")[0].split("/"):
        for piece in re.split(r"(\{[^{}]*\})", segment):
            word = re.sub(r"[^A-Za-z0-9]+", "_", piece).strip("_")
            if word:
                words.append(f"by_{word}" if piece.startswith("{") else word)
    if len(words) == 1:
        words.append("root")
    return "_".join(words)


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What the name of an operation is made of."""

    id: str
    method: str
    path: str


def distinct_names(operations: Iterable[Unnamed]) -> Sequence[str]:
    """Return a name for each operation: its id where there is one, and it is the first of it.

    Later ones of the same id are told apart by method and path, so that the order of others does not matter.
    """
    given = list(operations)
    ids = [_fitting(_CONTROL.sub(" ", one.id).strip()) for one in given]
    taken = set(ids)
    seen: set[str] = set()
    found: list[str] = []
    for one, own in zip(given, ids, strict=True):
        name = own
        if not own or own in seen:
            made = path_name(one.method, one.path)
            name = _free(_fitting(f"{own}_{made}" if own else made), taken)
            taken.add(name)
        seen.add(name)
        found.append(name)
    return found


def _free(name: str, taken: set[str]) -> str:
    unique, n = name, 2
    while unique in taken:
        unique, n = f"{name}_{n}", n + 1
    return unique


def _fitting(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 13]}_{hashlib.sha256(name.encode()).hexdigest()[:12]}"
