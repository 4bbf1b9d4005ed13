"""Events as text on a terminal: each function turns one kind of event into something rich can print."""

import json
from collections.abc import Mapping, Sequence, Set
from textwrap import indent

from pydantic import JsonValue
from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from taskmatrix.cli.terminal import visible
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import (
    ApisSelected,
    ApprovalAnswered,
    ApprovalRequested,
    CallDone,
    CallFailed,
    CallIntended,
    CallRetried,
    Choice,
    Irreversible,
    LimitReached,
    ModelReplied,
    OutlineProposed,
    ProgramChecked,
    ProgramWritten,
    QuestionAnswered,
    QuestionAsked,
    RoundStarted,
    RunFinished,
    RunQueued,
    RunStarted,
    UndoState,
    UndoStep,
)
from taskmatrix.core.programs import Finding

_CHOICES_SHOWN = 3
_ARGUMENT_SHOWN = 60
_ANSWER_SHOWN = 200
_REPLY_SHOWN = 1_000
_UNSURE = 0.25


def heading(title: str, aside: str = "") -> Text:
    """Return the line above a part of the output."""
    return Text.assemble("\n", (title, "bold"), (f"  {visible(aside)}" if aside else "", "dim"))


def started(event: RunQueued | RunStarted) -> RenderableType:
    """Show which run this is and who plans it, or where it comes from."""
    if isinstance(event, RunQueued):
        return _queued(event)
    return Text.assemble(("Run ", "bold"), event.run_id, (f"  model {visible(event.model)}", "dim"))


def _queued(event: RunQueued) -> RenderableType:
    whence = f"by schedule {visible(event.schedule)}: {visible(event.cause)}" if event.schedule else "by its user"
    payload = f", with {visible(brief(event.payload))}" if event.payload is not None else ""
    return Text.assemble(("Queued ", "bold"), whence, payload)


def outline(event: OutlineProposed) -> RenderableType:
    """Show the numbered steps."""
    if not event.outline.steps:  # an answer, that comes at the end
        return Group()
    said = event.outline.explicit or event.outline.by == "user"
    lines = [heading("Outline", event.outline.reason if said else "")]
    for number, step in enumerate(event.outline.steps, start=1):
        lines.append(Text.assemble((f"  {number}. ", "cyan"), visible(step.text)))
    return Group(*lines)


def round_started(event: RoundStarted) -> RenderableType:
    """Show what did not work, before it is planned anew."""
    reason = event.reason.rpartition("It went wrong: ")[2]
    title = heading(f"Round {event.round}", "that did not work; it is planned anew")
    return Group(title, Text(f"  {visible(reason)}"))


def selected(event: ApisSelected) -> RenderableType:
    """Show what the selector found for each step, best first, with scores."""
    lines = [heading("APIs found", "step by step; with their packages they are on offer to the model")]
    for number, step in enumerate(event.steps, start=1):
        line = Text.assemble((f"  {number}. ", "cyan"))
        shown = [_choice(choice) for choice in step.choices[:_CHOICES_SHOWN]]
        line.append_text(Text(", ").join(shown)) if shown else line.append("nothing for these words alone", "yellow")
        lines.append(line)
    return Group(*lines)


def _choice(choice: Choice) -> Text:
    return Text.assemble((visible(choice.api), "green"), (f" {choice.score:.2f}", "dim"))


def _uses(event: ProgramWritten) -> list[Text]:
    """Show which API serves which step of the outline, and why."""
    if not event.program.uses:
        return []
    width = max(len(visible(use.api)) for use in event.program.uses)
    lines, last = [heading("APIs used")], None
    for use in event.program.uses:
        label = f"  {use.step}. " if use.step != last and use.step else "     "
        last = use.step
        api = (visible(use.api).ljust(width), "green")
        lines.append(Text.assemble((label, "cyan"), api, (f"  {visible(use.why)}", "dim")))
    return lines


def program(event: ProgramWritten, *, coloured: bool) -> RenderableType:
    """Show the program, highlighted on a terminal and plain in a pipe."""
    title = "Program" if event.attempt == 1 else f"Program, attempt {event.attempt}"
    author = event.program.author
    unsure = event.program.confidence < _UNSURE
    aside = f"{author}; not sure of this one ({event.program.confidence:.0%}), look it over" if unsure else author
    code = visible(event.program.code.strip("\n"))
    notes = [Text.assemble(("  note: ", "yellow"), visible(note)) for note in event.program.notes]
    if coloured:
        body: RenderableType = Syntax(
            code, "python", theme="ansi_dark", background_color="default", line_numbers=True, word_wrap=True
        )
        return Group(*_uses(event), heading(title, aside), body, *notes)
    return Group(*_uses(event), heading(title, aside), Text(indent(code, "    ")), *notes)


def checked(event: ProgramChecked) -> RenderableType:
    """Show what the check found, and which effects the program will have."""
    report = event.report
    calls = f"{len(report.calls)} {'call' if len(report.calls) == 1 else 'calls'}"
    verdict = Text.assemble(("passed", "green"), f", {calls}") if report.ok else Text("not passed", style="red")
    line = heading("Check")
    line.append("  ").append_text(verdict)
    if report.effects:
        line.append(f"; {_effects(report.effects)}", style="dim")
    return Group(
        line,
        *(Text("  ").append_text(finding(f)) for f in report.findings),
        *(_irreversible(one) for one in event.irreversible),
    )


def _irreversible(one: Irreversible) -> Text:
    """Announce what nothing takes back."""
    lines = f"line {', '.join(map(str, one.lines))}: " if one.lines else ""
    return Text.assemble(("  stays done: ", "yellow"), f"{lines}{visible(one.api)}, {visible(one.why)}")


def finding(found: Finding) -> Text:
    """Show one finding of a check."""
    style = "red" if found.severity == "error" else "yellow"
    where = f"line {found.line}" + (f":{found.column}" if found.column else "") if found.line else "program"
    text = Text.assemble((f"{where}: ", "bold"), (found.severity, style), f": {visible(found.message)}")
    text.append(f" [{found.rule}]", style="dim")
    if found.hint:
        text.append(f"\n    {visible(found.hint)}", style="dim")
    return text


def _effects(effects: Mapping[str, str]) -> str:
    by_kind: dict[str, list[str]] = {}
    for api, kind in effects.items():
        by_kind.setdefault(kind, []).append(api)
    return "; ".join(f"{kind}: {visible(', '.join(names))}" for kind, names in by_kind.items())


def call(event: CallIntended) -> Text:
    """Show a call with its arguments, on one line."""
    arguments = ", ".join(f"{name}={brief(value)}" for name, value in shown_arguments(event).items())
    return Text.assemble((visible(event.api), "cyan"), f"({visible(arguments)})")


def shown_arguments(event: CallIntended | ApprovalRequested) -> Mapping[str, JsonValue]:
    """Return what is shown of a call's arguments: of a file that is restored, which, and what comes back of it."""
    from taskmatrix.executor.restoring import RESTORE_FILE

    if event.api != RESTORE_FILE.id:
        return event.arguments
    return {name: event.arguments[name] for name in ("path", "what") if name in event.arguments}


def call_done(intended: CallIntended, event: CallDone) -> RenderableType:
    """Show a finished call."""
    line = Text.assemble(("  ✓ ", "green"), f"{event.call} ", call(intended), (f"  {event.seconds:.2f} s", "dim"))
    if event.result not in (None, "", [], {}):
        line.append(f"  → {visible(brief(event.result))}", style="dim")
    if event.warning:
        line.append(f"\n    {visible(event.warning)}", style="yellow")
    return line


def call_failed(intended: CallIntended, event: CallFailed) -> RenderableType:
    """Show a call that failed, and why."""
    line = Text.assemble(("  ✗ ", "red"), f"{event.call} ", call(intended))
    return line.append(f"\n    {visible(event.message)}", style="red")


def retried(event: CallRetried) -> RenderableType:
    """Show that a call is sent again, and why."""
    return Text(f"  … {event.call} again in {event.wait_s:.1f} s: {visible(event.message)}", style="yellow")


def limit_reached(event: LimitReached) -> RenderableType:
    """Show which limit ended the run."""
    allowed = f": {visible(event.allowed)} allowed" if event.allowed else ""
    return Text.assemble(("  limit reached: ", "red"), visible(event.limit), allowed)


_UNDO_MARKS: Mapping[UndoState, tuple[str, str]] = {
    "can-be-undone": ("↩ ", "cyan"),
    "undone": ("✓ ", "green"),
    "not-undone": ("✗ ", "red"),
    "cannot-be-undone": ("· ", "yellow"),
    "unknown": ("? ", "yellow"),
}


def undo_steps(steps: Sequence[UndoStep]) -> RenderableType:
    """Show what can be, or was, taken back, last call first."""
    lines = [heading("Undo")]
    for step in steps:
        line = Text.assemble("  ", _UNDO_MARKS[step.state], f"{step.call} ", (visible(step.api), "cyan"))
        line.append(f"  {step.state.replace('-', ' ')}")
        how = f": {visible(step.restores)}" if step.restores else f" by {visible(step.by)}" if step.by else ""
        line.append(how, style="dim")
        lines.append(line.append(f"\n      {visible(step.why)}" if step.why else "", style="dim"))
    return Group(*lines)


def approval(event: ApprovalRequested) -> RenderableType:
    """Show what is asked, with the call's actual arguments in full."""
    lines = [Text.assemble("\n", ("Approval needed: ", "bold yellow"), visible(event.reason))]
    lines.append(Text.assemble("  ", (visible(event.api), "cyan")))
    for name, value in shown_arguments(event).items():
        lines.append(Text(f"    {visible(name)} = {visible(json.dumps(value, ensure_ascii=False))}"))
    lines += [Text(f"  {visible(said)}", style="dim") for said in (event.changes, event.undo) if said]
    return Group(*lines)


def question(event: QuestionAsked) -> RenderableType:
    """Show a question with what can be answered, numbered where a number will do."""
    asked = event.question
    # The steps of an outline stand right above.
    text = asked.text.partition("\n")[0] if asked.about == "outline" else asked.text
    lines = [Text.assemble("\n", ("Question: ", "bold yellow"), visible(text))]
    for number, choice in enumerate(event.question.choices, start=1):
        label = f"  {number}. " if event.question.numbered else "  "
        lines.append(Text.assemble((label, "cyan"), visible(choice, limit=_ANSWER_SHOWN)))
    return Group(*lines)


def answered(event: ApprovalAnswered | QuestionAnswered) -> RenderableType:
    """Show an answer and who gave it."""
    answer = visible(event.answer, limit=_ANSWER_SHOWN)
    return Text.assemble(("  ! ", "yellow"), f"{answer}, answered by {visible(event.by)}")


def artifacts(written: Sequence[Artifact], opened: Set[str] = frozenset()) -> RenderableType:
    """Show which of the files that were `opened` the run changed, what it made, and where all that is."""
    changed = [artifact for artifact in written if artifact.path in opened]
    made = [artifact for artifact in written if artifact.path not in opened]
    lines: list[Text] = []
    for title, shown in (("Changed", changed), ("Made", made)):
        lines += [heading(title)] if shown else []
        for artifact in shown:
            where = artifact.path or f"blob {artifact.digest[:12]}"
            lines.append(Text.assemble("  ", visible(where), (f"  {_size(artifact.size)}", "dim")))
    return Group(*lines)


def finished(event: RunFinished) -> RenderableType:
    """Show the answer of a run that is done."""
    return Group(heading("Answer"), Text(indent(visible(event.answer), "  ")))


def unused_reply(event: ModelReplied, run_id: str) -> RenderableType:
    """Show the beginning of what the model said where nothing could be made of it."""
    title = heading("The model said", f"all of it: taskmatrix runs show {run_id} --json")
    return Group(title, Text(indent(visible(event.text.strip(), limit=_REPLY_SHOWN), "  ")))


def brief(value: JsonValue) -> str:
    """Return a value on one line, cut to what fits beside others."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _ARGUMENT_SHOWN else text[:_ARGUMENT_SHOWN] + "…"


def _size(size: int) -> str:
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
