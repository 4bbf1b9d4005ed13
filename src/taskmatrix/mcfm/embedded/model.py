"""The embedded MCFM: extract, rank, assemble. No key, no network, no model server."""

from collections.abc import Callable, Sequence

from taskmatrix.core.errors import NeedsInputError, NothingFitsError, UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.programs import ApiUse, Program
from taskmatrix.core.protocols import Listen, Request
from taskmatrix.mcfm.embedded.answering import (
    about_parameter,
    about_reading,
    about_step,
    about_value,
    open_parameters,
)
from taskmatrix.mcfm.embedded.confidence import calibrated_refusal
from taskmatrix.mcfm.embedded.deciding import SURE, plan_request, text_of
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import leaves, steps
from taskmatrix.mcfm.embedded.instruction.control import MOST_DEPTH, is_too_deep, split_instruction
from taskmatrix.mcfm.embedded.instruction.english import asks_for_text, other_language
from taskmatrix.mcfm.embedded.instruction.language import MAX_CHARACTERS
from taskmatrix.mcfm.embedded.instruction.postponing import postponed
from taskmatrix.mcfm.embedded.instruction.referring import stand_alone
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED, Learned
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall
from taskmatrix.mcfm.embedded.writing import write_code

_OWN_CLAUSES = "the embedded model takes the instruction's own clauses as the steps"
MAX_STEPS = 60
_UNREAD = "the embedded model does not look into what is given along; a chat model (--model) does"


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
        _check_length(text_of(request))
        learned = self._learned()
        plan = plan_request(request, learned)
        if not any(not call.added for call in plan.calls()):
            raise _nothing_fits(request, plan)
        program = _program(plan, request.outline, learned.sure(plan, request))
        if program.confidence < SURE and asks_for_text(text_of(request)):
            raise _nothing_fits(request, plan)
        program = postponed(plan, text_of(request), program, request.context.now)
        if request.context.attachments:
            program = program.model_copy(update={"notes": (*program.notes, _UNREAD)})
        _ask_for_missing(plan, program, text_of(request))
        _ask_for_unused(plan, program)
        _ask_for_reading(plan, program)
        return program


def _nothing_fits(request: Request, plan: Plan) -> NothingFitsError:
    nearest = tuple(d.id for d in request.documents[:5])
    if asks_for_text(text_of(request)):
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
