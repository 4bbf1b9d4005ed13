"""What is said not to be.

A flag that is denied (`without hidden files`) or whose opposite is said (`a public repository`), and what the document
says stands for nothing (`None for no subtitles`).
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.encoder.stating import STATED
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import Token, stem, tokenize
from taskmatrix.mcfm.embedded.values.candidates import Candidate

_PAIRS = (
    "private public|ascending descending|asc desc|visible hidden|published draft|internal external|indoor outdoor|"
    "online offline|temporary permanent|manual automatic|wired wireless|enabled disabled|vertical horizontal|"
    "synchronous asynchronous|local remote|shared private|active inactive|complete incomplete|visible invisible|"
    "double single"
)
_OPPOSITES: dict[str, set[str]] = {}
for _one, _other in (pair.split() for pair in _PAIRS.split("|")):
    _OPPOSITES.setdefault(stem(_one), set()).add(stem(_other))
    _OPPOSITES.setdefault(stem(_other), set()).add(stem(_one))

_DENIALS = frozenset("not no non without never exclude excluding skip omit hide ignore disable".split())
_NEGATIVE = frozenset(stem(word) for word in (*_DENIALS, "except", "free", "drop", "remove"))
"""A flag named with one of them (`exclude_hidden`) says itself what is not to be."""
_LEAVING_OUT = _NEGATIVE - {"not", "no", "without"}
_BETWEEN = frozenset(
    "- the a an any of be to as it them is are was being include including included show with want need have use make "
    "made set allow get add do does extra additional any".split()
)
_HOLLOW = frozenset(
    stem(w) for w in "is has have include included use enable allow allowed show only with visibility status".split()
)
_LEFT_OUT = re.compile(r"(?:is |are |being |to be )?(?:left out|left off|excluded|omitted|not included)\b")
_UN = re.compile(r"(?:non|un)(?=\w{4})")
_STANDS_FOR = re.compile(r"(?:\b(None|-?\d+)|[\"'`]([\w-]+)[\"'`]) (?:for|means|=) no (\w+)", re.I)
_FIGURE = re.compile(r"-?\d+")
MAX_TEXT = 2_000
"""Characters of a description in which a word for nothing is looked for."""
REACH = 6
"""How many words before one that is denied the denial is looked for."""
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|correct|exactly|go ahead|please do|"
    r"(?:that|it|this|all)(?:['’]s|\s+(?:is|all|sounds|works|looks|would))?\s+(?:all\s+)?"
    r"(?:right|correct|fine|good|great|perfect|true|works))\b",
    re.I,
)
"""An answer that says yes: what was asked before it is said too."""
_WELL = re.compile(r"\W*(?:sure|ok(?:ay)?|right|great|perfect|fine|good)\b", re.I)
"""So does this where something was asked; else it may go on to something new (`Great, now make another`)."""
_ASKS = re.compile(r"\?|\bconfirm", re.I)


def denied_values(parameters: Sequence[ParameterView], text: str, within: tuple[int, int]) -> dict[str, Filled]:
    """Return what a part of a text says not to be, by parameter; what it says yes to is read with it."""
    begin, end = within
    before = text.rfind("\n", 0, max(0, begin - 1)) + 1
    if _YES.match(text, begin, end) or (_WELL.match(text, begin, end) and _ASKS.search(text, before, begin)):
        begin = before
    asked = [(parameter.name, *_asked(parameter)) for parameter in parameters]
    mentions = _mentions(tokenize(text[begin:end])) if any(stems for _, _, stems in asked) else {}
    found: dict[str, Filled] = {}
    for name, value, stems in asked:
        opposites = {other for one in stems for other in _OPPOSITES.get(one, ())} - stems
        if value is True and any(word in mentions for word in _LEAVING_OUT):
            continue  # `do not skip weekends`
        turned = {one for one in stems if any(other in mentions for other in _OPPOSITES.get(one, ()))}
        said = [mention for one in turned or stems for mention in mentions.get(one, ())]  # `single-sided`
        said += [(token, not denied) for other in opposites for token, denied in mentions.get(other, ())]
        if said and all(denied for _, denied in said):
            token = max((token for token, _ in said), key=lambda t: t.start)
            source = Candidate(begin + token.start, begin + token.end, token.text, value, "phrase")
            found[name] = Filled(value, source, STATED)
    return found


def _asked(parameter: ParameterView) -> tuple[JsonValue, frozenset[str]]:
    """The value that stands for something not wanted, and the stems of what that is; none where nothing is known."""
    if parameter.type == "bool":
        stems = frozenset(parameter.name_stems)
        return bool(stems & _NEGATIVE), stems - _NEGATIVE - _HOLLOW or stems - _NEGATIVE
    told = _STANDS_FOR.search(parameter.text[:MAX_TEXT])
    if told is None or parameter.type not in ("str", "int", "float", "Any"):
        return None, frozenset()
    written, thing = told[1] or told[2], told[3]
    value = written if parameter.type in ("str", "Any") else int(written) if _FIGURE.fullmatch(written) else None
    known = value is not None and (not parameter.choices or value in parameter.choices)
    return (value, frozenset((stem(thing),))) if known else (None, frozenset())


def _mentions(words: Sequence[Token]) -> dict[str, list[tuple[Token, bool]]]:
    """Where each stem is said, and whether it is denied there: `unpaid` denies `paid`."""
    found = defaultdict[str, list[tuple[Token, bool]]](list)
    for place, word in enumerate(words):
        if not word.is_word:
            continue
        found[word.stem].append((word, _is_denied(words, place)))
        bare = _UN.sub("", word.text.lower())
        if len(bare) < len(word.text):
            found[stem(bare)].append((word, True))
    return found


def _is_denied(words: Sequence[Token], place: int) -> bool:
    """Whether a word that denies stands before another with none but small words between, or it is `left out`."""
    for before in reversed(words[max(0, place - REACH) : place]):
        text = before.text.lower().replace("’", "'")
        if text in _DENIALS or text.endswith("n't"):
            return True
        if text not in _BETWEEN:
            break
    behind = " ".join(w.text.lower() for w in words[place + 1 : place + 4])
    return _LEFT_OUT.match(behind) is not None
