"""`TaskMatrix`: what can be done with the parts."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, Unpack

from pydantic import JsonValue

from taskmatrix.app.approvers import leave_waiting, look_away
from taskmatrix.app.ordering import Wishes, folder_of, make_order
from taskmatrix.app.wiring import Wiring
from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import Event, Run, RunStatus, UndoStep
from taskmatrix.core.feedback import Feedback
from taskmatrix.core.programs import CheckReport
from taskmatrix.core.protocols import Approver, Asker
from taskmatrix.core.triggers import Trigger

if TYPE_CHECKING:
    from taskmatrix.api_platform import Registration
    from taskmatrix.app.approvals import PendingApproval
    from taskmatrix.conversation import Order, Watch


class TaskMatrix(Wiring):
    """Complete tasks by connecting a foundation model with APIs.

    Everything has a default: `home` is where the registry and the journal lie, `database_url` another place for
    the registry, `model` the MCFM (`embedded`, `openai:NAME`). Close it, or use it in a `with` block.

        with TaskMatrix() as tm:
            run = tm.run_sync('Create a presentation tech.pptx with the title "Big Tech"')

        async with TaskMatrix() as tm:
            async for event in tm.run('Create a presentation tech.pptx with the title "Big Tech"'):
                print(event)
    """

    def run(
        self,
        instruction: str,
        *,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        **wishes: Unpack[Wishes],
    ) -> AsyncIterator[Event]:
        """Carry out an instruction, yielding each event of its journal, and pieces of what a model is writing.

        Without an `approver`, a call that needs an approval leaves the run waiting; without an `asker`, a question
        does. Raises UsageError for an empty instruction; whatever else goes wrong is told by the last event.
        """
        order = make_order(self, instruction, wishes)
        return self._held(order.run_id, lambda watch: self.conversation.carry_out(order, approver, asker, watch))

    def run_sync(
        self,
        instruction: str,
        *,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        watch: "Watch" = look_away,
        **wishes: Unpack[Wishes],
    ) -> Run:
        """Carry out an instruction and return the run; `watch` sees each event as it happens."""
        return self._carry_out(make_order(self, instruction, wishes), approver, watch, asker)

    def schedule_sync(
        self,
        instruction: str,
        trigger: Trigger | None = None,
        *,
        program: str | None = None,
        name: str = "",
        zone: str = "",
        assume_yes: bool = False,
        directory: str | Path | None = None,
        tenant: str = "",
        asker: Asker = leave_waiting,
        watch: "Watch" = look_away,
    ) -> Run:
        """Plan and check now what a `taskmatrix worker` is to run later, and keep it as a schedule.

        Without a `trigger` the instruction says when; nothing is ever run now. With a `program` (Python over
        registered APIs) no model is asked. Times of day are those of `zone` (IANA; None: this machine's). What goes
        wrong is told by the run: `not-now` (ScheduleError) where neither says when.
        """
        from taskmatrix.app.checking import given_program

        order = make_order(self, instruction, {"assume_yes": assume_yes, "directory": directory})
        given = given_program(program, self.registry) if program is not None else None
        order = replace(order, given=given, trigger=trigger, scheduled=True, name=name, zone=zone, tenant=tenant)
        return self._carry_out(order, leave_waiting, watch, asker)

    def submit(
        self,
        instruction: str,
        *,
        program: str | None = None,
        assume_yes: bool = False,
        dry_run: bool = False,
        directory: str | Path | None = None,
        tenant: str = "",
    ) -> str:
        """Queue a run for a `taskmatrix worker`, and return its id. Workers are shared fairly between tenants.

        With a `program` (Python over registered APIs) no model is asked. Raises UsageError, StoreError, SettingError.
        """
        from taskmatrix.app.checking import task_of

        task = task_of(self, instruction, program)
        given = {
            "assume_yes": assume_yes,
            "dry_run": dry_run,
            "directory": str(folder_of(directory)),
            "tenant": tenant,
        }
        return self.queue.submit(task.model_copy(update=given))

    def call_sync(
        self,
        api: str,
        arguments: Mapping[str, JsonValue] | None = None,
        *,
        assume_yes: bool = False,
        directory: str | Path | None = None,
        approver: Approver = leave_waiting,
        watch: "Watch" = look_away,
    ) -> Run:
        """Call one API (`package.name`) as a run of its own, and return that run.

        Its arguments are checked, the policy in force asks, the journal is kept, as in any run. Raises
        NotFoundError, ApiGoneError for an API in quarantine, ApiArgumentError for unknown or missing parameters.
        """
        from taskmatrix.app.calling import program_of_call

        self.registry.resolve(api)
        document = self.registry.find(api)
        if document is None:
            raise UsageError(f"{api!r} is a package, not an API", hint=f"taskmatrix apis list --package {api!r}")
        document = self.registry.kept(document.package, document.name, document.digest())
        order = make_order(self, f"call {api}", {"assume_yes": assume_yes, "directory": directory})
        order = replace(order, given=program_of_call(document, arguments or {}))
        return self._carry_out(order, approver, watch)

    def resume(
        self,
        run_id: str,
        answer: str,
        *,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        by: str = "user",
    ) -> AsyncIterator[Event]:
        """Answer what a waiting run asks, and go on with it, yielding each further event. Raises as `resume_sync`."""
        return self._held(*self._resuming(run_id, answer, approver, asker, by))

    def resume_sync(
        self,
        run_id: str,
        answer: str,
        *,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        watch: "Watch" = look_away,
        by: str = "user",
    ) -> Run:
        """Answer what a waiting run asks, and go on with it; `by` is who answers, for the journal.

        An empty answer to a question ends the run. Raises NotFoundError, UsageError, and SettingError for a rule
        that cannot be read; the run then waits on.
        """
        found, go_on = self._resuming(run_id, answer, approver, asker, by)
        with self.locks.hold(found):
            self.in_a_loop(partial(go_on, watch))
        return self.journal.run(found)

    def undo_plan(self, run_id: str, calls: Sequence[int] | None = None) -> "Sequence[UndoStep]":
        """Return what can be taken back of an ended run, last call first; nothing is called. Raises as `undo_sync`."""
        from taskmatrix.app.undoing import plan_of

        return [one.step for one in plan_of(self, self.history.run(run_id), calls)]

    def undo_sync(
        self,
        run_id: str,
        calls: Sequence[int] | None = None,
        *,
        assume_yes: bool = False,
        approver: Approver = leave_waiting,
        watch: "Watch" = look_away,
    ) -> Run:
        """Take back what an ended run did, or some of its calls, last call first; its status stays as it is.

        What became of each is its last event. Raises NotFoundError, UsageError for a run that has not ended, or that
        another process has in hand.
        """
        from taskmatrix.app.undoing import plan_of, undo_run

        found = self.history.run(run_id).id
        with self.locks.hold(found):
            run = self.journal.run(found)
            # Nobody else carries it out, so that one left running was left by a process that is gone.
            run = run.model_copy(update={"status": "interrupted"}) if run.status == "running" else run
            planned = plan_of(self, run, calls)
            undo = partial(undo_run, self, run, planned, assume_yes=assume_yes, approver=approver)
            self.in_a_loop(partial(undo, watch=watch))
        return self.journal.run(found)

    def go_on(
        self, run_id: str, *, approver: Approver = leave_waiting, asker: Asker = leave_waiting
    ) -> AsyncIterator[Event]:
        """Go on with a run that was broken off, yielding each further event. Raises as `go_on_sync`."""
        return self._held(*self._going_on(run_id, approver, asker))

    def go_on_sync(
        self,
        run_id: str,
        *,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        watch: "Watch" = look_away,
    ) -> Run:
        """Go on with a run from wherever its journal ends, in whatever way its process ended, asking what it asks.

        Raises NotFoundError, UsageError for a run that has ended or that another process carries out, ConflictError
        for a turn that later ones follow, ApiGoneError where an API that it calls cannot be had any more, StoreError.
        """
        found, go_on = self._going_on(run_id, approver, asker)
        with self.locks.hold(found):
            self.in_a_loop(partial(go_on, watch))
        return self.journal.run(found)

    def approvals(self, limit: int = 100) -> "Sequence[PendingApproval]":
        """Return what runs wait for, newest run first."""
        from taskmatrix.app.approvals import pending_approvals

        return pending_approvals(self, limit)

    def _going_on(
        self, run_id: str, approver: Approver, asker: Asker
    ) -> "tuple[str, Callable[[Watch], Awaitable[RunStatus]]]":
        from taskmatrix.app.conversations import conversation_of
        from taskmatrix.conversation import summarize

        run = self.history.run(run_id)
        self.chats.check_newest(run)
        self.rules.table(Path(summarize(run).directory))
        return run.id, partial(conversation_of(self, run).go_on, run.id, approver, asker)

    def _resuming(
        self, run_id: str, answer: str, approver: Approver, asker: Asker, by: str
    ) -> "tuple[str, Callable[[Watch], Awaitable[RunStatus]]]":
        """Return the run that an id means, and what goes on with it."""
        from taskmatrix.app.conversations import conversation_of
        from taskmatrix.conversation import INTERRUPTED, summarize

        run = self.history.run(run_id)
        if run.status == "interrupted":
            raise UsageError(
                f"run {run.id} waits for no answer: {INTERRUPTED.message}",
                hint=f"go on with it: taskmatrix runs resume {run.id}",
            )
        self.rules.table(Path(summarize(run).directory))
        conversation = conversation_of(self, run)
        return run.id, partial(conversation.resume, run.id, answer, approver, asker, by=by)

    def check(self, code: str) -> CheckReport:
        """Check a program against the APIs of the modules it imports, without running it."""
        from taskmatrix.app.checking import documents_for

        return self.verifier.check(code, documents_for(code, self.registry))

    def register(self, function: Callable[..., object]) -> "Registration":
        """Register a function marked with `@api`; calls in this process use the very function given."""
        definition = self.callers.keep(function)
        return self.registry.register(self.callers.document(definition))

    def say(self, run_id: str, verdict: Literal["up", "down"], text: str = "") -> Feedback:
        """Keep what a person thinks of a run. Raises NotFoundError."""
        run = self.history.run(run_id)
        said = Feedback(run=run.id, verdict=verdict, text=text, at=datetime.now(UTC))
        self.opinions.add(said)
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end_workers()
        self.close()

    async def _held(self, run_id: str, work: "Callable[[Watch], Awaitable[RunStatus]]") -> AsyncIterator[Event]:
        """Yield what happens in a run while this process has it in hand."""
        from taskmatrix.conversation import stream

        with self.locks.hold(run_id):
            async with aclosing(stream(work)) as events:
                async for event in events:
                    yield event

    def _carry_out(self, order: "Order", approver: Approver, watch: "Watch", asker: Asker = leave_waiting) -> Run:
        async def carry_out() -> RunStatus:
            return await self.conversation.carry_out(order, approver, asker, watch)

        with self.locks.hold(order.run_id):
            self.in_a_loop(carry_out)
        return self.journal.run(order.run_id)
