"""Runs as they stand: what the journal says, and whether anybody still carries them out."""

from collections.abc import Sequence

from taskmatrix.app.locks import RunLocks
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Run
from taskmatrix.store import JournalStore
from taskmatrix.store.journal import SHORTEST_PREFIX


class History:
    """The runs of a journal; `locks` tell who has which in hand."""

    def __init__(self, journal: JournalStore, locks: RunLocks) -> None:
        self._journal = journal
        self._locks = locks

    def run(self, run_id: str) -> Run:
        """Return a run with its events, by its id or the beginning or end of it. Raises NotFoundError."""
        return self._as_it_stands(self._find(run_id))

    def runs(self, limit: int = 20) -> Sequence[Run]:
        """Return the newest runs, newest first, without their events."""
        return [self._as_it_stands(run) for run in self._journal.runs(limit)]

    def _find(self, run_id: str) -> Run:
        try:
            return self._journal.run(run_id)
        except NotFoundError as error:
            if 0 < len(run_id.strip()) < SHORTEST_PREFIX:
                raise NotFoundError(
                    f"{run_id!r} is too short to mean a run",
                    hint=f"give at least {SHORTEST_PREFIX} characters of the id's beginning or end",
                ) from error
            raise

    def _as_it_stands(self, run: Run) -> Run:
        if run.status != "running" or self._locks.is_held(run.id):
            return run
        # It may have finished since it was read: what the journal says now counts.
        status = self._journal.run(run.id).status
        return run.model_copy(update={"status": "interrupted"}) if status == "running" else run
