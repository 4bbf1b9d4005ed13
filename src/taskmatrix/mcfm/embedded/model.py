"""The embedded MCFM: extract, rank, assemble. No key, no network, no model server."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from taskmatrix.core.errors import NeedsInputError, NothingFitsError, UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.programs import ApiUse, Program
from taskmatrix.core.protocols import Context, Listen, Request, Turn
from taskmatrix.mcfm.embedded.answering import (
    about_parameter,
    about_reading,
    about_step,
    about_value,
    bind,
    bind_unused,
    open_parameters,
)
from taskmatrix.mcfm.embedded.composing.completion import Completer
from taskmatrix.mcfm.embedded.composing.planning import Reader
from taskmatrix.mcfm.embedded.composing.scoring import load_weights
from taskmatrix.mcfm.embedded.confidence import calibrated, calibrated_refusal
from taskmatrix.mcfm.embedded.direct import DirectReader
from taskmatrix.mcfm.embedded.documents.reading import ApiView, read_composition, read_documents
from taskmatrix.mcfm.embedded.encoder.bounded import Bounded
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.encoder.sequences import Said
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, Each, If, Part, leaves, steps
from taskmatrix.mcfm.embedded.instruction.control import MOST_DEPTH, is_too_deep, split_instruction
from taskmatrix.mcfm.embedded.instruction.english import asks_for_text, is_gibberish, other_language
from taskmatrix.mcfm.embedded.instruction.language import MAX_CHARACTERS
from taskmatrix.mcfm.embedded.instruction.postponing import postponed, schedule_of
from taskmatrix.mcfm.embedded.instruction.referring import stand_alone
from taskmatrix.mcfm.embedded.learning.documented import repeated
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED, Learned
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.learning.reciting import left_out, recite
from taskmatrix.mcfm.embedded.omitting import name_lost_moments
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall, Schedule
from taskmatrix.mcfm.embedded.planners import ComposingPlanner, DirectPlanner
from taskmatrix.mcfm.embedded.structure import Structure
from taskmatrix.mcfm.embedded.values.candidates import Candidate, is_number_word
from taskmatrix.mcfm.embedded.writing import write_code

_OWN_CLAUSES = "the embedded model takes the instruction's own clauses as the steps"
_DEFINITE = frozenset(("quote", "path", "url", "email", "number", "percent", "formula"))
MAX_STEPS = 60
_UNREAD = "the embedded model does not look into what is given along; a chat model (--model) does"
LEFT_OVER = 0.8
"""How sure it is that the one value left over is the one that is lacking."""
SURE = 0.5
"""A plan at least this sure is not asked about because of another reading."""


class EmbeddedMcfm:
    """Plans from the documents alone, on any APIs: see `docs/design/embedded-model.md`."""

    def __init__(self, learned: Callable[[], Learned] = lambda: NOTHING_LEARNED) -> None:
        """Plan with what is shipped and what `learned` returns, asked anew for each request."""
        self._learned = learned

    @property
    def name(self) -> str:
        """Return `embedded`."""
        return "embedded"

    async def outline(self, request: Request, listen: Listen) -> Outline:
        """Return the clauses of the instruction as steps, in words that need no earlier turn.

        Raises UsageError for an instruction that is too long to read.
        """
        _check_length(request.instruction)
        _check_language(request.instruction)
        meant = stand_alone(request.instruction, request.context.turns, request.context.now).words
        leans = meant != request.instruction
        why = f"after what was said before, this means: {meant}" if leans else _OWN_CLAUSES
        said = steps(split_instruction(meant))
        return Outline(steps=tuple(Step(text=text) for text in said), explicit=not leans, reason=why)

    def recall(self, request: Request, registered: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the APIs that corrections called for such a request; often none."""
        return self._learned().apis(request, registered)

    async def write(self, request: Request, listen: Listen) -> Program:
        """Plan the outline over `request.documents`. Raises NothingFitsError, NeedsInputError, UsageError."""
        _check_length(_text_of(request))
        learned = self._learned()
        plan = plan_request(request, learned)
        if not any(not call.added for call in plan.calls()):
            raise _nothing_fits(request, plan)
        program = _program(plan, request.outline, learned.sure(plan, request))
        if program.confidence < SURE and asks_for_text(_text_of(request)):
            raise _nothing_fits(request, plan)
        program = postponed(plan, _text_of(request), program, request.context.now)
        if request.context.attachments:
            program = program.model_copy(update={"notes": (*program.notes, _UNREAD)})
        _ask_for_missing(plan, program, _text_of(request))
        _ask_for_unused(plan, program)
        _ask_for_reading(plan, program)
        return program


def plan_request(request: Request, learned: Learned = NOTHING_LEARNED) -> Plan:
    """Return the plan for a request; it is empty where nothing fits."""
    return _plan(request, learned, Bounded(learned.encoder()))


def _plan(request: Request, learned: Learned, encoder: Bounded) -> Plan:
    text = _text_of(request)
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
        return _with_schedule(_plan(_without(request, schedule), learned, encoder), schedule)
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
    _repeat_examples(plan, _text_of(request))
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
        sources = [a.source for a in call.arguments.values() if isinstance(a, Filled) and a.source]
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
    text = _text_of(request)
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
    taken += [v for v in reader.values if v.kind in ("date", "time")]
    return [v for v in _definite(reader) if not any(t.overlaps(v) for t in taken)]


def _unused(plan: Plan, reader: Reader) -> tuple[str, ...]:
    return tuple(reader.text[v.start : v.end] for v in _free(plan, reader))


def _nothing_fits(request: Request, plan: Plan) -> NothingFitsError:
    nearest = tuple(d.id for d in request.documents[:5])
    if asks_for_text(_text_of(request)):
        error = NothingFitsError(
            "this asks for a text to be written, which the embedded model cannot do",
            nearest=nearest,
            hint="set a language model (OPENAI_API_KEY, or --model), or give the text itself in quotes",
        )
    else:
        error = NothingFitsError(
            "none of the APIs on offer does what is asked",
            nearest=nearest,
            hint="add an API with `taskmatrix apis import`, or set a model with TASKMATRIX_MODEL",
        )
    error.confidence = round(calibrated_refusal(plan), 4)
    return error


def _check_language(text: str) -> None:
    language = other_language(text, load_cross_encoder().builder.count)
    if language is not None:
        raise UsageError(
            f"the embedded model reads English only, and this looks like {language}",
            hint="say it in English (names and quoted texts may be in any language), or set a model with --model",
        )


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UsageError(
            f"the instruction has {len(text):,} characters; the embedded model reads at most {MAX_CHARACTERS:,}",
            hint="put long text into a file, or set another model with --model",
        )
    parts = split_instruction(text)
    if is_too_deep(parts):
        raise UsageError(
            f"conditions and loops are nested more than {MOST_DEPTH} deep",
            hint="give it in several parts, or set another model with --model",
        )
    count = len(leaves(parts))
    if count > MAX_STEPS:
        raise UsageError(
            f"the instruction has {count} steps; the embedded model takes at most {MAX_STEPS} at a time",
            hint="give it in several parts, or set another model with --model",
        )


def _text_of(request: Request) -> str:
    """The instruction, or the outline where the user edited it."""
    if request.outline is None or request.outline.explicit:
        return request.instruction
    return "\n".join(step.text for step in request.outline.steps)


def _history(context: Context) -> tuple[str, ...]:
    return tuple(call.api for turn in context.turns for call in turn.calls)


def _program(plan: Plan, outline: Outline | None, sure: float) -> Program:
    calls = list(plan.calls())
    return Program(
        code=write_code(plan, outline),
        apis=tuple(dict.fromkeys(call.view.id for call in calls)),
        author="embedded",
        confidence=round(sure, 4),
        uses=_uses(calls),
        arguments=tuple(
            argument.describe(call.view.id, name)
            for call in calls
            for name, argument in call.arguments.items()
            if isinstance(argument, Filled)
        ),
        notes=tuple(plan.notes),
    )


def _uses(calls: Sequence[PlannedCall]) -> tuple[ApiUse, ...]:
    """Each API once for each step, with the first reason given."""
    found: dict[tuple[int, str], ApiUse] = {}
    for call in calls:
        why = call.why or f"fits the words best ({call.confidence:.0%})"
        found.setdefault((call.step, call.view.id), ApiUse(step=call.step, api=call.view.id, why=why))
    return tuple(found.values())


def _ask_for_missing(plan: Plan, program: Program, text: str) -> None:
    """Raise NeedsInputError for a required value that nothing said, carrying the best reading as `best`."""
    for call in plan.calls():
        open_ones = open_parameters(call)
        if open_ones:
            raise NeedsInputError(
                about_parameter(call.view, open_ones[0], text),
                hint="say it in the instruction, for example in quotes",
                best=program,
            )


def _ask_for_reading(plan: Plan, program: Program) -> None:
    """Raise NeedsInputError where the whole is doubtful and one argument may as well be another."""
    if program.confidence >= SURE:
        return
    for call in plan.calls():
        if call.doubt is not None:
            raise NeedsInputError(about_reading(call, call.doubt), hint="answer with the one you mean", best=program)


def _ask_for_unused(plan: Plan, program: Program) -> None:
    """Raise NeedsInputError where something quoted would silently be left out."""
    if plan.unread:
        raise NeedsInputError(
            about_step(plan.unread[0]),
            hint="say it in other words or leave it out; `taskmatrix apis list` shows what is there",
            best=program,
        )
    if plan.unused:
        raise NeedsInputError(
            about_value(plan.unused[0], plan),
            hint="say it in other words or leave it out; `taskmatrix apis list` shows what is there",
            best=program,
        )
