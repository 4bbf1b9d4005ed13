"""Where the arguments of an API come from: results of other APIs of its package that hold what it needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import JsonValue

from taskmatrix.api_platform.quality.wording import singular
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter

MOST_SENTENCES = 4
_GIVING = frozenset("list create get search find add insert new query describe fetch open lookup".split())
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Feed:
    """`parameter` takes what `api` gives: its `field`, or, where the result is not typed, an identifier in it."""

    parameter: str
    api: str
    field: str | None


def find_feeds(document: ApiDocument, siblings: Sequence[ApiDocument]) -> Sequence[Feed]:
    """Return where required identifiers come from, one source each: the plainest."""
    found: list[Feed] = []
    for parameter in document.parameters:
        thing = _identified(parameter, document)
        if thing is None:
            continue
        offers = sorted(_offers(parameter, thing, document, siblings), key=lambda offer: offer[0])
        if offers:
            found.append(offers[0][1])
    return found[:MOST_SENTENCES]


def composition_of(feeds: Sequence[Feed]) -> str:
    """Return feeds as composition instructions."""
    return " ".join(_said(feed) for feed in feeds)


def _said(feed: Feed) -> str:
    if feed.field is not None:
        return f"Take `{feed.parameter}` from the field `{feed.field}` of a result of `{feed.api}`."
    return f"Take `{feed.parameter}` from a result of `{feed.api}`."


def _identified(parameter: Parameter, document: ApiDocument) -> str | None:
    """Return what a required parameter identifies, such as `vault` for `vaultId`; None for what is no identifier."""
    words = names.words(parameter.name)
    if not parameter.required or parameter.has_default or not words or words[-1] not in ("id", "uuid", "arn", "key"):
        return None
    if len(words) > 1:
        return singular(" ".join(words[:-1]))
    path = (document.source.model_extra or {}).get("path")
    parts = [part for part in path.split("/") if part] if isinstance(path, str) else []
    for before, part in pairwise(parts):
        if part.strip("{}") == parameter.name:
            return singular(" ".join(names.words(before)))
    return None


def _offers(
    parameter: Parameter, thing: str, document: ApiDocument, siblings: Sequence[ApiDocument]
) -> Iterator[tuple[tuple[int, int, int, str], Feed]]:
    for sibling in siblings:
        if sibling.name == document.name or sibling.parameter(parameter.name) is not None:
            continue  # who needs the identifier itself is no source of it
        words = names.words(sibling.name.rpartition(".")[2])
        giving = next((word for word in words if word in _GIVING), None)
        if giving is None:
            continue
        rest = [word for word in words if word not in _GIVING and word not in ("all", "a", "the")]
        about = singular(" ".join(rest))
        rank = (0 if giving == "list" or (giving == "get" and about != " ".join(rest)) else 1, len(words))
        field = _field(sibling.returns.type, parameter.name, plain_id=about == thing)
        if field is not None:
            yield (0, *rank, sibling.name), Feed(parameter.name, sibling.name, field)
        elif about == thing and not sibling.returns.type and rank[0] == 0:
            yield (1, *rank, sibling.name), Feed(parameter.name, sibling.name, None)


def _field(schema: Mapping[str, JsonValue], name: str, *, plain_id: bool, depth: int = 0) -> str | None:
    """Return the field of a result that holds an identifier: of its name, or `id` where the result is that thing."""
    if depth > _DEEPEST:
        return None
    properties = schema.get("properties")
    if isinstance(properties, dict):
        for field in properties:
            if field == name or (plain_id and field.lower() in ("id", "uuid")):
                return field
    inner = [schema.get("items"), *(properties.values() if isinstance(properties, dict) else ())]
    for part in inner:
        if isinstance(part, dict):
            found = _field(part, name, plain_id=plain_id, depth=depth + 1)
            if found is not None:
                return found
    return None
