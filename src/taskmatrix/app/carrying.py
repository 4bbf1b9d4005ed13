"""Carrying out what was queued: from its beginning, or from where a process that is gone has left it."""

from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.app.approvers import leave_waiting, look_away
from taskmatrix.app.conversations import open_conversation
from taskmatrix.app.models import make_mcfm
from taskmatrix.app.planned import Planned
from taskmatrix.conversation import Conversation, End, Given, Order, endings
from taskmatrix.core.errors import NotFoundError, SettingError, UsageError
from taskmatrix.core.events import RunStatus
from taskmatrix.core.orders import QueuedRun, Task

if TYPE_CHECKING:
    from taskmatrix.app.taskmatrix import TaskMatrix


class Carrier:
    """Carries out queued runs with the parts of `tm`, many at once in one event loop. `end` writes how they ended."""

    def __init__(self, tm: "TaskMatrix", end: End) -> None:
        self._tm = tm
        self._end = end
        self._conversations: dict[str, Conversation] = {}

    async def take_up(self, queued: QueuedRun) -> RunStatus:
        """Carry out a queued run, or go on with one that was broken off; return the status it is left in.

        One that has ended, or waits for somebody, is done here: its order is forgotten, in the first case with the
        ending. Raises UsageError for a run that another process carries out, StoreError.
        """
        tm = self._tm
        with tm.locks.hold(queued.run_id):
            before = status = tm.journal.status(queued.run_id)
            if status == "queued":
                status = await self._begin(queued)
        if before == "running":
            async for _ in tm.go_on(queued.run_id):
                pass
            status = tm.journal.status(queued.run_id)
        if status == "waiting" or before not in ("queued", "running"):
            tm.queue.store.remove((queued.run_id,))
        return status

    async def _begin(self, queued: QueuedRun) -> RunStatus:
        try:
            if queued.task.lacking:
                raise UsageError(queued.task.lacking, hint="publish what the instruction says, or change it")
            conversation = self._conversation(queued.task)
        except (SettingError, UsageError, NotFoundError) as error:  # the model is none that this machine has
            self._tm.journal.append(queued.run_id, endings.failed(error))
            return "failed"
        return await conversation.carry_out(_order(queued), leave_waiting, leave_waiting, look_away, self._end)

    def _conversation(self, task: Task) -> Conversation:
        """The loop with the model that the run was queued for; with none where its program is there."""
        tm, model = self._tm, "" if task.program is not None else task.model
        if model == tm.settings.model_name:
            return tm.conversation
        if model not in self._conversations:
            mcfm = make_mcfm(model, tm.home) if model else Planned()
            self._conversations[model] = open_conversation(tm, mcfm)
        return self._conversations[model]


def _order(queued: QueuedRun) -> Order:
    task = queued.task
    return Order(
        queued.run_id,
        task.instruction,
        Path(task.directory),
        task.dry_run,
        task.assume_yes,
        given=Given(task.program, versions=task.versions) if task.program is not None else None,
        now=task.now,
        tenant=task.tenant,
        event=task.event,
    )
