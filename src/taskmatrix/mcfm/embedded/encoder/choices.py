"""Which of a parameter's choices is said in its own words, and the likelihood of choices with that."""

import re
from collections.abc import Sequence

from taskmatrix.mcfm.embedded.encoder.cross_encoder import Slot


def said_choice(slot: Slot, text: str) -> int | None:
    """Return the choice whose own words were said last; None where none was, or several in one line."""
    offered = [(i, slot.parameter.choices[i]) for i, _ in slot.choices]
    named = [(i, c) for i, c in offered if isinstance(c, str) and len(c) > 2]
    for line in reversed(text.splitlines() if named else ()):
        said = [(i, c) for i, c in named if _holds(line, c)]
        said = [(i, c) for i, c in said if not any(c != other and _holds(_plain(other), c) for _, other in said)]
        if said:
            return said[0][0] if len(said) == 1 else None
    return None


def more_likely(choices: Sequence[tuple[int, float]], said: int, odds: float) -> tuple[tuple[int, float], ...]:
    """Return the choices with their probabilities, the one that was said `odds` times as likely."""
    scaled = [(i, p * odds if i == said else p) for i, p in choices]
    total = sum(p for _, p in scaled)
    return tuple(sorted(((i, p / total) for i, p in scaled), key=lambda c: -c[1]))


def _holds(text: str, words: str) -> bool:
    """Whether words stand in a text, and not as the end of a file's name: `stock.xlsx` does not say `xlsx`."""
    plain = _plain(words)
    found = plain.lower() in text.lower()
    return found and re.search(rf"(?<![\w.]){re.escape(plain)}(?!\w)", text, re.I) is not None


def _plain(words: str) -> str:
    return re.sub(r"[\s_-]+", " ", words)
