"""The calls in an example: which of a package's APIs it calls, and with which arguments."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.programs import Finding
from taskmatrix.core.stubs import is_required, signature_order


@dataclass(frozen=True, slots=True)
class ExampleCall:
    """A call of one of the package's APIs in an example, by the API's own name."""

    api: str
    node: ast.Call


@dataclass(frozen=True, slots=True)
class Example:
    """An example that is Python: its text, its tree, and its calls of the package's APIs."""

    code: str
    tree: ast.Module
    calls: tuple[ExampleCall, ...]

    @property
    def apis(self) -> frozenset[str]:
        """The names of the APIs it calls."""
        return frozenset(call.api for call in self.calls)


def read_example(document: ApiDocument, text: str, siblings: Sequence[str] = ()) -> Example | Finding | None:
    """Read an example: None for one that is no Python call, a Finding for one that means to be and cannot be parsed.

    `siblings` are the names of the package's other APIs, which an example may call to set things up.
    """
    from taskmatrix.sandbox.parsing import parse

    tree = parse(text)
    if isinstance(tree, Finding):
        return tree if looks_like_python(document, text) else None
    if not any(isinstance(node, ast.Call) for node in ast.walk(tree)):
        return None
    known = {names.function(name): name for name in (*siblings, document.name)}
    # Published Python libraries write the name in full: `pptx.api.Presentation()`.
    dotted = {name: name for name in (*siblings, document.name) if "." in name}
    module = names.module(document.package)
    calls = [
        ExampleCall(api, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (api := _called(node.func, module, known, dotted)) is not None
    ]
    calls.sort(key=lambda call: (call.node.lineno, call.node.col_offset))
    return Example(text, tree, tuple(calls))


def looks_like_python(document: ApiDocument, text: str) -> bool:
    """Whether a text means to be a Python call, though it cannot be parsed: it imports, or calls the API by name."""
    lines = text.lstrip().splitlines()
    if lines and re.match(r"(from|import) \w", lines[0]):
        return True
    return any(re.search(rf"(?<![\w.-]){re.escape(n)}\s*\(", text) for n in (names.function(document.name),))


def argument_faults(document: ApiDocument, node: ast.Call) -> Sequence[str]:
    """Say what is wrong with the arguments of a call, as far as the text shows it."""
    order = signature_order(document)
    faults: list[str] = []
    open_ended = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
    if len(node.args) > len(order):
        return [f"takes {len(order)} arguments, not {len(node.args)}"]
    given: dict[str, ast.expr] = {p.name: value for p, value in zip(order, node.args, strict=False)}
    by_identifier = {names.identifier(p.name): p.name for p in order}
    for keyword in node.keywords:
        if keyword.arg is None:
            continue
        name = by_identifier.get(keyword.arg)
        if name is None:
            faults.append(f"has no parameter {keyword.arg!r}")
        elif name in given:
            faults.append(f"gets {name!r} twice")
        else:
            given[name] = keyword.value
    missing = [p.name for p in order if is_required(p) and p.name not in given]
    if missing and not open_ended:
        faults.append(f"needs {', '.join(repr(name) for name in missing)}")
    faults += [fault for p in order if p.name in given and (fault := _value_fault(p, given[p.name]))]
    return faults


def with_imports(example: Example, package: str) -> str:
    """Return an example as a program: with the imports that examples leave out."""
    module = names.module(package)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(example.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    called = {names.function(call.api) for call in example.calls if isinstance(call.node.func, ast.Name)}
    lines = [f"from {module} import {', '.join(sorted(called - imported))}"] if called - imported else []
    if any(isinstance(call.node.func, ast.Attribute) for call in example.calls) and module not in imported:
        lines.append(f"import {module}")
    return "\n".join([*lines, example.code])


def _called(function: ast.expr, module: str, known: Mapping[str, str], dotted: Mapping[str, str]) -> str | None:
    if isinstance(function, ast.Name):
        return known.get(function.id)
    if isinstance(function, ast.Attribute):
        if isinstance(function.value, ast.Name) and function.value.id == module:
            return known.get(function.attr)
        return dotted.get(ast.unparse(function)) if dotted else None
    return None


def _value_fault(parameter: Parameter, node: ast.expr) -> str | None:
    try:
        value = cast(JsonValue, ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if not parameter.type or not _is_json(value) or (value is None and not is_required(parameter)):
        return None
    from taskmatrix.api_platform.validation import fault

    found = fault(parameter.type, value)
    return f"{parameter.name!r}: {found}" if found else None


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_json(item) for item in cast(list[object], value))
    if isinstance(value, dict):
        items = cast(dict[object, object], value)
        return all(isinstance(key, str) and _is_json(item) for key, item in items.items())
    return value is None or isinstance(value, str | int | float)
