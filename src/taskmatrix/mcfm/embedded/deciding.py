"""The plan of a request: what examples recite, what is read directly, or what is composed, whichever is surest."""

from collections.abc import Sequence
from dataclasses import replace

from taskmatrix.core.protocols import Context, Request, Turn
from taskmatrix.mcfm.embedded.answering import bind, bind_unused
from taskmatrix.mcfm.embedded.composing.completion import Completer
from taskmatrix.mcfm.embedded.composing.planning import Reader
from taskmatrix.mcfm.embedded.composing.scoring import load_weights
from taskmatrix.mcfm.embedded.confidence import calibrated
from taskmatrix.mcfm.embedded.direct import DirectReader
from taskmatrix.mcfm.embedded.documents.reading import ApiView, read_composition, read_documents
from taskmatrix.mcfm.embedded.encoder.bounded import Bounded
from taskmatrix.mcfm.embedded.encoder.sequences import Said
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, Each, If, Part, leaves
from taskmatrix.mcfm.embedded.instruction.control import split_instruction
from taskmatrix.mcfm.embedded.instruction.english import is_gibberish
from taskmatrix.mcfm.embedded.instruction.postponing import schedule_of
from taskmatrix.mcfm.embedded.instruction.referring import stand_alone
from taskmatrix.mcfm.embedded.learning.documented import repeated
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED, Learned
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.learning.reciting import left_out, recite
from taskmatrix.mcfm.embedded.omitting import name_lost_moments
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall, Schedule
from taskmatrix.mcfm.embedded.planners import ComposingPlanner, DirectPlanner
from taskmatrix.mcfm.embedded.sharing import plan_apart
from taskmatrix.mcfm.embedded.structure import Structure
from taskmatrix.mcfm.embedded.values.candidates import Candidate, is_number_word

_DEFINITE = frozenset(("quote", "path", "url", "email", "number", "percent", "formula"))
LEFT_OVER = 0.8
"""How sure it is that the one value left over is the one that is lacking."""
SURE = 0.5
"""A plan at least this sure is not asked about because of another reading."""


def plan_request(request: Request, learned: Learned = NOTHING_LEARNED) -> Plan:
    """Return the plan for a request; it is empty where nothing fits."""
    return _plan_each(request, learned, Bounded(learned.encoder()))


def _plan_each(request: Request, learned: Learned, encoder: Bounded) -> Plan:
    """The plan, thing by thing where it is asked of several at once."""
    plan = _plan(request, learned, encoder)
    recall = learned.recall(request, read_documents(request.documents)) if plan.nodes else None
    if recall is None or recall.outline or plan.schedule is not None:
        return plan

    def planned(words: str) -> Plan:
        return _plan(replace(request, instruction=words, outline=None), learned, encoder)

    return plan_apart(plan, leaves(split_instruction(text_of(request))), recall, planned)


def _plan(request: Request, learned: Learned, encoder: Bounded) -> Plan:
    text = text_of(request)
    if is_gibberish(text, encoder.builder.count):
        return Plan()
    parts = split_instruction(text)
    views = read_documents(request.documents)
    composition, history = read_composition(views), _history(request.context)
    reader = Reader(text, views, composition, load_weights(), history, request.context.now)
    clauses = leaves(parts)
    reader.clauses = [(c.start, c.end) for c in clauses]
    recall = learned.recall(request, views)
    recited = _recited(recall, encoder, request, len(parts), reader)
    if recited is not None and recall is not None and (not recited.unused or recall.outline):
        return _answered(recited, request)
    said = Said.of(text, [(turn.role, turn.text) for turn in _turns_read(request)])
    direct = DirectReader(encoder, load_weights(), said, clauses, request.context.now, recall=recall)
    tied = {v.document.package for v in views if any(r.api == v.id for r in composition.before)}
    alone = [view for view in views if view.document.package not in tied]
    plan = _plan_directly(direct, alone, parts, reader) if alone or not tied else Plan()
    plan = _plan_by_itself(plan, direct, alone, parts, reader) if alone else plan
    if tied:
        composed = Structure(text, views, parts, ComposingPlanner(reader, clauses), request.context.now).make()
        Completer(reader).complete(composed)
        composed.text, composed.unused = text, _unused(composed, reader)
        plan = max(composed, plan, key=lambda p: (_is_whole(p), calibrated(p)))
    schedule = schedule_of(plan, text, request.context.now)
    if schedule is not None:
        # The words that say when are of no use to the calls themselves.
        return _with_schedule(_plan_each(_without(request, schedule), learned, encoder), schedule)
    _repeat_examples(plan, text)
    bind(plan, request.answers, request.context.now)
    plan.unused = _unused(plan, reader)
    name_lost_moments(plan, reader.values, reader.now)
    # What the program of the examples leaves out may be taken by another one; else it is asked about.
    if recited is not None and (not plan.nodes or len(plan.unused) >= len(recited.unused)):
        return _answered(recited, request)
    return bind_unused(plan, request.answers, request.context.now)


def _repeat_examples(plan: Plan, text: str) -> None:
    """Where the words are those of a call's own example, take from them the values that it takes."""
    for call in plan.calls():
        for name, value in repeated(call.view.document, text).items():
            start = text.casefold().find(str(value).casefold())
            source = Candidate(start, start + len(str(value)), str(value), value, "phrase")
            call.arguments[name] = Filled(value, source, call.confidence)
            call.missing = tuple(m for m in call.missing if m != name)


def _answered(plan: Plan, request: Request) -> Plan:
    _repeat_examples(plan, text_of(request))
    bind(plan, request.answers, request.context.now)
    return bind_unused(plan, request.answers, request.context.now)


def _plan_directly(direct: DirectReader, views: Sequence[ApiView], parts: Sequence[Part], reader: Reader) -> Plan:
    """Plan over APIs that stand alone: the whole at once, or by its loops and branches."""
    plan = direct.plan(views)
    flat = [*parts] == sorted(direct.clauses, key=lambda c: c.start)
    if not flat and not _takes_conditions(plan, parts, reader):
        planner = DirectPlanner(replace(direct, evidence={}), views)
        plan = Structure(direct.said.text[direct.base :], views, parts, planner, direct.now).make()
    _take_stated(plan, reader, direct)
    plan.text, plan.unused = reader.text, _unused(plan, reader)
    return plan


def _turns_read(request: Request) -> Sequence[Turn]:
    """The earlier turns that the words lean on: none where the outline has what they lean on in words of its own."""
    turns = request.context.turns
    if request.outline is None or request.outline.explicit:
        return turns
    return () if stand_alone(request.instruction, turns, request.context.now).alone else turns


def _plan_by_itself(
    plan: Plan, direct: DirectReader, views: Sequence[ApiView], parts: Sequence[Part], reader: Reader
) -> Plan:
    """The plan; where earlier turns leave it in doubt, that of the instruction's own words, if that is sure."""
    if len(direct.said.turns) < 2 or (_is_whole(plan) and not plan.unused and calibrated(plan) >= SURE):
        return plan
    alone = replace(direct, said=Said.of(direct.said.text[direct.base :]), evidence={})
    made = _plan_directly(alone, views, parts, reader)
    sure = _is_whole(made) and not made.unused and not made.unread and calibrated(made) >= SURE
    return made if sure and calibrated(made) > calibrated(plan) else plan


def _is_whole(plan: Plan) -> bool:
    """Whether a plan has calls, and each of them all that it needs."""
    return bool(plan.nodes) and not any(call.missing for call in plan.calls())


def _take_stated(plan: Plan, reader: Reader, direct: DirectReader) -> None:
    """Give the one thing that the instruction states and no call takes to the one parameter that lacks a value."""
    open_ones = [(call, name) for call in plan.calls() for name in call.missing]
    free = _free(plan, reader)
    if len(open_ones) != 1 or len(free) != 1:
        return
    call, name = open_ones[0]
    parameter = call.view.parameter(name)
    value = direct.convert(direct.base + free[0].start, direct.base + free[0].end, parameter) if parameter else None
    if value is None:
        return
    call.arguments[name] = Filled(value, free[0], LEFT_OVER)
    call.missing = ()
    call.joint = LEFT_OVER * call.joint if call.joint is not None else None


def _takes_conditions(plan: Plan, parts: Sequence[Part], reader: Reader) -> bool:
    """Whether the conditions only state values, those of each taken by one call: `if I invest $5,000 for 7 years`."""
    conditions = [part for part in parts if isinstance(part, If)]
    if not conditions or any(isinstance(part, Each) for part in parts):
        return False
    stated = [v for v in reader.values if v.kind in _DEFINITE and not is_number_word(v)]
    return all(_states_only(part, plan, [v for v in stated if _holds(part.condition, v)]) for part in conditions)


def _states_only(part: If, plan: Plan, values: Sequence[Candidate]) -> bool:
    """Whether one call takes the values of a condition, and no other call any value of its clauses."""
    clauses = [part.condition, *leaves(part.body)]
    takers: list[PlannedCall] = []
    for call in plan.calls():
        sources = call.sources
        if any(_holds(c, s) for s in sources for c in clauses):
            takers.append(call)
            if not all(any(s.overlaps(v) for s in sources) for v in values):
                return False
    alone = len(takers) == 1 and not takers[0].missing
    return bool(values) and alone and (not part.otherwise or len(list(plan.calls())) == 1)


def _holds(clause: Clause, value: Candidate) -> bool:
    return clause.start <= value.start < clause.end


def _without(request: Request, schedule: Schedule) -> Request:
    """The request with blanks in the place of the words that say when."""
    text = text_of(request)
    blank = text[: schedule.start] + " " * (schedule.end - schedule.start) + text[schedule.end :]
    return replace(request, instruction=blank, outline=None)


def _with_schedule(plan: Plan, schedule: Schedule) -> Plan:
    plan.schedule = schedule
    return plan


def _recited(recall: Recall | None, encoder: Bounded, request: Request, parts: int, reader: Reader) -> Plan | None:
    """The program that examples give, with what the instruction states and no call of it takes."""
    calls = recite(recall, encoder, request.context.now, alone=parts == 1) if recall is not None else []
    return Plan(list(calls), reader.text, unused=left_out(calls, _definite(reader))) if calls else None


def _definite(reader: Reader) -> list[Candidate]:
    return [v for v in reader.values if v.kind in _DEFINITE and not v.factor and not is_number_word(v)]


def _free(plan: Plan, reader: Reader) -> list[Candidate]:
    """What the instruction quotes, counts, or names as a file, that no call takes; for times see `omitting`."""
    taken = [a.source for a in plan.values() if isinstance(a, Filled) and a.source]
    taken += [v for v in reader.values if v.kind in ("date", "time")] + reader.counted
    return [v for v in _definite(reader) if not any(t.overlaps(v) for t in taken)]


def _unused(plan: Plan, reader: Reader) -> tuple[str, ...]:
    return tuple(reader.text[v.start : v.end] for v in _free(plan, reader))


def text_of(request: Request) -> str:
    """The instruction, or the outline where the user edited it."""
    if request.outline is None or request.outline.explicit:
        return request.instruction
    return "\n".join(step.text for step in request.outline.steps)


def _history(context: Context) -> tuple[str, ...]:
    return tuple(call.api for turn in context.turns for call in turn.calls)
