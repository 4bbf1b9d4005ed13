"""`taskmatrix eval`: measure planning and retrieval on sets of cases."""

import json
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.terminal import console, visible
from taskmatrix.cli.times import read_time
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.evaluation import Progress

SHOWN_FAULTS = 5
"""Cases with invalid gold that are printed; `--json` has all."""

app = typer.Typer(help="Measure planning and retrieval on sets of cases.", no_args_is_help=True)

Set = Annotated[Path, typer.Argument(metavar="SET", help="A folder with apis.jsonl[.gz] and cases.jsonl[.gz].")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Take the first N cases only.", metavar="N")]
Out = Annotated[Path | None, typer.Option("--out", help="Write one JSON line per case to this file.", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def planning(
    folder: Set,
    model: Annotated[
        str | None, typer.Option("--model", help="What writes the programs: embedded, openai:NAME, …")
    ] = None,
    limit: Limit = None,
    without: Annotated[
        str | None, typer.Option("--without", help="Leave a part of the documents out: composition.")
    ] = None,
    now: Annotated[
        str | None, typer.Option("--now", help="The clock of cases that name none; default: this machine's.")
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> int:
    """Measure how often instructions become exactly the right calls."""
    from taskmatrix.app import make_mcfm
    from taskmatrix.evaluation import ABLATIONS, case_line, measure_planning, planning_figures

    if without is not None and without not in ABLATIONS:
        raise UsageError(f"--without {without!r} is not known", hint=f"it takes {', '.join(ABLATIONS)}")
    clock = read_time(now) if now is not None else None
    mcfm = make_mcfm(model)
    with _claimed(out), _progress() as progress:
        results = measure_planning(folder, mcfm, limit=limit, without=without, now=clock, progress=progress)
    _write(out, (case_line(result) for result in results))
    figures = {"set": str(folder), "model": mcfm.name, **planning_figures(results)}
    _report(figures, as_json=as_json)
    return DONE


@app.command()
def retrieval(
    folder: Set,
    haystack: Annotated[
        list[Path] | None, typer.Option("--haystack", help="More documents to search among.", metavar="FILE")
    ] = None,
    limit: Limit = None,
    out: Out = None,
    as_json: AsJson = False,
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]…", hidden=True)] = None,
) -> int:
    """Measure how often the right APIs are found, and how fast. A planning set is taken too."""
    from taskmatrix.evaluation import evaluate_retrieval, load_retrieval_set

    # `--haystack a b c`: what follows the first file counts as haystack too.
    files = [*(haystack or []), *(more or [])]
    if more and not haystack:
        raise UsageError(f"{str(more[0])!r} is one argument too many", hint="measure one set at a time")
    given = load_retrieval_set(folder, limit)
    with _claimed(out), _progress() as progress:
        report = evaluate_retrieval(given, files, progress, encoding=progress)
    _write(out, (found.to_json() for found in report.found))
    _report({"set": str(folder), **report.figures()}, as_json=as_json)
    return DONE


@contextmanager
def _claimed(out: Path | None) -> Generator[None]:
    """Find out before the work, not after it, that a file cannot be written. Raises UsageError."""
    if out is not None:
        try:
            out.touch()
        except OSError as error:
            raise UsageError(f"{str(out)!r} cannot be written: {error.strerror}") from error
    yield


def _write(out: Path | None, lines: Iterable[Mapping[str, "JsonValue"]]) -> None:
    if out is None:
        return
    with out.open("w", encoding="utf-8", errors="surrogatepass") as stream:
        stream.writelines(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)


@contextmanager
def _progress() -> Generator["Progress"]:
    """Show a bar where somebody looks at it."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _report(figures: Mapping[str, "JsonValue"], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(figures):
        table.add_row(visible(name), visible(value))
    out = console()
    out.print(table)
    faults = figures.get("gold_invalid")
    if isinstance(faults, list):
        _print_faults(faults)


def _rows(figures: Mapping[str, "JsonValue"]) -> Iterable[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", _text(part)) for inner, part in value.items())
        elif isinstance(value, list):
            yield name, str(len(value))
        else:
            yield name, _text(value)


def _text(value: "JsonValue") -> str:
    return "–" if value is None else str(value)


def _print_faults(faults: Sequence["JsonValue"]) -> None:
    out = console()
    for fault in faults[:SHOWN_FAULTS]:
        if isinstance(fault, dict):
            out.print(visible(f"  invalid gold in {fault['id']}: {fault['reasons']}", limit=300))
    if len(faults) > SHOWN_FAULTS:
        out.print(f"  … and {len(faults) - SHOWN_FAULTS} more; --json tells all")
