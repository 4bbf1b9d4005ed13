"""A working deck in the run's blobs: pictures, sounds and films once each, the rest again after every edit.

So an edit costs what the text of the deck costs. In the deck's own bytes each large part is replaced by a pointer
to its blob.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from taskmatrix.core.context import RunContext
from taskmatrix.packages.powerpoint.decks import dump_deck, parse_deck

if TYPE_CHECKING:
    from pptx.opc.package import Part
    from pptx.presentation import Presentation as Deck

LARGE = 16_384
"""Bytes from which a part is kept by itself."""

_POINTER = b"taskmatrix-blob:"


def store_parts(deck: "Deck", context: RunContext) -> str:
    """Keep a deck in the run's blobs; return the digest to load it by."""
    with _pointers(deck, context):
        data = dump_deck(deck)
    return context.put_blob(data)


def load_parts(digest: str, context: RunContext, name: str) -> "Deck":
    """Return a deck kept by `store_parts`. Raises ApiFileError if a blob is gone."""
    deck = parse_deck(context.get_blob(digest), name)
    for part in _binary_parts(deck):
        found = re.fullmatch(_POINTER + rb"([0-9a-f]{64})", part.blob)
        if found:
            part.blob = context.get_blob(found[1].decode())
    return deck


@contextmanager
def _pointers(deck: "Deck", context: RunContext) -> Generator[None]:
    """Put pointers in the place of large parts, for as long as the deck is written."""
    kept: list[tuple[Part, bytes]] = []
    try:
        for part in _binary_parts(deck):
            data = part.blob
            # A part of the user's that looks like a pointer must not become one.
            if len(data) >= LARGE or data.startswith(_POINTER):
                kept.append((part, data))
                part.blob = _POINTER + context.put_blob(data).encode()
        yield
    finally:
        for part, data in kept:
            part.blob = data


def _binary_parts(deck: "Deck") -> "list[Part]":
    from pptx.opc.package import XmlPart

    return [part for part in deck.part.package.iter_parts() if not isinstance(part, XmlPart)]
