"""How a program becomes calls: it runs in the sandbox, and every call is answered with an opaque value."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.binding import Namespace
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import LimitError, SandboxError
from taskmatrix.core.programs import Finding
from taskmatrix.core.protocols import Call, HostCall, Limits, ModuleStub, Sandbox, SandboxRun, Value
from taskmatrix.core.stubs import signature_order
from taskmatrix.evaluation.rewriting import CALL, FIELD, OPAQUE_CLASS, RECORDER, RESULT_MARK, STOP, TEXT_MARK, rewrite
from taskmatrix.sandbox.parsing import parse
from taskmatrix.sandbox.stepping import answer_each

_RAISED = re.compile(r"[A-Z]\w*(Error|Exception|Iteration|Exit|Interrupt)\b(?<!SyntaxError)")
LIMITS = Limits(seconds=5.0, memory_bytes=128 * 1024 * 1024, calls=300, output_bytes=256 * 1024)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a program did: its calls in order, and if it broke off, the kind of error and what was said.

    Kinds: `syntax`; `unsupported` (Python that the sandbox does not run); `unknown-api` (it imports or calls what
    is not on offer); `opaque` (it branches or iterates on, or computes with, a result); `limit`; `raised`.
    """

    calls: tuple[Call, ...] = ()
    error: str | None = None
    detail: str = ""


class OpaqueUsedError(Exception):
    """The program looked into an opaque value."""


async def record(code: str, documents: Sequence[ApiDocument], sandbox: Sandbox) -> Recording:
    """Run a program over the APIs on offer and return its calls, by original names. Never raises for the program."""
    tree = parse(code)
    if isinstance(tree, Finding):
        return Recording(error="syntax", detail=tree.message)
    try:
        rewritten = rewrite(tree)
    except RecursionError:
        return Recording(error="syntax", detail="the program is nested too deeply")
    modules = [*_modules(documents), ModuleStub(RECORDER, "", (STOP,))]
    calls: list[Call] = []
    try:
        async with sandbox.start(rewritten, modules, LIMITS, _ignore) as run:
            await _follow(run, Namespace(documents), calls)
    except OpaqueUsedError:
        return Recording(tuple(calls), "opaque", "it branches or iterates on the result of a call")
    except SandboxError as error:
        return Recording(tuple(calls), _kind(error), error.message)
    return Recording(tuple(calls))


async def _follow(run: SandboxRun, namespace: Namespace, calls: list[Call]) -> None:
    async def note(step: HostCall) -> Value:
        if step.module == RECORDER:
            raise OpaqueUsedError
        calls.append(_call(step, namespace.of(step), f"c{len(calls)}"))
        return Value(f"{RESULT_MARK}{calls[-1].id}")

    await answer_each(run, note)


def _call(call: HostCall, document: ApiDocument, call_id: str) -> Call:
    """Return a call by original names. What the API would refuse is kept: it is what the program asked for."""
    order = signature_order(document)
    known = {names.identifier(p.name): p.name for p in order}
    arguments: dict[str, JsonValue] = {}
    for index, value in enumerate(call.args):
        arguments[order[index].name if index < len(order) else f"#{index + 1}"] = _argument(value)
    for key, value in call.kwargs.items():
        arguments[known.get(key, key)] = _argument(value)
    return Call(document.id, arguments, call_id)


def _argument(value: JsonValue) -> JsonValue:
    """Return an argument with opaque values as references."""
    if isinstance(value, str):
        for mark in (TEXT_MARK, RESULT_MARK):
            if value.startswith(mark) and value.count("\ue000") == 1:
                call, dot, field = value.removeprefix(mark).partition(".")
                return _reference(call, dot + field)
        return value
    if isinstance(value, list):
        return [_argument(item) for item in value]
    if isinstance(value, dict):
        field = value.get(FIELD)
        if value.keys() == {CALL, FIELD} and isinstance(field, list):
            return _reference(str(value[CALL]), "".join(map(str, field)))
        return {key: _argument(item) for key, item in value.items()}
    return value


def _reference(call: str, field: str) -> JsonValue:
    field = field.removeprefix(".")
    return {"$ref": call, "field": field} if field else {"$ref": call}


def _modules(documents: Sequence[ApiDocument]) -> list[ModuleStub]:
    functions: dict[str, list[str]] = {}
    for document in documents:
        functions.setdefault(names.module(document.package), []).append(names.function(document.name))
    return [ModuleStub(module, "", tuple(listed)) for module, listed in functions.items()]


def _kind(error: SandboxError) -> str:
    if isinstance(error, LimitError):
        return "limit"
    text = error.message
    if OPAQUE_CLASS in text:
        return "opaque"
    if text.startswith(("ImportError", "ModuleNotFoundError", "AttributeError: module ")):
        return "unknown-api"
    if text.startswith("NotImplementedError"):
        return "unsupported"
    return "raised" if _RAISED.match(text) else "syntax"


def _ignore(text: str) -> None:
    """Take what the program prints: nobody looks at it."""
