"""What packages say of the world as it is before a turn is planned: outside any program, and without changing it."""

import copy
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import anyio
from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.events import Session, WorldRead
from taskmatrix.core.protocols import BlobStore, Caller, Policy, Registry
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.executor.dispatch import Dispatcher
from taskmatrix.executor.payloads import restore

LONGEST_WORLD = 20_000
"""Characters of what all packages say together."""

MOST_VIEWS = 5
VIEW_SECONDS = 10.0

_CUT = "\n… cut here"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Calls the views of packages. A view that fails, hangs, or may not be called without asking says nothing."""

    run_id: str
    directory: Path
    find: Callable[[str], ApiDocument | None]
    callers: Callable[[ApiDocument], Caller]
    blobs: BlobStore
    policy: Policy
    clock: Callable[[], datetime]
    dispatcher: Dispatcher
    seconds: float = VIEW_SECONDS

    async def read(self, packages: Sequence[Package], session: Session | None) -> tuple[WorldRead, ...]:
        """Return what there is to see, package by package, in the order given, `LONGEST_WORLD` characters at most."""
        room, seen = LONGEST_WORLD, list[WorldRead]()
        for package in packages[:MOST_VIEWS]:
            document = self._view(package)
            text = await self._look(document, session or Session()) if document is not None else ""
            if document is None or not text.strip():
                continue
            text = text if len(text) <= room else text[: room - len(_CUT)] + _CUT
            seen.append(WorldRead(package=package.name, api=document.id, text=text))
            room -= len(text)
            if room <= len(_CUT):
                break
        return tuple(seen)

    def _view(self, package: Package) -> ApiDocument | None:
        """Return the API to call: one that only reads, takes no argument, and may be called without asking."""
        document = self.find(f"{package.name}.{package.view}") if package.view else None
        if document is None or document.effects.kind != "read" or any(p.required for p in document.parameters):
            return None
        return document if self.policy.decide(document, {}).verdict == "run" else None

    async def _look(self, document: ApiDocument, session: Session) -> str:
        try:
            context = self._context(document.package, session)
            with anyio.move_on_after(self.seconds):
                return _text(await self.dispatcher.call(self.callers(document), document, {}, context))
            _logger.info("%s did not say in time what is there", document.id)
        except TaskMatrixError as error:
            _logger.info("%s could not say what is there: %s", document.id, error)
        except Exception:
            _logger.exception("%s failed", document.id)
        return ""

    def _context(self, package: str, session: Session) -> ExecutionContext:
        state = restore(copy.deepcopy(session.states.get(package, {})), self.blobs)
        context = ExecutionContext(
            run_id=self.run_id,
            directory=self.directory,
            clock=self.clock,
            blobs=self.blobs,
            state=state if isinstance(state, dict) else {},
            claims=Claims(dict(session.claims), dict(session.owned)),
        )
        context.close()  # it only looks: nothing is written, whatever its document says
        return context


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
