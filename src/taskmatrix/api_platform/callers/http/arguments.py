"""The arguments of a call, made ready: nothing missing, nothing that does not fit its schema."""

from collections.abc import Mapping

from pydantic import JsonValue

from taskmatrix.api_platform.callers.http.files import holds_file
from taskmatrix.api_platform.http_sources import HttpSource
from taskmatrix.api_platform.validation import allows_null, fault
from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.errors import ApiArgumentError, ApiNotCallableError

KEY_HEADER = "idempotency-key"


def check_arguments(
    document: ApiDocument, source: HttpSource, arguments: Mapping[str, JsonValue]
) -> Mapping[str, JsonValue]:
    """Return the arguments that are sent, by parameter.

    None for an optional parameter means that it is left out, unless its schema allows null. A required parameter
    that is not given takes the default it states. Raises ApiArgumentError naming the parameter.
    """
    known = {p.name for p in document.parameters}
    for name in arguments:
        if name not in known:
            raise ApiArgumentError(f"{document.id} has no parameter {name!r}")
    ready: dict[str, JsonValue] = {}
    for parameter in document.parameters:
        given = parameter.name in arguments
        value = arguments.get(parameter.name)
        if given and value is None and not _takes_null(parameter, source):
            given = False
        if not given:
            if not parameter.required:
                continue
            if not parameter.has_default or parameter.default is None:
                raise ApiArgumentError(f"{document.id} needs {parameter.name!r}")
            value = parameter.default
        if parameter.name not in source.parameters:
            raise ApiNotCallableError(
                f"{document.id} cannot be called: its source does not say where {parameter.name!r} goes",
                hint="import its source again",
            )
        if not holds_file(parameter, source):
            wrong = fault(parameter.type, value)
            if wrong is not None:
                path, colon, rest = wrong.partition(": ")
                what = (
                    f"{parameter.name}{path}: {rest}" if colon and path[:1] in "[." else f"{parameter.name}: {wrong}"
                )
                raise ApiArgumentError(f"{document.id}: {what}", hint=_hint(parameter))
        ready[parameter.name] = value
    return ready


def with_key(source: HttpSource, arguments: Mapping[str, JsonValue], key: str) -> Mapping[str, JsonValue]:
    """Return the arguments with a call's idempotency key, where the operation takes one and none is given."""
    for name, placed in source.parameters.items():
        if placed.place == "header" and (placed.name or name).lower() == KEY_HEADER and arguments.get(name) is None:
            return {**arguments, name: key}
    return arguments


def _takes_null(parameter: Parameter, source: HttpSource) -> bool:
    """Whether null can be said, and means something: only JSON has a word for it."""
    placed = source.parameters.get(parameter.name)
    return placed is not None and placed.place in ("json", "body") and allows_null(parameter.type)


def _hint(parameter: Parameter) -> str | None:
    choices = ", ".join(str(c) for c in parameter.choices[:20])
    return f"it takes {choices}" if choices else None
