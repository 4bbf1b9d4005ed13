"""The words of a condition: what is compared, how, and with what.

    the balance of account 12 is more than 1,000 → (the balance of account 12) > (1,000)
    there are no unread mails → how many (unread mails), empty
    it rains in Paris → is it true that (it rains in Paris)

Which value of which result that is, `comparing` finds in the documents.
"""

import re
from dataclasses import dataclass, replace

from taskmatrix.mcfm.embedded.instruction.clauses import Clause, mask
from taskmatrix.mcfm.embedded.plan import Operator


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `start:end` of the instruction."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Test:
    """`subject operator value`. `counted`: it may be the number of the subjects. `said`: all its words."""

    subject: Span
    operator: Operator
    value: Span | None
    said: Span
    negated: bool = False
    counted: bool = False
    measure: str = ""
    """What an adjective or verb compares: `temperature` for `hotter than`, `price` for `costs`."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Tests that must all hold, or `any_holds` of them. `mixed`: `and` and `or` are both said."""

    tests: tuple[Test, ...]
    any_holds: bool = False
    mixed: bool = False


_BE = r"(?:(?:is|are|was|were|be|gets?|becomes?|goes|rises|falls|drops|lies|has been|stays|reads|shows)\s+)?"
_NOT = r"(?:not\s+|n['’]t\s+|never\s+|no longer\s+)?"
_NUMBER_WORDS = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred|half|a|an)\b"
)
_FEWER = "less fewer lower smaller shorter younger earlier lighter colder cooler cheaper slower nearer closer under"
_MEASURES = {
    "hot hotter warm warmer cold colder cool cooler": "temperature",
    "old older young younger": "age",
    "cost costs expensive cheaper cheap dear dearer": "price cost",
    "long longer short shorter lasts takes": "length duration",
    "heavy heavier light lighter weighs": "weight",
    "tall taller high": "height",
    "fast faster slow slower": "speed",
    "big bigger large larger small smaller": "size",
    "late later early earlier": "time date",
    "far farther further near nearer": "distance",
    "loud louder quiet quieter": "volume",
    "bright brighter dark darker": "brightness",
    "windy windier": "wind",
    "humid": "humidity",
}
_MEASURE = {word: measure for words, measure in _MEASURES.items() for word in words.split()}
_COMPARED = re.compile(
    rf"\b{_BE}(?P<not>{_NOT})(?:"
    r"(?P<ge>at least|no (?:less|fewer|lower) than|>=|≥|greater than or equal to|more than or equal to|"
    r"equal to or (?:greater|more) than|reach(?:es)?)|"
    r"(?P<le>at most|no (?:more|higher|greater|later) than|up to|<=|≤|less than or equal to|lower than or equal to|"
    r"equal to or less than)|"
    r"(?P<between>between)|"
    r"(?P<gt>(?:(?:more|less|fewer|greater|higher|larger|bigger|further|longer|older|later|heavier|warmer|hotter|taller|"
    r"faster|farther|louder|brighter|windier|dearer)(?:\s+[a-z]+)?|more\s+[a-z]+|[a-z]{3,}er)\s+than|above|over|exceed(?:s|ing)?|"
    r">|beyond|past|after|costs? more than|(?:rose|rises|goes|went|climbs?) (?:above|over))|"
    r"(?P<lt><|below|under|before|(?:falls?|fell|drops?|dropped|goes|went) (?:below|under))|"
    r"(?P<eq>equals?(?:\s+to)?|==?|exactly|the same as|amounts? to)|"
    r"(?P<ne>!=|different from|other than)|"
    r"(?P<in>contains?|includes?|mentions?|holds?)"
    r")(?![a-z])\s*",
    re.I,
)
_AFTERWARDS = re.compile(
    r"\s*,?\s*or\s+(?P<way>more|above|higher|over|longer|older|later|less|fewer|below|lower|under)\b", re.I
)
_EMPTY = re.compile(rf"\s+(?:is|are|was|were)\s+(?P<not>{_NOT})empty\s*$", re.I)
_EXISTS = re.compile(
    r"^(?:there(?:\s+(?:is|are|was|were|exists?)|['’]s)|"
    r"(?:i|we|you|he|she|they|[\w ]{1,40}?)\s+(?:have|has|had|got|have got|has got))\s+"
    r"(?P<none>no\b|not\s+(?:any|an?)\b|none\b|nothing\b)?\s*(?P<some>any\b|some\b|an?\b(?!\s+lot))?\s*",
    re.I,
)
_NONE = re.compile(r"^(?:no|none of the)\s+(?P<what>.+?)(?:\s+(?:exists?|(?:is|are)\s+(?:there|left|found)))?$", re.I)
_STATE = re.compile(
    rf"^(?:(?P<subject>.+?)\s+)?(?:is|are|was|were|has been|have been|['’]s)\s*(?P<not>{_NOT})\s*(?P<state>\S.*)$|"
    r"^(?P<thing>.+?)\s*(?P<isnt>isn['’]t|aren['’]t|wasn['’]t|weren['’]t)\s+(?P<other>\S.*)$",
    re.I,
)
_DENIED = re.compile(r"\b(?:does|do|did|has|have)(?:\s+not|n['’]t)\b|\bnot\b|\bnever\b", re.I)
_NUMBER_FIRST = re.compile(
    rf"(?P<value>[-−+]?[$€£¥]?\s?\d[\d,.]*\d*(?:\s?(?:%|°\s?[CFK]?\b))?|{_NUMBER_WORDS})(?:\s+(?P<what>[A-Za-z].*))?$",
    re.I,
)
_JOINT = re.compile(r"\s*,?\s+(?P<word>and|or|but)\s+|\s*,\s+(?=\D)", re.I)
_TAIL = re.compile(r"(?<=\w)\s+(?:in|at|of|for|from|by|near|around|today|now|outside|right now)\b", re.I)
_RELATIVE = re.compile(r"(?:that|which|who|whose|where|with)\s+(?=\S)", re.I)
_RANGE_OPEN = re.compile(r"\bbetween\s+\S+(?:\s\S+){0,2}$", re.I)
_OR_MORE = re.compile(r"equal\b|(?:more|above|higher|over|less|below|fewer|under)\b(?!\s+(?:than\s+)?\S*\d)", re.I)
_WAYS = {"more": ">=", "above": ">=", "higher": ">=", "over": ">=", "longer": ">=", "older": ">=", "later": ">="}


def read_condition(clause: Clause) -> Condition:
    """Return what a condition says; a text that compares nothing is one test of whether it is true."""
    pieces, words = _pieces(clause)
    tests: list[Test] = []
    for piece in pieces:
        found = _read(piece)
        last = tests[-1] if tests else None
        if last is not None and _is_bare(found):
            # `is red or blue`: only another value is said.
            operator = found[0].operator if found[0].operator != "true" else last.operator
            value = found[0].value or found[0].said
            found = [replace(last, operator=operator, value=value, negated=found[0].negated or last.negated)]
        tests += found
    return Condition(tuple(tests), "or" in words, len({"or" if w == "or" else "and" for w in words}) > 1)


def _pieces(clause: Clause) -> tuple[list[Span], list[str]]:
    masked = mask(clause.text)
    pieces: list[Span] = []
    words: list[str] = []
    relative = _RELATIVE.match(masked)
    start = relative.end() if relative else 0
    bare = 0
    for joint in _JOINT.finditer(masked):
        before = masked[start : joint.start()]
        after = masked[joint.end() :]
        if _RANGE_OPEN.search(before) or ((joint["word"] or "").lower() == "or" and _OR_MORE.match(after)):
            continue
        if joint["word"] is None:
            bare += 1
        else:
            words += ["or" if joint["word"].lower() == "or" else "and"] * (1 + bare)
            bare = 0
        pieces += _span(clause, start, joint.start())
        start = joint.end()
    pieces += _span(clause, start, len(masked))
    return pieces, words


def _span(whole: "Clause | Span", start: int, end: int) -> list[Span]:
    text = whole.text[start:end]
    trimmed = text.strip(" \t\n,;:.!?")
    if not trimmed:
        return []
    first = whole.start + start + text.index(trimmed)
    return [Span(trimmed, first, first + len(trimmed))]


def _is_bare(tests: list[Test]) -> bool:
    """Whether a piece has no subject of its own."""
    one = tests[0]
    if len(tests) > 1:
        return not one.subject.text
    if one.operator == "true":
        return len(one.said.text.split()) <= 2 and not re.match(
            r"(?:it|they|he|she|there|the|its|their)\b", one.said.text, re.I
        )
    return not one.subject.text


def _read(piece: Span) -> list[Test]:
    masked = mask(piece.text)
    exists = _EXISTS.match(masked)
    compared = _COMPARED.search(masked)
    if compared is not None:
        found = _compared(piece, masked, compared, exists)
        if found:
            return found
    empty = _EMPTY.search(masked)
    if empty:
        return [Test(_part(piece, 0, empty.start()), "empty", None, piece, bool(empty["not"]), counted=True)]
    if exists:
        rest = _part(piece, exists.end(), len(masked))
        number = _NUMBER_FIRST.match(rest.text) if not exists["some"] and not exists["none"] else None
        if number and number["what"]:
            return [_counted(rest, number, "==", piece)]
        if rest.text and (exists["none"] or exists["some"] or masked.lower().startswith("there")):
            return [Test(rest, "empty", None, piece, not exists["none"], counted=True)]
    none = _NONE.match(masked)
    if none and len(masked.split()) > 1:
        return [Test(_part(piece, *none.span("what")), "empty", None, piece, counted=True)]
    state = _STATE.match(masked)
    if state:
        return [_state(piece, state)]
    denied = _DENIED.search(masked)
    return [Test(piece, "true", None, piece, bool(denied))]


def _part(piece: Span, start: int, end: int) -> Span:
    found = _span(piece, start, end)
    return found[0] if found else Span("", piece.start + start, piece.start + start)


def _compared(piece: Span, masked: str, match: "re.Match[str]", exists: "re.Match[str] | None") -> list[Test]:
    way = next(k for k in ("ge", "le", "between", "gt", "lt", "eq", "ne", "in") if match[k])
    word = match[way].lower().split()[0]
    second = match[way].lower().split()[1:2]
    operators: dict[str, Operator] = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<", "eq": "==", "ne": "!=", "in": "in"}
    operator = operators.get(way, ">=")
    if way == "gt" and (word in _FEWER.split() or (second and second[0] in _FEWER.split())):
        operator = "<"
    before = re.sub(r"\b(?:is|are|was|were)$", "", masked[: match.start()].rstrip()).rstrip()
    negated = bool((match["not"] or "").strip()) or bool(re.search(r"\b(?:not|n['’]t)$", before))
    before = re.sub(r"(?:\b(?:does|do|did)\b)?\s*(?:\bnot|n['’]t)?$", "", before).rstrip()
    subject = _part(piece, exists.end() if exists and exists.end() <= len(before) else 0, len(before))
    subject = Span("", subject.start, subject.start) if exists and not before[exists.end() :].strip() else subject
    measure = _MEASURE.get(word) or _MEASURE.get(second[0] if second else "") or _of_verb(before)
    rest = _part(piece, match.end(), len(masked))
    if not rest.text or (way == "in" and not subject.text):
        return []
    if way == "between":
        ends = re.match(r"(?P<one>.+?)\s+(?:and|to)\s+(?P<two>.+)$", mask(rest.text), re.I)
        if ends is None:
            return []
        one, two = _part(rest, *ends.span("one")), _part(rest, *ends.span("two"))
        low = Test(subject, ">=", one, piece, measure=measure)
        return [low, replace(low, operator="<=", value=two)] if not negated else []
    number = _NUMBER_FIRST.match(rest.text)
    afterwards = _AFTERWARDS.search(rest.text)
    if afterwards:
        rest = _part(rest, 0, afterwards.start())
    if number and number["what"] and (exists or not subject.text):
        return [replace(_counted(rest, number, operator, piece), negated=negated)]
    counted = bool(re.match(r"the\s+(?:number|count|amount)\s+of\b|how many\b", subject.text, re.I))
    return [Test(subject, operator, rest, piece, negated, counted, measure)]


def _of_verb(before: str) -> str:
    words = before.lower().split()
    return _MEASURE.get(words[-1], "") if words else ""


def _counted(rest: Span, number: "re.Match[str]", operator: Operator, piece: Span) -> Test:
    """`more than 5 unread mails`: what is counted follows the number."""
    value, what = _part(rest, *number.span("value")), _part(rest, *number.span("what"))
    way = re.search(r"\s*\bor\s+(more|less|fewer)\b\s*", what.text, re.I)
    if way:
        operator = ">=" if way[1].lower() == "more" else "<="
        what = _part(what, way.end() if way.start() == 0 else 0, len(what.text) if way.start() == 0 else way.start())
    return Test(what, operator, value, piece, counted=True)


def _state(piece: Span, match: "re.Match[str]") -> Test:
    """`the door is locked`, `the balance is 100`, `the status is not "done"`."""
    group = "state" if match["state"] else "other"
    place = match.span("subject" if match["state"] else "thing")
    subject = _part(piece, *place) if place[0] >= 0 else Span("", piece.start, piece.start)
    value = _part(piece, *match.span(group))
    negated = bool((match["not"] or "").strip()) or bool(match["isnt"])
    number = _NUMBER_FIRST.match(value.text)
    if number and not re.match(r"an?\b", value.text, re.I):
        afterwards = _AFTERWARDS.search(value.text)
        operator: Operator = "=="
        if afterwards:
            operator = ">=" if afterwards["way"].lower() in _WAYS else "<="
            value = _part(value, 0, afterwards.start())
        measure = next((_MEASURE[w] for w in value.text.lower().split() if w in _MEASURE), "")
        return Test(subject, operator, value, piece, negated, measure=measure)
    tail = _TAIL.search(mask(value.text))
    value = _part(value, 0, tail.start()) if tail else value
    return Test(subject, "true", value, piece, negated, measure=_MEASURE.get(value.text.lower(), ""))
