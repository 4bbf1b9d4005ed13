"""Checking values against the JSON Schemas of documents as they are: loose, cyclic, of several drafts, hostile.

What a schema says wrongly is not enforced (`"minimum": "5"`, `"multipleOf": 0`, types that do not exist, references
that lead nowhere); nothing is fetched; patterns are linear; and a schema that makes the work explode is given up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from pydantic import JsonValue

from taskmatrix.api_platform import patterns
from taskmatrix.core.schemas import kind

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST_STEPS = 100_000
"""Keywords looked at for one value."""

_LONGEST_MESSAGE = 200

_JSON_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "None": "null",
    "list": "array",
    "dict": "object",
}

_steps: ContextVar[list[int]] = ContextVar("steps")


class _Validator(Protocol):
    """What the keywords use of a validator of jsonschema."""

    def is_type(self, instance: object, type: str) -> bool: ...

    def descend(self, instance: object, schema: object, path: str | None = None) -> Iterator["ValidationError"]: ...

    def iter_errors(self, instance: object) -> Iterator["ValidationError"]: ...


class _Fault(Protocol):
    """What is said of an error of jsonschema."""

    message: str
    validator: str
    validator_value: object
    absolute_path: Sequence[str | int]


Keyword = Callable[[_Validator, object, object, Mapping[str, object]], Iterator["ValidationError"]]


class _TooMuchError(Exception):
    """The schema makes too much work of the value."""


def fault(schema: Mapping[str, JsonValue], value: JsonValue) -> str | None:
    """Return what is wrong with a value, as `.path: what`; None where it fits."""
    from itertools import islice

    from jsonschema import exceptions
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    _steps.set([MOST_STEPS])
    # The empty registry keeps the library from fetching references.
    validator = cast(_Validator, _validator_class()(schema, registry=Registry()))  # pyright: ignore[reportUnknownArgumentType]
    try:
        errors = list(islice(validator.iter_errors(value), 5))
    except (_TooMuchError, RecursionError, Unresolvable):
        return None
    if not errors:
        return None
    try:
        worst = cast("_Fault", exceptions.best_match(errors))  # pyright: ignore[reportUnknownMemberType]
    except (
        exceptions.UnknownType,
        exceptions.UndefinedTypeCheck,
    ):  # it weighs errors by types that the schema need not have right
        worst = cast("_Fault", errors[0])
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in worst.absolute_path)
    message = worst.message
    if len(message) > _LONGEST_MESSAGE:
        message = f"does not fit its schema ({worst.validator}: {str(worst.validator_value)[:_LONGEST_MESSAGE]})"
    return f"{path}: {message}" if path else message


def allows_null(schema: Mapping[str, JsonValue]) -> bool:
    """Whether a schema that says something about the type lets null through."""
    return bool(schema) and fault(schema, None) is None


@lru_cache(maxsize=1)
def _validator_class() -> Callable[..., object]:
    from jsonschema import Draft202012Validator, validators

    keywords = cast(Mapping[str, Keyword], Draft202012Validator.VALIDATORS)
    extend = cast("Callable[..., Callable[..., object]]", validators.extend)  # pyright: ignore[reportUnknownMemberType]
    own: dict[str, Keyword] = {
        "type": _type,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "exclusiveMinimum": _unless_boolean(keywords["exclusiveMinimum"]),
        "exclusiveMaximum": _unless_boolean(keywords["exclusiveMaximum"]),
        "unevaluatedProperties": _nothing,
    }
    guarded = {name: _guarded(check) for name, check in {**keywords, **own}.items()}
    return extend(Draft202012Validator, validators=guarded)


def _guarded(check: Keyword) -> Keyword:
    def run(
        validator: _Validator, value: object, instance: object, schema: Mapping[str, object]
    ) -> Iterator["ValidationError"]:
        left = _steps.get()
        left[0] -= 1
        if left[0] < 0:
            raise _TooMuchError
        if instance is None and (schema.get("nullable") is True or schema.get("x-nullable") is True):
            return
        try:
            yield from check(validator, value, instance, schema)
        except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
            return  # the keyword itself is malformed

    return run


def _nothing(_: _Validator, __: object, ___: object, ____: Mapping[str, object]) -> Iterator["ValidationError"]:
    yield from ()


def _type(
    validator: _Validator, types: object, instance: object, _: Mapping[str, object]
) -> Iterator["ValidationError"]:
    from jsonschema.exceptions import ValidationError

    names = cast(Sequence[object], types) if isinstance(types, list) else [types]
    known = [_JSON_TYPES.get(kind({"type": name})) if isinstance(name, str) else None for name in names]
    if None in known or not known:
        return
    if not any(validator.is_type(instance, name) for name in known if name):
        wanted = " or ".join(name for name in known if name)
        yield ValidationError(f"{instance!r} is not of type {wanted}")


def _unless_boolean(check: Keyword) -> Keyword:
    """Leave out the meaning that draft 4 and OpenAPI 3.0 give the keyword: there it modifies its neighbour."""

    def run(
        validator: _Validator, value: object, instance: object, schema: Mapping[str, object]
    ) -> Iterator["ValidationError"]:
        if isinstance(value, bool):
            return
        yield from check(validator, value, instance, schema)

    return run


def _pattern(
    _: _Validator, pattern: object, instance: object, __: Mapping[str, object]
) -> Iterator["ValidationError"]:
    from jsonschema.exceptions import ValidationError

    if isinstance(pattern, str) and isinstance(instance, str) and not patterns.matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: _Validator, properties: object, instance: object, _: Mapping[str, object]
) -> Iterator["ValidationError"]:
    if not isinstance(instance, dict):
        return
    for pattern, schema in cast(Mapping[str, object], properties).items():
        for key, item in cast(Mapping[str, object], instance).items():
            if patterns.matches(pattern, key):
                yield from validator.descend(item, schema, path=key)


def _additional_properties(
    validator: _Validator, allowed: object, instance: object, schema: Mapping[str, object]
) -> Iterator["ValidationError"]:
    from jsonschema.exceptions import ValidationError

    if not isinstance(instance, dict):
        return
    named = cast(Mapping[str, object], schema.get("properties") or {})
    by_pattern = cast(Mapping[str, object], schema.get("patternProperties") or {})
    for key, item in cast(Mapping[str, object], instance).items():
        if key in named or any(patterns.matches(pattern, key) for pattern in by_pattern):
            continue
        if allowed is False:
            yield ValidationError(f"{key!r} is no property it has")
        elif isinstance(allowed, dict):
            yield from validator.descend(item, cast(object, allowed), path=key)
