"""What a program that somebody wrote by hand may call: the APIs of the modules it imports."""

import ast
from collections.abc import Sequence

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Registry


def documents_for(code: str, registry: Registry) -> Sequence[ApiDocument]:
    """Return the documents of every registered package that the code imports, anywhere in it.

    A module that is no registered package brings nothing: the verifier says so. Code that cannot be parsed
    brings nothing either.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: list[ApiDocument] = []
    for package in dict.fromkeys(names.package_of(module) for module in _imported(tree)):
        found.extend(registry.documents(package))
    return found


def _imported(tree: ast.AST) -> list[str]:
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.append(node.module)
    return modules
