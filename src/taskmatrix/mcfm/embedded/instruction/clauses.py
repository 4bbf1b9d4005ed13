"""Clauses: what is to be done, one thing each, in order. Quoted text is never split.

How they hang together (`for each`, `if`, `before`) is read by `control`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.instruction.language import tokenize

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
VERB = rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})"
FILLER = (
    r"(?:(?:please|also|finally|next|lastly|afterwards?|additionally|after that|in addition|i(?:'d| would) (?:also )?"
    r"like to|i (?:also )?(?:want|need) to|(?:can|could|would) you(?: please)?)\s*,?\s+)*"
)
_BOUNDARY = re.compile(
    r"(?<=[.!?;])\s+(?=\S)"
    r"|\n+"
    rf"|\s*[,;]?\s*\b(?:and then|then|after that|afterwards|and after that|and also|and finally|finally)\b,?\s+"
    rf"|\s*,\s*(?:and\s+)?(?={FILLER}{VERB}\s+(?!of\b))"
    r"|\s*,?\s+and\s+(?=(?:what|how|which|who|when|where)\b|(?:is|are|does|do|did|has)\s+(?:the|it|there|slide|\w+)\b)"
    rf"|\s+and\s+(?={FILLER}{VERB}\s+(?!of\b)(?:\S))",
    re.I,
)
_LATER = re.compile(
    r"(?:in|within)\s+(?:about\s+)?[\w./½¼¾ -]{1,30}\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
    r"|(?:today|tonight|tomorrow)\b[^,]{0,30}",
    re.I,
)
"""How words say when what follows them is to be done."""
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|etc|e\.g|i\.e|No|Inc|Ltd|approx|[A-Z])\.$")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the instruction at `start:end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Each:
    """`for each ITEM SOURCE that ONLY, BODY`.

    `loose`: it may as well be one thing to do with all of them (`mail every customer`).
    """

    item: str
    source: Clause
    body: "tuple[Part, ...]"
    loose: bool = False
    only: Clause | None = None


@dataclass(frozen=True, slots=True)
class If:
    """`if CONDITION, BODY, otherwise OTHERWISE`; `negated` for `unless`."""

    condition: Clause
    body: "tuple[Part, ...]"
    otherwise: "tuple[Part, ...]" = ()
    negated: bool = False


Part = Clause | Each | If


def leaves(parts: "Sequence[Part]") -> list[Clause]:
    """Return the clauses of parts in the order in which they are carried out: the steps of the outline."""
    found: list[Clause] = []
    for part in parts:
        if isinstance(part, Clause):
            found.append(part)
        elif isinstance(part, Each):
            found += [part.source, *leaves(part.body)]
        else:
            found += [part.condition, *leaves(part.body), *leaves(part.otherwise)]
    return found


def steps(parts: "Sequence[Part]") -> list[str]:
    """Return what each of the `leaves` says, with the words that make it a loop or a condition."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, Clause):
            found.append(part.text)
        elif isinstance(part, Each):
            where = "" if part.source.text == part.item else f" {part.source.text}"
            only = f" {part.only.text}" if part.only else ""
            item = f"of {part.item}" if part.item in ("them", "these", "those") else part.item
            found += [f"for each {item}{where}{only}", *steps(part.body)]
        else:
            word = "unless" if part.negated else "if"
            found += [f"{word} {part.condition.text}", *steps(part.body), *steps(part.otherwise)]
    return found


def mask(text: str) -> str:
    """Blank out what is quoted or bracketed, keeping every place."""
    return _QUOTED.sub(lambda m: m.group()[0] + "\x00" * (len(m.group()) - 2) + m.group()[-1], text)


def split_clauses(text: str, offset: int, *, sentences_only: bool = False) -> list[Clause]:
    """Return the clauses, or only the sentences, of a text that stands at `offset` of the instruction."""
    masked = mask(text)
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
    return _with_when(clauses, text, offset)


def _with_when(clauses: list[Clause], text: str, offset: int) -> list[Clause]:
    """The clauses; where the first says only when, it belongs to the next: `in 5 minutes, close the door`."""
    if len(clauses) < 2 or not _LATER.fullmatch(clauses[0].text):
        return clauses
    first, second = clauses[:2]
    if text[first.end - offset : second.start - offset].strip() != ",":
        return clauses
    return [Clause(text[first.start - offset : second.end - offset], first.start, second.end), *clauses[2:]]


def _clause(text: str, start: int, end: int, offset: int) -> list[Clause]:
    piece = text[start:end]
    trimmed = piece.strip(" \t\n,;")
    if not trimmed.strip(" ."):
        return []
    first = start + piece.index(trimmed)
    return [Clause(trimmed, offset + first, offset + first + len(trimmed))]


def asks(clause: Clause) -> bool:
    """Whether a clause says by itself what to do."""
    return next((t.text.lower() for t in tokenize(clause.text) if t.is_content), "") in VERBS
