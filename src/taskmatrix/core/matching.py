"""When two values, and two calls, count as the same: the rules of the evaluation formats."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Call
from taskmatrix.core.schemas import kind

_IGNORED = str.maketrans("", "", " ,./-_*^'\"")
_PARSED_KINDS = frozenset({"int", "float", "bool", "list", "dict"})
_NOTHING: Mapping[str, JsonValue] = {}


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """One call of a planning case: for each parameter, the values that are accepted.

    A parameter in `arguments` must be given, unless `optional` names it; an empty list means that it must not be
    given. `{"$ref": id}` among the values stands for the result of the expected call with that id.
    """

    api: str
    arguments: Mapping[str, Sequence[JsonValue]] = field(default_factory=dict[str, Sequence[JsonValue]])
    optional: frozenset[str] = frozenset()
    id: str | None = None

    def requires(self, parameter: str) -> bool:
        """Whether a call must give the parameter."""
        return bool(self.arguments.get(parameter)) and parameter not in self.optional


@dataclass(frozen=True, slots=True)
class References:
    """Which predicted call stands for which expected call. Without any, every reference matches every other."""

    predicted: Mapping[str, str] | None = None

    def match(self, predicted: str, expected: str) -> bool:
        """Whether a reference to one call means the other."""
        return self.predicted is None or self.predicted.get(expected) == predicted


ANY_REFERENCE = References()
"""Compares references before it is known which call stands for which."""


@dataclass(frozen=True, slots=True)
class ArgumentCounts:
    """Arguments of one call, or of many: how many were given, expected, and both with a matching value."""

    matched: int = 0
    predicted: int = 0
    expected: int = 0

    def __add__(self, other: "ArgumentCounts") -> "ArgumentCounts":
        return ArgumentCounts(
            self.matched + other.matched, self.predicted + other.predicted, self.expected + other.expected
        )

    @property
    def right(self) -> bool:
        """Whether nothing is missing, wrong or too much."""
        return self.matched == self.predicted == self.expected


def compare_arguments(
    predicted: Call, expected: ExpectedCall, document: ApiDocument | None, references: References = ANY_REFERENCE
) -> ArgumentCounts:
    """Count the arguments of two calls of the same API.

    An argument that no one expected counts for nothing when it repeats the schema's default. An optional one is
    expected only where it was given rightly.
    """
    matched = given = 0
    needed = sum(expected.requires(name) for name in expected.arguments)
    for name, value in predicted.arguments.items():
        schema = _schema(document, name)
        accepted = expected.arguments.get(name)
        if accepted is None and "default" in schema and values_match(value, schema["default"], schema, references):
            continue
        given += 1
        if any(values_match(value, option, schema, references) for option in accepted or ()):
            matched += 1
            needed += not expected.requires(name)
    return ArgumentCounts(matched, given, needed)


def values_match(
    predicted: JsonValue,
    accepted: JsonValue,
    schema: Mapping[str, JsonValue] = _NOTHING,
    references: References = ANY_REFERENCE,
) -> bool:
    """Whether a value given is the value accepted.

    Strings: equal without case, spaces and ``,./-_*^'"``. Numbers: numerically equal, but an `integer` schema
    refuses a float. Booleans and null: identical. Arrays by element, objects by key. Where the schema is numeric,
    boolean, array or object, an accepted string is parsed first. References: see `References`.
    """
    expected_reference, reference = reference_of(accepted), reference_of(predicted)
    if expected_reference is not None or reference is not None:
        return (
            expected_reference is not None
            and reference is not None
            and references.match(reference, expected_reference)
        )
    accepted = parse_value(accepted, schema)
    if isinstance(accepted, str):
        return isinstance(predicted, str) and plain(predicted) == plain(accepted)
    if accepted is None or isinstance(accepted, bool):
        return predicted is accepted
    if isinstance(accepted, int | float):
        return _is_number(predicted) and predicted == accepted and not _breaks_integer(predicted, schema)
    if isinstance(accepted, list):
        items = _part(schema, "items")
        return (
            isinstance(predicted, list)
            and len(predicted) == len(accepted)
            and all(values_match(p, a, items, references) for p, a in zip(predicted, accepted, strict=True))
        )
    properties = _part(schema, "properties")
    return (
        isinstance(predicted, dict)
        and predicted.keys() == accepted.keys()
        and all(values_match(predicted[key], accepted[key], _part(properties, key), references) for key in accepted)
    )


def plain(text: str) -> str:
    """Return a text in the form in which strings are compared."""
    return text.lower().translate(_IGNORED)


def parse_value(value: JsonValue, schema: Mapping[str, JsonValue]) -> JsonValue:
    """Return what a string stands for where the schema is numeric, boolean, array or object; else the value."""
    if not isinstance(value, str) or kind(schema) not in _PARSED_KINDS:
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            parsed = _as_json(read(value.strip()))
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        return value if isinstance(parsed, str) else parsed
    lowered = value.strip().lower()
    return lowered == "true" if lowered in ("true", "false") else value


def reference_of(value: JsonValue) -> str | None:
    """Return the id of the call that a value refers to, or None for a value that is no reference."""
    target = value.get("$ref") if isinstance(value, dict) else None
    return target if isinstance(target, str) else None


def references_in(value: JsonValue) -> list[str]:
    """Return the ids of all calls referred to anywhere in a value, in order."""
    target = reference_of(value)
    if target is not None:
        return [target]
    parts: Sequence[JsonValue] = (
        list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    )
    return [found for part in parts for found in references_in(part)]


def _schema(document: ApiDocument | None, name: str) -> Mapping[str, JsonValue]:
    parameter = document.parameter(name) if document is not None else None
    return parameter.type if parameter is not None else _NOTHING


def _part(schema: Mapping[str, JsonValue], key: str) -> Mapping[str, JsonValue]:
    part = schema.get(key)
    return part if isinstance(part, Mapping) else _NOTHING


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _breaks_integer(value: float, schema: Mapping[str, JsonValue]) -> bool:
    return isinstance(value, float) and kind(schema) == "int"


def _as_json(value: object) -> JsonValue:
    """Turn tuples into lists. Raises TypeError for what JSON cannot hold."""
    # A round trip is the shortest honest test: sets, bytes, complex numbers and the like raise.
    return json.loads(json.dumps(value))
