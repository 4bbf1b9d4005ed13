"""Loops that nothing in them ends."""

import ast
from collections.abc import Iterator

from taskmatrix.core.programs import Finding

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_LOOPS = (ast.While, ast.For, ast.AsyncFor)


def check_loops(tree: ast.Module) -> Iterator[Finding]:
    """Yield a warning for each `while True:` without a `break`, `return` or `raise` that leaves it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.While) and _always(node.test) and not any(map(_leaves, node.body)):
            yield Finding(
                rule="endless-loop",
                message="nothing in this loop ends it",
                line=node.lineno,
                column=node.col_offset + 1,
                severity="warning",
                hint="add a `break` under a condition, or loop over a list or range",
            )


def _always(test: ast.expr) -> bool:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case _:
            return False


def _leaves(node: ast.AST, *, inner: bool = False) -> bool:
    """Whether a part of a loop may leave the loop; a `break` inside an inner loop leaves only that one."""
    if isinstance(node, _SCOPES):
        return False
    if isinstance(node, ast.Return | ast.Raise):
        return True
    if isinstance(node, ast.Break):
        return not inner
    if isinstance(node, _LOOPS):
        return any(_leaves(part, inner=True) for part in node.body) or any(
            _leaves(part, inner=inner) for part in node.orelse
        )
    return any(_leaves(part, inner=inner) for part in ast.iter_child_nodes(node))
