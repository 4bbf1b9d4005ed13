"""The interchange format: one API document a line, `.jsonl` or `.jsonl.gz`.

A file is imported as a whole or not at all; `skip_invalid` leaves out the lines that are no documents and takes
the others. Lines are read, checked and put aside one by one, so memory stays bounded, and only then written, in
one transaction that holds the database for as short a time as can be.

Published documents sometimes declare a parameter twice, in the path and in the body. A call can give such a name
one value only, so the two become one parameter, and the report says so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from taskmatrix.api_platform.importers.lines import LONGEST_LINE, Line, read_lines
from taskmatrix.api_platform.importers.reports import ImportReport, ProblemList, Progress
from taskmatrix.api_platform.importers.spool import Spool
from taskmatrix.api_platform.importers.strict_json import parse_json
from taskmatrix.api_platform.registry import ApiRegistry, checked
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError, ImportRefusedError
from taskmatrix.store import PreparedDocument, prepare

_LOCAL_KINDS = ("python", "entry-point")
_SHOWN = 10
_STEP = 2_000


@dataclass(slots=True)
class _Findings:
    invalid: ProblemList = field(default_factory=ProblemList)
    duplicates: ProblemList = field(default_factory=ProblemList)
    notes: ProblemList = field(default_factory=ProblemList)
    packages: dict[str, None] = field(default_factory=dict[str, None])
    # Hashes instead of names: a million of them fit in memory.
    first_lines: dict[int, int] = field(default_factory=dict[int, int])


def import_jsonl(
    registry: ApiRegistry,
    path: Path,
    *,
    package: str | None = None,
    skip_invalid: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import a file. Of a document that comes twice the first counts; `package` replaces the package of all.

    Raises ImportRefusedError naming the invalid lines, with the registry unchanged, unless `skip_invalid`;
    StoreError.
    """
    tell = on_progress or _ignore
    findings = _Findings()
    with Spool() as spool:
        for line in read_lines(path, tell):
            row = _prepare(line, package, findings)
            if row is not None:
                spool.put(row)
        _refuse(path, findings, spool.count, skip_invalid=skip_invalid)
        counts = registry.apply(_told(spool.rows(), spool.count, tell))
    return ImportReport(
        source=str(path),
        kind="jsonl",
        counts=counts,
        packages=tuple(findings.packages),
        invalid=tuple(findings.invalid.first),
        invalid_count=findings.invalid.count,
        duplicates=tuple(findings.duplicates.first),
        duplicate_count=findings.duplicates.count,
        notes=tuple(findings.notes.first),
        note_count=findings.notes.count,
    )


def _ignore(_what: str, _done: int, _total: int) -> None:
    pass


def _prepare(line: Line, package: str | None, findings: _Findings) -> PreparedDocument | None:
    """Return what a line says, or None after noting why not."""
    if line.data is None:
        findings.invalid.add(line.number, f"longer than {LONGEST_LINE // 1024 // 1024} MB")
        return None
    try:
        data = parse_json(line.data)
        row = prepare(checked(_document(data, package, line.number, findings.notes)))
    except DocumentError as error:
        findings.invalid.add(line.number, error.message)
        return None
    except ValueError as error:
        findings.invalid.add(line.number, str(error))
        return None
    first = findings.first_lines.setdefault(hash((row.package, row.name)), line.number)
    if first != line.number:
        findings.duplicates.add(line.number, f"{row.package}.{row.name} was in line {first} already")
        return None
    findings.packages.setdefault(row.package)
    return row


def _document(data: object, package: str | None, number: int, notes: ProblemList) -> ApiDocument:
    if isinstance(data, dict):
        fields = cast(dict[str, Any], data)
        if package is not None:
            fields["package"] = package
        source = fields.get("source")
        if isinstance(source, dict) and cast(dict[str, Any], source).get("kind") in _LOCAL_KINDS:
            # A file of documents must not decide which code of this machine is run.
            fields["source"] = None
            notes.add(number, "its source is code on some machine: import that code to make it callable")
        doubled = _merge_doubled(fields)
        if doubled:
            notes.add(number, f"parameter {doubled[0]!r} was declared twice and became one")
    return parse_document(cast(object, data))


def _merge_doubled(fields: dict[str, Any]) -> list[str]:
    """Make one parameter of those with one name: what the first leaves open, the next one says."""
    parameters = fields.get("parameters")
    if not isinstance(parameters, list) or not all(isinstance(p, dict) for p in cast(list[object], parameters)):
        return []
    given = cast(list[dict[str, Any]], parameters)
    merged: dict[object, dict[str, Any]] = {}
    doubled: list[str] = []
    for parameter in given:
        name = parameter.get("name")
        if not isinstance(name, str) or name not in merged:
            merged[name if isinstance(name, str) else id(parameter)] = parameter
            continue
        doubled.append(name)
        said = {key: value for key, value in merged[name].items() if value not in ("", None, {})}
        merged[name] = parameter | said | {"required": bool(parameter.get("required") or said.get("required"))}
    if doubled:
        fields["parameters"] = list(merged.values())
    return doubled


def _refuse(path: Path, findings: _Findings, count: int, *, skip_invalid: bool) -> None:
    invalid = findings.invalid
    if invalid.count and not skip_invalid:
        shown = "; ".join(str(problem) for problem in invalid.first[:_SHOWN])
        more = f"; and {invalid.count - _SHOWN} more" if invalid.count > _SHOWN else ""
        raise ImportRefusedError(
            f"{path}: {invalid.count} of {invalid.count + count + findings.duplicates.count} lines are no API"
            f" documents, so nothing was imported: {shown}{more}",
            hint="correct these lines, or leave them out with --skip-invalid",
        )
    if not count:
        raise ImportRefusedError(
            f"{path} holds no API document", hint='a line looks like {"package": …, "name": …, "parameters": []}'
        )


def _told(rows: Iterable[PreparedDocument], total: int, tell: Progress) -> Iterator[PreparedDocument]:
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            tell("writing", number, total)
        yield row
    tell("writing", total, total)
