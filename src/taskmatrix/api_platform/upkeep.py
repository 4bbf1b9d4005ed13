"""Keeping the registry in step with the packages that are installed."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from taskmatrix.api_platform.entry_points import (
    PackageProblem,
    discover,
    documents_of,
    fingerprint,
    load_package,
    load_point,
)
from taskmatrix.api_platform.registry import ApiRegistry, checked
from taskmatrix.core.api import ApiPackage
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.store import Notes, PutCounts, prepare

KIND = "entry-point"


class _Note(BaseModel):
    """What was registered the last time: the files' mark, and the digest of each API."""

    model_config = ConfigDict(frozen=True)

    mark: str = ""
    digests: Mapping[str, str] = {}

    @staticmethod
    def read(text: str | None) -> "_Note":
        try:
            return _Note.model_validate_json(text or "{}")
        except ValidationError:
            return _Note()


@dataclass(frozen=True, slots=True)
class Synced:
    """What changed, and the packages that could not be loaded."""

    counts: PutCounts
    problems: tuple[PackageProblem, ...] = ()


def sync(registry: ApiRegistry) -> Synced:
    """Register what the installed packages offer, where that has changed since the last time.

    A package's files are compared by size and time, so that nothing is imported when nothing changed. What a
    user removed stays removed, and a document of the user's own under the same name is left alone. A package
    that cannot be loaded is reported and skipped; its documents stay as they were.
    """
    notes = Notes(registry.database, KIND)
    known = notes.all()
    found = discover()
    problems = list(found.problems)
    counts = PutCounts()
    for name, point in sorted(found.points.items()):
        before = _Note.read(known.get(name))
        try:
            mark = fingerprint(point)
            if mark != before.mark:
                counts += _register(registry, load_point(point), mark, before.digests)
        except ImportRefusedError as error:
            problems.append(PackageProblem(name, error.message))
    for name in sorted(set(known) - set(found.points)):
        counts += _withdraw(registry, name)
        notes.remove(name)
    return Synced(counts, tuple(problems))


def restore(registry: ApiRegistry, name: str) -> PutCounts:
    """Register all of an installed package again, also what was removed. Raises NotFoundError, ImportRefusedError."""
    package = load_package(name)
    return _register(registry, package, fingerprint(discover().points[name]), {})


def _register(registry: ApiRegistry, package: ApiPackage, mark: str, before: Mapping[str, str]) -> PutCounts:
    offered = {document.name: document for document in documents_of(package)}
    present = {document.name: document for document in registry.documents(package.name, served=False)}
    foreign = {name for name, document in present.items() if document.source.kind != KIND}
    removed_by_user = set(before) - set(present)
    wanted = [document for name, document in offered.items() if name not in foreign | removed_by_user]
    counts = registry.apply(
        [prepare(checked(document)) for document in wanted],
        remove={package.name: sorted(set(present) - set(offered) - foreign)},
        about=[package.about()],
    )
    note = _Note(mark=mark, digests={name: document.digest() for name, document in offered.items()})
    Notes(registry.database, KIND).put(package.name, note.model_dump_json())
    return counts


def _withdraw(registry: ApiRegistry, package: str) -> PutCounts:
    """Remove what a package brought that is no longer installed."""
    present = registry.documents(package, served=False)
    brought = [document.name for document in present if document.source.kind == KIND]
    if len(brought) == len(present):
        return PutCounts(removed=registry.remove(package).apis) if registry.package(package) else PutCounts()
    return registry.apply((), remove={package: brought})
