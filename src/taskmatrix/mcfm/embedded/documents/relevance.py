"""How well the words of a condition speak of a field: by its name, its description, its type and its unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import Parameter
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.conditions import Test
from taskmatrix.mcfm.embedded.instruction.language import (
    STOP_WORDS,
    content_stems,
    is_color,
    opposite,
    related,
    stem,
    tokenize,
)
from taskmatrix.mcfm.embedded.plan import FromItem, FromResult, Operator
from taskmatrix.mcfm.embedded.results import Field
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.date_forms import speaks_of_dates
from taskmatrix.mcfm.embedded.values.measuring import measures, name_measures, same_kind, unit

NUMBERS = ("int", "float")
_ORDERING: tuple[Operator, ...] = ("<", "<=", ">", ">=")
_STATES = frozenset(stem(w) for w in "status state condition weather summary outlook mood forecast situation".split())
_COUNTS = frozenset(stem(w) for w in "count total number amount quantity size length".split())
TOPICS = {
    stem(word): topic
    for topic, words in {
        "weather": "rain rains rainy raining snow snows snowing snowy sun sunny cloud cloudy storm stormy foggy",
        "colour color": "red green blue yellow orange purple white black",
    }.items()
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value that may be meant: a part of a result at hand, or of what an API on offer (`view`) would give."""

    score: float
    part: Field
    source: FromResult | FromItem | None
    view: ApiView
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a test says, as stems: of its subject, of the state it is in; the unit and the kind of its value."""

    said: frozenset[str]
    state: frozenset[str]
    test: Test
    literal: Candidate | None = None

    @classmethod
    def of(cls, test: Test, literal: Candidate | None) -> "Words":
        """Read a test; `literal` is the value it compares with, where it states one."""
        subject = set(content_stems(test.subject.text)) | set(content_stems(test.measure))
        state: set[str] = set()
        if test.operator == "true":
            words = test.value.text if test.value else test.said.text
            state = {t.stem for t in tokenize(words) if t.is_content or t.text.lower() in ("on", "off", "up", "down")}
            if is_color(words):
                state.add(stem("color"))
        topics = {stem(w) for s in state | subject for w in TOPICS.get(s, "").split()}
        return cls(frozenset(subject | topics | state), frozenset(state), test, literal)


def own_stems(part: Field, fallback: Sequence[str]) -> list[str]:
    """The stems of what a field is called, without words that say nothing and without its unit."""
    name = next((p for p in reversed(part.path) if isinstance(p, str)), None)
    if name is None:
        return list(fallback)
    words = names.words(name)
    units = name_measures(words)
    told = [w for w in words if w.lower() not in STOP_WORDS or w.lower() in ("on", "off", "up", "down")]
    return [stem(w) for w in told if not (units and unit(w) in units)] or [stem(w) for w in words]


def all_stems(text: str) -> set[str]:
    """Return the stems of all words of a text, small ones too."""
    return {t.stem for t in tokenize(text) if t.is_word}


def score(words: Words, value: Value, item: str = "") -> float:
    """How well the words of a test speak of a field; 0 where its type cannot be compared so."""
    part, view = value.part, value.view
    gain = typed(words, part, view)
    if gain is None:
        return 0.0
    fallback = content_stems(item) if item else view.object_stems
    own = own_stems(part, fallback)
    told = str(part.schema.get("description") or ("" if part.path else view.document.returns.description))
    if not told and words.state and part.type == "str":
        told = view.document.returns.description
    described = set(content_stems(told)) | (all_stems(told) & {"on", "off", "up", "down"})
    said = words.said
    hits = [
        max((1.0 if s == o or opposite(s, o) else 0.6 if related(s, o) else 0.0 for s in said), default=0.0)
        for o in own
    ]
    cover = sum(hits) / len(own) if own else 0.0
    desc = sum(1 for s in said if s in described or any(opposite(s, d) for d in described))
    context = set(view.name_stems) | set(view.description_stems) | set(content_stems(item))
    context |= {stem(w) for p in part.path[:-1] if isinstance(p, str) for w in names.words(p)}
    around = sum(1 for s in said if s in context)
    if part.type == "bool" and words.state and words.test.value is not None:
        stated = words.state & ({*own} | described) or any(
            opposite(s, t) for s in words.state for t in {*own} | described
        )
        if not stated:
            return 0.0
    state = words.state and part.type == "str" and (set(own) & _STATES or any(s in described for s in words.state))
    if cover < 0.5 and not desc and not (state and around):
        return 0.0
    return 2 * cover + 0.7 * min(2, desc) + 0.5 * min(2, around) + gain + (0.8 if state and around else 0.0)


def typed(words: Words, part: Field, view: ApiView) -> float | None:
    """What the type and the unit of a field add; None where it cannot be compared so."""
    test, kind = words.test, part.type
    if test.operator == "empty":
        return {"list": 0.3, "str": 0.0, "Any": -0.3}.get(kind, 0.0 if kind == "int" and _counts(part) else None)
    if test.operator == "true":
        if kind == "bool":
            return 0.4
        return 0.3 if choice_of(part, words) is not None else 0.0 if kind == "str" else None
    if test.operator == "in":
        return 0.2 if kind in ("str", "list") else None
    if kind == "list":
        return 0.2 if test.counted else None
    if kind in NUMBERS:
        counted = 0.3 if test.counted and _counts(part) else 0.0
        fitting = _unit(words, part, view)
        return None if fitting is None else fitting + counted
    dated = words.literal is not None and words.literal.kind in ("date", "time")
    if kind == "str" and test.operator in _ORDERING:
        name = next((str(p) for p in reversed(part.path) if isinstance(p, str)), "value")
        told = str(part.schema.get("description") or "")
        field = ParameterView(Parameter(name=name, description=told, schema=dict(part.schema)), 0)
        return 0.3 if dated and speaks_of_dates(field) else None
    return -0.2 if kind in ("str", "Any") else None


def _counts(part: Field) -> bool:
    return bool(set(part.name_stems) & _COUNTS) or part.type == "int"


def _unit(words: Words, part: Field, view: ApiView) -> float | None:
    """What the unit of the value adds; None where the field is measured otherwise."""
    told = described_by(part, view)
    name = next((str(p) for p in reversed(part.path) if isinstance(p, str)), "")
    asked = measures(told) | name_measures(names.words(name))
    value = words.test.value
    said = words.literal.unit if words.literal is not None else ""
    if value is not None and not said and ("°" in value.text or "degree" in value.text.lower()):
        said = "celsius"
    if not said or not asked:
        return 0.0
    return 0.8 if any(same_kind(said, a) for a in asked) else None


def described_by(part: Field, view: ApiView) -> str:
    """Return what the documents say of a field: its description, else that of the whole result or API."""
    own = str(part.schema.get("description") or "")
    whole = view.document.returns.description
    return own or (whole if part.path else f"{whole} {view.document.description}")


def choice_of(part: Field, words: Words) -> JsonValue:
    """Return the allowed value of a field that the words name; None where they name none."""
    choices = part.schema.get("enum")
    for choice in choices if isinstance(choices, list) else []:
        stems = set(content_stems(str(choice).replace("_", " "))) or {stem(str(choice))}
        if isinstance(choice, str) and stems <= words.state | words.said:
            return choice
    return None
