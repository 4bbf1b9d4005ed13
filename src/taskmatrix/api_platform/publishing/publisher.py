"""`Publisher`: registering, updating, removing and handing over APIs in somebody's name.

Every operation is one transaction with its audit record. One that is refused leaves the registry as it was, and one
record of who tried what.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from taskmatrix.api_platform.publishing.actors import OPERATOR, Actor
from taskmatrix.api_platform.publishing.admission import Admission, refuse_stranger
from taskmatrix.api_platform.publishing.changes import judge_for
from taskmatrix.api_platform.publishing.differences import differences
from taskmatrix.api_platform.publishing.identities import Identities, Identity
from taskmatrix.api_platform.publishing.outcomes import Registration, Removal
from taskmatrix.api_platform.publishing.records import Record, Records
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import (
    AlreadyRegisteredError,
    ConflictError,
    NotFoundError,
    StaleVersionError,
    UsageError,
)
from taskmatrix.store import (
    AuditLog,
    Entry,
    IdempotencyStore,
    OwnerStore,
    PendingChange,
    Revision,
    prepare,
)

if TYPE_CHECKING:
    from taskmatrix.api_platform.registry import ApiRegistry

_ANSWER = TypeAdapter(Registration)
POISONED = "its texts: "
"""How the reason begins of a quarantine that a clean text ends."""


class Publisher:
    """Acts on the registry for one actor: an owner on what is his, an operator on everything."""

    def __init__(self, registry: "ApiRegistry", actor: Actor = OPERATOR) -> None:
        database = registry.database
        self.actor = actor
        self._catalogue = registry.catalogue
        self._owners = OwnerStore(database)
        self._answers = IdempotencyStore(database)
        self._records = Records(AuditLog(database), database)
        self._identities = Identities(registry)

    def register(self, document: ApiDocument, *, idempotency_key: str | None = None) -> Registration:
        """Add an API, or change the one with its name if it is the actor's.

        A change that needs the operator's eye is `held`. With an `idempotency_key` the same request is answered
        again as it was the first time. Raises DocumentError, ForbiddenError, NameTakenError,
        AlreadyRegisteredError for what another request registered already, ConflictError for a key used for
        something else.
        """
        with self._records.written(self.actor, "register", document.id) as record:
            admission = self._admission(record)
            digest = document.digest()
            if idempotency_key is not None:
                known = self._answers.find(self.actor.name, idempotency_key)
                if known is not None and known.digest != digest:
                    raise ConflictError(
                        f"the idempotency key {idempotency_key!r} was used for another document",
                        hint="use a new key for each request",
                    )
                if known is not None:
                    record.skip = True
                    return _ANSWER.validate_python(known.answer)
            done = self._put(document, admission, record, keyed=idempotency_key is not None)
            if idempotency_key is not None:
                self._answers.keep(self.actor.name, idempotency_key, digest, asdict(done))
        return done

    def register_text(
        self, data: bytes, *, idempotency_key: str | None = None, expected: int | None = None
    ) -> Registration:
        """Register the document in a JSON text, or update it if its current revision is `expected`.

        Raises what `register` and `update` do; DocumentError for text that is no document.
        """
        from taskmatrix.api_platform.importers.jsonl import read_document  # which imports the registry

        with self._records.refused(self.actor, "register", "document"):
            document = read_document(data)
        if expected is not None:
            return self.update(document, expected=expected)
        return self.register(document, idempotency_key=idempotency_key)

    def update(self, document: ApiDocument, *, expected: int) -> Registration:
        """Change an API whose current revision is `expected`.

        Raises NotFoundError, ForbiddenError, DocumentError, and StaleVersionError if another came in between.
        """
        with self._records.written(self.actor, "update", document.id) as record:
            admission = self._admission(record)
            entry = self._catalogue.entry(document.package, document.name)
            if entry is None:
                raise NotFoundError(f"there is no API {document.id!r}", hint="register it")
            admission.change(entry)
            _refuse_stale(entry, expected)
            return self._change(entry, admission.accept(document), record)

    def remove(self, name: str, *, expected: int | None = None) -> Removal:
        """Remove an API (`package.name`) or a package with all its APIs; the name stays kept for its owner.

        `expected` is the revision that an API must have. Raises NotFoundError, ForbiddenError, StaleVersionError.
        """
        with self._records.written(self.actor, "remove", name) as record:
            admission = self._admission(record)
            meant = self._identities.served(name)
            if meant is None:
                if expected is not None:
                    raise UsageError(f"{name!r} is no API: only an API has a version", hint="leave the version out")
                admission.own_package(self._identities.package(name), whole=True)
                removed = Removal(name, "package", self._catalogue.remove_package(name))
                record.note(f"{removed.apis} APIs")
                return removed
            entry = self._entry(meant)
            admission.change(entry)
            if expected is not None:
                _refuse_stale(entry, expected)
            self._catalogue.remove(meant.package, meant.name)
        return Removal(name, "api", 1)

    def transfer(self, name: str, to: str) -> None:
        """Hand an API or a whole package over to another owner, a package also to `operator`.

        Of a package, APIs that were handed to somebody on their own stay his. Raises NotFoundError, ForbiddenError.
        """
        with self._records.written(self.actor, "transfer", name, f"to {to}") as record:
            admission = self._admission(record)
            receiver = self._receiver(to)
            meant = self._identities.served(name)
            if meant is None:
                admission.own_package(self._identities.package(name))
                self._catalogue.give(name, None, receiver)
                return
            admission.change(self._entry(meant))
            if receiver is None:
                raise UsageError(f"{name!r} is one API: it goes to an owner", hint="hand over its package")
            self._catalogue.give(meant.package, meant.name, receiver)

    def history(self, name: str) -> Sequence[Revision]:
        """Return all versions of an API, oldest first, also of one that was removed. Raises NotFoundError."""
        meant = self._identities.known(name)
        return self._catalogue.history(meant.package, meant.name)

    def diff(self, name: str, older: int | None = None, newer: int | None = None) -> Sequence[str]:
        """Return what differs between two revisions, line by line.

        Without numbers it is what a waiting change would change, or else what the last change did. Raises
        NotFoundError.
        """
        waiting = None if newer is not None else self._waiting(name)
        versions = self.history(name)
        numbers = [version.number for version in versions]
        if waiting is not None:
            base = older if older is not None else numbers[-1]
            return differences(self._revision(name, versions, base), waiting.document)
        newer = numbers[-1] if newer is None else newer
        older = max((number for number in numbers if number < newer), default=newer) if older is None else older
        return differences(self._revision(name, versions, older), self._revision(name, versions, newer))

    def pending(self) -> Sequence[PendingChange]:
        """Return the changes that wait for the operator; for an owner those of his own APIs."""
        return [change for change in self._catalogue.pending() if self._may_see(change)]

    def approve(self, name: str, *, digest: str | None = None) -> Registration:
        """Let a waiting change take the place of what is served. For operators.

        `digest` is that of the document that was looked at. Raises ForbiddenError, NotFoundError, and
        StaleVersionError if another document waits by now.
        """
        with self._records.written(self.actor, "approve", name) as record:
            self._admission(record).operate()
            change = self._need_waiting(name)
            if digest is not None and change.document.digest() != digest:
                raise StaleVersionError(
                    f"the change of {name!r} that waits is not the one you looked at",
                    hint=f"look at it: taskmatrix apis diff {name!r}",
                )
            record.detail = change.reason
            entry = self._catalogue.take_pending(change.package, change.name, self.actor.name)
            self._watch(entry, record)
            return Registration(entry.document.id, "updated", entry.revision, change.reason)

    def reject(self, name: str, reason: str = "") -> None:
        """Drop a waiting change; what is served stays. For operators. Raises ForbiddenError, NotFoundError."""
        with self._records.written(self.actor, "reject", name, reason) as record:
            self._admission(record).operate()
            change = self._need_waiting(name)
            self._catalogue.drop_pending(change.package, change.name)

    def _admission(self, record: Record) -> Admission:
        """Return what the actor may do now. Raises ForbiddenError for one whose key was revoked meanwhile."""
        refuse_stranger(self._owners, self.actor)
        return Admission(self._catalogue, self.actor, record.note)

    def _put(self, document: ApiDocument, admission: Admission, record: Record, *, keyed: bool) -> Registration:
        accepted = admission.accept(document)
        entry = self._catalogue.entry(accepted.package, accepted.name)
        if entry is not None:
            admission.change(entry)
            if keyed and entry.digest == accepted.digest():
                raise AlreadyRegisteredError(
                    f"{accepted.id} is registered just so already", hint="repeat a request with the key it had"
                )
            return self._change(entry, accepted, record)
        admission.enter(accepted)
        self._catalogue.apply([prepare(accepted)], by=self.actor.name, owner=self.actor.owns_as)
        added = self._entry(Identity(accepted.package, accepted.name))
        self._watch(added, record)
        return Registration(accepted.id, "added", added.revision, record.detail or None)

    def _change(self, entry: Entry, document: ApiDocument, record: Record) -> Registration:
        reason = judge_for(self.actor)(entry.document, document)
        if reason is None:
            # What waited is withdrawn by this, also by sending again what is served.
            self._catalogue.drop_pending(document.package, document.name)
            changed = self._catalogue.replace(document, expected=entry.revision, by=self.actor.name)
            self._watch(changed, record)
            outcome = "unchanged" if changed.revision == entry.revision else "updated"
            return Registration(document.id, outcome, changed.revision, record.detail or None)
        self._catalogue.apply([prepare(document)], by=self.actor.name, judge=lambda _served, _offered: reason)
        record.outcome, record.detail = "held", reason
        return Registration(document.id, "held", entry.revision, reason)

    def _entry(self, meant: Identity) -> Entry:
        entry = self._catalogue.entry(meant.package, meant.name)
        if entry is None:
            raise NotFoundError(f"there is no API {meant.package}.{meant.name}")
        return entry

    def _watch(self, entry: Entry, record: Record) -> None:
        """Put an API into quarantine whose texts give orders or hide something; let it out once they do not."""
        from taskmatrix.api_platform.quality.strictness import poison_in  # slow to import

        poison = poison_in(entry.document)
        if poison is not None:
            record.note(f"in quarantine: {poison}")
        wanted = None if poison is None else POISONED + poison
        if wanted is not None or (entry.quarantined or "").startswith(POISONED):
            self._catalogue.quarantine(entry.document.package, entry.document.name, wanted)

    def _receiver(self, to: str) -> str | None:
        if to == OPERATOR.name:
            return None
        known = self._owners.get(to)
        if known is None or known.revoked is not None:
            raise NotFoundError(
                f"there is no owner {to[:80]!r}", hint="taskmatrix apis owners list shows who there is"
            )
        return None if known.role == "operator" else to

    def _waiting(self, name: str) -> PendingChange | None:
        meant = self._identities.known(name)
        found = self._catalogue.pending(meant.package)
        return next((change for change in found if change.name == meant.name and self._may_see(change)), None)

    def _need_waiting(self, name: str) -> PendingChange:
        change = self._waiting(name)
        if change is None:
            raise NotFoundError(f"no change of {name!r} waits", hint="taskmatrix apis pending lists those that do")
        return change

    def _may_see(self, change: PendingChange) -> bool:
        if self.actor.is_operator:
            return True
        entry = self._catalogue.entry(change.package, change.name)
        return entry is not None and entry.owner == self.actor.name

    def _revision(self, name: str, versions: Sequence[Revision], number: int) -> ApiDocument:
        found = next((version.document for version in versions if version.number == number), None)
        if found is None:
            there = ", ".join(str(version.number) for version in versions[-10:])
            raise NotFoundError(f"{name!r} has no version {number}", hint=f"it has {there}")
        return found


def _refuse_stale(entry: Entry, expected: int) -> None:
    if entry.revision != expected:
        raise StaleVersionError(
            f"{entry.document.id} is at version {entry.revision}, not {expected}",
            hint="read the current version, and make the change to that",
        )
