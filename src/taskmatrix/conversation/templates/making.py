"""From a finished run to a template: what the user said becomes slots."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue, ValidationError

from taskmatrix.api_platform.quality.sample_values import sample
from taskmatrix.api_platform.validation import fault
from taskmatrix.conversation.secrecy import hidden_in
from taskmatrix.conversation.summary import RunSummary
from taskmatrix.conversation.templates.cases import case_of
from taskmatrix.conversation.templates.edits import Edit, edited, stands_alone, with_comments
from taskmatrix.conversation.templates.feeding import Program
from taskmatrix.conversation.templates.functions import names_in
from taskmatrix.conversation.templates.literals import Literal, said_literals
from taskmatrix.conversation.templates.naming import names_for
from taskmatrix.conversation.templates.wording import Span, find, find_word, mentions, place
from taskmatrix.conversation.templates.words import Worded, worded
from taskmatrix.core.documents import ApiDocument, Schema
from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import CallIntended, OutcomeChecked, QuestionAnswered, RoundStarted
from taskmatrix.core.names import words
from taskmatrix.core.protocols import BlobStore
from taskmatrix.core.sensitivity import of_parameter
from taskmatrix.core.templates import LONGEST_DESCRIPTION, LONGEST_NAME, Slot, Template, TemplateStep
from taskmatrix.policy.redaction import Redactor
from taskmatrix.sandbox.parsing import parse


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user wants of a template.

    `renamed`: the name that a slot would have → another; `kept`: those that stay as they were; `words`: a name → a
    text that becomes a slot wherever it stands, also inside of longer texts.
    """

    name: str = ""
    description: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    kept: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict[str, str])


NO_CHOICES = Choices()

_KEPT = "taskmatrix apis credentials keeps secrets"


@dataclass(frozen=True, slots=True)
class _Found:
    """A slot to be, with the literals that it stands for."""

    name: str
    literals: tuple[Literal, ...]


def make_template(
    told: RunSummary, documents: Sequence[ApiDocument], blobs: BlobStore, choices: Choices = NO_CHOICES
) -> Template:
    """Return the template of a run over `documents`, those that its program was checked against.

    Raises UsageError for a run that has not done what it should, for a name that is none, and for choices about slots
    that it does not have.
    """
    code = _code_of(told)
    tree = parse(code)
    if not isinstance(tree, ast.Module):
        raise UsageError(f"the program of run {told.id} cannot be read: {tree}")
    program = Program(tree, documents)
    texts = worded(program, choices.words)
    said = "\n".join(
        [told.instruction, *(event.answer for event in told.events if isinstance(event, QuestionAnswered))]
    )
    taken = {id(text.node) for text in texts}
    arguments = told.program.arguments if told.program is not None else ()
    literals = [found for found in said_literals(program, said, arguments) if id(found.node) not in taken]
    steps = [step.text for step in told.outline.steps] if told.outline is not None else []
    found = _chosen(program, literals, said, steps, choices)
    spans = _spans(told.instruction, found, choices.words)
    code = _with_slots(code, program, found, texts)
    called = {document.id for document in documents} & set(told.apis)
    try:
        slots = [_slot(each) for each in found]
        slots += [Slot(name=name, schema={"type": "string"}, example=text) for name, text in choices.words.items()]
        values = {slot.name: slot.example for slot in slots}
        private = Redactor(hidden_in(told.events, {d.id: d for d in documents}, "private"))
        shown = tuple(_without(private, slot) for slot in slots)
        made = Template(
            name=choices.name or _name_for(told.instruction, spans),
            description=choices.description or _description(told.instruction, spans),
            instruction=_instruction(told.instruction, spans, slots),
            steps=_steps(told, found, choices.words),
            code=with_comments(code, lambda comment: _placed(comment, found, choices.words)),
            slots=shown,
            apis=tuple(version for version in told.versions if f"{version.package}.{version.name}" in called),
            cases=case_of(told, values, documents, blobs) if shown == tuple(slots) else (),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            f"no template can be made of run {told.id}: {first['msg'].removeprefix('Value error, ')}"
        ) from error
    _require_no_secret(made, told, documents)
    return made


def _require_no_secret(made: Template, told: RunSummary, documents: Sequence[ApiDocument]) -> None:
    """Raise UsageError where a template says a secret that a call was given or gave back, wherever it stands."""
    said = made.model_dump(mode="json", exclude={"apis"})
    if Redactor(hidden_in(told.events, {document.id: document for document in documents})).value(said) != said:
        raise UsageError(f"run {told.id} says a secret, which no template holds", hint=_KEPT)


def _code_of(told: RunSummary) -> str:
    """Return the program of a run that has done what it should. Raises UsageError."""
    wrong = ""
    outcome = next((event for event in reversed(told.events) if isinstance(event, OutcomeChecked)), None)
    rounds = [event.seq for event in told.events if isinstance(event, RoundStarted)]
    if told.status != "done":
        wrong = f"it is {told.status}"
    elif told.program is None or told.check is None or not told.calls:
        wrong = "it called nothing"
    elif outcome is not None and not outcome.ok:
        wrong = "it did not do what was asked"
    elif rounds and any(isinstance(event, CallIntended) and event.seq < rounds[-1] for event in told.events):
        wrong = "its last program only goes on from what an earlier one had done"
    if wrong or told.program is None:
        raise UsageError(
            f"no template can be made of run {told.id}: {wrong}", hint="make one of a run that did the whole task"
        )
    return told.program.code.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def _chosen(
    program: Program, literals: Sequence[Literal], said: str, steps: Sequence[str], choices: Choices
) -> list[_Found]:
    """Return the slots under the names that the user wants, without those that stay as they were."""
    grouped = _grouped(literals, said)
    proposed = names_for(program, grouped, choices.words, said=said, steps=steps)
    strange = sorted((set(choices.renamed) | choices.kept) - set(proposed))
    if strange:
        raise UsageError(
            f"there would be no slot {strange[0]!r}",
            hint=f"the slots would be {', '.join(proposed)}" if proposed else "nothing of what was said is a slot",
        )
    clash = next((new for old, new in choices.renamed.items() if new != old and new in names_in(program.tree)), None)
    if clash is not None:
        raise UsageError(f"the program uses the name {clash!r} for something else", hint="call the slot otherwise")
    for group in grouped:
        secret = next((each.use for each in group if each.use.parameter and _is_secret(each)), None)
        if secret is not None:
            raise UsageError(f"{secret.name} is a secret, which no template holds", hint=_KEPT)
    pairs = zip(proposed, grouped, strict=True)
    return [_Found(choices.renamed.get(name, name), tuple(group)) for name, group in pairs if name not in choices.kept]


def _is_secret(literal: Literal) -> bool:
    return literal.use.parameter is not None and of_parameter(literal.use.parameter) == "secret"


def _grouped(literals: Sequence[Literal], said: str) -> list[list[Literal]]:
    """Put literals of one value together: texts and lists always; numbers unless each is said by itself."""
    groups: dict[str, list[Literal]] = {}
    for literal in literals:
        key = json.dumps([type(literal.value).__name__, literal.value])
        groups.setdefault(key, []).append(literal)
    found: list[list[Literal]] = []
    for group in groups.values():
        uses = list(dict.fromkeys(literal.use.name for literal in group))
        apart = isinstance(group[0].value, int | float) and 1 < len(uses) <= len(find(said, group[0].value))
        found += [[one for one in group if one.use.name == use] for use in uses] if apart else [group]
    return sorted(found, key=lambda group: (group[0].node.lineno, group[0].node.col_offset))


def _slot(found: _Found) -> Slot:
    value = found.literals[0].value
    uses = [literal.use for literal in found.literals if literal.use.parameter is not None]
    use = next((use for use in uses if use.schema and fault(use.schema, value) is None), None)
    description = next((use.parameter.description for use in uses if use.parameter), "")
    return Slot(name=found.name, description=description, schema=use.schema if use else _type_of(value), example=value)


def _without(private: Redactor, slot: Slot) -> Slot:
    """Return a slot without the value that it had where that is private."""
    if of_parameter(slot) != "private" and private.value(slot.example) == slot.example:
        return slot
    # A check makes up a value instead: where none can be made up, the type says no more than its kind.
    kind = slot.type if fault(slot.type, sample(slot)) is None else _type_of(slot.example)
    return Slot(name=slot.name, description=slot.description, schema=kind)


def _type_of(value: JsonValue) -> Schema:
    match value:
        case list():
            kinds = {json.dumps(_type_of(item)) for item in value}
            return {"type": "array", "items": json.loads(kinds.pop()) if len(kinds) == 1 else {}}
        case str():
            return {"type": "string"}
        case int():
            return {"type": "integer"}
        case _:
            return {"type": "number"}


def _spans(text: str, found: Sequence[_Found], more: Mapping[str, str]) -> Mapping[str, Sequence[Span]]:
    """Return where a text says which slot, the longest value first; no two overlap."""
    said = [(name, find_word(text, word)) for name, word in more.items()]
    said += [(each.name, find(text, each.literals[0].value, each.literals[0].told)) for each in found]
    said.sort(key=lambda pair: -max((span.end - span.start for span in pair[1]), default=0))
    used: list[Span] = []
    spans: dict[str, Sequence[Span]] = {}
    same = {name: sum(other == each for _, other in said) for name, each in said}
    for name, each in said:
        free = [span for span in each if not any(span.overlaps(other) for other in used)]
        spans[name] = free[:1] if same[name] > 1 else free
        used += spans[name]
    return spans


def _placed(text: str, found: Sequence[_Found], more: Mapping[str, str]) -> str:
    return place(text, _spans(text, found, more))


def _instruction(text: str, spans: Mapping[str, Sequence[Span]], slots: Sequence[Slot]) -> str:
    """Return the instruction with slots; one that it does not say in so many words is added at its end."""
    placed = place(text, spans)
    unsaid = [f"{slot.name}: {{{slot.name}}}" for slot in slots if not mentions(placed, slot.name)]
    return f"{placed} ({', '.join(unsaid)})" if unsaid else placed


def _steps(told: RunSummary, found: Sequence[_Found], more: Mapping[str, str]) -> tuple[TemplateStep, ...]:
    steps = told.outline.steps if told.outline is not None else ()
    return tuple(
        TemplateStep(
            text=_placed(step.text, found, more),
            needs=tuple(_placed(need, found, more) for need in step.needs if need.strip()),
            yields=_placed(step.yields, found, more),
        )
        for step in steps
    )


def _with_slots(code: str, program: Program, found: Sequence[_Found], texts: Sequence[Worded]) -> str:
    edits = [Edit(text.node, text.code) for text in texts]
    for each in found:
        for literal in each.literals:
            outer = program.around(literal.node)
            given = isinstance(outer, ast.Assign | ast.AnnAssign) and program.around(outer) is program.tree
            if given and isinstance(outer, ast.stmt) and _assigns(outer, each.name) and stands_alone(code, outer):
                edits.append(Edit(outer, ""))
            else:
                edits.append(Edit(literal.node, each.name))
    return edited(code, edits).lstrip("\n")


def _assigns(node: ast.stmt, name: str) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return isinstance(target, ast.Name) and target.id == name


def _name_for(instruction: str, spans: Mapping[str, Sequence[Span]]) -> str:
    """Return a name of the first words that are said each time."""
    plain = "".join(character for character in place(instruction, {n: s for n, s in spans.items() if s}))
    kept = [word for part in plain.split() if "{" not in part for word in words(part) if word.isascii()]
    name = ""
    for word in kept[:6]:
        if len(name) + 1 + len(word) > LONGEST_NAME:
            break
        name = f"{name}-{word}" if name else word
    return name or "template"


def _description(instruction: str, spans: Mapping[str, Sequence[Span]]) -> str:
    plain = " ".join(place(instruction, spans).split())
    return plain if len(plain) <= LONGEST_DESCRIPTION else plain[: LONGEST_DESCRIPTION - 1] + "…"
