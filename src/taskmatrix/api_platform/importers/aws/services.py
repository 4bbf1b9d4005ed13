"""The service models that botocore ships.

Each service's newest version is taken. Models are unpacked and parsed one at a time, so memory stays that of the
largest.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

from taskmatrix.api_platform.importers.aws.operations import Service, document_of
from taskmatrix.api_platform.importers.aws.prose import plain
from taskmatrix.api_platform.importers.aws.shapes import Shapes, recursive_shapes
from taskmatrix.api_platform.importers.expansion import brief
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError, ImportRefusedError

KIND = "aws"
_MODEL = "service-2"
_ABOUT = 1_000


class _Loader(Protocol):
    """The part of botocore's loader that is used."""

    def list_available_services(self, type_name: str) -> list[str]: ...

    def load_service_model(self, service_name: str, type_name: str) -> dict[str, object]: ...


class _Files:
    """Reads model files for botocore's loader, into plain dictionaries: three times as fast as its own."""

    def exists(self, file_path: str) -> bool:
        """Say whether there is a file of that name, packed or not."""
        return Path(f"{file_path}.json").is_file() or Path(f"{file_path}.json.gz").is_file()

    def load_file(self, file_path: str) -> object:
        """Return what a file holds, None where there is none."""
        flat, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if flat.is_file():
            return cast(object, json.loads(flat.read_bytes()))
        return cast(object, json.loads(gzip.decompress(packed.read_bytes()))) if packed.is_file() else None


def read_aws(services: Sequence[str] = (), options: ImportOptions | None = None) -> Reading:
    """Read the models of all services, or of those named as botocore names them (`s3`, `dynamodb`).

    `packages` of the reading is filled while its documents are taken. Raises ImportRefusedError for a missing
    library and for services it does not have.
    """
    loader = _loader()
    offered = loader.list_available_services(_MODEL)
    chosen = list(dict.fromkeys(name.removeprefix("aws:") for name in services))
    for name in chosen:
        if name not in offered:
            near = [service for service in offered if name.lower()[:4] in service][:8]
            raise ImportRefusedError(
                f"the installed botocore has no service {name!r}",
                hint=f"it has {', '.join(near)}" if near else "services are named as botocore does: aws:s3",
            )
    reading = Reading(
        identity=KIND,
        kind=KIND,
        location="botocore",
        documents=(),
        whole=not chosen,
    )
    reading.documents = _documents(loader, chosen or offered, reading, options or ImportOptions())
    return reading


def _loader() -> _Loader:
    try:
        from botocore.loaders import Loader  # pyright: ignore[reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        raise ImportRefusedError(
            "AWS's service models come with botocore, which is not installed", hint="pip install 'taskmatrix[aws]'"
        ) from error
    return cast(_Loader, Loader(file_loader=_Files()))


def _documents(
    loader: _Loader, services: Sequence[str], reading: Reading, options: ImportOptions
) -> Iterator[ApiDocument]:
    about: dict[str, Package] = {}
    for name in services:
        model = loader.load_service_model(name, _MODEL)
        package = _package(node(model), options.package)
        about.setdefault(package.name, package)
        yield from _operations(name, node(model), package, reading)
        # The loader keeps all that it loaded: here that is hundreds of megabytes, each of them used once.
        model.clear()
    reading.packages = tuple(about.values())


def _package(model: Node, name: str | None) -> Package:
    metadata = part(model, "metadata")
    return Package(
        name=name or text(metadata, "serviceFullName") or text(metadata, "serviceId"),
        description=brief(plain(text(model, "documentation")), _ABOUT),
        version=text(metadata, "apiVersion") or None,
    )


def _operations(name: str, model: Node, package: Package, reading: Reading) -> Iterator[ApiDocument]:
    shapes, metadata = part(model, "shapes"), part(model, "metadata")
    recursive = recursive_shapes(shapes)
    service = Service(
        name=name,
        package=package.name,
        version=text(metadata, "apiVersion"),
        signing=text(metadata, "signingName") or text(metadata, "endpointPrefix"),
        sent=Shapes(shapes, recursive, reading=False),
        returned=Shapes(shapes, recursive, reading=True),
    )
    for operation, given in part(model, "operations").items():
        try:
            yield document_of(operation, node(given), service)
        except (DocumentError, ValueError) as error:
            reading.invalid.add(0, f"{package.name}: {operation}: {error}")
