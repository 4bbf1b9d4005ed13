"""`taskmatrix runs show --call` and `runs value`: what a call was given and gave back, as what it is."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.run import Json
from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue
    from rich.console import RenderableType

    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import CallReport, Found

_PREVIEW = 2_000
_ROWS, _CELL = 50, 60


def show_call(tm: "TaskMatrix", run_id: str, number: int, *, as_json: bool) -> int:
    """Print all that is known of one call of a run."""
    from taskmatrix.conversation import CallReport, report_call

    run = tm.history.run(run_id)
    redact = tm.credentials.redactor().value
    report = report_call(run, number)
    clean = CallReport.model_validate(redact(report.model_dump(mode="json", by_alias=True)))
    if as_json:
        print(clean.model_dump_json())
        return DONE
    out = console()
    for line in [*_lines(clean, run.id), *_made(report, tm)]:
        out.print(line)
    return DONE


def _made(report: "CallReport", tm: "TaskMatrix") -> "list[RenderableType]":
    """Say of each thing that a call made, or gave a handle of, what it is and where."""
    from rich.text import Text

    from taskmatrix.core.errors import NotFoundError
    from taskmatrix.executor.looks import artifacts_in, look_of_bytes, size_of

    lines: list[RenderableType] = []
    for made in {a.digest: a for a in [*artifacts_in(report.result), *report.artifacts]}.values():
        try:
            look = look_of_bytes(tm.blobs.get(made.digest), made.media_type)
        except NotFoundError:
            look = f"{made.media_type}, {size_of(made.size)}, no longer kept"
        where = f" at {visible(made.path)}" if made.path else ""
        lines.append(Text(f"  made: {visible(made.name)}, {visible(look)}{where}, handle {visible(made.digest[:12])}"))
    return lines


def value(
    run_id: Annotated[str, typer.Argument(help="The run's id, or its beginning or end.", metavar="RUN")],
    what: Annotated[
        list[str], typer.Argument(help="A handle, the name of a file it made, or: call N.", metavar="HANDLE | call N")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this new file, in full.")] = None,
    as_json: Json = False,
) -> int:
    """Show a value of a run in full, or write it to a file.

    A value is the result of a call, a large value that the journal names by its handle, or something the run made.
    """
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import find_value

    with TaskMatrix() as tm:
        run = tm.history.run(run_id)
        found = find_value(run, what, tm.blobs)
        if found.data is None:
            found = _replaced(found, tm.credentials.redactor().value(found.value))
    if out is not None:
        _write(out, found.content())
    if as_json:
        print(json.dumps(_as_json(found, out)))
    elif out is not None:
        console().print(f"{visible(found.look)}: {visible(str(out))}")
    else:
        _show(found, run.id, what)
    return DONE


def _replaced(found: "Found", value: "JsonValue") -> "Found":
    from taskmatrix.conversation import Found

    return Found(found.name, found.look, value)


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise UsageError(f"{str(path)!r} exists already", hint="name a new file: nothing is overwritten") from None
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error


def _as_json(found: "Found", out: Path | None) -> "dict[str, JsonValue]":
    shown: dict[str, JsonValue] = {"name": found.name, "look": found.look, "media_type": found.media_type}
    if out is not None:
        return shown | {"path": str(out)}
    if found.data is None:
        return shown | {"value": found.value}
    return shown | {"base64": base64.b64encode(found.data).decode()}


def _show(found: "Found", run_id: str, what: Sequence[str]) -> None:
    out = console()
    if found.data is None:
        out.print(whole(found.value))
    elif found.media_type.startswith("text/"):
        out.print(visible(found.data.decode(errors="replace")))
    else:
        out.print(f"{visible(found.name)}: {visible(found.look)}")
        out.print(f"  taskmatrix runs value {run_id} {visible(' '.join(what))} --out FILE")


def whole(value: "JsonValue") -> "RenderableType":
    """Return a value as what it is: a table as a table, a text as it reads, all else as JSON."""
    from rich.text import Text

    from taskmatrix.executor.looks import columns_of

    columns = columns_of(value)
    if columns and isinstance(value, list):
        return _table(columns, value)
    return Text(visible(value) if isinstance(value, str) else _json(value))


def _table(columns: Sequence[str], rows: "Sequence[JsonValue]") -> "RenderableType":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(Text(visible(column), style="bold"), overflow="fold")
    for row in rows[:_ROWS]:
        cells = [row.get(column) for column in columns] if isinstance(row, dict) else []
        table.add_row(*(Text(_cell(cell)) for cell in cells))
    left = len(rows) - _ROWS
    return Group(table, Text(f"… and {left:,} more rows; --json or --out FILE has them all")) if left > 0 else table


def _cell(value: "JsonValue") -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return visible(" ".join(text.split()), limit=_CELL)


def _json(value: "JsonValue") -> str:
    return visible(json.dumps(value, indent=2, ensure_ascii=False))


def _lines(report: "CallReport", run_id: str) -> "list[RenderableType]":
    from rich.text import Text

    state = report.status + (f" in {report.seconds:.2f} s" if report.seconds is not None else "")
    tries = f", attempt {report.attempts}" if report.attempts > 1 else ""
    where = f", line {report.line}" if report.line else ""
    lines: list[RenderableType] = [
        Text.assemble(f"Call {report.call}  ", (visible(report.api), "cyan"), f"  {state}{tries}"),
        Text(f"  {report.effect}{where}", style="dim"),
    ]
    if report.permit:
        lines.append(Text(f"  {visible(report.permit)}", style="dim"))
    for name, argument in report.arguments.items():
        lines += _titled(f"{visible(name)} =", argument, f"taskmatrix runs show {run_id} --call {report.call} --json")
    for request, answer in zip(report.asked, [*report.answered, *[None] * len(report.asked)], strict=False):
        said = f"{answer.answer}, by {answer.by}, {answer.at:%Y-%m-%d %H:%M} UTC" if answer and answer.at else "open"
        lines.append(Text(f"  asked: {visible(request.reason)}; answered: {visible(said)}"))
    if report.message is not None:
        lines.append(Text(f"  {visible(report.code or '')}: {visible(report.message)}", style="red"))
    if report.status == "done":
        more = f"taskmatrix runs value {run_id} call {report.call}"
        lines += _titled(f"result: {visible(report.look)}", report.result, more)
    return lines


def _titled(title: str, value: "JsonValue", more: str) -> "list[RenderableType]":
    """Return a value below its title, a large one as its beginning with what shows it in full."""
    from rich.padding import Padding
    from rich.text import Text

    from taskmatrix.executor.payloads import stub_of

    stub = stub_of(value)
    if stub is not None:
        shown = f"{visible(stub.look)}, handle {visible(stub.digest[:12])}\n{visible(stub.preview, limit=_PREVIEW)}"
        return [Text(f"  {title}"), Padding(Text(shown), (0, 0, 0, 4), expand=False)]
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _PREVIEW:
        shown = f"{visible(text, limit=_PREVIEW)}\n{len(text):,} characters; in full: {more}"
        return [Text(f"  {title}"), Padding(Text(shown), (0, 0, 0, 4), expand=False)]
    return [Text(f"  {title}"), Padding(whole(value), (0, 0, 0, 4), expand=False)]
