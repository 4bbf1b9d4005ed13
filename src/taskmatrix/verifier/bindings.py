"""Which names of a program mean which APIs."""

import ast
import sys
from collections.abc import Iterator

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import Finding
from taskmatrix.sandbox.language import MODULES
from taskmatrix.verifier.offers import Offers

_DYNAMIC = frozenset(("eval", "exec", "compile", "__import__", "globals", "locals", "vars"))


class Bindings:
    """The imports of a program. Names mean the same API all over it: see `shadowed`."""

    def __init__(self, tree: ast.Module, offers: Offers) -> None:
        self._tree = tree
        self._offers = offers
        self._modules: dict[str, str] = {}
        self._functions: dict[str, ApiDocument] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in offers.modules:
                        self._modules[alias.asname or alias.name] = alias.name
            elif isinstance(node, ast.ImportFrom) and node.module in offers.modules and not node.level:
                for alias in node.names:
                    document = offers.find(node.module, alias.name)
                    if document is not None:
                        self._functions[alias.asname or alias.name] = document

    def api(self, node: ast.expr) -> ApiDocument | None:
        """Return the API that an expression names (`create_slide`, `powerpoint.create_slide`), or None."""
        match node:
            case ast.Name(id=name):
                return self._functions.get(name)
            case ast.Attribute(value=ast.Name(id=module), attr=function) if module in self._modules:
                return self._offers.find(self._modules[module], function)
            case _:
                return None

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the program's names: unknown packages and APIs, and ways around the check."""
        inside = {
            id(node.value)
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
        for node in ast.walk(self._tree):
            match node:
                case ast.Import():
                    for alias in node.names:
                        yield from self._module(alias.name, node)
                        if alias.name not in MODULES:
                            yield from self._renamed(alias.name, set(), node)
                case ast.ImportFrom(module=str(module), level=0):
                    yield from self._module(module, node)
                    yield from self._renamed(module, {alias.name for alias in node.names}, node)
                    if module in self._offers.modules:
                        for alias in node.names:
                            yield from self._function(module, alias.name, node)
                case ast.Attribute(value=ast.Name(id=name)) if name in self._modules:
                    yield from self._function(self._modules[name], node.attr, node)
                case ast.Name(id=name, ctx=ast.Load()) if name in self._modules and id(node) not in inside:
                    yield _at(
                        node, "indirect-call", f"the package `{name}` is used as a value", "call its APIs by name"
                    )
                case ast.Call(func=ast.Name(id=name)) if name in _DYNAMIC:
                    yield _at(node, "dynamic-code", f"`{name}` hides calls from this check", "write the calls out")
                case _:
                    yield from self._shadowed(node)

    def _module(self, module: str, node: ast.AST) -> Iterator[Finding]:
        top = module.split(".")[0]
        if module in self._offers.modules or top in MODULES or top in sys.stdlib_module_names or top == "__future__":
            return  # what Python has and the sandbox has not is the sandbox's to say
        near = self._offers.nearest_modules(module)
        hint = f"packages on offer: {', '.join(near)}" if near else "none of the packages on offer is like it"
        yield _at(node, "unknown-package", f"no package `{module}` is on offer", hint)

    def _renamed(self, module: str, functions: set[str], node: ast.AST) -> Iterator[Finding]:
        """Point from a standard module to the package of the same name, which is imported as `name_`."""
        package = f"{module}_"
        if package in self._offers.modules and (not functions or functions & set(self._offers.modules[package])):
            message = f"`{module}` is Python's own module, not the package on offer"
            yield _at(node, "unknown-package", message, f"the package is imported as `{package}`")

    def _function(self, module: str, function: str, node: ast.AST) -> Iterator[Finding]:
        if function == "*" or self._offers.find(module, function) is not None:
            return
        near = self._offers.nearest_functions(function, module)
        hint = f"nearest: {', '.join(near)}" if near else f"`{module}` has {', '.join(self._offers.modules[module])}"
        yield _at(node, "unknown-api", f"`{module}` has no API `{function}` on offer", hint)

    def _shadowed(self, node: ast.AST) -> Iterator[Finding]:
        name = ""
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                pass
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                pass
            case _:
                pass
        if name in self._functions or name in self._modules:
            hint = f"give one of them another name, as in `import … as {name}_api`"
            yield _at(node, "shadowed-api", f"`{name}` means an API and something else", hint)


def _at(node: ast.AST, rule: str, message: str, hint: str) -> Finding:
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1
    return Finding(rule=rule, message=message, line=line, column=column, hint=hint)
