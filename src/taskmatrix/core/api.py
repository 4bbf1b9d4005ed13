"""`@api`: a typed, documented Python function becomes an API with a five-part document."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, ParamSpec, TypeVar, cast, get_type_hints, overload

from pydantic import JsonValue, TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

from taskmatrix.core.context import RunContext
from taskmatrix.core.docstrings import Docstring, parse_docstring
from taskmatrix.core.documents import (
    ApiDocument,
    CompositionRule,
    Ensured,
    ErrorDocument,
    Package,
    Parameter,
    Returns,
    Schema,
    Source,
    is_view,
)
from taskmatrix.core.effects import UNKNOWN, Effect, EffectKind
from taskmatrix.core.errors import DocumentError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_MARK = "__taskmatrix_api__"


@dataclass(frozen=True)
class ApiDefinition:
    """A function and what `@api` was told about it. The document follows from both."""

    function: Callable[..., object]
    name: str
    package: str | None = None
    effects: Effect = UNKNOWN
    composition: str = ""
    rules: tuple[CompositionRule, ...] = ()
    examples: tuple[str, ...] = ()
    limits: Mapping[str, JsonValue] | None = None
    ensures: tuple[Ensured, ...] = ()
    changes: tuple[str, ...] | None = None

    @cached_property
    def _docstring(self) -> Docstring:
        return parse_docstring(self.function.__doc__)

    @cached_property
    def _hints(self) -> Mapping[str, object]:
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def context_parameter(self) -> str | None:
        """The parameter annotated `RunContext`, which is the executor's to fill; None without one."""
        return next((name for name, hint in self._hints.items() if hint is RunContext and name != "return"), None)

    @cached_property
    def _adapters(self) -> dict[str, TypeAdapter[object]]:
        return {}

    def adapter(self, name: str) -> TypeAdapter[object]:
        """Return the validator of one parameter, or of the result (`return`)."""
        if name not in self._adapters:
            self._adapters[name] = TypeAdapter(cast(Any, self._hints.get(name, Any)))
        return self._adapters[name]

    def document(self, package: str, source: Source | None = None) -> ApiDocument:
        """Return the document. Raises DocumentError for a function that cannot be an API."""
        text = self._docstring
        if not text.description:
            raise DocumentError(
                f"{self.name}: description is missing",
                path="description",
                hint="give the function a docstring that says what it does",
            )
        return ApiDocument(
            package=package,
            name=self.name,
            description=text.description,
            parameters=self._parameters,
            returns=self._returns,
            errors=tuple(ErrorDocument(name=n, description=d) for n, d in text.errors.items()),
            examples=self.examples or text.examples,
            composition=self.composition or text.composition,
            rules=self.rules,
            effects=self.effects,
            limits=dict(self.limits) if self.limits else None,
            ensures=self.ensures,
            changes=self.changes,
            source=source or Source(),
        )

    @cached_property
    def _returns(self) -> Returns:
        return Returns(description=self._docstring.returns, schema=self._schema("return"))

    @cached_property
    def _parameters(self) -> tuple[Parameter, ...]:
        return tuple(self._described())

    def _described(self) -> Iterable[Parameter]:
        for name, parameter in inspect.signature(self.function).parameters.items():
            if name == self.context_parameter:
                continue
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise DocumentError(
                    f"{self.name}: parameter {name!r} has no fixed name",
                    path=f"parameters.{name}",
                    hint="replace *args and **kwargs by named parameters",
                )
            schema = self._schema(name)
            required = parameter.default is parameter.empty
            if not required:
                schema["default"] = TypeAdapter(Any).dump_python(parameter.default, mode="json")
            yield Parameter(
                name=name,
                description=self._docstring.parameters.get(name, ""),
                required=required,
                schema=schema,
            )

    def _schema(self, name: str) -> Schema:
        if name not in self._hints:
            return {}
        try:
            schema = self.adapter(name).json_schema(mode="serialization" if name == "return" else "validation")
        except (PydanticSchemaGenerationError, PydanticUserError) as error:
            raise DocumentError(
                f"{self.name}: the type of {name!r} has no JSON form",
                path=f"parameters.{name}",
                hint=f"{str(error).splitlines()[0]} Types that work: str, int, float, bool, list, dict, Literal, "
                "typing_extensions.TypedDict, dataclasses, pydantic models",
            ) from error
        schema.pop("title", None)
        return cast(Schema, schema)


_defined: list[ApiDefinition] = []


@overload
def api(function: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def api(
    *,
    name: str | None = None,
    package: str | None = None,
    effects: Effect | EffectKind | None = None,
    composition: str = "",
    rules: Sequence[CompositionRule] = (),
    examples: Sequence[str] = (),
    undo: str | Mapping[str, JsonValue] | None = None,
    limits: Mapping[str, JsonValue] | None = None,
    ensures: Sequence[Ensured | Mapping[str, object]] = (),
    changes: Sequence[str] | None = None,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
def api(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    package: str | None = None,
    effects: Effect | EffectKind | None = None,
    composition: str = "",
    rules: Sequence[CompositionRule] = (),
    examples: Sequence[str] = (),
    undo: str | Mapping[str, JsonValue] | None = None,
    limits: Mapping[str, JsonValue] | None = None,
    ensures: Sequence[Ensured | Mapping[str, object]] = (),
    changes: Sequence[str] | None = None,
) -> Any:
    """Make a typed, documented function an API.

    `undo` names the API of the package that takes a call back, in full `{"api": …, "arguments": {parameter: {"from":
    "result" or "argument", "path": …} or {"value": …}}}`; `limits` says how it may be called (`core.limits`).
    `ensures` says what is so after a call (`core.documents.Ensured`), `changes` what it may change of the state that
    its package reads: both are looked up once a run has ended.
    The signature gives parameters, types and defaults; the docstring gives description, `Args:`, `Returns:`,
    `Raises:`, `Example:` and `Composition:`. A parameter annotated `RunContext` is filled by the executor and is
    no part of the API. The package is `package`, else the name of the file.

        @api(effects="read")
        def add(a: float, b: float) -> float:
            '''Add two numbers.'''
            return a + b
    """

    def decorate(target: Callable[..., Any]) -> Callable[..., Any]:
        definition = ApiDefinition(
            function=target,
            name=name or target.__name__,
            package=package,
            effects=_effect(effects, undo),
            composition=composition,
            rules=tuple(rules),
            examples=tuple(examples),
            limits=limits,
            ensures=tuple(Ensured.model_validate(each) for each in ensures),
            changes=None if changes is None else tuple(changes),
        )
        setattr(target, _MARK, definition)
        _defined.append(definition)
        return target

    return decorate if function is None else decorate(function)


def _effect(effects: Effect | EffectKind | None, undo: str | Mapping[str, JsonValue] | None) -> Effect:
    effect = Effect.model_validate(effects) if effects is not None else UNKNOWN
    if undo is None:
        return effect
    return Effect.model_validate({**dict(effect), "undo": undo})


def definition_of(function: object) -> ApiDefinition | None:
    """Return what `@api` attached to a function, or None."""
    found = getattr(function, _MARK, None)
    return found if isinstance(found, ApiDefinition) else None


def definitions_in(module: ModuleType) -> list[ApiDefinition]:
    """Return the APIs defined in a module, in the order they were written."""
    own = {id(definition_of(value)) for value in vars(module).values()}
    return [d for d in _defined if id(d) in own and d.function.__module__ == module.__name__]


def defined_in_process() -> list[ApiDefinition]:
    """Return every API defined in this process so far, in order."""
    return list(_defined)


@dataclass(frozen=True)
class ApiPackage:
    """What an entry point in the group `taskmatrix.packages` names: a package and the functions that make it up.

    `sandbox` is where its examples may be tried although they change something: `folder` if they touch nothing but
    the files of their run. `view` and `state` name what reads it (`core.documents.Package`); `volatile` is what of its
    state changes by itself. `readers` are functions that read too, but are never offered.
    """

    name: str
    description: str
    functions: Sequence[Callable[..., object]]
    composition: str = ""
    version: str | None = None
    sandbox: str | None = None
    view: str | None = None
    state: str | None = None
    volatile: Sequence[str] = ()
    readers: Sequence[Callable[..., object]] = ()

    @cached_property
    def definitions(self) -> Mapping[str, ApiDefinition]:
        """The APIs and readers by name. Raises DocumentError for a function without `@api`."""
        found: dict[str, ApiDefinition] = {}
        for function in (*self.functions, *self.readers):
            definition = definition_of(function)
            if definition is None:
                raise DocumentError(f"package {self.name!r}: {function!r} has no @api", path="functions")
            found[definition.name] = definition
        return found

    def about(self) -> Package:
        """Return the package's own document. Raises DocumentError where `view`, `state` or a reader cannot read."""
        every = self._every
        for part, name in (("view", self.view), ("state", self.state)):
            if name is not None and (name not in every or not is_view(every[name])):
                raise DocumentError(
                    f"package {self.name!r}: its {part} is {name!r}, which is no API that reads without arguments",
                    path=part,
                )
        readers = tuple(every[name] for name in self._unoffered)
        if wrong := next((document for document in readers if document.effects.kind != "read"), None):
            raise DocumentError(f"package {self.name!r}: the reader {wrong.name!r} does not only read", path="readers")
        return Package(
            name=self.name,
            description=self.description,
            composition=self.composition,
            version=self.version,
            sandbox=self.sandbox,
            view=self.view,
            state=self.state,
            volatile=tuple(self.volatile),
            readers=readers,
        )

    def documents(self) -> list[ApiDocument]:
        """Return the documents of all APIs on offer, callable through the entry point."""
        return [document for name, document in self._every.items() if name not in self._unoffered]

    @cached_property
    def _unoffered(self) -> tuple[str, ...]:
        return tuple(found.name for function in self.readers if (found := definition_of(function)) is not None)

    @cached_property
    def _every(self) -> Mapping[str, ApiDocument]:
        source = Source.model_validate({"kind": "entry-point", "package": self.name})
        return {name: definition.document(self.name, source) for name, definition in self.definitions.items()}
