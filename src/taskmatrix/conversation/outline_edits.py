"""Edits of an outline that are said in words: "drop step 2, put the logo first".

Only what is certain is carried out; of anything else nothing is, and a chat model is asked (`Request.edit`). An edit
never changes words that it does not name.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from taskmatrix.conversation.outline_draft import NUMBERED, Draft, Place
from taskmatrix.conversation.outline_text import MOST_STEPS, is_outline_text, read_outline_text
from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.stubs import clean

LONGEST = 4_000
"""Characters. More is no edit in words."""

_GOOD = r"(?:ok(?:ay)?|good|fine|great|perfect|correct|right)"
_ACCEPTED = re.compile(
    r"(?:(?:and|then|please|just|now)\s+)*(?:"
    r"k|y|yes|yep|yeah|yup|sure|lgtm|go|go\s+(?:on|ahead)|continue|proceed|start|accept|agreed?|approved?|confirm(?:ed)?|"
    r"run|(?:run|do)\s+(?:it|this|that|them|so)|carry\s+(?:on|it\s+out|them\s+out)|"
    rf"(?:(?:that|this|it)\s+)?looks?\s+{_GOOD}|(?:all\s+|sounds\s+|very\s+)?{_GOOD}|(?:that|this|it)(?:'s|\s+is)\s+{_GOOD}|"
    r"no\s+changes?|nothing(?:\s+to\s+change)?|as\s+it\s+is"
    r")(?:\s+(?:please|now|to\s+me))?"
)
_DECLINED = re.compile(
    r"(?:please\s+)?(?:(?:stop|cancel)(?:\s+(?:it|this|that))?|abort|quit|exit|never\s*mind|forget\s+it|do\s+nothing)"
)

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)|`[^`]*`")
_VERB = (
    r"(?:drop|remove|delete|skip|omit|leave|take|cut|keep|only|move|put|place|shift|do|make|bring|start|begin|end|"
    r"finish|swap|switch|exchange|merge|combine|join|change|replace|rename|rewrite|reword|rephrase|set|add|insert|"
    r"append|use|in\s+step|after|before)\b"
)
_NUMBER = r"(?:step\s*|#)?\d{1,4}"
_ASSIGN = r"\s*(?::|=|\)|\.(?=\s)|->|→)\s"
_BEGINS = rf"(?:{_VERB}|{_NUMBER}{_ASSIGN}|{_NUMBER}\s+(?:first|last|before|after|up|down|at\s+the)\b)"
_SPLIT = re.compile(
    rf" ?(?P<mark>\n|;|,|\.(?=\s)|\b(?:and|then)\b)[ \n]?(?:(?:and|then|also|please)\b,?[ \n]?)*(?={_BEGINS})",
    re.IGNORECASE,
)
_NEW_WORDS = re.compile(
    rf"{_NUMBER}{_ASSIGN}|(?:change|replace|rename|rewrite|reword|rephrase|set|make|add|insert|append|use|in\s+step|"
    r"after|before)\b",
    re.IGNORECASE,
)
_SAYS_NUMBER = re.compile(
    rf"{_NUMBER}|{_VERB}\s+(?:only\s+)?(?:the\s+)?(?:(?:steps?|number)\s|#?\d|(?:first|last)\s+(?:step|one)\b)",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:please|then|also|and|but|just|now|ok(?:ay)?|yes|no(?=,|$)|(?:can|could)\s+you|let'?s|"
    r"i(?:'d|\s+would)\s+like\s+(?:you\s+)?to|i\s+want\s+(?:you\s+)?to)(?:$|[\s,]+)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:an?|the|some|another|one|more|\d+)\s", re.IGNORECASE)
_NAME = re.compile(r"[\"'“`\d._/-]|\b[A-Z]")


def is_accepted(words: str) -> bool:
    """Whether an answer says that the outline is right as it is: nothing, "ok", "yes, go on", "looks good"."""
    return _is_made_of(_ACCEPTED, words) or not words.strip()


def is_declined(words: str) -> bool:
    """Whether an answer says that nothing is to be done: "stop", "never mind"."""
    return _is_made_of(_DECLINED, words)


def edit_outline(outline: Outline, words: str) -> Outline | None:
    """Carry out edits said in words or numbers, or take the outline that `outline_text` wrote and somebody edited.

    Numbers mean the steps as they were shown. None where something in it is not understood. Raises UsageError for a
    step that there is not, or that may be one of several, and where nothing is left.
    """
    if is_outline_text(words):
        return read_outline_text(words, outline)
    if len(words) > LONGEST:
        return None
    draft = Draft(outline.steps)
    clauses = list(_clauses(words))
    if not clauses or not all(_apply(draft, clause) for clause in clauses):
        return None
    if not draft.steps:
        raise UsageError("no step would be left", hint="keep at least one, or stop the run")
    if len(draft.steps) > MOST_STEPS:
        raise UsageError(f"the outline would have {len(draft.steps)} steps", hint=f"at most {MOST_STEPS} are taken")
    return Outline(steps=draft.steps, by="user", reason=f"edited: {clean(words)[:200]}")


def _is_made_of(pattern: re.Pattern[str], words: str) -> bool:
    parts = [part.strip() for part in re.split(r"[,.!;\n]+", words.lower().replace("’", "'"))]
    said = [part for part in parts if part]
    return 0 < len(said) <= 5 and len(words) < 100 and all(pattern.fullmatch(part) for part in said)


def _clauses(words: str) -> Iterator[str]:
    """Split an answer where another edit begins.

    Behind new words of a step (`change 3 to …`) a comma or an "and" belongs to these words, unless the next edit
    says the number of a step.
    """
    words = "\n".join(filter(None, map(clean, words.split("\n"))))
    hidden = _QUOTED.sub(lambda quoted: "\x00" * len(quoted[0]), words)
    start = 0
    for found in _SPLIT.finditer(hidden):
        clause = _tidy(words[start : found.start()])
        sure = found["mark"] in ("\n", ";") or _SAYS_NUMBER.match(hidden, found.end())
        if (_NEW_WORDS.match(clause) and not sure) or re.fullmatch(_NUMBER, clause):  # `2. new words` is one edit
            continue
        start = found.end()
        if clause:
            yield clause
    if last := _tidy(words[start:]):
        yield last


def _tidy(clause: str) -> str:
    clause = clean(clause).strip(" ,;")
    while found := _FILLER.match(clause):
        clause = clause[found.end() :]
    return clause


@dataclass(frozen=True, slots=True)
class _Rule:
    """A way to say an edit; `apply` returns False where the words turn out to mean something else."""

    pattern: re.Pattern[str]
    apply: Callable[[Draft, re.Match[str]], bool]


def _apply(draft: Draft, clause: str) -> bool:
    for rule in _RULES:
        found = rule.pattern.fullmatch(clause)
        if found and rule.apply(draft, found):
            return True
    return False


def _unquoted(text: str) -> str:
    """Take off quotation marks that stand around all of a text."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 2 and _QUOTED.fullmatch(text) else text


def _rewrite(draft: Draft, found: re.Match[str]) -> bool:
    number, words = draft.number(found["step"]), _unquoted(found["words"])
    if number is None:
        return False
    if re.fullmatch(
        r"(?:drop|remove|delete|skip|omit)(?:\s+(?:it|this|that))?(?:\s+step)?[.!]?", words, re.IGNORECASE
    ):
        draft.drop([number])
    else:
        # What the old words needed and gave says nothing of the new ones.
        draft.change(number, lambda _: Step(text=clean(words)))
    return True


def _change(draft: Draft, found: re.Match[str]) -> bool:
    """Give a step new words; `change 500 to 600` may mean numbers that the steps speak of."""
    bare = found["step"].strip().isdigit()
    if bare and (int(found["step"]) not in draft.numbers or _unquoted(found["words"]).isdigit()):
        return False
    return _rewrite(draft, found)


def _drop(draft: Draft, found: re.Match[str]) -> bool:
    numbers = draft.several(found["steps"])
    if numbers is None and (number := draft.by_words(found["steps"], whole=True)):
        numbers = [number]
    draft.drop(numbers or ())
    return numbers is not None


def _keep(draft: Draft, found: re.Match[str]) -> bool:
    numbers = draft.several(found["steps"])
    draft.drop(n for n in draft.numbers if numbers is not None and n not in numbers)
    return numbers is not None


def _move(draft: Draft, found: re.Match[str]) -> bool:
    number = draft.number(found["step"]) or draft.by_words(found["step"])
    place = _place(draft, found, words=True)
    if number is None or place is None:
        return False
    draft.move(number, place)
    return True


def _swap(draft: Draft, found: re.Match[str]) -> bool:
    one, other = (draft.number(found[name]) or draft.by_words(found[name]) for name in ("one", "other"))
    if one is None or other is None:
        return False
    draft.swap(one, other)
    return True


def _merge(draft: Draft, found: re.Match[str]) -> bool:
    numbers = draft.several(re.sub(r"\b(?:with|into)\b", "and", found["steps"]))
    if numbers is None or len(numbers) < 2:
        return False
    draft.merge(numbers)
    return True


def _add(draft: Draft, found: re.Match[str]) -> bool:
    place, words = _place(draft, found), clean(_unquoted(found["words"]))
    # "to step 2" says what else a step is to do, not where a new one goes.
    if place is None or place.where in ("up", "down") or (found["by"] or "").lower() in ("to", "into"):
        return False
    if not found["step"] and _ARTICLE.match(words):
        words = f"{found['verb'].capitalize()} {words}"
    draft.add(Step(text=words), Place("before", place.step) if place.where == "to" else place)
    return True


def _append(draft: Draft, found: re.Match[str]) -> bool:
    draft.add(Step(text=clean(_unquoted(found["words"]))), Place("last"))
    return True


def _place(draft: Draft, found: re.Match[str], *, words: bool = False) -> Place | None:
    """Return the place that a clause says; a step beside it by its words only where asked for."""
    if said := found["edge"] or found["end"]:
        return Place("first" if said.lower() in ("start", "beginning", "top", "front", "first") else "last")
    if found["way"]:
        return Place(found["way"].lower())
    if found["to"]:
        number = draft.number(found["to"])
        return Place("to", number) if number else None
    number = draft.number(found["other"])
    if number is None and (words or re.search(r"\bstep\b", found["other"], re.IGNORECASE)):
        number = draft.by_words(found["other"])
    return Place("before" if found["beside"].lower() == "before" else "after", number) if number else None


def _replace(draft: Draft, found: re.Match[str]) -> bool:
    """Replace words, in one step or wherever they are; what is to "change" is only words where it is a name."""
    said, old, new = found["step"], _unquoted(found["old"]), _unquoted(found["new"])
    if found["verb"].lower() == "change" and not _NAME.search(found["old"]):
        return False
    if old.isdigit() and old == found["old"] and not said and int(old) in draft.numbers:
        return False
    number = draft.number(said) if said else None
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)
    holding = [n for n in ([number] if number else draft.numbers) if any(map(pattern.search, _texts(draft.step(n))))]
    if not holding and number:
        raise UsageError(f"step {number} does not say {old[:60]!r}", hint="say the words as the step has them")
    if not holding and old.isdigit():
        draft.number(old)
    for each in holding:
        draft.change(each, lambda step: _with_words(step, pattern, new))
    return bool(holding)


def _texts(step: Step) -> Sequence[str]:
    return (step.text, *step.needs, step.yields)


def _with_words(step: Step, pattern: re.Pattern[str], new: str) -> Step:
    text, *needs, yields = (pattern.sub(lambda _: new, said) for said in _texts(step))
    return Step(text=text.strip() or step.text, needs=tuple(filter(None, needs)), yields=yields)


def _rule(pattern: str, apply: Callable[[Draft, re.Match[str]], bool]) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), apply)


_HERE = (
    r"(?:(?:(?:at|to|in)\s+the\s+(?:very\s+)?(?P<edge>start|beginning|top|front|end|bottom)"
    r"|(?:(?:as|to|at|into)\s+)?(?:the\s+)?(?P<end>first|last)(?:\s+(?:step|place|position|one))?"
    r"|(?:right\s+|directly\s+)?(?P<beside>before|after|behind)\s+(?P<other>.+?)|(?P<way>up|down)"
    rf"|(?P<by>as|to|at|into)\s+(?:position\s+|place\s+)?(?P<to>{NUMBERED})))[.!]?"
)
_STEP = rf"(?P<step>{NUMBERED})"
_WORDS = r"(?P<words>\S.*)"
_A_STEP = r"(?P<step>(?:an?\s+|another\s+)?(?:new\s+)?step(?!\s*\d)\s*:?\s+(?:to\s+|that\s+)?)?"
_SAY = r"(?:\s+(?:to\s+say|to|by|with|as|into|say)\b\s*:?|\s*(?::|=))\s*"
_OLD = r"(?P<verb>replace|rename|change)\s+(?P<old>\S.*?)\s+(?:by|with|to|into)\s+(?P<new>\S.*?)"
_USE = r"(?P<verb>use|say)\s+(?P<new>\S.*?)\s+instead\s+of\s+(?P<old>\S.*?)"
_DROP = r"(?:drop|remove|delete|skip|omit|leave\s+out|take\s+out|cut|get\s+rid\s+of|without|don['’]?t\s+do)"
_RULES = (
    _rule(rf"(?P<step>{_NUMBER}){_ASSIGN}\s*{_WORDS}", _rewrite),
    _rule(rf"(?:change|replace|rewrite|reword|rephrase|make|set|edit|update)\s+{_STEP}{_SAY}{_WORDS}", _change),
    _rule(rf"(?:instead\s+of\s+)?{_STEP}\s*(?:should\s+(?:be|say|read)\b\s*:?|,)\s*{_WORDS}", _rewrite),
    _rule(rf"(?:in|for|at)\s+{_STEP}\s*[,:]?\s*(?:{_OLD})[.!]?", _replace),
    _rule(rf"(?:in|for|at)\s+{_STEP}\s*[,:]?\s*(?:{_USE})[.!]?", _replace),
    _rule(rf"{_OLD}(?:\s+(?:in|of)\s+{_STEP})?[.!]?", _replace),
    _rule(rf"{_USE}(?:\s+(?:in|of)\s+{_STEP})?[.!]?", _replace),
    _rule(rf"{_DROP}\s+(?P<steps>.+)", _drop),
    _rule(r"(?:leave|take)\s+(?P<steps>.+?)\s+out[.!]?", _drop),
    _rule(r"(?:keep\s+only|only(?:\s+(?:keep|do))?)\s+(?P<steps>.+)", _keep),
    _rule(r"(?:swap|switch|exchange)\s+(?:steps?\s+)?(?P<one>.+?)\s+(?:and|with|for|&)\s+(?P<other>.+)", _swap),
    _rule(r"(?:merge|combine|join)\s+(?P<steps>.+)", _merge),
    _rule(rf"(?:move|put|place|shift|do|make|bring)\s+(?P<step>.+?)\s+{_HERE}", _move),
    _rule(rf"{_STEP}\s+{_HERE}", _move),
    _rule(rf"(?P<verb>add|insert)\s+{_A_STEP}(?P<words>\S.*?)\s+{_HERE}", _add),
    _rule(rf"{_HERE}\s*[,:]?\s+(?P<verb>add|insert)\s+{_A_STEP}{_WORDS}", _add),
    _rule(rf"(?:add|append)\s+(?:an?\s+|another\s+)?(?:new\s+)?step\s*:\s*{_WORDS}", _append),
)
