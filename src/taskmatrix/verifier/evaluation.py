"""Lays out expressions: the calls in them, in the order they are evaluated."""

import ast
from collections.abc import Callable, Sequence

from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.paths import Exit, Graph, Site

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BUILTIN_METHODS = frozenset(name for kind in (str, list, dict, set) for name in dir(kind))


class Evaluation:
    """Expressions over a graph. `ends` are the loose ends of the paths so far.

    `failures` is a stack: the innermost list collects the points from which code may be left by an error.
    """

    def __init__(self, tree: ast.Module, bindings: Bindings) -> None:
        self.graph = Graph()
        self.ends: list[Exit] = [Exit(0)]
        self.failures: list[list[Exit]] = [[]]
        self._bindings = bindings
        self._functions, self._methods, self._classes = definitions(tree)
        self._running: list[Function] = []

    def run_function(self, body: Sequence[ast.stmt]) -> None:
        """Run a function's body at the place of its call."""
        raise NotImplementedError

    def branch(self, *ways: Callable[[], None]) -> None:
        """Lay out alternatives: each starts where the path stands now, and what follows comes after all."""
        before, after = self.ends, list[Exit]()
        for way in ways:
            self.ends = list(before)
            way()
            after += self.ends
        self.ends = list(dict.fromkeys(after))

    def evaluate(self, node: ast.expr) -> None:
        """Lay out the calls an expression makes."""
        match node:
            case ast.Call():
                self._call(node)
            case ast.BoolOp():
                self.evaluate(node.values[0])
                for value in node.values[1:]:
                    self.branch(lambda value=value: self.evaluate(value), _nothing)
            case ast.IfExp():
                self.evaluate(node.test)
                self.branch(lambda: self.evaluate(node.body), lambda: self.evaluate(node.orelse))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self._comprehension(node.generators, [node.elt])
            case ast.DictComp():
                self._comprehension(node.generators, [node.key, node.value])
            case ast.Lambda():
                self._perhaps(lambda: self.evaluate(node.body))
            case ast.Name(ctx=ast.Load()) | ast.Attribute():
                self._reference(node)
            case _:
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr):
                        self.evaluate(part)

    def _call(self, node: ast.Call) -> None:
        document = self._bindings.api(node.func)
        targets = self._targets(node.func)
        if document is None and not targets:
            self.evaluate(node.func)
        elif isinstance(node.func, ast.Attribute) and document is None:
            self.evaluate(node.func.value)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.evaluate(argument)
        if document is not None:
            self._visit(Site(document, node.lineno, node.col_offset + 1, node))
        elif targets:
            ways = [lambda target=target: self._inline(target) for target in targets]
            # `x.get()` may be the program's own method, or that of a dict.
            builtin = isinstance(node.func, ast.Attribute) and node.func.attr in _BUILTIN_METHODS
            self.branch(*ways, *([_nothing] if builtin else []))

    def _visit(self, site: Site) -> None:
        self.failures[-1].extend(end.turned("raised") for end in self.ends)
        self.ends = [Exit(self.graph.add(site, self.ends))]

    def _targets(self, function: ast.expr) -> Sequence[Function]:
        match function:
            case ast.Name(id=name) if name in self._classes:
                return self._classes[name]
            case ast.Name(id=name):
                return self._functions.get(name, ())
            case ast.Attribute(attr=name):
                return self._methods.get(name, ())
            case _:
                return ()

    def _inline(self, function: Function) -> None:
        if function in self._running:  # the way through a recursion is a way through its body
            return
        self._running.append(function)
        self.run_function(function.body)
        self._running.pop()

    def _reference(self, node: ast.Name | ast.Attribute) -> None:
        """A function as a value: whoever gets it may call it any number of times."""
        document = self._bindings.api(node)
        if document is not None:
            self._perhaps(lambda: self._visit(Site(document, node.lineno, node.col_offset + 1, None)))
            return
        if isinstance(node, ast.Attribute):
            self.evaluate(node.value)
        for target in self._targets(node):
            self._perhaps(lambda target=target: self._inline(target))

    def _comprehension(self, generators: Sequence[ast.comprehension], elements: Sequence[ast.expr]) -> None:
        self.evaluate(generators[0].iter)

        def body() -> None:
            for i, generator in enumerate(generators):
                if i:
                    self.evaluate(generator.iter)
                for condition in generator.ifs:
                    self.evaluate(condition)
            for element in elements:
                self.evaluate(element)

        self._perhaps(body)

    def _perhaps(self, body: Callable[[], None]) -> None:
        """Lay out something that runs any number of times; nothing at all if it makes no call."""
        before, size = list(self.ends), len(self.graph.sites)
        head = self.graph.add(None, self.ends)
        self.ends = [Exit(head)]
        body()
        if len(self.graph.sites) == size + 1:
            return
        self.graph.join(head, self.ends)
        self.ends = self.ends + [end.turned("zero") for end in before]


def definitions(
    tree: ast.Module,
) -> tuple[dict[str, list[Function]], dict[str, list[Function]], dict[str, list[Function]]]:
    """Return functions and methods by their names, and the `__init__` of classes by the class's name."""
    functions: dict[str, list[Function]] = {}
    methods: dict[str, list[Function]] = {}
    classes: dict[str, list[Function]] = {}
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, Function):
                    inside.add(id(part))
                    methods.setdefault(part.name, []).append(part)
                    if part.name == "__init__":
                        classes.setdefault(node.name, []).append(part)
    for node in ast.walk(tree):
        if isinstance(node, Function) and id(node) not in inside:
            functions.setdefault(node.name, []).append(node)
    return functions, methods, classes


def _nothing() -> None:
    """Take the way on which nothing is called."""
