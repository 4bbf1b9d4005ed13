"""What a literal of a program is for: the name, type and description of what it is given to."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter, Schema
from taskmatrix.core.stubs import signature_order
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.offers import Offers

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Use:
    """What takes a value: `name` is what the program calls it; the parameter of an API, where it gets to one."""

    name: str
    document: ApiDocument | None = None
    parameter: Parameter | None = None
    items: bool = False

    @property
    def schema(self) -> Schema:
        """The type of the value; `{}` where nobody says. With `items`, the parameter takes them one by one."""
        schema = {key: part for key, part in self.parameter.type.items() if key != "default"} if self.parameter else {}
        return {"type": "array", "items": schema} if self.items and schema else {} if self.items else schema


class Program:
    """A program's tree, with what stands around each node and which calls are of which API."""

    def __init__(self, tree: ast.Module, documents: Sequence[ApiDocument]) -> None:
        self.tree = tree
        self._bindings = Bindings(tree, Offers(documents))
        self._around = {id(inner): node for node in ast.walk(tree) for inner in ast.iter_child_nodes(node)}
        self._functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}

    def around(self, node: ast.AST) -> ast.AST | None:
        """Return the node that a node stands in; None for the whole program."""
        return self._around.get(id(node))

    def is_inside_function(self, node: ast.AST) -> bool:
        """Whether a node stands in a function of the program's own."""
        outer = self.around(node)
        while outer is not None:
            if isinstance(outer, Function | ast.Lambda):
                return True
            outer = self.around(outer)
        return False

    def use(self, node: ast.expr) -> Use:
        """Return what a value is for; one that nothing names is a `value`."""
        outer = self.around(node)
        match outer:
            case ast.keyword(arg=str(name)):
                call = self.around(outer)
                return self._argument(call, name) if isinstance(call, ast.Call) else Use(name)
            case ast.Call(args=args) if node in args:
                return self._positional(outer, args.index(node))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return self._variable(name)
            case ast.For(iter=iterated, target=ast.Name(id=name)) if iterated is node:
                return self._looped(name)
            case ast.comprehension(iter=iterated, target=ast.Name(id=name)) if iterated is node:
                return self._looped(name)
            case ast.Dict(keys=keys, values=values) if node in values:
                key = keys[values.index(node)]
                named = isinstance(key, ast.Constant) and isinstance(key.value, str)
                return Use(str(key.value) if isinstance(key, ast.Constant) and named else "value")
            case ast.arguments():
                return Use(_named_default(outer, node))
            case ast.List() | ast.Tuple() | ast.BinOp():
                return Use(_one_of(self.use(outer).name) if isinstance(outer, ast.List) else self.use(outer).name)
            case _:
                return Use("value")

    def _positional(self, call: ast.Call, index: int) -> Use:
        if isinstance(call.func, ast.Name):
            function = self._functions.get(call.func.id)
            if function is not None and index < len(function.args.args):
                return self._variable(function.args.args[index].arg)
            if call.func.id == "range":
                return Use("count")
        document = self._bindings.api(call.func)
        order = signature_order(document) if document is not None else []
        return self._argument(call, names.identifier(order[index].name)) if index < len(order) else Use("value")

    def _argument(self, call: ast.Call, name: str) -> Use:
        document = self._bindings.api(call.func)
        if document is None:
            return self._variable(name) if isinstance(call.func, ast.Name) else Use(name)
        parameter = next((p for p in document.parameters if names.identifier(p.name) == name), None)
        return Use(name, document, parameter)

    def _variable(self, name: str) -> Use:
        """A variable is for the first parameter that it is given for."""
        for call, argument in self._given(name):
            found = self._argument(call, argument)
            if found.parameter is not None:
                return Use(name, found.document, found.parameter)
        return Use(name)

    def _looped(self, item: str) -> Use:
        found = self._variable(item)
        return Use(_many(item), found.document, found.parameter, items=True)

    def _given(self, variable: str) -> Iterator[tuple[ast.Call, str]]:
        """Yield the calls of APIs that take a variable as it is, with the parameter's name in the program."""
        for call in ast.walk(self.tree):
            document = self._bindings.api(call.func) if isinstance(call, ast.Call) else None
            if document is None or not isinstance(call, ast.Call):
                continue
            order = signature_order(document)
            for argument, parameter in zip(call.args, order, strict=False):
                if isinstance(argument, ast.Name) and argument.id == variable:
                    yield call, names.identifier(parameter.name)
            for keyword in call.keywords:
                if isinstance(keyword.value, ast.Name) and keyword.value.id == variable and keyword.arg:
                    yield call, keyword.arg


def _named_default(outer: ast.arguments, node: ast.expr) -> str:
    if node in outer.defaults:
        return outer.args[len(outer.args) - len(outer.defaults) + outer.defaults.index(node)].arg
    return outer.kwonlyargs[outer.kw_defaults.index(node)].arg if node in outer.kw_defaults else "value"


def _many(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _one_of(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
