"""A program that imports templates, as one that holds them: it is checked, run and asked about like any other.

Each template becomes a function before the program's own lines, under the name that the program has for it. Its
imports go with it, and names that both use are set apart, so that neither changes what the other means. A template
that imports others is such a program too: what one round leaves is for the next.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from taskmatrix.conversation.templates.apis import documents_of, missing_apis
from taskmatrix.conversation.templates.documents import template_of
from taskmatrix.conversation.templates.edits import Edit, edited, stands_alone
from taskmatrix.conversation.templates.functions import Function, as_function, imports_of, names_in
from taskmatrix.conversation.templates.naming import free_name
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.programs import Finding, Plan, Program
from taskmatrix.core.protocols import Registry
from taskmatrix.core.templates import PACKAGE, Template
from taskmatrix.sandbox.parsing import parse

DEEPEST = 5
"""Templates within templates."""

MOST = 50
"""Templates in one program."""

FindTemplate = Callable[[str], Template]
"""Returns a template by its name. Raises NotFoundError."""

_MODULE = names.module(PACKAGE)


@dataclass(frozen=True, slots=True)
class Expanded:
    """A program with its templates in it, and the documents that it is checked against.

    `apis` are those that each template (`templates.name`) calls. `findings` are errors of templates that cannot be
    used; their imports stay in the program.
    """

    program: Program
    documents: tuple[ApiDocument, ...]
    apis: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    findings: tuple[Finding, ...] = ()

    def plan(self, plan: Plan) -> Plan:
        """Return a plan in which a step that may call a template may call what the template calls."""
        steps = [
            step.model_copy(update={"apis": self._opened(step.apis), "must": self._opened(step.must)})
            for step in plan.steps
        ]
        return plan.model_copy(update={"steps": tuple(steps)})

    def _opened(self, apis: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(inner for api in apis for inner in (api, *self.apis.get(api, ()))))


def expand(
    program: Program, documents: Sequence[ApiDocument], find_template: FindTemplate, registry: Registry
) -> Expanded:
    """Put the templates that a program imports into it. One that imports none comes back as it is.

    Never raises for what the program or a template holds: see `Expanded.findings`.
    """
    if _MODULE not in program.code:
        return Expanded(program, tuple(documents))
    expansion = _Expansion(find_template, registry)
    code = expansion.expand(program.code)
    apis = {api: tuple(document.id for document in found) for api, found in expansion.found.items()}
    called = {document.id: document for found in expansion.found.values() for document in found}
    offered = {document.id: document for document in documents if document.id not in apis} | called
    named = tuple(dict.fromkeys(inner for api in program.apis for inner in apis.get(api, (api,))))
    changed = program.model_copy(update={"code": code, "apis": named})
    return Expanded(changed, tuple(offered.values()), apis, tuple(expansion.findings))


@dataclass(slots=True)
class _Expansion:
    """The templates of one program: what was found of each, and what is wrong with those that cannot be used."""

    find: FindTemplate
    registry: Registry
    found: dict[str, tuple[ApiDocument, ...]] = field(default_factory=dict[str, tuple[ApiDocument, ...]])
    findings: list[Finding] = field(default_factory=list[Finding])
    put: int = 0
    _unusable: set[str] = field(default_factory=set[str])

    def expand(self, code: str) -> str:
        """Return the code with its templates in it."""
        for _ in range(DEEPEST):
            tree = parse(code)
            if not isinstance(tree, ast.Module):
                return code
            changed = self._once(code, tree)
            if changed == code:
                return code
            code = changed
        tree = parse(code)
        if isinstance(tree, ast.Module) and any(
            source.startswith(f"{_MODULE}:") for source in imports_of(tree).values()
        ):
            self._refuse(f"templates call each other more than {DEEPEST} deep, or without end")
        return code

    def _once(self, code: str, tree: ast.Module) -> str:
        """Put in the templates that the program itself imports."""
        taken, around = names_in(tree), imports_of(tree)
        heads: list[Function] = []
        edits: list[Edit] = []

        def put(function: str, name: str) -> bool:
            made = self._function(function, name, taken, around)
            heads.extend([made] if made else [])
            return made is not None

        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == _MODULE and not node.level:
                left = [alias for alias in node.names if not put(alias.name, alias.asname or alias.name)]
                edits += [_without(code, node, left)] if len(left) < len(node.names) else []
        edits += self._attributes(code, tree, put, taken)
        return _head(heads) + edited(code, edits).lstrip("\n") if heads else edited(code, edits)

    def _attributes(
        self, code: str, tree: ast.Module, put: Callable[[str, str], bool], taken: set[str]
    ) -> Sequence[Edit]:
        """Put in what is called as `templates.name(…)`."""
        modules = {name for name, source in imports_of(tree).items() if source == _MODULE}
        used = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _is_of(n, modules)]
        known: dict[str, str] = {}
        for function in dict.fromkeys(node.attr for node in used):
            name = free_name(function, taken)
            if put(function, name):
                known[function] = name
                taken.add(name)
        edits = [Edit(node, known[node.attr]) for node in used if node.attr in known]
        if used and all(node.attr in known for node in used):
            for node in tree.body:
                if isinstance(node, ast.Import) and any((a.asname or a.name) in modules for a in node.names):
                    edits.append(_without(code, node, [a for a in node.names if a.name != _MODULE]))
        return edits

    def _function(self, function: str, name: str, taken: set[str], around: dict[str, str]) -> Function | None:
        """Return a template as a function; None where it cannot be used."""
        document = self.registry.get(PACKAGE, names.original(function))
        known = template_of(document) if document is not None else None
        if document is None or known is None or known in self._unusable:
            return None  # the verifier says what there is instead
        problem = ""
        try:
            template = self.find(known)
            tree = parse(template.code)
            gone = missing_apis(template, self.registry)
            if gone:
                problem = f"the template {known!r} calls {', '.join(gone)}, which is not registered"
            elif not isinstance(tree, ast.Module):
                problem = f"the template {known!r} cannot be read: {tree.message}"
            elif self.put >= MOST:
                problem = f"the program calls more than {MOST} templates"
            else:
                self.put += 1
                made = as_function(template, tree, name, taken, around)
                self.found[document.id] = tuple(documents_of(template, self.registry))
                return made
        except TaskMatrixError as error:
            problem = error.message
        except ValueError as error:
            problem = str(error)
        self._unusable.add(known)
        self._refuse(problem)
        return None

    def _refuse(self, problem: str) -> None:
        self.findings.append(Finding(rule="template", message=problem, hint="do it without this template"))


def _head(functions: Sequence[Function]) -> str:
    """Return the text of functions and their imports, as it stands before a program."""
    lines = dict.fromkeys(line for function in functions for line in function.imports)
    modules: dict[str, list[str]] = {}
    for line in lines:
        module, _, name = line.partition(" import ")
        modules.setdefault(module, []).extend([name] if name else [])
    imports = [f"{module} import {', '.join(found)}" if found else module for module, found in modules.items()]
    return "".join(f"{part}\n\n\n" for part in filter(None, ("\n".join(imports), *(f.code for f in functions))))


def _is_of(node: ast.Attribute, modules: set[str]) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in modules


def _without(code: str, node: ast.Import | ast.ImportFrom, left: Sequence[ast.alias]) -> Edit:
    """Return the edit that leaves so much of an import."""
    if not left:
        return Edit(node, "" if stands_alone(code, node) and not node.col_offset else "pass")
    text = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in left)
    return Edit(node, f"from {node.module} import {text}" if isinstance(node, ast.ImportFrom) else f"import {text}")
