"""The program that the memory gives for a request, call by call; the cross-encoder reads what only the words tell."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Evidence, Slot
from taskmatrix.mcfm.embedded.encoder.decoding import Arguments, Blend, decode
from taskmatrix.mcfm.embedded.encoder.options import Option
from taskmatrix.mcfm.embedded.encoder.sequences import Role, Said
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.learning.blending import reader_of
from taskmatrix.mcfm.embedded.learning.lessons import Past
from taskmatrix.mcfm.embedded.learning.recalling import Recall, RecalledCall
from taskmatrix.mcfm.embedded.learning.units import compact
from taskmatrix.mcfm.embedded.plan import Argument, FromResult, PlannedCall
from taskmatrix.mcfm.embedded.repeating import is_same
from taskmatrix.mcfm.embedded.results import source_for
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.values.converting import convert_span

WHY = "called for such words in the examples"


def recite(
    recall: Recall, encoder: CrossEncoder, now: datetime | None = None, *, alone: bool = False
) -> list[PlannedCall]:
    """Return the calls that examples give for the request; none where they give no whole program.

    `alone`: the instruction has one clause only.
    """
    calls: list[PlannedCall] = []
    past: list[Past] = []
    used: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)  # by API and unit: what its calls took
    for recalled in recall.program(alone=alone):
        taken = used[recalled.view.id, recalled.step]
        reading = _fill(recall, recalled, past, encoder, now, taken)
        taken += reading.spans
        call = PlannedCall(
            recalled.view,
            _unplaced(reading),
            reading.missing,
            place=len(calls),
            step=recalled.step,
            confidence=recalled.confidence,
            why=WHY,
            joint=reading.probability,
        )
        for name in reading.from_results:
            call.arguments[name] = _result(recalled.view.parameter(name), calls)
        if any(is_same(call, other) for other in calls if other.step == call.step):
            return []  # two calls that do the same: these words are not those of the examples
        calls.append(call)
        past.append(Past(recalled.view.id, {n: f.value for n, f in reading.filled.items()}))
    return calls


def left_out(calls: Sequence[PlannedCall], stated: Sequence[Candidate]) -> tuple[str, ...]:
    """Return what an instruction states and no argument of recited calls says, as it stands there."""
    given = [a for call in calls for a in call.arguments.values() if isinstance(a, Filled)]
    texts = [compact(str(t)) for a in given for t in (a.value, a.source.text if a.source is not None else "")]
    values = [a.value for a in given]
    return tuple(
        v.text
        for v in stated
        if v.value not in values and not any(compact(str(v.value)) in t or compact(v.text) in t for t in texts)
    )


def _fill(
    recall: Recall,
    call: RecalledCall,
    past: Sequence[Past],
    encoder: CrossEncoder,
    now: datetime | None,
    used: Sequence[tuple[int, int]],
) -> Arguments:
    around: list[tuple[Role, str]] = [(t.role, t.text) for t in recall.turns]
    if call.unit.is_step:
        around.append(("user", recall.instruction))
    said = Said.of(call.unit.text, around)

    def convert(start: int, end: int, parameter: ParameterView) -> JsonValue:
        return convert_span(said.text, start, end, parameter, now)

    read = reader_of(said.text, said.turns[-1].start, convert, used)
    blended = recall.blender(call.view.id, call.unit, call.place, call.many, past, read)
    if not recall.needs_words(call, past):
        return decode(_unread(call.view), "", _convert_nothing, has_results=bool(past), blend=_alone(blended))[0]
    evidence = encoder.read(encoder.builder.pieces(said), call.view, used)
    values, within = find_values(said.text, now), said.turns[-1].place
    return decode(evidence, said.text, convert, has_results=bool(past), blend=blended, values=values, within=within)[0]


def _unread(view: ApiView) -> Evidence:
    """The evidence of an API that is not read against the words."""
    return Evidence(view, 1.0, 0.0, tuple(Slot(p, (0.0,) * 7) for p in view.parameters))


def _alone(blended: Blend) -> Blend:
    def from_memory(parameter: ParameterView, options: Sequence[Option]) -> list[Option]:
        return blended(parameter, ())

    return from_memory


def _convert_nothing(start: int, end: int, parameter: ParameterView) -> JsonValue:
    return None


def _unplaced(reading: Arguments) -> dict[str, Argument]:
    """The arguments without places: those of a step are none of the instruction."""
    found: dict[str, Argument] = {}
    for name, filled in reading.filled.items():
        source = filled.source
        words = source.text if source is not None else str(filled.value)
        found[name] = Filled(filled.value, Candidate(-1, -1, words, filled.value, "phrase"), filled.confidence)
    return found


def _result(parameter: ParameterView | None, calls: Sequence[PlannedCall]) -> FromResult:
    return (source_for(parameter, calls) if parameter is not None else None) or FromResult(calls[-1])
