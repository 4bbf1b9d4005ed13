"""What a value is made of: labels that travel with it through names, containers and functions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.schemas import kind
from taskmatrix.core.sensitivity import Sensitivity, marks

MAX_PATH = 6
EVENT = "event"
"""Stands for an API where a value came with the event that started the run."""
SHORTEST = 3
ANY = "*"
"""Stands in a path for every key and every item."""

_TELLS_LITTLE = frozenset(("bool", "int", "float", "None"))


@dataclass(frozen=True, slots=True)
class Label:
    """That something of the result of `api` is in a value.

    `mark` is what the document says of it; None only says where it is from. `inside` leads from the value at hand to
    the place where it is; `read` holds the fields of the result that were read to get it (for labels without a mark).
    With the mark `written`, `api` is a long text that stands in the program.
    """

    api: str
    mark: Sensitivity | Literal["written"] | None = None
    inside: tuple[str, ...] = ()
    read: tuple[str, ...] = ()


Labels = frozenset[Label]
NONE: Labels = frozenset()


def is_untrusted(text: str, told: Iterable[str]) -> bool:
    """Whether a text of the program is one of those that came with an event, holds one, or is a part of one."""
    text = text.strip()
    return any(
        text == one or (len(one) >= SHORTEST and one in text) or (len(text) >= SHORTEST and text in one)
        for one in map(str.strip, told)
    )


def of_result(document: ApiDocument, given: Labels) -> Labels:
    """Return the labels of a call's result. Private and untrusted stays what such values are made into."""
    own = marks(document.returns)
    found = {Label(document.id)} | {Label(document.id, m.kind, m.path[:MAX_PATH]) for m in own}
    declassified = any(m.kind == "public" and not m.path for m in own) or kind(document.returns.type) in _TELLS_LITTLE
    if not declassified:
        found |= {replace(g, inside=(), read=()) for g in given if g.mark in ("private", "untrusted")}
    return frozenset(found)


def at(labels: Labels, key: str | None) -> Labels:
    """Return the labels of one item of a value; `key` is None where it is not known which."""
    found: set[Label] = set()
    for label in labels:
        if not label.inside:
            read = (*label.read, key or ANY) if label.mark is None else ()
            found.add(replace(label, read=read[:MAX_PATH]))
        elif key is None or label.inside[0] in (key, ANY):
            found.add(replace(label, inside=label.inside[1:]))
    return frozenset(found)


def within(labels: Labels, key: str) -> Labels:
    """Return the labels of a container that holds a value under a key."""
    return frozenset(
        replace(label, inside=(key, *label.inside) if len(label.inside) < MAX_PATH else ()) for label in labels
    )


def shuffled(labels: Labels) -> Labels:
    """Return the labels of a list whose items may have changed their places."""
    return frozenset(
        replace(label, inside=(ANY, *label.inside[1:])) if label.inside and label.inside[0].isdigit() else label
        for label in labels
    )


def melted(labels: Labels) -> Labels:
    """Return the labels of one piece, such as a text, made of all that is in a value."""
    return frozenset(replace(label, inside=()) for label in labels)


def changed(labels: Labels) -> Labels:
    """Return the labels of what a function makes of a value: what stood in the program is no more."""
    return frozenset(replace(label, inside=()) for label in labels if label.mark != "written")


def union(parts: Iterable[Labels]) -> Labels:
    """Return all labels together."""
    return NONE.union(*parts)
