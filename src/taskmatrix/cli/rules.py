"""`taskmatrix rules`: what runs by itself, what is asked about, what is refused."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.run import Json, account
from taskmatrix.cli.terminal import console, visible

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.app.rules import ListedRule
    from taskmatrix.core.permits import Permit

app = typer.Typer(help="Say which calls run, are asked about, or are refused.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--directory", help="The folder of the runs; else the current one.")]


@app.command(name="list")
def list_rules(directory: Folder = Path(), as_json: Json = False) -> int:
    """Show the table in words, with where each rule is from, and the calls that are not asked about again.

    The first rule that matches a call decides.
    """
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        table = tm.rules.table(directory.absolute())
        redact = tm.credentials.redactor()
        permits = [p.model_copy(update={"arguments": redact.text(p.arguments)}) for p in tm.rules.permitted()]
    if as_json:
        shown = [_rule(listed) for listed in table]
        print(json.dumps({"rules": shown, "permits": [p.model_dump(mode="json") | {"id": p.id} for p in permits]}))
        return DONE
    out = console()
    for number, listed in enumerate(table, start=1):
        out.print(f"{number:>3}. {_words(listed)}")
    if not all(listed.counts for listed in table):
        out.print("\nRules marked with - count once you have read the file: taskmatrix rules trust")
    if permits:
        out.print("\nNot asked about again, while the API's document stays as it is:")
    for permit in permits:
        out.print(_permit(permit))
    return DONE


@app.command()
def add(
    verdict: Annotated[Literal["run", "ask", "refuse"], typer.Argument(help="What is done with such calls.")],
    api: Annotated[str, typer.Option("--api", help="Name of the API, or package.name; * and ? stand for any.")] = "*",
    package: Annotated[str, typer.Option("--package", help="Name of its package; * and ? stand for any.")] = "*",
    effect: Annotated[
        list[str] | None, typer.Option("--effect", help="read, write, destructive or physical; several may be given.")
    ] = None,
    inferred: Annotated[
        bool | None, typer.Option("--inferred/--declared", help="Only effects that were inferred, or declared.")
    ] = None,
    arg: Annotated[
        list[str] | None, typer.Option("--arg", help="A condition, as in 'amount > 100' or 'to = *@example.org'.")
    ] = None,
    origin: Annotated[str | None, typer.Option("--origin", help="said, result, default or guess.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Shown to whoever is asked, or refused.")] = "",
    last: Annotated[bool, typer.Option("--last", help="After your other rules, not before them.")] = False,
    as_json: Json = False,
) -> int:
    """Add a rule of yours, before your others."""
    from taskmatrix.app import TaskMatrix

    given: dict[str, Any] = {"package": package, "api": api, "effects": effect, "inferred": inferred}
    given |= {"arguments": arg, "origin": origin, "reason": reason}
    fields = {"verdict": verdict} | {name: value for name, value in given.items() if value is not None}
    with TaskMatrix() as tm:
        added = tm.rules.add(fields, by=account(), last=last)
    if as_json:
        print(json.dumps(_rule(added)))
    else:
        console().print(_words(added))
    return DONE


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="A rule of yours (r3) or a permit (p3), as listed.", metavar="ID")],
    as_json: Json = False,
) -> int:
    """Remove a rule of yours, or revoke a permit."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        tm.rules.remove(name)
    print(json.dumps({"removed": name}) if as_json else f"{visible(name)} is removed.")
    return DONE


@app.command()
def trust(directory: Folder = Path(), as_json: Json = False) -> int:
    """Let the project's taskmatrix.toml count in full, as it is now: also what it lets run.

    Without this its rules can only ask and refuse: whoever wrote the file may be somebody else, or a run.
    """
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        project = tm.rules.trust(directory.absolute())
    if as_json:
        print(json.dumps({"path": str(project.path), "digest": project.digest, "rules": len(project.rules)}))
    else:
        console().print(f"{visible(str(project.path))} is trusted as it is now.")
    return DONE


@app.command()
def test(
    api: Annotated[str, typer.Argument(help="package.name of the API.", metavar="API")],
    arg: Annotated[
        list[str] | None, typer.Option("--arg", help="parameter=value; texts as they are, all else as JSON.")
    ] = None,
    directory: Folder = Path(),
    as_json: Json = False,
) -> int:
    """Say what would be done with a call, and which rule says so. Nothing is called."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.apis_call import read_pairs
    from taskmatrix.core.errors import UsageError

    folder = directory.absolute()
    with TaskMatrix() as tm:
        tm.registry.resolve(api)
        document = tm.registry.find(api)
        if document is None:
            raise UsageError(f"{api!r} is a package, not an API", hint="name one of its APIs")
        judged = tm.rules.judge(document, read_pairs(document, arg or ()), folder)
    if as_json:
        rule = _rule(judged.listed) if judged.listed is not None else None
        print(json.dumps({"verdict": judged.verdict, "reason": judged.reason, "rule": rule, "permit": judged.permit}))
        return DONE
    out = console()
    out.print(f"{judged.verdict}" + (f": {visible(judged.permit or judged.reason)}" if judged.reason else ""))
    out.print(f"  {_words(judged.listed)}" if judged.listed is not None else "  no rule covers it")
    return DONE


def _rule(listed: "ListedRule") -> "dict[str, JsonValue]":
    rule = listed.rule
    return {
        "id": listed.id or None,
        "words": str(rule),
        "verdict": rule.verdict,
        "package": rule.package,
        "api": rule.api,
        "effects": list(rule.effects),
        "inferred": rule.inferred,
        "arguments": [str(condition) for condition in rule.arguments],
        "origin": rule.origin,
        "reason": rule.reason,
        "source": rule.source,
        "counts": listed.counts,
    }


def _words(listed: "ListedRule") -> str:
    rule, mark = listed.rule, "" if listed.counts else "- "
    reason = f": {rule.reason}" if rule.reason else ""
    return visible(f"{mark}{rule}{reason}  ({rule.source})")


def _permit(permit: "Permit") -> str:
    where = f" in {permit.directory}" if permit.directory else ""
    call = f"{permit.package}.{permit.name}({permit.arguments})"
    return visible(f"{permit.id}  {call}{where}, by {permit.by} in run {permit.run}, {permit.at:%Y-%m-%d %H:%M} UTC")
