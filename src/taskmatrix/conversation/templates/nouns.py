"""What words call a value: `with the body text "…"` calls it `body_text`, `company Microsoft` calls it `company`.

A noun is known by what stands before it (an article, a preposition) and by the value right behind it; what is no noun
for certain gives no name.
"""

import re
from collections.abc import Sequence

from taskmatrix.conversation.templates.literals import Literal
from taskmatrix.conversation.templates.wording import find
from taskmatrix.core import names

_ARTICLES = frozenset("the a an its his her their my our your this that these those each every".split())
_PREPOSITIONS = frozenset(
    "with about for in on at from of by under over into onto as to via per regarding using like between".split()
)
_LINKS = frozenset("is are be was as of to called named reading saying says say being that which".split())
_SETTING = frozenset("set change rename update make switch adjust turn translate convert".split())
_OTHER = frozenset("and or then not but so it them me us you i he she they there here please also just only".split())
_PLAIN = frozenset("new old following exact short long same whole full given current".split())
_NO_NOUN = _ARTICLES | _PREPOSITIONS | _LINKS | _OTHER

_GENERIC = frozenset(
    "text value content data input string str word name item arg argument param parameter object field body message "
    "payload line obj txt val thing".split()
)
"""What parameters are called that take anything: as the name of a slot, it says nothing."""

_CLAUSE = re.compile(r"[.;!?](?:\s|$)|\n|,|\b(?:and|or|then|but)\b")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_DESCRIBED = re.compile(r"(?:the|an?)\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_MOST_WORDS = 2


def is_generic(name: str) -> bool:
    """Whether the name of a parameter or variable says nothing of what it is given."""
    return name.rstrip("0123456789_").lower().removesuffix("s") in {word.removesuffix("s") for word in _GENERIC}


def names_said(literal: Literal, said: str, steps: Sequence[str]) -> list[str]:
    """Return names for a value, the best first: from what the user said, the steps, its parameter and its API."""
    found = [noun for text in (said, *steps) for noun in _said_before(text, literal)]
    use = literal.use
    if use.document is not None and not use.items:
        found.append(_described(use.parameter.description) if use.parameter is not None else "")
        about = "_".join(names.words(use.document.name)[1:])
        found.append(f"{about}_{use.name}" if about and not is_generic(about) else "")
    return [name for name in dict.fromkeys(found) if name]


def noun_before(text: str) -> str:
    """Return what the end of a text calls what comes next, as `body_text`; empty where that is not certain."""
    clause = _CLAUSE.split(text.rstrip(" \t\"'“”‘’«»`"))[-1]
    marked = clause.rstrip().endswith((":", "="))
    words = [word.lower() for word in _WORD.findall(clause)]
    links: list[str] = []
    while words and words[-1] in _LINKS:
        links.append(words.pop())
    if "to" in links:
        return _first_noun(words) if words and words[0] in _SETTING else ""
    if links and links[-1] == "of":  # `the capital of France`: France is no capital
        return ""
    count = 0
    while count < len(words) and words[-1 - count] not in _NO_NOUN:
        count += 1
    before = words[-1 - count] if count < len(words) else ""
    if count and (marked or before in _ARTICLES | _PREPOSITIONS):
        return _name(words[len(words) - count :])
    return ""


def _said_before(text: str, literal: Literal) -> list[str]:
    spans = find(text, literal.value, literal.told)
    return [noun for span in spans[:1] if (noun := noun_before(text[: span.start]))]


def _first_noun(words: Sequence[str]) -> str:
    """Return the noun behind the first article: of `set the title of the slide`, `title`."""
    start = next((number for number, word in enumerate(words) if word in _ARTICLES), None)
    return _name(_until_no_noun(words[start + 1 :])) if start is not None else ""


def _until_no_noun(words: Sequence[str]) -> Sequence[str]:
    end = next((number for number, word in enumerate(words) if word in _NO_NOUN), len(words))
    return words[:end]


def _described(description: str) -> str:
    """Return the noun that a description begins with: of `The essay.`, `essay`; `The text of a note`, `note_text`."""
    found = _DESCRIBED.match(re.split(r"[.,;:(]", description.strip(), maxsplit=1)[0])
    words = [word.lower() for word in _WORD.findall(found["rest"])] if found else []
    noun = _until_no_noun(words)
    rest = words[len(noun) :]
    if not noun or len(noun) > _MOST_WORDS:
        return ""
    if not is_generic(noun[-1]):
        return _name(noun)
    whose = _until_no_noun(rest[2:]) if rest[:1] == ["of"] and rest[1:2] and rest[1] in _ARTICLES else ()
    return f"{_name(whose[-1:])}_{noun[-1]}" if whose else ""


def _name(words: Sequence[str]) -> str:
    kept = [word for word in words if word not in _PLAIN and word.isascii() and word.isalpha()]
    return "_".join(kept[-_MOST_WORDS:])
