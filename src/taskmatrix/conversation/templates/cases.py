"""Check cases: a run as values, the calls that it made, and what came of them; and values where there is no case."""

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.api_platform.quality.sample_values import sample
from taskmatrix.conversation.summary import RunSummary
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import CallDone, CallFailed, CallIntended
from taskmatrix.core.protocols import BlobStore
from taskmatrix.core.sensitivity import marks
from taskmatrix.core.templates import MOST_CALLS, Case, CaseCall, Slot
from taskmatrix.executor.payloads import restore

LARGEST_CASE = 200_000
"""Characters of a case as JSON. What is larger is not kept: a template is a file that people read."""

_HIDDEN = ("secret", "private")


def case_of(
    told: RunSummary, values: Mapping[str, JsonValue], documents: Sequence[ApiDocument], blobs: BlobStore
) -> tuple[Case, ...]:
    """Return the run as a case. None where it made very many calls, or has secret, private or large values in them."""
    known = {document.id: document for document in documents}
    if len(told.calls) > MOST_CALLS or any(_hides(known.get(call.api)) for call in told.calls):
        return ()
    ends = {event.call: event for event in told.events if isinstance(event, CallDone | CallFailed)}
    try:
        calls = [_call(call, ends.get(call.call), blobs) for call in told.calls]
    except NotFoundError:  # a large value that is no longer kept
        return ()
    case = Case(values=dict(values), calls=tuple(calls))
    text = json.dumps(case.model_dump(mode="json"), ensure_ascii=False)
    if len(text) > LARGEST_CASE:
        return ()
    # Where this user's files are is of no use to anybody else.
    here = json.dumps(told.directory, ensure_ascii=False)[1:-1].rstrip("/")
    named = not here or (told.program is not None and told.directory in told.program.code)
    return (case if named else Case.model_validate_json(text.replace(f"{here}/", "./")),)


def example_of(slot: Slot) -> JsonValue:
    """Return a value that a slot takes: the run's own, or one made up where that is nobody else's business."""
    return sample(slot) if slot.example is None else slot.example


def _call(call: CallIntended, end: CallDone | CallFailed | None, blobs: BlobStore) -> CaseCall:
    arguments = {name: restore(value, blobs) for name, value in call.arguments.items()}
    if isinstance(end, CallDone):
        return CaseCall(api=call.api, arguments=arguments, result=restore(end.result, blobs))
    error = f"{end.code}: {end.message}" if end is not None else "it has no result"
    return CaseCall(api=call.api, arguments=arguments, error=error)


def _hides(document: ApiDocument | None) -> bool:
    """Whether what passes through an API is nobody else's business; also where nobody knows any more."""
    if document is None:
        return True
    return any(mark.kind in _HIDDEN for part in (document.returns, *document.parameters) for mark in marks(part))
