"""Functions that nobody wrote for TaskMatrix, as APIs: what their signature and docstring say of them."""

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import cast, get_type_hints

from pydantic import JsonValue
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

from taskmatrix.core.api import ApiDefinition
from taskmatrix.core.documents import ApiDocument, ErrorDocument, Parameter, Returns, Schema, Source
from taskmatrix.core.errors import DocumentError

_WORDS: dict[str, str] = {
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "str": "string",
    "string": "string",
    "bool": "boolean",
    "boolean": "boolean",
    "list": "array",
    "dict": "object",
}
_FREE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class PlainDefinition(ApiDefinition):
    """A function without `@api`. Optional parameters that no program could give are left out of its document."""

    @cached_property
    def _hints(self) -> Mapping[str, object]:
        try:
            return get_type_hints(self.function, include_extras=True)
        except Exception:  # noqa: BLE001  A process edge: the annotations of any library are evaluated here.
            # Such as names that are imported for type checkers only. What stands there as it is still counts.
            given = inspect.get_annotations(self.function)
            return {name: hint for name, hint in given.items() if not isinstance(hint, str)}

    def document(self, package: str, source: Source | None = None) -> ApiDocument:
        """Return the document. Raises DocumentError for a function whose inputs or result have no JSON form."""
        text = self._docstring
        return ApiDocument(
            package=package,
            name=self.name,
            description=text.description,
            parameters=tuple(self._described()),
            returns=Returns(description=text.returns, schema=self._type("return", text.result_type)),
            errors=tuple(ErrorDocument(name=name, description=told) for name, told in text.errors.items()),
            examples=text.examples,
            composition=text.composition,
            effects=self.effects,
            source=source or Source(),
        )

    def left_out(self) -> list[str]:
        """Return the optional parameters that the document does not have."""
        shown = {parameter.name for parameter in self._described()}
        return [name for name in inspect.signature(self.function).parameters if name not in shown]

    def _described(self) -> list[Parameter]:
        found: list[Parameter] = []
        for name, parameter in inspect.signature(self.function).parameters.items():
            required = parameter.default is parameter.empty
            try:
                schema = dict(self._type(name, self._docstring.types.get(name, "")))
            except DocumentError:
                if required:
                    raise
                continue
            default = None if required else _default(parameter.default)
            if default is not None:
                schema["default"] = json.loads(default)
            told = self._docstring.parameters.get(name, "")
            found.append(Parameter(name=name, description=told, required=required, schema=schema))
        return found

    def _type(self, name: str, words: str) -> Schema:
        """Return the type of a parameter or of the result: as annotated, else as the docstring calls it."""
        if name not in self._hints:
            word = _WORDS.get(words.partition(",")[0].strip().lower())
            return {"type": word} if word else {}
        try:
            return self._schema(name)
        except DocumentError:
            raise
        except (PydanticSchemaGenerationError, PydanticUserError, TypeError, NameError, AttributeError) as error:
            raise DocumentError(
                f"{self.name}: the type of {name!r} has no JSON form: {str(error).splitlines()[0]}",
                path=f"parameters.{name}",
            ) from error


def plain_definition(module: ModuleType, name: str) -> PlainDefinition:
    """Return a function of a module as an API. Raises DocumentError for what is none."""
    function: object = getattr(module, name, None) if name.isidentifier() and not name.startswith("__") else None
    if not callable(function) or isinstance(function, type):
        raise DocumentError(f"{module.__name__} has no function {name!r}", path="function")
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError) as error:
        raise DocumentError(f"{name}: its signature cannot be read", path="function") from error
    return PlainDefinition(function=_callable(function, signature), name=name)


def public_functions(module: ModuleType) -> list[str]:
    """Return the names of a module's functions: those it says are public, else those it defines without `_`."""
    stated: object = vars(module).get("__all__")
    if isinstance(stated, list | tuple):
        names = [name for name in cast("list[object]", stated) if isinstance(name, str)]
    else:
        names = [
            name
            for name, value in vars(module).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
        ]
    return [name for name in dict.fromkeys(names) if _is_function(getattr(module, name, None))]


def _is_function(value: object) -> bool:
    return callable(value) and not isinstance(value, type) and hasattr(value, "__name__")


def _callable(function: Callable[..., object], signature: inspect.Signature) -> Callable[..., object]:
    """Return the function with named parameters only, whose arrays come back as lists."""

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        return _listed(function(*args, **kwargs))

    named = [parameter for parameter in signature.parameters.values() if parameter.kind not in _FREE]
    call.__signature__ = signature.replace(parameters=named)  # type: ignore[attr-defined]
    return call


def _listed(value: object) -> object:
    """Return an array of any library as a list, and its numbers as Python's; anything else as it is."""
    if isinstance(value, tuple):
        return [_listed(item) for item in cast("tuple[object, ...]", value)]
    convert: object = None if isinstance(value, type) else getattr(value, "tolist", None)
    return convert() if callable(convert) else value


def _default(value: object) -> str | None:
    """Return a default as JSON; None for one that has no such form."""
    try:
        text = json.dumps(value, allow_nan=False)
        return text if cast(JsonValue, json.loads(text)) == value or isinstance(value, tuple) else None
    except (TypeError, ValueError, RecursionError):
        return None
