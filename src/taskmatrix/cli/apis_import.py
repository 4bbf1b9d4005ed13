"""`taskmatrix apis import` and `export`: APIs in from whatever documents them, and out again."""

import gzip
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.apis_owners import Key, publisher_for
from taskmatrix.cli.background import changing_apis
from taskmatrix.cli.failures import DONE, FAILED, USAGE, path_of, print_error
from taskmatrix.cli.progress import show_progress
from taskmatrix.cli.terminal import visible
from taskmatrix.core.errors import TaskMatrixError, UsageError

if TYPE_CHECKING:
    from taskmatrix.api_platform import ImportProblem, ImportReport

SHOWN = 10
"""Problems printed for each file; `--json` has more."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def import_(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE…",
            help="OpenAPI document (file, URL), MCP server (URL, mcpServers file, mcp:COMMAND), google[:NAME], "
            "aws[:SERVICE], Python file, module or module:function, JSONL file, or a folder of files.",
        ),
    ],
    package: Annotated[
        str | None, typer.Option("--package", help="Register the APIs under this package instead of their own.")
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", help="Call the APIs at this base URL instead of the one documented.")
    ] = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Leave out lines that are no API documents.")
    ] = False,
    key: Key = None,
    as_json: AsJson = False,
) -> int:
    """Register APIs, or update them. Each source is taken as a whole or not at all.

    Changes of what a call reaches, does or needs wait in `taskmatrix apis pending`.
    """
    from taskmatrix.api_platform import import_apis

    reports: list[ImportReport] = []
    refused: list[tuple[str, TaskMatrixError]] = []
    with changing_apis() as tm:
        # What imported code prints is not our report.
        with show_progress() as progress, redirect_stdout(sys.stderr):
            take = partial(
                import_apis,
                tm.registry,
                package=package,
                server=server,
                skip_invalid=skip_invalid,
                credentials=tm.credentials,
                actor=publisher_for(tm.registry, key).actor,
                on_progress=progress,
            )
            for source in sources:
                try:
                    for report in take(source):
                        reports.append(report)
                except TaskMatrixError as error:
                    refused.append((source, error))
        _print_reports(reports, refused, as_json=as_json)
    # Where something was taken in, or found and refused, it was tried.
    tried = [*reports, *(error for _, error in refused if error.exit_status != USAGE)]
    return DONE if not refused else FAILED if tried else USAGE


def _print_reports(
    reports: "Sequence[ImportReport]", refused: Sequence[tuple[str, TaskMatrixError]], *, as_json: bool
) -> None:
    if as_json:
        errors = [_refusal(source, error) for source, error in refused]
        status = "failed" if refused else "done"
        print(json.dumps({"status": status, "imports": [_report(r) for r in reports], "errors": errors}))
    else:
        for report in reports:
            _print_report(report)
        for _, error in refused:
            print_error(error.message, error.hint)


def _refusal(source: str, error: TaskMatrixError) -> dict[str, str | None]:
    said = {"source": source, "code": error.code, "message": error.message, "hint": error.hint}
    path = path_of(error)
    return said | ({"path": path} if path else {})


def _report(report: "ImportReport") -> dict[str, object]:
    counts = report.counts
    return {
        "source": report.source,
        "kind": report.kind,
        "packages": list(report.packages),
        "added": counts.added,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "removed": counts.removed,
        "held": counts.held,
        "kept": counts.kept,
        "invalid": _problems(report.invalid, report.invalid_count),
        "duplicates": _problems(report.duplicates, report.duplicate_count),
        "notes": _problems(report.notes, report.note_count),
    }


def _problems(first: Sequence["ImportProblem"], count: int) -> dict[str, object]:
    return {"count": count, "first": [{"line": p.line, "message": p.message} for p in first]}


def _print_report(report: "ImportReport") -> None:
    counts = report.counts
    done = {
        "added": counts.added,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "removed": counts.removed,
        "held for approval": counts.held,
        "kept from another source": counts.kept,
        "duplicates": report.duplicate_count,
        "invalid": report.invalid_count,
    }
    said = ", ".join(f"{number:,} {what}" for what, number in done.items() if number) or "nothing to do"
    where = f" in {report.packages[0]}" if len(report.packages) == 1 else f" in {len(report.packages):,} packages"
    print(visible(f"{report.source}: {said}{where}"))
    if counts.held:
        print("  what is held is shown by: taskmatrix apis pending")
    for label, first, count in (
        ("left out", report.invalid, report.invalid_count),
        ("duplicate", report.duplicates, report.duplicate_count),
        ("note", report.notes, report.note_count),
    ):
        for problem in first[:SHOWN]:
            print(visible(f"  {label}: {problem}"))
        if count > SHOWN:
            print(f"  {label}: and {count - SHOWN:,} more")


def export(
    packages: Annotated[list[str] | None, typer.Argument(metavar="[PACKAGE]…", help="Only these packages.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file, packed if it ends in .gz; else standard output.")
    ] = None,
) -> None:
    """Write APIs as JSONL, one document a line, which `apis import` takes."""
    from taskmatrix.api_platform.exports import export_lines
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        for name in packages or ():
            if tm.registry.package(name) is None:
                tm.registry.resolve(name)
                raise UsageError(f"{name!r} is an API, not a package", hint=f"taskmatrix apis show {name!r} --json")
        lines = export_lines(tm.registry, packages or ())
        if output is None:
            for line in lines:
                print(line)
            return
        count = _write(output, lines)
    typer.echo(f"{count:,} APIs written to {output}", err=True)


def _write(path: Path, lines: Iterable[str]) -> int:
    """Write a file in one step: aside, then in place of what was there."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        with (
            gzip.open(aside, "wt", encoding="utf-8")
            if path.suffix == ".gz"
            else aside.open("w", encoding="utf-8") as file
        ):
            for count, line in enumerate(lines, 1):  # noqa: B007
                file.write(f"{line}\n")
        aside.replace(path)
    except OSError as error:
        raise UsageError(
            f"{str(path)!r} cannot be written: {error.strerror or error}", hint="name another file"
        ) from error
    finally:
        aside.unlink(missing_ok=True)
    return count
