"""`Endings`: how runs ended, written for many at once, so that the disk is waited for once."""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.events import Event, RunFinished
from taskmatrix.store import JournalStore

MOST_SECONDS = 0.01
"""How long an ending waits for those of other runs."""


@dataclass(slots=True)
class _Ending:
    event: RunFinished
    stored: Event | None = None
    error: TaskMatrixError | None = None


class Endings:
    """Writes the endings of the runs of one event loop, with which their orders go. `in_hand` counts those runs.

    Half of them are written together, and after `MOST_SECONDS` those that are there. Nobody sees an ending that the
    disk does not have.
    """

    def __init__(self, journal: JournalStore, in_hand: Callable[[], int]) -> None:
        self._journal = journal
        self._in_hand = in_hand
        self._open: dict[str, _Ending] = {}
        self._written: anyio.Event | None = None

    async def end(self, run_id: str, ending: RunFinished) -> Event:
        """Write how a run ended; return that as stored. Raises NotFoundError, StoreError; then it is not stored."""
        mine = self._open[run_id] = _Ending(ending)
        if 2 * len(self._open) < self._in_hand():
            self._written = self._written or anyio.Event()
            with anyio.move_on_after(MOST_SECONDS, shield=True):  # else it could be written for a run that is let go
                await self._written.wait()
        if self._open.get(run_id) is mine:
            self._write()
        if mine.error is not None:
            raise mine.error
        assert mine.stored is not None
        return mine.stored

    def _write(self) -> None:
        """Write all that are there; where that fails, each alone, so that none fails for another."""
        found, self._open = self._open, {}
        written, self._written = self._written, None
        try:
            stored = self._journal.append_each({run_id: ending.event for run_id, ending in found.items()})
        except TaskMatrixError:
            for run_id, ending in found.items():
                self._write_alone(run_id, ending)
        else:
            for run_id, ending in found.items():
                ending.stored = stored[run_id]
        if written is not None:
            written.set()

    def _write_alone(self, run_id: str, ending: _Ending) -> None:
        try:
            ending.stored = self._journal.append(run_id, ending.event)
        except TaskMatrixError as error:
            ending.error = error
