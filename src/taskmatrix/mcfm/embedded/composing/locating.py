"""Values that say where: `in talk.pptx`, `on slide 3`. They go to the APIs that others need before them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.mcfm.embedded.composing.filling import prior
from taskmatrix.mcfm.embedded.composing.scoring import probability
from taskmatrix.mcfm.embedded.composing.slots import Passage, slot_features
from taskmatrix.mcfm.embedded.composing.vocabulary import Vocabulary
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import Token, related_to_any, synonyms
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import LITERALS, Candidate, is_place_in_order
from taskmatrix.mcfm.embedded.values.converting import convert

if TYPE_CHECKING:
    from taskmatrix.mcfm.embedded.composing.planning import Reader

_PLACES = frozenset("in on at of from within inside".split())
_GOALS = frozenset("to into onto".split())
_ADDING = frozenset("add adding append insert put place attach".split())
_DETERMINERS = frozenset("the a an this that my our number no".split())


def locate(reader: "Reader", passage: Passage, vocabulary: Vocabulary, plan: Plan, step: int) -> list[PlannedCall]:
    """Return the calls that go where a passage says, outermost place first, without those already there."""
    start = passage.tokens[0].start if passage.tokens else 0
    found: list[PlannedCall] = []
    for value in passage.values:
        if value.kind not in LITERALS:
            continue
        noun = _place_noun(passage, value)
        if noun is None:
            continue
        call = _best(reader, passage, vocabulary, value, noun)
        if call is not None:
            call.place, call.step, call.goes = start - 1, step, True
            call.why = f"goes to {' '.join([*(t.text for t in reversed(noun)), value.text])}"
            found.append(call)
    ordered = _outermost_first(found, reader)
    return [call for call in ordered if not _is_there(call, plan, vocabulary)]


def open_file(
    reader: "Reader", passage: Passage, vocabulary: Vocabulary, value: Candidate, step: int
) -> PlannedCall | None:
    """Return the call that opens a file named without saying where: `how many slides does talk.pptx have?`."""
    call = _best(reader, passage, vocabulary, value, ())
    if call is not None:
        call.place, call.step, call.goes = passage.tokens[0].start - 1, step, True
        call.why = f"goes to {value.text}"
    return call


def _place_noun(passage: Passage, value: Candidate) -> list[Token] | None:
    """The nouns between the preposition and the value (`slide` in `on slide 3`); None if it says no place."""
    if is_place_in_order(value):
        return [t for t in passage.tokens if t.start >= value.end and t.is_content][:1] or None
    before = [t for t in passage.tokens if t.end <= value.start]
    nouns: list[Token] = []
    for token in reversed(before[-4:]):
        word = token.text.lower()
        if word in _PLACES:
            return nouns if nouns or value.kind in ("path", "quote", "name") else None
        if word in _GOALS:
            adds = value.kind == "path" and any(t.text.lower() in _ADDING for t in passage.tokens)
            return nouns if nouns or adds else None
        if word in _DETERMINERS or token.text in "\"'“‘`":
            continue
        if not token.is_content or nouns:
            return None
        nouns.append(token)
    return None


def _best(
    reader: "Reader", passage: Passage, vocabulary: Vocabulary, value: Candidate, nouns: Sequence[Token]
) -> PlannedCall | None:
    best: tuple[float, ApiView, ParameterView] | None = None
    around = passage.around(value)
    stems = [t.stem for t in nouns]
    for view in vocabulary.views:
        if not vocabulary.selects(view):
            continue
        for parameter in view.parameters:
            if parameter.choices or parameter.type == "bool" or convert(value, parameter) is None:
                continue
            told = [*view.object_stems, *parameter.name_stems]
            if stems and not any(related_to_any(s, told) for s in stems):
                continue
            features = slot_features(parameter, value, passage, view, around)
            score = reader.weights.slot_logit(features) + prior(parameter, value, around)
            score += 2.0 if synonyms(view.verb) & (synonyms("open") | synonyms("move")) else 0.0
            score -= 1.5 * sum(1 for p in view.parameters if p.required and p is not parameter)
            if best is None or score > best[0]:
                best = (score, view, parameter)
    if best is None or best[0] < -3.0:
        return None
    score, view, parameter = best
    sure = probability(score + 2)
    missing = tuple(p.name for p in view.parameters if p.required and p is not parameter)
    return PlannedCall(
        view, {parameter.name: Filled(convert(value, parameter), value, sure)}, missing, confidence=sure
    )


def _outermost_first(calls: Sequence[PlannedCall], reader: "Reader") -> list[PlannedCall]:
    ordered: list[PlannedCall] = []
    for call in calls:
        index = next(
            (i for i, other in enumerate(ordered) if _needs(other, call, reader)),
            len(ordered),
        )
        ordered.insert(index, call)
    return ordered


def _needs(call: PlannedCall, other: PlannedCall, reader: "Reader") -> bool:
    return any(other.view.id in r.alternatives for r in reader.composition.earlier(call.view.id))


def _is_there(call: PlannedCall, plan: Plan, vocabulary: Vocabulary) -> bool:
    """Whether the last call that went to such a place went to this very one."""
    for earlier in reversed(list(plan.calls())):
        if earlier.view is call.view:
            return [_value(a) for a in earlier.arguments.values()] == [_value(a) for a in call.arguments.values()]
        if vocabulary.makes(earlier.view) and vocabulary.enables(earlier.view):
            return False
    return False


def _value(argument: object) -> object:
    return argument.value if isinstance(argument, Filled) else argument
