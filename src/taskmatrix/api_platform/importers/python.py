"""Python code with `@api` functions, from a file or an importable module."""

import ast
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from taskmatrix.api_platform import modules
from taskmatrix.api_platform.importers.reports import ImportProblem, ImportReport
from taskmatrix.api_platform.registry import ApiRegistry, checked
from taskmatrix.core.api import ApiDefinition, definitions_in
from taskmatrix.core.documents import ApiDocument, Package, Source
from taskmatrix.core.errors import DocumentError, ImportRefusedError
from taskmatrix.store import prepare

HOW_TO = """write one so:

    from taskmatrix import api

    @api(effects="read")
    def add(a: float, b: float) -> float:
        \"\"\"Add two numbers.\"\"\"
        return a + b"""


def import_file(registry: ApiRegistry, path: Path, *, package: str | None = None) -> ImportReport:
    """Register the `@api` functions of a Python file, which is run for that.

    The package is `package`, else what `@api` says, else the file's name. APIs that came from this file before
    and are no longer in it are removed. Raises ImportRefusedError, StoreError.
    """
    path = path.resolve()
    module = modules.load_file(path)
    stem = path.parent.name if path.stem == "__init__" else path.stem
    return _register(registry, module, str(path), {"path": str(path)}, package, stem)


def import_module(
    registry: ApiRegistry, name: str, *, root: str | None = None, package: str | None = None
) -> ImportReport:
    """Register the `@api` functions of an importable module; `root` is a folder to look in as well.

    As with `import_file`, the last part of the module's name stands for the file's. Raises ImportRefusedError,
    StoreError.
    """
    module = modules.load_module(name, root)
    place = {"module": name} | ({"root": root} if root else {})
    return _register(registry, module, name, place, package, name.rpartition(".")[2])


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


def _register(
    registry: ApiRegistry, module: ModuleType, source: str, place: dict[str, str], package: str | None, stem: str
) -> ImportReport:
    definitions = definitions_in(module)
    if not definitions:
        raise ImportRefusedError(f"{source} has no @api function", hint=HOW_TO)
    documents = [_document(d, package or d.package or stem, place, source) for d in definitions]
    _refuse_doubled(documents, source)
    names: dict[str, set[str]] = {}
    for document in documents:
        names.setdefault(document.package, set()).add(document.name)
    stale: dict[str, list[str]] = {}
    about: list[Package] = []
    notes: list[ImportProblem] = []
    for name, offered in names.items():
        present = registry.documents(name)
        mine = {d.name for d in present if _place(d) == place}
        stale[name] = sorted(mine - offered)
        if any(d.name not in mine | offered for d in present):
            notes.append(ImportProblem(0, f"the package {name!r} holds APIs of another source as well"))
        else:
            about.append(Package(name=name, description=_summary(module)))
    counts = registry.apply([prepare(d) for d in documents], remove=stale, about=about)
    return ImportReport(
        source=source,
        kind="python",
        counts=counts,
        packages=tuple(names),
        notes=tuple(notes),
        note_count=len(notes),
    )


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


def _place(document: ApiDocument) -> dict[str, object]:
    extra = document.source.model_extra or {}
    return {key: extra[key] for key in ("path", "module", "root") if key in extra}


def _summary(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
