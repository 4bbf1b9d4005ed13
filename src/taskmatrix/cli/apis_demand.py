"""`taskmatrix apis unmet` and `confirm`: what people asked for in vain, and what they say an API is for."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.apis_listing import need_api, print_rows
from taskmatrix.cli.terminal import visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from taskmatrix.store import Unmet

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def unmet(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most this many.")] = 50,
    clear: Annotated[bool, typer.Option("--clear", help="Forget all of it.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what people asked for that no API does, most asked first."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.store import DemandStore

    with TaskMatrix() as tm:
        store = DemandStore(tm.database)
        if clear:
            forgotten = store.clear()
            print(json.dumps({"cleared": forgotten}) if as_json else f"forgotten: {forgotten:,}")
            return
        found, total = store.most_asked(limit), store.count()
    if as_json:
        print(json.dumps({"total": total, "unmet": [_wish(one) for one in found]}))
        return
    print_rows(
        [
            (one.text, f"{one.times:,}×", f"{one.last:%Y-%m-%d %H:%M}", one.origin, ", ".join(one.nearest))
            for one in found
        ]
    )
    if not found:
        typer.echo("nothing was asked for in vain", err=True)
    elif total > len(found):
        typer.echo(f"and {total - len(found):,} more of {total:,}: --limit", err=True)


def _wish(one: "Unmet") -> dict[str, object]:
    return {
        "text": one.text,
        "times": one.times,
        "first": one.first.isoformat(timespec="seconds"),
        "last": one.last.isoformat(timespec="seconds"),
        "origin": one.origin,
        "nearest": list(one.nearest),
    }


def confirm(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API.")],
    instruction: Annotated[
        str | None, typer.Argument(metavar="[INSTRUCTION]", help="What it does, as one would ask for it.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Forget this instruction again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that an API does what an instruction asks: a search for such words then finds it. Without one, list them.

    An importer's next run keeps what was confirmed; removing the API forgets it.
    """
    from taskmatrix.app import TaskMatrix

    if remove and instruction is None:
        raise UsageError("which instruction?", hint=f"taskmatrix apis confirm {name!r} lists them")
    with TaskMatrix() as tm:
        document = need_api(tm.registry, name)
        package, own = document.package, document.name
        done = ""
        if instruction is not None and remove:
            tm.registry.withdraw(package, own, instruction, known=tm.credentials.redactor())
            done = f"{name}: no longer found by {instruction!r}"
        elif instruction is not None:
            kept = tm.registry.confirm(package, own, instruction, known=tm.credentials.redactor())
            done = f"{name}: now also found by {kept!r}"
        confirmed = tm.registry.confirmed(package, own)
    if as_json:
        rows = [
            {"instruction": c.instruction, "at": c.at.isoformat(timespec="seconds"), "by": c.by} for c in confirmed
        ]
        print(json.dumps({"api": document.id, "confirmed": rows}))
    elif instruction is not None:
        print(visible(done))
    else:
        print_rows([(c.instruction, f"{c.at:%Y-%m-%d %H:%M}", c.by) for c in confirmed])
