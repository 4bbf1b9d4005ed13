"""The texts of a document: what they hide, and whether they give orders."""

import re
from collections.abc import Iterator, Sequence

from taskmatrix.api_platform.quality.findings import LintFinding, finding
from taskmatrix.api_platform.quality.hidden import (
    LONGEST_WORD,
    UNSEEN_WORDS,
    HiddenText,
    find_hidden,
    holds_encoded,
    plain,
)
from taskmatrix.api_platform.quality.order_wordings import POISONED, SUSPICIOUS
from taskmatrix.api_platform.quality.orders import (
    NONE,
    Orders,
    asks_for_secret,
    find_orders,
    kinds_in,
    words_of,
)
from taskmatrix.core.documents import ApiDocument

_HIDDEN_WEIGHT = 1.0
"""Added to a hidden text that scores, or tells to do something: who describes an API has no need to hide it."""

_DOING = re.compile(
    r"\b(?:call|send|read|upload|forward|delete|ignore|include|pass|run|execute|transfer|reveal|open|use|copy)\b"
    r"(?:\s+\S+){2}",
    re.IGNORECASE,
)

_SECRETS = frozenset(
    b"password passwords passphrase passphrases private ssh credit seed recovery cookies prompt".split()
)

_CODES = {
    "invisible": "text.invisible",
    "smuggled": "text.smuggled",
    "markup": "text.hidden-markup",
    "encoded": "text.encoded",
}


def texts_of(document: ApiDocument) -> Iterator[tuple[str, str]]:
    """Yield path and text of everything in a document that a model reads."""
    yield "description", document.description
    for parameter in document.parameters:
        if parameter.description:
            yield f"parameters.{parameter.name}.description", parameter.description
    if document.returns.description:
        yield "returns.description", document.returns.description
    if document.composition:
        yield "composition", document.composition
    for index, example in enumerate(document.examples):
        yield f"examples.{index}", example
    for error in document.errors:
        yield f"errors.{error.name}", error.description
    for index, ensured in enumerate(document.ensures):
        if ensured.says:
            yield f"ensures.{index}.says", ensured.says
    yield "name", document.name


def scan_texts(document: ApiDocument) -> Sequence[LintFinding]:
    """Say what the texts of a document hide and order. Cheap for a document that does neither."""
    pairs = list(texts_of(document))
    whole = ". ".join([text for _, text in pairs])
    words = words_of(whole)
    hides = not whole.isascii() or _may_hide(whole, words)
    if not hides and not kinds_in(whole, words):
        found = list[LintFinding]()
    else:
        found = [item for path, text in pairs for item in _scan(path, text, hides=hides)]
    if not _SECRETS.isdisjoint(words) and not any(f.code == "text.poisoned" for f in found):
        found += _secrets(document)
    return found


def _may_hide(text: str, words: Sequence[bytes]) -> bool:
    if "<!--" in text or ("<" in text and not UNSEEN_WORDS.isdisjoint(words)) or "color{" in text or "]: #" in text:
        return True
    return max(map(len, words), default=0) >= LONGEST_WORD and any(map(_may_encode, words)) and holds_encoded(text)


def _may_encode(word: bytes) -> bool:
    # Letters alone are a long identifier: twenty-four of them without a digit are hardly ever base64.
    return len(word) >= LONGEST_WORD and not word.replace(b"_", b"").isalpha()


def _scan(path: str, text: str, *, hides: bool = True) -> Iterator[LintFinding]:
    orders = find_orders(plain(text))
    for hidden in find_hidden(text) if hides else ():
        yield finding(_CODES[hidden.kind], path, _hidden_message(hidden))
        orders = max(orders, _hidden_orders(hidden), key=lambda found: found.score)
    if orders.score >= POISONED:
        yield finding("text.poisoned", path, f"reads like orders to a model: {', '.join(orders.kinds)}")
    elif orders.score >= SUSPICIOUS:
        yield finding("text.suspicious", path, f"may be meant as orders to a model: {', '.join(orders.kinds)}")


def _hidden_orders(hidden: HiddenText) -> Orders:
    found = find_orders(plain(hidden.text))
    if found.score or _DOING.search(hidden.text):
        return Orders(found.score + _HIDDEN_WEIGHT, (*found.kinds, "in hidden text"))
    return NONE


def _hidden_message(hidden: HiddenText) -> str:
    shown = " ".join(hidden.text.split())[:80]
    return {
        "invisible": f"holds invisible characters ({shown})",
        "smuggled": f"hides or turns text with invisible characters ({shown})",
        "markup": f"holds markup that nobody sees: {shown!r}",
        "encoded": f"holds an encoded sentence: {shown!r}",
    }[hidden.kind]


def _secrets(document: ApiDocument) -> Iterator[LintFinding]:
    for parameter in document.parameters:
        if parameter.description and asks_for_secret(parameter.name, parameter.description):
            message = f"asks for a secret in {parameter.name!r}, which is not named like one"
            yield finding("text.suspicious", f"parameters.{parameter.name}.description", message)
