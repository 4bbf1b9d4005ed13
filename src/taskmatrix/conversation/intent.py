"""What a program is meant to do, as its check sees it: the steps, and which APIs may be called for each."""

from collections.abc import Iterable, Sequence

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import Plan, PlannedStep, Program
from taskmatrix.core.protocols import Selection
from taskmatrix.core.questions import Answered


def intended(
    instruction: str,
    answers: Iterable[Answered],
    outline: Outline,
    selection: Selection,
    program: Program,
    everywhere: Sequence[ApiDocument] = (),
    before: Sequence[str] = (),
) -> Plan:
    """Return the plan that a program is checked against.

    A step may call what the selector found for it, what else the packages of that have on offer to write (nothing
    destructive or physical), and what the program's writer says that it uses there; a step for which nothing was
    found, whatever is on offer. `everywhere` are APIs that the user, or experience, put on offer; `before` are those
    that were called by earlier turns and rounds.
    """
    found = {step.step: _with_mates([choice.api for choice in step.choices], selection) for step in selection.steps}
    offered = tuple(document.id for document in selection.documents)
    always = tuple(document.id for document in everywhere)
    steps: list[PlannedStep] = []
    for number, step in enumerate(outline.steps, 1):
        uses = tuple(use.api for use in program.uses if use.step in (0, number))
        apis = found.get(step.text) or offered
        steps.append(PlannedStep(text=step.text, apis=tuple(dict.fromkeys([*apis, *uses, *always]))))
    said = "\n".join([instruction, *(answered.text for answered in answers)])
    return Plan(said=said, steps=tuple(steps), before=tuple(before))


def _with_mates(apis: Sequence[str], selection: Selection) -> tuple[str, ...]:
    packages = {document.package for document in selection.documents if document.id in apis}
    mates = (d.id for d in selection.documents if d.package in packages and d.effects.kind == "write")
    return tuple(dict.fromkeys([*apis, *mates]))
