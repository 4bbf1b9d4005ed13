"""An instruction as clauses: what is to be done, one thing each, in order.

Quoted text is never split. `for each X in Y, do Z` keeps its body together with its source.
"""

import re
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.language import MAX_CHARACTERS

VERBS = frozenset(
    """accept activate add adjust align analyse analyze append apply archive arrange assign attach authenticate backup
    bold book bring build buy calculate call cancel capitalize center change check choose classify clean clear
    close collect color colour combine compare compile compose compress compute configure confirm connect
    convert copy count create crop cut decrease decrypt define delete deliver deploy describe design detect
    determine diagnose differentiate disable discover display divide download draft draw duplicate edit email
    emphasize enable encrypt enhance enter erase estimate evaluate exchange execute expand explain export
    extract factor fetch fill filter find finish fix flip follow format forward generate get give go grab group
    guide hide highlight identify import include increase indent inform initialize initiate insert inspect
    install integrate invite italicize join keep know label launch let list listen load locate lock log look
    lower mail make mark measure merge message minimize modify monitor move multiply mute name navigate notify
    obtain offer open optimize order organize pause pay perform pick place plan play plot post predict prepare
    present print process produce provide publish purchase put query raise rate read rearrange recommend record
    reduce refresh register remind remove rename render rent replace reply report request reschedule reserve
    reset resize resolve restart restore retrieve return review rewrite rotate run save say scan schedule search
    select send separate set share shift show shrink shuffle simplify sketch skip solve sort speak split start
    stop store submit subscribe subtract suggest sum summarize swap switch synchronize tag take tell test track
    train transcribe transfer transform translate trim turn type underline undo unlock update upgrade upload use
    validate verify view visualize wait watch write zoom""".split()
)
"""What people ask to have done, in the imperative."""

_QUOTED = re.compile(
    r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)|`[^`]*`|\[[^\]]*\]|\([^)]*\)"
)
_VERB = rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})"
_FILLER = (
    r"(?:(?:please|also|finally|next|lastly|afterwards?|additionally|after that|in addition|i(?:'d| would) (?:also )?"
    r"like to|i (?:also )?(?:want|need) to|(?:can|could|would) you(?: please)?)\s*,?\s+)*"
)
_BOUNDARY = re.compile(
    r"(?<=[.!?;])\s+(?=\S)"
    r"|\n+"
    rf"|\s*[,;]?\s*\b(?:and then|then|after that|afterwards|and after that|and also|and finally|finally)\b,?\s+"
    rf"|\s*,\s*(?:and\s+)?(?={_FILLER}{_VERB}\s+(?!of\b))"
    r"|\s*,?\s+and\s+(?=(?:what|how|which|who|when|where)\b|(?:is|are|does|do|did|has)\s+(?:the|it|there|slide|\w+)\b)"
    rf"|\s+and\s+(?={_FILLER}{_VERB}\s+(?!of\b)(?:\S))",
    re.I,
)
_EACH = re.compile(
    r"\bfor\s+(?:each|every|all)\s+(?:of\s+(?:the\s+)?)?(?P<item>[^,]*?)"
    r"(?:\s+(?P<source>(?:in|on|from|of|listed|at|under)\b[^,]*?))?"
    rf"\s*(?:,|:|(?=\s{_FILLER}{_VERB}\s))\s*(?P<body>.+)",
    re.I | re.S,
)
_EACH_LAST = re.compile(
    r"^(?P<body>.+?)\s+for\s+(?:each|every)\s+(?:of\s+(?:the\s+)?)?(?P<item>[\w ]+?)"
    r"\s+(?P<source>(?:in|on|from|of|listed|at|under)\b[^,]*)$",
    re.I | re.S,
)
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|etc|e\.g|i\.e|No|Inc|Ltd|approx|[A-Z])\.$")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the instruction at `start:end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Each:
    """`for each ITEM SOURCE, BODY`."""

    item: str
    source: Clause
    body: tuple[Clause, ...]


Part = Clause | Each


def split_instruction(text: str) -> list[Part]:
    """Return the clauses of an instruction in order; there is at least one for a text that is not blank."""
    text = text[:MAX_CHARACTERS]
    parts: list[Part] = []
    for sentence in _split(text, 0, sentences_only=True):
        masked = _mask(sentence.text)
        each = _EACH.search(masked) or _EACH_LAST.match(masked.rstrip(" ."))
        if each is None:
            parts += _split(sentence.text, sentence.start)
            continue
        if each.start() > 0:
            parts += _split(sentence.text[: each.start()], sentence.start)
        parts.append(_each(sentence, each))
    return parts


def _each(sentence: Clause, match: "re.Match[str]") -> Each:
    def part(group: str) -> Clause:
        start, end = match.span(group)
        return Clause(sentence.text[start:end], sentence.start + start, sentence.start + end)

    body = part("body")
    source = part("source") if match.group("source") else part("item")
    return Each(match.group("item").strip(), source, tuple(_split(body.text, body.start)))


def _mask(text: str) -> str:
    """Blank out what is quoted or bracketed, keeping every place."""
    return _QUOTED.sub(lambda m: m.group()[0] + "\x00" * (len(m.group()) - 2) + m.group()[-1], text)


def _split(text: str, offset: int, *, sentences_only: bool = False) -> list[Clause]:
    masked = _mask(text)
    clauses: list[Clause] = []
    start = 0
    for boundary in _BOUNDARY.finditer(masked):
        is_sentence_end = (boundary.start() > 0 and masked[boundary.start() - 1] in ".!?;") or "\n" in boundary.group()
        if sentences_only and not is_sentence_end:
            continue
        if is_sentence_end and _ABBREVIATION.search(masked[: boundary.start()]):
            continue
        clauses += _clause(text, start, boundary.start(), offset)
        start = boundary.end()
    clauses += _clause(text, start, len(text), offset)
    return clauses


def _clause(text: str, start: int, end: int, offset: int) -> list[Clause]:
    piece = text[start:end]
    trimmed = piece.strip(" \t\n,;")
    if not trimmed.strip(" ."):
        return []
    first = start + piece.index(trimmed)
    return [Clause(trimmed, offset + first, offset + first + len(trimmed))]
