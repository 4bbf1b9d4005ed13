"""Follows values along the paths of a program: statements here, expressions in `tracing`, calls in `invoking`."""

import ast
from collections.abc import Callable, Sequence

from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.evaluation import Function
from taskmatrix.verifier.invoking import Invoking
from taskmatrix.verifier.labels import NONE, Labels, at, shuffled
from taskmatrix.verifier.paths import TooManyPathsError
from taskmatrix.verifier.scopes import Frame
from taskmatrix.verifier.tracing import Watch

_ROUNDS = 50
_MAX_RUN = 3_000

_State = list[Frame]


def follow(tree: ast.Module, bindings: Bindings, watch: Watch) -> None:
    """Follow all values of a program, telling `watch` where they go. Raises TooManyPathsError."""
    _Walk(tree, bindings, watch).program(tree)


class _Walk(Invoking):
    """Walks statements in the order they run; where paths meet, a name holds what any of them put there."""

    def __init__(self, tree: ast.Module, bindings: Bindings, watch: Watch) -> None:
        super().__init__(tree, bindings, watch)
        self._running: list[Function] = []
        self._recursive: set[Function] = set()
        self._given_back: dict[Function, Labels] = {}
        self._run = 0
        self._returned: list[Labels] = [NONE]
        self._returns: list[list[_State]] = [[]]
        self._breaks: list[list[_State]] = [[]]
        self._continues: list[list[_State]] = [[]]
        self._failures: list[list[_State]] = []

    def program(self, tree: ast.Module) -> None:
        """Walk the whole program. The value of its last expression is the answer."""
        last = tree.body[-1] if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        self._block(tree.body[:-1] if last else tree.body)
        if last and not self.scopes.dead:
            labels = self.value(last.value)
            if labels:
                self.watch.told(last.value, labels, "the program's answer")

    def run_function(self, function: Function, frame: Frame) -> tuple[Labels, Frame]:
        """Run a function's body; return what it gives back, and what it put into the objects of its parameters."""
        if function in self._running:
            self._recursive.add(function)
            return NONE.union(self._given_back.get(function, NONE), *frame.values()), {}
        before = self.scopes.save()
        while True:
            known = self._given_back.get(function, NONE)
            result, mutated = self._run_once(function, dict(frame))
            self._given_back[function] = known | result
            if function not in self._recursive or known | result == known:
                return result, mutated
            self.scopes.restore(before, *([] if self.scopes.dead else [self.scopes.save()]))

    def _run_once(self, function: Function, frame: Frame) -> tuple[Labels, Frame]:
        self._run += 1
        if self._run > _MAX_RUN:
            raise TooManyPathsError
        self._running.append(function)
        arguments = function.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        self.scopes.enter({**{a.arg: NONE for a in every if a is not None}, **frame})
        stacks = (self._returns, self._breaks, self._continues)
        for stack in stacks:
            stack.append([])
        self._returned.append(NONE)
        self._block(function.body)
        ends = [*self._returns[-1], *([] if self.scopes.dead else [self.scopes.save()])]
        self.scopes.restore(*ends)
        for stack in stacks:
            stack.pop()
        self._running.pop()
        return self._returned.pop(), self.scopes.leave()

    def _block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            if self.scopes.dead:
                return
            self._statement(statement)
            if self._failures and not self.scopes.dead:
                self._failures[-1].append(self.scopes.save())

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.If():
                self.value(node.test)
                self.either(lambda: self._block(node.body), lambda: self._block(node.orelse))
            case ast.For() | ast.AsyncFor():
                items = at(self.value(node.iter), None)
                self._loop(lambda: self.scopes.put(node.target, items), node)
            case ast.While():
                self._loop(lambda: self.value(node.test), node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.scopes.put(item.optional_vars, self.value(item.context_expr))
                self._block(node.body)
            case ast.Match():
                self._match(node)
            case ast.ClassDef():
                self._block([part for part in node.body if not isinstance(part, Function)])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case _:
                self._simple(node)

    def _simple(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                labels = self.value(node.value)
                for target in node.targets:
                    self.scopes.put(target, labels)
            case ast.AnnAssign():
                if node.value is not None:
                    self.scopes.put(node.target, self.value(node.value))
            case ast.AugAssign():
                self._augmented(node)
            case ast.Global() | ast.Nonlocal():
                self.scopes.declare(node.names)
            case ast.Return():
                self._returned[-1] |= self.value(node.value) if node.value else NONE
                self._end(self._returns)
            case ast.Break():
                self._end(self._breaks)
            case ast.Continue():
                self._end(self._continues)
            case ast.Raise() | ast.Assert():
                self._raise(node)
            case ast.Expr():
                self.value(node.value)
            case _:
                pass

    def _raise(self, node: ast.Raise | ast.Assert) -> None:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr) and (labels := self.value(part)):
                self.watch.told(part, labels, "raised")
        self.scopes.dead = isinstance(node, ast.Raise)

    def _end(self, stack: list[list[_State]]) -> None:
        stack[-1].append(self.scopes.save())
        self.scopes.dead = True

    def _augmented(self, node: ast.AugAssign) -> None:
        whole = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        self.scopes.put(node.target, shuffled(self.value(whole)))

    def _loop(self, head: Callable[[], object], node: ast.For | ast.AsyncFor | ast.While) -> None:
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        self._breaks.append([])
        self._continues.append([])
        outside, self.perhaps = self.perhaps, 0
        for _ in range(_ROUNDS):
            before = self.scopes.save()
            head()
            self._block(node.body)
            after = [before, *self._continues[-1], *([] if self.scopes.dead else [self.scopes.save()])]
            self.scopes.restore(*after)
            if self.scopes.save() == before:
                break
        else:
            raise TooManyPathsError
        self.perhaps = outside
        self._continues.pop()
        left = self._breaks.pop()
        self.scopes.dead = endless
        self._block(node.orelse)
        self.scopes.restore(*left, *([] if self.scopes.dead else [self.scopes.save()]))

    def _match(self, node: ast.Match) -> None:
        labels = self.value(node.subject)
        parts = labels | at(labels, None) | at(at(labels, None), None)

        def case(one: ast.match_case) -> None:
            for part in ast.walk(one.pattern):
                if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
                    self.scopes.put(ast.Name(part.name, ast.Store()), parts)
            if one.guard is not None:
                self.value(one.guard)
            self._block(one.body)

        self.either(*(lambda one=one: case(one) for one in node.cases), lambda: None)

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        before = self.scopes.save()
        self._failures.append([])
        self._block([*node.body, *node.orelse])
        after = [] if self.scopes.dead else [self.scopes.save()]
        failed = [before, *self._failures.pop()]
        self.perhaps += 1  # what comes after a failure is not sure to come
        if self._failures:
            self._failures[-1] += failed
        ended = list(after)
        for handler in node.handlers:
            self.scopes.restore(*failed)
            if handler.name:
                self.scopes.put(ast.Name(handler.name, ast.Store()), NONE)
            self._block(handler.body)
            if not self.scopes.dead:
                ended.append(self.scopes.save())
        self.scopes.restore(*ended or failed)
        self._block(node.finalbody)
        self.perhaps -= 1
        self.scopes.dead = self.scopes.dead or not ended
