"""Looking at the world outside of a program: calls of APIs that only read, bounded in time and size.

They are no calls of the run: the journal does not have them, they write no file, and what they keep is dropped.
"""

import copy
import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import anyio
from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.limits import read_limits
from taskmatrix.core.protocols import BlobStore, Caller, Policy, Value
from taskmatrix.core.sizes import is_too_large
from taskmatrix.executor.claims import Claims
from taskmatrix.executor.compensations import Find
from taskmatrix.executor.context import ExecutionContext
from taskmatrix.executor.dispatch import Dispatcher
from taskmatrix.sandbox.values import NotJsonError, to_json

logger = logging.getLogger(__name__)

MOST_READ = 8_000_000
"""Characters that what is read may have; each item of a list and each field counts as 8."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why something could not be looked at."""

    why: str


@dataclass(frozen=True, slots=True)
class Observer:
    """How the outcome of runs is looked at.

    `find` looks APIs up as the run knows them, `package` what is said of a package. One look takes at most `seconds`.
    """

    callers: Callable[[ApiDocument], Caller]
    blobs: BlobStore
    policy: Policy | Callable[[Path], Policy]
    clock: Callable[[], datetime]
    find: Find
    package: Callable[[str], Package | None]
    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    seconds: float = 20.0

    def reader(self, package: str, api: str) -> ApiDocument | None:
        """Return an API of a package that may be called to read: one on offer, or one of the package's own readers."""
        about = self.package(package)
        name = api if api.startswith(package + ".") else f"{package}.{api}"
        found = (about.reader(name) if about is not None else None) or self.find(name)
        return found if found is not None and found.package == package else None

    async def look(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], state: Mapping[str, JsonValue], visit: "Visit"
    ) -> Value | Unread:
        """Call an API that only reads, with a package's session `state`. Whatever goes wrong is told as `Unread`.

        What was looked at during the same visit is not looked at again.
        """
        if visit.seen is None:
            return await self._look(document, arguments, state, visit)
        key = json.dumps([document.id, arguments, state], sort_keys=True)
        if key not in visit.seen:
            visit.seen[key] = await self._look(document, arguments, state, visit)
        return visit.seen[key]

    async def _look(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], state: Mapping[str, JsonValue], visit: "Visit"
    ) -> Value | Unread:
        refusal = self._refusal(document, arguments, visit)
        if refusal is not None:
            return refusal
        context = ExecutionContext(
            run_id=visit.run_id,
            key=f"{visit.run_id}-outcome",
            directory=visit.directory,
            clock=self.clock,
            blobs=self.blobs,
            state=copy.deepcopy(dict(state)),
            claims=Claims(),
        )
        context.close()  # nothing is written by looking
        seconds = min(self.seconds, visit.until - anyio.current_time())
        try:
            with anyio.move_on_after(max(seconds, 0.0)):
                caller = self.callers(document)
                result = await self.dispatcher.call(caller, document, copy.deepcopy(dict(arguments)), context)
                if is_too_large(result, MOST_READ):
                    return Unread(f"{document.id} gave more than can be compared")
                return Value(to_json(result, where="its result"))
        except (TaskMatrixError, NotJsonError) as error:
            return Unread(f"{document.id} failed: {error}")
        except Exception as error:
            logger.exception("%s failed", document.id)
            return Unread(f"{document.id} failed: {type(error).__name__}: {error}")
        return Unread(f"{document.id} did not answer within {max(seconds, 0.0):.3g} seconds")

    def _refusal(self, document: ApiDocument, arguments: Mapping[str, JsonValue], visit: "Visit") -> Unread | None:
        if document.effects.kind != "read":
            return Unread(f"{document.id} does not only read")
        if read_limits(document.limits).cost is not None:
            return Unread(f"{document.id} costs money")
        try:
            policy = self.policy(visit.directory) if callable(self.policy) else self.policy
            decision = policy.decide(document, arguments)
        except TaskMatrixError as error:
            return Unread(error.message)
        return None if decision.verdict == "run" else Unread(f"{document.id} may not be called unasked")


@dataclass(frozen=True, slots=True)
class Visit:
    """The run that is looked after, the folder it works in, and until when (`anyio.current_time`).

    `seen` is what was seen so far, by question; None where each look is to be a new one.
    """

    run_id: str
    directory: Path
    until: float = math.inf
    seen: dict[str, Value | Unread] | None = None


def keep(value: JsonValue, blobs: BlobStore) -> str:
    """Keep what was read as a blob; return its digest."""
    return blobs.put(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def kept(digest: str, blobs: BlobStore) -> JsonValue:
    """Return what was kept. Raises NotFoundError."""
    return json.loads(blobs.get(digest).decode("utf-8", "surrogatepass"))
