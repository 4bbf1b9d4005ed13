"""Quotation marks in words that are to be planned: what is in them is a value, and no step of its own.

Marks are put around values that somebody else decides. They must end where the value ends, whoever reads them.
"""

import re

from taskmatrix.core.errors import UsageError

QUOTED = r"(?P<quoted>“[^”]*”|\"[^\"]*\"|‘[^’]*’|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)|`[^`]*`)"
"""What is quoted, with its marks, as who plans reads it: the first mark says which one ends it."""

_PAIRS = ('""', "“”", "``")
_ALSO_END = {"“”": "‘’", "‘’": "“”", "''": "’"}
"""Marks that some who read a quotation take for its end, too."""

_UNCLOSED = re.compile(rf"{QUOTED}|(?P<open>[\"“”`]|(?<!\w)['‘])")
_LOOSE = re.compile(r"[\s;,()\[\]\"“”‘`]|(?<!\w)['’]|['’](?!\w)")


def is_word(value: str) -> bool:
    """Whether a value is one word, which can stand without quotation marks."""
    return not _LOOSE.search(value)


def in_quotes(value: str, name: str, like: str = '""') -> str:
    """Return a value in marks that it has not itself: those that `like` begins and ends with, if it has none of them.

    Raises UsageError, about the value of `name`, where it has marks of every kind.
    """
    pairs = (like[0] + like[-1], *_PAIRS)
    pair = next((pair for pair in pairs if not set(pair + _ALSO_END.get(pair, "")) & set(value)), None)
    if pair is None:
        raise UsageError(
            f"the value of {name} has every kind of quotation mark, so none can be put around it",
            hint=f"use it alone, as the text {name!r} in a program that is kept with --program",
        )
    return f"{pair[0]}{value}{pair[-1]}"


def check_closed(words: str) -> None:
    """Raise UsageError for words that leave a quotation mark open: a value behind it could close it."""
    for found in _UNCLOSED.finditer(words):
        if found["open"]:
            raise UsageError(f"a quotation mark is left open: {words[found.start() :][:40]!r}", hint="close it")


def check_brackets(before: str, value: str, name: str) -> None:
    """Raise UsageError for a value that ends brackets: who reads words takes all in them for one, quotes or not.

    `before` are the words up to the value of `name`.
    """
    outside = re.sub(QUOTED, "", before)
    for opening, closing in ("()", "[]"):
        if outside.count(opening) > outside.count(closing) and closing in value:
            raise UsageError(
                f"the value of {name} has {closing!r}, which would end the brackets around it",
                hint="let the instruction say it without brackets around",
            )
