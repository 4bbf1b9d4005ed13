"""Places from which a program cannot call an API: a run pauses at calls, and built-in functions cannot pause."""

import ast
from collections.abc import Iterator

from taskmatrix.core.programs import Finding
from taskmatrix.verifier.bindings import Bindings

_TAKERS = frozenset("map filter sorted min max sort defaultdict".split())
_METHODS_THAT_PAUSE = frozenset("__init__ __enter__ __exit__ __call__".split())


def check_callbacks(tree: ast.Module, bindings: Bindings) -> Iterator[Finding]:
    """Yield a finding for each API call that a built-in function or operator would have to make."""
    reaching = _reaching_functions(tree, bindings)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _TAKERS and bindings.api(node.func) is None:
            for value in (*node.args, *(keyword.value for keyword in node.keywords)):
                if _is_callback(value, bindings, reaching):
                    yield _finding(value, f"`{_name(node.func)}`")
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if _is_operator(part) and _reaches(part, bindings, reaching):
                    yield _finding(part, f"`{_name(part)}`")


def _is_operator(node: ast.stmt) -> bool:
    name = _name(node) if isinstance(node, ast.FunctionDef) else ""
    return name.startswith("__") and name not in _METHODS_THAT_PAUSE


def _is_callback(node: ast.expr, bindings: Bindings, reaching: set[str]) -> bool:
    if isinstance(node, ast.Lambda):
        return _reaches(node.body, bindings, reaching)
    return bindings.api(node) is not None or (isinstance(node, ast.Name) and node.id in reaching)


def _reaching_functions(tree: ast.Module, bindings: Bindings) -> set[str]:
    """Return the names of the program's functions that call an API, themselves or through others."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    reaching: set[str] = set()
    while True:
        found = {f.name for f in functions if f.name not in reaching and _reaches(f, bindings, reaching)}
        if not found:
            return reaching
        reaching |= found


def _reaches(node: ast.AST, bindings: Bindings, reaching: set[str]) -> bool:
    return any(
        isinstance(part, ast.Call)
        and (bindings.api(part.func) is not None or (isinstance(part.func, ast.Name) and part.func.id in reaching))
        for part in ast.walk(node)
    )


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
            return name
        case _:
            return ""


def _finding(node: ast.expr | ast.stmt, caller: str) -> Finding:
    return Finding(
        rule="call-in-callback",
        message=f"an API cannot be called from within {caller}",
        line=node.lineno,
        column=node.col_offset + 1,
        hint="call it in a loop or a list comprehension, and use the results",
    )
