"""How the clauses of an instruction hang together: loops, conditions, and the order that words give them.

    for each X in Y, do A · do A for every X in Y · for all X that …, do A · send each of them a mail
    if C, A, otherwise B · A if C · unless C, A · when the X is over Y, A
    before doing B, do A · after doing A, B · B once A is done · A, but first B

Quoted text is never read. What is nested deeper than `MOST_DEPTH` stays one clause that begins with its `if` or
`for each`: see `is_too_deep`.
"""

import re
from collections.abc import Sequence

from taskmatrix.mcfm.embedded.instruction.clauses import (
    FILLER,
    VERB,
    VERBS,
    Clause,
    Each,
    If,
    Part,
    leaves,
    mask,
    split_clauses,
)
from taskmatrix.mcfm.embedded.instruction.language import AUXILIARIES, MAX_CHARACTERS, stem
from taskmatrix.mcfm.embedded.instruction.scheduling import is_event

MOST_DEPTH = 3
"""Loops and conditions inside each other."""

_LEAD_IN = r"(?:(?:and|but|so|then|also|please|however|now|only)\s*,?\s+)*"
_ASKING = rf"(?:{AUXILIARIES})\b"
_IF = rf"(?:only\s+)?(?:if|unless|in case|provided(?:\s+that)?|as long as|assuming(?:\s+that)?|when(?!\s+{_ASKING}))"
_CONDITION = re.compile(rf"{_LEAD_IN}(?P<word>{_IF})\s+(?=\S)", re.I)
_EVERY = (
    r"(?:each|every)(?!\s+(?:day|morning|evening|night|noon|hour|minute|second|week|weekday|weekend|month|year|time"
    r"|other|few|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d+|(?:two|three|five|ten|fifteen|thirty)\b)\w*)"
)
_EACH = re.compile(
    rf"\bfor\s+(?:{_EVERY}|all)\s+(?:one\s+)?(?:of\s+(?:the\s+)?)?(?P<item>[^,:]*?)"
    r"(?:\s+(?P<source>(?:in|on|from|of|listed|at|under)\b[^,:]*?))?"
    rf"\s*(?:,|:|(?=\s{FILLER}{VERB}\s))\s*(?:do\s+the\s+following\s*[:,]?\s*)?(?P<body>.+)",
    re.I | re.S,
)
_EACH_LAST = re.compile(
    rf"^(?P<body>.+?)\s+for\s+(?:{_EVERY}|all)\s+(?:one\s+)?(?:of\s+(?:the\s+)?)?(?P<item>[\w -]+?)"
    r"(?P<source>\s+(?:in|on|from|of|listed|at|under|that|who|which|whose|with)\b[^,]*)$",
    re.I | re.S,
)
_EACH_OF = re.compile(
    rf"^{FILLER}{VERB}\s+(?:[\w'’]+\s+){{0,5}}?(?:to\s+|for\s+|with\s+|of\s+)?"
    rf"(?P<of>{_EVERY}\s+(?:one\s+)?of\s+(?:the\s+)?)(?P<item>[\w -]+?)"
    r"(?=\s+(?:an?|the|to|with|about|by|that|in|on|from|of|whose|who)\b|[,.]|$)",
    re.I,
)
_SINGLE = re.compile(rf"^{FILLER}{VERB}\s+(?:to\s+)?(?P<of>{_EVERY}\s+)(?P<item>[\w-]+)\b", re.I)
_ONLY = re.compile(
    r"\s+(?=(?:that|which|who|whose|with|where)\s+\S)|^(?=(?:that|which|who|whose|with|where)\s+\S)", re.I
)
_ELSE = re.compile(r"(?:[,;.]\s*)?(?:\b(?:and|but)\s+)?\b(?:otherwise|or else|else|if not)\b,?\s+(?=\S)", re.I)
_ELSE_FIRST = re.compile(r"(?:otherwise|or else|else|if not)\b[,:]?\s+(?=\S)", re.I)
_SO = re.compile(rf"{_LEAD_IN}if\s+(?:so|yes|it (?:does|is)|they (?:do|are)|that is the case)\s*,?\s+(?=\S)", re.I)
_WHETHER = re.compile(
    rf"^{FILLER}(?:check|see|find out|look|look up|test|verify|determine)\s+(?:if|whether)\s+(?P<said>.+)$",
    re.I | re.S,
)
_THEN = re.compile(r"\s*[,:]?\s*\bthen\b,?\s+|\s*:\s+", re.I)
_COMMA = re.compile(
    rf"\s*,\s*(?={_LEAD_IN}{FILLER}(?:{VERB}|{_IF}|for\s+(?:each|every|all)|do\s+not|don['’]t|never)\s)", re.I
)
_ANY_COMMA = re.compile(r"\s*,\s+(?=\D)")
_VERB_NEXT = re.compile(rf"(?<=\w)\s+(?={FILLER}(?P<verb>{VERB})\s)", re.I)
_NO_VERB_AFTER = frozenset(
    """to the a an of not is are was were be been being will can could should would must may might has have had my your
    his her its our their this that these those any some no for and or i you we they it in on at by with than from over
    under above below about each every all more less fewer most least up as""".split()
)
_MIDDLE = re.compile(
    rf"(?:\s*[,;]\s*(?:(?:and|but|then)\s+)*|\s+(?:and|but|then)\s+(?:then\s+)?)(?=(?:(?P<word>{_IF}|before|after|once)"
    r"|for\s+(?:each|every))\s)",
    re.I,
)
_TRAILING = re.compile(rf"\s*,?\s+(?:but\s+)?(?P<word>{_IF})\s+(?=\S)", re.I)
_NO_CONDITION_BEFORE = re.compile(
    r"\b(?:as|what|even|see|check|know|tell(?:\s+(?:me|us|him|her|them))?|ask|asks|out|determine|decide|wonder|verify|"
    r"test|look|say|remember|sure|confirm|learn|show(?:\s+(?:me|us))?|like|remind\s+\w+|at|of)$",
    re.I,
)
_NO_CONDITION = re.compile(
    r"(?:any|possible|necessary|needed|not|so|applicable|available|required|desired|appropriate|"
    r"(?:you|i)\s+(?:can|could|want|like|please|would|don['’]t mind|may|wish|need)\b.*)\s*(?:[,.!?;]|$)",
    re.I,
)
_SUPPOSED = re.compile(r"(?:i|we|you|someone|somebody|an?|two|three|my (?:friend|wife|husband|son|daughter))\b", re.I)
_QUESTION = re.compile(
    r"(?:then\s+)?(?:what|how|which|who|whom|whose|where|when|why|is|are|do|does|did|will|would|can|could|should)\b",
    re.I,
)
_WORD = r"(?P<order>before|after|once|as soon as)"
_ORDER_FIRST = re.compile(rf"^{_LEAD_IN}{_WORD}\s+(?=\S)", re.I)
_ORDER_LAST = re.compile(rf"\s*,?\s+(?:but\s+)?(?:only\s+)?{_WORD}\s+(?=\S)", re.I)
_ORDER_BACK = re.compile(r"\s*[,;]?\s+but\s+first,?\s+(?=\S)", re.I)
_BEFORE_THAT = re.compile(r"(?:but\s+)?(?:before (?:that|this|doing (?:so|that|this))|but first),?\s+(?=\S)", re.I)
_DOING = re.compile(r"(?:(?:you|i|we)(?:['’]ve|\s+have)?\s+)?(?P<verb>[a-z]+)\b", re.I)
_DONE = re.compile(r"\b(?:is|are|has been|have been|was|were)\s+(?P<verb>[a-z]+)\s*$", re.I)
_VERB_STEMS = frozenset(stem(v) for v in VERBS)
_HIM = re.compile(r"(?:it|its|they|their|them|he|his|she|her)\b", re.I)


def split_instruction(text: str) -> list[Part]:
    """Return the parts of an instruction in order; there is at least one for a text that is not blank."""
    text = text[:MAX_CHARACTERS]
    parts: list[Part] = []
    for sentence in split_clauses(text, 0, sentences_only=True):
        _join(parts, sentence)
    return parts


def is_too_deep(parts: Sequence[Part]) -> bool:
    """Whether loops and conditions are nested deeper than they are read."""
    deep = re.compile(rf"(?:{_CONDITION.pattern}|for\s+(?:each|every)\s)", re.I)
    return any(deep.match(c.text) and _condition_end(mask(c.text), 0) for c in _at_depth(parts, MOST_DEPTH))


def _at_depth(parts: Sequence[Part], depth: int) -> list[Clause]:
    if depth == 0:
        return leaves(parts)
    inner = [p.body if isinstance(p, Each) else (*p.body, *p.otherwise) for p in parts if not isinstance(p, Clause)]
    return [c for body in inner for c in _at_depth(body, depth - 1)]


def _join(parts: list[Part], sentence: Clause) -> None:
    """Append the parts of a sentence, or hang them on what came before: `Otherwise, …`, `If so, …`."""
    masked = mask(sentence.text)
    last = parts[-1] if parts else None
    so, other, before = _SO.match(masked), _ELSE_FIRST.match(masked), _BEFORE_THAT.match(masked)
    asked = _asked(last)
    if isinstance(last, If) and other and not last.otherwise:
        parts[-1] = If(last.condition, last.body, tuple(_parse(_cut(sentence, other.end()), 1)), last.negated)
    elif asked is not None and (so or other):
        body, otherwise = _bodies(_cut(sentence, (so or other).end()), 1)  # pyright: ignore[reportOptionalMemberAccess]
        parts[-1] = If(asked, tuple(body), tuple(otherwise), negated=so is None)
    elif before and last is not None:
        parts[-1:] = [*_parse(_cut(sentence, before.end()), 0), last]
    elif isinstance(last, Each) and (lead := _CONDITION.match(masked)) and _HIM.match(masked, lead.end()):
        # What `it` is can only be the item of the loop.
        parts[-1] = Each(last.item, last.source, (*last.body, *_parse(sentence, 1)), last.loose)
    else:
        found = _parse(sentence, 0)
        first = found[0] if found else None
        if asked is not None and isinstance(first, If) and _SO.match(f"if {mask(first.condition.text)}, x"):
            parts.pop()
            found[0] = If(asked, first.body, first.otherwise, first.negated)
        parts += found


def _asked(part: Part | None) -> Clause | None:
    """What `check whether …` wants to know."""
    match = _WHETHER.match(mask(part.text)) if isinstance(part, Clause) else None
    if match is None or not isinstance(part, Clause):
        return None
    return _cut(part, match.start("said"), len(part.text.rstrip(" .!?")))


def _cut(clause: Clause, start: int, end: int | None = None) -> Clause:
    """The part of a clause between two places of it, without what separates it from its neighbours."""
    text = clause.text[start:end]
    first = len(text) - len(text.lstrip(" \t\n,;:"))
    trimmed = text.strip(" \t\n,;:")
    return Clause(trimmed, clause.start + start + first, clause.start + start + first + len(trimmed))


def _parse(piece: Clause, depth: int) -> list[Part]:
    """The parts of a sentence, or of the body of a loop or condition `depth` deep."""
    masked = mask(piece.text)
    if not masked.strip(" ."):
        return []
    if depth >= MOST_DEPTH:
        deep = _CONDITION.match(masked) or re.match(r"for\s+(?:each|every)\s", masked, re.I)
        return [piece] if deep else [*split_clauses(piece.text, piece.start)]
    for read in (_leading, _loop_first, _in_order, _in_middle, _loop, _trailing):
        found = read(piece, masked, depth)
        if found is not None:
            return found
    return [_single(clause) for clause in split_clauses(piece.text, piece.start)]


def _leading(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    """`if C, A, otherwise B`."""
    match = _CONDITION.match(masked)
    if match is None or _NO_CONDITION.match(masked, match.end()):
        return None
    end = _condition_end(masked, match.end())
    if end is None:
        return None
    condition = _cut(piece, match.end(), end[0])
    if not condition.text or (match["word"].lower() == "when" and is_event(condition.text)):
        return None
    if _supposes(masked, condition.text, end[1]):
        return None
    body, otherwise = _bodies(_cut(piece, end[1]), depth + 1)
    return [If(condition, tuple(body), tuple(otherwise), match["word"].lower() == "unless")] if body else None


def _supposes(masked: str, said: str, body: int) -> bool:
    """Whether words suppose something that a question goes on from: `if a car brakes for 3 s, how far does it go?`."""
    return bool(_SUPPOSED.match(said) and _QUESTION.match(masked, body) and masked.rstrip().endswith("?"))


def _condition_end(masked: str, start: int) -> tuple[int, int] | None:
    """Where a condition that begins at `start` ends and its body begins; None where it has no body."""
    then, comma = _THEN.search(masked, start), _COMMA.search(masked, start)
    found = min((m for m in (then, comma) if m and m.start() > start), key=lambda m: m.start(), default=None)
    found = found or _ANY_COMMA.search(masked, start)
    for verb in _VERB_NEXT.finditer(masked, start, found.start() if found else len(masked)):
        words = masked[start : verb.start()].lower().split()
        noun = re.match(rf"{VERB}\s+(?:is|are|was|has|does|of)\b", masked[verb.end() :], re.I)
        if found is None and len(words) >= 2 and words[-1] not in _NO_VERB_AFTER and not noun:
            return (verb.start(), verb.end())
    return (found.start(), found.end()) if found and masked[found.end() :].strip(" .,") else None


def _bodies(piece: Clause, depth: int) -> tuple[list[Part], list[Part]]:
    """What is done if a condition holds, and what otherwise. An `otherwise` belongs to the innermost open `if`."""
    masked = mask(piece.text)
    for found in _ELSE.finditer(masked):
        before = masked[: found.start()]
        opened = len(re.findall(r"\b(?:if|unless)\b(?!\s+(?:not|so)\b)", before, re.I))
        closed = len(list(_ELSE.finditer(before + " x")))
        if opened <= closed and before.strip():
            return _parse(_cut(piece, 0, found.start()), depth), _parse(_cut(piece, found.end()), depth)
    return _parse(piece, depth), []


def _in_middle(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    """`A, and if C, B`: what stands before is done in any case."""
    for found in _MIDDLE.finditer(masked):
        if not masked[: found.start()].strip():
            continue
        before, after = _cut(piece, 0, found.start()), _cut(piece, found.end())
        behind = mask(after.text)
        so = _SO.match(behind)
        asked = _WHETHER.match(mask(before.text))
        if so and asked:
            body, otherwise = _bodies(_cut(after, so.end()), depth + 1)
            return [If(_cut(before, asked.start("said")), tuple(body), tuple(otherwise))]
        led = _leading(after, behind, depth) or (_loop(after, behind, depth) if found["word"] is None else None)
        led = led or _order_first(after, behind, depth)
        if led is not None:
            return [*_parse(before, depth), *led]
    return None


def _loop_first(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    """A loop that the sentence begins with, whatever its body holds."""
    return _loop(piece, masked, depth) if re.match(rf"{_LEAD_IN}for\s+(?:each|every|all)\s", masked, re.I) else None


def _loop(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    each = _EACH.search(masked) or _EACH_LAST.match(masked.rstrip(" ."))
    trailing = _trailing_match(masked)
    if each is None:
        return None
    body_first = each.start("body") < each.start("item")
    if trailing is not None and (trailing.start() < each.start("item") or body_first):
        return None
    end = each.end("source") if each["source"] else each.end("item")
    only = _ONLY.search(masked, each.start("item"), end)
    whole = _cut(piece, each.start("item"), only.start() if only else end)
    item = _cut(piece, each.start("item"), min(each.end("item"), only.start() if only else end))
    source = _cut(piece, each.start("source"), only.start() if only else end) if each["source"] else item
    body = _parse(_cut(piece, *each.span("body")), depth + 1)
    before = [] if body_first else _parse(_cut(piece, 0, each.start()), depth)
    if not body or not whole.text:
        return None
    only_if = _cut(piece, only.end(), end) if only else None
    return [*before, Each(item.text, source if source.text else whole, tuple(body), only=only_if)]


def _single(piece: Clause) -> Part:
    """`send each of them a mail`, `cancel every order whose total is below 50`; else the clause as it is."""
    masked = mask(piece.text)
    each = _EACH_OF.match(masked) or _SINGLE.match(masked)
    if each is None:
        return piece
    clause = _cut(piece, *each.span("item"))
    only = _ONLY.match(masked, each.end("item"))
    if only is None:
        return Each(clause.text, clause, (piece,), loose=True)
    condition = _cut(piece, only.end(), len(masked.rstrip(" .!")))
    return Each(clause.text, clause, (_cut(piece, 0, only.start()),), loose=True, only=condition)


def _trailing_match(masked: str) -> "re.Match[str] | None":
    """Where `A if C` says its condition."""
    for found in _TRAILING.finditer(masked):
        before, word = masked[: found.start()], found["word"].lower()
        if not before.strip() or _NO_CONDITION_BEFORE.search(before) or _NO_CONDITION.match(masked, found.end()):
            continue
        if word == "when" and (is_event(masked[found.end() :]) or not _compares(masked[found.end() :])):
            continue
        return found
    return None


def _compares(text: str) -> bool:
    return bool(re.search(r"\d|\b(?:above|below|over|under|than|least|most|exceeds?|empty)\b", text, re.I))


def _trailing(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    """`A if C, otherwise B`. Reading that is asked for before A needs no condition."""
    found = _trailing_match(masked)
    if found is None:
        return None
    rest = _cut(piece, found.end())
    other = _ELSE.search(mask(rest.text))
    condition = _cut(rest, 0, other.start() if other else None)
    condition = _cut(condition, 0, len(condition.text.rstrip(" .!?")))
    otherwise = _parse(_cut(rest, other.end()), depth + 1) if other else []
    before = _cut(piece, 0, found.start())
    clauses = _parse(before, depth + 1)
    first = 0
    while first < len(clauses) - 1 and (_reads(clauses[first]) or _then(before, clauses[first + 1])):
        first += 1
    if not condition.text or not clauses:
        return None
    branch = If(condition, tuple(clauses[first:]), tuple(otherwise), found["word"].lower() == "unless")
    return [*clauses[:first], branch]


def _reads(part: Part) -> bool:
    """Whether a clause asks to read something, or only says where: neither needs a condition."""
    reading = r"(?:get|find|check|show|read|look|list|fetch|retrieve|search|tell|see|count)\b"
    where = r"(?:in|on|at|from)\b"
    return isinstance(part, Clause) and bool(re.match(rf"{FILLER}(?:{reading}|{where})", part.text, re.I))


def _then(piece: Clause, part: Part) -> bool:
    """Whether `then` stands before a part."""
    start = leaves([part])[0].start - piece.start
    return bool(re.search(r"\b(?:then|after that|afterwards|finally),?\s*$", piece.text[: max(0, start)], re.I))


def _in_order(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    """`before doing B, A`, `B after doing A`, `B once A is done`, `B, but first A`: A is done first."""
    led = _order_first(piece, masked, depth)
    if led is not None:
        return led
    back = _ORDER_BACK.search(masked)
    if back and masked[: back.start()].strip():
        return [*_parse(_cut(piece, back.end()), depth), *_parse(_cut(piece, 0, back.start()), depth)]
    for found in _ORDER_LAST.finditer(masked):
        one, other = _cut(piece, 0, found.start()), _cut(piece, found.end())
        if not one.text or _NO_CONDITION_BEFORE.search(mask(one.text)) or not _is_action(other, found["order"]):
            continue
        first, then = (one, other) if found["order"].lower() == "before" else (other, one)
        return [*_parse(first, depth), *_parse(then, depth)]
    return None


def _order_first(piece: Clause, masked: str, depth: int) -> list[Part] | None:
    match = _ORDER_FIRST.match(masked)
    if match is None:
        return None
    comma = _COMMA.search(masked, match.end()) or _ANY_COMMA.search(masked, match.end())
    if comma is None:
        return None
    said, rest = _cut(piece, match.end(), comma.start()), _cut(piece, comma.end())
    if not rest.text or not _is_action(said, match["order"]):
        return None
    first, then = (rest, said) if match["order"].lower() == "before" else (said, rest)
    return [*_parse(first, depth), *_parse(then, depth)]


def _is_action(clause: Clause, order: str) -> bool:
    """Whether words name something that is to be done: `saving the file`, `you have saved it`, `the file is saved`."""
    doing = _DOING.match(clause.text)
    if doing and stem(doing["verb"]) in _VERB_STEMS:
        spoken = doing["verb"].lower()
        return spoken.endswith("ing") or (clause.text[: doing.start("verb")].strip() != "" and order != "")
    done = _DONE.search(clause.text)
    return bool(done and (stem(done["verb"]) in _VERB_STEMS or done["verb"].lower() in ("done", "finished")))
