"""Typed values that an instruction states: quotes, numbers, dates, paths, names, lists, phrases.

A candidate is a span of the text with the value it stands for. Candidates overlap on purpose ("Natural History" and
"Natural History Museum"): which one fills which parameter is decided later, one span once.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.instruction.clauses import VERBS
from taskmatrix.mcfm.embedded.instruction.language import (
    MAX_CHARACTERS,
    Token,
    is_fraction,
    is_ordinal,
    number_word,
    scale,
    tokenize,
)
from taskmatrix.mcfm.embedded.values.durations import Duration, find_durations, read_duration
from taskmatrix.mcfm.embedded.values.measuring import unit
from taskmatrix.mcfm.embedded.values.moments import Moment, find_moments, find_periods, read_moment
from taskmatrix.mcfm.embedded.values.numerals import GRAND, MAX_WORDS, calculated, read_words, speaks_of_number
from taskmatrix.mcfm.embedded.values.patterns import PATTERNS, Kind

VERBATIM = frozenset(("quote", "path", "url", "email"))
"""Kinds whose words are taken as they stand: they say nothing about what to do."""
LITERALS = frozenset(("quote", "path", "url", "email", "number", "percent", "date", "time", "id", "color", "formula"))
"""Kinds that say something definite: they are in the instruction because something is to be done with them."""

MAX_CANDIDATES = 160


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value at `start:end` of the text. `items` are the parts of a list; `unit` is what a number counts.

    `moment` is what a date or time was read as.
    """

    start: int
    end: int
    text: str
    value: JsonValue
    kind: Kind
    factor: bool = False
    items: "tuple[Candidate, ...]" = ()
    unit: str = ""
    moment: Moment | None = None

    def contains(self, other: "Candidate") -> bool:
        """Whether the other lies inside this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Candidate") -> bool:
        """Whether the two share a character of the text."""
        return self.start < other.end and other.start < self.end


_QUOTE = re.compile(r"“([^”]*)”|\"([^\"]*)\"|‘([^’]*)’|(?<![\w])'((?:[^']|(?<=\w)'(?=\w))*)'(?!\w)|`([^`]*)`")
_NUMBER = re.compile(
    r"(?<![\w.])[$€£¥]?\s?(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s?(%|percent\b))?", re.I
)
_ATOM = (
    r"(?:(?:sin|cos|tan|asin|acos|atan|sinh|cosh|tanh|sqrt|exp|log|log10|ln|abs)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)|"
    r"\d+(?:\.\d+)?%?(?:[a-z](?![a-zA-Z]))?(?![a-zA-Z])|(?<![a-zA-Z])(?:pi|[a-zA-Z])(?![a-zA-Z'’])|"
    r"-?\s?\([^()]*(?:\([^()]*\)[^()]*)*\))"
)
_FORMULA = re.compile(
    rf"(?<![\w.,])-?\s?{_ATOM}(?:\s*(?:\*\*|[-+*/^=]|%\s+of\s|(?<=%)\s+of\s)\s*-?{_ATOM}|(?<=\))\s*{_ATOM}?!?)*"
)
_SPOKEN_FORMULA = re.compile(
    r"(?:square|cube) root of \d+(?:\.\d+)?|(?<![\d.])\d+(?:\.\d+)?"
    r" (?:plus|minus|times|divided by|multiplied by) \d+(?:\.\d+)?",
    re.I,
)
_SCALED = re.compile(rf"\s*(hundred|thousand|{GRAND}|million|billion|k)\b", re.I)
_BEHIND = re.compile(r"[\s-]?(?:°\s?|degrees?\s+)?((?:nautical )?[A-Za-zΩ]+)")
_HOLLOW = frozenset(("a", "an", "and", "-"))
_SELDOM_UNITS = frozenset(("in", "a", "d", "h", "s"))
_BRACKET = re.compile(r"[\[(]([^\[\]()]*,[^\[\]()]*)[\])]")


def find_values(text: str, now: datetime | None = None) -> list[Candidate]:
    """Return the candidates of a text in reading order, longer ones first at the same place.

    Reads the first `MAX_CHARACTERS` characters. `now` is the clock for dates, by default this machine's.
    """
    text, clock = text[:MAX_CHARACTERS], now or datetime.now().astimezone()
    tokens = tokenize(text)
    quotes = list(_quotes(text))
    found = quotes[:]
    closed = [(q.start, q.end) for q in quotes]
    formulas = [f for f in _formulas(text) if not _inside(f.start, f.end, closed)]
    found += formulas
    closed += [(f.start, f.end) for f in formulas]
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            if not _inside(match.start(), match.end(), closed):
                moment = read_moment(match.group(), clock) if kind in ("date", "time") else None
                said = match.group()
                found.append(Candidate(match.start(), match.end(), said, said, kind, moment=moment))
                if kind in ("url", "email", "path", "date") or (kind == "time" and moment is None):
                    closed.append((match.start(), match.end()))
    found = [*_moments(text, clock, quotes), *found]
    stated = [*_lengths(text, tokens), *_numbers(text, tokens)]
    found += [n for n in stated if not _inside(n.start, n.end, closed)]
    open_tokens = [t for t in tokens if not _inside(t.start, t.end, closed)]
    found += _names(text, open_tokens)
    found += _phrases(text, open_tokens)
    found = _distinct(found)
    found += _lists(text, found)
    found += list(_brackets(text, closed))
    return _foremost(sorted(found, key=lambda c: (c.start, -c.end)))


def _foremost(found: Sequence[Candidate]) -> list[Candidate]:
    """At most `MAX_CANDIDATES` in order: the last, which count in a dialogue, and phrases where there is room."""
    typed = [c for c in found if c.kind != "phrase"][-MAX_CANDIDATES:]
    phrases = [c for c in found if c.kind == "phrase"][: MAX_CANDIDATES - len(typed)]
    return sorted([*typed, *phrases], key=lambda c: (c.start, -c.end))


def _inside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(s <= start and end <= e for s, e in spans)


def _quotes(text: str) -> Iterator[Candidate]:
    for match in _QUOTE.finditer(text):
        inner = next((g for g in match.groups() if g is not None), "")
        if inner.strip():
            yield Candidate(match.start(), match.end(), match.group(), inner, "quote")


def _formulas(text: str) -> Iterator[Candidate]:
    """Calculations and equations: `x^2 - 4 = 0`, `15% of 240`, `sin(x)`, `the square root of 2`."""
    for match in _SPOKEN_FORMULA.finditer(text):
        yield Candidate(match.start(), match.end(), match.group(), match.group(), "formula")
    for match in _FORMULA.finditer(text):
        formula = match.group().strip()
        tight = re.sub(r"\s", "", formula)
        operates = re.search(r"[-+*/^=]|%\s*of", formula[1:]) or re.match(r"[a-z]{2,}\d*\s*\(", formula)
        # A date, a telephone number or a range; words in brackets.
        dated = re.fullmatch(r"[\d\-/]+", formula) or ":" in formula
        if operates and not dated and re.search(r"\d|\^|=|[a-z]\(", tight) and len(tight) > 2:
            start = match.start() + match.group().index(formula)
            yield Candidate(start, start + len(formula), formula, formula, "formula")


def _moments(text: str, now: datetime, quotes: Sequence[Candidate]) -> Iterator[Candidate]:
    """Dates and times in words, and the two ends of a range of dates (`from 3 to 7 May`) with what they share."""
    closed = [(q.start, q.end) for q in quotes]
    for placed in (*find_periods(text, now), *find_moments(text, now)):
        if not _inside(placed.start, placed.end, closed):
            kind: Kind = "time" if placed.moment.day is None else "date"
            said = text[placed.start : placed.end]
            yield Candidate(placed.start, placed.end, said, placed.said, kind, moment=placed.moment)


def _numbers(text: str, tokens: Sequence[Token]) -> Iterator[Candidate]:
    for match in _NUMBER.finditer(text):
        value = _as_number(match.group(1).replace(",", ""))
        if value is None:
            continue
        end = match.end()
        scaled = _SCALED.match(text, end)
        if scaled:
            value, end = calculated(value * (scale(scaled.group(1)) or 1)) or 0, scaled.end()
        kind: Kind = "percent" if match.group(2) else "number"
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        yield Candidate(start, end, text[start:end], value, kind, unit=_unit_behind(text, end))
    yield from _worded_numbers(text, tokens)


def _lengths(text: str, tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Lengths of time said in several words, in the smallest unit said: `an hour and a half` is 1.5 hours."""
    for placed in find_durations(text, tokens):
        value = placed.length.in_unit(placed.length.smallest)
        if value is not None:
            said = text[placed.start : placed.end]
            yield Candidate(placed.start, placed.end, said, value, "number", unit=placed.length.smallest)


def _unit_behind(text: str, end: int) -> str:
    following = _BEHIND.match(text, end)
    return "" if following is None or following.group(1).lower() in _SELDOM_UNITS else unit(following.group(1))


def _worded_numbers(text: str, tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Single number words, and the longest runs that say one number together: `two hundred and forty`."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        length = max(1, _run_of_number(tokens[index : index + MAX_WORDS]))
        end = tokens[index + length - 1].end
        words = [t.text.lower() for t in tokens[index : index + length] if t.is_word]
        value = read_words(words) if length > 1 else number_word(token.text)
        counts = token.text.lower() == "second" and index and tokens[index - 1].text[0].isdigit()
        if value is not None and not counts:
            factor = length == 1 and is_fraction(token.text)
            said = text[token.start : end]
            yield Candidate(token.start, end, said, value, "number", factor=factor, unit=_unit_behind(text, end))
        index += length


def _run_of_number(tokens: Sequence[Token]) -> int:
    """How many of the tokens say one number together; 0 where that is none or only one."""
    run: list[str] = []
    for token in tokens:
        if token.text != "-" and not speaks_of_number(token.text):
            break
        run.append(token.text.lower())
    if not run or run[0] in ("-", "and") or all(w in _HOLLOW for w in run):
        return 0
    for length in range(len(run), 1, -1):
        words = [w for w in run[:length] if w != "-"]
        solid = sum(1 for w in words if w not in _HOLLOW)
        counts = solid > 1 or (solid and words[-1] in ("dozen", "hundred", "thousand", "million", "billion"))
        if counts and run[length - 1] != "-" and read_words(words) is not None:
            return length
    return 0


def _as_number(text: str) -> int | float | None:
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else _finite(float(text))
    except ValueError:
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _names(text: str, tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Runs of capitalised words: `Bill Gates`, `University of Oxford`, `New York, NY`."""
    index = 0
    while index < len(tokens):
        if not _capital(tokens[index]) or (tokens[index].text in ("I", "I'm", "A", "The")):
            index += 1
            continue
        last = index
        probe = index + 1
        while probe < len(tokens):
            token, gap = tokens[probe], text[tokens[probe - 1].end : tokens[probe].start]
            if gap.strip() or "\n" in gap:
                break
            if _capital(token) or (token.text[0].isdigit() and len(token.text) <= 4 and _capital(tokens[probe - 1])):
                last = probe
            elif token.text.lower() not in ("of", "the", "and", "de", "&", "'", "-", "for") or token.text in ("and",):
                break
            probe += 1
        start, end = tokens[index].start, tokens[last].end
        opening = index == 0 or tokens[index - 1].text in ".!?"
        if not (opening and index == last):
            yield Candidate(start, end, text[start:end], text[start:end], "name")
        if opening and index < last:
            start = tokens[index + 1].start
            yield Candidate(start, end, text[start:end], text[start:end], "name")
        index = last + 1


def _capital(token: Token) -> bool:
    return token.text[0].isupper()


def _phrases(text: str, tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Runs of words between stop words and marks, and the tails and heads of each run."""
    run: list[Token] = []
    for token in [*tokens, None]:
        adjoining = bool(run) and token is not None and not text[run[-1].end : token.start].strip(" -")
        if token is not None and token.is_content and (not run or adjoining):
            run.append(token)
            continue
        yield from _parts(text, run[-8:])
        run = [token] if token is not None and token.is_content else []


def _parts(text: str, run: Sequence[Token]) -> Iterator[Candidate]:
    for first in range(len(run)):
        for last in range(first, min(len(run), first + 5)):
            if first and last != len(run) - 1 and last - first > 1:
                continue
            start, end = run[first].start, run[last].end
            yield Candidate(start, end, text[start:end], text[start:end], "phrase")


def _distinct(found: Sequence[Candidate]) -> list[Candidate]:
    """Keep one candidate per place: the more telling kind wins."""
    kept: dict[tuple[int, int], Candidate] = {}
    for candidate in found:
        kept.setdefault((candidate.start, candidate.end), candidate)
    return list(kept.values())


_JOINT = re.compile(r"\s*(?:,\s*(?:and|or)?|and|or|&)\s*", re.I)
_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.I)
_PREPOSITION, _REACH = re.compile(r"\b(?:in|to|into|for|of|from|at|on|by|with)\s+$", re.I), 8


def _bids(text: str, candidate: Candidate) -> bool:
    """Whether a name is one only behind the verb that a sentence begins with: `Ring Ann and Bob`."""
    first, _, rest = candidate.text.partition(" ")
    if candidate.kind != "name" or not rest or first.lower() not in VERBS:
        return False
    return text[: candidate.start].rstrip()[-1:] in (".", "!", "?", "")


def _lists(text: str, found: Sequence[Candidate]) -> Iterator[Candidate]:
    """Two or more values of one kind joined by commas, `and` or `or`."""
    by_start: dict[int, list[Candidate]] = {}
    for candidate in found:
        by_start.setdefault(candidate.start, []).append(candidate)
    used: set[int] = set()
    for candidate in sorted(found, key=lambda c: (c.start, -c.end)):
        if candidate.start in used or candidate.kind == "list" or _bids(text, candidate):
            continue
        items = [candidate]
        before = _PREPOSITION.search(text[max(0, candidate.start - _REACH) : candidate.start])
        while True:
            joint = _JOINT.match(text, items[-1].end)
            if joint is None:
                break
            place = joint.end()
            if before is not None and text.startswith(before[0], place):  # `in yards and in metres`
                place += len(before[0])
            article = _ARTICLE.match(text, place)
            options = by_start.get(place, []) or (by_start.get(article.end(), []) if article else [])
            ordered = is_place_in_order(candidate)
            same = [o for o in options if o.kind == candidate.kind and is_place_in_order(o) == ordered]
            same = [o for o in same if o.text.lower() not in VERBS]  # `…, and give it to Ann`
            if not same:
                break
            items.append(max(same, key=lambda o: o.end))
        if len(items) > 1:
            used.update(i.start for i in items)
            start, end = items[0].start, items[-1].end
            yield Candidate(start, end, text[start:end], [i.value for i in items], "list", items=tuple(items))


def _brackets(text: str, closed: Sequence[tuple[int, int]]) -> Iterator[Candidate]:
    for match in _BRACKET.finditer(text):
        if _inside(match.start(), match.end(), closed):
            continue
        parts = [p.strip().strip("'\"") for p in match.group(1).split(",")]
        values: list[JsonValue] = []
        for part in parts:
            number = _as_number(part) if re.fullmatch(r"-?\d+(?:\.\d+)?", part) else None
            values.append(part if number is None else number)
        items = tuple(
            Candidate(match.start(), match.end(), p, v, "number" if not isinstance(v, str) else "phrase")
            for p, v in zip(parts, values, strict=True)
        )
        yield Candidate(match.start(), match.end(), match.group(), values, "list", items=items)


def is_place_in_order(candidate: Candidate) -> bool:
    """Whether the candidate was said as an ordinal."""
    return candidate.kind == "number" and is_ordinal(candidate.text)


def is_number_word(candidate: Candidate) -> bool:
    """Whether a number was said in a word (`one`, `first`), which need not be meant as a number."""
    return candidate.kind == "number" and not any(c.isdigit() for c in candidate.text)


def said_in_words(value: Candidate) -> Duration | None:
    """Return the length of time that a value says, where that is more than a number and its unit."""
    length = read_duration(value.text) if value.kind == "number" and value.unit and " " in value.text else None
    return length if length is not None and length.seconds else None
