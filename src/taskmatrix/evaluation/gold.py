"""Checking a case's gold against the documents: figures can be no better than what they are measured with."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.matching import parse_value, reference_of, references_in, values_match
from taskmatrix.core.schemas import kind
from taskmatrix.core.stubs import is_required
from taskmatrix.evaluation.cases import CaseCall, PlanningCase

_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int, float),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


def find_gold_faults(case: PlanningCase, documents: Mapping[str, ApiDocument]) -> list[str]:
    """Return in what a case's gold breaks its own documents, in words."""
    faults: list[str] = []
    earlier: set[str] = set()
    known = {call.id for call in case.expected if call.id is not None}
    for call in case.expected:
        document = documents.get(call.api)
        if document is None:
            faults.append(f"{call.api}: no such API")
        else:
            if case.apis is not None and call.api not in case.apis:
                faults.append(f"{call.api}: not on offer")
            faults += [f"{call.api}: {fault}" for fault in _argument_faults(call, document)]
        referred = {t for values in call.arguments.values() for value in values for t in references_in(value)}
        faults += [f"{call.api}: refers to {target!r}, which no call has as id" for target in sorted(referred - known)]
        if case.order == "sequence":
            late = sorted((referred & known) - earlier)
            faults += [f"{call.api}: refers to {target!r}, which comes later" for target in late]
        if call.id is not None:
            earlier.add(call.id)
    return faults


def _argument_faults(call: CaseCall, document: ApiDocument) -> Iterator[str]:
    for name, values in call.arguments.items():
        parameter = document.parameter(name)
        if parameter is None:
            yield f"no parameter {name!r}"
            continue
        for value in values:
            fault = _value_fault(value, parameter)
            if fault:
                yield f"{name}: {fault}"
    for parameter in document.parameters:
        if is_required(parameter) and not call.arguments.get(parameter.name):
            yield f"required parameter {parameter.name!r} is not given"


def _value_fault(value: JsonValue, parameter: Parameter) -> str | None:
    if reference_of(value) is not None or value is None:
        return None
    parsed = parse_value(value, parameter.type)
    expected = kind(parameter.type)
    allowed = _TYPES.get(expected)
    if allowed is not None and (not isinstance(parsed, allowed) or (isinstance(parsed, bool) and expected != "bool")):
        return f"{value!r} is no {expected}"
    if expected == "int" and isinstance(parsed, float) and not parsed.is_integer():
        return f"{value!r} is no int"
    choices = parameter.choices
    if choices and not any(values_match(parsed, choice, parameter.type) for choice in choices):
        return f"{value!r} is none of the choices"
    return None
