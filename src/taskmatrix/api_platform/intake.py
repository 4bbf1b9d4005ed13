"""From a `Reading` to the registry: the same for every format."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import JsonValue

from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.reports import ImportReport, Progress
from taskmatrix.api_platform.importers.spool import Spool
from taskmatrix.api_platform.publishing.actors import Actor
from taskmatrix.api_platform.publishing.publisher import POISONED
from taskmatrix.api_platform.registry import ApiRegistry, checked
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError, ImportRefusedError
from taskmatrix.store import Catalogue, PreparedDocument, SourceRecord, prepare

_SHOWN = 10
_STEP = 2_000


def take_in(
    registry: ApiRegistry,
    reading: Reading,
    options: ImportOptions,
    *,
    actor: Actor,
    tell: Progress,
    beside: Callable[[], None] | None = None,
) -> ImportReport:
    """Register what a source offers, all of it or nothing; `beside` is done in the same transaction.

    Documents are read, checked and put aside one by one, so memory stays bounded, and only then written, in one
    transaction that holds the database for as short a time as can be. Raises ImportRefusedError with the registry
    unchanged, ForbiddenError, NameTakenError, StoreError.
    """
    known = _known_source(registry, reading, actor) if reading.renamable else None
    package = options.package or (_package_for(registry, reading, known) if reading.renamable else None)
    with Spool() as spool:
        poison = _Poison(registry.catalogue)
        packages = _put_aside(reading, package, spool, poison, tell)
        _refuse(reading, spool.count, lenient=options.skip_invalid or not reading.strict)
        if not reading.renamable:
            known = _known_source(registry, reading, actor)
        with registry.database.write(durable=False):
            counts = registry.take(
                _told(spool.rows(), spool.count, tell),
                source=_record(reading, options, packages),
                about=_about(registry, reading, package, known),
                actor=actor,
                whole=reading.whole,
                note=lambda text: reading.notes.add(0, text),
            )
            poison.quarantine(reading)
            if beside is not None:
                beside()
    return ImportReport(
        source=reading.location,
        kind=reading.kind,
        counts=counts,
        packages=packages,
        invalid=tuple(reading.invalid.first),
        invalid_count=reading.invalid.count,
        duplicates=tuple(reading.duplicates.first),
        duplicate_count=reading.duplicates.count,
        notes=tuple(reading.notes.first),
        note_count=reading.notes.count,
    )


class _Poison:
    """Documents whose texts hide something or give orders to a model: registered, and not offered."""

    def __init__(self, catalogue: Catalogue) -> None:
        from taskmatrix.api_platform.quality.strictness import poison_in  # slow to import

        self._catalogue = catalogue
        self._poison_in = poison_in
        self._found: list[tuple[PreparedDocument, str]] = []

    def look(self, document: ApiDocument, row: PreparedDocument) -> None:
        """Note a document that is poisoned, unless it is there in the same words: somebody has decided on it."""
        why = self._poison_in(document)
        if why is not None:
            served = self._catalogue.entry(*row.key)
            if served is None or served.digest != row.digest:
                self._found.append((row, why))

    def quarantine(self, reading: Reading) -> None:
        """Take those out of the offer that are registered now."""
        for row, why in self._found:
            served = self._catalogue.entry(*row.key)
            if served is not None and served.digest == row.digest:
                self._catalogue.quarantine(*row.key, POISONED + why)
                reading.notes.add(0, f"{row.package}.{row.name} is in quarantine: {why}")


def _put_aside(
    reading: Reading, package: str | None, spool: Spool, poison: _Poison, tell: Progress
) -> tuple[str, ...]:
    packages: dict[str, None] = {}
    # Hashes instead of names: a million of them fit in memory.
    seen: set[int] = set()
    for number, document in enumerate(reading.documents, 1):
        if number % _STEP == 0 and not reading.tells:
            tell("reading", number, 0)
        if package is not None and document.package != package:
            document = document.model_copy(update={"package": package})
        row = _prepared(document, reading)
        if row is None:
            continue
        key = hash(row.key)
        if key in seen:
            reading.duplicates.add(0, f"{row.package}.{row.name} comes twice; the first counts")
            continue
        seen.add(key)
        packages.setdefault(row.package)
        poison.look(document, row)
        spool.put(row)
    return tuple(packages)


def _prepared(document: ApiDocument, reading: Reading) -> PreparedDocument | None:
    try:
        return prepare(checked(document))
    except DocumentError as error:
        where = "" if reading.line else f"{document.name[:80]!r}: "
        reading.invalid.add(reading.line, where + error.message, error.code)
        return None


def _known_source(registry: ApiRegistry, reading: Reading, actor: Actor) -> SourceRecord | None:
    """Return the source as it was imported before, and let the reading go by its identity.

    What lies at the same place and calls itself the same is the same source, whatever it says of its server: or a
    document could move to another host, and nobody would be asked.
    """
    prefix = "" if actor.is_operator else f"{actor.name} "
    named = reading.packages[0].name if reading.packages else None
    for source in registry.catalogue.sources() if named is not None else ():
        here = (source.kind, source.location, source.options.get("named")) == (reading.kind, reading.location, named)
        if here and source.identity.startswith(f"{prefix}{reading.kind}:"):
            reading.identity = source.identity.removeprefix(prefix)
            return source
    return registry.catalogue.source(prefix + reading.identity)


def _package_for(registry: ApiRegistry, reading: Reading, known: SourceRecord | None) -> str | None:
    """Return a name that is free, or this source's already, for a package whose importer made one up."""
    if not reading.packages:
        return None
    wanted = reading.packages[0].name
    before = known.options.get("packages") if known is not None else None
    if isinstance(before, list) and len(before) == 1 and isinstance(before[0], str):
        return before[0]
    number, name = 2, wanted
    while registry.package(name) is not None:
        number, name = number + 1, f"{wanted}_{number}"
    if name != wanted:
        reading.notes.add(0, f"a package {wanted!r} is there already, so this one is called {name!r}")
    return name


def _record(reading: Reading, options: ImportOptions, packages: tuple[str, ...]) -> SourceRecord:
    named = reading.packages[0].name if reading.packages else None
    given: dict[str, JsonValue] = {"packages": list(packages[:1]) if reading.renamable else [], "named": named}
    if options.server is not None:
        given["server"] = options.server
    return SourceRecord(reading.identity, reading.kind, reading.location, given)


def _about(
    registry: ApiRegistry, reading: Reading, package: str | None, known: SourceRecord | None
) -> Sequence[Package]:
    """Return what to say of the packages; what is said already of one that others brought stays."""
    found: list[Package] = []
    for about in reading.packages:
        named = about if package is None else about.model_copy(update={"name": package})
        present = registry.package(named.name)
        if known is not None or present is None or not present.description:
            found.append(named)
        else:
            reading.notes.add(
                0,
                f"the package {named.name!r} holds APIs of another source as well; its description stays",
            )
    return found


def _refuse(reading: Reading, count: int, *, lenient: bool) -> None:
    invalid = reading.invalid
    if invalid.count and not lenient:
        shown = "; ".join(str(problem) for problem in invalid.first[:_SHOWN])
        more = f"; and {invalid.count - _SHOWN} more" if invalid.count > _SHOWN else ""
        raise ImportRefusedError(
            f"{reading.location}: {invalid.count} of {invalid.count + count + reading.duplicates.count} lines are no"
            f" API documents, so nothing was imported: {shown}{more}",
            code=invalid.first[0].code,
            hint="correct these lines, or leave them out with --skip-invalid",
        )
    if not count:
        raise ImportRefusedError(
            f"{reading.location} holds no API document" + (f": {invalid.first[0]}" if invalid.count else ""),
            code=invalid.first[0].code if invalid.count else None,
            hint="nothing in it documents something that can be called",
        )


def _told(rows: Iterable[PreparedDocument], total: int, tell: Progress) -> Iterator[PreparedDocument]:
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            tell("writing", number, total)
        yield row
    tell("writing", total, total)
