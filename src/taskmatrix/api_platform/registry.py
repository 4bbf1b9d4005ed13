"""`ApiRegistry`: the API platform's catalogue, where APIs are looked up, registered, updated and removed."""

import difflib
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Literal

from taskmatrix.api_platform.publishing.actors import OPERATOR, Actor
from taskmatrix.api_platform.publishing.admission import Admission, refuse_stranger
from taskmatrix.api_platform.publishing.changes import is_same_place, judge_for, preferred, with_generated
from taskmatrix.api_platform.publishing.naming import LONGEST_NAME, check_document, skeleton
from taskmatrix.api_platform.publishing.outcomes import Registration, Removal
from taskmatrix.api_platform.publishing.records import Records
from taskmatrix.api_platform.secret_words import without_secrets
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import ApiGoneError, NotFoundError
from taskmatrix.policy.redaction import Redactor
from taskmatrix.store import (
    AuditLog,
    Catalogue,
    Change,
    ConfirmedInstruction,
    ConfirmedStore,
    Database,
    Entry,
    OwnerStore,
    PreparedDocument,
    PutCounts,
    SourceRecord,
)


class ApiRegistry:
    """Implements `core.protocols.Registry` over the database, and its writing side."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.catalogue = Catalogue(database, skeleton)
        self._confirmed = ConfirmedStore(database)

    def get(self, package: str, name: str) -> ApiDocument | None:
        """Return the document of one API, or None."""
        return self.catalogue.get(package, name)

    def get_all(self, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], ApiDocument]:
        """Return the documents of those APIs (package, name) that are there, in one look-up."""
        return self.catalogue.get_all(keys)

    def find(self, api: str) -> ApiDocument | None:
        """Return the document printed as `api` (`package.name`; either part may hold dots), or None."""
        return self.catalogue.find(api)

    def entry(self, package: str, name: str) -> Entry | None:
        """Return an API with its revision, owner, source and state, or None."""
        return self.catalogue.entry(package, name)

    def kept(self, package: str, name: str, digest: str, *, quarantined: bool = False) -> ApiDocument:
        """Return the version of an API that has this digest, also of one that was removed: what a run started with.

        Raises ApiGoneError, also for an API in quarantine unless `quarantined` ones will do.
        """
        entry = self.catalogue.entry(package, name)
        if entry is not None and entry.quarantined is not None and not quarantined:
            raise ApiGoneError(
                f"{package}.{name} is in quarantine: {entry.quarantined}",
                hint="wait until it is back, or deny the call",
            )
        if entry is not None and (digest == entry.digest or digest == entry.document.digest()):
            return entry.document
        document = self.catalogue.at_digest(package, name, digest)
        if document is None:
            raise ApiGoneError(
                f"{package}.{name} is gone: the version that the run started with is not kept",
                hint="run the instruction again",
            )
        return document

    def package(self, name: str) -> Package | None:
        """Return what is known of a package, or None."""
        return self.catalogue.package(name)

    def packages(self) -> Sequence[Package]:
        """Return all packages, by name."""
        return self.catalogue.packages()

    def documents(
        self, package: str | None = None, *, limit: int | None = None, after: str = "", served: bool = True
    ) -> Sequence[ApiDocument]:
        """Return documents by package and name; `after` goes on within one package after that name.

        APIs in quarantine are left out unless `served` is False.
        """
        return self.catalogue.documents(package, limit=limit, after=after, served=served)

    def digests(self, package: str) -> Mapping[str, str]:
        """Return name → digest of the APIs of one package."""
        return self.catalogue.digests(package)

    def count(self, package: str | None = None, *, served: bool = True) -> int:
        """Return how many APIs there are, in all or in one package; with those in quarantine if not `served`."""
        return self.catalogue.count(package, served=served)

    def changes(self, since: int, limit: int = 1_000) -> Sequence[Change]:
        """Return the changes after number `since`, oldest first: what an index follows."""
        return self.catalogue.changes(since, limit)

    def latest_change(self) -> int:
        """Return the number of the newest change."""
        return self.catalogue.latest_change()

    def register(self, document: ApiDocument) -> Registration:
        """Add an API, or update the one with its name. Raises DocumentError, StoreError."""
        return Registration(document.id, self.catalogue.put(checked(document)))

    def register_many(self, documents: Iterable[ApiDocument]) -> PutCounts:
        """Register documents in batches. Raises DocumentError, StoreError; earlier batches stay."""
        return self.catalogue.put_many(checked(document) for document in documents)

    def apply(
        self,
        put: Iterable[PreparedDocument],
        *,
        remove: Mapping[str, Iterable[str]] | None = None,
        about: Iterable[Package] = (),
    ) -> PutCounts:
        """Put prepared documents, remove others (package → names), describe packages: all or nothing.

        `put` may be a stream; it is `prepare(checked(document))`, done outside the transaction. Raises StoreError.
        """
        return self.catalogue.apply(put, remove=remove, about=about)

    def take(
        self,
        rows: Iterable[PreparedDocument],
        *,
        source: SourceRecord,
        about: Sequence[Package] = (),
        actor: Actor = OPERATOR,
        remove: Mapping[str, Iterable[str]] | None = None,
        whole: bool = True,
        note: Callable[[str], None] | None = None,
    ) -> PutCounts:
        """Take what a source offers, in place of what it offered before (unless it is no `whole`): all or nothing.

        `rows` may be a stream; each is `prepare(checked(document))`. Changes that need the operator's eye are held,
        a document that another source serves better is kept, an owner may import into his own or new packages
        only. `note` is told of new packages whose names are misleading. Raises DocumentError, ForbiddenError,
        NameTakenError, StoreError.
        """
        told: list[str] = []
        records = Records(AuditLog(self.database), self.database)
        if not actor.is_operator:
            # What a source no longer offers is removed: nobody may speak for a source of somebody else.
            source = replace(source, identity=f"{actor.name} {source.identity}")
        with records.written(actor, "import", source.identity) as record:
            refuse_stranger(OwnerStore(self.database), actor)
            admission = Admission(self.catalogue, actor, told.append)
            counts = self.catalogue.apply(
                admission.admit(rows, about, remove or ()),
                remove=remove,
                about=about,
                by=actor.name,
                owner=actor.owns_as,
                source=source,
                whole=whole,
                judge=judge_for(actor),
                prefer=preferred,
                inherit=is_same_place,
                complete=with_generated,
            )
            said = asdict(counts).items()
            record.note(", ".join(f"{number} {what}" for what, number in said if number) or "nothing new")
            for text in told:
                record.note(text)
        if note is not None:
            for text in told:
                note(text)
        return counts

    def confirm(
        self, package: str, name: str, instruction: str, *, by: str = OPERATOR.name, known: Redactor | None = None
    ) -> str:
        """Keep that an API does what an instruction asks, and return the instruction as it is kept.

        A search for these words then finds the API. Credentials are taken out, the `known` ones and what looks like
        one. An API keeps its newest 200. Raises NotFoundError, UsageError for an instruction without words,
        StoreError.
        """
        text = without_secrets(instruction, known)
        with self.database.write():
            self._confirmed.add(package, name, text, by=by)
            kept = self._confirmed.of(package, name)[0].instruction
            AuditLog(self.database).write(by, "confirm", f"{package}.{name}", "done", detail=kept)
        return kept

    def confirmed(self, package: str, name: str) -> Sequence[ConfirmedInstruction]:
        """Return the instructions that were confirmed for an API, newest first."""
        return self._confirmed.of(package, name)

    def withdraw(
        self, package: str, name: str, instruction: str, *, by: str = OPERATOR.name, known: Redactor | None = None
    ) -> None:
        """Forget that an API does what an instruction asks. Raises NotFoundError, UsageError, StoreError."""
        text = without_secrets(instruction, known)
        with self.database.write():
            if not self._confirmed.remove(package, name, text):
                raise NotFoundError(
                    f"{text[:200]!r} is not confirmed for {package}.{name}",
                    hint=f"taskmatrix apis confirm {shlex.quote(f'{package}.{name}')} lists what is",
                )
            AuditLog(self.database).write(by, "withdraw", f"{package}.{name}", "done", detail=text)

    def resolve(self, name: str) -> Literal["api", "package"]:
        """Say what a name stands for. Raises NotFoundError with the nearest names."""
        if self.catalogue.find(name) is not None:
            return "api"
        if self.catalogue.package(name) is not None:
            return "package"
        near = self.nearest(name)
        hint = (
            f"the nearest names are {', '.join(near)}" if near else "taskmatrix apis search finds APIs by what they do"
        )
        raise NotFoundError(f"there is no API or package {name!r}", hint=hint)

    def remove(self, name: str) -> Removal:
        """Remove an API (`package.name`), or a package with all its APIs. Raises NotFoundError, StoreError."""
        if self.resolve(name) == "package":
            return Removal(name, "package", self.catalogue.remove_package(name))
        document = self.catalogue.find(name)
        if document is not None:
            self.catalogue.remove(document.package, document.name)
        return Removal(name, "api", 1)

    def nearest(self, name: str, limit: int = 3) -> Sequence[str]:
        """Return the names of APIs and packages that look most like `name`, best first."""
        parts = sorted({word for word in names.words(name) if len(word) > 2}, key=len, reverse=True)[:4]
        # Comparing with a whole catalogue would take seconds: names that share a piece of a word come first.
        pieces = dict.fromkeys([*parts, *(part[:3] for part in parts), *(part[-3:] for part in parts)])
        candidates = {found for piece in pieces for found in self.catalogue.names(piece, limit=400)}
        candidates |= set(self.catalogue.names(limit=400)) | {p.name for p in self.catalogue.packages()}
        by_form: dict[str, str] = {}
        for candidate in sorted(candidates):
            by_form.setdefault(candidate.casefold(), candidate)
        close = difflib.get_close_matches(name.casefold()[:LONGEST_NAME], by_form, n=limit, cutoff=0.6)
        return [by_form[form] for form in close]


def checked(document: ApiDocument) -> ApiDocument:
    """Return a document whose names can be read, printed and told apart. Raises DocumentError for any other."""
    check_document(document)
    return document
