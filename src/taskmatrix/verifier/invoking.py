"""Follows values through calls: of APIs, of the program's own functions, of built-in functions and methods."""

import ast
import builtins
from collections.abc import Sequence

from taskmatrix.core.documents import ApiDocument
from taskmatrix.verifier.arguments import arguments_of
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.evaluation import Function, definitions
from taskmatrix.verifier.labels import ANY, NONE, Labels, at, changed, melted, of_result, shuffled, union, within
from taskmatrix.verifier.paths import TooManyPathsError
from taskmatrix.verifier.scopes import Frame
from taskmatrix.verifier.tracing import Given, Tracing, Watch, bare

_TELL_NOTHING = frozenset("len bool isinstance type any all range id hash callable sleep".split())
_KEEP_ITEMS = frozenset("list tuple set frozenset sorted reversed filter iter deque copy deepcopy".split())
_PICK_ONE = frozenset("min max next sum choice".split())
_ADDING = frozenset("append add appendleft insert extend extendleft update".split())
_ORDERING = frozenset("sort reverse clear remove discard popleft popitem index count keys copy".split())


_BUILTINS = frozenset(dir(builtins))
_MOST_APPLIED = 5_000
"""Lambdas that call lambdas may be applied exponentially often."""
_TEXT_METHODS = frozenset(dir(str)) | frozenset(dir(bytes))


class Invoking(Tracing):
    """Calls. `walking` adds the statements."""

    def __init__(self, tree: ast.Module, bindings: Bindings, watch: Watch) -> None:
        super().__init__(tree, bindings, watch)
        self._functions, self._methods, self._classes = definitions(tree)
        self._lambdas = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._loose = _handed_on(tree, bindings)
        self._under_way: set[ast.Lambda] = set()
        self._applied = 0

    def run_function(self, function: Function, frame: Frame) -> tuple[Labels, Frame]:
        """Run a function's body; return what it gives back, and what it put into the objects of its parameters."""
        raise NotImplementedError

    def call(self, node: ast.Call) -> Labels:
        """Make a call; return the labels of its result."""
        document = self.bindings.api(node.func)
        if document is not None:
            return self._api(document, node)
        match node.func:
            case ast.Name(id=name) if name in self._classes:
                return self._own(self._classes[name], node, NONE)
            case ast.Name(id=name) if name in self._functions:
                return self._own(self._functions[name], node, None)
            case ast.Name(id=name) if name in self._lambdas:
                arguments = [self.value(a) for a in (*node.args, *(k.value for k in node.keywords))]
                return self._apply(self._lambdas[name], arguments)
            case ast.Name(id=name):
                return self._builtin(node, name)
            case ast.Attribute(value=ast.Name(id="asyncio" | "copy" | "random" | "collections"), attr=name):
                return self._builtin(node, name)
            case ast.Attribute(attr=name):
                return self._method(node, node.func, name)
            case _:
                self.value(node.func)
                return self._builtin(node, "")

    def _api(self, document: ApiDocument, node: ast.Call) -> Labels:
        named = arguments_of(document, node)
        nodes = {id(value): Given(value, self.value(value)) for value in _arguments(node)}
        given = {name: nodes[id(value)] for name, value in named.items()}
        spread = [g for g in nodes.values() if id(g.node) not in set(map(id, named.values()))]
        if spread:  # `*` and `**`: each may be any parameter that is not given by name
            rest = Given(spread[0].node, union(at(g.labels, None) | g.labels for g in spread))
            given |= {p.name: rest for p in document.parameters if p.name not in given}
        self.watch.called(document, given)
        return of_result(document, union(g.labels for g in nodes.values()))

    def _own(self, functions: Sequence[Function], node: ast.Call, own: Labels | None) -> Labels:
        """Run the program's own function, method or constructor; `own` are the labels of its `self`."""
        labels = [self.value(argument) for argument in _arguments(node)]
        found: list[Labels] = []
        for function in functions:
            names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
            frame: Frame = {names[0]: own} if own is not None and names else {}
            positions = names[len(frame) :]
            nodes: dict[str, ast.expr] = {}
            for i, argument in enumerate(_arguments(node)):
                keyword = node.keywords[i - len(node.args)].arg if i >= len(node.args) else None
                plain = not isinstance(argument, ast.Starred) and (keyword or i < min(len(positions), len(node.args)))
                targets = [keyword or positions[i]] if plain else self._catching(function)
                for name in targets:
                    value = labels[i] if plain else within(labels[i], ANY) | labels[i]
                    frame[name] = frame.get(name, NONE) | value
                    nodes[name] = argument
            result, mutated = self.run_function(function, frame)
            for name, argument in nodes.items():
                self.scopes.mutate(argument, mutated.get(name, NONE))
            if own is not None and names:
                inner = mutated.get(names[0], NONE)
                if isinstance(node.func, ast.Attribute):
                    self.scopes.mutate(node.func.value, inner)
                else:
                    result |= inner
            found.append(result)
        return union(found)

    def _catching(self, function: Function) -> list[str]:
        arguments = function.args
        caught = [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
        return caught or [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    def _apply(self, function: ast.expr, items: Sequence[Labels]) -> Labels:
        """Call what was handed over as a value, such as the `key` of `sorted`."""
        match function:
            case ast.Lambda() if function in self._under_way:
                return union(items)  # it calls itself
            case ast.Lambda():
                self._applied += 1
                if self._applied > _MOST_APPLIED:
                    raise TooManyPathsError
                names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
                everything = union(items)
                self._under_way.add(function)
                self.scopes.enter({n: items[i] if i < len(items) else everything for i, n in enumerate(names)})
                labels = self.value(function.body)
                self.scopes.leave()
                self._under_way.discard(function)
                return labels
            case ast.Name(id=name) if name in self._functions:
                return union(
                    self.run_function(f, {a.arg: union(items) for a in f.args.args})[0] for f in self._functions[name]
                )
            case _:
                return NONE

    def _builtin(self, node: ast.Call, name: str) -> Labels:
        arguments = _arguments(node)
        values = [self.value(argument) for argument in arguments]
        items = union(at(value, None) for value in values)
        applied = [self._apply(argument, [items]) for argument in arguments]
        everything = union(values)
        if name in _TELL_NOTHING:
            return NONE
        if name in _KEEP_ITEMS:
            return shuffled(everything)
        if name in _PICK_ONE:
            return everything | items
        if name == "map":
            return within(union(applied), ANY)
        if name == "gather":
            return self.display(node.args)
        if name == "enumerate":
            return within(within(items, "1"), ANY)
        if name == "zip":
            return within(union(within(at(v, None), str(i)) for i, v in enumerate(values)), ANY)
        if name in ("dict", "defaultdict", "OrderedDict"):
            return union(
                within(v, k.arg) if (k := self._keyword(node, i)) and k.arg else v | within(melted(v), ANY)
                for i, v in enumerate(values)
            )
        labels = everything | union(applied)
        if self._loose and name not in _BUILTINS:
            return self._call_loose(node, everything)
        self.tell(node, labels, "printed" if name == "print" else f"given to `{name}`" if name else "handed on")
        return changed(labels)

    def _keyword(self, node: ast.Call, index: int) -> ast.keyword | None:
        return node.keywords[index - len(node.args)] if index >= len(node.args) else None

    def _call_loose(self, node: ast.Call, labels: Labels) -> Labels:
        """What is called may be any API that the program hands on as a value."""
        if isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
            return NONE
        for document in self._loose:
            self.watch.called(document, {p.name: Given(node, labels) for p in document.parameters})
        return union(of_result(document, labels) for document in self._loose)

    def _method(self, node: ast.Call, function: ast.Attribute, name: str) -> Labels:
        base = self.value(function.value)
        found = self._own(self._methods[name], node, base) if name in self._methods else NONE
        arguments = _arguments(node)
        values = [self.value(argument) for argument in arguments]
        everything = union(values)
        for argument in arguments:
            self._apply(argument, [at(base, None)])
        if name in ("get", "pop", "setdefault"):
            key = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else None
            if name == "setdefault":
                self.scopes.mutate(function.value, within(union(values[1:]), ANY))
            return found | at(base, None if key is None else str(key)) | union(values[1:])
        if name == "values":
            return found | within(at(base, None), ANY)
        if name == "items":
            return found | within(within(at(base, None), "1"), ANY)
        if name in _ADDING:
            inner = shuffled(everything) if name in ("extend", "update", "extendleft") else within(everything, ANY)
            self.scopes.mutate(function.value, inner)
            return found
        if name in _ORDERING:
            return found | (base if name == "copy" else at(base, None) if name.startswith("pop") else NONE)
        if name in self._methods and name not in _TEXT_METHODS:
            return found
        self.tell(node, bare(base) | everything, "made into another text")
        if name not in _TEXT_METHODS:  # what is handed to a method may stay in its object
            self.scopes.mutate(function.value, melted(everything))
        return found | changed(base | everything) | self._call_loose(node, everything)


def _arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def _handed_on(tree: ast.Module, bindings: Bindings) -> list[ApiDocument]:
    """Return the APIs that the program uses as values."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [
        document
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and id(node) not in called
        and (document := bindings.api(node)) is not None
    ]
    return list({document.id: document for document in found}.values())
