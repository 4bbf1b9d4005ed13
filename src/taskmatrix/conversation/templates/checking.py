"""Checking a template: its APIs are there, its program passes for each case, and makes the calls that the case has.

No API is called: each call is answered with what the case recorded.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import anyio
import anyio.to_thread
from pydantic import JsonValue

from taskmatrix.conversation.templates.apis import changed_apis, documents_of, missing_apis
from taskmatrix.conversation.templates.cases import example_of
from taskmatrix.conversation.templates.inlining import Expanded, FindTemplate, expand
from taskmatrix.conversation.templates.rendering import render
from taskmatrix.core.binding import Namespace, bind
from taskmatrix.core.errors import ApiArgumentError, SandboxError, TaskMatrixError
from taskmatrix.core.programs import CheckReport, Finding, Program
from taskmatrix.core.protocols import HostCall, Limits, Origin, Raised, Registry, Sandbox, Value, Verifier
from taskmatrix.core.stubs import render_modules
from taskmatrix.core.templates import KIND, Case, CaseReport, Template, TemplateReport
from taskmatrix.sandbox.stepping import answer_each

LIMITS = Limits(seconds=10.0, memory_bytes=128 * 1024 * 1024, calls=2_500, output_bytes=256 * 1024)
"""What the program of a case may use."""


class _OtherCallError(Exception):
    """The program made another call than the case has."""


async def check_template(
    template: Template, registry: Registry, verifier: Verifier, sandbox: Sandbox, find_template: FindTemplate
) -> TemplateReport:
    """Check a template as it can be used here and now, with the templates that it calls.

    Never raises for what it holds.
    """
    missing = missing_apis(template, registry)
    values = [case.values for case in template.cases] or [{slot.name: example_of(slot) for slot in template.slots}]
    findings: dict[str, None] = {}
    report = CheckReport()
    for each in values:
        try:
            program = rendered(template, each, registry, find_template)
        except TaskMatrixError as error:
            findings[error.message] = None
            continue
        report = await anyio.to_thread.run_sync(partial(verifier.check, program.program.code, program.documents))
        found = [
            _in_template(finding, template, program) for finding in report.findings if finding.severity == "error"
        ]
        findings |= dict.fromkeys([*map(str, program.findings), *found])
    cases: list[CaseReport] = []
    if not missing and not findings:
        for number, case in enumerate(template.cases, start=1):
            program = rendered(template, case.values, registry, find_template)
            why = await _replay(program, case, sandbox, report)
            cases.append(CaseReport(number=number, ok=not why, why=why))
    changed = changed_apis(template, registry)
    return TemplateReport(missing=missing, changed=changed, findings=tuple(findings), cases=tuple(cases))


def rendered(
    template: Template, values: Mapping[str, JsonValue], registry: Registry, find_template: FindTemplate
) -> Expanded:
    """Return the template's program for these values, with the templates that it calls in it. Raises UsageError."""
    program = Program(code=render(template, values), author=f"{KIND}:{template.name}")
    expanded = expand(program, documents_of(template, registry), find_template, registry)
    apis = tuple(document.id for document in expanded.documents)
    return replace(expanded, program=expanded.program.model_copy(update={"apis": apis}))


def _in_template(finding: Finding, template: Template, program: Expanded) -> str:
    """Say what was found by the line of the template's own code: values and other templates stand before it."""
    before = program.program.code.count("\n") - template.code.count("\n")
    return str(finding.model_copy(update={"line": max(finding.line - before, 0)}))


async def _replay(program: Expanded, case: Case, sandbox: Sandbox, report: CheckReport) -> str:
    """Return how the program does other than the case says; empty where it does the same."""
    namespace = Namespace(program.documents)
    left = list(case.calls)

    async def answer(call: HostCall) -> Value | Raised:
        document = namespace.of(call)
        number = len(case.calls) - len(left) + 1
        if not left:
            raise _OtherCallError(f"it makes a call {number}, of {document.id}, that the case does not have")
        expected = left.pop(0)
        if document.id != expected.api:
            raise _OtherCallError(f"call {number} is of {document.id} instead of {expected.api}")
        try:
            arguments = bind(document, call.args, call.kwargs)
        except ApiArgumentError as error:
            arguments = expected.arguments if expected.error is not None else {"call": error.message}
        if arguments != expected.arguments:
            other = _difference(arguments, expected.arguments)
            raise _OtherCallError(f"call {number}, of {document.id}, gets something else for {other}")
        return Value(expected.result) if expected.error is None else Raised(expected.error)

    modules, origin = render_modules(program.documents), Origin(backend=report.backend)
    try:
        async with sandbox.start(program.program.code, modules, LIMITS, _ignore, origin) as run:
            await answer_each(run, answer)
    except _OtherCallError as other:
        return str(other)
    except SandboxError as error:
        return f"its program ends with {error.message}"
    except TaskMatrixError as error:
        return error.message
    return f"it does not make call {len(case.calls) - len(left) + 1}, of {left[0].api}" if left else ""


def _difference(made: Mapping[str, JsonValue], expected: Mapping[str, JsonValue]) -> str:
    """Return the first parameter that is not given the same."""
    differs = (name for name in {**made, **expected} if made.get(name, ...) != expected.get(name, ...))
    return next(differs, "nothing")


def _ignore(text: str) -> None:
    """Take what the program prints: nobody looks at it."""
