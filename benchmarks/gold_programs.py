"""Gold calls of planning sets as programs, and whether they satisfy their own documents, as jsonschema sees it."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.matching import reference_of, references_in
from taskmatrix.core.programs import Plan, PlannedStep
from taskmatrix.core.stubs import is_required
from taskmatrix.evaluation.cases import CaseCall, PlanningCase
from taskmatrix.evaluation.sets import PlanningSet

OTHERS = 12
"""APIs on offer beside the right ones, where a case offers none itself."""

_TYPES = {
    **dict.fromkeys(("string", "str", "text"), "string"),
    **dict.fromkeys(("integer", "int", "long"), "integer"),
    **dict.fromkeys(("number", "float", "double", "decimal"), "number"),
    **dict.fromkeys(("boolean", "bool"), "boolean"),
    **dict.fromkeys(("array", "list", "tuple", "set"), "array"),
    **dict.fromkeys(("object", "dict", "dictionary", "map"), "object"),
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One call of a program: `result = module.function(parameter=code, …)`, under a comment that names its step."""

    api: str
    module: str
    function: str
    arguments: Mapping[str, str]
    result: str = ""

    def code(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{f'{self.result} = ' if self.result else ''}{self.module}.{self.function}({given})"


@dataclass(frozen=True, slots=True)
class GoldProgram:
    """A case's gold as lines, the documents on offer, and the plan that it carries out."""

    case: PlanningCase
    lines: tuple[Line, ...]
    documents: tuple[ApiDocument, ...]
    plan: Plan = field(default_factory=Plan)

    def code(self) -> str:
        return written(self.lines)


def written(lines: Sequence[Line], *, headings: bool = True) -> str:
    """Write a program of these lines."""
    head = [f"import {module}" for module in dict.fromkeys(line.module for line in lines)]
    body = [f"# {i}. {line.function}\n{line.code()}" if headings else line.code() for i, line in enumerate(lines, 1)]
    return "\n".join([*head, *body]) + "\n"


def gold_programs(given: PlanningSet, chance: random.Random) -> Iterator[GoldProgram]:
    """Yield each case's gold that satisfies the case's own documents."""
    for case in given.cases:
        if not case.expected or any(call.api not in given.documents for call in case.expected):
            continue
        offered = case.apis or [*(c.api for c in case.expected), *chance.sample(list(given.documents), OTHERS)]
        documents = {api: given.documents[api] for api in offered}
        if all(_satisfies(call, case.expected, documents) for call in case.expected):
            calls = _in_order(case.expected)
            lines = tuple(_line(call, documents[call.api], calls) for call in calls)
            steps = tuple(
                PlannedStep(text=" ".join(names.words(documents[c.api].name)), apis=(c.api,), must=(c.api,))
                for c in calls
            )
            yield GoldProgram(case, lines, tuple(documents.values()), Plan(said=case.request, steps=steps))


def strict(schema: JsonValue) -> JsonValue:
    """Return a schema in the words of JSON Schema; a type that it does not know says nothing."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, JsonValue] = {}
    for key, value in schema.items():
        if key in ("type", "enum", "const", "required") and (key != "required" or isinstance(value, list)):
            known = _type(value) if key == "type" else value
            found |= {key: known} if known else {}
        elif key == "properties" and isinstance(value, dict):
            found[key] = {name: strict(part) for name, part in value.items()}
        elif key in ("items", "anyOf", "oneOf", "allOf", "additionalProperties"):
            found[key] = strict(value)
    return found


def accepts(schema: Mapping[str, JsonValue], value: JsonValue) -> bool:
    """Whether a value is of a schema's type and among its choices."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(strict(dict(schema))).is_valid(value)  # pyright: ignore[reportUnknownMemberType, reportArgumentType]


def _type(value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [known for known in map(_type, value) if isinstance(known, str)]
    return _TYPES.get(re.split(r"[\[(<]", str(value).lower(), maxsplit=1)[0].strip())


def _satisfies(call: CaseCall, calls: Sequence[CaseCall], documents: Mapping[str, ApiDocument]) -> bool:
    document = documents.get(call.api)
    if document is None or any(is_required(p) and not call.arguments.get(p.name) for p in document.parameters):
        return False
    by_id = {c.id: c for c in calls if c.id is not None}
    for name, values in call.arguments.items():
        parameter = document.parameter(name)
        if parameter is None or any(target not in by_id for v in values[:1] for target in references_in(v)):
            return False
        for value in values[:1]:
            target = reference_of(value)
            if target is not None and isinstance(value, dict):
                part = _field(documents[by_id[target].api].returns.type, str(value.get("field") or ""))
                if part is None or not _fits(part, parameter.type):
                    return False
            elif not references_in(value) and value is not None and not accepts(parameter.type, value):
                return False
    return True


def _field(schema: Mapping[str, JsonValue], path: str) -> Mapping[str, JsonValue] | None:
    """Return the schema of a field of a result; None where the result has other fields."""
    for key in _keys(path):
        if isinstance(key, int):
            items = schema.get("items")
            schema = items if isinstance(items, dict) else {}
            continue
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {} if not schema or strict(dict(schema)) in ({}, {"type": "object"}) else None
        part = properties.get(key)
        if not isinstance(part, dict):
            return None
        schema = part
    return schema


def _fits(given: Mapping[str, JsonValue], taken: Mapping[str, JsonValue]) -> bool:
    """Whether what has one type may be given for another, as far as both say it."""
    have, need = _type(given.get("type")), _type(taken.get("type"))
    if taken.get("enum") or taken.get("const"):
        return False  # nothing says that a result is one of the choices
    return have is None or need is None or have == need or (have, need) == ("integer", "number")


def _keys(path: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.split(r"[.\[\]]+", path) if part]


def _in_order(calls: Sequence[CaseCall]) -> list[CaseCall]:
    """Return the calls so that each comes after those it refers to."""
    left, done = list(calls), list[CaseCall]()
    while left:
        ready = next((c for c in left if not _needs(c) & {other.id for other in left}), left[0])
        left.remove(ready)
        done.append(ready)
    return done


def _needs(call: CaseCall) -> set[str]:
    return {t for values in call.arguments.values() for value in values[:1] for t in references_in(value)}


def _line(call: CaseCall, document: ApiDocument, calls: Sequence[CaseCall]) -> Line:
    wanted = {target for other in calls for target in _needs(other)}
    results = {c.id: f"result_{i}" for i, c in enumerate(calls, 1) if c.id is not None and c.id in wanted}
    arguments = {
        names.identifier(name): _code(values[0], results)
        for name, values in call.arguments.items()
        if values and values[0] is not None
    }
    return Line(
        document.id,
        names.module(document.package),
        names.function(document.name),
        arguments,
        results.get(call.id, "") if call.id is not None else "",
    )


def _code(value: JsonValue, results: Mapping[str, str]) -> str:
    target = reference_of(value)
    if target is not None and isinstance(value, dict):
        return results[target] + "".join(f"[{key!r}]" for key in _keys(str(value.get("field") or "")))
    if isinstance(value, list):
        return f"[{', '.join(_code(item, results) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_code(item, results)}' for key, item in value.items())}}}"
    return repr(value)
