"""How calls are made: by functions registered in this process, else as the API's document says."""

import inspect
from collections.abc import Callable
from pathlib import Path

from taskmatrix.api_platform import ApiCallers, FunctionCaller
from taskmatrix.core.api import ApiDefinition, definition_of
from taskmatrix.core.documents import ApiDocument, Source
from taskmatrix.core.errors import UsageError
from taskmatrix.core.protocols import Caller


class Callers:
    """Finds the caller of a document."""

    def __init__(self, others: ApiCallers) -> None:
        self._others = others
        self._own: dict[str, ApiDefinition] = {}

    def __call__(self, document: ApiDocument) -> Caller:
        """Return what makes the calls of an API. Raises ApiNotCallableError where nothing can."""
        own = self._own.get(document.id)
        return FunctionCaller(own) if own is not None else self._others(document)

    def keep(self, function: Callable[..., object]) -> ApiDefinition:
        """Remember a function of this process. Raises UsageError for one without `@api`."""
        definition = definition_of(function)
        if definition is None:
            raise UsageError(f"{function!r} is not marked with @api", hint="from taskmatrix import api")
        self._own[self.document(definition).id] = definition
        return definition

    async def aclose(self) -> None:
        """End what was opened in the running event loop."""
        await self._others.aclose()

    def document(self, definition: ApiDefinition) -> ApiDocument:
        """Return the document of a function, saying where other processes find it. Raises DocumentError."""
        path = _path(definition.function)
        package = definition.package or (path.stem if path else definition.function.__module__.rpartition(".")[2])
        if path is None:
            return definition.document(package)
        source = {"kind": "python", "path": str(path), "function": definition.function.__qualname__}
        return definition.document(package, Source.model_validate(source))


def _path(function: Callable[..., object]) -> Path | None:
    """Return the file a function was written in; None where it was typed in."""
    try:
        found = Path(inspect.getsourcefile(function) or "").absolute()
    except TypeError:
        return None
    return found if found.is_file() else None
