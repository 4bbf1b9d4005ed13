"""Whether a call may be made: what the policy says, what somebody allowed before, and how it is asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import EffectKind
from taskmatrix.core.errors import ApprovalDeniedError, ApprovalExpiredError
from taskmatrix.core.events import ApprovalRequested
from taskmatrix.core.permits import Permits, PermittedCall
from taskmatrix.core.protocols import BlobStore, Decision, Policy
from taskmatrix.executor.payloads import shorten_each
from taskmatrix.executor.repeats import MADE_BEFORE, STAYS_DONE, Repeats

APPROVE, FOR_RUN, ALWAYS, DENY = "approve", "approve-run", "approve-always", "deny"
APPROVAL_HOURS = 7 * 24.0
"""How long an approval can be answered."""

_FOR_RUN = "approved for this run"
CANNOT = "cannot be taken back: its document names no API for that"
FILES_ONLY = "its document names no API that takes it back; files that it writes can be put back"
_DOES: dict[EffectKind, str] = {
    "read": "changes nothing",
    "write": "adds or changes something",
    "destructive": "loses something, or cannot be taken back",
    "physical": "moves something in the world",
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an answer for the rest of the run is for: calls of this API that this rule asks about."""

    api: str
    rule: str


class Proposed(Protocol):
    """A call that a program wants to make."""

    @property
    def number(self) -> int:
        """1, 2, 3 … within the run."""
        ...

    @property
    def document(self) -> ApiDocument:
        """That of the API."""
        ...

    @property
    def arguments(self) -> dict[str, JsonValue]:
        """By their original names."""
        ...


@dataclass(slots=True)
class Approvals:
    """The approvals of one run. `allowed` is what its journal says was approved for the rest of it."""

    run_id: str
    directory: Path
    policy: Policy
    clock: Callable[[], datetime]
    blobs: BlobStore
    permits: Permits | None = None
    repeats: Repeats | None = None
    hours: float = APPROVAL_HOURS
    allowed: set[Allowed] = field(default_factory=set[Allowed])

    def options(self, rule: str) -> tuple[str, ...]:
        """Return what can be answered about a call that a rule asks about; a repeated one is allowed alone.

        What comes of another round is no matter for permits: they hold for whatever run.
        """
        if rule == MADE_BEFORE.rule:
            return (APPROVE, DENY)
        lasting = self.permits is not None and rule != STAYS_DONE.rule
        return (APPROVE, FOR_RUN, ALWAYS, DENY) if lasting else (APPROVE, FOR_RUN, DENY)

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Decision:
        """Return what the policy says, or that the call runs because somebody allowed it before."""
        decision = self.policy.decide(document, arguments)
        repeated = self.repeats.decide(document, arguments) if self.repeats is not None else None
        if repeated is not None and decision.verdict != "refuse":
            return repeated if Allowed(document.id, repeated.rule) not in self.allowed else _allowed(repeated)
        if decision.verdict != "ask":
            return decision
        permit = self._permit(document, arguments, decision)
        return _allowed(decision, permit) if permit else decision

    def request(
        self,
        call: Proposed,
        reason: str,
        options: tuple[str, ...],
        path: str | None = None,
        kind: Literal["call", "file", "outcome-unknown"] = "call",
        rule: str = "",
    ) -> ApprovalRequested:
        """Return the question about a call, as the journal holds it."""
        return ApprovalRequested(
            call=call.number,
            api=call.document.id,
            arguments=shorten_each(call.arguments, self.blobs),
            reason=reason,
            options=options,
            path=path,
            kind=kind,
            changes=changes_of(call.document),
            undo=undo_of(call.document),
            rule=rule,
            # What may have happened is not decided by waiting.
            expires=None if kind == "outcome-unknown" else self.clock() + timedelta(hours=self.hours),
        )

    def covers(self, request: ApprovalRequested) -> bool:
        """Whether what is asked has been allowed for the run meanwhile."""
        return request.kind == "call" and Allowed(request.api, request.rule) in self.allowed

    def take(self, call: Proposed, request: ApprovalRequested, answer: str, by: str) -> None:
        """Keep what an answer allows beyond this call. The answer is in the journal."""
        if answer == FOR_RUN:
            self.allowed.add(Allowed(request.api, request.rule))
        elif answer == ALWAYS and self.permits is not None:
            self.permits.add(self._call(call.document, call.arguments), run=self.run_id, by=by)

    def _permit(self, document: ApiDocument, arguments: Mapping[str, JsonValue], decision: Decision) -> str:
        if Allowed(document.id, decision.rule) in self.allowed:
            return _FOR_RUN
        if self.permits is None:
            return ""
        permit = self.permits.find(self._call(document, arguments))
        return f"approved always by {permit.by} on {permit.at:%Y-%m-%d} ({permit.id})" if permit else ""

    def _call(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> PermittedCall:
        return PermittedCall(document=document, arguments=arguments, directory=str(self.directory))


def _allowed(decision: Decision, permit: str = _FOR_RUN) -> Decision:
    return Decision("run", decision.reason, decision.rule, permit)


def check_time(request: ApprovalRequested, now: datetime) -> None:
    """Raise ApprovalExpiredError where a request is answered too late."""
    if request.expires is not None and now > request.expires:
        raise ApprovalExpiredError(
            f"{request.api} was not called: its approval could be given until {request.expires:%Y-%m-%d %H:%M %Z}",
            hint="give the instruction again",
        )


def allowed_in(answered: Iterable[tuple[ApprovalRequested, str | None]]) -> set[Allowed]:
    """Return what the answers of a run so far allow for the rest of it."""
    return {Allowed(request.api, request.rule) for request, answer in answered if answer == FOR_RUN}


def denied(document: ApiDocument, why: str) -> ApprovalDeniedError:
    """Return the error that a program sees in place of a call that is not made."""
    return ApprovalDeniedError(f"{document.id} was not called: {why}")


def refused(document: ApiDocument, decision: Decision) -> ApprovalDeniedError:
    """Return the error for a call that the policy refuses."""
    return denied(document, f"the policy refuses it: {decision.reason}")


def changes_of(document: ApiDocument) -> str:
    """Say in one sentence what a call changes, and which of its values leave the machine or reach a person."""
    effect = document.effects
    told = document.description.strip().split("\n\n")[0]
    first = " ".join(told.split()).split(". ")[0].rstrip(".") or document.name
    kind = _DOES[effect.kind] + (", as far as can be told" if effect.inferred else "")
    sinks = f"; {' and '.join(effect.sinks)} will leave this machine or reach a person" if effect.sinks else ""
    return f"{first}: {kind}{sinks}."


def undo_of(document: ApiDocument) -> str:
    """Say what takes a call back; empty for one that changes nothing."""
    if document.effects.kind == "read":
        return ""
    undo = document.effects.undo
    if undo:
        return f"{document.resolve(str(undo))} takes it back"
    return FILES_ONLY if document.effects.kind == "write" else CANNOT
