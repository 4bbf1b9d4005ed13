"""Packages that are installed: the entry points of the group `taskmatrix.packages`."""

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from taskmatrix.core.api import ApiPackage
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ImportRefusedError, NotFoundError, TaskMatrixError

GROUP = "taskmatrix.packages"
_OURS = "taskmatrix"
_CORE = Path(__file__).parents[1] / "core"

_loaded: dict[str, ApiPackage] = {}


@dataclass(frozen=True, slots=True)
class PackageProblem:
    """An installed package that cannot be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """The entry points by name, and those that cannot be told apart."""

    points: Mapping[str, EntryPoint]
    problems: tuple[PackageProblem, ...] = ()


def discover() -> Discovery:
    """Find the installed packages, importing none. Of two with one name ours counts, else the first found."""
    points: dict[str, EntryPoint] = {}
    problems: list[PackageProblem] = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: _distribution(p) != _OURS):
        first = points.setdefault(point.name, point)
        if (first.value, _distribution(first)) != (point.value, _distribution(point)):
            problems.append(
                PackageProblem(point.name, f"{_distribution(point)} offers it too; {_distribution(first)}'s is used")
            )
    return Discovery(points, tuple(problems))


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "?"


def load_package(name: str) -> ApiPackage:
    """Import an installed package, once in a process. Raises NotFoundError, ImportRefusedError with the reason."""
    if name not in _loaded:
        points = discover().points
        if name not in points:
            raise NotFoundError(
                f"the package {name!r} is not installed here",
                hint=f"installed are {', '.join(sorted(points)) or 'none'}",
            )
        _loaded[name] = load_point(points[name])
    return _loaded[name]


def load_point(point: EntryPoint) -> ApiPackage:
    """Import what an entry point names. Raises ImportRefusedError, whatever a foreign module does wrong."""
    try:
        package = point.load()
    except (Exception, SystemExit) as error:  # A process edge: importing foreign code.
        raise ImportRefusedError(
            f"the package {point.name!r} ({point.value}) cannot be imported: {type(error).__name__}: {error}",
            hint=f"reinstall or remove {_distribution(point)}",
        ) from error
    if not isinstance(package, ApiPackage) or package.name != point.name:
        raise ImportRefusedError(
            f"the entry point {point.name!r} ({point.value}) is no ApiPackage of that name",
            hint="it names an object made by ApiPackage(name=…, description=…, functions=[…])",
        )
    return package


def documents_of(package: ApiPackage) -> Sequence[ApiDocument]:
    """Return a package's documents. Raises ImportRefusedError for a package that describes itself wrongly."""
    try:
        package.about()  # may be wrong as well
        return package.documents()
    except TaskMatrixError as error:
        raise ImportRefusedError(f"the package {package.name!r}: {error.message}", hint=error.hint) from error
    except Exception as error:  # A process edge: annotations of foreign code are evaluated here.
        raise ImportRefusedError(f"the package {package.name!r}: {type(error).__name__}: {error}") from error


def fingerprint(point: EntryPoint) -> str:
    """Return a mark that changes when a package's files do, without importing it. Raises ImportRefusedError."""
    try:
        spec = importlib.util.find_spec(point.module)
    except (Exception, SystemExit) as error:  # A process edge: its parent packages are imported.
        raise ImportRefusedError(
            f"the package {point.name!r} ({point.value}) cannot be found: {type(error).__name__}: {error}"
        ) from error
    if spec is None:
        raise ImportRefusedError(f"the package {point.name!r}: there is no module {point.module!r}")
    files = [Path(spec.origin)] if spec.origin else []
    for folder in spec.submodule_search_locations or ():
        files += Path(folder).rglob("*.py")
    version = point.dist.version if point.dist is not None else ""
    state = hashlib.sha256(f"{point.value} {version} {sys.version_info[:2]}".encode())
    # Documents follow from the functions and from how they are read.
    for line in _stats([*files, *_CORE.glob("*.py")]):
        state.update(line.encode())
    return state.hexdigest()


def _stats(files: Iterable[Path]) -> Iterable[str]:
    for file in sorted(set(files)):
        found = file.stat() if file.exists() else None
        yield f"{file} {found.st_mtime_ns if found else ''} {found.st_size if found else ''}\n"
