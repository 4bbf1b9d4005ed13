"""OpenAPI 3.0 and 3.1, and Swagger 2: from a file or an address to the documents of a package."""

import re
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node, node, part
from taskmatrix.api_platform.importers.openapi.literal_keys import refuse_keys_in_schemes
from taskmatrix.api_platform.importers.openapi.naming import package_name
from taskmatrix.api_platform.importers.openapi.operations import Operation, OperationReader, list_operations
from taskmatrix.api_platform.importers.openapi.prose import about, tidy
from taskmatrix.api_platform.importers.openapi.references import CODE, References, refuse_any_outside
from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.api_platform.importers.openapi.security import SecurityReader
from taskmatrix.api_platform.importers.openapi.servers import ServerReader
from taskmatrix.api_platform.importers.parsing import parse_source
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.reports import Progress
from taskmatrix.api_platform.importers.texts import SourceText, read_source
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError, ImportRefusedError

KIND = "openapi"

_STEP = 500
_LONGEST_TITLE = 200
_MARK = re.compile(rb"""["']?(?:openapi|swagger)["']?\s*:\s*["']?[123]\b""")
# Anything but a reference inside the document, also one whose name is written with escapes.
_OUTSIDE = re.compile(rb'"\$ref"\s*:\s*"[^#]|\\u00')


def looks_like_openapi(data: bytes) -> bool:
    """Whether a text, or its beginning, is an OpenAPI or Swagger document, in JSON or YAML."""
    return _MARK.search(data) is not None


def read_openapi(location: str, options: ImportOptions | None = None, on_progress: Progress | None = None) -> Reading:
    """Read a document from a path or an http(s) URL; its operations are written while they are taken.

    Raises ImportRefusedError, whose code says why: `ref.external`, `secret.in_doc`, `encoding`,
    `json.duplicate_key`, `json.number`, `doc.invalid`. Taking the documents may raise it too.
    """
    tell = on_progress or _ignore
    return read_openapi_text(read_source(location, tell), options, on_progress)


def read_openapi_text(
    source: SourceText, options: ImportOptions | None = None, on_progress: Progress | None = None
) -> Reading:
    """Read a document whose text is there already. Raises as `read_openapi` does."""
    tell = on_progress or _ignore
    options = options or ImportOptions()
    document = _checked(parse_source(source, tell), source.location)
    if _OUTSIDE.search(source.data) or not source.data.lstrip().startswith(b"{"):
        refuse_any_outside(document)
    refuse_keys_in_schemes(document)
    reading = Reading(identity="", kind=KIND, location=source.location, documents=(), renamable=not options.package)
    remarks = Remarks(reading.notes)
    references = References(document, remarks)
    servers = ServerReader(document, remarks, base=source.base, stated=options.server)
    security = SecurityReader(document, references, remarks, base=source.base)
    operations = list_operations(document, references, reading.invalid)
    if not operations:
        raise _nothing(reading.invalid.count, source.location)
    info = part(document, "info")
    title = tidy(info.get("title"), _LONGEST_TITLE)
    package = options.package or package_name(title, servers.own)
    reading.identity = f"openapi:{servers.own or source.location} {title}".strip()
    version = info.get("version")
    reading.packages = (
        Package(
            name=package,
            description=about(info.get("description")) or title,
            version=str(version) if isinstance(version, str | int | float) else None,
        ),
    )
    reader = OperationReader(document, package, references, servers, security)
    reading.documents = _documents(operations, reader, reading, tell)
    return reading


def _ignore(_what: str, _done: int, _total: int) -> None:
    pass


def _checked(value: JsonValue, location: str) -> Node:
    """Return the document. Raises ImportRefusedError for what is none, and for versions that are not read."""
    document = node(value)
    for key, wanted in (("openapi", "3."), ("swagger", "2.")):
        version = document.get(key)
        if version is None:
            continue
        if not str(version).startswith(wanted) and str(version) != wanted[:1]:
            raise ImportRefusedError(
                f"{location}: {key} {str(version)[:20]!r} is not read",
                path=key,
                code="doc.invalid",
                hint="OpenAPI 3.x and Swagger 2.0 are; convert it",
            )
        paths = document.get("paths")
        if paths is not None and not isinstance(paths, dict):
            raise ImportRefusedError(f"{location}: paths is no object", path="paths", code="doc.invalid")
        return document
    raise ImportRefusedError(
        f"{location} is no OpenAPI document", path="openapi", code="doc.invalid", hint="it begins with openapi: 3.1.0"
    )


def _nothing(missing: int, location: str) -> ImportRefusedError:
    if missing:
        return ImportRefusedError(
            f"{location}: all of its operations are in other files, which did not come with it",
            path="paths",
            code=CODE,
            hint="bundle the document into one file",
        )
    return ImportRefusedError(f"{location} has no operation", path="paths", code="doc.invalid")


def _documents(
    operations: Sequence[Operation], reader: OperationReader, reading: Reading, tell: Progress
) -> Iterator[ApiDocument]:
    for number, operation in enumerate(operations):
        if number % _STEP == 0:
            tell("reading operations", number, len(operations))
        try:
            yield reader.read(operation)
        except DocumentError as error:
            reading.invalid.add(0, f"{operation.label}: {error.message}")
    tell("reading operations", len(operations), len(operations))
