"""`ProgramVerifier`: all that can be known of a program before it runs."""

import ast
import re
from collections.abc import Iterator, Sequence

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import CheckReport, Finding, Plan
from taskmatrix.core.protocols import Sandbox
from taskmatrix.core.stubs import render_modules
from taskmatrix.sandbox.parsing import parse
from taskmatrix.sandbox.together import as_plain_calls
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.callbacks import check_callbacks
from taskmatrix.verifier.composition import check_order
from taskmatrix.verifier.dataflow import check_values
from taskmatrix.verifier.effects import check_effects, headings_of
from taskmatrix.verifier.files import planned_files
from taskmatrix.verifier.flow import lay_out
from taskmatrix.verifier.known import KnownReports
from taskmatrix.verifier.literals import check_literals
from taskmatrix.verifier.loops import check_loops
from taskmatrix.verifier.offers import Offers
from taskmatrix.verifier.paths import Site, TooManyPathsError

_UNDEFINED = re.compile(r"^Name `(\w+)` used")
_IMPORTS = frozenset(("unresolved-import", "unresolved-attribute"))


class ProgramVerifier:
    """Implements `Verifier`: syntax and types by the sandbox; names, order, values and effects here."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._known = KnownReports()

    def check(self, code: str, documents: Sequence[ApiDocument], plan: Plan | None = None) -> CheckReport:
        """Check a program against the documents on offer and, where there is one, the plan that it carries out.

        Never raises for what the program holds.
        """
        known = self._known.find(code, documents, plan)
        if known is not None:
            return known
        report = self._check(code, documents, plan)
        self._known.keep(code, documents, plan, report)
        return report

    def _check(self, code: str, documents: Sequence[ApiDocument], plan: Plan | None) -> CheckReport:
        tree = parse(code)
        if isinstance(tree, Finding):
            return CheckReport(findings=(tree,))
        tree = as_plain_calls(tree)
        offers = Offers(documents)
        bindings = Bindings(tree, offers)
        named = list(bindings.findings())
        typed = self._sandbox.check(code, render_modules(documents))
        sites = _sites(tree, bindings)
        calls = [site.document for site in sites]
        findings = [*named, *_without_doubles(typed, named, offers), *_check_calls(tree, bindings, calls, plan)]
        if plan is not None and plan.steps:
            headings = headings_of(code) if not _has_functions(tree) else {}
            findings += check_effects(sites, {d.id: d for d in documents}, plan, headings)
        return CheckReport(
            findings=tuple(sorted(dict.fromkeys(findings), key=lambda f: (f.line, f.column, f.rule))),
            calls=tuple(document.id for document in calls),
            lines=tuple(site.line for site in sites),
            effects={d.id: d.effects.kind for d in calls if d.effects.kind != "read"},
            files=planned_files(tree, bindings),
            backend=typed.backend,
        )


def _check_calls(
    tree: ast.Module, bindings: Bindings, calls: Sequence[ApiDocument], plan: Plan | None
) -> Iterator[Finding]:
    yield from check_callbacks(tree, bindings)
    yield from check_loops(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := bindings.api(node.func)) is not None:
            yield from check_literals(called, node)
    try:
        yield from check_values(tree, bindings, calls, plan)
        if any(document.rules for document in calls):
            yield from check_order(lay_out(tree, bindings), plan.before if plan is not None else ())
    except TooManyPathsError:
        yield Finding(
            rule="too-many-paths",
            message="the order of calls cannot be checked: functions call each other in too many ways",
            hint="write the calls out, or call fewer functions from functions",
        )


def _has_functions(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) for node in ast.walk(tree))


def _without_doubles(typed: Sequence[Finding], named: Sequence[Finding], offers: Offers) -> Iterator[Finding]:
    """Leave out what was found by name already, and name the offers that an undefined name may mean."""
    lines = {finding.line for finding in named if finding.rule in ("unknown-package", "unknown-api")}
    for finding in typed:
        if finding.rule in _IMPORTS and finding.line in lines:
            continue
        undefined = _UNDEFINED.match(finding.message)
        if undefined and not finding.hint:
            finding = finding.model_copy(update={"hint": _meant(undefined.group(1), offers)})
        yield finding


def _meant(name: str, offers: Offers) -> str:
    holders = offers.holders(name)
    if holders:
        return f"add `from {holders[0]} import {name}`"
    if name in offers.modules:
        return f"add `import {name}`"
    near = offers.nearest_functions(name)
    return f"nearest: {', '.join(near)}" if near else ""


def _sites(tree: ast.Module, bindings: Bindings) -> Sequence[Site]:
    """Return each call site, in text order. An API handed on as a value counts as called there."""
    found = [
        Site(document, node.lineno, node.col_offset + 1, None)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and (document := bindings.api(node)) is not None
    ]
    return sorted(found, key=lambda site: (site.line, site.column))
