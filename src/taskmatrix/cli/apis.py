"""`taskmatrix apis`: list, show, search and remove APIs; the other commands have files of their own."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli import apis_credentials, apis_owners, apis_quality, apis_sources
from taskmatrix.cli.apis_call import call
from taskmatrix.cli.apis_import import export, import_
from taskmatrix.cli.failures import DONE, FAILED, print_error
from taskmatrix.cli.terminal import console, counted, visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from taskmatrix.api_platform import ApiRegistry
    from taskmatrix.core.documents import ApiDocument

app = typer.Typer(help="Import, find, call, publish and check APIs.", no_args_is_help=True)

app.command(name="import")(import_)
app.command(name="export")(export)
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
            _need_package(tm.registry, package)
        documents = tm.registry.documents(package, limit=limit, served=False)
        total = tm.registry.count(package, served=False)
    if as_json:
        print(json.dumps({"total": total, "apis": [_summary(d) for d in documents]}))
        return
    _print_rows([(d.id, d.effects.kind, _first_sentence(d.description)) for d in documents])
    if total > len(documents):
        typer.echo(f"and {total - len(documents):,} more of {total:,}: --limit, --package", err=True)


def _need_package(registry: "ApiRegistry", name: str) -> None:
    if registry.package(name) is None:
        registry.resolve(name)
        raise UsageError(f"{name!r} is an API, not a package", hint=f"taskmatrix apis show {name!r}")


def _summary(document: "ApiDocument") -> dict[str, object]:
    return {
        "api": document.id,
        "package": document.package,
        "name": document.name,
        "description": document.description,
        "effects": document.effects.kind,
    }


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split())
    return flat.partition(". ")[0].rstrip(".")[:200]


def _print_rows(rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table on a terminal, and lines with tabs where a program may read them."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(visible(cell) for cell in row))
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for index in range(len(rows[0]) if rows else 0):
        table.add_column(style="bold" if index == 0 else None, overflow="fold" if index == 0 else "ellipsis")
    for row in rows:
        table.add_row(*(visible(cell) for cell in row))
    console().print(table)


@app.command(name="show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API, or a package.")],
    as_json: AsJson = False,
) -> None:
    """Show the documentation of an API or a package: the very text that the model reads."""
    from taskmatrix.app import TaskMatrix
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
    for line in [*dict.fromkeys(_origin(d) for d in documents), *([grade] if grade else [])]:
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


@app.command(name="search")
def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY…", help="What the API should do, in words.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="At most this many.")] = 10,
    package: Annotated[list[str] | None, typer.Option("--package", help="Only in this package (repeatable).")] = None,
    as_json: AsJson = False,
) -> int:
    """Find APIs by what they do. The exit status is 1 if there is none."""
    from taskmatrix.app import TaskMatrix

    text = " ".join(query)
    if not text.strip():
        raise UsageError("the query is empty", hint="taskmatrix apis search 'create a slide'")
    with TaskMatrix() as tm:
        for name in package or ():
            _need_package(tm.registry, name)
        matches = tm.selector.search(text, limit=limit, packages=tuple(package or ()))
        grades = apis_quality.grade_labels(tm, [m.document for m in matches])
    if as_json:
        found = [
            _summary(m.document) | {"score": round(m.score, 4), "why": m.why, "grade": grades[m.document.id]}
            for m in matches
        ]
        print(json.dumps({"query": text, "matches": found}))
    elif matches:
        _print_rows(
            [
                (
                    m.document.id,
                    f"{m.score:.2f}",
                    grades[m.document.id],
                    _first_sentence(m.document.description),
                    m.why,
                )
                for m in matches
            ]
        )
    else:
        print_error(f"no API fits {text!r}", "taskmatrix apis import adds APIs; taskmatrix apis list shows them")
    return DONE if matches else FAILED


@app.command(name="remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API, or a package.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before removing a whole package.")] = False,
    key: apis_owners.Key = None,
    as_json: AsJson = False,
) -> None:
    """Remove an API, or a package with all its APIs. Importing the source again brings them back."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
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
