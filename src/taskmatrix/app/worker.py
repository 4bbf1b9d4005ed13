"""`Worker`: fires schedules, and takes up the runs that are queued."""

import asyncio
import logging
import math
import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from taskmatrix.app.carrying import Carrier
from taskmatrix.app.endings import Endings
from taskmatrix.core.errors import StoreError, TaskMatrixError, UsageError
from taskmatrix.core.events import RunStatus
from taskmatrix.core.orders import QueuedRun

if TYPE_CHECKING:
    from taskmatrix.app.taskmatrix import TaskMatrix

TICK_SECONDS = 0.5
"""How long a new run or a firing waits for a worker that has nothing to do, at most."""

SWEEP_TICKS = 20
"""Every so many ticks it is looked whether another worker is gone."""

FORGET_TICKS = 7_200
"""Every so many ticks (an hour) what the cluster keeps of old runs is deleted."""

CONCURRENCY = 16
"""Runs in hand at once: most of their time they wait for APIs."""

Tell = Callable[[str, RunStatus], None]

FAILED = 1
"""Exit status of a worker that lost its lease."""

_logger = logging.getLogger(__name__)


class Worker:
    """Works for one database until it is stopped; with `once`, until nothing is due or queued any more.

    `tell` hears of each run that was carried out, and what it was left as. What is due is read off the clock of `tm`.
    """

    def __init__(
        self,
        tm: "TaskMatrix",
        *,
        concurrency: int = CONCURRENCY,
        once: bool = False,
        per_minute: int | None = None,
        tell: Tell = lambda run_id, status: None,
    ) -> None:
        if per_minute and tm.cluster is None:
            raise UsageError("only runs of a PostgreSQL database can be limited by the minute")
        self._tm = tm
        self._carrier = Carrier(tm, Endings(tm.journal, lambda: len(self._in_hand)).end)
        self._concurrency = concurrency
        self._once = once
        self._per_minute = per_minute
        self._tell = tell
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._in_hand: set[str] = set()
        self._last_tenant: str | None = None
        self._stopping = False

    async def work(self) -> None:
        """Work. The first SIGINT or SIGTERM ends it when the runs in hand have ended, the second at once."""
        self._more = anyio.Event()
        async with self._tm, anyio.create_task_group() as stop, anyio.create_task_group() as group:
            stop.start_soon(self._listen_for_signals)
            await self._start()
            try:
                await self._go_round(group)
            finally:
                await self._stop()
            stop.cancel_scope.cancel()

    async def _go_round(self, group: TaskGroup) -> None:
        tick, next_tick = 0, anyio.current_time()
        while not self._stopping:
            if self._tm.leases is not None and not self._tm.leases.holds():
                # Others may have the runs by now: nothing more is to be done or written here.
                _logger.critical("the database was lost, and with it the lease of this worker")
                os._exit(FAILED)
            try:
                if anyio.current_time() >= next_tick:  # else a run has ended, and the clock has not gone on
                    next_tick = anyio.current_time() + TICK_SECONDS
                    await self._look_around(tick)
                    tick += 1
                if self._tm.cluster is None:
                    self._take(group)
                if self._once and not self._in_hand and not self._tm.queue.store.count() and not self._fire():
                    return
            except StoreError as error:
                _logger.error("the database cannot be used now, and is tried again: %s", error)
            await self._pause(next_tick)

    async def _look_around(self, tick: int) -> None:
        """Do what time brings: stand in for workers that are gone, delete what is old, fire what is due."""
        if tick % SWEEP_TICKS == 0:
            await self._take_back()
        if tick % FORGET_TICKS == 0:
            await self._clear()
        self._fire()

    def _fire(self) -> bool:
        """Fire what is due; return whether anything was."""
        return bool([*self._tm.schedules.fire_due(), *self._tm.schedules.look_at_files()])

    def _take(self, group: TaskGroup) -> None:
        """Take as many runs as there is room for."""
        room = self._concurrency - len(self._in_hand)
        if 2 * room < self._concurrency:
            return  # several at once cost as much as one
        for queued in self._tm.queue.store.take(self._last_tenant, room):
            self._last_tenant = queued.task.tenant
            self._in_hand.add(queued.run_id)
            group.start_soon(self._carry_out, queued)

    async def _carry_out(self, queued: QueuedRun) -> None:
        try:
            await self._take_up(queued)
        except StoreError as error:
            _logger.error("run %s is taken up again later: %s", queued.run_id, error)
        finally:
            self._in_hand.discard(queued.run_id)
            self._more.set()

    async def _take_up(self, queued: QueuedRun) -> None:
        try:
            status = await self._carrier.take_up(queued)
        except StoreError:
            raise
        except TaskMatrixError as error:
            if not self._tm.locks.is_held(queued.run_id):  # else another worker has it
                _logger.error("run %s cannot go on: %s", queued.run_id, error)
                self._tm.queue.store.remove((queued.run_id,))
        else:
            self._tell(queued.run_id, status)

    async def _take_back(self) -> None:
        """Have the runs taken up again whose workers are gone."""
        queue, cluster, leases = self._tm.queue, self._tm.cluster, self._tm.leases
        if cluster is not None and leases is not None:
            await anyio.to_thread.run_sync(cluster.take_back, leases)
        else:
            held = self._tm.locks.is_held
            queue.store.give_back([run for run in queue.store.taken() if run not in self._in_hand and not held(run)])

    async def _clear(self) -> None:
        """Have the cluster forget runs that ended long ago."""
        if self._tm.cluster is not None:
            # By the clock of this machine, not by that of `tm`: such is the time that DBOS writes down.
            before = datetime.now(UTC) - timedelta(days=self._tm.settings.queue_days)
            await anyio.to_thread.run_sync(self._tm.cluster.forget, before)

    async def _start(self) -> None:
        """Have the cluster hand runs to this worker, in threads of its own that wait for what is done here."""
        cluster, leases, loop = self._tm.cluster, self._tm.leases, asyncio.get_running_loop()
        if cluster is None or leases is None:
            return

        async def take_up(run_id: str) -> None:
            queued = self._tm.queue.store.find(run_id)
            if queued is not None:
                self._in_hand.add(run_id)
                await self._carry_out(queued)

        def carry_out(run_id: str) -> None:
            asyncio.run_coroutine_threadsafe(take_up(run_id), loop).result()

        start = partial(cluster.start, carry_out, leases, self._name, self._concurrency, self._per_minute)
        await anyio.to_thread.run_sync(start)

    async def _stop(self) -> None:
        """Take up nothing more, and wait for the runs in hand."""
        cluster, leases = self._tm.cluster, self._tm.leases
        if cluster is not None and leases is not None:
            await anyio.to_thread.run_sync(cluster.stop, leases, self._name)
        while self._in_hand:
            await self._pause(math.inf)

    async def _pause(self, until: float) -> None:
        """Wait for the next tick, at a time of the loop's clock, or until a run has ended."""
        with anyio.CancelScope(deadline=until):
            await self._more.wait()
        self._more = anyio.Event()

    async def _listen_for_signals(self) -> None:
        with suppress(ValueError), anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                if self._stopping:
                    # At once, without a word in any journal: other workers go on with what was in hand.
                    os._exit(130)
                self._stopping = True
                self._more.set()
