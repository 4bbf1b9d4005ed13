"""What follows from a check: its record is kept, a dead API goes into quarantine, one that answers comes back."""

from collections.abc import Sequence

from taskmatrix.api_platform.quality.behaviour import MOST_FAILURES, Checked, is_dead
from taskmatrix.api_platform.quality.proposals import Proposal
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import OPERATOR, AuditLog, Catalogue, CheckStore, Database, prepare

_DEAD = "dead: "
"""How the reason begins of a quarantine that a passed check ends."""


def keep_check(database: Database, document: ApiDocument, checked: Checked) -> str | None:
    """Keep the outcome of a check; return why the API is in quarantine now, None if it is not. Raises StoreError."""
    catalogue, store = Catalogue(database), CheckStore(database)
    package, name = document.package, document.name
    with database.write(durable=False):
        entry = catalogue.entry(package, name)
        if entry is None or checked.record is None:
            return entry.quarantined if entry is not None else None
        store.add(checked.record)
        dead = is_dead(store.last(package, name, MOST_FAILURES))
        reason = entry.quarantined
        if dead is not None and reason is None:
            reason = _DEAD + dead
        elif checked.outcome == "passed" and reason is not None and reason.startswith(_DEAD):
            reason = None
        if reason != entry.quarantined:
            catalogue.quarantine(package, name, reason)
            action = "quarantine" if reason is not None else "release"
            AuditLog(database).write(OPERATOR, action, document.id, "done", detail=reason or "it passed its check")
    return reason


def keep_proposals(database: Database, proposals: Sequence[Proposal]) -> Sequence[str]:
    """Register documents with the parts that were written for them; return those that were left as they are.

    An API stays its source's. One with a change that waits for the operator is left: that change was made to the
    document without these parts. Raises StoreError.
    """
    catalogue, log = Catalogue(database), AuditLog(database)
    left: list[str] = []
    with database.write(durable=False):
        waiting = {change.document.id for change in catalogue.pending()}
        for proposal in proposals:
            document = proposal.document
            entry = catalogue.entry(document.package, document.name)
            if entry is None or document.id in waiting:
                left.append(document.id)
                continue
            source = None if entry.source is None else catalogue.source(entry.source)
            catalogue.apply([prepare(document)], source=source, whole=False)
            log.write(OPERATOR, "generate", document.id, "done", detail=", ".join(proposal.parts))
    return left
