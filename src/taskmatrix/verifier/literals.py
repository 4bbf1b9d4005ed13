"""Values written in a program against what the document says of its parameters."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import Finding
from taskmatrix.sandbox.values import NotJsonError, to_json
from taskmatrix.verifier.arguments import arguments_of

_BOUNDS: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
    ("minimum", "at least", operator.lt),
    ("maximum", "at most", operator.gt),
    ("exclusiveMinimum", "more than", operator.le),
    ("exclusiveMaximum", "less than", operator.ge),
)


def check_literals(document: ApiDocument, call: ast.Call) -> Iterator[Finding]:
    """Yield a warning for each written value outside a parameter's choices or bounds.

    The type checker knows only what a Python type can say; this is the rest. Warnings, since documents in the
    wild are often narrower than their APIs.
    """
    for name, node in arguments_of(document, call).items():
        parameter = document.parameter(name)
        if parameter is None:
            continue
        try:
            value = to_json(ast.literal_eval(node))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError, NotJsonError):
            continue
        wrong = _wrong(value, parameter.type)
        if wrong and not (value is None and not parameter.required):
            yield Finding(
                rule="value-not-allowed",
                message=f"`{name}` of `{document.id}` {wrong}, and here it is {value!r}",
                line=node.lineno,
                column=node.col_offset + 1,
                severity="warning",
                hint=parameter.description,
            )


def _wrong(value: JsonValue, schema: Mapping[str, JsonValue]) -> str:
    """Return what a value breaks, or nothing."""
    choices = schema.get("enum")
    if "const" in schema and value != schema["const"]:
        return f"must be {schema['const']!r}"
    if isinstance(choices, list) and choices and value not in choices:
        listed = ", ".join(repr(choice) for choice in choices[:8])
        return f"must be one of {listed}" + (" …" if len(choices) > 8 else "")
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return _wrong_number(value, schema)
    if isinstance(value, str | list):
        return _wrong_size(len(value), schema, *(("Length",) if isinstance(value, str) else ("Items",)))
    return ""


def _wrong_number(value: float, schema: Mapping[str, JsonValue]) -> str:
    for key, words, broken in _BOUNDS:
        bound = schema.get(key)
        if isinstance(bound, int | float) and not isinstance(bound, bool) and broken(value, bound):
            return f"must be {words} {bound}"
    return ""


def _wrong_size(size: int, schema: Mapping[str, JsonValue], suffix: str) -> str:
    unit = "characters" if suffix == "Length" else "items"
    least, most = schema.get(f"min{suffix}"), schema.get(f"max{suffix}")
    if isinstance(least, int) and size < least:
        return f"must have at least {least} {unit}"
    if isinstance(most, int) and size > most:
        return f"must have at most {most} {unit}"
    return ""
