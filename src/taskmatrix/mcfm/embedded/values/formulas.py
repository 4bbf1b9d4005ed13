"""Formulas as a document wants them: `3x^2` as said, or `3x**2` where Python is asked for or shown."""

import re
from collections.abc import Sequence

from taskmatrix.mcfm.embedded.instruction.language import stem

_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})
_RAISED = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9"}
_RAISED_RUN = re.compile("[" + "".join(_RAISED) + "]+")
_SPOKEN = ((re.compile(r"\s+squared\b", re.I), "**2"), (re.compile(r"\s+cubed\b", re.I), "**3"))
_TO_THE_POWER = re.compile(r"\s+(?:raised\s+)?to\s+the\s+power\s+of\s+(?=[\w(])", re.I)
_IS_FORMULA = re.compile(r"[\^=+*/×÷²³]|\d[a-z]\b|\b(?:squared|cubed|power)\b|[a-z0-9)]\s*-\s*[a-z0-9(]", re.I)
_ASKS_PYTHON = re.compile(r"\bpython\b|\*\*|\bsympy\b|\bnumpy\b", re.I)
_SHOWS_PRODUCT = re.compile(r"\d\s?\*\s?[a-z]", re.I)
_PRODUCT = re.compile(r"(?<![A-Za-z\d.])(\d[\d.]*)(?=[a-z](?![a-z\d])|\()", re.I)
_CONSTANTS = frozenset(("tau", "phi", "inf"))
_NAMED = frozenset(stem(w) for w in ("expression", "equation"))


def is_formula(text: str) -> bool:
    """Whether a text calculates something."""
    return bool(_IS_FORMULA.search(text[:2_000]))


def asks_for_python(document: str) -> bool:
    """Whether a document's words ask for Python, or show `**`."""
    return bool(_ASKS_PYTHON.search(document[:4_000]))


def python_formula(text: str, document: str) -> str:
    """Return a formula with Python's signs; products get their `*` where the document's example has it (`3*x`)."""
    said = text.translate(_SIGNS).replace("^", "**")
    said = _RAISED_RUN.sub(lambda m: "**" + "".join(_RAISED[c] for c in m.group()), said)
    for pattern, sign in _SPOKEN:
        said = pattern.sub(sign, said)
    said = _TO_THE_POWER.sub("**", said)
    return _PRODUCT.sub(r"\1*", said) if _SHOWS_PRODUCT.search(document[:4_000]) else said


def is_word_for_formula(text: str, name_stems: Sequence[str]) -> bool:
    """Return whether a word that is no formula stands where an expression is asked for: `What is love?`."""
    word = text.isalpha() and text.islower() and len(text) > 2 and text not in _CONSTANTS
    return word and bool({*name_stems} & _NAMED)
