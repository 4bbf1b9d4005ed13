"""The interchange format: one API document a line, `.jsonl` or `.jsonl.gz`.

Published documents sometimes declare a parameter twice, in the path and in the body. A call can give such a name
one value only, so the two become one parameter, and the report says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from taskmatrix.api_platform.importers.lines import LONGEST_LINE, Line, read_lines
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.reports import ProblemList, Progress
from taskmatrix.api_platform.importers.strict_json import JsonFault, parse_json
from taskmatrix.api_platform.publishing.changes import true_effect
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError

IDENTITY = "jsonl"
"""Of all files in this format: it carries documents from registry to registry, and is not where they come from."""

_LOCAL_KINDS = ("python", "entry-point", "mcp", "aws")
"""Sources that use what is on this machine: its code, the servers its user has imported, his cloud account."""


def read_jsonl(path: Path, options: ImportOptions, tell: Progress) -> Reading:
    """Read a file. Of a document that comes twice the first counts; `options.package` replaces the package of all.

    While the documents are read: ImportRefusedError for a file that cannot be unpacked.
    """
    reading = Reading(IDENTITY, "jsonl", str(path), (), whole=False, strict=True, tells=True)
    reading.documents = _documents(read_lines(path, tell), options, reading)
    return reading


def read_document(data: bytes) -> ApiDocument:
    """Read one document from its JSON text. Raises DocumentError with the field's path and a code."""
    try:
        return parse_document(parse_json(data))
    except JsonFault as fault:
        raise DocumentError(str(fault), code=fault.code, hint="send one API document as UTF-8 JSON") from fault


def _documents(lines: Iterator[Line], options: ImportOptions, reading: Reading) -> Iterator[ApiDocument]:
    # Hashes instead of names: a million of them fit in memory.
    first_lines: dict[int, int] = {}
    for line in lines:
        document = _document(line, options, reading)
        if document is None:
            continue
        first = first_lines.setdefault(hash((document.package, document.name)), line.number)
        if first != line.number:
            reading.duplicates.add(line.number, f"{document.id} was in line {first} already")
            continue
        reading.line = line.number
        yield document


def _document(line: Line, options: ImportOptions, reading: Reading) -> ApiDocument | None:
    """Return what a line says, or None after noting why not."""
    if line.data is None:
        reading.invalid.add(line.number, f"longer than {LONGEST_LINE // 1024 // 1024} MB", DocumentError.code)
        return None
    try:
        data = parse_json(line.data)
        if isinstance(data, dict):
            _prepare(cast(dict[str, Any], data), options, line.number, reading.notes)
        return _honest(parse_document(cast(object, data)), line.number, reading.notes)
    except DocumentError as error:
        reading.invalid.add(line.number, error.message, error.code)
    except JsonFault as fault:
        reading.invalid.add(line.number, str(fault), fault.code)
    return None


def _prepare(fields: dict[str, Any], options: ImportOptions, number: int, notes: ProblemList) -> None:
    if options.package is not None:
        fields["package"] = options.package
    source = fields.get("source")
    if isinstance(source, dict) and cast(dict[str, Any], source).get("kind") in _LOCAL_KINDS:
        # A file of documents must not decide which code of this machine is run, or say what a call of it does.
        fields["source"] = None
        notes.add(number, "it is called through something on another machine: import that here to make it callable")
    doubled = _merge_doubled(fields)
    if doubled:
        notes.add(number, f"parameter {doubled[0]!r} was declared twice and became one")


def _honest(document: ApiDocument, number: int, notes: ProblemList) -> ApiDocument:
    """Return a document whose effect is no milder than that of its HTTP method: the stricter of both counts.

    Raises DocumentError for one that holds a credential.
    """
    if document.auth is not None or document.source.kind == "http":
        from taskmatrix.api_platform.quality.strictness import refuse_secrets  # slow to import

        refuse_secrets(document)
    effect = true_effect(document) if document.source.kind == "http" else document.effects.kind
    if effect == document.effects.kind:
        return document
    notes.add(number, f"its method makes it {effect}, not {document.effects.kind}")
    return document.model_copy(update={"effects": document.effects.model_copy(update={"kind": effect})})


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
