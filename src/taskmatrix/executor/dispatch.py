"""Handing a call to whatever makes it, within what the API's document allows: rate, number at a time, time, retries.

One dispatcher serves all runs of a process, in whichever event loop they are. See docs/design/call-limits.md.
"""

import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock

import anyio
from pydantic import JsonValue

from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiLimitError, ApiUnavailableError, TaskMatrixError
from taskmatrix.core.limits import CallLimits, read_limits
from taskmatrix.core.protocols import Caller
from taskmatrix.executor.gates import Breaker, Bulkhead, Pace

_SLACK = 1.0
_KEEPS_TIME = frozenset(("http", "mcp"))
"""Their callers end a call in time by themselves and say more about it; the dispatcher's deadline is behind theirs."""

_TRIES_AGAIN = frozenset(("aws",))
"""Their callers make further attempts by themselves."""


@dataclass(frozen=True, slots=True)
class CallDefaults:
    """What holds where a document says nothing. `timeout_s`: a call that takes longer is given up.

    A wait of more than `longest_wait_s` for a rate limit or another attempt is an error instead.
    """

    timeout_s: float = 300.0
    retries: int = 2
    backoff_s: float = 0.5
    most_backoff_s: float = 30.0
    longest_wait_s: float = 600.0
    failures: int = 5
    cool_down_s: float = 30.0


@dataclass(slots=True)
class _Gates:
    """What is known of one API in this process."""

    breaker: Breaker
    bulkhead: Bulkhead = field(default_factory=Bulkhead)
    pace: Pace = field(default_factory=Pace)


class Dispatcher:
    """Makes calls one attempt at a time, and says when another attempt may be made."""

    def __init__(
        self,
        defaults: CallDefaults | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._defaults = defaults or CallDefaults()
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._gates: dict[str, _Gates] = {}
        self._lock = Lock()

    async def call(
        self, caller: Caller, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Make one attempt, once the API's limits let it through.

        Raises ApiUnavailableError where it fails too often, is called too often, or does not answer in time; and
        whatever the caller raises.
        """
        limits = read_limits(document.limits)
        gates = self._of(document)
        seconds = limits.timeout_s or self._defaults.timeout_s

        async def attempt() -> JsonValue:
            with gates.breaker.attempt(document.id):
                slack = _SLACK if document.source.kind in _KEEPS_TIME else 0.0
                with anyio.move_on_after(seconds + slack):
                    return await caller(document, arguments, context)
                raise _too_slow(document, seconds)

        if not (limits.rate or limits.concurrent):
            return await attempt()
        gates.breaker.check(document.id)
        async with self._turn(gates, document, limits):
            return await attempt()

    def pause(self, document: ApiDocument, error: TaskMatrixError, attempt: int) -> float | None:
        """Return how many seconds to wait before a call is sent again after its nth attempt failed; None for never.

        Only what can be mended by trying, and cannot happen twice: reads, idempotent calls, and calls that surely
        never reached the API.
        """
        limits = read_limits(document.limits)
        most = self._defaults.retries if limits.retries is None else limits.retries
        if document.source.kind in _TRIES_AGAIN:
            return None
        if not error.retryable or attempt > most or self._of(document).breaker.is_open:
            return None
        reached, after = (error.sent, error.after_s) if isinstance(error, ApiUnavailableError) else (True, None)
        if reached and not is_repeatable(document):
            return None
        base = limits.backoff_s or self._defaults.backoff_s
        backoff = min(base * 2 ** (attempt - 1), max(base, self._defaults.most_backoff_s))
        wait = max(backoff * (0.5 + self._chance() / 2), after or 0.0)
        return wait if wait <= self._defaults.longest_wait_s else None

    async def wait(self, seconds: float) -> None:
        """Wait before another attempt; other calls and runs go on meanwhile."""
        await self._sleep(seconds)

    def _of(self, document: ApiDocument) -> _Gates:
        with self._lock:
            found = self._gates.get(document.id)
            if found is None:
                breaker = Breaker(self._defaults.failures, self._defaults.cool_down_s, self._clock)
                found = self._gates[document.id] = _Gates(breaker)
            return found

    @asynccontextmanager
    async def _turn(self, gates: _Gates, document: ApiDocument, limits: CallLimits) -> AsyncGenerator[None]:
        """Wait until it is this call's turn: a place among those at a time, then the rate."""
        async with gates.bulkhead.place(limits.concurrent):
            if limits.rate is not None:
                turn = gates.pace.reserve(limits.rate, self._clock(), self._defaults.longest_wait_s)
                if turn is None:
                    raise _too_often(document, limits.rate.calls, limits.rate.per_s)
                if turn > 0:
                    await self._sleep(turn)
            yield


def is_repeatable(document: ApiDocument) -> bool:
    """Whether making a call of the API twice does no more than making it once."""
    return document.effects.kind == "read" or document.effects.idempotent


def may_have_happened(error: TaskMatrixError) -> bool:
    """Whether a call that failed so may have done its work all the same: its answer was lost, or too late."""
    return isinstance(error, ApiLimitError) or (isinstance(error, ApiUnavailableError) and error.sent)


def _too_slow(document: ApiDocument, seconds: float) -> ApiUnavailableError:
    unknown = "" if document.effects.kind == "read" else "; nobody knows whether it did what it was asked"
    return ApiUnavailableError(
        f"{document.id} did not answer within {seconds:g} seconds{unknown}",
        hint="try again later" if is_repeatable(document) else "look before you try again",
    )


def _too_often(document: ApiDocument, calls: int, seconds: float) -> ApiUnavailableError:
    return ApiUnavailableError(
        f"{document.id} takes {calls} calls in {seconds:g} seconds, and more are waiting than can be made soon",
        hint="try again later, or make fewer calls",
        sent=False,
    )
