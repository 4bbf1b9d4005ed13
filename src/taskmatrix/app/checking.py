"""What a program that somebody wrote by hand may call: the APIs of the modules it imports."""

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.orders import Task
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Registry

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Given

AUTHOR = "you"


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


def given_program(code: str, registry: Registry) -> "Given":
    """Return a program that somebody wrote by hand, over the APIs that it names."""
    from taskmatrix.conversation import Given

    documents = documents_for(code, registry)
    words = set(re.findall(r"\w+", code))
    named = tuple(document for document in documents if names.function(document.name) in words)
    return Given(Program(code=code, author=AUTHOR), named)


def task_of(tm: "Wiring", instruction: str, code: str | None) -> Task:
    """Return what a worker is to do: the program where it is given, else the instruction. Raises UsageError."""
    from taskmatrix.conversation import accept, versions_offered

    accept(instruction)
    given = given_program(code, tm.registry) if code is not None else None
    return Task(
        instruction=instruction,
        directory="",
        model=tm.settings.model_name,
        now=tm.clock(),
        program=given.program if given else None,
        versions=versions_offered(given.documents) if given else (),
    )


def _imported(tree: ast.AST) -> list[str]:
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.append(node.module)
    return modules
