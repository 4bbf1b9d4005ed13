"""Follows values through expressions: which labels the value of each has, and where labelled values go."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from taskmatrix.core.documents import ApiDocument
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.labels import (
    ANY,
    NONE,
    Label,
    Labels,
    at,
    melted,
    shuffled,
    union,
    within,
)
from taskmatrix.verifier.scopes import Frame, Scopes, key_of


@dataclass(frozen=True, slots=True)
class Given:
    """What a call gives for one parameter."""

    node: ast.expr
    labels: Labels


class Watch(Protocol):
    """Is told where values go."""

    def called(self, document: ApiDocument, given: Mapping[str, Given]) -> None:
        """An API is called with these arguments, by original parameter name."""
        ...

    def told(self, node: ast.expr, labels: Labels, how: str) -> None:
        """A value becomes text, or goes where nobody can follow it."""
        ...

    def known(self, text: str) -> Labels:
        """Return what is known of a text that stands in the program."""
        ...

    def unset(self, node: ast.Name) -> None:
        """A name is read that nothing was put into on any path so far."""
        ...


class Tracing:
    """Expressions. `Invoking` adds calls."""

    def __init__(self, tree: ast.Module, bindings: Bindings, watch: Watch) -> None:
        self.scopes = Scopes(tree)
        self.watch = watch
        self.bindings = bindings
        self.perhaps = 0
        """In how many conditions the path is, of the innermost loop."""
        self._stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}

    def call(self, node: ast.Call) -> Labels:
        """Make a call; return the labels of its result."""
        raise NotImplementedError

    def either(self, *ways: Callable[[], None]) -> None:
        """Take each of some ways from here; what follows comes after all of them."""
        before, after = self.scopes.save(), list[list[Frame]]()
        self.perhaps += 1
        for way in ways:
            self.scopes.restore(before)
            way()
            if not self.scopes.dead:
                after.append(self.scopes.save())
        self.perhaps -= 1
        self.scopes.restore(*after)

    def value(self, node: ast.expr) -> Labels:
        """Return the labels of an expression's value."""
        match node:
            case ast.Name(id=name):
                if name in self._stored and not self.perhaps and not self.scopes.holds(name):
                    self.watch.unset(node)
                return self.scopes.get(name)
            case ast.Constant():
                return _written(node) | (self.watch.known(node.value) if isinstance(node.value, str) else NONE)
            case ast.Lambda():
                return NONE
            case ast.Call():
                return self.call(node)
            case ast.Attribute():
                return NONE if self.bindings.api(node) else at(self.value(node.value), node.attr)
            case ast.Subscript():
                return self._subscript(node)
            case ast.JoinedStr():
                return self.tell(node, self._parts(node), "put into a text") | _written(node)
            case ast.BinOp() | ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert()):
                return self._arithmetic(node) | _written(node)
            case ast.Compare() | ast.UnaryOp():
                self._parts(node)
                return NONE
            case _:
                return self._compound(node)

    def _compound(self, node: ast.expr) -> Labels:
        match node:
            case ast.Tuple() | ast.List() | ast.Set():
                return self.display(node.elts)
            case ast.Dict():
                return self._dict(node)
            case ast.IfExp():
                self.value(node.test)
                found: list[Labels] = []
                self.either(lambda: found.append(self.value(node.body)), lambda: found.append(self.value(node.orelse)))
                return union(found)
            case ast.NamedExpr():
                labels = self.value(node.value)
                self.scopes.put(node.target, labels)
                return labels
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node)
            case _:
                return self._parts(node)

    def _parts(self, node: ast.AST) -> Labels:
        return union([self.value(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)])

    def tell(self, node: ast.expr, labels: Labels, how: str) -> Labels:
        """Tell that a value becomes text; return the labels of that text."""
        if labels:
            self.watch.told(node, labels, how)
        return melted(labels)

    def _subscript(self, node: ast.Subscript) -> Labels:
        labels = self.value(node.value)
        self.value(node.slice)
        if not isinstance(node.slice, ast.Slice):
            return at(labels, key_of(node))
        self.tell(node, bare(labels), "cut into pieces")
        return shuffled(labels)

    def display(self, elements: Sequence[ast.expr]) -> Labels:
        """Return the labels of a list of these elements."""
        starred = any(isinstance(element, ast.Starred) for element in elements)
        found: list[Labels] = []
        for i, element in enumerate(elements):
            labels = self.value(element)
            labels = at(labels, None) if isinstance(element, ast.Starred) else labels
            found.append(within(labels, ANY if starred else str(i)))
        return union(found)

    def _dict(self, node: ast.Dict) -> Labels:
        found: list[Labels] = []
        for key, value in zip(node.keys, node.values, strict=True):
            labels = self.value(value)
            if key is None:
                found.append(labels)
            elif isinstance(key, ast.Constant):
                found.append(within(labels, str(key.value)))
            else:
                found.append(within(labels | melted(self.value(key)), ANY))
        return union(found)

    def _arithmetic(self, node: ast.BinOp | ast.UnaryOp) -> Labels:
        labels = self._parts(node)
        formats = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        self.tell(node, labels if formats else bare(labels), "put into a text")
        return shuffled(labels)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Labels:
        for generator in node.generators:
            self.scopes.put(generator.target, at(self.value(generator.iter), None))
            for condition in generator.ifs:
                self.value(condition)
        if isinstance(node, ast.DictComp):
            return within(self.value(node.value) | melted(self.value(node.key)), ANY)
        return within(self.value(node.elt), ANY)


_LONG_LINE = 80
"""Characters. A written text is only followed if it has a longer line."""


def _written(node: ast.expr) -> Labels:
    text = _text(node)
    long = text is not None and any(len(line) > _LONG_LINE for line in text.splitlines())
    return frozenset((Label(text, "written"),)) if text is not None and long else NONE


def _text(node: ast.expr) -> str | None:
    """Return the text that an expression writes down, with `…` for what only running tells."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        case ast.BinOp(op=ast.Add()):
            left, right = _text(node.left), _text(node.right)
            return left + right if left is not None and right is not None else None
        case _:
            return None


def bare(labels: Labels) -> Labels:
    """Return the labels of the value itself, without those of what it contains."""
    return frozenset(label for label in labels if not label.inside)
