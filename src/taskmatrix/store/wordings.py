"""What people said, as it is kept: on one line, cut, and with a digest by which the same words are known again."""

import hashlib
from dataclasses import dataclass

from taskmatrix.store.characters import storable

LONGEST_WORDING = 500
"""Characters kept of what somebody said."""

_READ = 10_000
"""Characters looked at: nobody asks for one thing at such length."""
_AROUND = " .,;:!?…\"'“”‘’«»"


@dataclass(frozen=True, slots=True)
class Wording:
    """`text` in the words it was said in; `digest` (hex, 64 characters) without capitals and closing marks."""

    text: str
    digest: str


def wording_of(said: str) -> Wording | None:
    """Return how a text is kept, or None for one that says nothing."""
    text = " ".join(storable(said[:_READ]).split())[:LONGEST_WORDING].strip()
    plain = text.casefold().strip(_AROUND)
    if not any(character.isalnum() for character in plain):
        return None
    return Wording(text, hashlib.sha256(plain.encode()).hexdigest())
