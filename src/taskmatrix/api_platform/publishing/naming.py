"""Which names may be registered, and which look like one another to a person."""

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import DocumentError

LONGEST_NAME = 1_000
"""Characters a package or an API name may have."""

CHARSET = "name.charset"
"""The code of the error for a name that holds what no name may hold."""

_SHOWN = 40

_REFUSED = {
    "control characters or line breaks": "\x00-\x1f\x7f-\x9f\u2028\u2029",
    "characters that turn the writing direction": "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    "invisible characters": "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff",
    "half of a surrogate pair": "\ud800-\udfff",
}
_KINDS = {kind: re.compile(f"[{characters}]") for kind, characters in _REFUSED.items()}


def check_name(name: str, path: str) -> None:
    """Refuse a name that a person could not read, print or tell apart; `path` is the field it stands in.

    Names that are no identifiers (blanks inside, dots, slashes, any script) are fine. Raises DocumentError.
    """
    if name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST_NAME and name == name.strip():
        return
    problem = _problem(name)
    if problem is not None:
        shown = f"{name[:_SHOWN]!a}" + ("..." if len(name) > _SHOWN else "")
        raise DocumentError(
            f"{path}: {shown} {problem}",
            path=path,
            code=CHARSET,
            hint=f"use a name of one line that shows all it holds, of at most {LONGEST_NAME} characters",
        )


def check_document(document: ApiDocument) -> None:
    """Refuse a document whose package or name is no name. Raises DocumentError."""
    check_name(document.package, "package")
    check_name(document.name, "name")


def _problem(name: str) -> str | None:
    if not name.strip():
        return "is empty" if not name else "is blank"
    if len(name) > LONGEST_NAME:
        return f"has {len(name):,} characters"
    for kind, pattern in _KINDS.items():
        if pattern.search(name):
            return f"holds {kind}"
    return "starts or ends with a blank" if name != name.strip() else None


def skeleton(name: str) -> str:
    """Return the form that all names share which a person may take for this one.

    Compatibility forms, case and letters of other scripts that look alike are folded (Unicode's confusables), so
    `ｓendMail` and `sendmaіl` with a Cyrillic letter give `sendmail`. ASCII names only lose their case: `l` and `1`
    stay apart.
    """
    if name.isascii():
        return name.lower()
    plain = unicodedata.normalize("NFKC", name)
    # Twice: capital Beta looks like B only before its case is folded, and folding brings letters that look alike.
    for _ in range(2):
        plain = unicodedata.normalize("NFKC", plain.translate(_lookalikes())).casefold()
    return plain


@cache
def _lookalikes() -> dict[int, str]:
    """Return character → what stands for all that look like it; read when the first name needs it."""
    text = files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8")
    alike: dict[str, list[str]] = {
        character: [entry["c"] for entry in entries] for character, entries in json.loads(text).items()
    }
    found: dict[int, str] = {}
    for character, others in alike.items():
        if len(character) != 1 or character.isascii():
            continue
        # The others are written with marks of direction, where a whole word looks like one letter.
        options = (character, *(c for c in others if c.isascii() or len(c) == 1))
        best = max(options, key=lambda c: (c.isascii(), len(alike.get(c, ())), [-ord(x) for x in c]))
        if best == "l" and character.isupper():
            best = "I"  # Unicode takes capital I and small l for one; their cases part them.
        if best != character:
            found[ord(character)] = best
    return found
