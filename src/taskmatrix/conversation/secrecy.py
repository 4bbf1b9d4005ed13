"""What of a run is not told on: the values that its calls were given or gave back and that documents mark."""

from collections.abc import Iterable, Iterator, Mapping

from pydantic import JsonValue

from taskmatrix.conversation.parts import RunRegistry
from taskmatrix.conversation.summary import summarize
from taskmatrix.core.documents import ApiDocument, Parameter, Returns
from taskmatrix.core.errors import ApiGoneError
from taskmatrix.core.events import ApiVersion, CallDone, CallIntended, Event, Run
from taskmatrix.core.sensitivity import Sensitivity, marked, marks, texts_in
from taskmatrix.executor.payloads import stub_of
from taskmatrix.policy.redaction import Redactor

NO_SECRETS = Redactor()


def hidden_in(
    events: Iterable[Event], documents: Mapping[str, ApiDocument], kind: Sensitivity = "secret"
) -> Iterator[str]:
    """Yield what is marked in the calls of a run. Of an API without a document nobody knows: all of it counts."""
    made: dict[int, CallIntended] = {}
    for event in events:
        if isinstance(event, CallIntended) and event.undoes is None:
            made[event.call] = event
            document = documents.get(event.api)
            for name, value in event.arguments.items():
                yield from _hidden(value, document.parameter(name) if document else None, kind)
        elif isinstance(event, CallDone) and event.call in made:
            document = documents.get(made[event.call].api)
            yield from _hidden(event.result, document.returns if document else None, kind)


def secrets_of(runs: Iterable[Run], registry: RunRegistry) -> Redactor:
    """Return what takes the secrets of runs out of any text, by the documents that they were checked against."""
    secrets: set[str] = set()
    for run in runs:
        told = summarize(run)
        known = {f"{v.package}.{v.name}": v for v in (*told.earlier, *told.versions)}
        found = {call.api: _document(call.api, known, registry) for call in told.calls}
        documents = {api: document for api, document in found.items() if document is not None}
        secrets.update(hidden_in(run.events, documents))
    return Redactor(secrets)


def _hidden(value: JsonValue, stated: Parameter | Returns | None, kind: Sensitivity) -> Iterator[str]:
    if stated is None:
        yield from texts_in(value)
        return
    found = [mark for mark in marks(stated) if mark.kind == kind]
    stub = stub_of(value)
    if found and stub is not None:  # only the beginning of a large value stands in a journal
        yield stub.preview
    else:
        yield from marked(value, found, kind)


def _document(api: str, known: Mapping[str, ApiVersion], registry: RunRegistry) -> ApiDocument | None:
    version = known.get(api)
    if version is None:  # journals of older versions name the APIs only
        return registry.find(api)
    try:
        return registry.kept(version.package, version.name, version.digest, quarantined=True)
    except ApiGoneError:
        return None
