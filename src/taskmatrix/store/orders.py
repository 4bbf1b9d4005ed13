"""Runs that wait for a worker, in the order in which they came."""

from collections.abc import Collection, Sequence
from itertools import zip_longest

from sqlalchemy import bindparam, delete, func, insert, select, update

from taskmatrix.core.orders import QueuedRun, Task
from taskmatrix.store.characters import storable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import orders

_LOCK = "orders"
_HEAD = (
    select(orders.c.run_id, orders.c.body)
    .where(orders.c.state == "queued", orders.c.tenant == bindparam("tenant"))
    .order_by(orders.c.number)
    .limit(bindparam("most"))
)


class OrderStore:
    """Keeps what is to be done until it was done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: str, task: Task) -> None:
        """Keep a task for a run whose journal is open. Raises StoreError."""
        row = {"run_id": run_id, "tenant": storable(task.tenant), "state": "queued", "body": task.model_dump_json()}
        with self._database.write(lock=None) as connection:
            connection.execute(insert(orders), [row])

    def find(self, run_id: str) -> QueuedRun | None:
        """Return what a run is to do; None where it was done."""
        with self._database.read() as connection:
            body = connection.execute(select(orders.c.body).where(orders.c.run_id == run_id)).scalar()
        return None if body is None else QueuedRun(run_id=run_id, task=Task.model_validate_json(body))

    def take(self, after: str | None, most: int) -> Sequence[QueuedRun]:
        """Take up to `most` runs: one of each tenant in turn, beginning with the first after the tenant `after`.

        What is taken is given to nobody else, until it is given back or removed.
        """
        with self._database.write(durable=False, lock=_LOCK) as connection:
            waiting = select(orders.c.tenant).where(orders.c.state == "queued").distinct().order_by(orders.c.tenant)
            tenants = list(connection.execute(waiting).scalars())
            if not tenants:
                return ()
            first = [t for t in tenants if after is not None and t > after]
            served = [*first, *(t for t in tenants if t not in first)][:most]
            heads = [connection.execute(_HEAD, {"tenant": tenant, "most": most}).all() for tenant in served]
            in_turn = [row for turn in zip_longest(*heads) for row in turn if row is not None]
            taken = [QueuedRun(run_id=row.run_id, task=Task.model_validate_json(row.body)) for row in in_turn[:most]]
            self._set([one.run_id for one in taken], "taken")
            return taken

    def give_back(self, run_ids: Collection[str]) -> None:
        """Let others take runs that were taken."""
        self._set(run_ids, "queued")

    def taken(self) -> Sequence[str]:
        """Return the runs that somebody took, whoever it was."""
        with self._database.read() as connection:
            return list(connection.execute(select(orders.c.run_id).where(orders.c.state == "taken")).scalars())

    def remove(self, run_ids: Collection[str]) -> None:
        """Forget what was done."""
        with self._database.write(durable=False, lock=None) as connection:
            connection.execute(delete(orders).where(orders.c.run_id.in_(run_ids)))

    def count(self) -> int:
        """Return how many runs are queued or in hand."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(orders)).scalar_one()

    def _set(self, run_ids: Collection[str], state: str) -> None:
        with self._database.write(durable=False, lock=_LOCK) as connection:
            connection.execute(update(orders).where(orders.c.run_id.in_(run_ids)).values(state=state))
