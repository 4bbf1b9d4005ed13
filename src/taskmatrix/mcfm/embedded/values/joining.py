"""Several values in one text: `EUR and GBP` where a document asks for `EUR,GBP`."""

import re
from collections.abc import Sequence
from functools import lru_cache

from taskmatrix.mcfm.embedded.documents.reading import ParameterView

MAX_TEXT = 4_000
_COMMAS = re.compile(
    r"\bcomma[- ]?(?:separated|delimited|seperated)|\b(?:separated?|delimited|joined|divided?|split) (?:by|with|using)"
    r" (?:an? |the )?(?:single )?(?:commas?\b|[\"'`(],)|\bCSV (?:list|string)",
    re.I,
)
_ITEM = r"[\w.:@/-]{1,40}"
_SHOWN = re.compile(rf"(?<![\w,.-])({_ITEM}(?:,{_ITEM}){{1,40}})(?![\w,-])")
_SEVERAL = re.compile(r"\blists?\b|\bmultiple\b|\bseveral\b|\bone or more\b", re.I)


def asked_joint(parameter: ParameterView) -> str:
    """Return the comma, with a space where the examples have one, between the values a text takes; empty for none."""
    schema = parameter.parameter.type
    given = [schema.get("example"), schema.get("default")]
    more = schema.get("examples")
    given += more[:5] if isinstance(more, list) else []
    examples = tuple(v for v in given if isinstance(v, str) and len(v) <= 400)
    return _find(parameter.name, parameter.text[:MAX_TEXT], examples)


@lru_cache(maxsize=8_192)
def _find(name: str, text: str, examples: Sequence[str]) -> str:
    if _COMMAS.search(text):
        spaced = any(", " in e for e in examples) or re.search(r"[\"'`]\w+, \w+(?:, \w+)*[\"'`]", text)
        return ", " if spaced else ","
    shown = [m[1] for one in (*examples, text) for m in _SHOWN.finditer(one) if not _is_number(m[1])]
    several = name.lower().endswith("s") or _SEVERAL.search(text)
    return "," if any(s.count(",") > 1 or several for s in shown) else ""


def _is_number(text: str) -> bool:
    """`1,000`, or a pair of coordinates."""
    return bool(re.fullmatch(r"\d{1,3}(?:,\d{3})+|-?\d+\.\d+,-?\d+\.\d+", text))
