"""What packages say of the world as it is before a turn is planned: outside any program, and without changing it."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Session, WorldRead
from taskmatrix.core.protocols import Registry
from taskmatrix.core.sensitivity import marked, marks
from taskmatrix.executor.outcomes.looking import Observer, Unread, Visit
from taskmatrix.executor.payloads import restore
from taskmatrix.policy.redaction import Redactor

LONGEST_WORLD = 20_000
"""Characters of what all packages say together."""

MOST_VIEWS = 5

_CUT = "\n… cut here"
_logger = logging.getLogger(__name__)


async def read_world(
    packages: Sequence[Package],
    session: Session | None,
    visit: Visit,
    observer: Observer,
    secrets: Sequence[Redactor] = (),
) -> tuple[WorldRead, ...]:
    """Return what there is to see, package by package, in the order given, `LONGEST_WORLD` characters at most.

    A view that fails, hangs, or may not be called without asking says nothing. What it marks as secret, and all
    `secrets`, are taken out before anything is cut.
    """
    room, seen = LONGEST_WORLD, list[WorldRead]()
    for package in packages[:MOST_VIEWS]:
        document = observer.reader(package.name, package.view) if package.view else None
        text = await _look(document, session or Session(), visit, observer, secrets) if document is not None else ""
        if document is None or not text.strip():
            continue
        text = text if len(text) <= room else text[: room - len(_CUT)] + _CUT
        seen.append(WorldRead(package=package.name, api=document.id, text=text))
        room -= len(text)
        if room <= len(_CUT):
            break
    return tuple(seen)


async def _look(
    document: ApiDocument, session: Session, visit: Visit, observer: Observer, secrets: Sequence[Redactor]
) -> str:
    if any(parameter.required for parameter in document.parameters):
        return ""
    try:
        state = restore(session.states.get(document.package, {}), observer.blobs)
    except NotFoundError as error:
        _logger.info("%s cannot say what is there: %s", document.id, error)
        return ""
    found = await observer.look(document, {}, state if isinstance(state, dict) else {}, visit)
    if isinstance(found, Unread):
        _logger.info("%s did not say what is there: %s", document.id, found.why)
        return ""
    value = found.value
    for redactor in (Redactor(marked(value, marks(document.returns))), *secrets):
        value = redactor.value(value)
    return _text(value)


def packages_in_view(session: Session | None, called: Iterable[str], registry: Registry) -> tuple[Package, ...]:
    """Return the packages that have a view and something to see: those with a state, then those called last.

    `called` are APIs (`package.name`) of earlier turns, oldest first.
    """
    documents = (registry.find(api) for api in reversed(list(dict.fromkeys(called))))
    names = [*reversed(session.states if session else ()), *(d.package for d in documents if d is not None)]
    found = (registry.package(name) for name in dict.fromkeys(names))
    return tuple(package for package in found if package is not None and package.view)


def _text(value: JsonValue) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=1) if isinstance(value, Mapping | list) else str(value)
