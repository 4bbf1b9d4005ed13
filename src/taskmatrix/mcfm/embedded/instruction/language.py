"""Words of an instruction or a document: tokens with their places, stems, and small tables of plain English."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from taskmatrix.core import names

MAX_CHARACTERS = 4_000
"""A longer instruction is refused: it is a document to work on, not something to do."""

_TOKEN = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d+(?:[.,:]\d+)*|[^\W\d_]+|[^\s\w]|_+")

STOP_WORDS = frozenset(
    """a an the of to in on at by for with from into onto as is are was were be been being am do does did have has
    had i me my mine we us our you your yours it its he him his she her they them their this that these those there
    here and or but so if then than also too very just only please can could would will shall should may might must
    want need like let lets s t d ll re ve m what which who whom whose when where why how much many some any all
    each every no not nor up out over under about""".split()
)

PREPOSITIONS = frozenset(
    "in on at of to from with by for as into onto over under about between within per via than using near".split()
)

AUXILIARIES = "is|are|was|were|do|does|did|will|can|could|should|would|has|have"
"""Verbs that a question begins with, as alternatives of a regular expression."""

_SYNONYMS = (
    "add insert put place create make new append include write type enter attach",
    "delete remove erase clear drop cancel",
    "change set update modify adjust edit alter turn switch make",
    "get find show retrieve list search fetch look tell give check read obtain provide query what return see lookup",
    "move shift go navigate jump",
    "calculate compute evaluate determine work",
    "send message forward",
    "picture image photo photograph logo icon",
    "slide page",
    "presentation deck powerpoint ppt pptx slideshow",
    "title heading headline titled named called name entitled",
    "content body text bullet",
    "wide width",
    "tall high height",
    "large big size",
    "long length duration",
    "film movie",
    "buy purchase order",
    "book reserve",
    "start begin launch open",
    "stop end close finish",
    "choose select pick",
    "convert transform translate",
    "sentence line paragraph",
    "colour color",
    "location city place town area",
    "cost price",
    "person people",
    "mail email",
)

_COLORS = frozenset(
    """black white red green blue yellow orange purple pink brown gray grey cyan magenta turquoise violet indigo gold
    silver beige navy teal maroon olive lime aqua crimson coral salmon lavender khaki ivory tan""".split()
)
_SHADES = frozenset("light dark bright pale deep sky royal hot neon".split())

_NUMBERS = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ORDINALS = {
    word: value + 1
    for value, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split()
    )
}
_FRACTIONS = {"half": 0.5, "quarter": 0.25, "double": 2, "twice": 2, "triple": 3, "thrice": 3, "halve": 0.5, "once": 1}
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "k": 1_000,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark at `start:end` of the text; `stem` is what it is compared by."""

    text: str
    start: int
    end: int
    stem: str

    @property
    def is_word(self) -> bool:
        """Whether it holds a letter or digit."""
        return self.text[0].isalnum()

    @property
    def is_content(self) -> bool:
        """Whether it says something by itself."""
        return self.is_word and self.text.lower() not in STOP_WORDS


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the Snowball English stem of a word, lower case."""
    return _stemmer()(word.lower().replace("’", "'"))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

    return snowballstemmer.stemmer("english").stemWord  # pyright: ignore


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens; their places are those in `text`."""
    return [Token(m.group(), m.start(), m.end(), stem(m.group())) for m in _TOKEN.finditer(text[:MAX_CHARACTERS])]


@lru_cache(maxsize=4_096)
def name_stems(name: str) -> tuple[str, ...]:
    """Return the stems of the words of an identifier."""
    return tuple(stem(word) for word in names.words(name))


def content_stems(text: str) -> list[str]:
    """Return the stems of the words of a text that say something, in order."""
    return [s for m in _TOKEN.finditer(text[:MAX_CHARACTERS]) if (s := _content_stem(m.group()))]


@lru_cache(maxsize=65_536)
def _content_stem(word: str) -> str:
    return stem(word) if Token(word, 0, len(word), "").is_content else ""


@lru_cache(maxsize=1)
def _classes() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for index, line in enumerate(_SYNONYMS):
        for word in line.split():
            found.setdefault(stem(word), set()).add(index)
    return {word: frozenset(ids) for word, ids in found.items()}


def synonyms(word_stem: str) -> frozenset[int]:
    """Return the ids of the synonym groups a stem belongs to."""
    return _classes().get(word_stem, frozenset())


def related(one: str, other: str) -> bool:
    """Whether two stems are the same or share a synonym group."""
    return one == other or bool(synonyms(one) & synonyms(other))


def related_to_any(one: str, others: Iterable[str]) -> bool:
    """Whether a stem is related to any of the others."""
    return any(related(one, other) for other in others)


_OPPOSITES = tuple(
    frozenset(stem(w) for w in pair.split())
    for pair in (
        "open closed", "open shut", "on off", "locked unlocked", "read unread", "active inactive", "enabled disabled",
        "paid unpaid", "available unavailable", "online offline", "home away", "full empty", "done open",
        "connected disconnected", "busy free", "valid invalid", "visible hidden", "alive dead", "true false",
        "finished unfinished", "complete incomplete",
    )
)  # fmt: skip


def opposite(one: str, other: str) -> bool:
    """Whether two stems say the opposite of each other: open and closed, read and unread."""
    return one != other and any(one in pair and other in pair for pair in _OPPOSITES)


def number_word(word: str) -> float | int | None:
    """Return the value of a number word, an ordinal or a fraction word; None for any other word."""
    lower = word.lower()
    for table in (_NUMBERS, _ORDINALS, _FRACTIONS):
        if lower in table:
            return table[lower]
    match = re.fullmatch(r"(\d+)(?:st|nd|rd|th)", lower)
    return int(match.group(1)) if match else None


def is_ordinal(word: str) -> bool:
    """Whether a word says a place in an order."""
    return word.lower() in _ORDINALS or bool(re.fullmatch(r"\d+(?:st|nd|rd|th)", word.lower()))


def is_fraction(word: str) -> bool:
    """Whether a word says a factor, such as `half` or `twice`."""
    return word.lower() in _FRACTIONS


def scale(word: str) -> int | None:
    """Return the factor of `hundred`, `thousand`, `k`, …; None for any other word."""
    return _SCALES.get(word.lower())


def is_color(text: str) -> bool:
    """Whether a text is the name of a colour, with or without a shade: `dark blue`, `#00ff00`."""
    words = text.lower().strip("\"'").split()
    if not words:
        return False
    return bool(re.fullmatch(r"#[0-9a-f]{6}", words[0])) or (
        words[-1] in _COLORS and all(w in _SHADES for w in words[:-1])
    )


def is_naming(word: str) -> bool:
    """Whether a word gives a thing its name: `name it`, `titled`, `called`."""
    return word.lower() in ("name", "named", "naming", "title", "titled", "entitled", "call", "called", "heading")


def colors() -> str:
    """Return a pattern that finds colour names with their shades."""
    return rf"\b(?:(?:{'|'.join(sorted(_SHADES))})\s+)*(?:{'|'.join(sorted(_COLORS))})\b|#[0-9a-fA-F]{{6}}\b"


_POINTS = frozenset(("point", "item"))


def plain(word_stem: str, names: frozenset[str]) -> str:
    """Return `content` for points and items, unless the APIs on offer have another use for these words."""
    return "content" if word_stem in _POINTS and not _POINTS & names else word_stem
