"""Everyday mathematical notation as a list of tokens: `2x²`, `√2`, `20% of 150`, `3 times 4`, `1,250`."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from taskmatrix.core.errors import ApiArgumentError

LONGEST = 1000
"""Characters an expression may have."""

FUNCTIONS = frozenset(
    """sqrt cbrt exp ln log lg log2 log10 sin cos tan cot sec csc arcsin arccos arctan asin acos atan atan2
    sinh cosh tanh asinh acosh atanh abs sign floor ceil ceiling round factorial binomial gcd lcm min max""".split()
)
CONSTANTS = {"e": "e", "pi": "pi", "i": "i", "oo": "oo", "inf": "oo", "infinity": "oo"}

TokenKind = Literal["number", "variable", "constant", "function", "operator", "end"]

_WORDS = (
    (r"(?:the\s+)?square\s+root\s+of", " sqrt "),
    (r"(?:the\s+)?cube\s+root\s+of", " cbrt "),
    (r"(?:raised\s+)?to\s+the\s+power\s+of", "^"),
    (r"divided\s+by|over", "/"),
    (r"multiplied\s+by|times", "*"),
    (r"is\s+equal\s+to|equals", "="),
    (r"plus", "+"),
    (r"minus", "-"),
    (r"squared", "^2"),
    (r"cubed", "^3"),
    (r"percent|per\s+cent", "%"),
    (r"modulo", " mod "),
    (r"degrees?", "°"),
)
_SIGNS = {
    "×": "*", "·": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "—": "-",
    "√": " sqrt ", "∛": " cbrt ", "π": " pi ", "∞": " oo ", "＝": "=", "[": "(", "]": ")", "{": "(", "}": ")",
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-zα-ωΑ-Ω]+\d*)
    |(?P<operator>\*\*|==|[-+*/^()|!%°,=])
    )""",
    re.VERBOSE,
)
_PLAIN_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an expression; `text` is its settled form (`**` is `^`)."""

    kind: TokenKind
    text: str


def tokenize(text: str) -> list[Token]:
    """Split an expression into tokens, an `end` token last.

    Raises ApiArgumentError for what is too long, empty or holds a character that means nothing here.
    """
    if len(text) > LONGEST:
        raise ApiArgumentError(f"the expression has {len(text)} characters, at most {LONGEST} are read")
    plain = _plain(text)
    if not plain.strip():
        raise ApiArgumentError("the expression is empty", hint="write something like '2x + 3'")
    tokens: list[Token] = []
    calls: list[bool] = []
    position = 0
    while plain[position:].strip():
        # Inside the parentheses of a function a comma separates arguments: max(1,200) has two.
        found = (_PLAIN_NUMBER.match(plain, position) if any(calls) else None) or _TOKEN.match(plain, position)
        if found is None:
            raise _unreadable(plain[position:].lstrip(), text)
        position = found.end()
        new = _tokens_of(found)
        if new[-1].text == "(":
            calls.append(bool(tokens) and tokens[-1].kind == "function")
        elif new[-1].text == ")" and calls:
            calls.pop()
        tokens += new
    return [*tokens, Token("end", "")]


def _plain(text: str) -> str:
    """Return the expression with signs and words of everyday language in the settled form."""
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"^({m.group().translate(_SUPERSCRIPTS)})", text)
    text = re.sub("[¼½¾]", lambda m: f"({unicodedata.numeric(m.group()) * 4:g}/4)", text)
    for pattern, plain in _WORDS:
        text = re.sub(rf"(?<![^\W\d_]){'(?:' + pattern + ')'}(?![^\W_])", plain, text, flags=re.IGNORECASE)
    return text


def _tokens_of(found: re.Match[str]) -> list[Token]:
    kind, text = found.lastgroup or "number", found.group().strip()
    if kind == "operator":
        return [Token("operator", {"**": "^", "==": "="}.get(text, text))]
    if kind != "name":
        return [Token("number", text.replace(",", ""))]
    lower = text.lower()
    if lower in ("mod", "of"):
        return [Token("operator", lower)]
    if lower in FUNCTIONS and len(text) > 1:
        return [Token("function", lower)]
    if lower in CONSTANTS:
        return [Token("constant", CONSTANTS[lower])]
    # xy is x times y; any other name of several letters is one variable.
    if len(text) > 1 and set(text) <= set("xyz"):
        return [Token("variable", letter) for letter in text]
    return [Token("variable", text)]


def shorten(text: str) -> str:
    """Return an expression as a message quotes it."""
    return repr(text) if len(text) <= 80 else repr(text[:77]) + "…"


def _unreadable(rest: str, text: str) -> ApiArgumentError:
    if rest[0] in "<>≤≥≠":
        return ApiArgumentError(f"{shorten(text)} is an inequality; only equations with = can be read")
    return ApiArgumentError(
        f"{rest[0]!r} means nothing in the expression {shorten(text)}",
        hint="use numbers, letters, + - * / ^ ( ) = and functions such as sqrt(x)",
    )
