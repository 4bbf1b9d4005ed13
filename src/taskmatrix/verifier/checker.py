"""`ProgramVerifier`: all that can be known of a program before it runs."""

import ast
import re
from collections.abc import Iterator, Sequence

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import CheckReport, Finding
from taskmatrix.core.protocols import Sandbox
from taskmatrix.core.stubs import render_modules
from taskmatrix.sandbox.parsing import parse
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.callbacks import check_callbacks
from taskmatrix.verifier.composition import check_order
from taskmatrix.verifier.dataflow import Sources, check_feeds
from taskmatrix.verifier.flow import lay_out
from taskmatrix.verifier.literals import check_literals
from taskmatrix.verifier.loops import check_loops
from taskmatrix.verifier.offers import Offers
from taskmatrix.verifier.paths import TooManyPathsError

_UNDEFINED = re.compile(r"^Name `(\w+)` used")
_IMPORTS = frozenset(("unresolved-import", "unresolved-attribute"))


class ProgramVerifier:
    """Implements `Verifier`: syntax and types by the sandbox, names, composition rules and effects here."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def check(self, code: str, documents: Sequence[ApiDocument]) -> CheckReport:
        """Check a program against the documents on offer. Never raises for what the program holds."""
        tree = parse(code)
        if isinstance(tree, Finding):
            return CheckReport(findings=(tree,))
        offers = Offers(documents)
        bindings = Bindings(tree, offers)
        named = list(bindings.findings())
        typed = self._sandbox.check(code, render_modules(documents))
        findings = [*named, *_without_doubles(typed, named, offers), *_check_calls(tree, bindings)]
        calls = _calls(tree, bindings)
        return CheckReport(
            findings=tuple(sorted(dict.fromkeys(findings), key=lambda f: (f.line, f.column, f.rule))),
            calls=tuple(document.id for document in calls),
            effects={d.id: d.effects.kind for d in calls if d.effects.kind != "read"},
        )


def _check_calls(tree: ast.Module, bindings: Bindings) -> Iterator[Finding]:
    yield from check_callbacks(tree, bindings)
    yield from check_loops(tree)
    sources = Sources(tree, bindings)
    ruled = False
    for node in ast.walk(tree):
        document = bindings.api(node) if isinstance(node, ast.Name | ast.Attribute) else None
        ruled = ruled or (document is not None and bool(document.rules))
        if isinstance(node, ast.Call) and (called := bindings.api(node.func)) is not None:
            yield from check_literals(called, node)
            yield from check_feeds(called, node, sources)
    if not ruled:
        return
    try:
        yield from check_order(lay_out(tree, bindings))
    except TooManyPathsError:
        yield Finding(
            rule="too-many-paths",
            message="the order of calls cannot be checked: functions call each other in too many ways",
            hint="write the calls out, or call fewer functions from functions",
        )


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


def _calls(tree: ast.Module, bindings: Bindings) -> Sequence[ApiDocument]:
    """Return the API of each call site, in text order. An API handed on as a value counts as called there."""
    found: list[tuple[int, int, ApiDocument]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            document = bindings.api(node)
            if document is not None:
                found.append((node.lineno, node.col_offset, document))
    return [document for _, _, document in sorted(found, key=lambda f: (f[0], f[1]))]
