"""Calling Python functions that carry `@api`."""

import inspect
import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import anyio
import anyio.lowlevel
import anyio.to_thread
from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from taskmatrix.core.api import ApiDefinition
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiLimitError, ApiUnavailableError, TaskMatrixError
from taskmatrix.core.sizes import LARGEST, is_too_large

_log = logging.getLogger(__name__)
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_signature = lru_cache(maxsize=1_000)(inspect.signature)
_is_asynchronous = lru_cache(maxsize=1_000)(inspect.iscoroutinefunction)


@dataclass(frozen=True, slots=True)
class FunctionCaller:
    """Calls a Python function with validated arguments, and gives its result as JSON."""

    definition: ApiDefinition

    @property
    def keeps_state(self) -> bool:
        """Whether a call may use what earlier calls of its package left in `context.state`."""
        return self.definition.context_parameter is not None

    async def __call__(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Call the API. Raises ApiArgumentError for arguments that do not fit, ApiError when it fails."""
        bound = self._bind(document, arguments, context)
        function = self.definition.function
        try:
            if _is_asynchronous(function):
                result = function(*bound.args, **bound.kwargs)
            else:
                result = await _in_thread(document, lambda: function(*bound.args, **bound.kwargs))
            if inspect.isawaitable(result):
                result = await result
        except TaskMatrixError:
            raise
        except (Exception, SystemExit) as error:
            _log.exception("%s failed", document.id)
            raise ApiError(f"{type(error).__name__}: {error}") from error
        return self._dump(document, result)

    def _bind(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> inspect.BoundArguments:
        signature = _signature(self.definition.function)
        own = self.definition.context_parameter
        values: dict[str, object] = {} if own is None else {own: context}
        for name, value in arguments.items():
            if name == own or name not in signature.parameters:
                raise ApiArgumentError(f"{document.id} has no parameter {name!r}")
            values[name] = self._convert(document, name, value)
        bound = signature.bind_partial()
        for name, parameter in signature.parameters.items():
            if name in values:
                bound.arguments[name] = values[name]
            elif parameter.default is parameter.empty:
                raise ApiArgumentError(f"{document.id} needs {name!r}")
        # A positional-only parameter cannot be given by name, so those left out are filled in as well.
        bound.apply_defaults()
        return bound

    def _convert(self, document: ApiDocument, name: str, value: JsonValue) -> object:
        try:
            # The rules of JSON, under which a list may become a tuple and a text a date.
            return self.definition.adapter(name).validate_json(json.dumps(value))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join([name, *(str(part) for part in first["loc"])])
            message = first["msg"]
        except (ValueError, RecursionError) as error:
            where, message = name, str(error)
        raise ApiArgumentError(f"{document.id}: {where} is {_brief(value)}: {message}")

    def _dump(self, document: ApiDocument, result: object) -> JsonValue:
        if is_too_large(result):
            raise ApiLimitError(
                f"{document.id} returned more than {LARGEST // 1024**2} MB", hint="return a part, or a file"
            )
        try:
            _check_finite(result)
            dumped = self.definition.adapter("return").dump_python(result, mode="json", warnings=False)
            value = _JSON.validate_python(dumped)
            json.dumps(value)
        except (PydanticSerializationError, ValueError, RecursionError) as error:
            _log.exception("%s returned something without a JSON form", document.id)
            raise ApiError(
                f"{document.id} returned {type(result).__name__} without a JSON form: {str(error).splitlines()[0]}",
                hint="return numbers, texts, lists, dicts, dataclasses or pydantic models",
            ) from error
        return value


async def _in_thread(document: ApiDocument, work: Callable[[], object]) -> object:
    """Run a function in a thread, until the deadline that the call has.

    When it is cancelled before, leaving a thread behind is safe only if it changes nothing: anything else is waited
    for. At the deadline it is left behind in any case, since nothing ends a thread.
    """
    harmless = document.effects.kind == "read" and not document.effects.inferred
    deadline = math.inf if harmless else anyio.current_effective_deadline()
    with anyio.CancelScope(shield=not harmless, deadline=deadline):
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    # Whoever set the deadline hears of it here.
    await anyio.lowlevel.checkpoint()
    raise ApiUnavailableError(f"{document.id} did not end in time; nobody knows whether it did what it was asked")


def _check_finite(value: object) -> None:
    """Refuse infinity and not-a-number, which would silently become null."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is no number that JSON has")
    elif isinstance(value, dict):
        for item in cast(dict[object, object], value).values():
            _check_finite(item)
    elif isinstance(value, list | tuple):
        for item in cast(list[object], value):
            _check_finite(item)


def _brief(value: JsonValue) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of thousands of digits
        return f"a very long {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "…"
