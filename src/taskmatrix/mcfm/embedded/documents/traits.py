"""What has to be true of single items of a list: the `unread` of `unread mails`, where the list holds all mails."""

import re
from collections.abc import Sequence

from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import (
    STOP_WORDS,
    Token,
    content_stems,
    name_stems,
    opposite,
    related,
    stem,
    tokenize,
)
from taskmatrix.mcfm.embedded.plan import FromItem, FromResult, PlannedCall, Trait
from taskmatrix.mcfm.embedded.results import Field, field_at

_PREPOSITION = re.compile(r"\b(?:in|on|at|of|from|for|with|by|under|to|than|that|which|who|whose)\b", re.I)
_SAYS_NOTHING = frozenset(
    stem(w) for w in "number amount total current single different existing whole entire".split()
)


def find_traits(said: str, start: int, source: FromResult | FromItem) -> tuple[Trait, ...] | None:
    """Return what the words before a noun ask of the items of a list; None where no field tells one of them.

    `said` stands at `start` of the instruction. Words that the API or its arguments account for ask for nothing.
    """
    origin = source if isinstance(source, FromResult) else FromResult(source.loop.origin.call, _path(source))
    view = origin.call.view
    parts = field_at(view, (*origin.path, 0), 2)
    found: list[Trait] = []
    for token in _modifiers(said):
        trait = next((t for p in parts if (t := _trait(p, token)) is not None), None)
        if trait is not None:
            found.append(trait)
        elif not _is_known(token, start, origin.call, view, origin.path):
            return None
    return tuple(found)


def _path(source: FromItem) -> tuple[str | int, ...]:
    return (*source.loop.origin.path, 0, *source.path)


def _modifiers(said: str) -> list[Token]:
    """The words before the last noun of a phrase: `unread` in `any unread mails in the inbox`."""
    preposition = _PREPOSITION.search(said)
    tokens = [t for t in tokenize(said[: preposition.start()] if preposition else said) if t.is_word]
    telling = [t for t in tokens if t.text.lower() not in STOP_WORDS and not t.text[0].isdigit()]
    return [t for t in telling[:-1] if not t.text[0].isupper() and t.stem not in _SAYS_NOTHING]


def _trait(part: Field, token: Token) -> Trait | None:
    names = part.name_stems
    if part.type == "bool" and names:
        if token.stem in names:
            return Trait(part.path)
        return Trait(part.path, negated=True) if any(opposite(token.stem, n) for n in names) else None
    choices = part.schema.get("enum")
    for choice in choices if isinstance(choices, list) else []:
        if isinstance(choice, str) and token.stem in name_stems(choice) and len(name_stems(choice)) == 1:
            return Trait(part.path, choice)
    return None


def _is_known(token: Token, start: int, call: PlannedCall, view: ApiView, path: Sequence[str | int]) -> bool:
    told = {*view.name_stems, *view.description_stems, *content_stems(view.document.returns.description)}
    told |= {s for p in path if isinstance(p, str) for s in name_stems(p)}
    told |= {s for p in field_at(view, path) for s in p.stems}
    if any(related(token.stem, t) for t in told):
        return True
    given = [a for a in call.arguments.values() if isinstance(a, Filled)]
    placed = [a.source for a in given if a.source is not None and a.source.start >= 0]
    if any(s.start < start + token.end and start + token.start < s.end for s in placed):
        return True
    return any(token.stem in content_stems(str(a.value)) for a in given)
