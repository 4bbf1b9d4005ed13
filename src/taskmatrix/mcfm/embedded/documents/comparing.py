"""The value that a condition speaks of, found by the documents: a field of a result, or of the item of a loop.

A field fits by its name, its description, its type and its unit. Results at hand come first; where none has such a
value, an API on offer that reads one is called. Where nothing fits, nothing is guessed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.core.documents import Parameter
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.documents.relevance import (
    NUMBERS,
    TOPICS,
    Value,
    Words,
    all_stems,
    choice_of,
    described_by,
    own_stems,
    score,
    typed,
)
from taskmatrix.mcfm.embedded.documents.traits import find_traits
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.conditions import Span, Test
from taskmatrix.mcfm.embedded.instruction.language import content_stems, opposite, tokenize
from taskmatrix.mcfm.embedded.plan import Comparison, FromItem, FromResult, Loop, PlannedCall
from taskmatrix.mcfm.embedded.results import Field, field_at, fields
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.values.converting import convert_span

FITS = 1.2
"""A value that scores less is not the one spoken of."""
FITTING = 0.8
"""What it weighs how well the API that reads a value fits the words."""
FOUND = 0.8
"""How sure an API is at least whose result the documents say to hold what is compared, or looped over."""
DEPTH = 3
_CONSIDERED = 3


@dataclass(slots=True)
class Scope:
    """What can be used at a place of the plan: calls made before it, and the loops around it, inner ones last."""

    calls: list[PlannedCall] = field(default_factory=list[PlannedCall])
    loops: tuple[Loop, ...] = ()

    def inside(self, loop: Loop | None = None) -> "Scope":
        """Return the scope of a body here: what it makes is not seen outside."""
        return Scope(list(self.calls), (*self.loops, loop) if loop else self.loops)


MakeCall = Callable[[ApiView, Span, Sequence[Candidate], Scope], PlannedCall]
"""(API, the words to read it from, values that are no arguments, scope) → the call."""


@dataclass(slots=True)
class Finding:
    """A comparison, and the calls that have to be made for it first."""

    comparison: Comparison
    calls: list[PlannedCall]


@dataclass(slots=True)
class Comparer:
    """Finds what conditions compare. `text` is the instruction."""

    text: str
    views: Sequence[ApiView]
    make_call: MakeCall
    now: datetime | None = None
    values: list[Candidate] = field(init=False)

    def __post_init__(self) -> None:
        self.values = find_values(self.text, self.now)

    def find(self, test: Test, scope: Scope, beside: Sequence[Test] = ()) -> Finding | None:
        """Return what a test compares; None where no value fits its words. `beside` are all tests of the condition."""
        literal = self._literal(test.value)
        literals = [v for t in (test, *beside) if (v := self._literal(t.value)) is not None]
        best: tuple[float, Value, Comparison, list[PlannedCall]] | None = None
        fitting = sorted(self._fitting(test, scope, literal), key=lambda v: -v.score)
        for value in fitting[:_CONSIDERED]:
            made: list[PlannedCall] = []
            source = value.source
            merit = value.score
            if source is None:
                # What the subject is compared with is no argument of the call.
                call = self.make_call(value.view, _words_for(test, beside), literals, scope)
                known = next((c for c in scope.calls if same_reading(c, call)), None)
                merit += FITTING * (call.confidence - 0.5) - 0.6 * len(call.missing)
                made = [] if known else [call]
                source = FromResult(known or call, value.path)
            inner = Scope([*scope.calls, *made], scope.loops)
            found = self._comparison(test, value.part, source, inner)
            if found is not None and value.part.type == "list" and found.comparison.operator != "in":
                only = find_traits(test.subject.text, test.subject.start, source)
                found = None if only is None else Finding(replace(found.comparison, only=only), found.calls)
            if found is not None and (best is None or merit > best[0]):
                best = (merit, value, found.comparison, [*made, *found.calls])
        return Finding(best[2], best[3]) if best else None

    def _literal(self, span: Span | None) -> Candidate | None:
        if span is None:
            return None
        inside = [v for v in self.values if span.start <= v.start and v.end <= span.end]
        definite = [v for v in inside if v.kind not in ("phrase", "name", "list") and v.start <= span.start + 1]
        return max(definite, key=lambda v: v.end, default=None)

    def _fitting(self, test: Test, scope: Scope, literal: Candidate | None) -> Iterator[Value]:
        """The values at hand that may be meant, then those that an API on offer would read."""
        words = Words.of(test, literal)
        pointing = not words.said
        reached: list[Value] = []
        for away, loop in enumerate(reversed(scope.loops)):
            origin = loop.origin
            item = (*origin.path, 0)
            for part in field_at(origin.call.view, item, DEPTH):
                near = Value(0.0, part, FromItem(loop, part.path), origin.call.view, part.path)
                reached.append(replace(near, score=score(words, near, loop.item) + 0.8 - 0.1 * away))
        for away, call in enumerate(reversed(scope.calls)):
            for part in fields(call.view, DEPTH):
                near = Value(0.0, part, FromResult(call, part.path), call.view, part.path)
                reached.append(replace(near, score=score(words, near) + 0.5 - 0.05 * away))
        if pointing:
            yield from _pointed_at(reached, words)
            return
        yield from (v for v in reached if v.score >= FITS)
        for view in self.views:
            if view.document.effects.kind == "read":
                for part in fields(view, DEPTH):
                    value = Value(0.0, part, None, view, part.path)
                    found = score(words, value)
                    if found >= FITS:
                        yield replace(value, score=found)

    def _comparison(self, test: Test, part: Field, source: FromResult | FromItem, scope: Scope) -> Finding | None:
        nullable = bool(part.schema.get("nullable")) or "null" in str(part.schema.get("type"))
        made = Comparison(source, test.operator, negated=test.negated, nullable=nullable)
        if test.operator == "empty":
            if part.type in NUMBERS:
                zero = Filled(0, None, 0.9)
                return Finding(replace(made, operator="==", right=zero), [])
            return Finding(made, [])
        if test.operator == "true":
            return self._state(test, part, made, source)
        counted = part.type == "list" and test.operator != "in"
        made = replace(made, counted=counted)
        value = self._convert(test.value, part, described_by(part, _view_of(source)), counted=counted)
        if value is not None:
            folded = test.operator == "in" and part.type == "str" and isinstance(value.value, str)
            right = replace(value, value=str(value.value).lower()) if folded else value
            return Finding(replace(made, right=right, folded=folded), [])
        if test.value is None or part.type not in (*NUMBERS, "Any"):
            return None
        other = Test(test.value, ">", None, test.value, measure=" ".join(part.name_stems))
        found = self.find_number(other, scope)
        return Finding(replace(made, right=found.comparison.left), found.calls) if found else None

    def find_number(self, test: Test, scope: Scope) -> Finding | None:
        """Return where a number that words speak of is read, as the left of a comparison without a right."""
        values = sorted(
            (v for v in self._fitting(test, scope, None) if v.part.type in NUMBERS), key=lambda v: -v.score
        )
        for value in values[:1]:
            if value.source is not None and not (isinstance(value.source, FromResult) and value.source.call.arguments):
                return Finding(Comparison(value.source, ">"), [])
            call = self.make_call(value.view, test.said, [], scope)
            known = next((c for c in scope.calls if same_reading(c, call)), None)
            return Finding(Comparison(FromResult(known or call, value.path), ">"), [] if known else [call])
        return None

    def _state(self, test: Test, part: Field, made: Comparison, source: FromResult | FromItem) -> Finding | None:
        """`the door is locked`: true or false, one of the choices, or a text that says so."""
        words = Words.of(test, None)
        if part.type == "bool":
            told = {
                *own_stems(part, _view_of(source).name_stems),
                *all_stems(str(part.schema.get("description") or "")),
            }
            turned = not (words.state & told) and any(opposite(s, t) for s in words.state for t in told)
            return Finding(replace(made, negated=test.negated != turned), [])
        choice = choice_of(part, words)
        if choice is not None:
            right = Filled(choice, _place(test.value or test.said, choice), 0.9)
            return Finding(replace(made, operator="==", right=right), [])
        if part.type in NUMBERS:
            return None
        prose = described_by(part, _view_of(source))
        told = {t.stem: t.text.lower() for t in tokenize(prose) if t.is_content}
        bare = not content_stems(test.subject.text)
        if test.value is not None and not (bare and words.state & {*told, *TOPICS}):
            value = self._convert(test.value, part, prose, counted=False)
            if value is None or not isinstance(value.value, str):
                return None
            quoted = test.value.text[:1] in "\"'“‘`"
            text = value.value if quoted else value.value.lower()
            return Finding(replace(made, operator="==", right=replace(value, value=text), folded=not quoted), [])
        said = {t.stem: t.text.lower() for t in tokenize((test.value or test.said).text)}
        word = next((told[s] for s in words.state if s in told), None)
        topic = next((s for s in words.state if s in TOPICS), None)
        if word is None and topic is not None:
            word = topic if said.get(topic, "").startswith(topic) else said.get(topic)
        if word is None:
            return None
        right = Filled(word, _place(test.said, word), 0.8)
        return Finding(replace(made, operator="in", right=right, folded=True), [])

    def _convert(self, span: Span | None, part: Field, prose: str, *, counted: bool) -> Filled | None:
        """What the words are compared as: a number in the field's unit, a date in its form."""
        if span is None:
            return None
        schema: dict[str, JsonValue] = {"type": "integer"} if counted else dict(part.schema)
        if part.type in NUMBERS and not counted:
            schema = {"type": "number"}
        name = next((str(p) for p in reversed(part.path) if isinstance(p, str)), "value")
        told = prose
        view = ParameterView(Parameter(name=name, description=told, required=True, schema=schema), 0)
        literal = self._literal(span)
        for end in dict.fromkeys((span.end, literal.end if literal else span.end)):
            value = convert_span(self.text, span.start, end, view, self.now)
            if isinstance(value, str) and view.type in NUMBERS:
                continue
            if value is not None:
                source = Candidate(span.start, end, self.text[span.start : end], value, "phrase")
                return Filled(value, source, 0.9)
        return None


def _view_of(source: FromResult | FromItem) -> ApiView:
    return (source if isinstance(source, FromResult) else source.loop.origin).call.view


def _pointed_at(reached: Sequence[Value], words: Words) -> Iterator[Value]:
    """What `it` is: the one value of the nearest item or result that can be compared so."""
    for source in dict.fromkeys(
        v.source.loop if isinstance(v.source, FromItem) else v.source.call for v in reached if v.source
    ):
        near = [
            v
            for v in reached
            if v.source and source is (v.source.loop if isinstance(v.source, FromItem) else v.source.call)
        ]
        fitting = [(typed(words, v.part, v.view), v) for v in near]
        able = [(gain, v) for gain, v in fitting if gain is not None]
        best = max((gain for gain, _ in able), default=0.0)
        top = [v for gain, v in able if gain == best]
        if len(top) == 1:
            yield replace(top[0], score=FITS)
        if near:
            return


def _words_for(test: Test, beside: Sequence[Test]) -> Span:
    """The words that say what is read: those of the test, or of the one before whose subject it shares."""
    first = next((t for t in beside if t.subject == test.subject), test)
    return first.said


def _place(span: Span, value: JsonValue) -> Candidate:
    return Candidate(span.start, span.end, span.text, value, "phrase")


def same_reading(one: PlannedCall, other: PlannedCall) -> bool:
    """Whether two calls read the same: an API with the same values."""

    def given(call: PlannedCall) -> dict[str, object]:
        return {n: a.value if isinstance(a, Filled) else a for n, a in call.arguments.items()}

    return one.view is other.view and given(one) == given(other)
