"""The queue of runs: given to it here, taken up by a worker in any process that shares the database."""

from typing import TYPE_CHECKING

from taskmatrix.core.events import RunQueued
from taskmatrix.core.orders import Task
from taskmatrix.store import OrderStore, new_run_id

if TYPE_CHECKING:
    from taskmatrix.app.cluster import Cluster
    from taskmatrix.app.wiring import Wiring


class RunQueue:
    """Runs that wait for a worker. Those of PostgreSQL are handed out by the cluster, others by the store."""

    def __init__(self, tm: "Wiring") -> None:
        self._tm = tm
        self.store = OrderStore(tm.database)

    @property
    def cluster(self) -> "Cluster | None":
        """What hands out the runs of a PostgreSQL database."""
        return self._tm.cluster

    def prepare(self) -> None:
        """Be ready for a transaction in which `submit` is called. Raises SettingError, StoreError."""
        if self.cluster is not None:
            self.cluster.prepare()

    def submit(self, task: Task, *, schedule: str = "", cause: str = "") -> str:
        """Queue a run and return its id; inside a `write` of the database, with that. Raises StoreError, SettingError.

        `schedule` and `cause` tell its journal where it comes from, beside the event of the task.
        """
        run_id = new_run_id()
        queued = RunQueued(run_id=run_id, tenant=task.tenant, schedule=schedule, cause=cause)
        if task.event is not None:
            queued = queued.model_copy(update=dict(task.event))
        self.prepare()
        with self._tm.database.write(lock=None) as connection:
            author = task.program.author if task.program else task.model
            self._tm.journal.create(run_id, task.instruction, author, task.directory, status="queued")
            self._tm.journal.append(run_id, queued)
            self.store.add(run_id, task)
            if self.cluster is not None:
                self.cluster.enqueue(connection, run_id, task.tenant)
        return run_id
