"""`taskmatrix learn`: teach the embedded model from corrections, and go back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.terminal import console, visible

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.mcfm.embedded.learning.updating import Updated

MOST_LEFT_OUT = 5
"""Corrections left out that are printed; `--json` has all."""

app = typer.Typer(help="Teach the embedded model from corrections, and go back.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def update(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Corrections: planning cases, one JSON object a line.")],
    as_json: AsJson = False,
) -> int:
    """Learn from corrections. What was learned is used if held-out cases are answered no worse with it."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.app.learning import learn_from

    with TaskMatrix() as tm:
        made = learn_from(tm, file, _say(as_json=as_json))
    if as_json:
        print(json.dumps(_updated(made)))
    else:
        _show(made)
    return DONE


@app.command()
def versions(as_json: AsJson = False) -> int:
    """List what was learned, oldest first; a star marks the version in use."""
    from taskmatrix.app import read_settings
    from taskmatrix.app.models import learned_versions

    kept = learned_versions(read_settings().folder)
    active = kept.active
    if as_json:
        told = [v.model_dump(mode="json") for v in kept.all()]
        print(json.dumps({"active": active, "versions": told}))
        return DONE
    out = console()
    out.print(f"{'*' if active == 'shipped' else ' '} shipped  the weights that come with TaskMatrix")
    for version in kept.all():
        state = "adopted" if version.adopted else f"refused: {version.gate.get('why', '')}"
        made = f"{version.name:8} {version.at:%Y-%m-%d %H:%M}  {version.examples:,} examples"
        line = f"{made}, after {version.parent}, {state}"
        out.print(("* " if active == version.name else "  ") + visible(line, limit=300))
    return DONE


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A version as `learn versions` lists it, or shipped.")],
    as_json: AsJson = False,
) -> int:
    """Use an earlier version, a later one again, or what was shipped."""
    from taskmatrix.app import read_settings
    from taskmatrix.app.models import learned_versions

    kept = learned_versions(read_settings().folder)
    kept.activate(name)
    print(json.dumps({"active": name})) if as_json else console().print(
        f"The embedded model now uses {visible(name)}."
    )
    return DONE


def _say(*, as_json: bool) -> Callable[[str], None]:
    """Tell what is being done, on one line where somebody looks at it."""
    if as_json or not sys.stderr.isatty():
        return lambda text: None
    return lambda text: print(f"\r\x1b[K{visible(text, limit=100)}", end="", file=sys.stderr, flush=True)


def _updated(made: "Updated") -> "dict[str, JsonValue]":
    return {
        "version": made.version.name,
        "adopted": made.version.adopted,
        "examples": made.version.examples,
        "gate": made.verdict.to_json(),
        "left_out": list(made.left_out),
    }


def _show(made: "Updated") -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    out, version, verdict = console(), made.version, made.verdict
    if version.adopted:
        out.print(f"Learned from {version.examples:,} examples: version {version.name} is in use.")
        out.print(f"Back again: taskmatrix learn rollback {visible(version.parent)}")
    else:
        out.print(f"Not used: {visible(verdict.why)}. It is kept as version {version.name}.")
    for name, told in (("held-out corrections", verdict.corrections), ("earlier cases", verdict.replayed)):
        if told.cases:
            out.print(f"  {name}: {told.active} of {told.cases} right before, {told.candidate} now")
    for line in made.left_out[:MOST_LEFT_OUT]:
        out.print(f"  left out: {visible(line, limit=200)}")
    if len(made.left_out) > MOST_LEFT_OUT:
        out.print(f"  … and {len(made.left_out) - MOST_LEFT_OUT} more left out; --json tells all")
