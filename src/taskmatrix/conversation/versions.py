"""Which versions of its APIs a run keeps to, from the check of its program to its end."""

from collections.abc import Iterable, Sequence

from taskmatrix.conversation.parts import RunRegistry
from taskmatrix.conversation.summary import RunSummary
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiGoneError
from taskmatrix.core.events import ApiVersion
from taskmatrix.core.programs import CheckReport, Program


def versions_called(program: Program, report: CheckReport, offered: Iterable[ApiDocument]) -> tuple[ApiVersion, ...]:
    """Return the versions of what a program may call."""
    called = {*report.calls, *program.apis}
    return versions_offered(document for document in offered if document.id in called)


def versions_offered(offered: Iterable[ApiDocument]) -> tuple[ApiVersion, ...]:
    """Return the versions of documents."""
    return tuple(ApiVersion(package=d.package, name=d.name, digest=d.digest()) for d in offered)


def documents_kept(told: RunSummary, registry: RunRegistry, *, stopping: bool) -> Sequence[ApiDocument]:
    """Return the documents that a paused run started with, also where they were changed or removed since.

    A run that is `stopping` calls no API in quarantine. Raises ApiGoneError where one cannot be had any more.
    """
    kept = [registry.kept(v.package, v.name, v.digest, quarantined=stopping) for v in (*told.versions, *told.earlier)]
    known = {document.id for document in kept}
    # Journals of older versions name the APIs only.
    return [*kept, *(_current(api, told, registry) for api in told.apis if api not in known)]


def _current(api: str, told: RunSummary, registry: RunRegistry) -> ApiDocument:
    document = registry.find(api)
    if document is None:
        raise ApiGoneError(f"run {told.id} cannot go on: {api} is no longer registered", hint="import it again")
    return document
