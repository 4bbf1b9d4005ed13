"""`taskmatrix apis`: list, show and remove APIs; the other commands have files of their own."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli import apis_credentials, apis_demand, apis_owners, apis_quality, apis_sources
from taskmatrix.cli.apis_call import call
from taskmatrix.cli.apis_import import export, import_
from taskmatrix.cli.apis_index import index
from taskmatrix.cli.apis_listing import first_sentence, need_package, print_rows, summary
from taskmatrix.cli.apis_search import search
from taskmatrix.cli.background import changing_apis
from taskmatrix.cli.terminal import console, counted, visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from taskmatrix.core.documents import ApiDocument

app = typer.Typer(help="Import, find, call, publish and check APIs.", no_args_is_help=True)

app.command(name="import")(import_)
app.command(name="export")(export)
app.command(name="search")(search)
app.command(name="index")(index)
app.command(name="unmet")(apis_demand.unmet)
app.command(name="confirm")(apis_demand.confirm)
app.command(name="call")(call)
app.command(name="lint")(apis_quality.lint)
app.command(name="check")(apis_quality.check)
app.command(name="generate")(apis_quality.generate)
app.command(name="login")(apis_credentials.login)
app.add_typer(apis_credentials.app, name="credentials")
app.add_typer(apis_sources.app, name="sources")
apis_owners.attach(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command(name="list")
def list_(
    package: Annotated[str | None, typer.Option("--package", help="Only the APIs of this package.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the registered APIs, by package and name."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        if package is not None:
            need_package(tm.registry, package)
        documents = tm.registry.documents(package, limit=limit, served=False)
        total = tm.registry.count(package, served=False)
    if as_json:
        print(json.dumps({"total": total, "apis": [summary(d) for d in documents]}))
        return
    print_rows([(d.id, d.effects.kind, first_sentence(d.description)) for d in documents])
    if total > len(documents):
        typer.echo(f"and {total - len(documents):,} more of {total:,}: --limit, --package", err=True)


@app.command(name="show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API, or a package.")],
    as_json: AsJson = False,
) -> None:
    """Show the documentation of an API or a package: the very text that the model reads."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.outcomes import promises, views
    from taskmatrix.core.stubs import render_module

    with TaskMatrix() as tm:
        kind = tm.registry.resolve(name)
        found = tm.registry.find(name) if kind == "api" else None
        documents = [found] if found is not None else list(tm.registry.documents(name, served=False))
        about = tm.registry.package(documents[0].package if documents else name)
        grade = apis_quality.grade_line(tm, found) if found is not None else None
    if as_json:
        whole = {"package": about.model_dump(mode="json") if about else None, "apis": [d.to_json() for d in documents]}
        print(json.dumps(found.to_json() if found is not None else whole))
        return
    text = visible(render_module(about.name if about else name, documents, about).stub)
    if sys.stdout.isatty():
        from rich.syntax import Syntax

        console().print(Syntax(text, "python", background_color="default", word_wrap=True))
    else:
        print(text)
    told = promises(found) if found is not None else views(about) if about is not None else ()
    for line in [*told, *dict.fromkeys(_origin(d) for d in documents), *([grade] if grade else [])]:
        print(visible(line))


def _origin(document: "ApiDocument") -> str:
    """Say where an API comes from, in a line that leaves the printed text valid Python."""
    extra = dict(document.source.model_extra or {})
    if document.source.kind == "http":
        address = f"{extra.get('server') or 'server unknown'}{extra.get('path', '')}"
        schemes = ", ".join(document.auth) if isinstance(document.auth, dict) else ""
        details = f"{extra.get('method', '')} {address}" + (f"; credentials: {schemes}" if schemes else "")
    else:
        details = " ".join(f"{key}={value}" for key, value in extra.items() if key != "function")
    owner = f"; owner: {document.owner}" if document.owner else ""
    version = f"; version: {document.version}" if document.version else ""
    return " ".join(f"# source: {document.source.kind} {details}{owner}{version}".split())


@app.command(name="remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API, or a package.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before removing a whole package.")] = False,
    key: apis_owners.Key = None,
    as_json: AsJson = False,
) -> None:
    """Remove an API, or a package with all its APIs. Importing the source again brings them back."""
    with changing_apis() as tm:
        if tm.registry.resolve(name) == "package" and not yes:
            _confirm(name, tm.registry.count(name, served=False))
        removal = apis_owners.publisher_for(tm.registry, key).remove(name)
        if as_json:
            print(json.dumps({"removed": removal.name, "kind": removal.kind, "apis": removal.apis}))
        else:
            what = f"the package {name} with {counted(removal.apis)}" if removal.kind == "package" else name
            print(visible(f"removed {what}"))


def _confirm(package: str, count: int) -> None:
    if not sys.stdin.isatty():
        raise UsageError(f"removing the package {package!r} with {counted(count)} needs a yes", hint="add --yes")
    typer.confirm(f"Remove the package {visible(package)} with {counted(count)}?", abort=True)
