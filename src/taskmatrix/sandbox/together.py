"""Calls that a program makes together: `asyncio.to_thread(api, …)`, for an interpreter that lacks that function.

A function of ours stands in for it: a prelude defines it, and the program's text is changed where it names it, so that
all lines stay.
"""

import ast
from collections.abc import Callable

from taskmatrix.sandbox.parsing import parse

STUB = """\
from typing import Callable, ParamSpec, TypeVar
_P = ParamSpec("_P")
_T = TypeVar("_T")
async def asyncio_to_thread(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T: ...
"""
"""What the type checker is told of it."""

_NAME = "asyncio_to_thread"
_ONE = f"""\
async def {_NAME}_%d(function, /, *args, **kwargs):
    result = function(*args, **kwargs)
    return await result if str(type(result)) == "<class 'coroutine'>" else result
"""


def checkable(code: str) -> str:
    """Return a program's text with `asyncio_to_thread` in place of `asyncio.to_thread`: lines and columns stay."""
    return _changed(code, lambda _line: _NAME)


def runnable(code: str) -> tuple[str, str]:
    """Return a program's text and its prelude, which is empty where the program makes no calls together.

    A call of an API that comes from the prelude is one of those: its answer can be awaited.
    """
    lines: set[int] = set()

    def numbered(line: int) -> str:
        lines.add(line)
        return f"{_NAME}_{line}"

    return _changed(code, numbered), "".join(_ONE % line for line in sorted(lines))


def line_of(prelude: str, offset: int) -> int:
    """Return the program's line for a place in the prelude (UTF-8 bytes)."""
    return int(prelude.encode()[:offset].decode().rpartition(f"{_NAME}_")[2].partition("(")[0])


def as_plain_calls(tree: ast.Module) -> ast.Module:
    """Return a tree with `f(x)` in place of `asyncio.to_thread(f, x)`: the same call, for whoever follows calls."""
    return ast.fix_missing_locations(_PlainCalls().visit(tree))


class _PlainCalls(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and _is_meant(node.func) and node.args:
            function, *arguments = node.args
            if not isinstance(function, ast.Starred):
                return ast.copy_location(ast.Call(function, arguments, node.keywords), node)
        return node


def _changed(code: str, name: Callable[[int], str]) -> str:
    """Put `name(line)` in place of each `asyncio.to_thread` that stands on one line."""
    tree = parse(code) if ".to_thread" in code else None
    if not isinstance(tree, ast.Module):
        return code
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_meant(node)]
    lines = code.encode().splitlines(keepends=True)
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        if node.lineno == node.end_lineno:
            text = lines[node.lineno - 1]
            new = name(node.lineno).encode()
            lines[node.lineno - 1] = text[: node.col_offset] + new + text[node.end_col_offset :]
    return b"".join(lines).decode()


def _is_meant(node: ast.Attribute) -> bool:
    return node.attr == "to_thread" and isinstance(node.value, ast.Name) and node.value.id == "asyncio"
