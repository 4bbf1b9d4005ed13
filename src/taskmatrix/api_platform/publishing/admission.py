"""What an actor may put into the registry: into which packages, under which names, with which sources.

Packages are looked at once each, so that an import of many documents costs no more than a few questions.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

from taskmatrix.api_platform.entry_points import discover
from taskmatrix.api_platform.http_sources import check_operation
from taskmatrix.api_platform.publishing.actors import OPERATOR, Actor
from taskmatrix.api_platform.publishing.changes import OWN_CODE, OWNERS_KIND, held_back, is_callable, true_effect
from taskmatrix.api_platform.publishing.lookalikes import Neighbourhood, near
from taskmatrix.api_platform.publishing.naming import check_document, skeleton
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError, ForbiddenError, NameTakenError
from taskmatrix.store import Catalogue, Entry, OwnerStore, PreparedDocument, Tombstone, prepare

KEPT_FOR = timedelta(days=90)
"""How long a name that was freed stays kept for whoever had it."""

WELL_KNOWN = 20
"""APIs from which a package counts as one that people know, so that others may not be named nearly alike."""

CONFUSABLE = "name.confusable"
"""The code of the error for a name that a person may take for another."""

Note = Callable[[str], None]


def refuse_stranger(owners: OwnerStore, actor: Actor) -> None:
    """Refuse an actor who is no owner, or none any more. Raises ForbiddenError."""
    if actor == OPERATOR:
        return
    known = owners.get(actor.name)
    if known is None or known.revoked is not None or known.role != actor.role:
        raise ForbiddenError(f"{actor.name!r} is no owner here any more", hint="ask the operator of this registry")


class Admission:
    """Decides for one actor, within one transaction. What an operator may do all the same is told to `note`."""

    def __init__(self, catalogue: Catalogue, actor: Actor, note: Note) -> None:
        self._catalogue = catalogue
        self._actor = actor
        self._note = note

    def operate(self) -> None:
        """Refuse whoever is no operator. Raises ForbiddenError."""
        if not self._actor.is_operator:
            raise ForbiddenError(f"{self._actor.name!r} is no operator", hint="ask the operator of this registry")

    def change(self, entry: Entry) -> None:
        """Refuse to touch an API of somebody else. Raises ForbiddenError."""
        if not self._actor.is_operator and entry.owner != self._actor.name:
            raise ForbiddenError(f"{entry.document.id!r} is not yours", hint="ask its owner to transfer it to you")

    def own_package(self, package: str, *, whole: bool = False) -> None:
        """Refuse to touch a package of somebody else, or one `whole` with APIs of others. Raises ForbiddenError."""
        if self._actor.is_operator:
            return
        if self._catalogue.package_owner(package) != self._actor.name:
            raise ForbiddenError(f"the package {package!r} is not yours", hint="choose a package name of your own")
        foreign = next(self._foreign(package, self._catalogue.digests(package)), None) if whole else None
        if foreign is not None:
            raise ForbiddenError(
                f"{package}.{foreign} is not yours", hint="remove your APIs of this package one by one"
            )

    def accept(self, document: ApiDocument) -> ApiDocument:
        """Return the document as this actor may register it. Raises DocumentError, ForbiddenError.

        One that contradicts itself is refused. What an owner's document says of its owner and its grade does not
        count, and the stricter of the effect it declares and the one of its HTTP method does.
        """
        from taskmatrix.api_platform.quality.strictness import strict  # slow to import

        check_document(document)
        self._refuse_source(document)
        strict(document)
        claims = {} if self._actor.is_operator else {"owner": self._actor.name, "quality": None}
        changes: dict[str, object] = dict(claims)
        effect = true_effect(document)
        if effect != document.effects.kind:
            changes["effects"] = document.effects.model_copy(update={"kind": effect})
            self._note(f"its method makes it {effect}, not {document.effects.kind}")
        return document.model_copy(update=changes) if changes else document

    def enter(self, document: ApiDocument) -> None:
        """Refuse a new API in a package of somebody else, or under a name that is kept or misleading.

        Raises ForbiddenError, NameTakenError, DocumentError.
        """
        package = document.package
        if self._catalogue.package(package) is None:
            form = skeleton(package)
            self._enter_package(package, self._catalogue.skeletons(form), near(form, self._registered))
        else:
            self.own_package(package)
            self._refuse_lookalike(package, document.name)
        self._refuse_same_print(document)
        self._refuse_kept(self._catalogue.tombstone(package, document.name))
        self._refuse_changed_return(document)

    def admit(
        self, rows: Iterable[PreparedDocument], about: Iterable[Package] = (), remove: Iterable[str] = ()
    ) -> Iterator[PreparedDocument]:
        """Return the documents of an import, each package and, for an owner, each document looked at on the way.

        `about` are the packages it describes, `remove` those it takes APIs from. Raises ForbiddenError,
        NameTakenError, DocumentError, at once or from the iterator.
        """
        before = self._before
        for package in remove:
            self.own_package(package)
        seen: set[str] = set()
        for package in about:
            self._meet(package.name, before, seen)
        return self._admit(rows, before, seen)

    def _admit(
        self, rows: Iterable[PreparedDocument], before: Collection[str], seen: set[str]
    ) -> Iterator[PreparedDocument]:
        for row in rows:
            if row.package not in seen:
                self._meet(row.package, before, seen)
            yield row if self._actor.is_operator else self._admit_one(row)

    def _meet(self, package: str, before: Collection[str], seen: set[str]) -> None:
        seen.add(package)
        if package in before:
            self.own_package(package)
            return
        # Asked of those there were before: the packages of one import are not held against each other.
        form = skeleton(package)
        self._enter_package(package, self._registered.get(form, ()), self._neighbours.near(form))

    def _admit_one(self, row: PreparedDocument) -> PreparedDocument:
        document = ApiDocument.model_validate_json(row.text)
        entry = self._catalogue.entry(row.package, row.name)
        if entry is not None:
            self.change(entry)
        else:
            self._refuse_kept(self._catalogue.tombstone(row.package, row.name))
            self._refuse_lookalike(row.package, row.name)
            self._refuse_same_print(document)
            self._refuse_changed_return(document)
        return prepare(self.accept(document))

    def _enter_package(self, package: str, alike: Iterable[str], near_forms: Iterable[str]) -> None:
        if not self._actor.is_operator:
            self._refuse_kept(self._catalogue.package_tombstones(package))
        for other in alike:
            if other != package and not self._owns(other):
                self._mislead(f"the package {package!r} looks like {other!r}", "package")
                return
        for other in (name for form in near_forms for name in self._registered[form]):
            if self._is_well_known(other) and not self._owns(other):
                self._mislead(f"the package {package!r} is one typing mistake away from {other!r}", "package")
                return

    def _refuse_lookalike(self, package: str, name: str) -> None:
        """Refuse a new name that looks like that of an API in the same package which belongs to somebody else."""
        if self._actor.is_operator:
            return
        form = skeleton(name)
        alike = [other for other in self._catalogue.digests(package) if other != name and skeleton(other) == form]
        foreign = next(self._foreign(package, alike), None)
        if foreign is not None:
            self._mislead(f"{package}.{name} looks like {package}.{foreign}", "name")

    def _refuse_same_print(self, document: ApiDocument) -> None:
        """Refuse a new API that is printed as another one: `a.b` with `c`, beside `a` with `b.c`."""
        other = self._catalogue.find(document.id)
        if other is not None and other.package != document.package and not self._owns(other.package):
            self._mislead(f"{document.id} is already the API {other.name!r} of the package {other.package!r}", "name")

    def _refuse_changed_return(self, document: ApiDocument) -> None:
        """Refuse an API that was removed and comes back as what an update would have had to wait for."""
        versions = () if self._actor.is_operator else self._catalogue.history(document.package, document.name)
        why = held_back(versions[-1].document, document) if versions else None
        if why is not None:
            raise ForbiddenError(
                f"{document.id} was removed, and comes back changed: {why}",
                hint="take another name for it, or ask the operator of this registry to register it",
            )

    def _foreign(self, package: str, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            entry = self._catalogue.entry(package, name)
            if entry is not None and entry.owner != self._actor.name:
                yield name

    def _mislead(self, what: str, path: str) -> None:
        if self._actor.is_operator:
            self._note(what)
            return
        raise DocumentError(
            f"{path}: {what}",
            path=path,
            code=CONFUSABLE,
            hint="choose a name that nobody takes for the other",
        )

    def _refuse_kept(self, tombstone: Tombstone | None) -> None:
        if tombstone is None or self._actor.is_operator or tombstone.owner == self._actor.name:
            return
        free = tombstone.at + KEPT_FOR
        if free > datetime.now(UTC):
            raise NameTakenError(
                f"{tombstone.package}.{tombstone.name} was another owner's until {tombstone.at:%Y-%m-%d}; the name"
                f" is kept until {free:%Y-%m-%d}",
                hint="choose another name, or ask the operator of this registry",
            )

    def _refuse_source(self, document: ApiDocument) -> None:
        """Refuse a document that would run code of this machine, and an owner's that would use anything on it."""
        kind = document.source.kind
        if kind in OWN_CODE:
            raise DocumentError(
                "source.kind: a document cannot say which code of this machine is run",
                path="source.kind",
                hint="import that code itself: taskmatrix apis import FILE.py",
            )
        if kind in ("mcp", "aws") and self._actor.is_operator:
            raise DocumentError(
                f"source.kind: a document cannot say what a call of kind {kind!r} does",
                path="source.kind",
                hint="import the server or service itself: taskmatrix apis import",
            )
        if kind == OWNERS_KIND:
            check_operation(document)
        if kind != OWNERS_KIND and is_callable(document) and not self._actor.is_operator:
            raise ForbiddenError(
                f"source.kind: an owner cannot register an API of kind {kind!r}, which uses this machine",
                hint="the operator can import it",
            )

    def _owns(self, package: str) -> bool:
        return not self._actor.is_operator and self._catalogue.package_owner(package) == self._actor.name

    def _is_well_known(self, package: str) -> bool:
        return package in discover().points or self._catalogue.count(package) >= WELL_KNOWN

    @cached_property
    def _before(self) -> frozenset[str]:
        """The packages that are registered when this is first asked."""
        return frozenset(package.name for package in self._catalogue.packages())

    @cached_property
    def _registered(self) -> Mapping[str, Sequence[str]]:
        """Look-alike form → names, of the packages that were registered or are installed."""
        found: dict[str, list[str]] = {}
        for name in self._before | discover().points.keys():
            found.setdefault(skeleton(name), []).append(name)
        return found

    @cached_property
    def _neighbours(self) -> Neighbourhood:
        return Neighbourhood(self._registered)
