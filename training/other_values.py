"""Cases again with other values: the same sentence about another city, another amount.

A set that people or a model have written is small; read several times, its values are learned by heart. Numbers are
exchanged for others of as many digits, names for what other cases of the set give a parameter of the same name, where
the sentence says them word for word and only once. What is converted (dates, units, choices) stays as it is.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import deepcopy

from cross_rows import Pool

OFTEN = 0.8
"""How many of the values that can be exchanged are."""
_WORDS = re.compile(r"[A-Za-z][A-Za-z'&-]*(?: [A-Za-z'&-]+){0,5}")
_LEAST_KNOWN = 3
"""Fewer values than these say too little about what a parameter takes."""


class OtherValues:
    """Exchanges the values of cases of one set."""

    def __init__(self, cases: Sequence[dict], pool: Pool, seed: int) -> None:
        self._pool = pool
        self._rng = random.Random(seed)
        known: dict[tuple[str, bool], set[str]] = defaultdict(set)
        for case in cases:
            for name, value in _leaves(case):
                if isinstance(value, str) and self._is_free(case, name, value):
                    known[_kind(name, value)].add(value)
        self._known = {kind: sorted(values) for kind, values in known.items()}

    def exchanged(self, case: dict) -> dict:
        """Return the case with other values, or as it is where none can be exchanged."""
        others: dict[str, str] = {}
        for name, value in _leaves(case):
            if str(value) not in others and self._rng.random() < OFTEN and self._is_free(case, name, value):
                other = self._other(name, value)
                if other is not None and not any(other in text or text in other for text in _texts(case)):
                    others[str(value)] = other
        # One that holds another would be exchanged in part.
        whole = [str(value) for _, value in _leaves(case)]
        others = {v: o for v, o in others.items() if not any(v != w and v in w for w in whole)}
        return _with(case, others) if others else case

    def _other(self, name: str, value: object) -> str | None:
        if isinstance(value, str):
            known = self._known.get(_kind(name, value), [])
            return self._rng.choice(known) if len(known) >= _LEAST_KNOWN else None
        if isinstance(value, float):
            whole, _, digits = str(value).partition(".")
            return f"{self._number(int(whole))}.{self._rng.randrange(1, 10 ** len(digits)):0{len(digits)}d}"
        assert isinstance(value, int)
        return str(self._number(value))

    def _number(self, number: int) -> int:
        if 1900 <= number <= 2100:
            return self._rng.randrange(1950, 2031)
        least = 10 ** (len(str(abs(number))) - 1)
        return self._rng.randrange(max(least, 2), 10 * least)

    def _is_free(self, case: dict, name: str, value: object) -> bool:
        """Whether a value stands in the text as it is, once, and the documents do not name it."""
        if isinstance(value, bool) or value is None or (isinstance(value, int | float) and value < 0):
            return False
        if isinstance(value, float) and not re.fullmatch(r"\d+\.\d+", str(value)):
            return False
        if isinstance(value, str) and (len(value) < 3 or not _WORDS.fullmatch(value)):
            return False
        if sum(len(_place(str(value)).findall(text)) for text in _texts(case)) != 1:
            return False
        return not isinstance(value, str) or not any(
            value.lower() in f"{p.text} {p.choices}".lower()
            for call in case["expected"]
            if call["api"] in self._pool.views
            for p in self._pool.views[call["api"]].parameters
            if p.name == name
        )


def _with(case: dict, others: dict[str, str]) -> dict:
    """The case with some of its values exchanged, in what is said and in the calls."""

    def said(text: str) -> str:
        for value, other in others.items():
            text = _place(value).sub(lambda _, other=other: other, text)
        return text

    def given(value: object) -> object:
        if isinstance(value, list):
            return [given(item) for item in value]
        if isinstance(value, dict):
            return value if "$ref" in value else {key: given(item) for key, item in value.items()}
        if isinstance(value, bool) or str(value) not in others:
            return value
        return type(value)(others[str(value)])  # type: ignore[call-arg]

    made = deepcopy(case)
    if made.get("instruction"):
        made["instruction"] = said(made["instruction"])
    for message in made.get("messages") or ():
        message["content"] = said(str(message["content"]))
    for call in made["expected"]:
        call["arguments"] = {name: given(accepted) for name, accepted in call["arguments"].items()}
    return made


def _place(value: str) -> re.Pattern[str]:
    """Where a value stands by itself: not in a longer word or number."""
    return re.compile(rf"(?<![\w.,:/-]){re.escape(value)}(?![\w:/%°-]|[.,]\d)")


def _kind(name: str, value: str) -> tuple[str, bool]:
    return name.lower(), value[0].isupper()


def _texts(case: dict) -> list[str]:
    return [case.get("instruction") or "", *(str(m["content"]) for m in case.get("messages") or ())]


def _leaves(case: dict) -> Iterator[tuple[str, object]]:
    """Yield parameter and value of what the calls give in one form only."""
    for call in case["expected"]:
        for name, accepted in call["arguments"].items():
            if len(accepted) == 1:
                for value in accepted[0] if isinstance(accepted[0], list) else accepted:
                    if not isinstance(value, dict | list):
                        yield name, value
