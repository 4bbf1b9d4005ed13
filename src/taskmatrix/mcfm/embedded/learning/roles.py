"""What parameters take, by their examples: whatever the words say, one of a few known texts, or a number."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.learning.examples import Example
from taskmatrix.mcfm.embedded.learning.saying import Text

VALUE = "="
OPEN, MANY = 0.85, 8
"""A parameter takes any words where this share of its values is said and there are so many of them."""
OFTEN_SAID = 0.5
"""It takes numbers that are said where at least this share of them is: `half an hour` does not say 30."""
CLOSED, ENOUGH = 0.1, 20
"""It takes one of a few texts where, of so many examples, at most this share gives what no other one does: so seldom
will the next give something new (Good, 1953)."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Classifiers of parameters by what they take: whatever the words say (rooms, titles), one of a few known texts
    (kinds, states), or numbers that are said.
    """

    open: frozenset[str]
    closed: frozenset[str]
    numbers: frozenset[str]


def roles_of(examples: Sequence[Example]) -> Roles:
    """Return what the parameters of the examples' calls take; most are of no kind, with too few examples all."""
    given, texts, numbers = Counter[str](), Counter[str](), Counter[str]()
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        text = Text("\n".join([*(t.text for t in example.turns), example.instruction]))
        for call in example.calls:
            for name, accepted in call.arguments.items():
                key = role(call.api, name)
                given[key] += 1
                said = [v for v in accepted if is_said(v, text)]
                texts[key] += any(isinstance(v, str) for v in said)
                numbers[key] += any(isinstance(v, int | float) for v in said)
                values[key][constant(accepted[0])] += 1
    taken = frozenset(k for k, n in given.items() if texts[k] >= OPEN * n and len(values[k]) >= MANY)
    once = {k: sum(n == 1 for n in some.values()) for k, some in values.items()}
    named = {k for k, some in values.items() if all(v.startswith(f'{VALUE}"') for v in some)}
    closed = frozenset(k for k in named - taken if given[k] >= ENOUGH and once[k] <= CLOSED * given[k])
    return Roles(taken, closed, frozenset(k for k, n in given.items() if numbers[k] >= OFTEN_SAID * n and n >= MANY))


def role(api: str, parameter: str) -> str:
    """The name of the classifier of a parameter: APIs of one package share those of the same name."""
    return f"role {api.rpartition('.')[0]} {parameter}"


def said_at(value: JsonValue, text: Text) -> list[tuple[int, int]]:
    """Return where a text says a value: as it stands, or as a number in words."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    return text.literal(value) if isinstance(value, str) else text.number(float(value))


def is_said(value: JsonValue, text: Text) -> bool:
    """Return whether a text says a value: as it stands, as a number in words, as a day or an hour in words."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(v, str) and text.literal(v) for v in value)
    if said_at(value, text):
        return True
    return isinstance(value, str) and any(c.isdigit() for c in value) and bool(text.dated(value))


def constant(value: JsonValue) -> str:
    """Return the class of a value by name."""
    return VALUE + json.dumps(value, sort_keys=True)
