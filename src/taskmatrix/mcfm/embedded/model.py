"""The embedded MCFM: extract, rank, assemble. No key, no network, no model server."""

from collections.abc import Callable, Sequence

from taskmatrix.core.errors import NeedsInputError, NothingFitsError, UsageError
from taskmatrix.core.events import ModelReplied
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.programs import ApiUse, Program
from taskmatrix.core.protocols import Context, Request
from taskmatrix.mcfm.embedded.clauses import Clause, Part, split_instruction
from taskmatrix.mcfm.embedded.completion import Completer
from taskmatrix.mcfm.embedded.filling import Filled
from taskmatrix.mcfm.embedded.language import MAX_CHARACTERS
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall
from taskmatrix.mcfm.embedded.planning import Reader, make_plan
from taskmatrix.mcfm.embedded.reading import ApiView, read_composition, read_documents
from taskmatrix.mcfm.embedded.scoring import calibrated, load_weights
from taskmatrix.mcfm.embedded.values import is_number_word
from taskmatrix.mcfm.embedded.writing import write_code

_DEFINITE = frozenset(("quote", "path", "url", "email", "number", "percent", "formula"))
MAX_STEPS = 60
ASKS_BELOW = 0.12
"""A required argument less sure than this is asked for instead of used."""


class EmbeddedMcfm:
    """Plans from the documents alone, on any APIs: see `docs/design/embedded-model.md`."""

    @property
    def name(self) -> str:
        """Return `embedded`."""
        return "embedded"

    async def outline(self, request: Request, listen: Callable[[ModelReplied], None]) -> Outline:
        """Return the clauses of the instruction as steps. Raises UsageError for one too long to read."""
        _check_length(request.instruction)
        steps = [_as_step(part) for part in split_instruction(request.instruction)]
        return Outline(
            steps=tuple(steps),
            explicit=True,
            reason="the embedded model takes the instruction's own clauses as the steps",
        )

    async def write(self, request: Request, listen: Callable[[ModelReplied], None]) -> Program:
        """Plan the outline over `request.documents`. Raises NothingFitsError, NeedsInputError, UsageError."""
        _check_length(_text_of(request))
        plan = plan_request(request)
        if not any(not call.added for call in plan.calls()):
            raise NothingFitsError(
                "none of the APIs on offer does what is asked",
                nearest=tuple(d.id for d in request.documents[:5]),
                hint="add an API with `taskmatrix apis import`, or set a model with TASKMATRIX_MODEL",
            )
        program = _program(plan, request.outline)
        _ask_for_missing(plan, program)
        _ask_for_unused(plan, program)
        return program


def plan_request(request: Request) -> Plan:
    """Return the plan for a request; it is empty where nothing fits."""
    text = _text_of(request)
    parts = split_instruction(text)
    views = read_documents(request.documents)
    reader = Reader(text, views, read_composition(views), load_weights(), history=_history(request.context))
    reader.clauses = [(c.start, c.end) for part in parts for c in _clauses(part)]
    plan = make_plan(reader, parts)
    Completer(reader).complete(plan)
    plan.unused = _unused(plan, reader)
    return plan


def _unused(plan: Plan, reader: Reader) -> tuple[str, ...]:
    """What the instruction quotes, or names as a file, that no call takes."""
    taken = [a.source for c in plan.calls() for a in c.arguments.values() if isinstance(a, Filled) and a.source]
    definite = [v for v in reader.values if v.kind in _DEFINITE and not v.factor and not is_number_word(v)]
    return tuple(reader.text[v.start : v.end] for v in definite if not any(t.overlaps(v) for t in taken))


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise UsageError(
            f"the instruction has {len(text):,} characters; the embedded model reads at most {MAX_CHARACTERS:,}",
            hint="put long text into a file, or set another model with --model",
        )
    steps = len(split_instruction(text))
    if steps > MAX_STEPS:
        raise UsageError(
            f"the instruction has {steps} steps; the embedded model takes at most {MAX_STEPS} at a time",
            hint="give it in several parts, or set another model with --model",
        )


def _text_of(request: Request) -> str:
    """The instruction, or the outline where the user edited it."""
    if request.outline is None or request.outline.explicit:
        return request.instruction
    return "\n".join(step.text for step in request.outline.steps)


def _clauses(part: Part) -> Sequence[Clause]:
    return (part,) if isinstance(part, Clause) else (part.source, *part.body)


def _as_step(part: Part) -> Step:
    if isinstance(part, Clause):
        return Step(text=part.text)
    body = "; ".join(clause.text for clause in part.body)
    return Step(text=f"for each {part.item} {part.source.text}: {body}", needs=(part.source.text,))


def _history(context: Context) -> tuple[str, ...]:
    return tuple(call.api for turn in context.turns for call in turn.calls)


def _program(plan: Plan, outline: Outline | None) -> Program:
    calls = list(plan.calls())
    return Program(
        code=write_code(plan, outline),
        apis=tuple(dict.fromkeys(call.view.id for call in calls)),
        author="embedded",
        confidence=round(calibrated(plan.confidence), 4),
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


def _ask_for_missing(plan: Plan, program: Program) -> None:
    """Raise NeedsInputError for a required value that nothing said, carrying the best reading as `best`."""
    for call in plan.calls():
        open_ones = call.missing or _guessed(call)
        if open_ones:
            wanted = _describe(call.view, open_ones[0])
            raise NeedsInputError(
                f"{call.view.id} needs {wanted}, and the instruction does not say it",
                hint="say it in the instruction, for example in quotes",
                best=program,
            )


def _ask_for_unused(plan: Plan, program: Program) -> None:
    """Raise NeedsInputError where something quoted would silently be left out."""
    if plan.unread:
        raise NeedsInputError(
            f"no API on offer does this: {plan.unread[0]!r}; what should be done about it?",
            hint="say it in other words or leave it out; `taskmatrix apis list` shows what is there",
            best=program,
        )
    if plan.unused:
        raise NeedsInputError(
            f"none of the calls takes {plan.unused[0]}; what should be done with it?",
            hint="say it in other words or leave it out; `taskmatrix apis list` shows what is there",
            best=program,
        )


def _guessed(call: PlannedCall) -> tuple[str, ...]:
    """The required arguments that are little more than a guess."""
    return tuple(
        name
        for name, argument in call.arguments.items()
        if isinstance(argument, Filled) and argument.confidence < ASKS_BELOW and _is_needed(call.view, name)
    )


def _is_needed(view: ApiView, name: str) -> bool:
    parameter = view.parameter(name)
    return parameter is not None and parameter.required


def _describe(view: ApiView, name: str) -> str:
    parameter = view.parameter(name)
    text = parameter.text.strip().rstrip(".") if parameter else ""
    return f"{name!r} ({text})" if text else repr(name)
