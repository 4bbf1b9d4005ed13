"""Python code: `@api` functions of a file or module, and functions without `@api` that a user names."""

import ast
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from taskmatrix.api_platform import modules
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.signatures import plain_definition, public_functions
from taskmatrix.api_platform.registry import checked
from taskmatrix.core.api import ApiDefinition, definitions_in
from taskmatrix.core.documents import ApiDocument, Package, Source
from taskmatrix.core.errors import DocumentError, ImportRefusedError

HOW_TO = """write one so:

    from taskmatrix import api

    @api(effects="read")
    def add(a: float, b: float) -> float:
        \"\"\"Add two numbers.\"\"\"
        return a + b"""


def read_file(path: Path, options: ImportOptions) -> Reading:
    """Read the `@api` functions of a Python file, which is run for that.

    The package is `options.package`, else what `@api` says, else the file's name. Raises ImportRefusedError.
    """
    path = path.resolve()
    module = modules.load_file(path)
    stem = path.parent.name if path.stem == "__init__" else path.stem
    return _reading(module, str(path), {"path": str(path)}, options, stem)


def read_module(name: str, options: ImportOptions, *, root: str | None = None) -> Reading:
    """Read the `@api` functions of an importable module; `root` is a folder to look in as well.

    As with `read_file`, the last part of the module's name stands for the file's. Raises ImportRefusedError.
    """
    module = modules.load_module(name, root)
    place = {"module": name} | ({"root": root} if root else {})
    return _reading(module, name, place, options, name.rpartition(".")[2])


def read_functions(
    module: str, function: str = "", *, root: str | None = None, options: ImportOptions | None = None
) -> Reading:
    """Read a function of an importable module that carries no `@api`, or all of its public functions.

    This is what makes such a function callable: the user has named it, or its module. What no program could call
    is left out with the reason; a function that was named is refused. Raises ImportRefusedError.
    """
    loaded = modules.load_module(module, root)
    names = [function] if function else public_functions(loaded)
    if not names:
        raise ImportRefusedError(f"the module {module!r} has no public functions", hint="name one: module:function")
    package = options.package if options and options.package else module
    reading = Reading(
        identity=f"python:{module}:{function}",
        kind="python",
        location=module,
        documents=(),
        packages=(Package(name=package, description=_summary(loaded)),),
        renamable=not (options and options.package),
    )
    documents: list[ApiDocument] = []
    for name in names:
        where = {"kind": "python", "module": module, "function": name, "plain": True} | (
            {"root": root} if root else {}
        )
        try:
            definition = plain_definition(loaded, name)
            documents.append(checked(definition.document(package, Source.model_validate(where))))
        except DocumentError as error:
            if function:
                raise ImportRefusedError(f"{module}: {error.message}", path=error.path, hint=error.hint) from error
            reading.invalid.add(0, f"{name} is left out: {error.message}")
            continue
        if missing := definition.left_out():
            reading.notes.add(0, f"{name} is imported without {', '.join(missing)}, which no program could give")
    if not documents:
        raise ImportRefusedError(f"no function of the module {module!r} can be called: {reading.invalid.first[0]}")
    reading.documents = documents
    return reading


def defines_apis(path: Path) -> bool:
    """Say whether a file seems to define APIs, without running it. False for one that is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return False
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(_is_api(decorator) for function in functions for decorator in function.decorator_list)


def _is_api(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (isinstance(target, ast.Name) and target.id == "api") or (
        isinstance(target, ast.Attribute) and target.attr == "api"
    )


def _reading(module: ModuleType, source: str, place: dict[str, str], options: ImportOptions, stem: str) -> Reading:
    definitions = definitions_in(module)
    if not definitions:
        raise ImportRefusedError(f"{source} has no @api function", hint=HOW_TO)
    documents = [_document(d, options.package or d.package or stem, place, source) for d in definitions]
    _refuse_doubled(documents, source)
    names = dict.fromkeys(document.package for document in documents)
    about = tuple(Package(name=name, description=_summary(module)) for name in names)
    return Reading(f"python:{source}", "python", source, documents, about)


def _document(definition: ApiDefinition, package: str, place: dict[str, str], source: str) -> ApiDocument:
    where = Source.model_validate({"kind": "python", **place, "function": definition.function.__qualname__})
    try:
        return checked(definition.document(package, where))
    except DocumentError as error:
        raise ImportRefusedError(f"{source}: {error.message}", hint=error.hint) from error
    except Exception as error:  # A process edge: a user's annotations are evaluated here.
        raise ImportRefusedError(
            f"{source}: the signature of {definition.name!r} cannot be read: {type(error).__name__}: {error}",
            hint="every name in its annotations must be importable when the file runs",
        ) from error


def _refuse_doubled(documents: Sequence[ApiDocument], source: str) -> None:
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise ImportRefusedError(
                f"{source} defines {document.id!r} twice", hint="give one of them another name: @api(name=…)"
            )
        seen.add(document.id)


def _summary(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
