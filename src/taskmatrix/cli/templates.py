"""`taskmatrix templates`: finished runs, to be done again with other values and without a model."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE, FAILED
from taskmatrix.cli.run import Json, conclude, print_json, until_stopped
from taskmatrix.cli.slots import asked_values, given_values, pair_of
from taskmatrix.cli.terminal import console, counted, visible

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.core.templates import KeptTemplate, Template, TemplateReport

app = typer.Typer(help="Finished runs, to be done again with other values and no model.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The template's name.", metavar="TEMPLATE")]


@app.command()
def make(
    run_id: Annotated[str, typer.Argument(help="The run's id, or its beginning or end.", metavar="RUN")],
    name: Annotated[str, typer.Option("--name", help="What to call it, as make-company-deck.")] = "",
    description: Annotated[str, typer.Option("--description", help="What it does, and when to use it.")] = "",
    slot: Annotated[
        list[str] | None, typer.Option("--slot", metavar="NAME=NEWNAME", help="Call a slot otherwise.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="NAME", help="Leave as it is what would be this slot.")
    ] = None,
    word: Annotated[
        list[str] | None,
        typer.Option("--word", metavar="NAME=TEXT", help="A slot for a text wherever the program says it."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Make a template of a finished run: what you said becomes its slots."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation.templates import Choices

    choices = Choices(
        name, description, dict(map(pair_of, slot or ())), frozenset(keep or ()), dict(map(pair_of, word or ()))
    )
    with TaskMatrix() as tm:
        made = tm.templates.make(run_id, choices)
    if as_json:
        print(made.model_dump_json())
        return DONE
    _show(made)
    console().print("\n" + visible(_command(made)))
    return DONE


@app.command(name="list")
def list_templates(as_json: Json = False) -> int:
    """List the templates by name, and whether each can be run."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation.templates import missing_apis

    with TaskMatrix() as tm:
        found = tm.templates.all()
        missing = [missing_apis(kept.template, tm.registry) for kept in found]
    if as_json:
        print(json.dumps([_line_as_json(kept, absent) for kept, absent in zip(found, missing, strict=True)]))
        return DONE
    for kept, absent in zip(found, missing, strict=True):
        slots = ", ".join(slot.name for slot in kept.template.slots) or "no slots"
        lacks = f"; lacks {', '.join(absent)}" if absent else ""
        console().print(visible(f"{kept.template.name}  ({slots})  run {counted(kept.used, 'time')}{lacks}"))
        console().print(f"  {visible(kept.template.description, limit=200)}")
    if not found:
        console().print("no templates yet; make one of a finished run: taskmatrix templates make RUN")
    return DONE


@app.command()
def show(name: Name, as_json: Json = False) -> int:
    """Show a template: its slots, steps, program and where it stands."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation.templates import changed_apis, missing_apis

    with TaskMatrix() as tm:
        kept = tm.templates.find(name)
        missing, changed = missing_apis(kept.template, tm.registry), changed_apis(kept.template, tm.registry)
    if as_json:
        print(json.dumps(kept.model_dump(mode="json") | {"missing": missing, "changed": changed}))
        return DONE
    _show(kept.template)
    out = console()
    out.print(f"\nrun {counted(kept.used, 'time')}, {counted(len(kept.template.cases), 'check case')}")
    for api in missing:
        out.print(visible(f"{api} is not registered: the template cannot be run"))
    for api in changed:
        out.print(visible(f"{api} was changed since the template was made"))
    return DONE


@app.command()
def run(
    name: Name,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="SLOT=VALUE", help="Texts as they are, all else as JSON.")
    ] = None,
    json_values: Annotated[
        str | None, typer.Option("--set-json", metavar="JSON", help="All values as one JSON object.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve everything; never overwrite a file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the program; call nothing.")] = False,
    directory: Annotated[
        Path | None, typer.Option("--directory", help="Where relative paths start; else the current folder.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help='The most that its calls may cost, as "5 USD".')
    ] = None,
    as_json: Json = False,
) -> int:
    """Run a template with these values. No model is asked; values that are missing are asked for."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.approving import TerminalApprover
    from taskmatrix.cli.undoing import offer_undo
    from taskmatrix.cli.watching import RunDisplay

    with TaskMatrix() as tm:
        template = tm.templates.find(name).template
        given = given_values(template, values or (), json_values)
        order = partial(
            tm.templates.run_sync, name, dry_run=dry_run, assume_yes=yes, directory=directory, budget=budget
        )
        if as_json:
            return print_json(until_stopped(tm, lambda watch: order(given, watch=watch)))
        given |= asked_values(template, given)
        with RunDisplay(console()) as display:
            approver = TerminalApprover(display)
            result = until_stopped(tm, lambda watch: order(given, approver=approver, watch=watch), display.watch)
        status = conclude(result)
        offer_undo(tm, result)
        return status


@app.command()
def check(name: Name, as_json: Json = False) -> int:
    """Check a template against the APIs as they are now, and its cases; nothing is called."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        report = tm.templates.check(name)
    if as_json:
        print(json.dumps(report.model_dump(mode="json") | {"ok": report.ok, "runnable": report.runnable}))
    else:
        _tell(name, report)
    return DONE if report.ok else FAILED


@app.command()
def export(
    name: Name,
    path: Annotated[
        Path | None, typer.Argument(help="A new .md file, or a folder for NAME/SKILL.md; else the current folder.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Write a template as one Markdown file, a skill for agents. It holds what the run was told and gave back."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        written = tm.templates.export(name, path)
    print(json.dumps({"path": str(written)})) if as_json else console().print(f"Wrote {visible(str(written))}.")
    return DONE


@app.command(name="import")
def import_template(
    file: Annotated[Path, typer.Argument(help="A template's file, or a folder with its SKILL.md.", metavar="FILE")],
    as_json: Json = False,
) -> int:
    """Keep the template of a file. One whose APIs are not here is kept, and runs once they are."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.templates.import_(file)
    if as_json:
        told = {"template": found.template.model_dump(mode="json"), "report": found.report.model_dump(mode="json")}
        print(json.dumps(told | {"runnable": found.report.runnable}))
        return DONE
    _show(found.template)
    console().print()
    _tell(found.template.name, found.report)
    return DONE


@app.command()
def remove(name: Name, as_json: Json = False) -> int:
    """Forget a template; its runs stay."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        tm.templates.remove(name)
    print(json.dumps({"removed": name})) if as_json else console().print(f"Removed {visible(name)}.")
    return DONE


def _show(template: "Template") -> None:
    out = console()
    out.print(f"{template.name}: {visible(template.description)}")
    out.print(f"\nInstruction\n  {visible(template.instruction)}")
    if template.steps:
        out.print("\nOutline")
        for number, step in enumerate(template.steps, start=1):
            out.print(f"  {number}. {visible(step.text)}")
    if template.slots:
        out.print("\nSlots")
    for slot in template.slots:
        example = visible(json.dumps(slot.example, ensure_ascii=False), limit=80)
        such = f"  such as {example}" if slot.example is not None else ""
        out.print(f"  {slot.name}  {visible(slot.description, limit=200)}{such}")
    out.print("\nProgram\n" + visible(template.code))


def _tell(name: str, report: "TemplateReport") -> None:
    out = console()
    for api in report.missing:
        out.print(visible(f"{api} is not registered"))
    for api in report.changed:
        out.print(visible(f"{api} was changed since the template was made"))
    for finding in report.findings:
        out.print(visible(finding))
    for case in report.cases:
        out.print(visible(f"case {case.number}: {'as recorded' if case.ok else case.why}"))
    words = {"ready": "can be run", "other-calls": "can be run, but does other than its cases say"}
    out.print(visible(f"{name} {words.get(report.state, 'cannot be run')}."))


def _command(template: "Template") -> str:
    values = " ".join(f"--set {slot.name}=…" for slot in template.slots if not slot.has_default)
    return f"Run it:  taskmatrix templates run {template.name} {values}".rstrip()


def _line_as_json(kept: "KeptTemplate", missing: Sequence[str]) -> "dict[str, JsonValue]":
    told: dict[str, JsonValue] = kept.model_dump(mode="json", exclude={"template"})
    told["name"], told["description"] = kept.template.name, kept.template.description
    told["slots"], told["missing"] = [slot.name for slot in kept.template.slots], [*missing]
    return told
