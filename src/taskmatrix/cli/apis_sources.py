"""`taskmatrix apis sources`: where the APIs were imported from."""

import json
import sys
from typing import Annotated

import typer

from taskmatrix.cli.background import changing_apis
from taskmatrix.cli.terminal import counted, visible
from taskmatrix.core.errors import UsageError

app = typer.Typer(help="List where APIs were imported from, or remove all that came from one place.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the sources, oldest first."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.registry.catalogue.sources()
    if as_json:
        rows = [
            {
                "source": source.identity,
                "kind": source.kind,
                "location": source.location,
                "apis": source.apis,
                "imported": source.imported.isoformat() if source.imported else None,
            }
            for source in found
        ]
        print(json.dumps({"sources": rows}))
        return
    for source in found:
        day = f"{source.imported:%Y-%m-%d %H:%M}" if source.imported else "never"
        print(visible(f"{source.identity}\t{counted(source.apis)}\t{day}\t{source.location}"))


@app.command(name="remove")
def remove(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="As `apis sources list` prints it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a source with all APIs that came from it, and what was kept for calling them."""
    from taskmatrix.api_platform.forgetting import forget_source

    with changing_apis() as tm:
        known = tm.registry.catalogue.source(source)
        if known is not None and not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"removing {source!r} with {counted(known.apis)} needs a yes", hint="add --yes")
            typer.confirm(f"Remove {visible(source)} with {counted(known.apis)}?", abort=True)
        removed = forget_source(tm.registry, source, tm.credentials)
        if as_json:
            print(json.dumps({"removed": source, "apis": removed}))
        else:
            print(visible(f"removed {source}: {counted(removed)}"))
