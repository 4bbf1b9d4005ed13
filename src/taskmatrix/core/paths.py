"""Paths and sentences in documents with placeholders in braces: `slides.{slide}.title`, `{result.order.id}`."""

import re
from collections.abc import Callable, Sequence

_PLACE = re.compile(r"\{([^{}]+)\}")
_LEVEL = re.compile(r"(?:\{[^{}]+\}|[^.])+")
_PIECE = re.compile(r"(\{[^{}]+\})")


def places_in(text: str) -> Sequence[str]:
    """Return the placeholders of a text, without their braces."""
    return _PLACE.findall(text)


def fill(text: str, say: Callable[[str], str]) -> str:
    """Return a text with what `say` gives for each placeholder."""
    return _PLACE.sub(lambda found: say(found[1]), text)


def told(text: str) -> str:
    """Return a sentence with what its placeholders mean: `slide <current slide>` for `slide {session.slide}`."""
    return fill(text, lambda place: f"<{words_of(place)}>")


def words_of(place: str) -> str:
    """Say what a placeholder means: part of the result, of what the package remembers, else an argument's name."""
    first, _, rest = place.partition(".")
    words = rest.replace(".", " ").replace("_", " ")
    if first == "result":
        return f"{words} of the result" if words else "result"
    return f"current {words}" if first == "session" and words else place


def levels(path: str) -> Sequence[str]:
    """Return the levels of a path; points inside of a placeholder do not part it."""
    return _LEVEL.findall(path)


def pieces(level: str) -> Sequence[str]:
    """Return the placeholders of a level, in their braces, and what stands between them."""
    return [piece for piece in _PIECE.split(level) if piece]


def place_of(piece: str) -> str | None:
    """Return the placeholder that a piece is; None for a piece that is none."""
    found = _PLACE.fullmatch(piece)
    return found[1] if found else None
