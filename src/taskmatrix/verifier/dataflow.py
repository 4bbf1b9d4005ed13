"""Where the values in a program come from: the APIs whose results may reach an expression.

A name stands for all that is ever put into it, wherever in the program; so a source may be named that cannot
reach the place, but none is missed.
"""

import ast
from collections.abc import Iterator, Mapping

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, CompositionRule
from taskmatrix.core.programs import Finding
from taskmatrix.core.stubs import signature_order
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.composition import shown, wanted

_ROUNDS = 20


class Sources:
    """The APIs that the names of a program may hold results of."""

    def __init__(self, tree: ast.Module, bindings: Bindings) -> None:
        self._bindings = bindings
        self._held: dict[str, set[str]] = {}
        self._returned: dict[str, set[str]] = {}
        self._functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
        nodes = list(ast.walk(tree))
        for _ in range(_ROUNDS):
            before = self._size()
            for node in nodes:
                self._learn(node)
            if self._size() == before:
                break

    def of(self, node: ast.AST) -> set[str]:
        """Return the ids of the APIs whose results may be in an expression's value."""
        match node:
            case ast.Call():
                return self._of_call(node)
            case ast.Name(id=name):
                return self._held.get(name, set())
            case ast.Compare() | ast.Lambda():
                return set()
            case _:
                return self._of_parts(node)

    def _of_call(self, node: ast.Call) -> set[str]:
        document = self._bindings.api(node.func)
        if document is not None:
            return {document.id}
        if isinstance(node.func, ast.Name) and node.func.id in self._functions:
            return self._returned.get(node.func.id, set())
        return self._of_parts(node)

    def _of_parts(self, node: ast.AST) -> set[str]:
        found: set[str] = set()
        for part in ast.iter_child_nodes(node):
            found |= self.of(part)
        return found

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign():
                for target in node.targets:
                    self._put(target, self.of(node.value))
            case ast.AnnAssign(value=ast.expr()) | ast.AugAssign() | ast.NamedExpr():
                self._put(node.target, self.of(node.value) if node.value else set())
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                self._put(node.target, self.of(node.iter))
            case ast.withitem(optional_vars=ast.expr()):
                self._put(node.optional_vars, self.of(node.context_expr))
            case ast.Call():
                self._learn_call(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for part in ast.walk(node):
                    if isinstance(part, ast.Return) and part.value is not None:
                        self._returned.setdefault(node.name, set()).update(self.of(part.value))
            case _:
                pass

    def _learn_call(self, node: ast.Call) -> None:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Attribute) and self._bindings.api(node.func) is None:
            for value in given:  # items.append(x): what is handed to a method may stay in its object
                self._put(node.func.value, self.of(value))
        if not isinstance(node.func, ast.Name) or node.func.id not in self._functions:
            return
        arguments = self._functions[node.func.id].args
        parameters = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        for name, value in zip(parameters, node.args, strict=False):
            self._held.setdefault(name, set()).update(self.of(value))
        for keyword in node.keywords:
            if keyword.arg:
                self._held.setdefault(keyword.arg, set()).update(self.of(keyword.value))

    def _put(self, target: ast.AST | None, found: set[str]) -> None:
        match target:
            case ast.Name(id=name):
                self._held.setdefault(name, set()).update(found)
            case ast.Attribute() | ast.Subscript() | ast.Starred():
                self._put(target.value, found)
            case ast.Tuple() | ast.List():
                for part in target.elts:
                    self._put(part, found)
            case _:
                pass

    def _size(self) -> int:
        return sum(map(len, self._held.values())) + sum(map(len, self._returned.values()))


def arguments_of(document: ApiDocument, call: ast.Call) -> Mapping[str, ast.expr]:
    """Return the expressions a call gives for the document's parameters; `*` and `**` give none."""
    given: dict[str, ast.expr] = {}
    for parameter, value in zip(signature_order(document), call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        given[parameter.name] = value
    known = {names.identifier(p.name): p.name for p in document.parameters}
    for keyword in call.keywords:
        if keyword.arg in known:
            given[known[keyword.arg]] = keyword.value
    return given


def check_feeds(document: ApiDocument, call: ast.Call, sources: Sources) -> Iterator[Finding]:
    """Yield a finding for each argument that comes from elsewhere than a `feeds` rule says."""
    given = arguments_of(document, call)
    for rule in document.rules:
        value = given.get(rule.parameter or "")
        if rule.kind != "feeds" or not rule.apis or value is None:
            continue
        found = sources.of(value)
        if found & wanted(document, rule):
            yield from _wrong_field(document, rule, value)
        elif found:
            others = ", ".join(f"`{api}`" for api in sorted(found))
            yield _finding(document, rule, value, f"and here it comes from {others}", certain=True)
        elif isinstance(value, ast.Constant) and value.value is not None:
            yield _finding(document, rule, value, f"and here it is {value.value!r}", certain=False)


def _wrong_field(document: ApiDocument, rule: CompositionRule, value: ast.expr) -> Iterator[Finding]:
    if rule.field and isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        key = value.slice.value
        if isinstance(key, str) and key not in rule.field.replace("[", ".").split("."):
            yield _finding(document, rule, value, f"and here the field is `{key}`", certain=True)


def _finding(document: ApiDocument, rule: CompositionRule, value: ast.expr, but: str, *, certain: bool) -> Finding:
    field = f"`{rule.field}` of " if rule.field else ""
    return Finding(
        rule="composition-feeds",
        message=f"`{rule.parameter}` of `{document.id}` takes {field}the result of {shown(document, rule)}, {but}",
        line=value.lineno,
        column=value.col_offset + 1,
        severity="error" if certain else "warning",
        hint=document.composition,
    )
