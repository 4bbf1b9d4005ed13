"""`TaskMatrix`: the parts wired together. Each is made when it is first used."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from pydantic import JsonValue

from taskmatrix.app.approvers import leave_waiting
from taskmatrix.app.models import make_mcfm
from taskmatrix.app.settings import Settings, read_settings
from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import Event, Run, RunStatus
from taskmatrix.core.feedback import Feedback
from taskmatrix.core.programs import CheckReport
from taskmatrix.core.protocols import Approver, Asker, Mcfm

if TYPE_CHECKING:
    from taskmatrix.api_platform import ApiRegistry, PackageProblem, Registration
    from taskmatrix.app.callers import Callers
    from taskmatrix.app.history import History
    from taskmatrix.conversation import Conversation, Order, Watch
    from taskmatrix.executor import Executor
    from taskmatrix.policy.vault import Vault
    from taskmatrix.sandbox import MontySandbox
    from taskmatrix.selector import ApiSelector
    from taskmatrix.store import Database, FeedbackStore, FileBlobs, JournalStore
    from taskmatrix.verifier import ProgramVerifier

_KEPT = {"settings", "problems", "callers"}

_logger = logging.getLogger(__name__)


class TaskMatrix:
    """Complete tasks by connecting a foundation model with APIs.

    Everything has a default: `home` is where the registry and the journal lie, `database_url` another place for
    the registry, `model` the MCFM (`embedded`, `openai:NAME`). Close it, or use it in a `with` block.

        with TaskMatrix() as tm:
            run = tm.run_sync('Create a presentation tech.pptx with the title "Big Tech"')

        async with TaskMatrix() as tm:
            async for event in tm.run('Create a presentation tech.pptx with the title "Big Tech"'):
                print(event)
    """

    def __init__(
        self,
        home: str | Path | None = None,
        database_url: str | None = None,
        model: str | None = None,
    ) -> None:
        given = {"home": Path(home) if home is not None else None, "database_url": database_url, "model": model}
        changes = {name: value for name, value in given.items() if value is not None}
        self.settings: Settings = read_settings().model_copy(update=changes)
        self.problems: list[PackageProblem] = []

    @property
    def home(self) -> Path:
        """Where the registry, the journal and the blobs lie."""
        return self.settings.folder

    @cached_property
    def database(self) -> "Database":
        """The database, created at first use."""
        from taskmatrix.store import open_database

        return open_database(self.settings.database_url, self.home)

    @cached_property
    def registry(self) -> "ApiRegistry":
        """The API platform's catalogue, with the installed packages in it.

        Packages that cannot be loaded are listed in `problems`.
        """
        from taskmatrix.api_platform import ApiRegistry, sync

        registry = ApiRegistry(self.database)
        self.problems.extend(sync(registry).problems)
        for problem in self.problems:
            _logger.warning("the package %r cannot be used: %s", problem.name, problem.reason)
        return registry

    @property
    def index_home(self) -> Path:
        """The folder whose `index/` belongs to the database; the home folder's own database has it there."""
        return self.home / self.database.locks.name if self.database.is_postgres else self.home

    @cached_property
    def selector(self) -> "ApiSelector":
        """Finds APIs for the steps of an outline."""
        from taskmatrix.app.demand import KeptDemand
        from taskmatrix.selector import ApiSelector

        demand = KeptDemand(self.home, self.settings.database_url)
        if self.settings.index == "database":
            from taskmatrix.models.encoder import load_encoder
            from taskmatrix.selector.database.index import DatabaseIndex

            return ApiSelector(
                self.registry, None, demand=demand, index=DatabaseIndex(self.database, self.registry, load_encoder)
            )
        return ApiSelector(self.registry, self.index_home, demand=demand)

    @cached_property
    def journal(self) -> "JournalStore":
        """The event journals of all runs."""
        from taskmatrix.store import JournalStore

        return JournalStore(self.database)

    @cached_property
    def history(self) -> "History":
        """The runs as they stand now, also those whose process is gone."""
        from taskmatrix.app.history import History

        return History(self.journal, self._locks)

    @cached_property
    def blobs(self) -> "FileBlobs":
        """Bytes by content: artifacts, documents being worked on, paused programs."""
        from taskmatrix.store import FileBlobs

        return FileBlobs(self.home)

    @cached_property
    def opinions(self) -> "FeedbackStore":
        """What people said about runs."""
        from taskmatrix.store import FeedbackStore

        return FeedbackStore(self.database)

    @cached_property
    def sandbox(self) -> "MontySandbox":
        """Where programs run and are type-checked."""
        from taskmatrix.sandbox import MontySandbox

        return MontySandbox()

    @cached_property
    def verifier(self) -> "ProgramVerifier":
        """Checks programs before they run."""
        from taskmatrix.verifier import ProgramVerifier

        return ProgramVerifier(self.sandbox)

    @cached_property
    def callers(self) -> "Callers":
        """Makes the calls: functions registered in this process first, then what the document names."""
        from taskmatrix.api_platform import ApiCallers
        from taskmatrix.api_platform.mcp_servers import McpServers
        from taskmatrix.app.callers import Callers

        return Callers(ApiCallers(self.credentials, lambda: McpServers(self.database)))

    @cached_property
    def credentials(self) -> "Vault":
        """What APIs need to be called with, by reference."""
        from taskmatrix.policy.vault import Vault

        return Vault(self.home)

    @cached_property
    def executor(self) -> "Executor":
        """Runs programs call by call, every call in the journal."""
        from taskmatrix.executor import Executor
        from taskmatrix.policy import DefaultPolicy

        return Executor(sandbox=self.sandbox, blobs=self.blobs, policy=DefaultPolicy(), callers=self.callers)

    @cached_property
    def mcfm(self) -> Mcfm:
        """The model that outlines and writes programs."""
        return make_mcfm(self.settings.model_name, self.home)

    @cached_property
    def conversation(self) -> "Conversation":
        """The loop from instruction to answer."""
        from taskmatrix.app.conversations import open_conversation

        return open_conversation(self, self.mcfm)

    def run(
        self,
        instruction: str,
        *,
        dry_run: bool = False,
        assume_yes: bool = False,
        directory: str | Path | None = None,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
    ) -> AsyncIterator[Event]:
        """Carry out an instruction, yielding each event of its journal.

        Without an `approver`, a call that needs an approval leaves the run waiting; without an `asker`, a question
        does. Raises UsageError for an empty instruction; whatever else goes wrong is told by the last event.
        """
        return self._stream(self._order(instruction, dry_run, assume_yes, directory), approver, asker)

    def run_sync(
        self,
        instruction: str,
        *,
        dry_run: bool = False,
        assume_yes: bool = False,
        directory: str | Path | None = None,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        watch: "Watch | None" = None,
    ) -> Run:
        """Carry out an instruction and return the run; `watch` sees each event as it happens."""
        return self._carry_out(self._order(instruction, dry_run, assume_yes, directory), approver, watch, asker)

    def call_sync(
        self,
        api: str,
        arguments: Mapping[str, JsonValue] | None = None,
        *,
        assume_yes: bool = False,
        directory: str | Path | None = None,
        approver: Approver = leave_waiting,
        watch: "Watch | None" = None,
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
        order = self._order(f"call {api}", False, assume_yes, directory)
        order = replace(order, given=program_of_call(document, arguments or {}))
        return self._carry_out(order, approver, watch)

    def resume_sync(
        self,
        run_id: str,
        answer: str,
        *,
        approver: Approver = leave_waiting,
        asker: Asker = leave_waiting,
        watch: "Watch | None" = None,
    ) -> Run:
        """Answer what a waiting run asks, and go on with it. Raises NotFoundError, UsageError.

        An empty answer to a question ends the run.
        """
        from taskmatrix.app.conversations import conversation_of
        from taskmatrix.app.locks import hold_run
        from taskmatrix.conversation import INTERRUPTED

        run = self.history.run(run_id)
        if run.status == "interrupted":
            raise UsageError(f"run {run.id} cannot go on: {INTERRUPTED.message}", hint=INTERRUPTED.hint)
        found = run.id
        seen = watch or _look_away

        async def go_on() -> RunStatus:
            return await conversation_of(self, run).resume(found, answer, approver, asker, seen)

        with hold_run(self._locks, found):
            self._finish(go_on)
        return self.journal.run(found)

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

    def close(self) -> None:
        """End worker processes and let go of the database. What is used afterwards is made anew."""
        for name in ("sandbox", "selector", "database"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                close()
        for name in self.__dict__.keys() - _KEPT:
            del self.__dict__[name]

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
        await self._end_workers()
        self.close()

    @property
    def _locks(self) -> Path:
        """The folder of the locks on runs: who shares the journal shares them."""
        return self.database.locks

    async def _stream(self, order: "Order", approver: Approver, asker: Asker) -> AsyncIterator[Event]:
        from taskmatrix.app.locks import hold_run

        with hold_run(self._locks, order.run_id):
            async with aclosing(self.conversation.run(order, approver, asker)) as events:
                async for event in events:
                    yield event

    async def _end_workers(self) -> None:
        """End the processes and connections that belong to the running event loop."""
        import anyio

        with anyio.CancelScope(shield=True):
            await self.callers.aclose()
            await self.sandbox.aclose()

    def _order(self, instruction: str, dry_run: bool, assume_yes: bool, directory: str | Path | None) -> "Order":
        from taskmatrix.conversation import Order
        from taskmatrix.store import new_run_id

        return Order(new_run_id(), instruction, _folder(directory), dry_run, assume_yes)

    def _carry_out(
        self, order: "Order", approver: Approver, watch: "Watch | None", asker: Asker = leave_waiting
    ) -> Run:
        from taskmatrix.app.locks import hold_run

        seen = watch or _look_away

        async def carry_out() -> RunStatus:
            return await self.conversation.carry_out(order, approver, asker, seen)

        with hold_run(self._locks, order.run_id):
            self._finish(carry_out)
        return self.journal.run(order.run_id)

    def _finish(self, work: Callable[[], Awaitable[RunStatus]]) -> None:
        """Do the work in an event loop of its own, and end the workers that belong to that loop."""
        import anyio

        async def finish() -> None:
            try:
                await work()
            finally:
                await self._end_workers()

        anyio.run(finish)


def _folder(directory: str | Path | None) -> Path:
    try:
        folder = (Path(directory) if directory is not None else Path.cwd()).absolute()
    except FileNotFoundError as error:
        raise UsageError("the current folder no longer exists", hint="change to another folder") from error
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is not a folder")
    return folder


def _look_away(_event: Event) -> None:
    """Watch nothing."""
