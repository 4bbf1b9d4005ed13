"""Fail when a module or a function has outgrown the house, or an `__init__.py` holds code."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 400
FUNCTION_LINES = 60
LAZY_ROOT = Path("src/taskmatrix/__init__.py")


def faults(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MODULE_LINES:
        yield f"{path}: {lines} lines, {MODULE_LINES} at most: it has become more than one idea"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, {FUNCTION_LINES} at most"
    if path.name == "__init__.py" and path != LAZY_ROOT:
        for node in tree.body:
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr | ast.Assign | ast.AnnAssign):
                yield f"{path}:{node.lineno}: an __init__.py holds exports only"


def main() -> int:
    found = [fault for path in sorted(Path("src").rglob("*.py")) for fault in faults(path)]
    print("\n".join(found) or "size gate: fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
