"""The queue of a PostgreSQL database, through DBOS: any number of machines share it, each tenant gets its turn.

A run is one DBOS workflow, whose id is the run's. It is queued in the very transaction that opens the run's journal.
DBOS hands it to one worker; what of it was done tells our journal, so that the workflow has no steps. Each worker
holds a lease while it lives: runs of a worker without one are queued again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from taskmatrix.core.errors import SettingError
from taskmatrix.store import Database, Leases

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "runs"
WORKFLOW = "carry_out"

POLLING_SECONDS = 0.1
"""How often a worker asks for runs. Each time it gets as many as it has places: at DBOS's own 1.0, 16 a second."""

_APPLICATION = "taskmatrix"
_VERSION = "1"
"""One for all releases: what a run needs of older ones is in its journal."""

_LONGEST_WAIT = 7 * 24 * 3600

_ENDED = ("SUCCESS", "ERROR", "CANCELLED")
_PAGE = 500
"""Rows that are deleted in one transaction."""


class Cluster:
    """What the workers of one database share. `url` is that of the database."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._client: DBOSClient | None = None

    def prepare(self) -> None:
        """Have the tables of DBOS there: in no transaction, for it waits until all have ended to make its indexes.

        Raises SettingError without the extra.
        """
        if self._client is None:
            _import()
            from dbos import DBOS, DBOSClient

            with self._database.read() as connection:
                schema = self._schema(connection)
            DBOS.migrate(self._url, schema=schema)
            self._client = DBOSClient(
                system_database_url=self._url, dbos_system_schema=schema, application_name=_APPLICATION, lazy=True
            )

    def enqueue(self, connection: Connection, run_id: str, tenant: str) -> None:
        """Queue a run in the transaction of a connection; `prepare` comes first."""
        assert self._client is not None
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": run_id,
                "queue_partition_key": _partition(tenant),
            },
            run_id,
        )

    def start(
        self, carry_out: Callable[[str], None], leases: Leases, worker: str, concurrency: int, per_minute: int | None
    ) -> None:
        """Take up runs, each by a call of `carry_out` in a thread, at most `concurrency` at once, until `stop`.

        `per_minute` limits how many all workers together begin. Raises SettingError without the extra.
        """
        self.prepare()
        from dbos import DBOS, DBOSConfig

        with self._database.read() as connection:
            schema = self._schema(connection)
        config: DBOSConfig = {
            "name": _APPLICATION,
            "system_database_url": self._url,
            "dbos_system_schema": schema,
            "executor_id": worker,
            "application_version": _VERSION,
            "log_level": "CRITICAL",
            "use_listen_notify": False,
            "max_executor_threads": concurrency + 2,
        }
        DBOS(config=config)
        DBOS.workflow(name=WORKFLOW)(carry_out)
        leases.take(_lease(worker))
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=concurrency,
            # Makes the queue one of partitions, among which a worker chooses by chance: the fair share.
            partition_worker_concurrency=concurrency,
            limiter={"limit": per_minute, "period": 60.0} if per_minute else None,
            polling_interval_sec=POLLING_SECONDS,
            on_conflict="always_update",
        )

    def stop(self, leases: Leases, worker: str) -> None:
        """Take up no more runs, and wait for those in hand."""
        from dbos import DBOS

        DBOS.destroy(workflow_completion_timeout_sec=_LONGEST_WAIT, destroy_registry=True)
        leases.let_go(_lease(worker))

    def take_back(self, leases: Leases) -> int:
        """Queue the runs again whose workers are gone; return how many. Between `start` and `stop`."""
        from dbos import DBOS

        found = DBOS.list_workflows(status="PENDING", queue_name=QUEUE, load_input=False, load_output=False)
        workers = {each.executor_id for each in found if each.executor_id}
        gone = {worker for worker in workers if not leases.is_taken(_lease(worker))}
        lost = [each.workflow_id for each in found if each.executor_id in gone]
        if lost:
            DBOS.resume_workflows(lost, queue_name=QUEUE)
        return len(lost)

    def forget(self, before: datetime) -> int:
        """Delete the rows of workflows that ended before a time; return how many. Between `start` and `stop`.

        Nothing reads them any more: what became of a run tells its journal.
        """
        from dbos import DBOS

        count = 0
        while ended := DBOS.list_workflows(
            status=list(_ENDED),
            queue_name=QUEUE,
            completed_before=before.astimezone(UTC).isoformat(),
            limit=_PAGE,
            load_input=False,
            load_output=False,
        ):
            DBOS.delete_workflows([each.workflow_id for each in ended])
            count += len(ended)
        return count

    def close(self) -> None:
        """Let go of the database."""
        if self._client is not None:
            self._client.destroy()
            self._client = None

    def _schema(self, connection: Connection) -> str:
        """The schema of DBOS's tables: beside ours, also where several of ours share a database."""
        return f"{connection.execute(text('SELECT current_schema()')).scalar() or 'public'}_dbos"


def _partition(tenant: str) -> str:
    return f"tenant:{tenant}"


def _lease(worker: str) -> str:
    return f"worker/{worker}"


def _import() -> Any:
    try:
        import dbos
    except ImportError as error:
        raise SettingError(
            f"runs of a PostgreSQL database cannot be queued: {error}",
            hint='install what hands them out: pip install "taskmatrix[cluster]"',
        ) from error
    return dbos
