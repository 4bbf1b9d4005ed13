"""Lays a program out as a `Graph`: statements here, expressions in `evaluation`."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.evaluation import Evaluation
from taskmatrix.verifier.paths import Exit, Graph


@dataclass(slots=True)
class _Loop:
    """Where `break` and `continue` of the loop in hand lead."""

    breaks: list[Exit] = field(default_factory=list[Exit])
    continues: list[Exit] = field(default_factory=list[Exit])


def lay_out(tree: ast.Module, bindings: Bindings) -> Graph:
    """Return the graph of a program. Raises TooManyPathsError."""
    builder = _Builder(tree, bindings)
    builder.block(tree.body)
    builder.graph.join(1, builder.ends)
    return builder.graph


class _Builder(Evaluation):
    """Walks statements in the order they run, keeping the loose ends of the paths so far."""

    def __init__(self, tree: ast.Module, bindings: Bindings) -> None:
        super().__init__(tree, bindings)
        self._loops: list[_Loop] = [_Loop()]
        self._returns: list[list[Exit]] = [[]]

    def block(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def run_function(self, body: Sequence[ast.stmt]) -> None:
        """Run a function's body at the place of its call."""
        self._returns.append([])
        self._loops.append(_Loop())
        self.block(body)
        self._loops.pop()
        self.ends += self._returns.pop()

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.If():
                self.evaluate(node.test)
                self.branch(lambda: self.block(node.body), lambda: self.block(node.orelse))
            case ast.For() | ast.AsyncFor():
                self.evaluate(node.iter)
                self._loop(lambda: self.block(node.body), node.orelse)
            case ast.While():
                self._while(node)
            case ast.Try() | ast.TryStar():
                self._try(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.evaluate(item.context_expr)
                self.block(node.body)
            case ast.Match():
                self._match(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
                    self.evaluate(part)
            case ast.ClassDef():
                self.block([part for part in node.body if not isinstance(part, ast.FunctionDef)])
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                self._simple(node)

    def _simple(self, node: ast.stmt) -> None:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr) and not (isinstance(node, ast.AnnAssign) and part is node.annotation):
                self.evaluate(part)
        match node:
            case ast.Return():
                self._leave(self._returns[-1])
            case ast.Break():
                self._leave(self._loops[-1].breaks)
            case ast.Continue():
                self._leave(self._loops[-1].continues)
            case ast.Raise():
                self.failures[-1].extend(self.ends)
                self.ends = []
            case _:
                pass

    def _leave(self, collector: list[Exit]) -> None:
        collector += self.ends
        self.ends = []

    def _while(self, node: ast.While) -> None:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        if endless:
            self._loop(lambda: self.block(node.body), [], endless=True)
            return
        self.evaluate(node.test)

        def body() -> None:
            self.block(node.body)
            self.evaluate(node.test)

        self._loop(body, node.orelse)

    def _loop(self, body: Callable[[], None], orelse: Sequence[ast.stmt], *, endless: bool = False) -> None:
        before = list(self.ends)
        loop = _Loop()
        self._loops.append(loop)
        head = self.graph.add(None, self.ends)
        self.ends = [Exit(head)]
        body()
        self._loops.pop()
        around = self.ends + loop.continues
        self.graph.join(head, around)
        self.ends = [] if endless else around + [end.turned("zero") for end in before]
        self.block(orelse)
        self.ends += loop.breaks

    def _match(self, node: ast.Match) -> None:
        self.evaluate(node.subject)
        before, after = list(self.ends), list[Exit]()
        total = False
        for case in node.cases:
            self.ends = list(before)
            if case.guard is not None:
                self.evaluate(case.guard)
            elif isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None:
                total = True
            self.block(case.body)
            after += self.ends
        self.ends = after if total else after + before

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        """Lay out a try statement; its `finally` once for each way out of the rest."""
        if not node.finalbody:
            self._guarded(node)
            return
        loop, returns, failures = _Loop(), list[Exit](), list[Exit]()
        self._loops.append(loop)
        self._returns.append(returns)
        self.failures.append(failures)
        self._guarded(node)
        self.failures.pop()
        self._returns.pop()
        self._loops.pop()
        self.block(node.finalbody)
        for left, collector in (
            (loop.breaks, self._loops[-1].breaks),
            (loop.continues, self._loops[-1].continues),
            (returns, self._returns[-1]),
            (failures, self.failures[-1]),
        ):
            if left:
                normal, self.ends = self.ends, list(dict.fromkeys(left))
                self.block(node.finalbody)
                self._leave(collector)
                self.ends = normal

    def _guarded(self, node: ast.Try | ast.TryStar) -> None:
        if not node.handlers:
            self.block([*node.body, *node.orelse])
            return
        failures = [end.turned("raised") for end in self.ends]
        self.failures.append(failures)
        self.block(node.body)
        self.failures.pop()
        caught = list(dict.fromkeys(failures + [end.turned("caught") for end in self.ends]))
        self.block(node.orelse)
        after = self.ends
        for handler in node.handlers:
            self.ends = list(caught)
            self.block(handler.body)
            after = after + self.ends
        self.ends = after
