"""Which calls of a program nothing takes back: announced before the first of its calls is made."""

from collections.abc import Mapping, Sequence

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import UndoError
from taskmatrix.core.events import Irreversible
from taskmatrix.core.programs import CheckReport
from taskmatrix.executor.compensations import Find, compensating

_WHY = {
    "destructive": "it cannot be taken back",
    "physical": "it moves something in the world",
    "write": "nothing is declared that takes it back",
}


def find_irreversible(
    report: CheckReport, documents: Sequence[ApiDocument], find: Find, sandboxes: Mapping[str, str | None]
) -> tuple[Irreversible, ...]:
    """Return the APIs among a program's calls that nothing takes back, in the order of their first call.

    `sandboxes` are the packages' own, by name.
    """
    known = {document.id: document for document in documents}
    lines: dict[str, list[int]] = {}
    for place, api in enumerate(report.calls):
        lines.setdefault(api, []).extend(report.lines[place : place + 1])
    found = ((api, why_irreversible(known[api], find, sandboxes)) for api in lines if api in known)
    return tuple(Irreversible(api=api, lines=tuple(dict.fromkeys(lines[api])), why=why) for api, why in found if why)


def why_irreversible(document: ApiDocument, find: Find, sandboxes: Mapping[str, str | None]) -> str | None:
    """Return why nothing takes a call back; None for what can be undone, or need not be.

    Reads change nothing. A declared undo that exists, and files that the run writes through its context, can be taken
    back. A write that is idempotent sets something that can be set again. Whatever else is left stays done.
    """
    effects = document.effects
    if effects.kind == "read" or is_local(document, sandboxes):
        return None
    if effects.compensation is not None:
        try:
            compensating(document, effects.compensation, find)
        except UndoError as error:
            return error.message
        return None
    return None if effects.kind == "write" and effects.idempotent else _WHY[effects.kind]


def is_local(document: ApiDocument, sandboxes: Mapping[str, str | None]) -> bool:
    """Whether an installed package says that its calls touch nothing but the files of their run."""
    return document.source.kind == "entry-point" and sandboxes.get(document.package) == "folder"
