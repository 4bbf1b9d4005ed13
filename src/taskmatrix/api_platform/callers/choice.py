"""Choosing what makes the call of an API, by its document's `source.kind`."""

from pathlib import Path

from taskmatrix.api_platform import entry_points, modules
from taskmatrix.api_platform.callers.functions import FunctionCaller
from taskmatrix.core.api import ApiDefinition, definitions_in
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiNotCallableError, TaskMatrixError
from taskmatrix.core.protocols import Caller


def caller_for(document: ApiDocument) -> Caller:
    """Return what makes the calls of an API. Raises ApiNotCallableError where nothing here can."""
    kind = document.source.kind
    if kind not in ("entry-point", "python"):
        raise ApiNotCallableError(
            f"{document.id} is documented, but cannot be called (its source is {kind!r})",
            hint="import a Python file or module whose @api function does it",
        )
    try:
        definition = _packaged(document) if kind == "entry-point" else _written(document)
    except ApiNotCallableError:
        raise
    except TaskMatrixError as error:
        raise ApiNotCallableError(f"{document.id} cannot be called: {error.message}", hint=error.hint) from error
    if definition is None:
        raise ApiNotCallableError(
            f"{document.id} cannot be called: its source no longer has an @api function {document.name!r}",
            hint="import the source again",
        )
    return FunctionCaller(definition)


def _packaged(document: ApiDocument) -> ApiDefinition | None:
    return entry_points.load_package(_text(document, "package") or document.package).definitions.get(document.name)


def _written(document: ApiDocument) -> ApiDefinition | None:
    path, name = _text(document, "path"), _text(document, "module")
    if path is None and name is None:
        raise ApiNotCallableError(f"{document.id} cannot be called: its source names no file and no module")
    module = modules.load_file(Path(path)) if path else modules.load_module(name or "", _text(document, "root"))
    # Only what carries @api: a document must not be a way to call any function there is.
    return next((d for d in definitions_in(module) if d.name == document.name), None)


def _text(document: ApiDocument, key: str) -> str | None:
    value = (document.source.model_extra or {}).get(key)
    return value if isinstance(value, str) and value else None
