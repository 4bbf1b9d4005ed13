"""Discovery documents: where they lie, and what is in one.

The package `google-api-python-client` ships them all. One that a user has as a file is read the same way. They are
parsed one at a time, so memory stays that of the largest.
"""

import importlib.util
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from taskmatrix.api_platform.importers.google.methods import Discovery, document_of
from taskmatrix.api_platform.importers.google.shapes import Shapes, recursive_schemas
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.strict_json import parse_json
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError, ImportRefusedError

KIND = "google"
_REST = "discovery#restDescription"
_PLACE = Path("discovery_cache", "documents")


def is_discovery(data: object) -> bool:
    """Say whether parsed JSON is a discovery document."""
    found = node(data)
    return found.get("kind") == _REST or ("discoveryVersion" in found and "rootUrl" in found)


def read_google(names: Sequence[str] = (), options: ImportOptions | None = None) -> Reading:
    """Read the discovery documents that the installed client library ships: all, or those named (`drive.v3`).

    `packages` of the reading is filled while its documents are taken. Raises ImportRefusedError for a missing
    library and for names it does not have.
    """
    files = _shipped()
    chosen = dict.fromkeys(name.removeprefix("google:") for name in names)
    for name in chosen:
        if _plain(name) not in files:
            near = sorted(key for key in files if key.startswith(_plain(name).partition(".")[0]))[:8]
            raise ImportRefusedError(
                f"the installed Google client library has no discovery document {name!r}",
                hint=f"it has {', '.join(near)}" if near else "a name looks like google:drive.v3",
            )
    taken = [files[_plain(name)] for name in chosen] or list(files.values())
    reading = Reading(
        identity=KIND,
        kind=KIND,
        location="google-api-python-client",
        documents=(),
        whole=not chosen,
    )
    reading.documents = _documents(map(_newest, taken), reading, options or ImportOptions())
    return reading


def read_discovery(path: Path, options: ImportOptions | None = None) -> Reading:
    """Read one discovery document from a file. Raises ImportRefusedError for a file that is none."""
    try:
        data = node(parse_json(path.read_bytes()))
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ImportRefusedError(f"{path}: {error}") from error
    if not is_discovery(data):
        raise ImportRefusedError(f"{path} is no discovery document", path="kind", hint=f"its kind is {_REST!r}")
    name = f"{text(data, 'name')}.{text(data, 'version')}"
    reading = Reading(identity=f"google:{_plain(name)}", kind=KIND, location=str(path), documents=())
    reading.documents = _documents([data], reading, options or ImportOptions())
    return reading


def _shipped() -> dict[str, list[Path]]:
    """Return the documents of the installed library by name. A few lie there twice, under two spellings."""
    # Looked up, not imported: importing it loads the whole HTTP and sign-in machinery.
    found = importlib.util.find_spec("googleapiclient")
    if found is None or not found.submodule_search_locations:
        raise ImportRefusedError(
            "Google's discovery documents come with google-api-python-client, which is not installed",
            hint="pip install 'taskmatrix[google]'",
        )
    files: dict[str, list[Path]] = {}
    for root in found.submodule_search_locations:
        for path in sorted((Path(root) / _PLACE).glob("*.json")):
            if path.stem != "index":
                files.setdefault(_plain(path.stem), []).append(path)
    return files


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _newest(paths: Sequence[Path]) -> Node:
    found = [node(json.loads(path.read_bytes())) for path in paths]
    return max(found, key=lambda data: text(data, "revision"))


def _documents(given: Iterable[Node], reading: Reading, options: ImportOptions) -> Iterator[ApiDocument]:
    packages: list[Package] = []
    for data in given:
        about = _package(data)
        if options.package:
            about = about.model_copy(update={"name": options.package})
        packages.append(about)
        yield from _methods_of(data, about, reading, options)
    reading.packages = tuple(packages)


def _package(data: Node) -> Package:
    title = text(data, "title") or text(data, "canonicalName") or text(data, "name") or "Google API"
    version = text(data, "version")
    return Package(name=f"{title} {version}".strip(), description=text(data, "description"), version=version or None)


def _methods_of(data: Node, about: Package, reading: Reading, options: ImportOptions) -> Iterator[ApiDocument]:
    schemas = part(data, "schemas")
    recursive = recursive_schemas(schemas)
    discovery = Discovery(
        package=about.name,
        version=text(data, "revision"),
        server=options.server or _server(data),
        scopes=part(part(part(data, "auth"), "oauth2"), "scopes"),
        sent=Shapes(schemas, recursive, reading=False),
        returned=Shapes(schemas, recursive, reading=True),
    )
    seen: set[str] = set()
    for method in _methods(data):
        try:
            document = document_of(method, discovery)
        except DocumentError as error:
            reading.invalid.add(0, f"{about.name}: {error.message}")
            continue
        if document.name in seen:
            reading.notes.add(0, f"{document.id} was described twice; the first counts")
            continue
        seen.add(document.name)
        yield document


def _server(data: Node) -> str | None:
    base = text(data, "baseUrl") or text(data, "rootUrl") + text(data, "servicePath")
    return base.rstrip("/") or None


def _methods(data: Node) -> Iterator[Node]:
    waiting = [data]
    while waiting:
        at = waiting.pop()
        yield from (node(method) for method in part(at, "methods").values())
        waiting.extend(reversed([node(resource) for resource in part(at, "resources").values()]))
