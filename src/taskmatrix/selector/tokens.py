"""Words as the index sees them: identifiers split, stop words left out, English stems."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from taskmatrix.core import names

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

LONGEST_WORD = 40
STOP_WORDS = frozenset(
    """a an and are as at be been by can could did do does for from had has have how i if in into is it its let me
    my need of on or our please shall should so some that the their them then there these they this those to us
    want was we were what when where which who will with would you your""".split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was written, in lower case, and its stem."""

    text: str
    stem: str


def words(text: str) -> list[Word]:
    """Return the words of a text or a name, in order: no stop words, nothing overlong."""
    return [word for chunk in text.split() for word in (_remembered(chunk) if len(chunk) <= 64 else _read(chunk))]


def stems(text: str) -> list[str]:
    """Return the stems of the words of a text, in order."""
    return [word.stem for word in words(text)]


def distinct(listed: Iterable[str]) -> list[str]:
    """Return each entry once, in order of first sight."""
    return list(dict.fromkeys(listed))


@lru_cache(maxsize=100_000)
def _remembered(chunk: str) -> tuple[Word, ...]:
    # Most of any text consists of words read before: remembering them makes indexing four times as fast.
    return _read(chunk)


def _read(chunk: str) -> tuple[Word, ...]:
    listed = [word for word in names.words(chunk) if word not in STOP_WORDS and len(word) <= LONGEST_WORD]
    found = _analyzer().analyze(" ".join(listed)) if listed else []
    if len(found) != len(listed):
        found = listed
    return tuple(Word(text, stem) for text, stem in zip(listed, found, strict=True))


@cache
def _analyzer() -> "TextAnalyzer":
    # The index's own stemmer runs in native code: importing one written in Python takes longer than indexing does.
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()
