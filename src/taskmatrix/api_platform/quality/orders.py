"""Texts that give orders to the model that reads them, instead of telling what an API does.

Of several wordings of one kind the heaviest counts; the kinds add up. This is a filter for reviews and no defence:
whoever knows the patterns can write around them. What holds a run together is the policy that asks before a call.
"""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskmatrix.api_platform.quality.order_wordings import OrderKind
from taskmatrix.api_platform.quality.orders_to_leak import LEAK
from taskmatrix.api_platform.quality.orders_to_obey import BESIDE, OBEY

KINDS = (*OBEY, *LEAK)

_PUNCTUATION = b".,;:!?()[]{}<>\"'`*=/|\\-+#&%$^~@"
_SPACED = bytes.maketrans(
    _PUNCTUATION + string.ascii_uppercase.encode(), b" " * len(_PUNCTUATION) + string.ascii_lowercase.encode()
)

_SECRET_NAME = re.compile(
    r"pass|pwd|secret|token|key|cred|auth|login|pin\b|otp|code|cert|sign|card|cookie|ssn|phrase|payment|account"
)
_ASKS_SECRET = re.compile(
    r"^(?:set (?:this )?to |must be |put |fill in |enter |insert |pass |provide |give )?(?:the |their |your )?"
    r"(?:(?:end[- ])?(?:user|human|customer|owner|caller)(?:'s|s'|s)|their|your) (?:\w+ ){0,2}"
    r"(?:pass ?words?|pass ?phrases?|private keys?|ssh keys?|credit card(?: numbers?)?|(?:seed|recovery) phrases?"
    r"|cookies|system prompt)(?: (?:in clear|in plain text|here))?[.,;]?(?:$| )"
)


@dataclass(frozen=True, slots=True)
class Orders:
    """How much a text reads like orders to a model, and what kinds of them it holds."""

    score: float
    kinds: tuple[str, ...]


NONE = Orders(0.0, ())


def words_of(text: str) -> Sequence[bytes]:
    """Return the words of a text, in lower case and without punctuation. As bytes, since that takes half the time."""
    return text.encode(errors="replace").translate(_SPACED).split()


def _by_word() -> Mapping[bytes, Sequence[OrderKind]]:
    found: dict[bytes, list[OrderKind]] = {}
    for kind in KINDS:
        for word in kind.words:
            found.setdefault(word.encode(), []).append(kind)
    return found


def _by_gate() -> Mapping[bytes, Sequence[tuple[str, OrderKind]]]:
    """Return marks by the longest word in them: where that is missing, the mark need not be looked for."""
    found: dict[bytes, list[tuple[str, OrderKind]]] = {}
    for kind in KINDS:
        for mark in kind.marks:
            found.setdefault(max(words_of(mark), key=len), []).append((mark, kind))
    return found


_BY_WORD = _by_word()
_BY_GATE = _by_gate()
_KEYS = frozenset(_BY_WORD) | frozenset(_BY_GATE)


def kinds_in(text: str, words: Sequence[bytes]) -> Sequence[OrderKind]:
    """Return the kinds of orders that a text may hold, going by its words. Cheap: most texts can hold none."""
    found: dict[str, OrderKind] = {}
    keys = _KEYS.intersection(words)
    lowered = text.lower() if keys else ""
    for word in keys:
        for kind in _BY_WORD.get(word, ()):
            found[kind.name] = kind
        for mark, kind in _BY_GATE.get(word, ()):
            if kind.name not in found and mark in lowered:
                found[kind.name] = kind
    return list(found.values())


def find_orders(text: str) -> Orders:
    """Return how much a text reads like orders."""
    found: dict[str, float] = {}
    kinds = kinds_in(text, words_of(text))
    lowered = " ".join(text.lower().replace("’", "'").split()) if kinds else ""
    for kind in kinds:
        _weigh(kind, lowered, found)
    if not found:
        return NONE
    for kind in BESIDE:
        if kind.name not in found:
            _weigh(kind, lowered, found)
    return Orders(round(sum(found.values()), 1), tuple(found))


def asks_for_secret(name: str, description: str) -> bool:
    """Whether a parameter that is not named for secrets asks for one of the user's."""
    lowered = " ".join(description.lower().replace("’", "'").split())
    return _ASKS_SECRET.search(lowered) is not None and not _SECRET_NAME.search(name.lower())


def _weigh(kind: OrderKind, lowered: str, found: dict[str, float]) -> None:
    for wording in kind.wordings:
        if wording.regex.search(lowered):
            found[kind.name] = wording.weight
            return
