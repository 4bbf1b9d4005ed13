"""A query is words to find, never syntax: whatever it holds, it can be searched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from taskmatrix.selector.tokens import words

MAX_STEMS = 64
MAX_CHARACTERS = 20_000
MAX_PARTS = 8
VALUE_WEIGHT = 0.3
"""What a word weighs that is rather an argument (quoted, or with a digit) than a description of what to do."""

# What may begin a quotation does not go on in it, so that a text full of beginnings is read once.
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|(?<!\w)'[^'\n]*'(?!\w)|`[^`\n]*`")
_PART_END = re.compile(r"(?<=[.!?;])\s+|\n+|,?\s+(?:and\s+then|after\s+that|then|finally|next)\b,?\s+", re.IGNORECASE)
_GAP = re.compile(r"\s+")
_DISCOURSE = frozenset(
    """additionally afterwards again also alright besides finally first firstly further furthermore good great hello
    hey hi however last lastly likewise moreover next nice no now oh ok okay please second secondly sure thank thanks
    then third too well yes""".split()
)
_ASIDE = re.compile(
    r"\W*(?:i'm|i am|i've|i have|we're|we are|we've|we have|it|it's|that|that's|this|there|there's|the|my|our|as|using"
    r"|with|after|before|based on|given)\b(?!')",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a query, by its stem: as it was written, and how much it weighs."""

    stem: str
    word: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class WordQuery:
    """The words to find, the heaviest first and at most `MAX_STEMS` of them.

    `lead` is the stem of the first word, which most often is the verb.
    """

    terms: tuple[Term, ...] = ()
    lead: str = ""


def read_query(text: str) -> WordQuery:
    """Return the words to find for a text. Only its first `MAX_CHARACTERS` characters count."""
    text = text[:MAX_CHARACTERS]
    terms: dict[str, Term] = {}
    for part, weight in _weighted_parts(text):
        for word in words(part):
            own = VALUE_WEIGHT if any(c.isdigit() for c in word.text) else weight
            known = terms.get(word.stem)
            if known is None or known.weight < own:
                terms[word.stem] = Term(word.stem, word.text, own)
    lead = next((term.stem for term in terms.values() if term.weight == 1.0), "")
    return WordQuery(tuple(sorted(terms.values(), key=lambda t: -t.weight)[:MAX_STEMS]), lead)


def split_query(text: str) -> list[str]:
    """Return the parts of a text that may each ask for another API; the text alone if it has one part."""
    # Gaps first: the end of a part is looked for at each blank, and each look goes on to the next word.
    text = _GAP.sub(lambda gap: "\n" if "\n" in gap.group() else " ", text[:MAX_CHARACTERS])
    # A full stop inside quotes ends nothing.
    masked = _QUOTED.sub(lambda quoted: "\ufffc" * len(quoted.group()), text)
    parts, start = list[str](), 0
    for end in [*_PART_END.finditer(masked), None]:
        stop = end.start() if end else len(masked)
        part = text[start:stop].strip()
        if parts and part.startswith("(") and part.endswith(")"):
            parts[-1] += f" {part}"  # said beside what comes before it
        elif words(part):
            parts.append(part)
        start = end.end() if end else stop
    return parts[:MAX_PARTS] or [text]


def asks(text: str) -> bool:
    """Whether a step may ask for something: "Also", "Hey" and "I'm planning a trip" are said beside what is asked."""
    return not _ASIDE.match(text) and any(word.text not in _DISCOURSE for word in words(text[:MAX_CHARACTERS]))


def _weighted_parts(text: str) -> Iterator[tuple[str, float]]:
    yield _QUOTED.sub(" ", text), 1.0
    for quoted in _QUOTED.finditer(text):
        yield quoted.group(), VALUE_WEIGHT
