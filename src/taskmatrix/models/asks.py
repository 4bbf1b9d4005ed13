"""Finding a recorded reply by what is asked: digests of an ask's parts, compared part by part."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from taskmatrix.core.protocols import Ask, Message

KIND = "kind"
_LOOSE = "~"
"""Stands before the name of a part that need not agree."""
_DIGITS = 16

Digests = Mapping[str, str]
"""An ask as a recording keeps it: `kind`, and the digest of each part that says something."""


def ask_of(messages: Sequence[Message]) -> Ask:
    """Return what some messages ask; those of which nobody says it ask what they say."""
    said = messages[-1].ask if messages else None
    return said or Ask("text", {"messages": "\n\n".join(message.content for message in messages)})


def digests_of(ask: Ask) -> dict[str, str]:
    """Return an ask as a recording keeps it."""
    found = {KIND: ask.kind}
    found |= {name: _digest(text) for name, text in ask.parts.items() if text.strip()}
    return found | {_LOOSE + name: _digest(text) for name, text in ask.loose.items() if text.strip()}


def differing(one: Digests, other: Digests, *, loosely: bool = False) -> list[str]:
    """Return the names of the parts in which two asks differ; `loosely`, of those that have to agree."""
    names = dict.fromkeys([*one, *other])
    return [name for name in names if one.get(name) != other.get(name) and not (loosely and name[0] == _LOOSE)]


def why_unanswered(asked: Digests, left: Sequence[Digests], taken: Sequence[Digests]) -> str:
    """Say why no recorded ask is the one that is asked: what was recorded, and in what the nearest differs."""
    if any(not differing(asked, each, loosely=True) for each in taken):
        return "what was recorded for it has been replayed already"
    alike = [each for each in (*left, *taken) if each.get(KIND) == asked[KIND]]
    if not alike:
        kinds = ", ".join(sorted({each.get(KIND, "") for each in (*left, *taken)}))
        return f"nothing of this kind was recorded, only: {kinds}"
    nearest = min((differing(asked, each, loosely=True) for each in alike), key=len)
    return f"the nearest that was recorded differs in: {', '.join(nearest)}"


def _digest(text: str) -> str:
    plain = " ".join(text.split())
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
